"""Group commit: events that arrive together share one transaction."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from cakra.core.errors import StoreAway
from cakra.journey.intake.event import Accepted, CheckedEvent, StoredEvent
from cakra.journey.intake.step import accept, find_stored
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.settings import Intake
from cakra.store.db import Pool
from cakra.store.faults.parts import in_parts

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    event: CheckedEvent
    answer: "asyncio.Future[Accepted]"


class IntakeBatcher:
    """Collects concurrent events for `wait_ms` or up to `max_batch`; while one set is written the next fills.

    A set that fails is halved until the events that cannot be written stand alone: only they fail. While the
    database is away all of it fails, and is sent again.
    """

    def __init__(self, pool: Pool, settings: Intake, *, wait_ms: float = 3, max_batch: int = 200) -> None:
        self._pool = pool
        self._settings = settings
        self._wait_s = wait_ms / 1000
        self._max_batch = max_batch
        self._queue: deque[_Waiting] = deque()
        self._full = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    async def submit(self, event: CheckedEvent) -> Accepted:
        """Return when the event is durable. Raises what `accept` raises."""
        waiting = _Waiting(event, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if len(self._queue) >= self._max_batch:
            self._full.set()
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all(), name="intake-writer")
        return await waiting.answer

    async def stored(self, camera: str, event_id: str) -> StoredEvent | None:
        """What is stored under that id. StoreAway."""
        return await find_stored(self._pool, camera, event_id)

    async def close(self) -> None:
        """Finish what waits."""
        while self._writer is not None:
            await self._writer

    async def _write_all(self) -> None:
        batch: list[_Waiting] = []
        try:
            while self._queue:
                if len(self._queue) < self._max_batch:
                    await self._gather()
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._max_batch))]
                await self._write(batch)
        finally:  # cancelled from outside: nobody may wait for ever
            self._writer = None
            stopped = StoreAway("This process stopped before the event was kept: send it again.")
            for waiting in (*batch, *self._queue):
                _settle(waiting, stopped)

    async def _gather(self) -> None:
        self._full.clear()
        try:
            async with asyncio.timeout(self._wait_s):
                await self._full.wait()
        except TimeoutError:
            return

    async def _write(self, batch: list[_Waiting]) -> None:
        try:
            await in_parts(batch, self._accept, self._refuse)
        except Exception as error:  # noqa: BLE001 - it must reach the requests, not end the writer
            for waiting in batch:
                _settle(waiting, error)

    async def _accept(self, batch: Sequence[_Waiting]) -> None:
        answers = await accept(self._pool, [waiting.event for waiting in batch], at=now(), settings=self._settings)
        for waiting, answer in zip(batch, answers, strict=True):
            if not waiting.answer.done():  # else its request was cancelled
                waiting.answer.set_result(answer)

    @staticmethod
    async def _refuse(waiting: _Waiting, problem: Exception) -> None:
        """One event that cannot be written fails alone."""
        _log.error("event_refused", camera=waiting.event.camera, kind=type(problem).__name__)
        _settle(waiting, problem)


def _settle(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
