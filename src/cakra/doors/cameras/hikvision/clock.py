"""When a Hikvision record happened: its text, its zone, and the zone its camera is known to be set to."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cakra.core.case import Finding
from cakra.core.errors import InputError, SetupError

_DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s*(Z|z|[+-]\d\d:?\d\d)?")
_ABS_TIME = re.compile(r"(\d{14})(\d{3})?")
_SAME = timedelta(seconds=60)
_JUST_NOW = timedelta(minutes=5)


def read_clock(
    text: str, picture_times: Sequence[str], zone: ZoneInfo, received_at: datetime
) -> tuple[datetime, tuple[Finding, ...]]:
    """The instant (UTC) and what is odd about it; InputError when no time can be read.

    picture_times: `absTime` texts, the camera's wall clock without a zone. When the text's offset
    contradicts the camera's zone, the wall clock decides: does it fit the pictures' or, read in the
    camera's zone, our receipt? Then the offset lies (seen on real cameras) and the camera's zone is used.
    """
    walls = [wall for wall in map(_abs_time, picture_times) if wall is not None]
    wall, offset = _date_time(text)
    try:
        if wall is None:
            return _without_text(text, walls, zone)
        local = wall.replace(tzinfo=zone)
        if offset is None or offset == local.utcoffset():
            return local.astimezone(UTC), ()
        literal = (wall - offset).replace(tzinfo=UTC)
        true_wall = literal.astimezone(zone).replace(tzinfo=None)
        if _fits(wall, local, walls, received_at):
            return local.astimezone(UTC), (_zone_suspect(offset, local, zone, used="camera"),)
        if _fits(true_wall, literal, walls, received_at):  # an honest camera that writes another zone
            return literal, ()
        return literal, (_zone_suspect(offset, local, zone, used="text"),)
    except OverflowError:
        raise _unreadable(text) from None


def _fits(wall: datetime, instant: datetime, walls: Sequence[datetime], received_at: datetime) -> bool:
    """Whether the pictures' wall clocks agree; without any, whether it happened just now."""
    if walls:
        return any(abs(seen - wall) <= _SAME for seen in walls)
    return abs(instant - received_at) <= _JUST_NOW


def camera_zone(name: str, camera: str) -> ZoneInfo:
    """The zone of a camera row; SetupError when it names none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as reason:
        raise SetupError(f"Camera {camera} has the unknown zone {name!r}: write one such as Asia/Jakarta.") from reason


def _without_text(text: str, walls: Sequence[datetime], zone: ZoneInfo) -> tuple[datetime, tuple[Finding, ...]]:
    if not walls:
        raise _unreadable(text)
    note = Finding(
        "time_from_picture",
        "doubt",
        "Waktu catatan tidak terbaca; dipakai waktu foto.",
        "The record's time cannot be read; the picture's time is used.",
        {"text": text[:60]},
    )
    return min(walls).replace(tzinfo=zone).astimezone(UTC), (note,)


def _date_time(text: str) -> tuple[datetime | None, timedelta | None]:
    match = _DATE_TIME.fullmatch(text.strip())
    if match is None:
        return None, None
    day, clock, fraction, offset = match.groups()
    try:
        wall = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6].ljust(6, '0')}")
        shift = None if offset is None else datetime.fromisoformat(f"2000-01-01T00:00:00{_colon(offset)}").utcoffset()
    except ValueError:
        return None, None
    return wall, shift


def _colon(offset: str) -> str:
    if offset in "Zz":
        return "+00:00"
    return offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"


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


def _unreadable(text: str) -> InputError:
    return InputError(
        f"The record's dateTime {text[:60]!r} cannot be read: set the camera to send 2026-02-03T17:25:08+07:00.",
        code="time_unreadable",
    )
