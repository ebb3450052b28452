"""Who may report: jurisdictions with their cells, and the cameras with their sealed keys."""

import json
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cakra.core.errors import Conflict, InputError, NotFound
from cakra.core.foreign import time_zone
from cakra.core.law.zones.oddeven import OFFENCE, OddEvenZone, unsettled_road
from cakra.journey.intake.registering.cameras import SQL
from cakra.journey.intake.registering.roster_file import COLUMNS, RosterRow, read_roster, settle_row
from cakra.kit.ids import CELLS
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.db import Connection, Database, Pool

_KEY_BYTES = 32
_OF_ODD_EVEN = ("road", "jurisdiction", "approved_offences", "offence_map")
_JURISDICTION = re.compile(r"[A-Z][A-Z0-9]{1,11}")
_log = get_logger(__name__)
KeepKeys = Callable[[Mapping[str, bytes]], None]


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A regional police: its zone on paper, and the cells that hold its cases."""

    code: str
    name: str
    zone: str
    first_cell: int
    cells: int


@dataclass(frozen=True, slots=True)
class CameraLine:
    """One camera as a list shows it."""

    code: str
    jurisdiction: str
    place: str
    vendor: str
    approved_offences: list[str]
    calibrated_until: datetime | None
    audited_precision: float | None
    active: bool
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class RosterSummary:
    """What an import did; `keys`: the fresh keys of the new cameras, to be told once.

    `roads`: a sentence for each camera of the odd-even rule that is new or was given another road, and whose road is
    plainly in no zone or only resembles one.
    """

    inserted: int
    updated: int
    unchanged: int
    keys: Mapping[str, bytes]
    roads: Sequence[str] = ()


async def add_jurisdiction(pool: Pool, code: str, *, name: str, zone: str, cells: int) -> Jurisdiction:
    """A jurisdiction on the next free cells, which it keeps for ever. InputError, Conflict."""
    if not _JURISDICTION.fullmatch(code):
        raise InputError(f"The code {code!r} must be 2 to 12 capital letters and digits, such as PMJ.")
    if not name.strip():
        raise InputError("A jurisdiction needs a name; give the one that stands on notices.")
    if time_zone(zone) is None:
        raise InputError(f"{zone[:64]!r} is no time zone; one is Asia/Jakarta.")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL.lock_jurisdictions)
        first: int = await connection.fetchval(SQL.next_cell)
        if not 1 <= cells <= CELLS - first:
            raise InputError(f"A jurisdiction has 1 to {CELLS - first} cells (of {CELLS}, {first} are taken).")
        if not await connection.fetchval(SQL.add_jurisdiction, code, name.strip(), zone, first, cells):
            raise Conflict(f"There is a jurisdiction {code} already; `cakra jurisdiction list` shows all.")
    _log.info("jurisdiction_added", jurisdiction=code, first_cell=first, cells=cells)
    return Jurisdiction(code, name.strip(), zone, first, cells)


async def list_jurisdictions(pool: Pool) -> list[Jurisdiction]:
    """All of them, by cell."""
    return [Jurisdiction(**dict(row)) for row in await pool.fetch(SQL.jurisdictions)]


async def list_cameras(pool: Database) -> list[CameraLine]:
    """All of them, by code."""
    return [CameraLine(**dict(row)) for row in await pool.fetch(SQL.camera_lines)]


async def import_cameras(
    pool: Pool,
    sealer: Sealer,
    text: str,
    *,
    toml: bool,
    offences: Collection[str],
    keep_keys: KeepKeys,
    zones: Sequence[OddEvenZone] = (),
) -> RosterSummary:
    """Add the new cameras of a list and bring the known ones up to date; all or nothing.

    Known cameras keep their key. `keep_keys` is given the new ones before the commit; what it raises undoes
    everything. InputError names every wrong row by line and reason. `sealer`: purpose 'camera'.
    """
    rows = read_roster(text, toml=toml)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL.lock_roster)
        clocks = {row["code"]: row["zone"] for row in await connection.fetch(SQL.jurisdictions)}
        stored = await _stored(connection, [row.code for row in rows])
        settled = {row.code: settle_row(row, stored.get(row.code), zones=clocks, offences=offences) for row in rows}
        _refuse(rows)
        keys = {code: secrets.token_bytes(_KEY_BYTES) for code in settled if code not in stored}
        changed = {code: camera for code, camera in settled.items() if camera != stored.get(code)}
        keep_keys(keys)
        for code, camera in changed.items():
            sealed = sealer.seal(keys[code], code.encode()) if code in keys else None
            values = (camera | {"offence_map": json.dumps(camera["offence_map"])}, sealed)
            await connection.execute(SQL.write_camera, *(values[0][name] for name in COLUMNS), values[1])
    fresh = [camera for code, camera in changed.items() if _is_placed_anew(camera, stored.get(code))]
    roads = unsettled_roads(fresh, zones)
    summary = RosterSummary(len(keys), len(changed) - len(keys), len(settled) - len(changed), keys, roads)
    _log.info("cameras_imported", inserted=summary.inserted, updated=summary.updated, unchanged=summary.unchanged)
    return summary


def _is_placed_anew(camera: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    return before is None or any(camera[name] != before[name] for name in _OF_ODD_EVEN)


def unsettled_roads(cameras: Iterable[Mapping[str, Any]], zones: Sequence[OddEvenZone]) -> list[str]:
    """Of cameras that report odd-even: those whose road is in no zone, or only resembles or holds a listed name."""
    told = []
    for camera in cameras:
        reports = OFFENCE in camera["approved_offences"] or OFFENCE in camera["offence_map"].values()
        found = unsettled_road(zones, camera["jurisdiction"], camera["road"]) if reports else None
        if found is not None:
            means = "the machine rejects its odd-even cases" if found.violates is False else "officers decide its cases"
            told.append(f"{camera['code']}: {found.reason_en}; {means}.")
    return told


async def rotate_key(pool: Pool, sealer: Sealer, code: str) -> bytes:
    """A fresh key for a camera; the old one ends within seconds. NotFound."""
    key = secrets.token_bytes(_KEY_BYTES)
    if not await pool.fetchval(SQL.set_camera_key, code, sealer.seal(key, code.encode())):
        raise _unknown(code)
    _log.info("camera_key_rotated", camera=code)
    return key


async def open_key(pool: Pool, sealer: Sealer, code: str) -> bytes:
    """The key of a camera, active or not. NotFound; StoreError when it does not open."""
    sealed = await pool.fetchval(SQL.camera_key, code)
    if sealed is None:
        raise _unknown(code)
    return sealer.open(sealed, code.encode())


async def any_sealed_key(db: Database) -> tuple[str, bytes] | None:
    """Code and sealed key of some camera, to try a root key on; None while there is no camera."""
    row = await db.fetchrow(SQL.any_sealed_key)
    return None if row is None else (row["code"], row["hmac_key"])


def _unknown(code: str) -> NotFound:
    return NotFound(f"There is no camera {code}; `cakra camera list` shows all.")


async def _stored(connection: Connection, codes: list[str]) -> dict[str, dict[str, Any]]:
    rows = [dict(row) for row in await connection.fetch(SQL.stored_cameras, codes)]
    return {row["code"]: row | {"offence_map": json.loads(row["offence_map"])} for row in rows}


def _refuse(rows: list[RosterRow]) -> None:
    if not rows:
        raise InputError("The list holds no camera; nothing was imported.")
    if wrong := [row for row in rows if row.faults]:
        lines = [f"line {row.line}: {'; '.join(row.faults)}" for row in wrong]
        raise InputError(f"{len(wrong)} of {len(rows)} rows are wrong, nothing was imported:\n" + "\n".join(lines))
