"""Time: calls without an answer become unknown, and what stays unproved goes to its next rung or to an officer."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from cakra.core.delivery.ladder import Descent, NoticeMove, place_of
from cakra.core.states.journey import State
from cakra.core.states.notice import NoticeState, Purpose, is_worth_telling
from cakra.delivery.sending.sends import descend, give_up
from cakra.kit.clock import now
from cakra.store.db import Connection, Pool, Row
from cakra.store.notices import key_of, leading, move_notices, move_set, settle_attempts
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.ladder")
_CONFIRMED_LATER = frozenset({State.NOTIFYING, State.UNDELIVERABLE})
_NO_ANSWER = "unknown", "wait", None, "no answer before the lease ended"


async def expire_sends(pool: Pool, settle_s: float | None) -> int:
    """Sends whose lease ended without an answer become unknown; how many.

    `settle_s`: how long proof is waited for instead of the rung's own time.
    """
    async with pool.acquire() as connection, connection.transaction():
        return await move_set(
            connection, await connection.fetch(SQL.late_sends), partial(_expire, connection, settle_s)
        )


async def _expire(connection: Connection, settle_s: float | None, rows: Sequence[Row]) -> None:
    at = now()
    waits = [place_of(row["plan"], row["rung"], None).wait_s(settle_s) for row in rows]
    await move_notices(
        connection,
        [
            (key_of(row), NoticeMove(NoticeState.UNKNOWN, "settle", at + timedelta(seconds=wait)))
            for row, wait in zip(rows, waits, strict=True)
        ],
    )
    attempts = [(key_of(row), row["channel"], row["attempts"]) for row in rows]
    await settle_attempts(connection, attempts, ["intended"], _NO_ANSWER)


async def settle(pool: Pool, limit: int) -> int:
    """Sends whose time is up go to the next rung; where none is left, an officer is next. How many."""
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(SQL.due_to_settle, limit)
        return await move_set(connection, rows, partial(_settle, connection))


async def _settle(connection: Connection, rows: Sequence[Row]) -> None:
    descents = [(row, below) for row in rows if (below := _after_silence(row))]
    gone = {key_of(row) for row, _ in descents}
    parked = {key_of(row): row for row in rows if key_of(row) not in gone}
    await move_notices(connection, [(key, NoticeMove(_parked(row))) for key, row in parked.items()])
    await descend(connection, descents, {"unknown": "unknown"}, "silence")
    told = {
        (parked[key]["cell"], parked[key]["case_id"]): "send_unsettled"
        if parked[key]["state"] == NoticeState.UNKNOWN
        else "no_proof_of_delivery"
        for key in await leading(connection, parked)
    }
    await give_up(connection, told)


def _parked(row: Row) -> NoticeState:
    """How it ends for now: what an earlier rung delivered stays delivered, though nobody read it."""
    if row["delivered_at"] is not None:
        return NoticeState.DELIVERED
    return NoticeState.UNSETTLED if row["state"] == NoticeState.UNKNOWN else NoticeState(row["state"])


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
