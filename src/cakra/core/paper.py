"""Instants as printed for people, in the zone of the jurisdiction. Storage stays UTC."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cakra.core.errors import InputError
from cakra.core.foreign import time_zone

MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_ZONE_NAMES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


def paper_time(instant: datetime, zone: str, language: str) -> str:
    """An instant as printed for people: 21 Nov 2026 08.01 WIB (id), 21 Nov 2026 08:01 WIB (en)."""
    found = zone_of(zone)
    local = instant.astimezone(found)
    clock = local.strftime("%H.%M" if language == "id" else "%H:%M")
    return f"{paper_date(local.date(), language)} {clock} {_ZONE_NAMES.get(found.key, found.key)}"


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; UTC, which then stands beside the time, for what is none."""
    return time_zone(name) or ZoneInfo("UTC")


def paper_date(day: date, language: str) -> str:
    """A day as printed for people: 21 Agu 2026 (id), 21 Aug 2026 (en)."""
    return f"{day.day} {MONTHS[language][day.month - 1]} {day.year}"


def day_begins(day: date, zone: str, *, later: int = 0) -> datetime:
    """The first instant (UTC) of a day of that zone, or of the one `later` days after it. Raises InputError."""
    known = time_zone(zone)
    if known is None:
        raise InputError(f"{zone[:64]!r} is no time zone; one is Asia/Jakarta.")
    try:
        return datetime.combine(day + timedelta(days=later), time(), known).astimezone(UTC)
    except OverflowError as reason:
        raise InputError(f"The day {day} is out of the calendar; name another.") from reason
