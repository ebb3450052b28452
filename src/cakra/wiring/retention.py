"""What is deleted by itself when its time is up, room by room, in small batches."""

from datetime import datetime, timedelta

from cakra.doors.citizen.visiting import forget_attempts
from cakra.doors.officer.session import forget_sessions
from cakra.journey.dispatch.keeping import forget_callbacks
from cakra.journey.inbound import forget_inbound
from cakra.journey.intake import Quarantine
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.wiring.world import World

_EVERY = timedelta(minutes=1)
_log = get_logger(__name__)


class Retention:
    """Looks once a minute, and again at once while there is more."""

    def __init__(self, world: World) -> None:
        self._pool = world.pool
        self._quarantine = Quarantine(world.pool, world.sealer("quarantine"), world.settings.intake)
        self._next: datetime | None = None

    async def forget(self) -> int:
        """One batch of each kind when it is time; how many rows were deleted."""
        at = now()
        if self._next is not None and at < self._next:
            return 0
        gone = {
            "quarantine": await self._quarantine.expire(at),
            "callbacks": await forget_callbacks(self._pool, at),
            "attempts": await forget_attempts(self._pool, at),
            "sessions": await forget_sessions(self._pool, at),
            "chats": await forget_inbound(self._pool, at),
        }
        total = sum(gone.values())
        if total:
            _log.info("expired_rows_deleted", **gone)
        else:
            self._next = at + _EVERY
        return total
