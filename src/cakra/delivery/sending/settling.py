"""Time: sends without an answer, proof that did not come, and channels that are paused."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from cakra.core.journey import State
from cakra.core.ladder import Descent, place_of
from cakra.core.notice import Purpose, is_worth_telling
from cakra.core.outcome import Outcome
from cakra.core.ports import Channel
from cakra.kit.clock import now
from cakra.store.cases import case_from_row, note_events, stop_pointless, write_back
from cakra.store.db import Connection, Pool, Row
from cakra.store.notices import move_set
from cakra.store.parties import ask_owners_again
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.sending")
PAUSES = load_queries("cakra.delivery.pause")

_CONFIRMED_LATER = frozenset({State.NOTIFYING, State.UNDELIVERABLE})
Left = tuple[int, int, str, str, str]
"""Cell, case id, the channel that was left, why, and the next one."""


async def expire_sends(pool: Pool, settle_s: float | None) -> int:
    """Sends whose lease ended without an answer become unknown; how many."""
    async with pool.acquire() as connection, connection.transaction():

        async def expire(rows: Sequence[Row]) -> None:
            keys = [row["cell"] for row in rows], [row["notice_id"] for row in rows]
            await connection.execute(SQL.expire_sends, *keys, settle_s)

        return await move_set(connection, await connection.fetch(SQL.late_sends), expire)


async def settle(pool: Pool, limit: int) -> int:
    """Sends whose time is up go to the next rung; where none is left, an officer is next. How many."""
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(SQL.due_to_settle, limit)
        return await move_set(connection, rows, partial(_settle, connection))


async def _settle(connection: Connection, rows: Sequence[Row]) -> None:
    descents = [(row, below) for row in rows if (below := _after_silence(row))]
    gone = {(row["cell"], row["notice_id"]) for row, _ in descents}
    parked = [row for row in rows if (row["cell"], row["notice_id"]) not in gone]
    if parked:
        keys = [row["cell"] for row in parked], [row["notice_id"] for row in parked]
        await connection.execute(SQL.park_notices, *keys)
    await descend(connection, descents, {"unknown": "unknown"}, "silence")
    told = {
        (row["cell"], row["case_id"]): "send_unsettled" if row["state"] == "unknown" else "no_proof_of_delivery"
        for row in parked
        if row["leads"]
    }
    await give_up(connection, told)


def _after_silence(row: Row) -> Descent | None:
    place = place_of(row["plan"], row["rung"], row["zone"])
    proved = row["state"] == "accepted" and place.here.wait_for == "accepted"
    return None if proved or not _is_wanted(row) else place.below(now())


def _is_wanted(row: Row) -> bool:
    """Whether the next rung is still worth trying."""
    if row["case_state"] is None:
        return False
    purpose, state = Purpose(row["purpose"]), State(row["case_state"])
    if purpose is Purpose.CONFIRMATION and row["delivered_at"] is None:
        return state in _CONFIRMED_LATER
    return is_worth_telling(purpose, state)  # delivered, but not read on a rung that waits for it


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
        rows = await connection.fetch(SQL.waiting_on_paused, list(paused), open_channels, limit)
        closed = [channel for channel in Channel if channel.value not in open_channels]
        return await move_set(connection, rows, partial(leave, connection, closed, "paused"))


async def leave(connection: Connection, closed: Collection[Channel], why: str, rows: Sequence[Row]) -> None:
    """To the next rung that is not closed, where there is one."""
    places = [(row, place_of(row["plan"], row["rung"], row["zone"])) for row in rows]
    descents = [(row, below) for row, place in places if (below := place.below(now(), closed))]
    await descend(connection, descents, {}, why)


async def descend(
    connection: Connection, descents: Sequence[tuple[Row, Descent]], why: Mapping[str, str], otherwise: str
) -> None:
    """To these rungs, and onto the timeline. `why` by the notice's state, else `otherwise`."""
    if not descents:
        return
    rows = [(row["cell"], row["notice_id"], below.rung, below.channel.value, below.due_at) for row, below in descents]
    await connection.execute(SQL.descend_notices, *(list(column) for column in zip(*rows, strict=True)))
    left = [
        (row["cell"], row["case_id"], row["channel"], why.get(row.get("state", ""), otherwise), below.channel.value)
        for row, below in descents
    ]
    await tell_descents(connection, left, now())


async def tell_descents(connection: Connection, left: Iterable[Left], at: datetime) -> None:
    """Put each change of rung on the timeline, and wake the lane of the next channel at commit.

    What its case need not be told any more stops here: nobody cancelled it while it was on its way.
    """
    notes = [
        (cell, case_id, {"channel": channel, "why": why, "next": following})
        for cell, case_id, channel, why, following in left
    ]
    if notes:
        await note_events(connection, notes, at, told="channel_left")
        await stop_pointless(connection, {(cell, case_id) for cell, case_id, _ in notes}, at)
        await connection.execute("select pg_notify('cakra_due', 'dispatch')")


async def give_up(connection: Connection, told: Mapping[tuple[int, int], str]) -> None:
    """Cases whose ladder ended: notifying → undeliverable, an officer is next. `told` by (cell, case id).

    Where a named person could not be reached, the owner is asked again instead.
    """
    if not told:
        return
    columns = [list(column) for column in zip(*told, strict=True)]
    cases = [case_from_row(row) for row in await connection.fetch(SQL.lock_cases, *columns)]
    waiting = [case for case in cases if case.state is State.NOTIFYING]
    at = now()
    named = [case for case in waiting if case.may_be_named]
    again = await ask_owners_again(connection, named, "unreachable", at) if named else {}
    chains = [
        [Outcome(*case.key, State.UNDELIVERABLE, told[case.key]), *([again[case.key]] if case.key in again else [])]
        for case in waiting
    ]
    await write_back(connection, waiting, chains, at)
