"""One suite that every channel passes, each against its real peer; what has no meaning for one is listed at the end."""

import pytest
from every_kit import KITS, cases_of, channels_of

from cakra.core.states.journey import State


# ---------------------------------------------------------------- what the peer says to a call
async def test_what_is_accepted_is_there_once_and_its_receipt_proves_delivery(suite):
    one = await suite.queue_one()
    async with suite.lane():
        await suite.reaches(one, suite.kit.handed)
    await suite.taken(one, 1)
    attempt = await suite.attempt(one)
    assert (attempt["state"], attempt["sender"]) == (suite.kit.handed, suite.kit.sender.name)
    assert attempt["provider_id"]
    await suite.hears(one, "delivered")
    assert (await suite.case(one)).state is State.NOTIFIED
    assert await suite.told(one) == ["delivery_proved"]


async def test_a_refusal_for_good_goes_to_the_next_rung_at_once(suite):
    one = await suite.queue_one(absent=True)
    await suite.send_due()
    await suite.left_for_the_next_rung(one, "refused")
    attempt = await suite.attempt(one)
    assert (attempt["state"], attempt["action"]) == ("refused", "next_channel")
    assert attempt["code"]
    assert await suite.send_due() == [], "and not again here"
    await suite.taken(one, 0)


async def test_a_refusal_for_good_on_the_last_rung_is_an_officers(suite):
    one = await suite.queue_one(absent=True, alone=True)
    await suite.send_due()
    assert (await suite.case(one)).state is State.UNDELIVERABLE
    assert await suite.told(one) == ["channel_failed"]


async def test_a_passing_refusal_is_tried_again_later_on_the_same_rung(suite):
    await suite.kit.mood("transient")
    one = await suite.queue_one()
    await suite.send_due()
    notice, attempt = await suite.notice(one), await suite.attempt(one)
    assert (notice["state"], notice["channel"]) == ("queued", suite.kit.channel.value)
    assert notice["due_at"] > attempt["answered_at"], "after a pause"
    assert (attempt["state"], attempt["action"]) == ("refused", "retry")
    await suite.kit.mood("well")
    await suite.time_passes(one)
    await suite.send_due()
    assert (await suite.notice(one))["state"] == suite.kit.handed
    await suite.taken(one, 1)


@pytest.mark.needs("throttled")
async def test_throttled_messages_wait_and_all_leave_once(suite):
    await suite.kit.mood("throttled")
    several = [await suite.queue_one() for _ in range(3)]
    await suite.send_due()
    told = [row["action"] for one in several for row in await suite.attempts(one)]
    assert told
    assert set(told) == {"retry"}
    assert {(await suite.notice(one))["state"] for one in several} == {"queued"}
    await suite.kit.mood("well")
    for _ in range(3):
        await suite.time_passes(*several)
        await suite.send_due()
    for one in several:
        assert (await suite.notice(one))["state"] == suite.kit.handed
        await suite.taken(one, 1)


async def test_a_slow_call_holds_up_nobody(suite):
    await suite.kit.mood("slow")
    slow = await suite.queue_one()
    async with suite.lane():
        await suite.holding()
        await suite.kit.mood("well")
        others = [await suite.queue_one() for _ in range(2)]
        for one in others:
            await suite.reaches(one, suite.kit.handed)
        assert (await suite.notice(slow))["state"] == "sending"
        await suite.kit.answer_now()
        await suite.reaches(slow, suite.kit.handed)
    for one in (slow, *others):
        await suite.taken(one, 1)


@pytest.mark.needs("a lost answer")
async def test_a_lost_answer_is_never_sent_again_and_a_late_receipt_stops_the_next_rung(suite):
    await suite.kit.mood("lost")
    one = await suite.queue_one()
    await suite.send_due()
    assert (await suite.notice(one))["state"] == "unknown"
    await suite.kit.mood("well")
    assert await suite.send_due() == []
    await suite.silence(one)
    await suite.left_for_the_next_rung(one, "unknown")
    assert await suite.send_due() == []
    await suite.taken(one, 1)
    await suite.hears(one, "delivered")
    notice = await suite.notice(one)
    assert (notice["state"], notice["step"]) == ("delivered", None), "what had not left stays here"
    assert await suite.told(one) == ["channel_left", "delivery_proved"]


# ---------------------------------------------------------------- a process ends
async def test_a_crash_between_intent_and_call_sends_nothing_twice(suite):
    one = await suite.queue_one()
    assert len(await suite.desk_of().claim(50, "killed", None)) == 1
    await suite.kit.renew()
    assert await suite.send_due() == [], "the intent holds it"
    await suite.lease_ends(one)
    assert (await suite.notice(one))["state"] == "unknown"
    assert await suite.send_due() == [], "nobody knows, so nobody sends"
    await suite.silence(one)
    await suite.left_for_the_next_rung(one, "unknown")
    await suite.taken(one, 0)


async def called_and_killed(suite):
    """A notice that the peer took, from a process that ended before it wrote that down."""
    one, desk = await suite.queue_one(), suite.desk_of()
    (claimed,) = await desk.claim(50, "killed", None)
    await desk.send(claimed)
    await suite.kit.renew()
    await suite.taken(one, 1)
    return one


async def test_a_crash_between_call_and_record_sends_nothing_twice(suite):
    one = await called_and_killed(suite)
    assert await suite.send_due() == []
    await suite.lease_ends(one)
    assert await suite.send_due() == []
    await suite.silence(one)
    await suite.left_for_the_next_rung(one, "unknown")
    assert await suite.send_due() == []
    await suite.taken(one, 1)


@pytest.mark.needs("its receipt after a crash")
async def test_after_a_crash_a_receipt_still_proves_what_was_sent(suite):
    one = await called_and_killed(suite)
    await suite.hears(one, "delivered")
    assert ((await suite.attempt(one))["state"], (await suite.case(one)).state) == ("accepted", State.NOTIFIED)
    assert await suite.told(one) == ["delivery_proved"]


# ---------------------------------------------------------------- what is said later
async def test_a_receipt_before_the_answer_counts(suite):
    one, desk = await suite.queue_one(), suite.desk_of()
    (claimed,) = await desk.claim(50, "tester", None)
    answer = await desk.send(claimed)
    await suite.hears(one, "delivered")
    await desk.record([answer])
    assert ((await suite.notice(one))["state"], (await suite.case(one)).state) == ("delivered", State.NOTIFIED)
    assert (await suite.attempt(one))["raw" if suite.kit.handed == "accepted" else "code"], "its words are kept"


async def test_a_receipt_told_again_changes_nothing(suite):
    one = await suite.handed_over()
    await suite.hears(one, "delivered")
    before = await suite.case(one)
    await suite.hears(one, "delivered", "delivered")
    assert await suite.case(one) == before
    assert await suite.told(one) == ["delivery_proved"]
    assert await suite.pool.fetchval("select count(*) from receipt") == 1


async def test_receipts_out_of_order_end_with_the_furthest(suite):
    one = await suite.handed_over()
    await suite.hears(one, "delivered", "sent")
    assert ((await suite.notice(one))["state"], (await suite.case(one)).state) == ("delivered", State.NOTIFIED)


async def test_a_receipt_after_the_ladder_ended_lifts_the_case(suite):
    one = await suite.handed_over(alone=True)
    await suite.hears(one, "sent")
    await suite.silence(one)
    assert (await suite.case(one)).state is State.UNDELIVERABLE
    await suite.hears(one, "delivered")
    assert (await suite.case(one)).state is State.NOTIFIED
    assert await suite.told(one) == ["no_proof_of_delivery", "late_receipt", "delivery_proved"]


async def test_a_failure_told_later_goes_to_the_next_rung_at_once(suite):
    one = await suite.handed_over()
    await suite.hears(one, "failed")
    await suite.left_for_the_next_rung(one, "refused")
    assert await suite.send_due() == []


async def test_what_somebody_else_says_changes_nothing(suite):
    one = await suite.handed_over()
    before = await suite.notice(one)
    await suite.hears(one, "delivered", forged=True)
    await suite.hears(one, "failed", forged=True)
    assert await suite.notice(one) == before
    assert (await suite.case(one)).state is State.NOTIFYING
    assert await suite.pool.fetchval("select count(*) from receipt") == 0
    await suite.hears(one, "delivered")
    assert (await suite.case(one)).state is State.NOTIFIED, "the true word still counts"


# ---------------------------------------------------------------- pause
async def test_a_pause_lets_the_call_in_flight_end_and_holds_the_rest(suite):
    await suite.kit.mood("slow")
    flying = await suite.queue_one()
    async with suite.lane():
        await suite.holding()
        await suite.kit.mood("well")
        await suite.pause()
        held = await suite.queue_one()
        await suite.kit.answer_now()
        await suite.reaches(flying, suite.kit.handed)
        assert await suite.send_due() == []
        assert (await suite.notice(held))["state"] == "queued"
        await suite.resume()
        await suite.reaches(held, suite.kit.handed)
    for one in (flying, held):
        await suite.taken(one, 1)


# ---------------------------------------------------------------- what was left out
def test_nothing_is_left_out_but_this():
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    assert {(channel, name) for name, test in tests.items() for channel in set(KITS) - set(channels_of(test))} == {
        ("sms-smpp", "test_after_a_crash_a_receipt_still_proves_what_was_sent"),
        ("letter", "test_throttled_messages_wait_and_all_leave_once"),
        ("letter", "test_a_lost_answer_is_never_sent_again_and_a_late_receipt_stops_the_next_rung"),
    }
    asked = set().union(*(cases_of(test) for test in tests.values()))
    assert {case for kit in KITS.values() for case in kit.excluded} == asked, "a mark that nobody leaves out"
