"""What is deleted by itself when its time is up, room by room, in small batches."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from cakra.core.errors import SetupError
from cakra.core.policy.kinds import RETENTION
from cakra.delivery.codes import forget_codes
from cakra.delivery.inbound import forget_inbound
from cakra.delivery.proof.keeping import forget_callbacks
from cakra.doors.citizen.visiting import forget_attempts
from cakra.doors.officer.entrance.session import forget_sessions
from cakra.engine.worker import Work
from cakra.journey.intake import Quarantine
from cakra.journey.retention import Eraser, erase_pictures, what_lags
from cakra.kit.clock import now
from cakra.kit.settings import Settings
from cakra.store.db import Connection
from cakra.store.faults.aside import forget_aside
from cakra.wiring.world import World

_EVERY = timedelta(minutes=1)


class Forgetting:
    """One kind: looks once a minute, and again at once while there is more. A fault is its own, and no other kind's."""

    def __init__(self, forget: Callable[[datetime], Awaitable[int]]) -> None:
        self._forget = forget
        self._next: datetime | None = None

    async def __call__(self) -> int:
        """One batch when it is time; how many rows were deleted."""
        at = now()
        if self._next is not None and at < self._next:
            return 0
        if not (gone := await self._forget(at)):
            self._next = at + _EVERY
        return gone


def retention(world: World) -> dict[str, Work]:
    """Each kind of row that is deleted when its time is up, by name."""
    eraser = Eraser(world.pool, partial(world.policies.nation, RETENTION))
    pool, quarantine = world.pool, Quarantine(world.pool, world.sealer("quarantine"), world.settings.intake)
    kinds: dict[str, Callable[[datetime], Awaitable[int]]] = {
        "quarantine": quarantine.expire,
        "callbacks": partial(forget_callbacks, pool),
        "attempts": partial(forget_attempts, pool),
        "sessions": partial(forget_sessions, pool),
        "chats": partial(forget_inbound, pool),
        "codes": partial(forget_codes, pool),
        "aside": partial(forget_aside, pool),
        "cases": eraser.erase_cases,
        "records": eraser.erase_records,
        "pictures": partial(erase_pictures, pool, world.photos),
    }
    return {f"forget_{kind}": Forgetting(forget) for kind, forget in kinds.items()}


async def retention_told(_settings: Settings, connection: Connection, _url: str) -> str:
    """For `cakra doctor`: that erasing goes on; SetupError says what lags, and what could not be erased."""
    found = await what_lags(connection, now())
    told = [f"nobody looked through {which} since {since:%Y-%m-%d %H:%M} UTC" for which, since in found.late.items()]
    told += [f"{count} of {which} could not be erased ({fault})" for which, (count, fault) in found.failed.items()]
    if found.pictures:
        told.append(f"{found.pictures} pictures have been waiting for a day to leave the store")
    if told:
        raise SetupError(f"{'; '.join(told)}.")
    return "what is past its time is erased"
