"""What the provider's answer, or the lack of one, says about a call. Pure."""

import json
from dataclasses import dataclass
from typing import Any

from pyreqwest.exceptions import BuilderError, PoolTimeoutError, PyreqwestError

from cakra.core.ports import Action, SendResult, SendState
from cakra.outside.whatsapp.codes import meaning_of

ANSWER_LIMIT_BYTES = 64 * 1024
_OK, _REDIRECT, _SERVER = 200, 300, 500


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: status, at most 64 kB of body, the Retry-After header in seconds."""

    status: int
    raw: bytes
    retry_after_s: float | None = None


def read_send_answer(answer: Answer) -> SendResult:
    """The outcome of a message send.

    A refusal counts only in the provider's own form: a 5xx without it may come from a gateway after the
    message was taken, and a 2xx without a message id says nothing, so both are `unknown`.
    """
    document = _object(answer.raw)
    if _OK <= answer.status < _REDIRECT:
        first = _first(document.get("messages"))
        provider_id = first.get("id")
        if isinstance(provider_id, str) and provider_id:
            return _taken(provider_id, first.get("message_status"), answer.raw)
        return _unknown("unreadable_answer", "the provider answered without a message id", answer.raw)
    if answer.status >= _SERVER and _error(document) is None:
        return _unknown(f"http_{answer.status}", "a server fault that is not in the provider's form", answer.raw)
    return refusal(answer)


def refusal(answer: Answer) -> SendResult:
    """A call that was certainly not taken, with the meaning of its code."""
    error = _error(_object(answer.raw)) or {}
    code = error.get("code")
    number = code if isinstance(code, int) and not isinstance(code, bool) else None
    meaning = meaning_of(number, answer.status)
    trace = error.get("fbtrace_id")
    return SendResult(
        SendState.REFUSED,
        meaning.action,
        code=str(number) if number is not None else f"http_{answer.status}",
        detail=f"{meaning.words} (trace {trace})" if isinstance(trace, str) else meaning.words,
        retry_after_s=answer.retry_after_s or meaning.retry_after_s,
        throttled=meaning.throttled,
        raw=answer.raw,
    )


def read_media_id(answer: Answer) -> str | None:
    """The id of an uploaded picture, or None when it was not taken."""
    media_id = _object(answer.raw).get("id") if _OK <= answer.status < _REDIRECT else None
    return media_id if isinstance(media_id, str) and media_id else None


def read_send_fault(fault: PyreqwestError) -> SendResult:
    """The outcome of a send that got no whole answer: refused only if surely no byte went out."""
    if never_sent(fault):
        return SendResult(SendState.REFUSED, Action.RETRY, code="not_connected", detail="no connection to the provider")
    if isinstance(fault, BuilderError):
        return SendResult(SendState.REFUSED, Action.FIX_US, code="not_built", detail="the request could not be built")
    if isinstance(fault, TimeoutError):
        return _unknown("timeout", "no answer in time", b"")
    return _unknown("connection_lost", "the connection ended before the answer", b"")


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


def _taken(provider_id: str, status: object, raw: bytes) -> SendResult:
    if status in {"held_for_quality_assessment", "paused"}:
        return SendResult(
            SendState.HELD,
            Action.NONE,
            provider_id,
            code=str(status),
            detail="kept back by the provider; it may still be sent or dropped",
            raw=raw,
        )
    return SendResult(SendState.ACCEPTED, Action.NONE, provider_id, raw=raw)


def _unknown(code: str, detail: str, raw: bytes) -> SendResult:
    return SendResult(SendState.UNKNOWN, Action.WAIT, code=code, detail=detail, raw=raw)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _error(document: dict[str, Any]) -> dict[str, Any] | None:
    error = document.get("error")
    return error if isinstance(error, dict) and "code" in error else None


def _first(items: object) -> dict[str, Any]:
    if isinstance(items, list) and items and isinstance(items[0], dict):
        return items[0]
    return {}
