"""Reading a provider's JSON, whatever it may hold: nothing here raises."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cakra.kit.clock import now
from cakra.kit.logs import get_logger

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a webhook: what it speaks of, when, and what it says."""

    field: str
    at: datetime
    value: dict[str, Any]


def changes(raw: bytes) -> Iterator[Change]:
    """Every change of one body; a body that is none of the provider's is told to the log."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        _log.warning("whatsapp_webhook_unreadable", size=len(raw))
        return
    for entry in dicts(document.get("entry") if isinstance(document, dict) else None):
        for change in dicts(entry.get("changes")):
            value = change.get("value")
            if isinstance(value, dict):
                yield Change(str(change.get("field")), as_instant(entry.get("time")), value)


def as_instant(seconds: object) -> datetime:
    """Unix seconds, as text or number; what has no sound time happened when it reached us."""
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return now()


def dicts(items: object) -> list[dict[str, Any]]:
    """The objects of a list; empty for anything else."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def text_at(value: Mapping[str, Any], *path: str) -> str:
    """The text at a path of objects, without halves of surrogate pairs; a number as text, "" for anything else."""
    found: Any = value
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found.encode("utf-8", "replace").decode() if isinstance(found, str) else ""


def digits(text: str) -> str:
    """A phone number's digits; "" for a text that is no phone number."""
    plain = text.removeprefix("+").replace(" ", "").replace("-", "")
    return plain if plain.isascii() and plain.isdecimal() and len(plain) <= 15 else ""  # noqa: PLR2004 - E.164
