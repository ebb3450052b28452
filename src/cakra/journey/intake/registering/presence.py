"""When each camera was last heard: every door says so, a row is written at most every few seconds a camera."""

import time
from collections.abc import Callable
from datetime import datetime

from cakra.core.errors import CakraError
from cakra.journey.intake.faults import store_faults
from cakra.journey.intake.registering.cameras import SQL
from cakra.kit.logs import get_logger
from cakra.store.db import Pool

_EVERY_S = 10.0
_REMEMBERED = 20_000
_log = get_logger(__name__)


class CameraPresence:
    """Keeps `camera_heard` up to date for one process."""

    def __init__(self, pool: Pool, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._monotonic = monotonic
        self._written: dict[tuple[str, bool], float] = {}

    async def heard(self, camera: str, at: datetime, *, event: bool) -> None:
        """Note that a known camera was heard. Never raises for the store: a missing sign of life refuses nothing."""
        mark, clock = (camera, event), self._monotonic()
        if clock - self._written.get(mark, clock - _EVERY_S) < _EVERY_S:
            return
        if len(self._written) >= _REMEMBERED:
            self._written.clear()
        self._written[mark] = clock
        try:
            with store_faults():
                await self._pool.execute(SQL.hear, camera, at, at if event else None)
        except CakraError as fault:
            self._written.pop(mark, None)
            _log.warning("camera_heard_not_kept", camera=camera, code=fault.code)
