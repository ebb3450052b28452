"""New notices: rows that a stage writes with the outcome that gave rise to them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cakra.core.states.case import Case, Record
from cakra.core.states.notice import NoticeState, Purpose
from cakra.kit.ids import new_id
from cakra.store.db import Connection
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store.notices", "moving.sql")
TABLE = "notice"


def later_notice(case: Case, purpose: Purpose, at: datetime, *, number: int = 0, party_id: int | None = None) -> Record:
    """A planned notice to the party whose turn it is, to be worded at `at`.

    `number`: which reminder it is; `party_id`: to another party of the case.
    """
    unworded = {
        "language": "",
        "template": "",
        "content": b"",
        "state": NoticeState.PLANNED.value,
        "step": "word",
        "due_at": at,
    }
    return _record(case, party_id or case.party_id, new_id(), purpose, at, {"number": number, **unworded})


def worded_notice(  # noqa: PLR0917 - to whom, what, when
    case: Case, party_id: int, notice_id: int, purpose: Purpose, at: datetime, worded: Mapping[str, Any]
) -> Record:
    """A queued notice. `worded`: the columns that the letterhead wrote, sealed to `notice_id`."""
    return _record(
        case, party_id, notice_id, purpose, at, {"state": NoticeState.QUEUED.value, "step": "dispatch", **worded}
    )


def _record(  # noqa: PLR0917 - one row, put together once
    case: Case, party_id: int | None, notice_id: int, purpose: Purpose, at: datetime, values: Mapping[str, Any]
) -> Record:
    row = {
        "notice_id": notice_id,
        "party_id": party_id,
        "purpose": purpose.value,
        "shutter_at": case.occurred_at,
        "created_at": at,
        "jurisdiction": case.jurisdiction,
        **values,
    }
    return Record(TABLE, *case.key, row)


async def wake_wording(connection: Connection, records: Iterable[Record]) -> None:
    """Wake the lane that words notices, at commit, when there is something for it."""
    if any(record.table == TABLE and record.values["step"] == "word" for record in records):
        await wake_wording_now(connection)


async def wake_wording_now(connection: Connection) -> None:
    """Wake it at commit."""
    await connection.execute(SQL.wake_wording)
