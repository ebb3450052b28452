"""What the room needs from the rest of the house."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from cakra.delivery.official.publication import Publication
from cakra.doors.design import Assets
from cakra.kit.clock import now
from cakra.store.db import Pool


@dataclass(frozen=True, slots=True)
class OfficialDeps:
    """Given by wiring. `renew`: the newest publication, made anew when it is due; `host`: the portal's own."""

    pool: Pool
    assets: Assets
    renew: Callable[[], Awaitable[Publication | None]]
    host: str
    demo: bool
    root_key: bytes = field(repr=False)
    secure: bool = False
    clock: Callable[[], datetime] = now
