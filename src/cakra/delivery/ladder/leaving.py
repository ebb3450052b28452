"""Channels that are closed: what waits for one goes to its next open rung."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from cakra.core.delivery.ladder import place_of
from cakra.core.ports import Channel
from cakra.delivery.pause.pausing import SQL as PAUSES
from cakra.delivery.sending.sends import descend
from cakra.kit.clock import now
from cakra.store.db import Connection, Pool, Row
from cakra.store.notices import move_set
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.ladder")


async def waiting_on(
    connection: Connection, closed: Collection[str], opened: Collection[str], limit: int
) -> Sequence[Row]:
    """Notices, locked, that wait for a closed channel and have a later rung that is open: up to `limit` of each."""
    return await connection.fetch(SQL.waiting_on_paused, list(closed), list(opened), limit)


async def leave_paused(pool: Pool, senders: Mapping[str, Collection[str]], limit: int) -> int:
    """Notices that wait for a paused channel go to their next rung that is open; how many.

    Up to `limit` of each channel. `senders`: channel in use → its senders; with all of them paused a channel is.
    While everything, or a jurisdiction, is paused, its notices wait where they are. So do those without another rung.
    """
    async with pool.acquire() as connection, connection.transaction():
        pauses = [(row["level"], row["key"]) for row in await connection.fetch(PAUSES.open_pauses)]
        paused = {key for level, key in pauses if level == "channel"}
        paused |= {channel for channel, names in senders.items() if all(("sender", name) in pauses for name in names)}
        if not paused or ("everything", "") in pauses:
            return 0
        open_channels = [channel for channel in senders if channel not in paused]
        rows = await waiting_on(connection, paused, open_channels, limit)
        closed = [channel for channel in Channel if channel.value not in open_channels]
        return await move_set(connection, rows, partial(leave, connection, closed, "paused"))


async def leave(connection: Connection, closed: Collection[Channel], why: str, rows: Sequence[Row]) -> None:
    """To the next rung that is not closed, where there is one."""
    places = [(row, place_of(row["plan"], row["rung"], row["zone"])) for row in rows]
    descents = [(row, below) for row, place in places if (below := place.below(now(), closed))]
    await descend(connection, descents, {}, why)
