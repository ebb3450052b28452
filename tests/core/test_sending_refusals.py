"""How a sender says no, or that it does not know: nothing but an unknown outcome may have reached anybody."""

from cakra.core.delivery.refusals import CLOSED, refused, unknown
from cakra.core.ports import Action, SendState


def test_a_refusal_was_surely_not_taken_and_keeps_the_providers_word() -> None:
    result = refused(Action.NEXT_CHANNEL, "131026", "not on WhatsApp", b'{"error": 131026}', 30.0)
    assert (result.state, result.action) == (SendState.REFUSED, Action.NEXT_CHANNEL)
    assert (result.code, result.detail, result.raw) == ("131026", "not on WhatsApp", b'{"error": 131026}')
    assert result.asked_s == 30.0
    assert refused(Action.RETRY, "busy", "later").asked_s == 0.0


def test_what_may_have_gone_out_is_waited_for_and_never_tried_again() -> None:
    result = unknown("timeout", "no answer", b"HTTP/1.1")
    assert (result.state, result.action) == (SendState.UNKNOWN, Action.WAIT)
    assert (result.code, result.detail, result.raw) == ("timeout", "no answer", b"HTTP/1.1")


def test_a_sender_that_closes_took_nothing_and_another_may_try() -> None:
    assert (CLOSED.state, CLOSED.action) == (SendState.REFUSED, Action.RETRY)
