"""One worker process: its lanes side by side, its clockwork, and a graceful stop."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from cakra.engine.alarm import Alarm
from cakra.engine.patience import OneOfSeveral, Patience, Tell, nobody_told
from cakra.kit.logs import get_logger

_log = get_logger(__name__)
_SOUND_S = 60.0

RunUntil = Callable[[asyncio.Event], Awaitable[None]]
Work = Callable[[], Awaitable[int]]


def repeated(alarm: Alarm, wakes_on: str, work: Work, tell: Tell = nobody_told) -> RunUntil:
    """A lane that repeats `work` until it finds nothing, then sleeps until `wakes_on` is rung or the sweep.

    A work that fails is begun again after a rest.
    """

    async def run(stopping: asyncio.Event) -> None:
        patience = Patience(wakes_on, tell)
        while not stopping.is_set():
            try:
                worked = await work()
            except Exception as problem:  # noqa: BLE001 - logged and told by the patience
                await patience.bear(problem, stopping)
                continue
            patience.well()
            if not worked:
                await alarm.wait(wakes_on)

    return run


def several(lane: str, works: Mapping[str, Work], tell: Tell = nobody_told) -> Work:
    """All these works in turn, as one; one that fails rests by itself, and the others go on."""
    shared = Patience(lane, tell)
    each = [OneOfSeveral(f"{lane}:{name}", work, shared, tell) for name, work in works.items()]

    async def all_in_turn() -> int:
        found = sum([await work() for work in each])
        if not any(work.waits for work in each):
            shared.well()
        return found

    return all_in_turn


def unhurried(work: Work, rest: float = 10.0) -> Work:
    """`work` that found nothing is left alone for `rest` times as long as it looked: a long queue is not swept idly.

    So fruitless looks cost a fixed share of one core however much waits, and short ones are made as often as asked.
    """
    not_before = 0.0

    async def look() -> int:
        nonlocal not_before
        begun = time.monotonic()
        if begun < not_before:
            return 0
        found = await work()
        ended = time.monotonic()
        not_before = 0.0 if found else ended + rest * (ended - begun)
        return found

    return look


async def run_worker(
    lanes: Mapping[str, RunUntil], alarm: Alarm, stopping: asyncio.Event, tell: Tell = nobody_told
) -> None:
    """Run all lanes, by name, until `stopping` is set; calls in flight finish, leases of unstarted work expire.

    Lanes do not share a fate: one that ends by a fault is begun again after a rest.
    """
    alarm.start()
    _log.info("worker_started", lanes=len(lanes))
    try:
        async with asyncio.TaskGroup() as group:
            for name, lane in lanes.items():
                group.create_task(kept_going(name, lane, stopping, tell), name=name)
            await stopping.wait()
            alarm.ring_all()
    finally:
        await alarm.close()
        _log.info("worker_stopped")


async def kept_going(name: str, lane: RunUntil, stopping: asyncio.Event, tell: Tell = nobody_told) -> None:
    """One lane until `stopping` is set, begun again after a rest whenever it ends by a fault."""
    patience = Patience(name, tell)
    while not stopping.is_set():
        begun = time.monotonic()
        try:
            await lane(stopping)
        except Exception as problem:  # noqa: BLE001 - logged and told by the patience
            if time.monotonic() - begun > _SOUND_S:
                patience.well()
            await patience.bear(problem, stopping)
