"""One level after another: the same cases fed and the same pages opened, with none, many and very many cases stored."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from cakra.bench.growth.pages import open_desk, visit_portal, work_console
from cakra.bench.growth.plans import Listener, heard_world, sequential_scans
from cakra.bench.measuring.ground import Progress
from cakra.bench.measuring.load import copy_cases, sample_plates
from cakra.bench.measuring.meter import Spent, percentiles, spent
from cakra.bench.stored.lending import lend_stored
from cakra.bench.stored.making import SEED
from cakra.bench.stored.sample import Sampled, draw_sample, seal_sample
from cakra.bench.storm.fleet import Fleet, open_fleet, settings_of
from cakra.core.errors import InputError
from cakra.core.states.journey import State
from cakra.engine.alarm import Alarm
from cakra.engine.lane import LaneRunner
from cakra.engine.worker import run_worker
from cakra.kit.clock import now
from cakra.store.embedded import ensure_running, find_running, stop
from cakra.store.upkeep.growing import GROWING
from cakra.wiring.lanes import WorkerProcess, screening_lane
from cakra.wiring.official.ready import make_ready
from cakra.wiring.web import web_app
from cakra.wiring.world import World, open_world

LEVELS: Mapping[str, int] = {"0": 0, "1e5": 100_000, "1e6": 1_000_000, "1e7": 10_000_000}
_RATIOS = ("1e6", "1e7")
_WARM, _CHUNK, _HEARD = 500, 500, 200
_TICK_S, _QUIET_S, _PATIENCE_S, _SWEEPS_S = 0.5, 10.0, 120.0, 8.0
_NEARLY = 0.98
_ROUNDS, _VISITS, _FIRST, _EVERY = 12, 120, 10, 16
_UNDER_WAY = ("received", "validated", "identified", "notifying")
# By key alone, so that looking whether they are done costs the same however many are stored.
_DONE = """
select count(*) from case_file
where cell = any(array(select generate_series(0, 15)::smallint)) and case_id > $1 and state <> all($2::text[])"""
_NEWEST = """
select coalesce(max(case_id), 0) from case_file
where cell = any(array(select generate_series(0, 15)::smallint)) and case_id > $1"""


_SCANNED = "select relname, seq_tup_read from pg_stat_user_tables"
_COUNTERS_S = 1.5  # the server reports its counters that late
_OPENED = (State.NOTIFIED, State.CHARGED, State.PAID, State.CLOSED)


def bench_growth(
    folder: Path, levels: Sequence[str], cases: int, register_rows: int, progress: Progress
) -> dict[str, Any]:
    """The figures of design section 10; a level that was not asked for is null. `cases`: fed at each level."""
    stored: dict[str, Any] = dict.fromkeys(LEVELS)
    for level in levels:
        with lend_stored(folder, LEVELS[level], register_rows, progress) as run, open_fleet(run, {}, {}, {}) as fleet:
            stored[level] = asyncio.run(_measure_level(fleet, LEVELS[level], cases))
    return {
        "stored": stored,
        "cost_ratio": {level: _ratio(stored, level, ("postgresql",)) for level in _RATIOS},
        "cost_ratio_with_worker": {level: _ratio(stored, level, ("postgresql", "worker")) for level in _RATIOS},
        "cases": cases,
        "register": register_rows,
    }


def growth_table(figures: Mapping[str, Any]) -> list[list[str]]:
    """One line a level that was measured: stored, cases a second, CPU, waits, statements that read a whole table."""
    rows = []
    for level, told in figures["stored"].items():
        if told is not None:
            cpu = told["cpu_ms_per_case"]
            waits = [f"{told[door]:.1f}" for door in ("portal_p99_ms", "console_p99_ms")]
            scans = "; ".join(told["sequential_scans"]) or "-"
            rows.append([level, f"{told['cases_per_s']}", f"{cpu['postgresql']}", f"{cpu['worker']}", *waits, scans])
    return rows


def _ratio(stored: Mapping[str, Any], level: str, parts: Sequence[str]) -> float | None:
    """CPU a case at this level against the empty database; null where one of the two was not measured."""
    empty, full = stored["0"], stored[level]
    if empty is None or full is None:
        return None
    cost = [sum(one["cpu_ms_per_case"][part] for part in parts) for one in (full, empty)]
    return round(float(cost[0] / cost[1]), 2)


async def _measure_level(fleet: Fleet, rows: int, cases: int) -> dict[str, Any]:
    settings = settings_of(fleet.environment)
    await asyncio.to_thread(ensure_running, settings.database.folder)
    try:
        async with open_world(settings, "cakra bench growth") as world:
            await make_ready(world)
            plates = [plate for plate, _ in await sample_plates(world.pool, _WARM + cases + _HEARD)]
            if len(plates) < _WARM + cases + _HEARD:
                raise InputError(f"Only {len(plates)} owners can be reached; raise --register, or feed fewer cases.")
            people = await draw_sample(world.pool, _OPENED) if rows else []
            fleet.start("web")
            fleet.start("worker-1")
            figures = await _cost(world, fleet, plates[:-_HEARD])
            fleet.stop("worker-1")
            if not people:
                await seal_sample(world)
                people = await draw_sample(world.pool, _OPENED)
            figures |= await _waits(world, people)
            figures["sequential_scans"] = await _scans(world, people, plates[-_HEARD:])
            return figures
    finally:
        await asyncio.to_thread(fleet.end_ours)
        await asyncio.to_thread(stop, settings.database.folder)


async def _cost(world: World, fleet: Fleet, plates: list[str]) -> dict[str, Any]:
    """Feed cases and follow them until delivery is proved: cases a second, CPU a case, rows read in scans."""
    mark = await world.pool.fetchval(_NEWEST, 0)
    await _feed(world, plates[:_WARM])
    await _settled(world, mark, _WARM)
    await world.pool.execute("analyze")
    fed = plates[_WARM:]
    before, scanned, began = _spent(world, fleet), await _scanned(world), time.perf_counter()
    await _feed(world, fed)
    await _settled(world, mark, len(plates))
    elapsed, after = time.perf_counter() - began, _spent(world, fleet)
    later = await _scanned(world)
    per_case = 1000 / len(fed)
    return {
        "cases_per_s": round(len(fed) / elapsed, 1),
        "cpu_ms_per_case": {
            "worker": round((after.worker - before.worker) * per_case, 3),
            "postgresql": round((after.postgresql - before.postgresql) * per_case, 3),
        },
        "rows_read_in_scans": {
            table: round((rows - scanned[table]) / len(fed), 1)
            for table, rows in sorted(later.items())
            if table in GROWING and rows - scanned[table] > len(fed)
        },
    }


async def _feed(world: World, plates: Sequence[str]) -> None:
    async with world.pool.acquire() as connection:
        for start in range(0, len(plates), _CHUNK):
            await copy_cases(connection, plates[start : start + _CHUNK], now())


async def _settled(world: World, mark: int, count: int) -> None:
    """Wait until so many cases behind `mark` are through, or all but a few whose webhooks got lost.

    TimeoutError when nothing moves any more.
    """
    began = changed = time.monotonic()
    seen = -1
    while (done := await world.pool.fetchval(_DONE, mark, _UNDER_WAY)) < count:
        at = time.monotonic()
        if done > seen:
            changed, seen = at, done
        if done >= count * _NEARLY and at > changed + _QUIET_S:
            return
        if at > changed + _PATIENCE_S:
            raise TimeoutError(f"{done} of {count} cases came through in {at - began:.0f} s, then none")
        await asyncio.sleep(_TICK_S)


def _spent(world: World, fleet: Fleet) -> Spent:
    server = find_running(world.settings.database.folder)
    assert server is not None
    return spent(fleet.running["worker-1"].pid, server.pid, fleet.running["whatsapp"].pid)


async def _scanned(world: World) -> dict[str, int]:
    await asyncio.sleep(_COUNTERS_S)
    return {row["relname"]: row["seq_tup_read"] for row in await world.pool.fetch(_SCANNED)}


async def _waits(world: World, people: Sequence[Sampled]) -> dict[str, float]:
    """p99 in milliseconds of every page that people open. Each round of the console asks a web process just begun."""
    chance = Random(SEED)  # noqa: S311 - repeatable
    portal, console = list[float](), list[float]()
    async with web_app(world) as app:
        for case in people[:_FIRST]:
            await visit_portal(app, case, chance)
        for _ in range(_VISITS):
            portal += await visit_portal(app, chance.choice(people), chance)
    for number in range(_ROUNDS):
        async with web_app(world) as app:
            officer = await open_desk(app, world.pool)
            times = await work_console(officer, chance.sample(people, 2))
            console += times if number else []
    return {"portal_p99_ms": _p99(portal), "console_p99_ms": _p99(console)}


def _p99(times: list[float]) -> float:
    told = percentiles(times)
    assert told is not None
    return told["p99"]


async def _scans(world: World, people: Sequence[Sampled], plates: Sequence[str]) -> list[str]:
    """Everything once more by itself, listened to: pages, every lane, every sweep; then how each statement reads."""
    listener = Listener()
    chance = Random(SEED)  # noqa: S311 - repeatable
    async with heard_world(world, listener) as heard:
        async with web_app(heard) as app:
            for case in people[::_EVERY]:
                await visit_portal(app, case, chance)
            await work_console(await open_desk(app, heard.pool), people[:2])
        await _work_lanes(heard, plates)
    return await sequential_scans(world.pool, listener.heard)


async def _work_lanes(world: World, plates: Sequence[str]) -> None:
    stopping = asyncio.Event()
    worker = WorkerProcess(world, steps=("cases", "sending", "receipts"))
    alarm = Alarm(world.url, world.settings.worker.sweep_s)
    screening = LaneRunner(screening_lane(world, None), world.pool, alarm, worker=worker.name, cells=None)
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(stopping))
        group.create_task(run_worker({"screening": screening.run}, alarm, stopping))
        try:
            await _feed(world, plates)
            await asyncio.sleep(_SWEEPS_S)
        finally:
            stopping.set()
