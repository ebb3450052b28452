"""Notices that wait for a channel whose budget is spent, under the policy `hold`, take their next open rung."""

from functools import partial

from cakra.core.ports import Channel
from cakra.delivery.costs.correcting import SQL
from cakra.delivery.ladder import leave, waiting_on
from cakra.store.db import Pool
from cakra.store.notices import move_set


async def leave_held(pool: Pool, limit: int) -> int:
    """How many left. Those without another open rung stay, and are sent: a budget stops no notice."""
    moved = 0
    async with pool.acquire() as connection, connection.transaction():
        for hold in await connection.fetch(SQL.holds_in_force):
            channel, opened = hold["channel"], hold["open_channels"]
            rows = await waiting_on(connection, [channel], opened, limit)
            closed = [one for one in Channel if one.value not in opened]
            moved += await move_set(connection, rows, partial(leave, connection, closed, "budget"))
    return moved
