"""One eraser at a time, on all hosts together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from cakra.store.db import Connection, Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.retention")


@asynccontextmanager
async def alone(pool: Pool) -> AsyncIterator["Connection | None"]:
    """A connection of whoever erases now; None when somebody else does. A session that ends gives it back by itself."""
    async with pool.acquire() as connection:
        if not await connection.fetchval(SQL.try_alone):
            yield None
            return
        try:
            yield connection
        finally:
            with suppress(asyncpg.InterfaceError, asyncpg.PostgresError):
                await connection.execute(SQL.not_alone)
