"""`cakra bench pipeline`: accepted by us → accepted by the provider, without photographs and image checks."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cakra.bench.measuring.ground import Peer, Progress, open_ground, open_peer
from cakra.bench.measuring.limit import SEND_PATH, database_rows_per_s, http_calls_per_s, template_send_body
from cakra.bench.measuring.load import Shot, copy_cases, sample_plates
from cakra.bench.measuring.meter import commits, max_rss_mb, percentiles, spent
from cakra.kit.clock import now
from cakra.store.embedded import find_running
from cakra.wiring.world import World

RATES = (11, 55, 370)
_CHUNK = 500
_TICK_S = 0.05
_COUNTERS_S = 1.5
_PATIENCE_S = 20.0
# A rate counts as reached when its last case was handed over within this much of the time it took to feed.
_REACHED = 1.2
_DONE = """
select (select count(*) from notice where handed_over_at is not null)
     + (select count(*) from case_file where state in ('review', 'rejected', 'diverted', 'unidentified'))
"""


async def bench_pipeline(
    folder: Path, cases: int, register_rows: int, seconds: float, progress: Progress
) -> dict[str, Any]:
    """The figures of design section 10; `seconds` is how long each rate is fed."""
    with open_peer(folder) as peer:
        async with open_ground(folder, peer, register_rows, progress) as world:
            wanted = max(cases + _CHUNK, int(max(RATES) * seconds) + 1)
            plates = [plate for plate, _ in await sample_plates(world.pool, wanted)]
            with _worker(folder, peer) as worker:
                figures = await _throughput(world, peer, worker, plates[: cases + _CHUNK])
                figures["latency"] = {str(rate): await feed(world, plates, rate, seconds) for rate in RATES}
                figures["max_rss_mb"] = max_rss_mb(worker)
            limit = {
                "database_rows_per_s": round(await database_rows_per_s(world.pool, plates[:cases])),
                "http_calls_per_s": round(
                    await http_calls_per_s(peer.port, SEND_PATH, template_send_body(), "bench", cases)
                ),
            }
    both = 1 / (1 / limit["database_rows_per_s"] + 1 / limit["http_calls_per_s"])
    limit["both_per_s"] = round(both)
    return {
        **figures,
        "ratio_to_limit": round(figures["cases_per_s"] / both, 3),
        "limit": limit,
        "register": register_rows,
    }


@contextmanager
def _worker(folder: Path, peer: Peer) -> Iterator[int]:
    command = [sys.executable, "-m", "cakra.bench.pipeline_worker", str(folder), str(peer.port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process.pid
        finally:
            process.terminate()


async def _throughput(world: World, peer: Peer, worker: int, plates: list[str]) -> dict[str, Any]:
    warming, plates = plates[:_CHUNK], plates[_CHUNK:]
    await _warm_up(world, warming)
    postmaster = find_running(world.settings.database.folder)
    assert postmaster is not None
    before, committed = spent(worker, postmaster.pid, peer.pid), await commits(world.pool)
    started = time.perf_counter()
    async with world.pool.acquire() as connection:
        for start in range(0, len(plates), _CHUNK):
            await copy_cases(connection, plates[start : start + _CHUNK], now())
    await _handed_over(world, len(plates) + _CHUNK)
    elapsed = time.perf_counter() - started
    after = spent(worker, postmaster.pid, peer.pid)
    per_case = 1000 / len(plates)
    return {
        "cases": len(plates),
        "cases_per_s": round(len(plates) / elapsed, 1),
        "cpu_ms_per_case": {
            "worker": round((after.worker - before.worker) * per_case, 3),
            "postgresql": round((after.postgresql - before.postgresql) * per_case, 3),
            "peer": round((after.peer - before.peer) * per_case, 3),
        },
        "commits_per_case": round((await _settled_commits(world) - committed) / len(plates), 4),
    }


async def _warm_up(world: World, plates: list[str]) -> None:
    """A first set opens connections and gives the planner the statistics that a running system has."""
    async with world.pool.acquire() as connection:
        await copy_cases(connection, plates, now())
    await _handed_over(world, len(plates))
    await world.pool.execute("analyze")


async def _settled_commits(world: World) -> int:
    """The server reports its counters up to a second late."""
    await asyncio.sleep(_COUNTERS_S)
    return await commits(world.pool)


async def _handed_over(world: World, count: int) -> None:
    """Wait for the last hand-over; TimeoutError when nothing moves any more."""
    until, seen = time.monotonic() + _PATIENCE_S, 0
    while (done := await world.pool.fetchval(_DONE)) < count:
        if done > seen:
            until, seen = time.monotonic() + _PATIENCE_S, done
        if time.monotonic() > until:
            raise TimeoutError(f"{done} of {count} notices were handed over, then none for {_PATIENCE_S:.0f} s")
        await asyncio.sleep(_TICK_S)


async def feed(
    world: World, plates: list[str], rate: int, seconds: float, shots: Mapping[str, Sequence[Shot]] | None = None
) -> dict[str, float] | None:
    """Milliseconds from shutter to hand-over at `rate` cases a second; None where the rate was not reached.

    With `shots` some cases go to an officer: those are not waited for.
    """
    await world.pool.execute("truncate case_file, camera_event, case_event, photo, screening, notice, attempt")
    total, fed = int(rate * seconds), 0
    started = time.perf_counter()
    async with world.pool.acquire() as connection:
        while fed < total:
            due = min(total, int((time.perf_counter() - started) * rate) + 1)
            if due > fed:
                await copy_cases(connection, plates[fed:due], now(), shots)
                fed = due
            await asyncio.sleep(min(_TICK_S, 1 / rate))
    await _handed_over(world, total)
    if time.perf_counter() - started > seconds * _REACHED + 1:
        return None
    rows = await world.pool.fetch(
        "select extract(epoch from handed_over_at - shutter_at) * 1000 as ms from notice "
        "where handed_over_at is not null"
    )
    return percentiles([float(row["ms"]) for row in rows])
