"""Keeping a case from being erased while somebody needs it: placed by one officer, ended by another."""

from dataclasses import dataclass
from datetime import datetime

from cakra.core.access.orders import check_second
from cakra.core.access.rights import Act, Foreign, NotAllowed
from cakra.core.errors import Conflict, InputError, NotFound
from cakra.journey.retention.alone import SQL
from cakra.kit.clock import now
from cakra.kit.ids import read_reference
from cakra.kit.logs import get_logger
from cakra.store.cases import find_by_reference
from cakra.store.db import Connection, Pool
from cakra.store.rights import jurisdictions_of, may

_LONGEST_REASON = 300
_NO_CASE = "There is no case of this reference; it may have been erased."
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold in force. `reference`, `state`: of its case as it stands."""

    cell: int
    case_id: int
    reference: str
    state: str
    placed_at: datetime
    placed_by: str
    reason: str


async def place_hold(pool: Pool, reference: str, *, by: str, reason: str) -> None:
    """Keep this case until the hold is released. `by`: an authenticated officer.

    InputError for a wrong reference or reason, NotAllowed, NotFound without such a case or for one of an office where
    the officer may not look, Conflict when it is held already.
    """
    reason = _checked(reason)
    async with pool.acquire() as connection, connection.transaction():
        # An eraser that was first has the row: then this waits, and finds no case.
        key = await _case(connection, reference, by)
        if not await connection.fetchval(SQL.place_hold, *key, now(), reason, by):
            raise Conflict("This case is held already; `cakra retention held` shows why.", code="held_already")
    _log.warning("case_held", case=key[1], officer=by)


async def release_hold(pool: Pool, reference: str, *, by: str, reason: str) -> None:
    """End a hold: the case is erased when its time is over. `by`: an authenticated officer, not who placed it.

    InputError for the same person, NotFound where no hold is in force.
    """
    reason = _checked(reason)
    async with pool.acquire() as connection, connection.transaction():
        key = await _case(connection, reference, by)
        hold = await connection.fetchrow(SQL.open_hold, *key)
        if hold is None:
            raise NotFound("This case is not held; `cakra retention held` shows which are.", code="no_such_hold")
        check_second(hold["placed_by"], by, done="placed it", needed="another officer has to release it")
        await connection.execute(SQL.release_hold, *key, hold["placed_at"], by, now(), reason)
    _log.warning("hold_released", case=key[1], officer=by)


async def list_holds(pool: Pool, *, by: str) -> list[Hold]:
    """The holds in force where this officer may hold cases, the oldest first. NotAllowed for nowhere."""
    places = await jurisdictions_of(pool, by, Act.HOLD_CASES)
    return [Hold(**row) for row in await pool.fetch(SQL.holds, places)]


async def _case(connection: Connection, reference: str, by: str) -> tuple[int, int]:
    cell, canonical = read_reference(reference)
    case = await find_by_reference(connection, cell, canonical, lock=True)
    if case is None:
        raise NotFound(_NO_CASE, code="no_such_case")
    if not await may(connection, by, Act.HOLD_CASES, case.jurisdiction):
        if await may(connection, by, Act.READ_CASES, case.jurisdiction):
            raise NotAllowed(by, Act.HOLD_CASES, case.jurisdiction)
        raise Foreign(_NO_CASE, by, Act.HOLD_CASES, case.jurisdiction, "no_such_case")
    return case.key


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not 0 < len(reason) <= _LONGEST_REASON or not reason.isprintable():
        raise InputError(f"Give a reason of 1 to {_LONGEST_REASON} characters in one line.", code="hold_reason")
    return reason
