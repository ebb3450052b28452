"""What passes to and from providers: what is personal reaches no log, and what was not said is not assumed."""

from datetime import UTC, datetime

import pytest

from cakra.core.foreign import LONGEST_PAUSE_S
from cakra.core.ports import (
    FAILURES,
    PROOF_ORDER,
    RECALLED,
    Action,
    Callbacks,
    Inbound,
    Message,
    Picture,
    PostalAddress,
    Receipt,
    ReceiptState,
    Reply,
    SendResult,
    SendState,
    Wording,
)

AT = datetime(2026, 11, 3, 1, tzinfo=UTC)
SECRET = "rahasia-pribadi"


@pytest.mark.parametrize(
    "told",
    [
        Picture(bytes(32), SECRET.encode()),
        Wording("subjek", SECRET, SECRET),
        PostalAddress(SECRET, (SECRET,), SECRET),
        Message("n:1:2:3", SECRET, "t", "id", {"plat": SECRET}, SECRET),
        SendResult(SendState.ACCEPTED, Action.NONE, raw=SECRET.encode()),
        Inbound("w", "s", SECRET, "text", AT, SECRET, SECRET),
        Reply("n:1:2:3", SECRET, SECRET),
    ],
    ids=lambda told: type(told).__name__,
)
def test_what_is_personal_is_not_shown(told) -> None:
    assert SECRET not in repr(told)


async def _never() -> bool:
    return False


async def test_a_message_may_leave_unless_somebody_says_otherwise() -> None:
    message = Message("n:1:2:3", "r", "t", "id", {}, "l")
    assert await message.may_leave() is True
    assert (message.picture, message.wording, message.postal) == (None, None, None)
    other = Message("n:1:2:3", "r", "t", "id", {}, "l", may_leave=_never)
    assert message == other, "whether it may leave is no part of what it says"


def test_one_unit_is_paid_where_nothing_else_is_said() -> None:
    assert SendResult(SendState.ACCEPTED, Action.NONE).units == 1


@pytest.mark.parametrize(
    ("asked", "waits"),
    [(None, 0.0), (-3.0, 0.0), (0.0, 0.0), (17.5, 17.5), (1e17, LONGEST_PAUSE_S), (float("nan"), 0.0)],
)
def test_a_pause_is_never_longer_than_an_hour(asked, waits) -> None:
    assert SendResult(SendState.REFUSED, Action.RETRY, retry_after_s=asked).asked_s == waits


def test_a_recall_is_a_refusal_that_costs_nothing() -> None:
    assert (RECALLED.state, RECALLED.action, RECALLED.code) == (SendState.REFUSED, Action.RECALL, "paused")


def test_a_receipt_says_nothing_of_a_price_by_itself() -> None:
    receipt = Receipt(None, "w", ReceiptState.SENT, AT)
    assert (receipt.billable, receipt.action, receipt.code) == (None, Action.NONE, "")
    assert {ReceiptState.FAILED, ReceiptState.RETURNED} == FAILURES


@pytest.mark.parametrize(
    ("told", "asked"), [(None, 0.0), (-3.0, 0.0), (0.0, 0.0), (0.5, 0.5), (3599.5, 3599.5), (float("nan"), 0.0)]
)
def test_the_pause_asked_for_is_what_was_told_down_to_half_a_second(told, asked) -> None:
    assert SendResult(SendState.REFUSED, Action.RETRY, retry_after_s=told).asked_s == asked


class _ReceiptsOnly(Callbacks):
    """A provider whose adapter reads nothing but receipts."""


def test_a_provider_that_tells_receipts_only_says_nothing_else() -> None:
    assert _ReceiptsOnly().unread(b"{}") == {}
    assert _ReceiptsOnly().words(b"{}") == ()


def test_a_message_shows_its_tag_and_nothing_of_how_it_leaves() -> None:
    assert repr(Message("n:1:2:3", "r", "t", "id", {}, "l")) == (
        "Message(tag='n:1:2:3', template='t', language='id', picture=None, wording=None, postal=None)"
    )


def test_each_proof_is_further_than_the_one_before() -> None:
    """A failure counts more than «sent» and less than a delivery; a letter that came back outdoes all."""
    order = sorted(PROOF_ORDER, key=PROOF_ORDER.__getitem__)
    assert order == ["sent", "failed", "delivered", "read", "returned"]
    assert set(order) == set(ReceiptState)
    assert len(set(PROOF_ORDER.values())) == len(order)
