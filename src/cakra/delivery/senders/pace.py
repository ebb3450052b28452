"""Pace as rows: what each sender may spend, and what a provider's "too many" takes away."""

from collections.abc import Sequence
from dataclasses import dataclass

from cakra.core.errors import SetupError
from cakra.delivery.senders.events import note_sender
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.senders")
_log = get_logger(__name__)
_THROTTLED_S = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one sender may go, over all hosts; None is unlimited.

    `rate`: messages a second, `burst`: most that leave at once; `pair_s`: seconds between two messages to the same
    person, `pair_burst` of which may come at once; `portfolio`: whose `daily_limit` of people it shares.
    """

    rate: float | None = None
    burst: int = 1
    pair_s: float | None = None
    pair_burst: int = 1
    portfolio: str | None = None
    daily_limit: int | None = None
    probe_calls: int = 3
    probe_wait_s: float = 15.0


async def open_senders(pool: Pool, senders: Sequence[tuple[str, str, Pace]]) -> None:
    """Write the pace of (channel, sender) each, before a worker claims for them; the newest worker's settings hold.

    SetupError when two senders give the same portfolio different limits.
    """
    portfolios = {pace.portfolio: pace.daily_limit for _, _, pace in senders if pace.portfolio}
    for channel, sender, pace in senders:
        if pace.portfolio and portfolios[pace.portfolio] != pace.daily_limit:
            raise SetupError(
                f"The portfolio {pace.portfolio} has two daily limits, one at the {channel} sender {sender}; "
                "a portfolio has one."
            )
    async with pool.acquire() as connection, connection.transaction():
        for channel, sender, pace in sorted(senders, key=lambda one: one[:2]):
            settings = pace.rate, pace.burst, pace.pair_s, pace.pair_burst, pace.portfolio
            await connection.execute(SQL.open_sender, channel, sender, *settings, pace.probe_calls, pace.probe_wait_s)
        for portfolio, limit in sorted(portfolios.items()):
            await connection.execute(SQL.open_portfolio, portfolio, limit)


async def hold_throttled(connection: Connection, channel: str, sender: str, seconds: float | None) -> None:
    """The provider said that this sender is too fast: its bucket is empty for so long."""
    seconds = seconds or _THROTTLED_S
    if await connection.fetchval(SQL.empty_bucket, channel, sender, seconds) is not None:
        await note_sender(connection, channel, sender, "throttled", {"seconds": seconds})
        _log.warning("sender_throttled", channel=channel, sender=sender, seconds=seconds)


async def hold_pairs(
    connection: Connection, channel: str, sender: str, notices: Sequence[tuple[int, int]], seconds: float | None
) -> None:
    """The provider said that this sender wrote to these people too often; others of the channel still may."""
    keys = [cell for cell, _ in notices], [notice_id for _, notice_id in notices]
    await connection.execute(SQL.hold_pairs, channel, sender, *keys, seconds or _THROTTLED_S)


async def forget_pairs(pool: Pool) -> None:
    """Delete pair times that are over."""
    await pool.execute(SQL.forget_pairs)
