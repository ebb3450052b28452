"""How every loop of a worker bears faults: growing, bounded rests, and a word to whoever can mend them."""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress

from cakra.kit.logs import get_logger
from cakra.store.faults.away import is_away

_log = get_logger(__name__)
_FIRST_REST_S, _LONGEST_REST_S, _LONGEST_WAIT_S = 0.1, 60.0, 5.0
_FRAMES = 8
_TELLING_S = 5.0

Tell = Callable[[str, BaseException], Awaitable[None]]
"""Keeps for `cakra doctor` that a lane, by name, failed."""


async def nobody_told(_lane: str, _problem: BaseException) -> None:
    """Where nobody keeps it, the log tells."""


class Patience:
    """One loop's. What is away is waited out with one warning; any other fault is logged, told, and rested after."""

    def __init__(self, lane: str, tell: Tell = nobody_told) -> None:
        self._lane = lane
        self._tell = tell
        self._faults = 0
        self._waiting = False

    def well(self) -> None:
        """A round went well: the next fault is the first again."""
        if self._waiting:
            _log.info("lane_goes_on", lane=self._lane)
        self._faults, self._waiting = 0, False

    async def rest_after(self, problem: Exception) -> float:
        """Log the fault and keep it for the doctor; how many seconds to leave the loop's work alone."""
        away = is_away(problem)
        rest = min(_FIRST_REST_S * 2.0 ** min(self._faults, 12), _LONGEST_WAIT_S if away else _LONGEST_REST_S)
        self._faults += 1
        if not away:
            # The words of an error may hold what was to be written, so only its kind and place are told.
            frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(problem.__traceback__)]
            _log.error("lane_failed", lane=self._lane, kind=type(problem).__name__, frames=frames[-_FRAMES:], rest=rest)
            with suppress(Exception):  # the log has said it
                async with asyncio.timeout(_TELLING_S):
                    await self._tell(self._lane, problem)
        elif not self._waiting:
            self._waiting = True
            _log.warning("lane_waits_for_store", lane=self._lane, reason=type(problem).__name__)
        return rest

    async def bear(self, problem: Exception, stopping: asyncio.Event | None = None) -> None:
        """`rest_after`, and the rest itself; a stop ends it."""
        rest = await self.rest_after(problem)
        if stopping is None:
            await asyncio.sleep(rest)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), rest)


class OneOfSeveral:
    """A work that shares its lane with others: after a fault it is left alone for its own rest, the others go on.

    That a store is away is warned of once for the whole lane (`shared`), not by each of its works.
    """

    def __init__(
        self, name: str, work: Callable[[], Awaitable[int]], shared: Patience, tell: Tell = nobody_told
    ) -> None:
        self._work = work
        self._patience, self._shared = Patience(name, tell), shared
        self._not_before = 0.0
        self.waits = False  # for a store that is away

    async def __call__(self) -> int:
        """As the work itself; 0 while it rests or when it failed."""
        if time.monotonic() < self._not_before:
            return 0
        try:
            found = await self._work()
        except Exception as problem:  # noqa: BLE001 - logged and told by the patience
            self.waits = is_away(problem)
            patience = self._shared if self.waits else self._patience
            self._not_before = time.monotonic() + await patience.rest_after(problem)
            return 0
        self._patience.well()
        self.waits = False
        return found
