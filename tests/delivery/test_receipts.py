"""Receipts: duplicates, any order, before the answer, of strangers and of old attempts; what they prove of a case."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.case_rows import CELL, SHUTTER
from tests.core.law_texts import packaged_deadlines

from cakra.core.ports import PROOF_ORDER, Action, ReceiptState, SendResult, SendState
from cakra.core.states.deadline import confirm_by, policies_for
from cakra.core.states.journey import State
from cakra.delivery.proof.rules import after_proofs, proof_moves_on
from cakra.delivery.sending.rules import Answered
from dispatch_kit import status

NOT_HERE = 131026


def whole(moment):
    """As the provider tells times: whole seconds."""
    return moment.replace(microsecond=0)


async def accepted(ground, **how):
    queued = await ground.queue(**how)
    await ground.send()
    return queued


async def receipts_of(ground, queued):
    rows = await ground.pool.fetch("select attempt, state from receipt where notice_id = $1", queued.notice_id)
    return sorted((row["attempt"], row["state"]) for row in rows)


async def test_delivered_starts_the_deadline_of_the_policies_in_force(ground):
    queued = await accepted(ground)
    handed_over = (await ground.notice(queued))["handed_over_at"]
    delivered = whole(datetime.now(UTC))
    await ground.tell(status(queued.tag(), "sent"), status(queued.tag(), "delivered", at=delivered))
    notice, case = await ground.notice(queued), await ground.case(queued)
    assert (notice["state"], notice["step"], notice["handed_over_at"]) == ("delivered", None, handed_over)
    assert (case.state, case.step) == (State.NOTIFIED, "deadline")
    attempt = await ground.attempt(queued)
    assert case.delivered_at == notice["delivered_at"] == attempt["proof_at"] == max(delivered, attempt["intended_at"])
    expected = confirm_by(
        policies_for(packaged_deadlines(), "PMJ", SHUTTER.date()),
        violation=SHUTTER,
        sent=handed_over,
        delivered=case.delivered_at,
    )
    assert expected is not None
    due = await ground.pool.fetchval("select due_at from case_file where case_id = $1", queued.case_id)
    assert case.confirm_by == due == expected > delivered
    assert await ground.told(queued) == ["delivery_proved"]


async def test_the_deadline_starts_once(ground):
    queued = await accepted(ground)
    await ground.tell(status(queued.tag(), "delivered"))
    before = await ground.case(queued)
    later = datetime.now(UTC) + timedelta(days=1)
    await ground.tell(status(queued.tag(), "delivered", at=later), status(queued.tag(), "delivered", at=later))
    await ground.tell(status(queued.tag(), "read", at=later))
    await ground.tell(status(queued.tag(), "read", at=later), status(queued.tag(), "sent"))
    case = await ground.case(queued)
    assert (case.state, case.delivered_at, case.confirm_by) == (State.NOTIFIED, before.delivered_at, before.confirm_by)
    assert (await ground.notice(queued))["state"] == "read"
    assert await ground.told(queued) == ["delivery_proved", "notice_read"]
    row = await ground.pool.fetchrow("select step, due_at from case_file where case_id = $1", queued.case_id)
    assert (row["step"], row["due_at"]) == ("deadline", before.confirm_by)
    assert await receipts_of(ground, queued) == [(1, "delivered"), (1, "read"), (1, "sent")]


async def test_read_alone_proves_delivery(ground):
    queued = await accepted(ground)
    await ground.tell(status(queued.tag(), "read"))
    case, notice = await ground.case(queued), await ground.notice(queued)
    assert (case.state, notice["state"]) == (State.NOTIFIED, "read")
    assert case.delivered_at == notice["delivered_at"]


async def test_sent_proves_nothing_about_the_owner(ground):
    queued = await accepted(ground)
    await ground.tell(status(queued.tag(), "sent"))
    case, notice = await ground.case(queued), await ground.notice(queued)
    assert (case.state, case.confirm_by) == (State.NOTIFYING, None)
    assert (notice["state"], notice["step"]) == ("accepted", "settle")


async def test_a_late_failure_is_an_officers_and_one_after_delivery_says_nothing(ground):
    failed, arrived = await accepted(ground), await accepted(ground)
    await ground.tell(status(arrived.tag(), "delivered"))
    before = await ground.case(arrived)
    await ground.tell(*(status(one.tag(), "failed", code=NOT_HERE) for one in (failed, arrived)))
    assert (await ground.notice(failed))["state"] == "failed"
    assert (await ground.attempt(failed))["code"] == str(NOT_HERE)
    assert (await ground.case(failed)).state is State.UNDELIVERABLE
    assert await ground.told(failed) == ["channel_failed"]
    assert await ground.case(arrived) == before
    assert (await ground.notice(arrived))["state"] == "delivered"
    assert (await ground.attempt(arrived))["proof"] == "delivered"


@pytest.mark.parametrize("state", ["sent", "delivered", "failed"])
async def test_a_receipt_may_come_before_the_answer(ground, state):
    queued = await ground.queue()
    (outgoing,) = await ground.claim()
    answer = await ground.desk.send(outgoing)
    await ground.tell(status(queued.tag(), state, code=NOT_HERE if state == "failed" else None))
    expected = {"sent": "accepted", "delivered": "delivered", "failed": "failed"}[state]
    assert (await ground.notice(queued))["state"] == expected
    case = await ground.case(queued)
    await ground.desk.record([answer])
    notice, attempt = await ground.notice(queued), await ground.attempt(queued)
    assert (notice["state"], attempt["state"], attempt["proof"]) == (expected, "accepted", state)
    assert notice["handed_over_at"] == answer.at, "our clock when the provider's acceptance arrived"
    assert (attempt["answered_at"], attempt["raw"] is not None) == (answer.at, True), "its words are kept"
    assert attempt["code"] == (str(NOT_HERE) if state == "failed" else "")
    assert await ground.case(queued) == case


async def test_a_proof_outweighs_a_refusal_that_comes_after_it(ground):
    queued = await ground.queue()
    (outgoing,) = await ground.claim()
    await ground.tell(status(queued.tag(), "delivered"))
    refused = SendResult(SendState.REFUSED, Action.NEXT_CHANNEL, code=str(NOT_HERE))
    await ground.desk.record([Answered(outgoing, refused, datetime.now(UTC))])
    assert (await ground.notice(queued))["state"] == "delivered"
    assert (await ground.attempt(queued))["state"] == "accepted"
    assert (await ground.case(queued)).state is State.NOTIFIED


async def test_receipts_of_strangers_change_nothing_and_hold_up_nobody(ground):
    queued = await accepted(ground)
    strange = [None, "", "a tag of another system", f"n:{CELL}:1:1", queued.tag(7), f"n:99999:{queued.notice_id}:1"]
    strange.append(f"n:{CELL}:{2**63}:1")
    await ground.tell(*(status(tag, "delivered") for tag in strange), status(queued.tag(), "delivered"))
    assert (await ground.case(queued)).state is State.NOTIFIED
    assert await ground.pool.fetchval("select count(*) from receipt") == 1
    assert (
        await ground.pool.fetchval("select count(*) from callback where step is not null or problem is not null") == 0
    )


async def test_odd_words_and_unreadable_callbacks_hold_up_nobody(ground):
    queued, other = await accepted(ground), await accepted(ground)
    await ground.keep(status(queued.tag(), "failed", code="13\x0010\ud800", id="wamid.\x00"))
    await ground.pool.execute(
        "insert into callback (callback_id, provider, received_at, expires_at, raw, step, due_at)"
        " values (1, 'whatsapp', now(), now(), '\\x0102', 'receipts', now()),"
        " (2, 'nobody', now(), now(), '', 'receipts', now())"
    )
    await ground.keep(status(other.tag(), "delivered"))
    assert await ground.proofs.apply(500, "tester") == 4
    assert (await ground.attempt(queued))["proof"] == "failed"
    assert (await ground.case(other)).state is State.NOTIFIED
    for _ in range(3):  # what cannot be read is tried a few times, later each time
        assert await ground.proofs.apply(500, "tester") == 0
        await ground.pool.execute("update callback set due_at = now() where step is not null")
        assert await ground.proofs.apply(500, "tester") == 2
    rows = await ground.pool.fetch("select callback_id, step, problem from callback order by callback_id")
    assert [(row["step"], row["problem"] is not None) for row in rows] == [
        (None, True),
        (None, True),
        (None, False),
        (None, False),
    ]
    assert await ground.proofs.apply(500, "tester") == 0


@pytest.mark.parametrize("days", [-400, 400])
async def test_a_wrong_clock_of_the_provider_moves_no_deadline(ground, days):
    queued = await accepted(ground)
    await ground.tell(status(queued.tag(), "delivered", at=datetime.now(UTC) + timedelta(days=days)))
    case, attempt = await ground.case(queued), await ground.attempt(queued)
    assert case.delivered_at is not None
    assert attempt["intended_at"] <= case.delivered_at <= datetime.now(UTC)
    assert case.confirm_by is not None
    assert timedelta(0) < case.confirm_by - datetime.now(UTC) < timedelta(days=40)


async def test_the_hand_over_of_a_lost_answer_is_when_its_first_receipt_came(ground):
    queued = await ground.queue()
    await ground.claim()
    await ground.keep(status(queued.tag(), "sent"))
    await ground.keep(status(queued.tag(), "delivered"))
    first = await ground.pool.fetchval("select min(received_at) from callback")
    assert await ground.proofs.apply(500, "tester") == 2
    assert (await ground.notice(queued))["handed_over_at"] == first


async def test_a_late_receipt_lifts_an_undeliverable_case(ground):
    queued = await ground.queue()
    await ground.claim()
    await ground.pass_time(queued, "sending")
    await ground.expire()
    await ground.pass_time(queued, "settle")
    await ground.proofs.settle(50)
    assert (await ground.case(queued)).state is State.UNDELIVERABLE
    await ground.tell(status(queued.tag(), "sent"))
    notice = await ground.notice(queued)
    assert ((await ground.case(queued)).state, notice["state"], notice["step"]) == (
        State.NOTIFYING,
        "accepted",
        "settle",
    )
    await ground.tell(status(queued.tag(), "delivered"))
    case = await ground.case(queued)
    assert (case.state, case.step) == (State.NOTIFIED, "deadline")
    assert await ground.told(queued) == ["send_unsettled", "late_receipt", "delivery_proved"]


async def test_a_late_delivery_lifts_an_undeliverable_case_in_one_go(ground):
    queued = await accepted(ground)
    await ground.tell(status(queued.tag(), "failed", code=NOT_HERE))
    await ground.tell(status(queued.tag(), "delivered"))
    assert (await ground.case(queued)).state is State.NOTIFIED
    assert await ground.told(queued) == ["channel_failed", "late_receipt", "delivery_proved"]
    moves = await ground.pool.fetch(
        "select from_state, to_state from case_event where case_id = $1 order by event_id", queued.case_id
    )
    assert [(row["from_state"], row["to_state"]) for row in moves] == [
        ("notifying", "undeliverable"),
        ("undeliverable", "notifying"),
        ("notifying", "notified"),
    ]


async def test_receipts_of_other_purposes_and_older_confirmations_move_no_case(ground):
    older = await accepted(ground)
    newer, reminder = await accepted(ground, case_id=older.case_id), await accepted(ground, purpose="reminder")
    await ground.tell(status(older.tag(), "read"), status(reminder.tag(), "read"))
    assert [(await ground.notice(one))["state"] for one in (older, reminder)] == ["read", "read"]
    assert (await ground.case(newer)).state is State.NOTIFYING, "the new addressee has nothing yet"
    assert (await ground.case(reminder)).state is State.NOTIFYING
    await ground.tell(status(newer.tag(), "delivered"))
    assert (await ground.case(newer)).state is State.NOTIFIED


async def second_attempt(ground):
    """An officer said of an unsettled first attempt that it was not sent; the second is accepted."""
    queued = await ground.queue()
    await ground.claim()
    await ground.pool.execute(
        "update notice set state = 'queued', step = 'dispatch', due_at = now() where notice_id = $1", queued.notice_id
    )
    await ground.send()
    assert len(await ground.attempts(queued)) == 2
    return queued


@pytest.mark.parametrize("second", ["sent", "failed"])
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("turned", [True, False])
async def test_an_old_attempt_that_arrived_after_all_is_enough(ground, second, together, turned):
    queued = await second_attempt(ground)
    later = datetime.now(UTC) + timedelta(minutes=1)
    told = [status(queued.tag(1), "delivered"), status(queued.tag(2), second, code=NOT_HERE, at=later)]
    told = told[::-1] if turned else told
    if together:
        await ground.tell(*told)
    else:
        for one in told:
            await ground.tell(one)
    notice, attempts = await ground.notice(queued), await ground.attempts(queued)
    assert [row["proof"] for row in attempts] == ["delivered", second]
    assert (notice["state"], notice["delivered_at"]) == ("delivered", attempts[0]["proof_at"])
    assert attempts[0]["proof_at"] < attempts[1]["proof_at"]
    assert (await ground.case(queued)).state is State.NOTIFIED
    assert (await ground.told(queued)).count("delivery_proved") == 1


async def test_the_failure_of_an_old_attempt_does_not_end_the_new_one(ground):
    queued = await second_attempt(ground)
    await ground.tell(status(queued.tag(1), "failed", code=NOT_HERE))
    assert (await ground.notice(queued))["state"] == "accepted"
    assert (await ground.case(queued)).state is State.NOTIFYING


async def test_the_failure_of_an_attempt_does_not_take_back_an_officers_next_one(ground):
    queued = await ground.queue()
    await ground.claim()
    await ground.pool.execute(
        "update notice set state = 'queued', step = 'dispatch', due_at = now() where notice_id = $1", queued.notice_id
    )
    await ground.tell(status(queued.tag(1), "failed", code=NOT_HERE))
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"]) == ("queued", "dispatch")


FROM_A_PHONE = [state for state in PROOF_ORDER if state != "returned"]


@given(st.lists(st.lists(st.tuples(st.integers(1, 2), st.sampled_from(FROM_A_PHONE)), max_size=4), max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_order_and_repetition_ends_in_the_same_furthest_proof(ground, webhooks):
    """Receipts of two attempts, in webhooks as they come, against what the set of them proves."""
    queued = await second_attempt(ground)
    for webhook in webhooks:
        await ground.tell(*(status(queued.tag(attempt), state) for attempt, state in webhook))
    said = {attempt: {state for webhook in webhooks for of, state in webhook if of == attempt} for attempt in (1, 2)}
    furthest = {attempt: max(states, key=PROOF_ORDER.__getitem__, default=None) for attempt, states in said.items()}
    assert {row["attempt"]: row["proof"] for row in await ground.attempts(queued)} == furthest
    expected = "accepted"
    for state in ("read", "delivered"):
        if state in furthest.values():
            expected = state
            break
    else:
        if furthest[2] == "failed" and furthest[1] != "sent":
            expected = "failed"
    notice, case = await ground.notice(queued), await ground.case(queued)
    assert notice["state"] == expected
    reached = {"read": State.NOTIFIED, "delivered": State.NOTIFIED, "failed": State.UNDELIVERABLE}
    assert case.state is reached.get(expected, State.NOTIFYING)
    assert (case.confirm_by is not None) == (case.state is State.NOTIFIED)
    assert (await ground.told(queued)).count("delivery_proved") == (case.state is State.NOTIFIED)
    assert (notice["step"] == "settle") == (expected == "accepted")


@given(st.sampled_from([*PROOF_ORDER, None]), st.sampled_from(ReceiptState))
def test_proof_only_moves_forward(known, new):
    assert proof_moves_on(known, new) == (known is None or PROOF_ORDER[new.value] > PROOF_ORDER[known])


@given(
    st.sampled_from(["queued", "sending", "held", "accepted", "unknown", "failed", "unsettled", "cancelled"]),
    st.dictionaries(st.integers(1, 4), st.sampled_from([*PROOF_ORDER, None]), min_size=1),
)
def test_a_delivered_attempt_is_enough_whatever_else_was_said(state, proofs):
    newest = max(proofs)
    reached = after_proofs(state, proofs, newest)
    if {"delivered", "read"} & set(proofs.values()):
        assert reached in {"delivered", "read"}
    assert reached != state
    assert after_proofs(reached or state, proofs, newest) is None, "the same receipts again change nothing"
