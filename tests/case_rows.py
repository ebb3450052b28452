"""Cases put straight into the tables, for tests of what happens to them afterwards."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cakra.core.states.case import Case
from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from cakra.core.states.party import PartyRole
from cakra.kit.ids import new_id, new_reference
from cakra.store.cases import claim, find_case
from cakra.store.db import Database
from cakra.store.parties import FACTOR_OF

SHUTTER = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
CELL = 3
_NOBODY_YET = {State.RECEIVED, State.REVIEW, State.VALIDATED, State.UNIDENTIFIED, State.REJECTED, State.DIVERTED}


async def put_case(
    db: Database,
    *,
    state: State = State.RECEIVED,
    step: Step | None = Step.SCREENING,
    due_in: timedelta = timedelta(seconds=-1),
    cell: int = CELL,
    plate: str = "B1234XYZ",
) -> tuple[int, int]:
    """One case; (cell, case id). From the owner look-up on it has an owner's party, of whom nothing is known."""
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
    if state not in _NOBODY_YET:
        await put_party(db, (cell, case_id))
    return cell, case_id


async def put_party(
    db: Database,
    key: tuple[int, int],
    *,
    contact: bytes | None = None,
    role: PartyRole = PartyRole.OWNER,
    party_id: int | None = None,
    reference: str | None = None,
    factor: bytes | None = None,
    named_by: int | None = None,
    on_turn: bool = True,
) -> int:
    """A party of this case, whose turn it is unless said otherwise; its id: the case's own for the first owner.

    `reference`: the case's own number for an owner, when not given.
    """
    cell, case_id = key
    party_id = party_id or case_id
    await db.execute(
        "insert into party (cell, case_id, party_id, role, named_by, contact, factor_kind, factor, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, now())"
        " on conflict (cell, case_id, party_id) do update set contact = excluded.contact, factor = excluded.factor",
        *(cell, case_id, party_id, role.value, named_by, contact, FACTOR_OF[role].value, factor),
    )
    await db.execute(
        "insert into reference (cell, reference, case_id, party_id, opened_at)"
        " select $1, coalesce($4, reference), $2, $3, now() from case_file"
        " where cell = $1 and case_id = $2 on conflict do nothing",
        *(cell, case_id, party_id, reference),
    )
    if on_turn:
        await db.execute("update case_file set party_id = $3 where cell = $1 and case_id = $2", cell, case_id, party_id)
    return party_id


async def put_cases(db: Database, count: int) -> list[tuple[int, int]]:
    """Several cases that are due for screening."""
    return [await put_case(db) for _ in range(count)]


async def stored(db: Database, key: tuple[int, int]) -> Case:
    """A case as it stands."""
    case = await find_case(db, key[0], key[1])
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
