"""Cases put straight into the tables, for tests of what happens to them afterwards."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cakra.core.case import Case
from cakra.core.journey import State
from cakra.core.outcome import Step
from cakra.kit.ids import new_id, new_reference
from cakra.store.cases import claim, find_case
from cakra.store.db import Database

SHUTTER = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
CELL = 3


async def put_case(
    db: Database,
    *,
    state: State = State.RECEIVED,
    step: Step | None = Step.SCREENING,
    due_in: timedelta = timedelta(seconds=-1),
    cell: int = CELL,
    plate: str = "B1234XYZ",
) -> tuple[int, int]:
    """One case; (cell, case id)."""
    case_id = new_id()
    await db.execute(
        "insert into case_file (cell, case_id, reference, jurisdiction, state, state_since, plate, claimed_plate,"
        " offences, occurred_at, received_at, camera, step, due_at)"
        " values ($1, $2, $3, 'PMJ', $4, $5, $6, $6, '{speeding}', $5, $5, 'CAM-1', $7, now() + $8)",
        cell,
        case_id,
        new_reference(cell),
        state.value,
        SHUTTER,
        plate,
        step,
        due_in,
    )
    return cell, case_id


async def put_cases(db: Database, count: int) -> list[tuple[int, int]]:
    """Several cases that are due for screening."""
    return [await put_case(db) for _ in range(count)]


async def stored(db: Database, key: tuple[int, int]) -> Case:
    """A case as it stands."""
    case = await find_case(db, key[0], case_id=key[1])
    assert case is not None
    return case


async def make_due(db: Database, keys: Sequence[tuple[int, int]] = ()) -> None:
    """Let time pass: leases and pauses of these cases (of all, when none is named) are over."""
    await db.execute(
        "update case_file set due_at = now() - interval '1 second'"
        " where due_at is not null and (cardinality($1::bigint[]) = 0 or case_id = any($1))",
        [case_id for _, case_id in keys],
    )


async def claim_all(db: Database, *, limit: int = 500, lease_s: float = 30.0, by: str = "tester") -> list[Case]:
    """Every due case of any step."""
    return await claim(db, None, [step.value for step in Step], limit=limit, lease_s=lease_s, by=by)
