"""The cameras that may report, by code."""

import json
import time
from collections.abc import Callable

from cakra.journey.intake.event import Camera
from cakra.journey.intake.faults import store_faults
from cakra.kit.seal import Sealer
from cakra.store.db import Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.intake")
_REMEMBERED = 10_000


class CameraBook:
    """Active cameras, remembered for `ttl_s` seconds: so long may a withdrawn camera still report.

    `sealer` opens the keys (purpose 'camera', bound to the code).
    """

    def __init__(
        self,
        pool: Pool,
        sealer: Sealer,
        *,
        ttl_s: float = 3.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._sealer = sealer
        self._ttl_s = ttl_s
        self._monotonic = monotonic
        self._seen: dict[str, tuple[float, Camera | None]] = {}

    async def find(self, code: str, *, fresh: bool = False) -> Camera | None:
        """The active camera of that code; None for an unknown or inactive one. StoreError.

        `fresh`: as it is now, for a person who has just changed it.
        """
        until, camera = self._seen.get(code, (0.0, None))
        if until > self._monotonic() and not fresh:
            return camera
        camera = await self._load(code)
        if len(self._seen) >= _REMEMBERED:  # strangers may try any number of codes
            self._seen.clear()
        self._seen[code] = (self._monotonic() + self._ttl_s, camera)
        return camera

    async def _load(self, code: str) -> Camera | None:
        if "\x00" in code:  # PostgreSQL refuses it
            return None
        with store_faults():
            row = await self._pool.fetchrow(SQL.find_camera, code)
        if row is None:
            return None
        return Camera(
            code=row["code"],
            jurisdiction=row["jurisdiction"],
            first_cell=row["first_cell"],
            cells=row["cells"],
            zone=row["zone"],
            clock_tolerance_s=row["clock_tolerance_s"],
            offence_map=json.loads(row["offence_map"]),
            vendor=row["vendor"],
            jurisdiction_zone=row["jurisdiction_zone"],
            key=self._sealer.open(row["hmac_key"], code.encode()),
        )
