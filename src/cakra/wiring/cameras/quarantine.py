"""The quarantine as this installation has it: its desk, and what `cakra doctor` says of it and of the drop folder."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from cakra.core.errors import SetupError
from cakra.doors.cameras import CameraDoors, camera_doors, camera_releases
from cakra.doors.cameras.hikvision.ftp import DropReport, look_at_drop
from cakra.journey.intake import QuarantineDesk
from cakra.journey.intake.quarantine import quarantine_growth
from cakra.journey.intake.registering.roster import list_cameras
from cakra.kit.clock import now
from cakra.kit.settings import Settings
from cakra.store.db import Database
from cakra.wiring.keeping.aside import lane_releases
from cakra.wiring.world import World

_MANY, _TIMES = 20, 2
_LATE = timedelta(minutes=10)


def open_camera_doors(world: World) -> CameraDoors:
    """The cameras' doors of this process; close them at the end."""
    told = world.settings
    return camera_doors(
        world.pool,
        world.photos,
        root_key=world.root_key,
        settings=told.intake,
        offences=frozenset(world.law.offences.codes),
        flush_ms=told.photos.flush_ms,
    )


@asynccontextmanager
async def quarantine_desk(world: World) -> AsyncIterator[QuarantineDesk]:
    """The desk for a command; what it releases is durable when this ends."""
    doors = open_camera_doors(world)
    try:
        yield QuarantineDesk(world.pool, world.sealer("quarantine"), camera_releases(doors) | lane_releases(world))
    finally:
        await doors.close()


async def quarantine_told(_settings: Settings, database: Database, _url: str) -> str:
    """For `cakra doctor`: how much waits; SetupError when known senders' input has begun to pile up."""
    counted = await quarantine_growth(database, now())
    day, before = counted["day"], counted["before"]
    if day >= _MANY and day > _TIMES * before:
        raise SetupError(f"{day} inputs of known senders were set aside in a day, {before} in the day before.")
    return f"{counted['waiting']} inputs of known senders wait, {day} of the last day"


async def drop_told(settings: Settings, database: Database, _url: str) -> str:
    """For `cakra doctor`: what lies in the drop folder and nobody takes; SetupError when there is something."""
    folder = settings.intake.ftp_folder
    if folder is None:
        return "no drop folder is watched"
    codes = frozenset(one.code for one in await list_cameras(database))
    try:
        report = await asyncio.to_thread(look_at_drop, folder, codes, now() - _LATE)
    except OSError as problem:
        raise SetupError(f"{folder} cannot be read: {problem.strerror}.") from problem
    if wrong := _wrong(report):
        raise SetupError(f"{folder}: {'; '.join(wrong)}.")
    return f"{report.records} records wait in {folder}"


def _wrong(report: DropReport) -> list[str]:
    named = (
        ("folders of no known camera", report.unknown),
        ("folders that cannot be opened", report.unread),
        ("links or pipes", report.odd),
    )
    wrong = [f"{what}: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}" for what, names in named if names]  # noqa: PLR2004 - a few are enough to look
    if report.late:
        wrong.append(f"{report.late} files lie there since before {report.before:%H:%M} UTC and were not taken")
    return wrong
