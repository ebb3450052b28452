"""Senders: stopped by a provider's word, released by a named person."""

from cakra.core.access.rights import Act
from cakra.core.errors import InputError, NotFound
from cakra.core.foreign import storable
from cakra.delivery.senders.events import note_sender
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Pool
from cakra.store.notices import due_after_release
from cakra.store.rights import require
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.senders")
_LONGEST_REASON = 300
_log = get_logger(__name__)


async def stop_sender(connection: Connection, channel: str, sender: str, code: str, detail: str) -> None:
    """Claim nothing more for this sender until a person releases it; the first reason is kept."""
    stopped = await connection.fetchval(SQL.stop_sender, channel, sender, storable(f"{code}: {detail}"))
    if stopped is not None:
        await note_sender(connection, channel, sender, "stopped", {"code": storable(code)})
        _log.error("sender_stopped", channel=channel, code=code)


async def release_sender(pool: Pool, channel: str, sender: str, *, by: str, reason: str) -> None:
    """Let a stopped sender go on at once; `by` is the user name of an authenticated officer.

    NotAllowed unless `by` may release senders; InputError without a reason; NotFound when the sender is not stopped.
    """
    reason = reason.strip()
    if not reason or len(reason) > _LONGEST_REASON:
        raise InputError(f"Give a reason of 1 to {_LONGEST_REASON} characters: what was mended at the provider.")
    async with pool.acquire() as connection, connection.transaction():
        await require(connection, by, Act.RELEASE_SENDERS)
        released = await connection.fetchval(
            SQL.release_sender, channel, sender, storable(f"released by {by}: {reason}")
        )
        if released is None:
            raise NotFound(f"No {channel} sender {sender} is stopped; `cakra sender list` shows all.")
        await note_sender(connection, channel, sender, "released", {"by": by, "reason": storable(reason)})
        await due_after_release(connection, channel, sender)
        await connection.execute("select pg_notify('cakra_due', 'dispatch')")
    _log.warning("sender_released", channel=channel, officer=by, reason=reason)
