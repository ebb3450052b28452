"""What the mail server's answer, or the lack of one, says about a hand-over. Pure."""

import re
import ssl

from cakra.core.delivery.refusals import refused, unknown
from cakra.core.foreign import line
from cakra.core.ports import Action, SendResult, SendState
from cakra.outside.email.codes import SmtpStage, meaning_of

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?!\d)")
_QUEUED = re.compile(r"queued as ([^\s)]+)")
_OK, _OK_END, _TRANSIENT, _END = 200, 300, 400, 600
_LONGEST_ID, _LONGEST_ANSWER = 120, 16 * 1024
LOST_EARLY = "connection_lost"


def enhanced_code(text: str) -> tuple[int, int, int] | None:
    """The RFC 3463 code that a text starts with."""
    match = _ENHANCED.match(text.strip())
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def is_positive(code: int) -> bool:
    """2xx."""
    return _OK <= code < _OK_END


def is_negative(code: int) -> bool:
    """4xx or 5xx: a refusal."""
    return _TRANSIENT <= code < _END


def read_refusal(stage: SmtpStage, code: int, text: str) -> SendResult:
    """An answer other than the hoped-for one, before the message was taken: surely not taken.

    `detail` is our words: the server's may repeat the recipient's address; they are kept in `raw`.
    """
    raw = _raw(code, text)
    if not is_negative(code):
        return SendResult(
            SendState.REFUSED, Action.RETRY, code=f"smtp_{code}", detail=f"unexpected answer to {stage}", raw=raw
        )
    enhanced = enhanced_code(text)
    meaning = meaning_of(stage, code, enhanced)
    return SendResult(
        SendState.REFUSED,
        meaning.action,
        code=".".join(map(str, enhanced)) if enhanced else f"smtp_{code}",
        detail=f"{meaning.words} (at {stage})",
        retry_after_s=meaning.retry_after_s,
        raw=raw,
    )


def read_final_answer(code: int, text: str) -> SendResult:
    """The answer to the message itself."""
    raw = _raw(code, text)
    if is_positive(code):
        queued = _QUEUED.search(text)
        return SendResult(
            SendState.ACCEPTED, Action.NONE, line(queued[1] if queued else text, _LONGEST_ID) or None, raw=raw
        )
    if is_negative(code):
        return read_refusal(SmtpStage.BODY, code, text)
    return unknown("unreadable_answer", "the mail server's last answer says nothing", raw)


def _raw(code: int, text: str) -> bytes:
    """The answer as it came, kept sealed; what stands for no character is replaced."""
    return f"{code} {text[:_LONGEST_ANSWER]}".encode(errors="replace")


def read_lost_answer(fault: Exception) -> SendResult:
    """No answer after the message went out: it may be in the server's queue."""
    if isinstance(fault, TimeoutError):
        return unknown("timeout", "no answer to the message in time")
    return unknown("connection_lost", "the connection ended before the answer to the message")


def read_early_fault(fault: Exception) -> SendResult:
    """A fault before the message went out: a server drops what was not ended by the final dot."""
    if isinstance(fault, TimeoutError):
        return refused(Action.RETRY, "timeout", "the mail server did not answer in time; nothing was sent")
    return refused(Action.RETRY, LOST_EARLY, "the connection ended before the message was sent")


def read_connect_fault(fault: Exception) -> SendResult:
    """A fault while the connection was made."""
    if _caused_by_certificate(fault):
        return refused(Action.STOP_SENDER, "tls_certificate", "the mail server's certificate does not prove who it is")
    if isinstance(fault, TimeoutError):
        return refused(Action.RETRY, "connect_timeout", "the mail server did not answer in time")
    return refused(Action.RETRY, "not_connected", "no connection to the mail server")


def not_offered(what: str) -> SendResult:
    """The server lacks what the settings demand."""
    return refused(Action.STOP_SENDER, f"no_{what}", f"the mail server does not offer {what}, which is required")


def _caused_by_certificate(fault: BaseException | None) -> bool:
    while fault is not None:
        if isinstance(fault, ssl.SSLCertVerificationError):
            return True
        fault = fault.__cause__ or fault.__context__
    return False
