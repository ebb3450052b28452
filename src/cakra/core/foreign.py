"""Reading what others send: every value by its type and within bounds. Nothing here raises for a value. Pure.

A provider's JSON, a mail's header and a print house's column are written by strangers. What is not of the wanted type,
or lies outside what can be, is the empty value (`""`, None, an empty list); the caller says what that means.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

# Before it nothing of ours happened, after it nothing has yet; both far from where arithmetic with dates overflows.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
LONGEST_TEXT = 4096
LONGEST_ID = 512
LONGEST_PAUSE_S = 3600.0  # no provider's wish to be left alone counts for more than an hour
_MOST_DIGITS = 20
_MOST_ITEMS = 10_000
_LONGEST_DATE = 64
# Area/Place, at most three parts: the library looks for any other text among the machine's modules and folders.
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,31}){0,2}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT_CONTROLS = "\n\t"
# What turns the order of letters round, or stands for no character at all.
_UNSEEN = frozenset({"Cc", "Cs", "Cn", "Co"})
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def text(value: object, most: int = LONGEST_TEXT) -> str:
    """A text, or a whole number as text: at most `most` characters, without NUL, control and half characters."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**_MOST_DIGITS else ""
    if not isinstance(value, str):
        return ""
    # Cut first: a megabyte is not looked at character by character. What is taken out makes room for nothing.
    return "".join(one for one in value[:most] if one in _KEPT_CONTROLS or unicodedata.category(one) not in _UNSEEN)


def storable(said: str) -> str:
    """A provider's text as PostgreSQL can keep it: no NUL, no half of a surrogate pair."""
    return said.encode("utf-8", "replace").decode().replace("\x00", "?")


def line(value: object, most: int = LONGEST_TEXT) -> str:
    """The same on one line: white space is one blank, and nothing turns the order of the letters round."""
    shown = "".join(one for one in text(value, most) if one not in _TURNING)
    return " ".join(shown.split())


def time_zone(value: object) -> ZoneInfo | None:
    """The time zone of that name, such as Asia/Jakarta; None for what is none."""
    if not isinstance(value, str) or not _ZONE.fullmatch(value):
        return None
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # not found is a KeyError; a folder an OSError
        return None


def identifier(value: object, most: int = LONGEST_ID) -> str:
    """A name that machines compare: taken whole and as it is, or not at all."""
    whole = text(value, most + 1)
    return whole if len(whole) <= most and (not isinstance(value, str) or whole == value) else ""


def integer(value: object, low: int, high: int) -> int | None:
    """A whole number within bounds, also written as text or as a float without fraction."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        value = int(value) if abs(value) < 10**_MOST_DIGITS and value == int(value) else None
    elif isinstance(value, str):
        plain = value.strip()
        digits = plain.removeprefix("-")
        value = int(plain) if digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS else None
    return value if isinstance(value, int) and low <= value <= high else None


def flag(value: object) -> bool | None:
    """True or false as such; None for anything else."""
    return value if isinstance(value, bool) else None


def unix_instant(value: object) -> datetime | None:
    """Seconds since 1970, as number or text; None outside 2000–2100."""
    if isinstance(value, float) and abs(value) < LATEST.timestamp():
        value = int(value)
    seconds = integer(value, int(EARLIEST.timestamp()), int(LATEST.timestamp()) - 1)
    return None if seconds is None else _EPOCH + timedelta(seconds=seconds)


def iso_instant(value: object, zone: tzinfo | None = None) -> datetime | None:
    """ISO 8601 in UTC; one without an offset is in `zone`, and without a zone it is none. None outside 2000–2100."""
    if not isinstance(value, str) or len(value) > _LONGEST_DATE:
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except (ValueError, OverflowError):
        return None
    return _in_time(found, zone)


def written_instant(value: object, form: str, zone: tzinfo) -> datetime | None:
    """An instant in a form of `strptime`, local to `zone`, in UTC; None outside 2000–2100."""
    if not isinstance(value, str) or len(value) > _LONGEST_DATE:
        return None
    try:
        found = datetime.strptime(value, form).replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None
    return _in_time(found, zone)


def mail_instant(value: object) -> datetime | None:
    """The date of a mail or of HTTP (RFC 5322) in UTC; None outside 2000–2100."""
    if not isinstance(value, str) or len(value) > 2 * _LONGEST_DATE:
        return None
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, OverflowError, TypeError, LookupError, AttributeError):
        # The library's reader stumbles in many ways, over a zone of twenty digits for one.
        return None
    return _in_time(found, UTC)


def pause_s(value: object, at: datetime, most: float = LONGEST_PAUSE_S) -> float | None:
    """Retry-After: seconds, or the date until when, in seconds from `at`; never negative, never over `most`."""
    if isinstance(value, str) and not value.strip().isdecimal():
        until = mail_instant(value.strip())
        return None if until is None else min(max((until - at).total_seconds(), 0.0), most)
    if isinstance(value, str):
        plain = value.strip()
        return min(float(plain), most) if len(plain) <= _MOST_DIGITS else most
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        return float(min(value, most))
    return None


def document(raw: bytes) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def member(value: object, *path: str) -> Any:
    """What stands at a path of objects; None where one of them is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def record(value: object) -> dict[str, Any]:
    """An object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object, most: int = _MOST_ITEMS) -> list[Any]:
    """A list's items, at most so many; empty for anything else."""
    return value[:most] if isinstance(value, list) else []


def records(value: object, most: int = _MOST_ITEMS) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [one for one in items(value, most) if isinstance(one, dict)]


def each(value: object, most: int = _MOST_ITEMS) -> list[Any]:
    """A list's items; what stands alone where a list should is its only item. Empty for None."""
    return value[:most] if isinstance(value, list) else [] if value is None else [value]


def first_text(values: Iterable[object], most: int = LONGEST_TEXT) -> str:
    """The first text that says something."""
    return next((found for value in values if (found := text(value, most).strip())), "")


def _in_time(found: datetime, zone: tzinfo | None) -> datetime | None:
    try:
        offset = found.utcoffset()
        if offset is None:
            if zone is None:
                return None
            found = found.replace(tzinfo=zone)
        at = found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if EARLIEST <= at < LATEST else None
