"""What a proof of a notice does to its case: known answers."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.core.test_case import a_case

from cakra.core.delivery.reminders import due_next, reminder_times
from cakra.core.policy.kinds import DEADLINES, REMINDERS
from cakra.core.ports import Receipt, ReceiptState
from cakra.core.states.deadline import confirm_by, policies_for
from cakra.core.states.journey import State
from cakra.core.states.notice import NoticeState as N
from cakra.core.states.outcome import Step
from cakra.delivery.proof.rules import Reached, ToldReceipt, case_moves, is_only_read
from cakra.wiring.policies import packaged_book
from policy_kit import book_of, packaged

AT = datetime(2026, 11, 3, 1, tzinfo=UTC)
SHUTTER, SENT, DELIVERED = AT, AT + timedelta(minutes=1), AT + timedelta(minutes=2)
JAKARTA = ZoneInfo("Asia/Jakarta")
BOOK = packaged_book()
NO_DAYS_YET = book_of(
    deadlines=re.sub(r"(?m)^effective_from = .*$", "effective_from = 2040-01-01", packaged()["deadlines"])
)


def told(state=ReceiptState.DELIVERED, at=AT, received_at=AT):
    return ToldReceipt(3, 8, 2, "whatsapp", Receipt("tag", "wamid.1", state, at), received_at)


def reached(state, **more):
    return Reached(**({"state": state, "channel": "email", "delivered": None, "sent": SENT, "zone": JAKARTA} | more))


def said(case, so_far):
    return [(one.move, one.told) for one in case_moves(case, so_far, BOOK)]


def test_a_receipt_names_its_attempt_and_its_notice() -> None:
    assert (told().key, told().notice) == ((3, 8, 2), (3, 8))
    assert told(ReceiptState.SENT).rank < told(ReceiptState.FAILED).rank < told().rank < told(ReceiptState.READ).rank
    assert told(ReceiptState.READ).rank < told(ReceiptState.RETURNED).rank
    assert [told(state).returned for state in (ReceiptState.RETURNED, ReceiptState.READ)] == [True, False]


@pytest.mark.parametrize(
    ("says", "counts"),
    [(-5, 0), (0, 0), (3, 3), (10, 10), (99, 10)],  # minutes after the intent; we heard of it after ten
)
def test_a_proof_is_neither_before_our_call_nor_after_we_heard_of_it(says, counts) -> None:
    heard = told(at=AT + timedelta(minutes=says), received_at=AT + timedelta(minutes=10))
    assert heard.since(AT).receipt.at == AT + timedelta(minutes=counts)


def test_reading_alone_is_told_and_changes_nothing() -> None:
    notified = a_case(state=State.NOTIFIED)
    assert is_only_read(notified, reached(N.READ))
    assert not is_only_read(notified, reached(N.DELIVERED))
    assert not is_only_read(notified, reached(N.READ, returned=True))
    assert not is_only_read(a_case(state=State.NOTIFYING), reached(N.READ))
    assert said(notified, reached(N.READ, delivered=DELIVERED)) == []


@pytest.mark.parametrize(
    ("state", "so_far", "chain"),
    [
        (State.NOTIFYING, reached(N.ACCEPTED), []),
        (State.NOTIFYING, reached(N.DELIVERED, delivered=DELIVERED), [(State.NOTIFIED, "delivery_proved")]),
        (State.NOTIFYING, reached(N.READ, delivered=DELIVERED), [(State.NOTIFIED, "delivery_proved")]),
        (State.NOTIFYING, reached(N.FAILED), [(State.UNDELIVERABLE, "channel_failed")]),
        (State.NOTIFYING, reached(N.FAILED, delivered=DELIVERED), [(State.NOTIFIED, "delivery_proved")]),
        (State.UNDELIVERABLE, reached(N.FAILED), []),
        (State.UNDELIVERABLE, reached(N.ACCEPTED), [(State.NOTIFYING, "late_receipt")]),
        (
            State.UNDELIVERABLE,
            reached(N.DELIVERED, delivered=DELIVERED),
            [(State.NOTIFYING, "late_receipt"), (State.NOTIFIED, "delivery_proved")],
        ),
        (State.ANSWERED, reached(N.DELIVERED, delivered=DELIVERED), []),
        (State.ANSWERED, reached(N.FAILED), []),
    ],
)
def test_a_case_hears_of_its_notice(state, so_far, chain) -> None:
    case = a_case(state=state)
    assert said(case, so_far) == chain
    assert {one.details["channel"] for one in case_moves(case, so_far, BOOK)} <= {"email"}


@pytest.mark.parametrize("goes_on", [False, True])
@pytest.mark.parametrize("state", State)
def test_a_letter_that_came_back_takes_back_what_rested_on_it(state, goes_on) -> None:
    case = a_case(state=state)
    back = reached(N.FAILED, delivered=DELIVERED, returned=True, goes_on=goes_on)
    rests = {State.NOTIFYING, State.NOTIFIED, State.LAPSED, State.BLOCKED}
    ended = [(State.UNDELIVERABLE, "letter_returned")]
    if state not in rests or (state is State.NOTIFYING and goes_on):
        assert said(case, back) == []
    else:
        assert said(case, back) == ended + [(State.NOTIFYING, "notice_goes_on")] * goes_on
    assert {one.details["channel"] for one in case_moves(case, back, BOOK)} <= {"email"}


def test_the_days_to_answer_follow_from_the_proof_and_keep_their_editions() -> None:
    case = a_case(state=State.NOTIFYING)
    (notified,) = case_moves(case, reached(N.DELIVERED, delivered=DELIVERED), BOOK)
    day = case.occurred_at.astimezone(JAKARTA).date()
    law = policies_for(BOOK.in_force(DEADLINES, "PMJ", day).content, "PMJ", day)
    until = confirm_by(law, violation=case.occurred_at, sent=SENT, delivered=DELIVERED)
    assert until is not None
    times = reminder_times(
        BOOK.in_force(REMINDERS, "PMJ", day).content, "PMJ", (), DELIVERED, until, law[0].zone, case.case_id
    )
    assert (notified.cell, notified.case_id) == case.key
    assert notified.facts == {"delivered_at": DELIVERED, "confirm_by": until}
    assert (notified.step, notified.due_at) == (Step.DEADLINE, due_next(times, until, DELIVERED))
    assert notified.details == {"channel": "email", "confirm_by": until, "editions": "deadlines:ID/0 reminders:ID/0"}


def test_where_no_day_can_be_counted_nothing_is_waited_for() -> None:
    case = a_case(state=State.NOTIFYING)
    (notified,) = case_moves(case, reached(N.DELIVERED, delivered=DELIVERED), NO_DAYS_YET)
    assert (notified.step, notified.due_at, notified.facts["confirm_by"]) == (None, None, None)
