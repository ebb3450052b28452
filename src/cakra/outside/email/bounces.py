"""Delivery reports (RFC 3464) read into receipts. Anyone can write one; only our token makes it count."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from email.utils import parsedate_to_datetime
from enum import StrEnum

from cakra.core.ports import Receipt, ReceiptState
from cakra.kit.clock import now
from cakra.outside.email.addresses import BounceTokens
from cakra.outside.email.answers import enhanced_code
from cakra.outside.email.codes import is_policy, meaning_of_failure

READ_LIMIT_BYTES = 64 * 1024  # a report stands at the front; what it returns may be cut off
_MOST_PARTS, _MOST_RECIPIENTS = 64, 32
# Where servers write the address a message was delivered to, then what the report itself is addressed to.
_ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To")


class ReportKind(StrEnum):
    """What a message in the bounce mailbox turned out to be."""

    FAILED = "failed"
    DELAYED = "delayed"  # changes nothing: the server goes on trying
    DELIVERED = "delivered"  # or passed on to a system that reports no further
    FORGED = "forged"  # it claims a token that is not ours
    OTHER = "other"  # no report, or about nothing of ours: an answer by a person, an absence note


@dataclass(frozen=True, slots=True)
class Report:
    """One message of the bounce mailbox; `on_policy` marks refusals that concern our reputation."""

    kind: ReportKind
    receipts: tuple[Receipt, ...] = ()
    on_policy: bool = False


def read_report(raw: bytes, tokens: BounceTokens) -> Report:
    """Read one message, from a file or a pipe; at most 64 kB of it. Never raises for what is in it.

    The tag is found by the address it came to, else by the envelope id it repeats; both carry our HMAC.
    """
    try:
        message = message_from_bytes(raw[:READ_LIMIT_BYTES], policy=compat32)
        status = _status_part(message)
        tag, claimed = _tag(message, status, tokens)
        if tag is None:
            return Report(ReportKind.FORGED if claimed else ReportKind.OTHER)
        return _report(tag, _instant(message), status)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # The library's reader stumbles in many ways over what is made to make it stumble.
        return Report(ReportKind.OTHER)


def _status_part(message: Message) -> list[Message]:
    """The groups of fields of the report: first about the message, then one for each recipient."""
    if message.get_content_type() != "multipart/report":
        return []
    for number, part in enumerate(message.walk()):
        if number > _MOST_PARTS:
            break
        groups = part.get_payload() if part.get_content_type() == "message/delivery-status" else None
        if isinstance(groups, list):
            return [group for group in groups[: _MOST_RECIPIENTS + 1] if isinstance(group, Message)]
    return []


def _tag(message: Message, status: list[Message], tokens: BounceTokens) -> tuple[str | None, bool]:
    """(genuine tag, whether any was claimed)."""
    claims = [claim for name in _ADDRESSED for text in message.get_all(name, []) for claim in tokens.claims(str(text))]
    claims += [text for group in status for text in map(str, group.get_all("Original-Envelope-Id", []))]
    tag = next((tag for claim in claims if (tag := tokens.tag_of(claim)) is not None), None)
    return tag, bool(claims)


def _report(tag: str, at: datetime, status: list[Message]) -> Report:
    queue_id = next((str(found).strip() for group in status if (found := group.get("X-Postfix-Queue-ID"))), "")
    outcomes = list(_outcomes(status))
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
    return Report(_kind(actions), tuple(receipts), policy)


_REACHED = {"delivered": ReceiptState.DELIVERED, "relayed": ReceiptState.SENT, "expanded": ReceiptState.SENT}


def _kind(actions: set[str]) -> ReportKind:
    if "failed" in actions:
        return ReportKind.FAILED
    if actions & _REACHED.keys():
        return ReportKind.DELIVERED
    return ReportKind.DELAYED if "delayed" in actions else ReportKind.OTHER


def _outcomes(status: list[Message]) -> Iterator[tuple[str, str]]:
    """(action, status code) of each recipient."""
    for group in status:
        action = str(group.get("Action", "")).split()
        if action:
            yield action[0].lower(), str(group.get("Status", ""))


def _instant(message: Message) -> datetime:
    """When the report was written; not later than now, and now when it does not say."""
    try:
        written = parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        return now()
    return min(written.replace(tzinfo=written.tzinfo or UTC).astimezone(UTC), now())
