"""From a provider's word to the written rows: how many files a reader has to follow."""

import sys

import pytest

from cakra.core.ports import Action, Receipt, ReceiptState, SendResult, SendState
from cakra.delivery.proof.callbacks import told_of
from cakra.delivery.sending.rules import Answered
from cakra.kit.clock import now
from dispatch_kit import PHONE_AND_MAIL

# Beside the notice and its case: the sender's health, the books, and how a statement reaches the database.
BESIDE = (
    "delivery/senders",
    "delivery/costs",
    "delivery/canary",
    "delivery/codes",
    "store/sql.py",
    "store/instants.py",
)
MOST = 4


async def entered(work) -> set[str]:
    """The files of delivery and store whose functions ran while `work` was awaited."""
    files: set[str] = set()

    def note(frame, event, _argument):
        if event == "call":
            path = frame.f_code.co_filename.partition("/cakra/")[2]
            if path.startswith(("delivery/", "store/")) and not path.startswith(BESIDE):
                files.add(path)

    sys.setprofile(note)
    try:
        await work
    finally:
        sys.setprofile(None)
    return files


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (SendResult(SendState.ACCEPTED, Action.NONE, "wamid.1"), "accepted"),
        (SendResult(SendState.REFUSED, Action.RETRY, code="1"), "queued"),
        (SendResult(SendState.UNKNOWN, Action.WAIT), "unknown"),
        (SendResult(SendState.REFUSED, Action.NEXT_CHANNEL, code="1"), "failed"),
    ],
)
async def test_an_answer_is_written_within_four_files(ground, result, state) -> None:
    queued = await ground.queue()
    (outgoing,) = await ground.claim()
    walk = await entered(ground.desk.record([Answered(outgoing, result, now())]))
    assert (await ground.notice(queued))["state"] == state
    assert "store/notices/moving.py" in walk
    assert len(walk) <= MOST, sorted(walk)


async def test_a_refusal_that_goes_to_the_next_rung_is_written_within_four_files(ground) -> None:
    queued = await ground.queue(plan=PHONE_AND_MAIL)
    (outgoing,) = await ground.claim()
    refused = SendResult(SendState.REFUSED, Action.NEXT_CHANNEL, code="1")
    walk = await entered(ground.desk.record([Answered(outgoing, refused, now())]))
    assert (await ground.notice(queued))["channel"] == "email"
    assert len(walk) <= MOST, sorted(walk)


@pytest.mark.parametrize(("word", "state"), [("sent", "accepted"), ("delivered", "delivered"), ("failed", "failed")])
async def test_a_receipt_is_written_within_four_files(ground, word, state) -> None:
    queued = await ground.queue()
    await ground.send()
    receipt = Receipt(queued.tag(), "wamid.1", ReceiptState(word), now())
    said = told_of("whatsapp", [receipt], now())
    walk = await entered(ground.proofs._take(said, [], []))
    assert (await ground.notice(queued))["state"] == state
    assert "store/notices/moving.py" in walk
    assert len(walk) <= MOST, sorted(walk)
