"""Notices that wait for a channel whose budget is spent, under the policy `hold`, take their next open rung."""

from cakra.core.ladder import place_of
from cakra.core.ports import Channel
from cakra.journey.dispatch.costs import SQL
from cakra.journey.dispatch.settling import SQL as DISPATCH
from cakra.journey.dispatch.settling import descend
from cakra.kit.clock import now
from cakra.store.db import Pool


async def leave_held(pool: Pool, limit: int) -> int:
    """How many left. Those without another open rung stay, and are sent: a budget stops no notice."""
    moved = 0
    async with pool.acquire() as connection, connection.transaction():
        for hold in await connection.fetch(SQL.holds_in_force):
            channel, opened = hold["channel"], hold["open_channels"]
            rows = await connection.fetch(DISPATCH.waiting_on_paused, [channel], opened, limit)
            closed = [one for one in Channel if one.value not in opened]
            places = [(row, place_of(row["plan"], row["rung"], row["zone"])) for row in rows]
            descents = [(row, below) for row, place in places if (below := place.below(now(), closed))]
            await descend(connection, descents, {}, "budget")
            moved += len(descents)
    return moved
