"""`cakra jurisdiction …` and `cakra camera …`: who may report."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import App, Parameter

from cakra.core.errors import InputError, SetupError
from cakra.core.tables.encoding import decode_table
from cakra.core.tables.writing import TableWriter
from cakra.journey.intake.registering.roster import (
    RosterSummary,
    add_jurisdiction,
    import_cameras,
    list_cameras,
    list_jurisdictions,
    open_key,
    rotate_key,
)
from cakra.journey.watching.standing import CameraStanding, list_standings
from cakra.kit.clock import now
from cakra.kit.console import err, say, say_table
from cakra.kit.settings import load_settings
from cakra.wiring.cameras import watch_limits
from cakra.wiring.world import World, open_world, zones_today

T = TypeVar("T")
_SUFFIXES = {".csv": False, ".toml": True}
_LARGEST_FILE = 32 * 1024 * 1024
jurisdiction = App(name="jurisdiction", help="Add and list the regional police whose cases are kept here.")
camera = App(name="camera", help="Import and list cameras, and see to their keys.")


def in_world(work: Callable[[World], Awaitable[T]], name: str) -> T:
    """Run something that needs database and keys."""

    async def run() -> T:
        async with open_world(load_settings(), f"cakra {name}") as world:
            return await work(world)

    return asyncio.run(run())


@jurisdiction.command
def add(
    code: Annotated[str, Parameter(help="Its code, such as PMJ.")],
    *,
    name: Annotated[str, Parameter(help="Its name, as it stands on notices.")],
    zone: Annotated[str, Parameter(help="The time zone of its paper.")] = "Asia/Jakarta",
    cells: Annotated[int, Parameter(help="How many slices its cases are spread over; it cannot be changed.")] = 16,
) -> None:
    """Add a jurisdiction on the next free cells."""
    made = in_world(lambda world: add_jurisdiction(world.pool, code, name=name, zone=zone, cells=cells), "jurisdiction")
    say(f"{made.code} added on cells {made.first_cell} to {made.first_cell + made.cells - 1}.")


@jurisdiction.command(name="list")
def show_jurisdictions() -> None:
    """List every jurisdiction with its cells."""
    found = in_world(lambda world: list_jurisdictions(world.pool), "jurisdiction")
    columns = ["code", "name", "zone", "first_cell", "cells"]
    say_table("Jurisdictions", columns, [[str(getattr(one, name)) for name in columns] for one in found])


@camera.command(name="import")
def import_list(
    file: Annotated[Path, Parameter(help="A list of cameras: CSV, or TOML with a [[camera]] table each.")],
    *,
    keys: Annotated[Path | None, Parameter(help="A new file (0600) for the new cameras' keys; else printed.")] = None,
) -> None:
    """Add the new cameras of a list and bring the known ones up to date, all or nothing.

    Columns: code, jurisdiction, name, place, road, zone, vendor, approved_offences, calibrated_until,
    audited_precision, clock_tolerance_s, speed_limit_kmh, speed_trigger_kmh, latitude, longitude, active,
    offence_map (JSON). A known camera keeps its key and whatever the list has no column for. A new one gets
    a key, which is told this once.
    """
    text = read_list(file)
    with ExitStack() as undo:
        summary = in_world(lambda world: _import(world, file, text, keys, undo), "camera")
        undo.pop_all()
    say(f"{summary.inserted} new, {summary.updated} changed, {summary.unchanged} as before.")
    for line in summary.roads:
        say(line)
    if keys is not None and summary.keys:
        say(f"The keys of the new cameras are in {keys}; hand them over and delete the file.")
    elif summary.keys:
        say_table("Keys, told this once", ["camera", "key"], [[code, key.hex()] for code, key in summary.keys.items()])


async def _import(world: World, file: Path, text: str, keys: Path | None, undo: ExitStack) -> RosterSummary:
    def keep(fresh: Mapping[str, bytes]) -> None:
        if keys is not None and fresh:
            write_keys(keys, fresh)
            undo.callback(keys.unlink)

    return await import_cameras(
        world.pool,
        world.sealer("camera"),
        text,
        toml=_SUFFIXES[file.suffix.lower()],
        offences=world.law.offences.codes,
        keep_keys=keep,
        zones=zones_today(world),
    )


def read_list(file: Path) -> str:
    """The text of a list; InputError when it is no list."""
    if file.suffix.lower() not in _SUFFIXES:
        raise InputError(f"{file} is neither .csv nor .toml; name a list of cameras of one of these kinds.")
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise InputError(f"{file} is larger than {_LARGEST_FILE // 1024**2} MB; import it in parts.")
        raw = file.read_bytes()
    except OSError as problem:
        raise InputError(f"{file} cannot be read: {problem.strerror}.") from problem
    return decode_table(raw, str(file))


def write_keys(path: Path, keys: Mapping[str, bytes]) -> None:
    """A new CSV of camera and key, for its owner alone, on disk before this returns. SetupError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii", newline="") as file:
            TableWriter(file).rows([("camera", "key"), *((code, key.hex()) for code, key in keys.items())])
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as problem:
        raise SetupError(f"{path} exists already, and keys are not written over; name a new file.") from problem
    except OSError as problem:
        raise SetupError(f"{path} cannot be written ({problem.strerror}); nothing was imported.") from problem


@camera.command(name="list")
def show_cameras() -> None:
    """List every camera with what it is approved for, and when it was last heard, were it only a sign of life."""
    rows = [
        [
            one.code,
            one.jurisdiction,
            one.place,
            one.vendor,
            " ".join(one.approved_offences),
            one.calibrated_until.isoformat(timespec="minutes") if one.calibrated_until else "",
            "" if one.audited_precision is None else f"{one.audited_precision:.3f}",
            "yes" if one.active else "no",
            one.heard_at.isoformat(timespec="seconds") if one.heard_at else "never",
        ]
        for one in in_world(lambda world: list_cameras(world.pool), "camera")
    ]
    columns = ["code", "at", "place", "vendor", "approved", "calibrated until", "precision", "active", "last heard"]
    say_table("Cameras", columns, rows)


@camera.command
def key(
    code: Annotated[str, Parameter(help="The camera's code.")],
    *,
    rotate: Annotated[bool, Parameter(negative="", help="Make a new key; the old one ends within seconds.")] = False,
) -> None:
    """Replace a camera's key and tell the new one, this once."""
    if not rotate:
        raise InputError("A key is told once, when it is made; --rotate makes a new one and ends the old one.")
    say(in_world(lambda world: rotate_key(world.pool, world.sealer("camera"), code), "camera").hex())
    err.print(f"The old key of {code} ends within seconds: give the camera the new one now.", markup=False)


@camera.command
def push_url(
    code: Annotated[str, Parameter(help="The camera's code.")],
    *,
    base: Annotated[str | None, Parameter(help="How cameras reach us; the portal's address when left out.")] = None,
) -> None:
    """Print the secret address to which a Hikvision camera pushes; a new key changes it."""
    from cakra.doors.cameras.signature import push_secret  # noqa: PLC0415 - brings the web framework along

    opened = in_world(lambda world: open_key(world.pool, world.sealer("camera"), code), "camera")
    address = (base or load_settings().portal.base_url).rstrip("/")
    say(f"{address}/v1/hikvision/{code}/{push_secret(opened)}")


@camera.command
def watch() -> None:
    """List how far each camera is believed: agreement with officers, scores, and what changed last."""
    found = in_world(_standings, "camera watch")
    columns = ["code", "state", "because of", "since", "agreement", "scores", "last change"]
    say_table("Cameras", columns, [[one.code, one.outcome.value, *_standing_words(one)] for one in found])


async def _standings(world: World) -> list[CameraStanding]:
    return await list_standings(world.pool, watch_limits(world.settings), now())


def _standing_words(one: CameraStanding) -> list[str]:
    low, high = one.agreement.interval
    share = one.agreement.share
    change = one.change
    return [
        " ".join(one.causes),
        one.since.isoformat(timespec="minutes") if one.since else "",
        f"{one.agreement.agreed} of {one.agreement.decided} ({low:.0%}-{high:.0%})" if share is not None else "",
        "" if one.shift is None else f"{one.shift.index:.2f} of {one.shift.limit:.2f}",
        f"{change.officer or 'machine'} {change.at:%Y-%m-%d %H:%M} {change.reason}".strip() if change else "",
    ]
