"""`cakra bench faults`: thousands of cases through peers that misbehave and processes that are killed.

Everything runs as in service: `cakra web` takes the webhooks, two workers share the queue, PostgreSQL is killed
like the others. The providers are never killed: what they logged is the truth the figures are held against.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import psutil

from cakra.bench.measuring.ground import TESTERS, Progress, add_testers, fill_ground
from cakra.bench.measuring.load import copy_cases, sample_plates
from cakra.bench.storm.fleet import Fleet, open_fleet, settings_of
from cakra.bench.storm.reckoning import UNFINISHED, reckon
from cakra.core.errors import Conflict
from cakra.delivery.pause import pausing
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.sandbox.mail.settings import MailFaults
from cakra.sandbox.whatsapp.settings import Faults
from cakra.store.embedded import ensure_running, stop
from cakra.store.faults.away import is_away
from cakra.store.upkeep.migrate import migrate
from cakra.wiring.world import World, open_world

_CHUNK = 20
_CASES_PER_S = 12.0
_QUIET_S = 300.0
_WEATHER_S = 6.0  # how often something passing goes wrong for everybody
_LASTS_S = 1.5
_NOT_HERE, _UPLOAD_FAILED = 131026, 131053
# Every switch the simulated WhatsApp has; those for everybody at once are turned by the weather.
STORM: Mapping[str, Any] = {
    "delay_ms": 40,
    "share_429": 0.06,
    "share_5xx": 0.05,
    "share_lost": 0.05,
    "share_hung": 0.02,
    "share_held": 0.03,
    "share_duplicate_webhooks": 0.2,
    "share_late_webhooks": 0.2,
    "late_s": 3.0,
    "share_reordered_webhooks": 0.2,
}
MAIL_STORM: Mapping[str, Any] = {
    "delay_ms": 20,
    "share_refused": 0.05,
    "share_later": 0.08,
    "share_lost": 0.04,
    "share_bounced": 0.08,
}
# Leases and waits short enough that a run of minutes sees them end.
HURRY = {"WORKER__LEASE_S": "5", "NOTICE__UNKNOWN_AFTER_S": "8", "NOTICE__SETTLE_AFTER_S": "12"}
_Got = TypeVar("_Got")
_log = get_logger(__name__)


@dataclass
class Storm:
    """One run under way."""

    world: World
    fleet: Fleet
    chance: Random
    weather: Counter[str] = field(default_factory=Counter)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def begin(self, plate: str) -> None:
        """A first case, handed over: the workers are there."""
        await self._chunk([plate])
        while not await self.world.pool.fetchval(_HANDED_OVER):  # noqa: ASYNC110 - other processes hand over
            await asyncio.sleep(0.1)

    async def feed(self, plates: list[str], progress: Progress) -> int:
        """Cases at a steady rate, each chunk again until it is committed; how many are in."""
        begun = time.monotonic()
        for start in range(0, len(plates), _CHUNK):
            await asyncio.sleep(max(0.0, begun + start / _CASES_PER_S - time.monotonic()))
            await patiently(lambda chunk=plates[start : start + _CHUNK]: self._chunk(chunk))  # type: ignore[misc]  # bound now
            progress(min(start + _CHUNK, len(plates)), len(plates))
        return len(plates)

    async def _chunk(self, plates: list[str]) -> None:
        async with self.world.pool.acquire() as connection:
            if await connection.fetchval("select count(*) from case_file where plate = any($1)", plates):
                return
            async with connection.transaction():
                await copy_cases(connection, plates, now())
                await connection.execute(_SHOWN, plates, sha256(_PICTURE).digest())

    async def kill(self, kills: int, seconds: float) -> None:
        """Spread over the time of the load, at random moments."""
        for _ in range(kills):
            rest = time.monotonic() + self.chance.uniform(0.3, 1.7) * seconds / kills
            while time.monotonic() < rest:
                await asyncio.to_thread(self.fleet.restart_what_ended)
                await asyncio.sleep(0.1)
            await asyncio.to_thread(self.fleet.kill, self.chance)

    async def blow(self) -> None:
        """Something passing for everybody, again and again: no phone has WhatsApp, uploads fail, an officer pauses."""
        while not self.ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), _WEATHER_S)
            match self.chance.choice(("nobody_here", "uploads_fail", "pause", "calm")):
                case "nobody_here":
                    await self._for_a_while("nobody_here", answer_code=_NOT_HERE)
                case "uploads_fail":
                    await self._for_a_while("uploads_fail", media_code=_UPLOAD_FAILED)
                case "pause":
                    await self._pause()

    async def _for_a_while(self, name: str, **switches: int) -> None:
        await asyncio.to_thread(self.fleet.ask, "/sandbox/faults", switches)
        await asyncio.sleep(_LASTS_S)
        await asyncio.to_thread(self.fleet.ask, "/sandbox/faults", dict.fromkeys(switches))
        self.weather[name] += 1

    async def _pause(self) -> None:
        pool = self.world.pool

        async def begin() -> None:
            with suppress(Conflict):  # committed, though its answer was cut off
                await pausing.pause(pool, "channel", "whatsapp", by=TESTERS[0], reason="badai")

        await patiently(begin)
        await asyncio.sleep(_LASTS_S)
        await patiently(self.resume)
        self.weather["pauses"] += 1

    async def resume(self) -> None:
        """End every pause in force, as the second officer."""
        for one in await pausing.open_pauses(self.world.pool):
            await pausing.resume(self.world.pool, one.pause_id, by=TESTERS[1], reason="reda")

    async def calm(self) -> float:
        """All switches off; seconds until nothing is owed any more. A run that never rests says so in `stuck`."""
        await asyncio.to_thread(self.fleet.ask, "/sandbox/faults", asdict(Faults()))
        await asyncio.to_thread(self.fleet.turn_mail, asdict(MailFaults()))
        begun = time.monotonic()
        while time.monotonic() - begun < _QUIET_S:
            await asyncio.to_thread(self.fleet.restart_what_ended)
            owed = await patiently(lambda: self.world.pool.fetchval(UNFINISHED))
            stats = await asyncio.to_thread(self.fleet.ask, "/sandbox/stats")
            if not owed and not stats["webhooks"]["pending"]:
                break
            await asyncio.sleep(0.5)
        return time.monotonic() - begun


async def bench_faults(folder: Path, cases: int, kills: int, seed: int, progress: Progress) -> dict[str, Any]:
    """The figures of design section 10; equal seeds draw alike, but processes never meet the same moment twice."""
    chance = Random(seed)  # noqa: S311 - which process dies when, not a secret
    with open_fleet(folder, {**STORM, "seed": seed}, {**MAIL_STORM, "seed": seed}, HURRY) as fleet:
        async with _ground(fleet, cases, progress) as world:
            storm = Storm(world, fleet, chance)
            for name in ("web", "worker-1", "worker-2"):
                fleet.start(name)
            plates = [plate for plate, _ in await sample_plates(world.pool, cases + 1)]
            await storm.begin(plates.pop())
            weather = asyncio.create_task(storm.blow())
            fed, _ = await asyncio.gather(storm.feed(plates, progress), storm.kill(kills, len(plates) / _CASES_PER_S))
            storm.ended.set()
            await weather
            await patiently(storm.resume)
            settling_s = await storm.calm()
            logs = {"whatsapp": fleet.sends_log, "email": fleet.mail_log}
            figures = await patiently(lambda: reckon(world.pool, fed + 1, logs))
            stats = await asyncio.to_thread(fleet.ask, "/sandbox/stats")
    return {
        "cases": figures.pop("cases"),
        "kills": fleet.kills.total(),
        **figures,
        "faults": {**stats["counts"], **dict(storm.weather), **{f"kill_{n}": c for n, c in fleet.kills.items()}},
        "settling_s": round(settling_s, 1),
        "seed": seed,
    }


@asynccontextmanager
async def _ground(fleet: Fleet, cases: int, progress: Progress) -> Any:
    settings = settings_of(fleet.environment)
    server = await asyncio.to_thread(ensure_running, settings.database.folder)
    try:
        await migrate(server.url)
        async with open_world(settings, "cakra bench") as world:
            await fill_ground(world, fleet.folder, int(cases * 1.5) + 1000, progress)
            await add_testers(world)
            await world.photos.put_many({sha256(_PICTURE).digest(): _PICTURE})
            yield world
    finally:
        await asyncio.to_thread(fleet.end_ours)
        await asyncio.to_thread(stop, settings.database.folder)


_HANDED_OVER = "select count(*) from notice where handed_over_at is not null"
_SHOWN = """
insert into derived_picture (cell, case_id, kind, sha256, parent_sha256, recipe, made_at)
select cell, case_id, 'notice', $2, $2, 'bench', now() from case_file where plate = any($1)"""
# The smallest picture that a provider takes: uploads are part of the storm.
_PICTURE = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


async def patiently(work: Callable[[], Awaitable[_Got]]) -> _Got:
    """Again while the database is down; a killed one is back within seconds."""
    for pause in (0.1, 0.2, 0.5, *([1.0] * 60)):
        try:
            return await work()
        except Exception as reason:
            if not isinstance(reason, psutil.NoSuchProcess) and not is_away(reason):
                raise
            _log.info("bench_waited_for_database", reason=repr(reason))
            await asyncio.sleep(pause)
    return await work()
