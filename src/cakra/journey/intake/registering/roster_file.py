"""Reading a list of cameras, CSV or TOML, into values; every fault with its line. No database, no file access."""

import io
import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cakra.core.errors import InputError
from cakra.core.foreign import time_zone
from cakra.core.tables.headings import key_of
from cakra.core.tables.records import delimiter_of, read_records
from cakra.core.tables.values import (
    FIRST_YEAR,
    LAST_YEAR,
    day_or_instant_of,
    decimal_of,
    flag_of,
    is_nothing,
    plain_code,
    plain_text,
    whole_digits,
)

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LIST_SEPARATORS = re.compile(r"[\s,;|]+")
_NEVER_NOTHING = frozenset({"code", "jurisdiction", "active", "offence_map"})
_NAMES = frozenset({"name", "place", "road", "offence_map"})
_LONGEST_TEXT = 200
REQUIRED = ("code", "jurisdiction", "name", "place", "road")


@dataclass(slots=True)
class RosterRow:
    """One camera as the file tells it; only the columns that the file has stand in `given`."""

    line: int
    given: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def code(self) -> str:
        """The camera's code; empty when it could not be read."""
        return str(self.given.get("code") or "")


def read_roster(text: str, *, toml: bool) -> list[RosterRow]:
    """Every row with its values and its faults; InputError when the file as a whole is not readable."""
    rows = [_read_row(*found) for found in (_toml_rows(text) if toml else _csv_rows(text))]
    first: dict[str, int] = {}
    for row in rows:
        if row.code in first:
            row.faults.append(f"code: {row.code} stands on line {first[row.code]} already")
        elif row.code:
            first[row.code] = row.line
    return rows


def _read_row(line: int, values: Mapping[str, Any], fault: str = "") -> RosterRow:
    row = RosterRow(line, faults=[fault] if fault else [])
    for column, value in values.items():
        reader = COLUMNS.get(column)
        if reader is None:
            row.faults.append(f"{column}: no such column; there are {', '.join(COLUMNS)}")
            continue
        try:
            row.given[column] = reader(value.strip() if isinstance(value, str) else value)
        except ValueError as reason:
            row.faults.append(f"{column}: {reason}")
    if "code" not in values:
        row.faults.append("code: is missing")
    return row


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any], str]]:
    stream = io.StringIO(text, newline="")
    first = stream.readline()
    delimiter = delimiter_of(first)
    record = next(read_records([first], delimiter), None)
    named = [plain_text(name) for name in record.values] if record else []
    header = [key_of(name) for name in named]
    _check_header(header, named)
    for row in read_records(stream, delimiter, len(header), first_line=2):
        if not row.fault and not any(cell.strip() for cell in row.values):
            continue
        cells = {name: _cell(name, cell) for name, cell in zip(header, row.values, strict=False)}
        fits = len(row.values) >= len(header) and not any(cell.strip() for cell in row.values[len(header) :])
        fault = row.fault or ("" if fits else f"has {len(row.values)} cells for {len(header)} columns")
        yield row.line, cells, fault


def _cell(column: str, text: str) -> str:
    """A field without what a spreadsheet made of it; empty where it says that there is nothing."""
    told = plain_text(text) if column in _NAMES else plain_code(text)
    if column == "code":
        try:
            return whole_digits(told) or told
        except InputError:
            return told
    says_nothing = column not in _NEVER_NOTHING and not any(sign.isdigit() for sign in told) and is_nothing(told)
    return "" if says_nothing else told


def _check_header(header: list[str], named: list[str]) -> None:
    for name, written in zip(header, named, strict=True):
        if name not in COLUMNS:
            raise InputError(
                f"Line 1 names the unknown column {written!r}; there are {', '.join(COLUMNS)}. "
                "The first line holds the names of the columns."
            )
    if "code" not in header:
        raise InputError("Line 1 lacks the column 'code'; the first line holds the names of the columns.")
    if doubled := [name for name in header if header.count(name) > 1]:
        raise InputError(f"Line 1 names the column {doubled[0]!r} twice; take one away.")


def _toml_rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as reason:
        raise InputError(f"The list is not readable as TOML: {reason}.") from reason
    cameras = document.pop("camera", None)
    if document or not isinstance(cameras, list) or not all(isinstance(each, dict) for each in cameras):
        raise InputError("A TOML list of cameras holds [[camera]] tables and nothing else.")
    marks = [place for place, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*camera\s*\]\]", line)]
    exact = len(marks) == len(cameras)
    yield from ((marks[place] if exact else place + 1, each) for place, each in enumerate(cameras))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("is empty" if value == "" else "is no text")
    if _CONTROL.search(value) or len(value) > _LONGEST_TEXT:
        raise ValueError(f"has control characters or more than {_LONGEST_TEXT} letters")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value == "" else _text(value)


def _code(value: Any) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise ValueError(f"{value!r} must be 1 to 64 of A-Z, a-z, 0-9, dot, dash, underscore")
    return value


def _zone(value: Any) -> str | None:
    if value == "":
        return None
    zone = time_zone(_text(value))
    if zone is None:
        raise ValueError(f"{value!r} is no time zone such as Asia/Jakarta")
    return zone.key


def _number(least: float, most: float, *, above: bool = False) -> Callable[[Any], float | None]:
    def read(value: Any) -> float | None:
        if value == "":
            return None
        try:
            number = decimal_of(value) if isinstance(value, str) else float(value)
        except (TypeError, ValueError, OverflowError, InputError):
            raise ValueError(f"{value!r} is no number") from None
        number = least - 1 if isinstance(value, bool) else number
        if not least <= number <= most or (above and number == least):
            raise ValueError(f"{value!r} must be {'above' if above else 'at least'} {least:g} and at most {most:g}")
        return number

    return read


def _flag(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if value == "":
        return None
    if (told := flag_of(str(value))) is not None:
        return told
    raise ValueError(f"{value!r} must be true or false")


def _texts(value: Any) -> list[str]:
    parts = [part for part in _LIST_SEPARATORS.split(value) if part] if isinstance(value, str) else value
    try:
        return list(dict.fromkeys(_text(part) for part in parts))
    except TypeError:
        raise ValueError("is no list of offence codes") from None


def _day_or_instant(value: Any) -> date | datetime | None:
    """A day means until its end in the camera's zone; `settle_row` works that out."""
    if value == "":
        return None
    try:
        told = value if isinstance(value, date) else day_or_instant_of(value)
    except (TypeError, InputError):
        raise ValueError(f"{value!r} is no date such as 2027-06-30") from None
    if not FIRST_YEAR <= told.year < LAST_YEAR:
        raise ValueError(f"{value!r} is no real end; a calibration has one")
    return told


def _offence_map(value: Any) -> dict[str, str]:
    try:
        told = (json.loads(value) if value else {}) if isinstance(value, str) else value
    except ValueError:
        told = None
    if not isinstance(told, dict) or not all(isinstance(code, str) for code in told.values()):
        raise ValueError('is no JSON object of vendor code to offence, such as {"1": "LAMPU_MERAH"}')
    return {_text(vendor): _text(code) for vendor, code in told.items()}


COLUMNS: Mapping[str, Callable[[Any], Any]] = {
    "code": _code,
    "jurisdiction": _text,
    "name": _text,
    "place": _text,
    "road": _text,
    "zone": _zone,
    "vendor": _text_or_none,
    "approved_offences": _texts,
    "calibrated_until": _day_or_instant,
    "audited_precision": _number(0, 1),
    "clock_tolerance_s": _number(0, 86_400, above=True),
    "speed_limit_kmh": _number(0, 300, above=True),
    "speed_trigger_kmh": _number(0, 300, above=True),
    "latitude": _number(-90, 90),
    "longitude": _number(-180, 180),
    "active": _flag,
    "offence_map": _offence_map,
}


def settle_row(
    row: RosterRow,
    stored: Mapping[str, Any] | None,
    *,
    zones: Mapping[str, str],
    offences: Collection[str],
) -> dict[str, Any]:
    """The whole camera: what the file gives over what is stored, or over the defaults; faults go into the row.

    `zones`: jurisdiction → its zone. A stored camera keeps what the file has no column for.
    """
    given = {name: value for name, value in row.given.items() if value is not None or name in _MAY_BE_EMPTY}
    camera = {**_DEFAULTS, **(stored or {}), **given}
    row.faults += [f"{name}: is missing" for name in REQUIRED if name != "code" and not _told(row, name, camera)]
    jurisdiction = str(camera.get("jurisdiction") or "")
    if jurisdiction and jurisdiction not in zones:
        row.faults.append(f"jurisdiction: {jurisdiction} is unknown; `cakra jurisdiction add` makes one")
    camera["zone"] = camera.get("zone") or zones.get(jurisdiction, "UTC")
    until = camera["calibrated_until"]
    if until is not None and (not isinstance(until, datetime) or until.tzinfo is None):
        camera["calibrated_until"] = _instant(until, ZoneInfo(camera["zone"]))
    told = {*camera["approved_offences"], *camera["offence_map"].values()}
    row.faults += [f"offence {code} is unknown; `cakra law check` reads them" for code in sorted(told - set(offences))]
    if (camera["latitude"] is None) != (camera["longitude"] is None):
        row.faults.append("latitude and longitude: one is given without the other")
    limit, trigger = camera["speed_limit_kmh"], camera["speed_trigger_kmh"]
    if trigger is not None and (limit is None or trigger < limit):
        row.faults.append("speed_trigger_kmh: must not be under speed_limit_kmh")
    return camera


def _told(row: RosterRow, name: str, camera: Mapping[str, Any]) -> bool:
    """Present, or in the file but faulty: then its own fault says so."""
    return bool(camera.get(name)) or any(fault.startswith(f"{name}:") for fault in row.faults)


def _instant(until: date, zone: ZoneInfo) -> datetime:
    if isinstance(until, datetime):
        return until.replace(tzinfo=zone)
    return datetime.combine(until + timedelta(days=1), time(), zone)


_DEFAULTS: Mapping[str, Any] = {
    "vendor": "cakra",
    "approved_offences": [],
    "calibrated_until": None,
    "audited_precision": None,
    "clock_tolerance_s": 5.0,
    "speed_limit_kmh": None,
    "speed_trigger_kmh": None,
    "latitude": None,
    "longitude": None,
    "active": True,
    "offence_map": {},
}
# An empty cell takes the stored value away; elsewhere it leaves it as it was.
_MAY_BE_EMPTY = {name for name, value in _DEFAULTS.items() if value is None}
