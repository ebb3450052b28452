"""What wakes the lanes: PostgreSQL notifications at once, and a sweep for what was missed."""

import asyncio
from collections import defaultdict
from contextlib import suppress

import asyncpg

from cakra.engine.patience import Patience
from cakra.kit.logs import get_logger

CHANNEL = "cakra_due"
_log = get_logger(__name__)


class Alarm:
    """One listening connection per worker; lanes wait on the name of their step.

    Several lanes of one step wait on names of their own, `step:lane`; ringing the step wakes them all.
    """

    def __init__(self, url: str, sweep_s: float) -> None:
        self._url = url
        self._sweep_s = sweep_s
        self._events: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin listening; reconnects for as long as the worker lives."""
        self._task = asyncio.create_task(self._listen(), name="alarm")

    def ring(self, step: str) -> None:
        """Wake the lanes of a step from inside this process."""
        for name in {step, *self._events}:
            if name.partition(":")[0] == step:
                self._events[name].set()

    def ring_all(self) -> None:
        """Wake every lane, so that a stop is noticed at once."""
        for event in self._events.values():
            event.set()

    async def wait(self, step: str, at_most_s: float | None = None) -> None:
        """Return when the step was rung or the sweep interval passed, or `at_most_s` if that is sooner."""
        event = self._events[step]
        with suppress(TimeoutError):
            async with asyncio.timeout(self._sweep_s if at_most_s is None else min(at_most_s, self._sweep_s)):
                await event.wait()
        event.clear()

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self.ring(str(payload))

    async def _listen(self) -> None:
        patience = Patience("alarm")
        while True:
            try:
                await self._hear_until_lost(patience)
            except Exception as problem:  # noqa: BLE001 - logged by the patience; meanwhile the sweep finds what is due
                await patience.bear(problem)

    async def _hear_until_lost(self, patience: Patience) -> None:
        connection = await asyncpg.connect(self._url)
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(CHANNEL, self._heard)
            patience.well()
            await lost.wait()
        finally:
            connection.terminate()
        _log.warning("listening_lost")
        await asyncio.sleep(min(1.0, self._sweep_s))
