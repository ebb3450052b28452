"""Notices that their channel could not take in time: they go to the next rung.

The time is the rung's own (`hand_over_s`, kept with the notice as `hand_over_by`) and counts from when it became
due there. On a channel without any open sender (`unhealthy`), or whose portfolio has no people left today
(`limit`), every such notice goes. On a channel that works (`late`) it goes too, but never for that alone to the
post: a queue of half a minute is no reason for a letter.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from cakra.core.delivery.ladder import Descent, place_of
from cakra.core.delivery.official import sender_key
from cakra.core.ports import Channel
from cakra.delivery.senders import forget_pairs, note_sender
from cakra.delivery.sending.sends import descend
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Pool, Row
from cakra.store.notices import move_set
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.ladder")
_log = get_logger(__name__)


async def leave_late(pool: Pool, senders: Mapping[str, Collection[str]], limit: int) -> int:
    """Let up to `limit` notices of each channel take their next rung, each for its reason; how many.

    `senders`: channel → in use. What is paused is not ours: nothing leaves a paused jurisdiction, and nothing at all
    while everything is paused; after a resume the time of what waited begins anew.
    """
    await forget_pairs(pool)
    if not await pool.fetchval(SQL.any_late, list(senders)):
        return 0
    names = [(channel, name) for channel, listed in senders.items() for name in listed]
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(
            SQL.conditions,
            [channel for channel, _ in names],
            [name for _, name in names],
            [sender_key(channel, name) for channel, name in names],
        )
        full = await _full(connection)
        closed = _closed(rows, full)
        unhealthy = [channel for channel, why in closed.items() if why == "unhealthy"]
        open_channels = [channel for channel in senders if channel not in closed]
        late = await connection.fetch(
            SQL.late_notices, list(closed), open_channels, limit, min(full.values(), default=None)
        )

        stayed = 0

        async def leave(some: Sequence[Row]) -> None:
            nonlocal stayed
            descents = [(row, below) for row in some if (below := _below(row, open_channels))]
            for channel in senders:
                why = "unhealthy" if channel in unhealthy else closed.get(channel, "late")
                await descend(connection, [one for one in descents if one[0]["channel"] == channel], {}, why)
            stayed += len(some) - len(descents)

        return await move_set(connection, late, leave) - stayed


def _closed(rows: Collection[Row], full: Mapping[str, datetime]) -> dict[str, str]:
    """Channel → why none of its senders may claim."""
    kept_back: dict[str, list[str | None]] = defaultdict(list)
    for row in rows:
        why = "limit" if row["portfolio"] in full else None
        kept_back[row["channel"]].append("unhealthy" if row["closed"] else why)
    return {
        channel: "limit" if "limit" in reasons else "unhealthy"
        for channel, reasons in kept_back.items()
        if None not in reasons
    }


def _below(row: Row, open_channels: Collection[str]) -> Descent | None:
    """The next open rung."""
    place = place_of(row["plan"], row["rung"], row["zone"])
    return place.below(now(), [channel for channel in Channel if channel.value not in open_channels])


async def _full(connection: Connection) -> dict[str, datetime]:
    """Portfolio that reached its daily limit → when people are free again at the earliest; told once."""
    found: dict[str, datetime] = {}
    for row in await connection.fetch(SQL.full_portfolios):
        found[row["portfolio"]] = row["frees_at"]
        if row["full_since"] is None:
            facts = {"portfolio": row["portfolio"], "daily_limit": row["daily_limit"]}
            await connection.execute(SQL.portfolio_told, row["portfolio"])
            await note_sender(connection, row["channel"] or "", row["sender"] or "", "portfolio_full", facts)
            _log.error("portfolio_limit_reached", **facts)
    await connection.execute(SQL.portfolios_free, list(found))
    return found
