"""Instants as printed for people, in the zone of the jurisdiction. Storage stays UTC."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_ZONE_NAMES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


def paper_time(instant: datetime, zone: str, language: str) -> str:
    """An instant as printed for people: 21 Nov 2026 08.01 WIB (id), 21 Nov 2026 08:01 WIB (en)."""
    local = instant.astimezone(ZoneInfo(zone))
    clock = local.strftime("%H.%M" if language == "id" else "%H:%M")
    return f"{paper_date(local.date(), language)} {clock} {_ZONE_NAMES.get(zone, zone)}"


def paper_date(day: date, language: str) -> str:
    """A day as printed for people: 21 Agu 2026 (id), 21 Aug 2026 (en)."""
    return f"{day.day} {MONTHS[language][day.month - 1]} {day.year}"
