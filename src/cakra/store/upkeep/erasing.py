"""Erasing cases: the only statements that delete what belongs to a case. Who may be erased, `journey/retention` says.

`erase_cases` deletes a set of cases whole, in the caller's transaction, and lists their pictures in `leaving_picture`
first: whoever deletes them in the store afterwards finds them there, also after a power cut. Every table with a cell is
in one of the two tables below; a test holds that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cakra.store.db import Connection
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store.upkeep", "erasing.sql")
Keys = tuple[Sequence[int], Sequence[int]]
"""Two columns: cells and case ids."""

# In this order: what is found by way of another goes before it.
ERASED: Mapping[str, str] = {
    "receipt": SQL.erase_receipts,
    "attempt": SQL.erase_attempts,
    "notice": SQL.erase_notices,
    "screening": SQL.erase_screenings,
    "derived_picture": SQL.erase_derived,
    "photo": SQL.erase_photos,
    "answer": SQL.erase_answers,
    "second_factor": SQL.erase_second_factors,
    "one_time_code": SQL.erase_one_time_codes,
    "reference": SQL.erase_references,
    "party": SQL.erase_parties,
    "set_aside": SQL.erase_marks,
    "camera_event": SQL.empty_camera_events,
    "case_file": SQL.erase_files,
    "case_event": SQL.erase_timelines,
}
"""Table → the statement that takes a set of cases out of it."""

KEPT: Mapping[str, str] = {
    "camera_agreement": "a camera, a number and yes or no; has a time of its own",
    "camera_score_entry": "folded and deleted by every sweep of the watch",
    "deposit_code": "a payment record has a time of its own",
    "legal_hold": "that a case was held, and by whom, outlives it",
    "spending_entry": "folded and deleted by every sweep of the books; names no case",
    "staff_access": "who looked at a case must be answerable after it is gone",
}
"""Table with a cell → why its rows stay when their case is erased."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What a set of cases was: how many, the originals they stood on, and their bytes."""

    cases: int = 0
    photographs: int = 0
    bytes: int = 0


async def lock_cases(connection: Connection, cases: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of these cases (cell, case id) those that are there, wait for no machine and are locked by nobody; now by us."""
    return [(row["cell"], row["case_id"]) for row in await connection.fetch(SQL.lock_cases, *_columns(cases))]


async def erase_cases(connection: Connection, cases: Sequence[tuple[int, int]]) -> Erased:
    """Erase these cases (cell, case id), which the caller has locked, inside the caller's transaction."""
    if not cases:
        return Erased()
    keys = _columns(cases)
    await connection.execute(SQL.list_originals, *keys)
    await connection.execute(SQL.list_derived, *keys)
    row = await connection.fetchrow(SQL.count_originals, *keys)
    for statement in ERASED.values():
        await connection.execute(statement, *keys)
    assert row is not None
    return Erased(len(cases), row["photographs"], row["bytes"])


def _columns(cases: Sequence[tuple[int, int]]) -> Keys:
    return [cell for cell, _ in cases], [case_id for _, case_id in cases]
