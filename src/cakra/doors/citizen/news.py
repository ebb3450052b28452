"""Which channels are in use now, for everybody who asks whether a message can be ours."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.delivery.pause.pausing import ChannelNow, channels_now, places_paused
from cakra.kit.logs import get_logger
from cakra.store.db import Pool

_KEPT = timedelta(seconds=2)
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """No reasons and no names of officers. `places`: names of jurisdictions for which nothing leaves, since when."""

    used: tuple[ChannelNow, ...]
    resting: tuple[ChannelNow, ...]
    places: tuple[tuple[str, datetime], ...]


class ChannelNews:
    """Asked for at most every two seconds by one process; the first page never waits for a lost database."""

    def __init__(self, pool: Pool, senders: Mapping[str, Sequence[str]], clock: Callable[[], datetime]) -> None:
        self._pool, self._senders, self._clock = pool, senders, clock
        self._read_at: datetime | None = None
        self._news: News | None = None

    async def read(self) -> News | None:
        """What is known now; None when nothing is, or no channel is in use."""
        at = self._clock()
        if self._senders and (self._read_at is None or not timedelta() <= at - self._read_at < _KEPT):
            self._read_at = at
            try:
                self._news = await self._ask()
            except Exception as problem:  # noqa: BLE001 - no news is what a page can live with
                _log.warning("channels_not_read", reason=type(problem).__name__)
                self._news = None
        return self._news

    async def _ask(self) -> News:
        channels = await channels_now(self._pool, self._senders)
        return News(
            tuple(one for one in channels if one.state == "open"),
            tuple(one for one in channels if one.state != "open"),
            tuple(await places_paused(self._pool)),
        )
