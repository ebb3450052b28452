"""Keeping a provider's callback before it is acknowledged."""

from datetime import datetime, timedelta

from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.seal import Sealer
from cakra.store.db import Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.proof")


async def keep_callback(pool: Pool, sealer: Sealer, provider: str, raw: bytes, kept: timedelta) -> None:
    """One sealed, durable row, due for the receipts lane; returns after the commit."""
    callback_id, at = new_id(), now()
    sealed = sealer.seal(raw, callback_id.to_bytes(8))
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL.keep_callback, callback_id, provider, at, at + kept, sealed)
        await connection.execute("select pg_notify('cakra_due', 'receipts')")


async def forget_callbacks(pool: Pool, at: datetime, *, most: int = 1000) -> int:
    """Delete up to `most` applied callbacks whose time is up; how many they were."""
    return len(await pool.fetch(SQL.forget_callbacks, at, most))
