"""A provider's webhook as changes, whatever it may hold: nothing here raises."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cakra.core.foreign import document, identifier, line, member, records, unix_instant
from cakra.kit.clock import now
from cakra.kit.logs import get_logger

LONGEST_NAME = 100  # of a field, an event, a state: all of them names of the provider's own
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """One change of a webhook: what it speaks of, when, and what it says."""

    field: str
    at: datetime
    value: dict[str, Any]


def changes(raw: bytes) -> Iterator[WebhookChange]:
    """Every change of one body; a body that is none of the provider's is told to the log."""
    entries = document(raw).get("entry")
    if not isinstance(entries, list):
        _log.warning("whatsapp_webhook_unreadable", size=len(raw))
    for entry in records(entries):
        for change in records(entry.get("changes")):
            value = change.get("value")
            if isinstance(value, dict):
                yield WebhookChange(identifier(change.get("field"), LONGEST_NAME), as_instant(entry.get("time")), value)


def as_instant(seconds: object) -> datetime:
    """Unix seconds, as text or number; what has no sound time happened when it reached us."""
    return unix_instant(seconds) or now()


def text_at(value: Mapping[str, Any], *path: str, most: int = LONGEST_NAME) -> str:
    """One line of at most `most` characters at a path of objects; a number as text, "" for anything else."""
    return line(member(value, *path), most)


def id_at(value: Mapping[str, Any], *path: str) -> str:
    """An id at a path, whole; "" for one that is too long or no text."""
    return identifier(member(value, *path))


def digits(text: str) -> str:
    """A phone number's digits; "" for a text that is no phone number."""
    plain = text.removeprefix("+").replace(" ", "").replace("-", "")
    return plain if plain.isascii() and plain.isdecimal() and len(plain) <= 15 else ""  # noqa: PLR2004 - E.164
