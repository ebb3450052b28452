"""How soon a pause is in force: from the call to the last message that the provider was begun to be given."""

import asyncio
import json
import random
import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from cakra.delivery.pause.pausing import open_pauses, pause, resume
from cakra.kit.clock import now
from cakra.store.faults.parts import again_when_crosswise
from cakra.wiring.world import World

_TICK_S = 0.01
_PATIENCE_S = 60.0
_LONGEST_RUN_UP_S = 0.2
_WHY = "pengukuran"
# What was handed over stands in the queue once more: a benchmark's owner is a log file.
_AGAIN = """
with held as materialized (  -- in key order, as the worker locks them
    select n.cell, n.notice_id from notice n where n.channel = 'whatsapp' and n.step is distinct from 'sending'
    order by n.cell, n.notice_id
    for update
)
update notice n set previous_state = null, state = 'queued', step = 'dispatch', due_at = now(), rung_tries = 0,
    leased_by = null
from held h where n.cell = h.cell and n.notice_id = h.notice_id"""
_WAITING = "select count(*) from notice where step = 'dispatch' and due_at <= now() and channel = 'whatsapp'"
_UNDER_WAY = "select count(*) from notice where step = 'sending'"


@dataclass(frozen=True, slots=True)
class PauseRound:
    """Milliseconds until the last send was begun at the provider, 0 when none was; `waiting`: what stayed here."""

    from_call_ms: float
    from_commit_ms: float
    waiting: int


async def measure_pause(world: World, peer_log: Path, rounds: int, officers: tuple[str, str]) -> list[PauseRound]:
    """Pause everything under load, so many times, and look into the provider's own log (same machine, same clock).

    The world holds notices of WhatsApp (some hundreds), workers run, and nothing is paused. `officers`: one who
    pauses, one who resumes. TimeoutError when nothing is sent, or the load ends before the pause.
    """
    measured: list[PauseRound] = []
    for _ in range(rounds):
        await pause(world.pool, "everything", "", by=officers[0], reason=_WHY)
        await _until_quiet(world)
        await again_when_crosswise(partial(world.pool.execute, _AGAIN))
        before = _size(peer_log)
        await _resume(world, officers[1])
        await _until_sends(peer_log, before)
        # Not always at the same moment of a claim's life.
        await asyncio.sleep(random.uniform(0, _LONGEST_RUN_UP_S))  # noqa: S311 - spreads the moments, no secret
        measured.append(await _one_pause(world, peer_log, officers[0]))
        await _resume(world, officers[1])
    return measured


async def _one_pause(world: World, peer_log: Path, officer: str) -> PauseRound:
    before, called = _size(peer_log), now()
    await pause(world.pool, "everything", "", by=officer, reason=_WHY)
    committed = now()
    await _until_quiet(world)
    waiting = await world.pool.fetchval(_WAITING)
    if not waiting:
        raise TimeoutError("Everything had been sent before the pause: give the benchmark more notices.")
    last = max(_instants(peer_log, before), default=called)
    return PauseRound(_ms(called, last), _ms(committed, last), waiting)


async def _until_quiet(world: World) -> None:
    """Calls in flight have ended and were written down."""
    until = time.monotonic() + _PATIENCE_S
    while await world.pool.fetchval(_UNDER_WAY):
        _check(until, "calls are still in flight")
        await asyncio.sleep(_TICK_S)


async def _until_sends(peer_log: Path, before: int) -> None:
    until = time.monotonic() + _PATIENCE_S
    while _size(peer_log) == before:
        _check(until, "nothing was sent")
        await asyncio.sleep(_TICK_S)


def _check(until: float, what: str) -> None:
    if time.monotonic() > until:
        raise TimeoutError(f"After {_PATIENCE_S:.0f} s {what}; are workers running?")


async def _resume(world: World, officer: str) -> None:
    for one in await open_pauses(world.pool):
        await resume(world.pool, one.pause_id, by=officer, reason=_WHY)


def _size(log: Path) -> int:
    return log.stat().st_size


def _instants(peer_log: Path, start: int) -> list[datetime]:
    with peer_log.open("rb") as log:
        log.seek(start)
        return [datetime.fromisoformat(json.loads(line)["at"]) for line in log if line.endswith(b"\n")]


def _ms(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds() * 1000, 0.0)
