"""What a provider's word does to a notice: every answer and every order of proofs, as known answers."""

from datetime import UTC, datetime, time, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from cakra.core.delivery.ladder import Descent, NoticeMove, PlanPlace, Rung
from cakra.core.ports import Action, Channel, ReceiptState, SendResult, SendState, Throttle
from cakra.core.states.notice import NoticeState
from cakra.delivery.proof.rules import after_proofs, proof_moves_on, proofs_that_count
from cakra.delivery.sending.rules import (
    Answered,
    Claimed,
    Outgoing,
    after_answer,
    channel_of,
    make_tag,
    read_tag,
    why_left,
)

AT = datetime(2026, 11, 3, 3, tzinfo=UTC)
SETTLE = AT + timedelta(seconds=60)


def answered(state, action=Action.NONE, attempt=1, *, elsewhere=False, **more) -> NoticeMove:
    result = SendResult(state, action, **more)
    return after_answer(result, attempt, AT, settle_s=60, max_tries=4, elsewhere=elsewhere)


def again(seconds: float) -> NoticeMove:
    return NoticeMove("queued", "dispatch", AT + timedelta(seconds=seconds))


FAILED = NoticeMove(NoticeState.FAILED, None, None, case_told="channel_failed")


@pytest.mark.parametrize(
    ("state", "action", "move"),
    [
        (SendState.ACCEPTED, Action.NONE, NoticeMove("accepted", "settle", SETTLE, handed_over_at=AT)),
        (SendState.UNKNOWN, Action.WAIT, NoticeMove("unknown", "settle", SETTLE)),
        (SendState.HELD, Action.WAIT, NoticeMove("held", None, None)),
        (SendState.HELD, Action.NONE, NoticeMove("held", "settle", SETTLE)),
        (SendState.REFUSED, Action.NEXT_CHANNEL, FAILED),
        (SendState.REFUSED, Action.FIX_US, FAILED),
        (SendState.REFUSED, Action.RECALL, NoticeMove("queued", "dispatch", AT, uncounted=1)),
        (SendState.REFUSED, Action.STOP_SENDER, again(300)),
    ],
)
def test_what_each_answer_does(state, action, move) -> None:
    assert answered(state, action) == move


def test_a_stopped_sender_costs_no_time_where_another_may_send() -> None:
    assert answered(SendState.REFUSED, Action.STOP_SENDER, elsewhere=True) == again(0)


@pytest.mark.parametrize(("attempt", "pause"), [(1, 2), (2, 4), (3, 8)])
def test_pauses_double_until_the_tries_are_over(attempt, pause) -> None:
    assert answered(SendState.REFUSED, Action.RETRY, attempt) == again(pause)
    assert answered(SendState.REFUSED, Action.RETRY, 4) == FAILED


def test_a_pause_has_an_end_and_the_provider_may_ask_for_more() -> None:
    late = SendResult(SendState.REFUSED, Action.RETRY)
    move = after_answer(late, 20, AT, settle_s=60, max_tries=30)
    assert move == again(300)
    assert answered(SendState.REFUSED, Action.RETRY, retry_after_s=17.0) == again(17)
    assert answered(SendState.REFUSED, Action.RETRY, 3, retry_after_s=1.0) == again(8)


def test_a_throttle_of_one_sender_is_no_pause_where_another_may_send() -> None:
    throttled = {"throttled": Throttle.SENDER, "retry_after_s": 30.0}
    assert answered(SendState.REFUSED, Action.RETRY, elsewhere=True, **throttled) == again(0)
    assert answered(SendState.REFUSED, Action.RETRY, **throttled) == again(30)
    assert answered(SendState.REFUSED, Action.RETRY, elsewhere=True, retry_after_s=30.0) == again(30)


def test_a_notice_that_failed_goes_down_at_once_and_others_stay() -> None:
    night = Rung(Channel.EMAIL, "accepted", 60, (time(9), time(12)))
    place = PlanPlace((Rung(Channel.WHATSAPP, "delivered", 60), night), 0, ZoneInfo("Asia/Jakarta"))
    noon = datetime(2026, 11, 3, 5, tzinfo=UTC)
    below = Descent(1, Channel.EMAIL, noon)
    assert FAILED.or_below(place, AT) == NoticeMove("queued", "dispatch", noon, below=below)
    assert again(2).or_below(place, AT) == again(2)
    assert FAILED.or_below(PlanPlace(place.plan, 1, place.zone), AT) is FAILED


@pytest.mark.parametrize(
    ("action", "why"),
    [(Action.RETRY, "tries"), (Action.FIX_US, "ours"), (Action.NEXT_CHANNEL, "refused"), (Action.WAIT, "refused")],
)
def test_why_a_rung_was_left(action, why) -> None:
    assert why_left(SendResult(SendState.REFUSED, action)) == why


def test_a_tag_is_read_back_and_no_larger_number_is_ours() -> None:
    assert read_tag(make_tag(7, 123, 2)) == (7, 123, 2)
    assert read_tag(f"n:{2**15 - 1}:{2**63 - 1}:9999") == (2**15 - 1, 2**63 - 1, 9999)
    for foreign in (f"n:{2**15}:1:1", f"n:1:{2**63}:1", "n:1:2", "x:1:2:3", "n:1:2:3 ", "", None, "n:-1:2:3"):
        assert read_tag(foreign) is None


def test_the_channel_stands_before_the_colon() -> None:
    assert [channel_of(name) for name in ("sms:infobip", "sms:smpp", "whatsapp")] == ["sms", "sms", "whatsapp"]


def test_a_claimed_notice_hides_what_it_says_and_is_no_trial_unless_that_is_said() -> None:
    sent = Outgoing(7, 123, 5, 1, "etle_konfirmasi_v1", "id", b"tersegel", None, 1, None)
    assert "tersegel" not in repr(sent)
    assert (sent.key, sent.claimed_at, sent.probe) == ((7, 123), 0.0, False)
    held = Claimed([sent], again_s=0.5)
    assert (list(held), held.again_s) == ([sent], 0.5)
    assert (list(Claimed()), Claimed().again_s) == ([], None)
    never_called = Answered(sent, SendResult(SendState.REFUSED, Action.RECALL), AT)
    assert never_called.took_s == 0.0


def test_no_other_sender_is_there_unless_that_is_said() -> None:
    stopped = SendResult(SendState.REFUSED, Action.STOP_SENDER)
    assert after_answer(stopped, 1, AT, settle_s=60, max_tries=4) == again(300)


# ---------------------------------------------------------------- proofs
@pytest.mark.parametrize(
    ("known", "new", "more"),
    [
        (None, ReceiptState.SENT, True),
        ("sent", ReceiptState.SENT, False),
        ("sent", ReceiptState.FAILED, True),
        ("failed", ReceiptState.SENT, False),
        ("failed", ReceiptState.DELIVERED, True),
        ("delivered", ReceiptState.FAILED, False),
        ("delivered", ReceiptState.READ, True),
        ("read", ReceiptState.DELIVERED, False),
        ("read", ReceiptState.RETURNED, True),
        ("returned", ReceiptState.READ, False),
    ],
)
def test_proof_only_moves_forward(known, new, more) -> None:
    assert proof_moves_on(known, new) is more


@pytest.mark.parametrize(
    ("state", "proofs", "newest", "after"),
    [
        ("accepted", {1: None}, 1, None),
        ("accepted", {1: "delivered"}, 1, "delivered"),
        ("delivered", {1: "read"}, 1, "read"),
        ("delivered", {1: "delivered"}, 1, None),
        ("sending", {1: "sent"}, 1, "accepted"),
        ("queued", {1: "sent", 2: None}, 2, "accepted"),
        ("failed", {1: "sent"}, 1, "accepted"),
        ("accepted", {1: "sent"}, 1, None),
        ("accepted", {1: "failed"}, 1, "failed"),
        ("queued", {1: "failed"}, 1, None),
        ("unsettled", {1: "failed"}, 1, "failed"),
        ("accepted", {1: "failed", 2: None}, 2, None),
        ("accepted", {1: "sent", 2: "failed"}, 2, None),
        ("delivered", {1: "failed"}, 1, None),
        ("delivered", {1: "returned"}, 1, "failed"),
        ("held", {1: "returned"}, 1, "failed"),
        ("read", {1: "returned"}, 1, None),
        ("sending", {1: "delivered", 2: "failed"}, 2, "delivered"),
    ],
)
def test_a_notice_after_the_proofs_of_its_attempts(state, proofs, newest, after) -> None:
    assert after_proofs(state, proofs, newest) == after


def test_the_order_of_receipts_does_not_matter() -> None:
    for order in permutations([(1, "sent"), (2, "failed"), (1, "delivered")]):
        proofs: dict[int, str | None] = {1: None, 2: None}
        state = "accepted"
        for attempt, proof in order:
            if proof_moves_on(proofs[attempt], ReceiptState(proof)):
                proofs[attempt] = proof
            state = after_proofs(state, proofs, 2) or state
        assert state == "delivered"


def test_another_rungs_delivery_counts_and_its_failure_does_not() -> None:
    proofs = {1: ("whatsapp", "delivered"), 2: ("whatsapp", "failed"), 3: ("email", "failed"), 4: ("email", None)}
    assert proofs_that_count(proofs, "email") == {1: "delivered", 2: None, 3: "failed", 4: None}
    assert proofs_that_count({1: ("sms", "read"), 2: ("sms", "sent")}, "email") == {1: "read", 2: None}
