"""What a mail server's refusals mean for us.

Source: RFC 3463 and the IANA registry of enhanced status codes; the action is our classification. The
enhanced code decides; the three-digit code counts only where none came along. Pure.
"""

from enum import StrEnum

from cakra.core.delivery.refusals import Meaning
from cakra.core.ports import Action


class SmtpStage(StrEnum):
    """Which of our words the server answered."""

    GREETING = "greeting"  # connection, EHLO, STARTTLS, AUTH
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"


_RECIPIENT = Meaning(Action.NEXT_CHANNEL, "the recipient's address does not take mail")
_BOX = Meaning(Action.NEXT_CHANNEL, "the recipient's mailbox is full or disabled")
_ROUTE = Meaning(Action.NEXT_CHANNEL, "there is no way to the recipient's domain")
_SENDER = Meaning(Action.FIX_US, "our own sender address was refused")
_SIZE = Meaning(Action.FIX_US, "the message is too large")
_REQUEST = Meaning(Action.FIX_US, "our request was wrong")
_CONTENT = Meaning(Action.FIX_US, "the content was not taken")
_POLICY = Meaning(Action.STOP_SENDER, "refused by policy: reputation, permission or sign-in")
_SERVER = Meaning(Action.STOP_SENDER, "the mail server does not take mail at all")
_PASSING = Meaning(Action.RETRY, "passing fault at the mail server")
_GREYLISTED = Meaning(Action.RETRY, "asked to come again later (greylisting or rate)", 60.0)
_FULL = Meaning(Action.RETRY, "the mail server has no room", 60.0)

# By subject and detail of a permanent refusal (5.subject.detail), else by subject.
_BY_DETAIL: dict[tuple[int, int], Meaning] = {
    (1, 7): _SENDER,
    (1, 8): _SENDER,
    (2, 3): _SIZE,
    (3, 4): _SIZE,
}
_BY_SUBJECT: dict[int, Meaning] = {
    1: _RECIPIENT,
    2: _BOX,
    3: _SERVER,
    4: _ROUTE,
    5: _REQUEST,
    6: _CONTENT,
    7: _POLICY,
}
_BY_CODE: dict[int, Meaning] = {
    **dict.fromkeys((500, 501, 502, 503, 504, 555), _REQUEST),
    **dict.fromkeys((523, 552), _SIZE),
    **dict.fromkeys((530, 534, 535, 538), _POLICY),
    **dict.fromkeys((550, 551, 553, 556), _RECIPIENT),
    521: _SERVER,
    554: _POLICY,
}
_PERMANENT = 500
_SECURITY, _SYSTEM, _SYSTEM_FULL = 7, 3, 1


def meaning_of(stage: SmtpStage, code: int, enhanced: tuple[int, int, int] | None) -> Meaning:
    """The meaning of a 4xx or 5xx answer."""
    if code < _PERMANENT:
        return _meaning_of_passing(enhanced)
    subject = enhanced[1] if enhanced else 0
    known = _BY_DETAIL.get(enhanced[1:]) if enhanced else None
    meaning = known or _BY_SUBJECT.get(subject) or _BY_CODE.get(code, _REQUEST)
    if stage is not SmtpStage.RCPT and meaning.action is Action.NEXT_CHANNEL:
        # Before the recipient was named it is about us; after the data it is about this recipient still.
        return _SENDER if stage in {SmtpStage.GREETING, SmtpStage.MAIL} else meaning
    return _BOX if stage is SmtpStage.RCPT and meaning is _SIZE and not enhanced else meaning


def _meaning_of_passing(enhanced: tuple[int, int, int] | None) -> Meaning:
    if enhanced and enhanced[1] == _SECURITY:
        return _GREYLISTED
    if enhanced and enhanced[1:] == (_SYSTEM, _SYSTEM_FULL):
        return _FULL
    return _PASSING


def meaning_of_failure(enhanced: tuple[int, int, int] | None) -> Meaning:
    """The meaning of a failed delivery that is reported later: this recipient is not reached by e-mail.

    Never more than that: whoever received a notice knows its return address and can report what they like
    about it, which must not stop the sender. That many reports are about policy (5.7.x) is for an alarm.
    """
    if enhanced is None:
        return Meaning(Action.NEXT_CHANNEL, "not delivered, for a reason that was not given")
    if enhanced[0] == 4:  # noqa: PLR2004 - class 4: the server tried until its time was up
        return Meaning(Action.NEXT_CHANNEL, "not delivered until the mail server gave up")
    words = (_BY_DETAIL.get(enhanced[1:]) or _BY_SUBJECT.get(enhanced[1], _RECIPIENT)).words
    return Meaning(Action.NEXT_CHANNEL, words)


def is_policy(enhanced: tuple[int, int, int] | None) -> bool:
    """Whether a permanent refusal is about our reputation and not about the address."""
    return enhanced is not None and enhanced[:2] == (5, _SECURITY)
