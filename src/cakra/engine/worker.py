"""One worker process: its lanes side by side, its clockwork, and a graceful stop."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from cakra.engine.alarm import Alarm
from cakra.kit.logs import get_logger
from cakra.store.db import FAULTS

_log = get_logger(__name__)

RunUntil = Callable[[asyncio.Event], Awaitable[None]]
Work = Callable[[], Awaitable[int]]


def repeated(alarm: Alarm, wakes_on: str, work: Work) -> RunUntil:
    """A lane that repeats `work` until it finds nothing, then sleeps until `wakes_on` is rung or the sweep."""

    async def run(stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                worked = await work()
            except FAULTS as reason:
                _log.warning("lane_waits_for_database", lane=wakes_on, reason=repr(reason))
                worked = 0
            if not worked:
                await alarm.wait(wakes_on)

    return run


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


async def run_worker(lanes: Sequence[RunUntil], alarm: Alarm, stopping: asyncio.Event) -> None:
    """Run all lanes until `stopping` is set; calls in flight finish, leases of unstarted work expire."""
    alarm.start()
    _log.info("worker_started", lanes=len(lanes))
    try:
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(_as_coroutine(lane, stopping))
            await stopping.wait()
            alarm.ring_all()
    finally:
        await alarm.close()
        _log.info("worker_stopped")


async def _as_coroutine(lane: RunUntil, stopping: asyncio.Event) -> None:
    await lane(stopping)
