"""When a Hikvision record happened: its text, its zone, what its pictures and its file's name say, and our receipt.

A wrong clock is told and never a reason to lose the record; what cannot be an instant is kept as the text it was.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cakra.core.foreign import time_zone
from cakra.core.states.case import Finding
from cakra.journey.intake import Camera

_DATE_TIME = re.compile(
    r"(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)[T _]?(\d\d):?(\d\d):?(\d\d)(?:[.,:]?(\d{1,9}))?"
    r"\s{0,3}(Z|UTC|GMT|[+-]\d\d?(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_ABS_TIME = re.compile(r"(\d{14})(\d{3})?", re.ASCII)
_SAME = timedelta(seconds=60)
_JUST_NOW = timedelta(minutes=5)
_FIRST_YEAR = 2010  # no camera of this kind was in service: its clock was reset


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Wall clocks beside the record's text, without a zone: of its pictures (`absTime`), of its file's name."""

    pictures: tuple[datetime, ...] = ()
    names: tuple[datetime, ...] = ()

    @classmethod
    def of(cls, picture_times: Sequence[str], names: Sequence[datetime] = ()) -> "Witnesses":
        """Those that are times of our days."""
        pictures = [wall for wall in map(_abs_time, picture_times) if wall is not None]
        return cls(tuple(filter(_sane, pictures)), tuple(filter(_sane, names)))

    @property
    def all(self) -> tuple[datetime, ...]:
        """Pictures first."""
        return (*self.pictures, *self.names)


@dataclass(frozen=True, slots=True)
class Reading:
    """The instant (UTC) and what is odd about it."""

    instant: datetime
    notes: tuple[Finding, ...] = field(default=())


def read_clock(text: str, seen: Witnesses, zone: ZoneInfo, received_at: datetime, *, future_s: float = 10.0) -> Reading:
    """The instant of a record, never after our receipt (`future_s` seconds apart are none).

    When the text's offset contradicts the camera's zone, the wall clock decides: does it fit the pictures', the
    file's name or, read in the camera's zone, our receipt? Then the offset lies (seen on real cameras) and the
    camera's zone is used. A text that is no time, or one of a clock that was reset, gives way to the witnesses.
    """
    wall, offset = _date_time(text)
    if wall is None or not _sane(wall):
        read = _by_witness(text, wall, offset, seen, zone, received_at)
    else:
        read = _by_text(wall, offset, seen, zone, received_at)
    latest = received_at + timedelta(seconds=future_s)
    if read.instant <= latest:
        return read
    witness = next((at for at in _instants(seen, zone) if received_at - _JUST_NOW <= at <= latest), None)
    return Reading(witness or received_at, (*read.notes, _future(text, read.instant, received_at)))


def zone_of(camera: Camera) -> tuple[ZoneInfo, tuple[Finding, ...]]:
    """The zone a camera is set to; its jurisdiction's, with a finding, where its row names none that exists."""
    for name in (camera.zone, camera.jurisdiction_zone, "UTC"):
        if (zone := time_zone(name)) is not None:
            return zone, () if name == camera.zone else (_zone_unknown(camera.zone, name),)
    raise AssertionError("UTC is always known")


def _by_text(
    wall: datetime, offset: timedelta | None, seen: Witnesses, zone: ZoneInfo, received_at: datetime
) -> Reading:
    local = wall.replace(tzinfo=zone)
    if offset is None or offset == local.utcoffset():
        return Reading(local.astimezone(UTC))
    literal = (wall - offset).replace(tzinfo=UTC)
    true_wall = literal.astimezone(zone).replace(tzinfo=None)
    if _fits(wall, local, seen.all, received_at):
        return Reading(local.astimezone(UTC), (_zone_suspect(offset, local, zone, used="camera"),))
    if _fits(true_wall, literal, seen.all, received_at):  # an honest camera that writes another zone
        return Reading(literal)
    return Reading(literal, (_zone_suspect(offset, local, zone, used="text"),))


def _by_witness(  # noqa: PLR0917 - a text and all that stands beside it
    text: str,
    wall: datetime | None,
    offset: timedelta | None,
    seen: Witnesses,
    zone: ZoneInfo,
    received_at: datetime,
) -> Reading:
    """For a text that is no time, or one of a clock that was reset: the latter stands when nothing better is there."""
    if seen.pictures:
        return Reading(_in(min(seen.pictures), zone), (_other_time("time_from_picture", text),))
    if seen.names:
        return Reading(_in(min(seen.names), zone), (_other_time("time_from_name", text),))
    if wall is None:
        return Reading(received_at, (_other_time("time_unreadable", text),))
    return Reading(_in(wall, zone) if offset is None else _shifted(wall, offset))


def _instants(seen: Witnesses, zone: ZoneInfo) -> list[datetime]:
    return [_in(wall, zone) for wall in seen.all]


def _in(wall: datetime, zone: ZoneInfo) -> datetime:
    """A wall clock in a zone, as UTC; the ends of the calendar stay what they are."""
    try:
        return wall.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return wall.replace(tzinfo=UTC)


def _shifted(wall: datetime, offset: timedelta) -> datetime:
    try:
        return (wall - offset).replace(tzinfo=UTC)
    except OverflowError:
        return wall.replace(tzinfo=UTC)


def _fits(wall: datetime, instant: datetime, walls: Sequence[datetime], received_at: datetime) -> bool:
    """Whether the witnesses' wall clocks agree; without any, whether it happened just now."""
    if walls:
        return any(abs(seen - wall) <= _SAME for seen in walls)
    return abs(instant - received_at) <= _JUST_NOW


def _sane(wall: datetime) -> bool:
    return _FIRST_YEAR <= wall.year < 9999  # noqa: PLR2004 - no zone leads out of the calendar


def _date_time(text: str) -> tuple[datetime | None, timedelta | None]:
    match = _DATE_TIME.fullmatch(text.strip())
    if match is None:
        return None, None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    text = f"{year}-{month}-{day}T{hour}:{minute}:{second}.{(fraction or '0')[:6].ljust(6, '0')}"
    try:
        return datetime.fromisoformat(text), _offset(offset)
    except ValueError:
        return None, None


def _offset(text: str | None) -> timedelta | None:
    """ValueError for one that no zone has."""
    if text is None:
        return None
    if text[0] not in "+-":
        return timedelta()
    told = text[1:].replace(":", "")
    hours, minutes = (int(told), 0) if len(told) <= 2 else (int(told[:-2]), int(told[-2:]))  # noqa: PLR2004 - `+7`, `+07`
    if hours > 14 or minutes > 59:  # noqa: PLR2004 - the zones of the earth
        raise ValueError("no zone")
    shift = timedelta(hours=hours, minutes=minutes)
    return -shift if text[0] == "-" else shift


def _abs_time(text: str) -> datetime | None:
    match = _ABS_TIME.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(microsecond=int(match[2] or 0) * 1000)  # noqa: DTZ007 - a wall clock has no zone
    except ValueError:
        return None


def _zone_suspect(offset: timedelta, local: datetime, zone: ZoneInfo, *, used: str) -> Finding:
    return Finding(
        "zone_suspect",
        "doubt",
        "Zona waktu pada catatan kamera bertentangan dengan zona kamera itu.",
        "The zone in the camera's record contradicts the zone this camera is set to.",
        {
            "text_offset_min": int(offset.total_seconds() // 60),
            "camera_offset_min": int((local.utcoffset() or timedelta()).total_seconds() // 60),
            "camera_zone": zone.key,
            "used": used,
        },
    )


_OTHER_TIMES = {
    "time_from_picture": (
        "Waktu catatan tidak terbaca; dipakai waktu foto.",
        "The record's time cannot be read; the picture's time is used.",
    ),
    "time_from_name": (
        "Waktu catatan tidak terbaca; dipakai waktu pada nama berkas.",
        "The record's time cannot be read; the time in the file's name is used.",
    ),
    "time_unreadable": (
        "Waktu catatan tidak terbaca; dipakai waktu penerimaan.",
        "The record's time cannot be read; the time of receipt is used.",
    ),
}


def _other_time(key: str, text: str) -> Finding:
    return Finding(key, "doubt", *_OTHER_TIMES[key], {"text": text[:60]})


def _future(text: str, told: datetime, received_at: datetime) -> Finding:
    return Finding(
        "clock_future",
        "doubt",
        "Waktu catatan kamera lebih lambat daripada penerimaannya; jam kamera keliru.",
        "The camera's record is of a later time than its receipt; the camera's clock is wrong.",
        {"text": text[:60], "ahead_s": round((told - received_at).total_seconds())},
    )


def _zone_unknown(named: str, used: str) -> Finding:
    return Finding(
        "camera_zone_unknown",
        "doubt",
        "Zona waktu kamera tidak dikenal; dipakai zona wilayahnya.",
        "The camera's time zone is not known; that of its jurisdiction is used.",
        {"zone": named[:60], "used": used},
    )
