"""What the provider's answer, or the lack of one, says about a call. Pure."""

from dataclasses import dataclass
from typing import Any

from pyreqwest.exceptions import BuilderError, PoolTimeoutError, PyreqwestError

from cakra.core.delivery.refusals import refused, unknown
from cakra.core.foreign import document, identifier, integer, line, records, text
from cakra.core.ports import Action, SendResult, SendState
from cakra.outside.whatsapp.codes import LARGEST_CODE, meaning_of

ANSWER_LIMIT_BYTES = 64 * 1024
_OK, _REDIRECT, _SERVER = 200, 300, 500
_LONGEST_STATUS = 100


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One HTTP answer: status, at most 64 kB of body, the Retry-After header in seconds."""

    status: int
    raw: bytes
    retry_after_s: float | None = None


def read_send_answer(answer: HttpAnswer) -> SendResult:
    """The outcome of a message send.

    A refusal counts only in the provider's own form: a 5xx without it may come from a gateway after the
    message was taken, and a 2xx without a message id says nothing, so both are `unknown`.
    """
    told = document(answer.raw)
    if _OK <= answer.status < _REDIRECT:
        first = next(iter(records(told.get("messages"), 1)), {})
        provider_id = identifier(first.get("id"))
        if provider_id:
            return _taken(provider_id, text(first.get("message_status"), _LONGEST_STATUS), answer.raw)
        return unknown("unreadable_answer", "the provider answered without a message id", answer.raw)
    if answer.status >= _SERVER and _error(told) is None:
        return unknown(f"http_{answer.status}", "a server fault that is not in the provider's form", answer.raw)
    return refusal(answer)


def refusal(answer: HttpAnswer) -> SendResult:
    """A call that was certainly not taken, with the meaning of its code."""
    error = _error(document(answer.raw)) or {}
    number = integer(error.get("code"), 0, LARGEST_CODE)
    meaning = meaning_of(number, answer.status)
    trace = line(error.get("fbtrace_id"), _LONGEST_STATUS)
    return SendResult(
        SendState.REFUSED,
        meaning.action,
        code=str(number) if number is not None else f"http_{answer.status}",
        detail=f"{meaning.words} (trace {trace})" if trace else meaning.words,
        retry_after_s=answer.retry_after_s or meaning.retry_after_s,
        throttled=meaning.throttled,
        raw=answer.raw,
    )


def read_media_id(answer: HttpAnswer) -> str | None:
    """The id of an uploaded picture, or None when it was not taken."""
    return (identifier(document(answer.raw).get("id")) or None) if _OK <= answer.status < _REDIRECT else None


def read_send_fault(fault: PyreqwestError) -> SendResult:
    """The outcome of a send that got no whole answer: refused only if surely no byte went out."""
    if never_sent(fault):
        return refused(Action.RETRY, "not_connected", "no connection to the provider")
    if isinstance(fault, BuilderError):
        return refused(Action.FIX_US, "not_built", "the request could not be built")
    if isinstance(fault, TimeoutError):
        return unknown("timeout", "no answer in time")
    return unknown("connection_lost", "the connection ended before the answer")


def never_sent(fault: PyreqwestError) -> bool:
    """Whether the request never left us.

    The client's exception classes do not tell: it raises ConnectError for a reset after the bytes were
    sent, and ConnectTimeoutError for a slow answer. Its chain of causes does: the connector's own failure
    is named there. Anything else counts as sent.
    """
    if isinstance(fault, PoolTimeoutError):
        return True
    details = getattr(fault, "details", None)
    causes = details.get("causes") if isinstance(details, dict) else None
    return any(cause.get("message") == "client error (Connect)" for cause in causes or ())


def _taken(provider_id: str, status: str, raw: bytes) -> SendResult:
    if status in {"held_for_quality_assessment", "paused"}:
        return SendResult(
            SendState.HELD,
            Action.NONE,
            provider_id,
            code=status,
            detail="kept back by the provider; it may still be sent or dropped",
            raw=raw,
        )
    return SendResult(SendState.ACCEPTED, Action.NONE, provider_id, raw=raw)


def _error(told: dict[str, Any]) -> dict[str, Any] | None:
    error = told.get("error")
    return error if isinstance(error, dict) and "code" in error else None
