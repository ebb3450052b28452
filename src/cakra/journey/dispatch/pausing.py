"""Pausing everything, a jurisdiction, a channel or a sender; every claim reads the pauses, so they hold at once.

Calls in flight finish. Nothing is lost: what waits for a paused channel takes its next open rung, else it waits.
Who asks must have been authenticated by the caller; a second person resumes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cakra.core.errors import Conflict, InputError, NotFound
from cakra.core.ports import Channel
from cakra.journey.dispatch.rules import storable
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.dispatch")
Level = Literal["everything", "jurisdiction", "channel", "sender"]
_LONGEST_REASON = 300
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pause:
    """One pause in force. `key`: code of the jurisdiction, channel or sender; "" for everything."""

    pause_id: int
    level: str
    key: str
    reason: str
    paused_by: str
    paused_at: datetime


async def open_pauses(pool: Pool) -> list[Pause]:
    """What is paused now, oldest first."""
    return [Pause(**row) for row in await pool.fetch(SQL.open_pauses)]


async def pause(
    pool: Pool, level: Level, key: str, *, by: str, reason: str, senders: Collection[str] | None = None
) -> int:
    """Let nothing of this level leave any more; the pause's id.

    `by`: user name of an authenticated officer who leads; `senders`: the known ones, None not to check.
    InputError for a wrong key, reason or officer; Conflict when it is paused already.
    """
    reason, pause_id = _checked_reason(reason), new_id()
    async with pool.acquire() as connection, connection.transaction():
        await _check_officer(connection, by)
        await _check_key(connection, level, key, senders)
        if await connection.fetchval(SQL.pause, pause_id, level, key, storable(reason), by, now()) is None:
            raise Conflict(f"{_named(level, key)} is paused already; `cakra pause list` shows since when and why.")
    _log.warning("sending_paused", level=level, key=key, officer=by, pause=pause_id)
    return pause_id


async def resume(pool: Pool, pause_id: int, *, by: str, reason: str) -> None:
    """End a pause; what waited leaves at once. `by` is another authenticated officer who leads.

    InputError for the same person or without a reason, NotFound without such a pause in force.
    """
    reason = _checked_reason(reason)
    async with pool.acquire() as connection, connection.transaction():
        await _check_officer(connection, by)
        row = await connection.fetchrow(SQL.find_pause, pause_id)
        if row is None or row["resumed_at"] is not None:
            raise NotFound(f"No pause {pause_id} is in force; `cakra pause list` shows all.")
        if row["paused_by"] == by:
            raise InputError(f"{by} paused it; another supervisor, commander or administrator has to resume it.")
        await connection.execute(SQL.resume, pause_id, by, now(), storable(reason))
        await connection.execute("select pg_notify('cakra_due', 'dispatch')")
    _log.warning("sending_resumed", officer=by, pause=pause_id)


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > _LONGEST_REASON:
        raise InputError(f"Give a reason of 1 to {_LONGEST_REASON} characters.")
    return reason


async def _check_officer(connection: Connection, by: str) -> None:
    if not await connection.fetchval(SQL.acting_officer, by):
        raise InputError(f"{by} is no active supervisor, commander or administrator; `cakra officer list` shows all.")


async def _check_key(connection: Connection, level: Level, key: str, senders: Collection[str] | None) -> None:
    match level:
        case "everything":
            if key:
                raise InputError("Pausing everything takes no key; leave it out, or name a level.")
        case "jurisdiction":
            if not await connection.fetchval(SQL.known_jurisdiction, key):
                raise InputError(f"There is no jurisdiction {key!r}; `cakra jurisdiction list` shows all.")
        case "channel":
            if key not in set(Channel):
                raise InputError(f"There is no channel {key!r}; one of: {', '.join(Channel)}.")
        case "sender":
            if not key or (senders is not None and key not in senders):
                raise InputError(f"There is no sender {key!r}; one of: {', '.join(senders or ())}.")


def _named(level: str, key: str) -> str:
    return f"The {level} {key}" if key else "Everything"
