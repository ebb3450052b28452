"""How a sender says what a provider's refusal, or the lack of an answer, means. Pure."""

from dataclasses import dataclass

from cakra.core.ports import Action, SendResult, SendState, Throttle


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code of a provider asks of us, in a few words; `retry_after_s` where its rule gives a pause.

    `throttled`: it is about pace, and another number may send it.
    """

    action: Action
    words: str
    retry_after_s: float | None = None
    throttled: Throttle | None = None


CLOSED = SendResult(SendState.REFUSED, Action.RETRY, code="closed", detail="this sender is closing")


def refused(action: Action, code: str, detail: str, raw: bytes = b"", retry_after_s: float | None = None) -> SendResult:
    """The message was surely not taken, or not even tried."""
    return SendResult(SendState.REFUSED, action, code=code, detail=detail, retry_after_s=retry_after_s, raw=raw)


def unknown(code: str, detail: str, raw: bytes = b"") -> SendResult:
    """The message went out and nothing readable came back."""
    return SendResult(SendState.UNKNOWN, Action.WAIT, code=code, detail=detail, raw=raw)
