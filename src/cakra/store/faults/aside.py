"""What the machine set aside: cases and notices that it could not go on with, lanes that failed as a whole."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.kit.clock import now
from cakra.store.db import Connection, Database, Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store.faults", "aside.sql")
INPUT_CODE = "set_aside"  # of what lanes put into quarantine
RETENTION = "retention"
"""The step of a case that waits for no machine and could not be erased."""
TRIES = 6
"""Failures after which something is set aside."""
_LONGEST_REST_S, _MOST_DOUBLINGS = 3600.0, 12
_FRESH = timedelta(minutes=15)
_KEPT = timedelta(days=30)

KeepInput = Callable[[str, str, bytes, datetime], Awaitable[None]]
"""Puts an input into quarantine: its door, why, the whole of it, and when it came."""


def rest_after(tries: int, longest_s: float = _LONGEST_REST_S) -> float:
    """Seconds until the next try after so many: 2, 4, 8 … up to an hour."""
    return min(2.0 ** min(max(tries, 1), _MOST_DOUBLINGS), longest_s)


def kind_of(problem: BaseException) -> str:
    """What a mark says of a fault: its kind. The words of the database's faults may hold what was to be written."""
    return type(problem).__name__


@dataclass(frozen=True, slots=True)
class Aside:
    """A case, or one of its notices (`notice_id`, else 0), that fails again and again where it stands."""

    cell: int
    case_id: int
    notice_id: int
    step: str
    version: int
    problem: str
    since: datetime
    last_at: datetime
    times: int
    reference: str
    jurisdiction: str
    state: str


@dataclass(frozen=True, slots=True)
class LaneFault:
    """A lane of a worker that failed lately."""

    lane: str
    worker: str
    since: datetime
    last_at: datetime
    times: int
    problem: str


async def mark_aside(
    db: Database, key: tuple[int, int], step: str, version: int, problem: BaseException, *, notice_id: int = 0
) -> None:
    """Say of a case (cell, case id), or a notice of it, that it failed where it stands; again is counted.

    `version`: of the row as the failure leaves it; the mark stands until the row has moved on from there.
    """
    await db.execute(SQL.set_aside, *key, notice_id, step, version, kind_of(problem), now())


async def list_aside(db: Database, limit: int = 1000, jurisdictions: Sequence[str] | None = None) -> list[Aside]:
    """What stands set aside, of all offices or of those in `jurisdictions`, the oldest first."""
    return [Aside(**row) for row in await db.fetch(SQL.standing, limit, jurisdictions)]


async def forget_mark(connection: Connection, which: Aside) -> None:
    """Take one mark off the list, and wake the lane of its step."""
    await connection.execute(SQL.forget, which.cell, which.case_id, which.notice_id)
    await connection.execute("select pg_notify('cakra_due', $1)", which.step)


async def inputs_aside(db: Database) -> list[tuple[str, int]]:
    """Inputs that lanes could not take and put into quarantine: door and how many."""
    return [(row["door"], row["inputs"]) for row in await db.fetch(SQL.inputs_aside, INPUT_CODE)]


async def note_lane_fault(db: Database, lane: str, worker: str, problem: BaseException) -> None:
    """Keep that a lane failed as a whole."""
    await db.execute(SQL.note_lane_fault, lane, worker, now(), kind_of(problem))


async def lane_faults(db: Database) -> list[LaneFault]:
    """Lanes that failed in the last quarter of an hour, the newest first."""
    return [LaneFault(**row) for row in await db.fetch(SQL.lane_faults, now() - _FRESH)]


async def forget_aside(pool: Pool, at: datetime, *, most: int = 1000) -> int:
    """Delete marks of what went on, and old faults of lanes; how many."""
    gone = await pool.fetch(SQL.forget_moved_on, at, most)
    return len(gone) + len(await pool.fetch(SQL.forget_lane_faults, at - _KEPT))
