"""The only writer of a case's state: claim a set under a lease, write a set of outcomes back.

A lease is `due_at` pushed into the future; a worker that dies simply lets its rows become due again.
`version` fences: a worker that lost its lease finds its rows changed and writes nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg

from cakra.core.states.case import Case, Record
from cakra.core.states.journey import State, check_move
from cakra.core.states.outcome import Outcome
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Database
from cakra.store.notices import stop_notices, stops_as_they_stand, stops_of_moves, stops_of_turns, wake_wording
from cakra.store.parties import Passing, pass_turns, renew_parties
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store", "cases.sql")
_log = get_logger(__name__)

# Facts a step may set; each is one array of `write_back`, in this order, with its PostgreSQL type.
FACTS: Mapping[str, str] = {
    "plate": "text",
    "vehicle_kind": "text",
    "party_id": "bigint",
    "delivered_at": "timestamptz",
    "confirm_by": "timestamptz",
    "pay_by": "timestamptz",
}
_NEW = (
    "cell", "case_id", "reference", "jurisdiction", "state", "state_since", "plate", "claimed_plate",
    "offences", "occurred_at", "received_at", "camera", "vehicle_kind", "step", "due_at",
)  # fmt: skip
_EVENT_COLUMNS = ("cell", "case_id", "event_id", "at", "actor", "told", "from_state", "to_state", "details")


@dataclass(frozen=True, slots=True)
class WriteBack:
    """What a write-back did: the keys written, and those whose lease was lost (nothing was written)."""

    written: frozenset[tuple[int, int]]
    lost: frozenset[tuple[int, int]]


def case_from_row(row: asyncpg.Record) -> Case:
    """The typed case of a `case_file` row that selects the columns of `claim`."""
    values = dict(row)
    values["state"] = State(values["state"])
    values["offences"] = tuple(values["offences"])
    return Case(**values)


async def open_cases(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new cases by the names of their columns; nobody sees them before the caller's transaction ends."""
    records = [tuple(row[name] for name in _NEW) for row in rows]
    if records:
        await connection.copy_records_to_table("case_file", records=records, columns=_NEW)


async def extend_cases(
    connection: Connection, added: Sequence[tuple[int, int, Sequence[str]]], at: datetime
) -> set[tuple[int, int]]:
    """Give cases (cell, case id) offences that joined them, in one statement; the keys of those that still took them.

    A case that a machine is looking at is taken from it: its version goes up, and it is due again at `at`.
    """
    if not added:
        return set()
    cells, ids, offences = zip(*added, strict=True)
    rows = await connection.fetch(SQL.extend_cases, list(cells), list(ids), [",".join(codes) for codes in offences], at)
    return {(row["cell"], row["case_id"]) for row in rows}


async def lock_cases(connection: Connection, keys: Iterable[tuple[int, int]], *, share: bool = False) -> list[Case]:
    """These cases by (cell, case id), locked in key order until the transaction ends; `share`: against moves only."""
    columns = [list(column) for column in zip(*keys, strict=True)]
    if not columns:
        return []
    return [case_from_row(row) for row in await connection.fetch(SQL.hold_cases if share else SQL.lock_cases, *columns)]


async def unprove(connection: Connection, keys: Iterable[tuple[int, int]]) -> None:
    """Take back since when these cases were told, and their deadline; the caller has locked and moved them."""
    columns = [list(column) for column in zip(*keys, strict=True)]
    if columns:
        await connection.execute(SQL.unprove_cases, *columns)


async def retry_case(connection: Connection, key: tuple[int, int], step: str, version: int) -> bool:
    """A case that was set aside at this version is due at once; False when it has moved on."""
    return await connection.fetchval(SQL.retry_case, *key, step, version) is not None


async def claim(
    db: Database,
    cells: Sequence[int] | None,
    steps: Sequence[str],
    *,
    limit: int,
    lease_s: float,
    by: str,
) -> list[Case]:
    """Take up to `limit` due cases of these steps under a lease of `lease_s` seconds."""
    rows = await db.fetch(SQL.claim, list(steps), limit, lease_s, by, None if cells is None else list(cells))
    cases = []
    for row in rows:
        try:
            cases.append(case_from_row(row))
        except (ValueError, TypeError) as problem:  # its lease ends by itself; the others are worked
            _log.error("case_unreadable", case=row["case_id"], kind=type(problem).__name__)
    return cases


async def release(db: Database, cases: Sequence[Case], rest_s: float) -> None:
    """Give leases back: the cases are due again in `rest_s` seconds, and the try does not count. Lost ones are left."""
    columns = [list(column) for column in zip(*((*case.key, case.version) for case in cases), strict=True)]
    await db.execute(SQL.release, *columns, rest_s)


async def write_back(
    connection: Connection, cases: Sequence[Case], outcomes: Iterable[Sequence[Outcome]], at: datetime
) -> WriteBack:
    """Write each case's chain of outcomes: row, events and records, inside the caller's transaction.

    `outcomes[i]` is the chain of `cases[i]`, oldest first; an empty chain only releases the lease.
    Notices that a move makes pointless and that have not left are cancelled. ForbiddenMove when a chain leaves
    the state table. Rows are locked in the order of their keys, so that two writers do not wait for each other.
    """
    given = zip(cases, outcomes, strict=True)
    chains = sorted(((case, tuple(chain)) for case, chain in given), key=lambda one: one[0].key)
    ends = [_end_of(case, chain, at) for case, chain in chains]
    if not ends:
        return WriteBack(frozenset(), frozenset())
    columns = list(zip(*ends, strict=True))
    rows = await connection.fetch(SQL.write_back, *(list(column) for column in columns), at)
    written = frozenset((row["cell"], row["case_id"]) for row in rows)
    kept = [(case, chain) for case, chain in chains if case.key in written]
    passings = _passings(kept)
    await _append_events(connection, kept, at)
    await _stop_notices(connection, kept, passings, at)
    records = [record for _, chain in kept for outcome in chain for record in outcome.records]
    if records:
        await insert_records(connection, records)
        await wake_wording(connection, records)
    if passings:
        await pass_turns(connection, passings, at)
    return WriteBack(written, frozenset(case.key for case in cases) - written)


def follow(case: Case, outcome: Outcome) -> Case:
    """The case as the next step of a chain sees it, before anything is written."""
    known = {name: value for name, value in outcome.facts.items() if name in Case.__dataclass_fields__}
    return replace(case, state=outcome.move or case.state, step=outcome.step, **known, **outcome.carried)


def _end_of(case: Case, chain: Sequence[Outcome], at: datetime) -> tuple[Any, ...]:
    state, previous = case.state, None
    facts: dict[str, Any] = {}
    for outcome in chain:
        if outcome.move is not None:
            check_move(state, outcome.move)
            previous, state = state, outcome.move
        facts.update(outcome.facts)
    unknown = facts.keys() - FACTS.keys()
    if unknown:
        raise ValueError(f"unknown facts of an outcome: {sorted(unknown)}")
    last = chain[-1] if chain else None
    step, due_at = (last.step, last.due_at or at) if last else (case.step, at)
    moved_from = None if previous is None else previous.value
    head = (case.cell, case.case_id, case.version, state.value, moved_from, step, due_at if step else None)
    return *head, *(facts.get(name) for name in FACTS)


async def _append_events(
    connection: Connection, chains: Sequence[tuple[Case, Sequence[Outcome]]], at: datetime
) -> None:
    rows = []
    for case, chain in chains:
        state = case.state
        for outcome in chain:
            moved = (state.value, outcome.move.value) if outcome.move else (None, None)
            state = outcome.move or state
            details = json.dumps(dict(outcome.details), ensure_ascii=False, default=str)
            rows.append((case.cell, case.case_id, new_id(), at, outcome.actor, outcome.told, *moved, details))
    if rows:
        await connection.copy_records_to_table("case_event", records=rows, columns=_EVENT_COLUMNS)


def _passings(chains: Sequence[tuple[Case, Sequence[Outcome]]]) -> list[Passing]:
    """Whose turn became another's."""
    passings = []
    for case, chain in chains:
        if case.party_id is None:  # the first look-up
            continue
        turns = [outcome.facts["party_id"] for outcome in chain if "party_id" in outcome.facts]
        if turns and turns[-1] != case.party_id:
            records = tuple(record for outcome in chain for record in outcome.records)
            passings.append(Passing(case, turns[-1], records))
    return passings


async def _stop_notices(
    connection: Connection,
    chains: Sequence[tuple[Case, Sequence[Outcome]]],
    passings: Sequence[Passing],
    at: datetime,
) -> None:
    moves = [(case, [outcome.move for outcome in chain if outcome.move]) for case, chain in chains]
    moved = [(case, states[-1]) for case, states in moves if states]
    stops = {*stops_of_moves(moved), *stops_of_turns(one.case for one in passings)}
    await _note_stopped(connection, await stop_notices(connection, sorted(stops)), at)


async def stop_pointless(connection: Connection, keys: Iterable[tuple[int, int]], at: datetime) -> None:
    """Cancel notices of these cases (cell, case id) that have not left and need not be told as the cases stand."""
    await _note_stopped(connection, await stop_notices(connection, await stops_as_they_stand(connection, keys)), at)


async def _note_stopped(connection: Connection, stopped: Iterable[asyncpg.Record], at: datetime) -> None:
    notes = [
        (row["cell"], row["case_id"], {"purpose": row["purpose"], "number": row["number"], "why": "moved_on"})
        for row in stopped
    ]
    await note_events(connection, notes, at, told="notice_cancelled")


async def note_events(
    connection: Connection,
    notes: Iterable[tuple[int, int, Mapping[str, Any]]],
    at: datetime,
    *,
    told: str,
    actor: str = "machine",
) -> None:
    """Tell the timelines of cases something that moves none of them: (cell, case id, details) of each."""
    rows = [
        (cell, case_id, new_id(), at, actor, told, None, None, json.dumps(dict(details), default=str))
        for cell, case_id, details in notes
    ]
    if rows:
        await connection.copy_records_to_table("case_event", records=rows, columns=_EVENT_COLUMNS)


async def insert_records(connection: Connection, records: Sequence[Record]) -> None:
    """Write side-table rows, one COPY for each table and set of columns."""
    if renewed := [record for record in records if record.renews]:
        await renew_parties(connection, renewed)
    shapes: dict[tuple[str, tuple[str, ...]], list[Record]] = {}
    for record in records:
        if not record.renews:
            shapes.setdefault((record.table, tuple(record.values)), []).append(record)
    for (table, columns), rows in shapes.items():
        await connection.copy_records_to_table(
            table,
            records=[(row.cell, row.case_id, *(row.values[name] for name in columns)) for row in rows],
            columns=("cell", "case_id", *columns),
        )


async def move_one(connection: Connection, case: Case, outcomes: Sequence[Outcome], at: datetime) -> bool:
    """Write the outcomes of one case that a person acted on; False when somebody changed it meanwhile."""
    return case.key in (await write_back(connection, [case], [outcomes], at)).written


async def find_case(db: Database, cell: int, case_id: int, *, lock: bool = False) -> Case | None:
    """One case; `lock` holds the row until the transaction ends."""
    row = await db.fetchrow(SQL.find_case_locked if lock else SQL.find_case, cell, case_id)
    return None if row is None else case_from_row(row)


async def find_by_reference(db: Database, cell: int, reference: str, *, lock: bool = False) -> Case | None:
    """The case of a reference, of whichever of its parties, open or closed; None for a reference that is none."""
    case_id = await db.fetchval(SQL.case_of_reference, cell, reference)
    return None if case_id is None else await find_case(db, cell, case_id, lock=lock)
