"""Sending: intents before calls, one claimer a notice, and what each answer of the provider leads to."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.foreign import storable
from cakra.core.ports import Action, SendResult, SendState
from cakra.core.states.journey import State
from cakra.delivery.sending.rules import after_answer, make_tag, read_tag
from cakra.kit.seal import Sealer
from camera_kit import ROOT_KEY, photograph
from dispatch_kit import CELL, MAX_TRIES, PHONE, SETTLE_S, ground_on, status
from whatsapp_peer import WITH_PICTURE

RETRY, THROTTLED, BLOCKED, NOT_HERE, OURS = 131000, 131057, 368, 131050, 132005


def sends_of(ground, queued):
    return [send for send in ground.peer.sends() if send["tag"].startswith(queued.tag("")[:-1])]


async def test_the_intent_is_committed_before_the_call(ground):
    queued = await ground.queue()
    (outgoing,) = await ground.claim()
    notice, attempt = await ground.notice(queued), await ground.attempt(queued)
    assert (notice["state"], notice["step"], notice["attempts"], notice["channel"]) == (
        "sending",
        "sending",
        1,
        "whatsapp",
    )
    assert notice["due_at"] > datetime.now(UTC), "the lease"
    assert (attempt["state"], attempt["sender"], attempt["answered_at"]) == ("intended", ground.sender.name, None)
    assert sends_of(ground, queued) == []
    assert await ground.claim() == []
    await ground.desk.record([await ground.desk.send(outgoing)])
    assert [send["tag"] for send in sends_of(ground, queued)] == [queued.tag()]


async def test_claimers_never_share_a_notice(ground):
    queued = [await ground.queue() for _ in range(40)]
    claims = await asyncio.gather(*(ground.desk.claim(10, f"worker {number}", None) for number in range(8)))
    claimed = [outgoing.notice_id for claim in claims for outgoing in claim]
    assert len(claimed) == len(set(claimed))
    claimed += [outgoing.notice_id for outgoing in await ground.claim()]
    assert sorted(claimed) == sorted(one.notice_id for one in queued)
    assert await ground.pool.fetchval("select count(*) from attempt") == 40


async def test_a_claim_takes_only_its_cells_and_no_more_than_asked(ground):
    for _ in range(3):
        await ground.queue()
    assert await ground.desk.claim(50, "tester", [CELL + 1]) == []
    assert len(await ground.desk.claim(2, "tester", [CELL])) == 2


async def test_accepted_is_the_hand_over_by_our_own_clock(ground):
    queued = await ground.queue()
    before = datetime.now(UTC)
    (answer,) = await ground.send()
    notice, attempt = await ground.notice(queued), await ground.attempt(queued)
    assert (notice["state"], notice["step"], notice["delivered_at"]) == ("accepted", "settle", None)
    assert before < answer.at <= datetime.now(UTC)
    assert notice["handed_over_at"] == attempt["answered_at"] == answer.at
    assert notice["due_at"] == answer.at + timedelta(seconds=SETTLE_S)
    assert (attempt["state"], attempt["action"], attempt["proof"]) == ("accepted", "none", None)
    assert attempt["provider_id"] == sends_of(ground, queued)[0]["wamid"]
    assert (await ground.case(queued)).state is State.NOTIFYING, "acceptance proves nothing"
    opened = Sealer(ROOT_KEY, "provider").open(attempt["raw"], queued.notice_id.to_bytes(8))
    assert attempt["provider_id"].encode() in opened
    assert PHONE[1:].encode() not in attempt["raw"]


async def test_held_is_not_handed_over_until_it_is_sent(ground):
    ground.peer.faults(share_held=1)
    queued = await ground.queue()
    await ground.send()
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"], notice["handed_over_at"]) == ("held", "settle", None)
    assert (await ground.attempt(queued))["state"] == "held"
    await ground.tell(status(queued.tag(), "sent"))
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"]) == ("accepted", "settle")
    received = await ground.pool.fetchval("select received_at from receipt where notice_id = $1", queued.notice_id)
    assert notice["handed_over_at"] == received


async def test_a_passing_refusal_is_tried_again_with_growing_pauses_and_an_end(ground):
    queued = await ground.queue()
    ground.peer.faults(answer_code=RETRY)
    pauses = []
    for number in range(1, MAX_TRIES):
        (answer,) = await ground.send()
        notice = await ground.notice(queued)
        assert (notice["state"], notice["step"], notice["attempts"]) == ("queued", "dispatch", number)
        pauses.append(notice["due_at"] - answer.at)
        assert await ground.claim() == [], "the pause is kept"
        await ground.pass_time(queued, "dispatch")
    assert all(later > earlier > timedelta(0) for earlier, later in pairwise(pauses))
    assert (await ground.case(queued)).state is State.NOTIFYING
    await ground.send()
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"], notice["due_at"]) == ("failed", None, None)
    assert [(row["attempt"], row["state"], row["code"]) for row in await ground.attempts(queued)] == [
        (number, "refused", str(RETRY)) for number in range(1, MAX_TRIES + 1)
    ]
    case = await ground.case(queued)
    assert (case.state, case.step) == (State.UNDELIVERABLE, None)
    assert await ground.told(queued) == ["channel_failed"]
    assert sends_of(ground, queued) == []


async def test_a_later_attempt_may_succeed(ground):
    queued = await ground.queue()
    ground.peer.faults(answer_code=RETRY)
    await ground.send()
    ground.peer.faults(answer_code=None)
    await ground.pass_time(queued, "dispatch")
    await ground.send()
    assert (await ground.notice(queued))["state"] == "accepted"
    assert [send["tag"] for send in sends_of(ground, queued)] == [queued.tag(2)]


async def test_the_providers_own_pause_is_kept(ground):
    queued = await ground.queue()
    ground.peer.faults(answer_code=THROTTLED)
    (answer,) = await ground.send()
    assert (await ground.notice(queued))["due_at"] == answer.at + timedelta(seconds=60)


@pytest.mark.parametrize(("code", "action"), [(NOT_HERE, "next_channel"), (OURS, "fix_us")])
async def test_a_lasting_refusal_goes_to_an_officer_at_once(ground, code, action):
    queued, other = await ground.queue(), await ground.queue(purpose="reminder")
    ground.peer.faults(answer_code=code)
    await ground.send()
    notice, attempt = await ground.notice(queued), await ground.attempt(queued)
    assert (notice["state"], notice["step"], notice["handed_over_at"]) == ("failed", None, None)
    assert (attempt["state"], attempt["action"], attempt["code"]) == ("refused", action, str(code))
    assert (await ground.case(queued)).state is State.UNDELIVERABLE
    assert await ground.told(queued) == ["channel_failed"]
    assert (await ground.notice(other))["state"] == "failed"
    assert (await ground.case(other)).state is State.NOTIFYING, "only the confirmation carries the case"


async def test_an_older_confirmation_that_fails_leaves_the_case_to_the_newer(ground):
    older = await ground.queue()
    newer = await ground.queue(case_id=older.case_id)
    ground.peer.faults(answer_code=NOT_HERE)
    (first,) = await ground.desk.claim(1, "tester", None)
    assert first.notice_id == older.notice_id
    await ground.desk.record([await ground.desk.send(first)])
    assert (await ground.notice(older))["state"] == "failed"
    assert (await ground.case(newer)).state is State.NOTIFYING
    await ground.send()
    assert (await ground.case(newer)).state is State.UNDELIVERABLE


@pytest.mark.parametrize("fault", ["share_lost", "share_hung"])
async def test_no_answer_is_unknown_and_never_sent_again(pool, peer, tmp_path, fault):
    async with ground_on(pool, peer, tmp_path, timeout_s=0.5) as ground:
        queued = await ground.queue()
        peer.faults(**{fault: 1})
        await ground.send()
        notice, attempt = await ground.notice(queued), await ground.attempt(queued)
        assert (notice["state"], notice["step"], notice["handed_over_at"]) == ("unknown", "settle", None)
        assert (attempt["state"], attempt["action"]) == ("unknown", "wait")
        assert await ground.claim() == []
        assert len(sends_of(ground, queued)) == 1
        await ground.tell(status(queued.tag(), "sent"))
        notice, attempt = await ground.notice(queued), await ground.attempt(queued)
        assert (notice["state"], attempt["state"], attempt["proof"]) == ("accepted", "accepted", "sent")
        assert notice["handed_over_at"] is not None
        assert attempt["provider_id"] == f"wamid.{queued.tag()}"


async def test_a_lease_that_ends_over_an_intent_is_unknown_and_settled_by_a_late_receipt(ground):
    queued = await ground.queue()
    (outgoing,) = await ground.claim()
    assert await ground.expire() == 0
    await ground.pass_time(queued, "sending")
    assert await ground.expire() == 1
    notice, attempt = await ground.notice(queued), await ground.attempt(queued)
    assert (notice["state"], notice["step"], notice["leased_by"]) == ("unknown", "settle", None)
    assert (attempt["state"], attempt["action"]) == ("unknown", "wait")
    assert await ground.claim() == []
    await ground.tell(status(queued.tag(), "delivered"))
    assert (await ground.notice(queued))["state"] == "delivered"
    assert (await ground.attempt(queued))["state"] == "accepted"
    assert (await ground.case(queued)).state is State.NOTIFIED
    assert sends_of(ground, queued) == []
    assert outgoing.attempt == 1


async def test_an_answer_after_the_lease_still_counts(ground):
    queued = await ground.queue()
    (outgoing,) = await ground.claim()
    await ground.pass_time(queued, "sending")
    await ground.expire()
    await ground.desk.record([await ground.desk.send(outgoing)])
    assert (await ground.notice(queued))["state"] == "accepted"
    assert (await ground.attempt(queued))["state"] == "accepted"


async def test_what_nothing_settles_in_time_is_an_officers(ground):
    queued, unproved = await ground.queue(), await ground.queue()
    lost, sent = await ground.claim()
    assert (lost.notice_id, sent.notice_id) == (queued.notice_id, unproved.notice_id)
    await ground.desk.record([await ground.desk.send(sent)])
    await ground.pass_time(queued, "sending")
    await ground.expire()
    assert await ground.proofs.settle(50) == 0, "its time is not up"
    for one in (queued, unproved):
        await ground.pass_time(one, "settle")
    assert await ground.proofs.settle(50) == 2
    parked = await ground.notice(queued)
    assert (parked["state"], parked["step"], parked["due_at"]) == ("unsettled", None, None)
    assert (await ground.notice(unproved))["state"] == "accepted"
    for one, told in ((queued, "send_unsettled"), (unproved, "no_proof_of_delivery")):
        case = await ground.case(one)
        assert (case.state, case.step, await ground.told(one)) == (State.UNDELIVERABLE, None, [told])
    assert await ground.proofs.settle(50) == 0
    assert await ground.claim() == [], "nothing is sent again blindly"


async def test_an_older_unproved_confirmation_leaves_the_case_to_the_newer(ground):
    older = await ground.queue()
    await ground.send()
    newer = await ground.queue(case_id=older.case_id)
    await ground.pass_time(older, "settle")
    assert await ground.proofs.settle(50) == 1
    assert (await ground.case(newer)).state is State.NOTIFYING


async def test_a_picture_goes_along_and_a_missing_one_is_waited_for(ground):
    jpeg = photograph(5)
    digest = hashlib.sha256(jpeg).digest()
    queued = await ground.queue(picture=digest)
    await ground.send()
    notice, attempt = await ground.notice(queued), await ground.attempt(queued)
    assert (notice["state"], attempt["state"], attempt["code"]) == ("queued", "refused", "picture")
    assert sends_of(ground, queued) == []
    await ground.photos.put_many({digest: jpeg})
    await ground.pass_time(queued, "dispatch")
    await ground.send()
    (sent,) = sends_of(ground, queued)
    assert (sent["template"], bool(sent["media"])) == (WITH_PICTURE.name, True)


@pytest.mark.parametrize(
    "content", [b"\x01 not sealed by us at all, or moved here from elsewhere", {"recipient": PHONE}]
)
async def test_a_notice_that_does_not_open_stops_nobody_else(ground, content):
    broken, sound = await ground.queue(content=content), await ground.queue()
    assert len(await ground.send()) == 2
    assert (await ground.notice(broken))["state"] == "failed"
    assert (await ground.attempt(broken))["code"] == "content"
    assert (await ground.case(broken)).state is State.UNDELIVERABLE
    assert (await ground.notice(sound))["state"] == "accepted"


async def test_words_that_the_database_cannot_keep_do_not_stop_the_lane(ground):
    queued = await ground.queue()
    (outgoing,) = await ground.claim()
    answer = await ground.desk.send(outgoing)
    odd = SendResult(SendState.ACCEPTED, Action.NONE, "wamid.\x00", code="\ud800", detail="a\x00b", raw=b"\x00")
    await ground.desk.record([type(answer)(outgoing, odd, answer.at)])
    attempt = await ground.attempt(queued)
    assert (attempt["provider_id"], attempt["code"], attempt["detail"]) == ("wamid.?", "?", "a?b")


@given(st.integers(0, 2**15 - 1), st.integers(0, 2**63 - 1), st.integers(1, 9999))
def test_a_tag_comes_back_as_it_went(cell, notice_id, attempt):
    assert read_tag(make_tag(cell, notice_id, attempt)) == (cell, notice_id, attempt)


@pytest.mark.parametrize(
    "tag",
    [None, "", "n:1:2", "n:1:2:3:4", "n:-1:2:3", "x:1:2:3", "n:1:2:3\n", "n:٣:2:3", "n:32768:2:3", f"n:1:{2**63}:3"],
)
def test_other_tags_are_not_ours(tag):
    assert read_tag(tag) is None


@given(st.text())
def test_storable_text_is_kept_whole_where_it_can_be(text):
    kept = storable(text)
    assert "\x00" not in kept
    kept.encode()
    assert "\x00" in text or kept == text


refusals = st.builds(
    SendResult,
    st.just(SendState.REFUSED),
    st.sampled_from([Action.RETRY, Action.NEXT_CHANNEL, Action.STOP_SENDER, Action.FIX_US]),
    retry_after_s=st.none() | st.floats(-1e300, 1e300),
)
open_ends = st.builds(
    SendResult, st.sampled_from([SendState.ACCEPTED, SendState.HELD, SendState.UNKNOWN]), st.just(Action.NONE)
)


@given(refusals | open_ends, st.integers(1, 40), st.integers(1, 10))
def test_every_answer_has_a_next_action_or_an_officer(result, attempt, max_tries):
    at = datetime(2026, 11, 2, tzinfo=UTC)
    move = after_answer(result, attempt, at, settle_s=SETTLE_S, max_tries=max_tries)
    assert (move.step is None) == (move.due_at is None) == (move.case_told is not None)
    if move.due_at is not None:
        assert at < move.due_at <= at + timedelta(hours=1)
    if result.state is not SendState.REFUSED:
        assert move.step == "settle", "what may have been taken is never sent again"
    elif result.action is Action.RETRY:
        assert (move.step == "dispatch") == (attempt < max_tries)
