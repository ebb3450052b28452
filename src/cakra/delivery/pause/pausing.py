"""Pausing everything, a jurisdiction, a channel or a sender; every claim reads the pauses, so they hold at once.

Calls in flight finish. Nothing is lost: what waits for a paused channel takes its next open rung, else it waits.
Who asks must have been authenticated by the caller; a second person resumes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Literal

from cakra.core.access.orders import check_second
from cakra.core.access.rights import Act, Foreign, roles_with
from cakra.core.errors import Conflict, InputError, NotFound
from cakra.core.foreign import storable
from cakra.core.ports import Channel
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Database, Pool
from cakra.store.rights import jurisdictions_of, may, require
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.pause")
MayLeave = Callable[[str, str, str, float], Awaitable[bool]]
"""Channel, sender, jurisdiction, monotonic seconds at which nothing was paused → whether a call may be made."""
Level = Literal["everything", "jurisdiction", "channel", "sender"]
_LONGEST_REASON = 300
# Together below a second, which is how long a pause may take to hold everywhere.
_FRESH_S, _PATIENCE_S = 0.2, 0.5
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

    @property
    def jurisdiction(self) -> str | None:
        """Whose it is; None: the nation's."""
        return _jurisdiction(self.level, self.key)


async def open_pauses(pool: Pool) -> list[Pause]:
    """What is paused now, oldest first."""
    return [Pause(**row) for row in await pool.fetch(SQL.open_pauses)]


async def may_leave(database: Database, channel: str, sender: str, jurisdiction: str) -> bool:
    """Whether something of these may be handed over now; for what leaves without a claim, as a day's letters do."""
    return not _held(
        {(row["level"], row["key"]) for row in await database.fetch(SQL.open_pauses)}, channel, sender, jurisdiction
    )


def _held(paused: Collection[tuple[str, str]], channel: str, sender: str, jurisdiction: str) -> bool:
    levels = ("everything", ""), ("channel", channel), ("sender", sender), ("jurisdiction", jurisdiction)
    return any(level in paused for level in levels)


class PauseWatch:
    """The pauses as one worker knows them, asked by each message right before its call.

    A claim reads the pauses itself, so a message that is called at once costs nothing here. One that had to wait
    (for a connection, its turn, a picture) is held against a reading at most 0.2 s old that all calls share; a
    notification makes it newer. What cannot be read holds the message back: nobody knows whether it is paused.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._paused: frozenset[tuple[str, str]] = frozenset()
        self._read_at = self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def may_leave(self, channel: str, sender: str, jurisdiction: str, claimed_at: float) -> bool:
        """Whether the call may be made; `claimed_at`: monotonic seconds at which nothing of it was paused."""
        if self._read_at < claimed_at and monotonic() - claimed_at < _FRESH_S:
            return True
        if monotonic() - self._read_at >= _FRESH_S and not await self._read_again():
            return False
        return not _held(self._paused, channel, sender, jurisdiction)

    async def refresh(self) -> int:
        """Read the pauses now; 0, for there is never more to do."""
        async with self._lock:
            await self._read()
        return 0

    async def _read_again(self) -> bool:
        async with self._lock:
            if monotonic() - self._tried_at >= _FRESH_S:
                await self._read()
            return self._read_at == self._tried_at

    async def _read(self) -> None:
        self._tried_at = begun = monotonic()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                rows = await self._pool.fetch(SQL.open_pauses)
        except Exception as problem:  # noqa: BLE001 - whatever it is: what cannot be read holds everything back
            _log.warning("pauses_not_read", reason=type(problem).__name__)
            return
        self._paused, self._read_at = frozenset((row["level"], row["key"]) for row in rows), begun


async def pause(
    pool: Pool, level: Level, key: str, *, by: str, reason: str, senders: Collection[str] | None = None
) -> int:
    """Let nothing of this level leave any more; the pause's id.

    `by`: user name of an authenticated officer; `senders`: the known ones, None not to check. InputError for a wrong
    key or reason, NotAllowed unless `by` may pause there; Conflict when it is paused already.
    """
    reason, pause_id = _checked_reason(reason), new_id()
    async with pool.acquire() as connection, connection.transaction():
        await _check_key(connection, level, key, senders)
        await require(connection, by, Act.PAUSE_SENDING, _jurisdiction(level, key))
        if await connection.fetchval(SQL.pause, pause_id, level, key, storable(reason), by, now()) is None:
            raise Conflict(
                f"{_named(level, key)} is paused already; `cakra pause list` shows since when and why.",
                code="paused_already",
            )
        await _tell_workers(connection)
    _log.warning("sending_paused", level=level, key=key, officer=by, pause=pause_id)
    return pause_id


async def resume(pool: Pool, pause_id: int, *, by: str, reason: str) -> None:
    """End a pause; what waited leaves at once. `by` is another authenticated officer than the one who made it.

    InputError for the same person or without a reason, NotFound without such a pause in force, NotAllowed.
    """
    async with pool.acquire() as connection, connection.transaction():
        await end_pause(connection, pause_id, by=by, reason=reason)


async def end_pause(connection: Connection, pause_id: int, *, by: str, reason: str) -> None:
    """End a pause in the caller's transaction. Errors as of `resume`."""
    reason = _checked_reason(reason)
    found = await find_pause(connection, pause_id, by)
    await require(connection, by, Act.RESUME_SENDING, found.jurisdiction)
    needed = f"another officer has to resume it ({', '.join(roles_with(Act.RESUME_SENDING))})"
    check_second(found.paused_by, by, done="paused it", needed=needed)
    await connection.execute(SQL.resume, pause_id, by, now(), storable(reason))
    await _tell_workers(connection)
    await connection.execute("select pg_notify('cakra_due', 'dispatch')")
    _log.warning("sending_resumed", officer=by, pause=pause_id)


async def find_pause(connection: Connection, pause_id: int, by: str) -> Pause:
    """The pause in force, locked; NotFound without one, and alike (Foreign) for that of an office `by` does not see.

    NotAllowed for who ends none anywhere.
    """
    await jurisdictions_of(connection, by, Act.RESUME_SENDING)
    row = await connection.fetchrow(SQL.find_pause, pause_id)
    gone = f"No pause {pause_id} is in force; `cakra pause list` shows all."
    if row is None:
        raise NotFound(gone, code="no_such_pause")
    found = Pause(**row)
    place = found.jurisdiction
    if place is not None and not await may(connection, by, Act.SEE_SENDING, place):
        raise Foreign(gone, by, Act.RESUME_SENDING, place, code="no_such_pause")
    return found


async def _tell_workers(connection: Connection) -> None:
    """At commit: what waits for its call is held back, and what waits for a paused channel takes its next one."""
    await connection.execute("select pg_notify('cakra_due', 'pause'), pg_notify('cakra_due', 'clockwork')")


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > _LONGEST_REASON:
        raise InputError(f"Give a reason of 1 to {_LONGEST_REASON} characters.", code="pause_reason")
    return reason


def _jurisdiction(level: str, key: str) -> str | None:
    """Whose a pause is: the jurisdiction that it names, or None for the nation."""
    return key if level == "jurisdiction" else None


async def _check_key(connection: Connection, level: Level, key: str, senders: Collection[str] | None) -> None:
    match level:
        case "everything":
            if key:
                raise InputError("Pausing everything takes no key; leave it out, or name a level.", code="pause_key")
        case "jurisdiction":
            if not await connection.fetchval(SQL.known_jurisdiction, storable(key)):
                raise InputError(
                    f"There is no jurisdiction {key!r}; `cakra jurisdiction list` shows all.", code="pause_key"
                )
        case "channel":
            if key not in set(Channel):
                raise InputError(f"There is no channel {key!r}; one of: {', '.join(Channel)}.", code="pause_key")
        case "sender":
            if not key or (senders is not None and key not in senders):
                raise InputError(f"There is no sender {key!r}; one of: {', '.join(senders or ())}.", code="pause_key")


def _named(level: str, key: str) -> str:
    return f"The {level} {key}" if key else "Everything"


@dataclass(frozen=True, slots=True)
class ChannelNow:
    """Whether a channel is used now. `state`: open | paused | stopped (every sender by the provider's word)."""

    channel: str
    state: str
    since: datetime | None = None


async def channels_now(database: Database, senders: Mapping[str, Collection[str]]) -> list[ChannelNow]:
    """The channels in use (channel → its senders), in that order, as they are now."""
    pauses = {(row["level"], row["key"]): row["paused_at"] for row in await database.fetch(SQL.open_pauses)}
    stops = {(row["channel"], row["sender"]): row["since"] for row in await database.fetch(SQL.stopped_senders)}
    return [_channel_now(channel, names, pauses, stops) for channel, names in senders.items()]


async def places_paused(database: Database) -> list[tuple[str, datetime]]:
    """Names of the jurisdictions for which nothing leaves, and since when."""
    return [(row["name"], row["since"]) for row in await database.fetch(SQL.paused_places)]


def _channel_now(
    channel: str,
    names: Collection[str],
    pauses: Mapping[tuple[str, str], datetime],
    stops: Mapping[tuple[str, str], datetime],
) -> ChannelNow:
    """A channel ends with the last of its senders; one that is paused is paused whatever the provider says."""
    whole = [pauses[level] for level in (("everything", ""), ("channel", channel)) if level in pauses]
    each = [pauses.get(("sender", name)) for name in names]
    if names and all(each):
        whole.append(max(since for since in each if since))
    if whole:
        return ChannelNow(channel, "paused", min(whole))
    ends = [since or stops.get((channel, name)) for since, name in zip(each, names, strict=True)]
    if names and all(ends):
        return ChannelNow(channel, "stopped", max(since for since in ends if since))
    return ChannelNow(channel, "open")
