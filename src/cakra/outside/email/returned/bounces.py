"""Delivery reports read into receipts: those of RFC 3464, and those in words where they are plain.

Anyone can write one; only our token makes it count.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from enum import StrEnum
from itertools import islice

from cakra.core.foreign import line, mail_instant
from cakra.core.ports import Receipt, ReceiptState
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.outside.email.addresses import BounceTokens
from cakra.outside.email.answers import enhanced_code
from cakra.outside.email.codes import is_policy, meaning_of_failure
from cakra.outside.email.returned.wording import WordedReport, report_in_words

READ_LIMIT_BYTES = 256 * 1024  # a report may stand behind a long text; what it returns may be cut off
_MOST_PARTS, _MOST_RECIPIENTS, _MOST_FIELDS = 64, 32, 64
_LONGEST_FIELD, _LONGEST_STATUS = 1000, 64 * 1024
# The library reads these as messages and leaves them undecoded; as texts they come out as they were sent.
_STATUS_TYPE = re.compile(rb"\bmessage/(?:x-)?((?:global-)?delivery-status)\b", re.IGNORECASE)
_STATUS_PARTS = frozenset({"text/delivery-status", "text/global-delivery-status"})
_RECIPIENT = re.compile(rb"^(?:Final|Original)-Recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)
_OUTCOME = re.compile(rb"^(?:Action|Status)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
# Where servers write the address a message was delivered to, then what the report itself is addressed to.
_ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_FAILED = frozenset(
    {
        *("failed", "failure", "fail", "bounced", "undeliverable", "undelivered", "permanent-failure", "expired"),
        *("rejected", "hard-bounce", "gagal"),
    }
)
_REACHED = {"delivered": ReceiptState.DELIVERED, "relayed": ReceiptState.SENT, "expanded": ReceiptState.SENT}
_log = get_logger(__name__)


class ReportKind(StrEnum):
    """What a message in the bounce mailbox turned out to be."""

    FAILED = "failed"
    DELAYED = "delayed"  # changes nothing: the server goes on trying
    DELIVERED = "delivered"  # or passed on to a system that reports no further
    FORGED = "forged"  # it claims a token that is not ours
    OTHER = "other"  # no report, or about nothing of ours: an answer by a person, an absence note


@dataclass(frozen=True, slots=True)
class BounceReport:
    """One message of the bounce mailbox; `on_policy` marks refusals that concern our reputation."""

    kind: ReportKind
    receipts: tuple[Receipt, ...] = ()
    on_policy: bool = False


def read_report(raw: bytes, tokens: BounceTokens) -> BounceReport:
    """Read one message, from a file or a pipe; at most `READ_LIMIT_BYTES` of it. Never raises for what is in it.

    The tag is found by the address it came to, else by the envelope id it repeats; both carry our HMAC.
    """
    try:
        message = message_from_bytes(_STATUS_TYPE.sub(rb"text/\1", raw[:READ_LIMIT_BYTES]), policy=compat32)
        status = _status_part(message)
        tag, claimed = _tag(message, status, tokens)
        if tag is None:
            return BounceReport(ReportKind.FORGED if claimed else ReportKind.OTHER)
        outcomes = list(_outcomes(status)) or [_in_words(message)]
        return _report(tag, mail_instant(_field(message, "Date")), status, outcomes)
    except Exception as problem:  # noqa: BLE001 - the library stumbles in many ways over what is made to make it stumble
        _log.warning("email_report_not_read", problem=type(problem).__name__)
        return BounceReport(ReportKind.OTHER)


def _status_part(message: Message) -> list[Message]:
    """The groups of fields of the report, wherever it stands: first about the message, then one a recipient.

    Of a report whose part is called otherwise, the part that has the fields of one.
    """
    parts = list(islice(message.walk(), _MOST_PARTS + 1))
    named = [part for part in parts if part.get_content_type() in _STATUS_PARTS]
    others = [] if named or message.get_content_type() != "multipart/report" else parts
    for part in [*named, *others]:
        written = part.get_payload(decode=True)
        status = written[:_LONGEST_STATUS].strip() if isinstance(written, bytes) else b""
        if part in named or (_RECIPIENT.search(status) and _OUTCOME.search(status)):
            groups = _BLANK.split(status)
            return [message_from_bytes(group.lstrip(), policy=compat32) for group in groups[: _MOST_RECIPIENTS + 1]]
    return []


def _tag(message: Message, status: list[Message], tokens: BounceTokens) -> tuple[str | None, bool]:
    """(genuine tag, whether any was claimed)."""
    addressed = [str(text)[:_LONGEST_FIELD] for name in _ADDRESSED for text in message.get_all(name, [])[:_MOST_FIELDS]]
    claims = [claim for text in addressed for claim in tokens.claims(text)]
    claims += [_field(group, "Original-Envelope-Id") for group in status if "Original-Envelope-Id" in group]
    tag = next((tag for claim in claims if (tag := tokens.tag_of(claim)) is not None), None)
    return tag, bool(claims)


def _field(message: Message, name: str) -> str:
    """One field's text on one line; "" when it is not there."""
    return line(str(message.get(name, "")), _LONGEST_FIELD)


def _report(
    tag: str, written_at: datetime | None, status: list[Message], outcomes: list[tuple[str, str]]
) -> BounceReport:
    at = now() if written_at is None else min(written_at, now())
    queue_id = next((found for group in status if (found := _field(group, "X-Postfix-Queue-ID")[:120])), "")
    receipts: list[Receipt] = []
    for action, code in outcomes:
        enhanced = enhanced_code(code)
        if action == "failed":
            meaning = meaning_of_failure(enhanced)
            words = ".".join(map(str, enhanced)) if enhanced else ""
            receipts.append(Receipt(tag, queue_id, ReceiptState.FAILED, at, meaning.action, words, meaning.words))
        elif action in _REACHED:
            receipts.append(Receipt(tag, queue_id, _REACHED[action], at))
    actions = {action for action, _ in outcomes}
    policy = any(action == "failed" and is_policy(enhanced_code(code)) for action, code in outcomes)
    return BounceReport(_kind(actions), tuple(receipts), policy)


def _kind(actions: set[str]) -> ReportKind:
    if "failed" in actions:
        return ReportKind.FAILED
    if actions & _REACHED.keys():
        return ReportKind.DELIVERED
    return ReportKind.DELAYED if "delayed" in actions else ReportKind.OTHER


def _outcomes(status: list[Message]) -> Iterator[tuple[str, str]]:
    """(action, status code) of each recipient; a group that says only the code says what became of it too."""
    for group in status:
        said = _field(group, "Action").lower().split()
        code = _code(_field(group, "Status"), _field(group, "Diagnostic-Code"))
        action = said[0].strip("();,.") if said else ""
        if action in _FAILED:
            yield "failed", code
        elif action in _REACHED or action == "delayed":
            yield action, code
        elif code and ("Reporting-MTA" not in group or "Final-Recipient" in group):  # by no word, or one of its own
            yield {"5": "failed", "4": "delayed", "2": "relayed"}[code[0]], code


def _code(status: str, diagnostic: str) -> str:
    """The status code; a general one gives way to what the other server said."""
    own = enhanced_code(status)
    if own is None or own[1:] == (0, 0):
        told = next((word for word in diagnostic.split()[:_MOST_FIELDS] if enhanced_code(word)), "")
        return told or (status if own else "")
    return status


def _in_words(message: Message) -> tuple[str, str]:
    """What a report without fields says about its message."""
    match report_in_words(message):
        case WordedReport(failed=True, code=code):
            return "failed", code
        case WordedReport():
            return "delayed", ""
        case None:
            return "", ""
