"""Later notices: what a stage has to tell an owner, as a row of its own that the notice stage words."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cakra.core.case import Case, Record
from cakra.core.journey import State
from cakra.core.notice import Purpose, is_worth_telling, stopped_by
from cakra.kit.ids import new_id
from cakra.store.db import Connection, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store", "notices.sql")


def later_notice(case: Case, purpose: Purpose, at: datetime, *, number: int = 0) -> Record:
    """A notice to this case's addressee, to be worded now; written with the outcome that gave rise to it.

    `number`: which reminder it is.
    """
    row = {
        "notice_id": new_id(),
        "purpose": purpose.value,
        "number": number,
        "language": "",
        "template": "",
        "content": b"",
        "shutter_at": case.occurred_at,
        "state": "planned",
        "created_at": at,
        "step": "word",
        "due_at": at,
        "jurisdiction": case.jurisdiction,
    }
    return Record("notice", *case.key, row)


Stop = tuple[int, int, str]
"""Cell, case id and purpose of notices that need not be told any more."""


def stops_of_moves(moved: Iterable[tuple[Case, State]]) -> list[Stop]:
    """What these cases need not be told in their new states."""
    return [(*case.key, purpose.value) for case, state in moved for purpose in stopped_by(case.state, state)]


async def stops_as_they_stand(connection: Connection, keys: Iterable[tuple[int, int]]) -> list[Stop]:
    """What these cases (cell, case id) need not be told as they stand; held so until the transaction ends."""
    rows = await connection.fetch(SQL.states, *(list(column) for column in zip(*keys, strict=True)))
    return [
        (row["cell"], row["case_id"], purpose.value)
        for row in rows
        for purpose in Purpose
        if not is_worth_telling(purpose, State(row["state"]))
    ]


async def stop_notices(connection: Connection, stops: Sequence[Stop]) -> Sequence[Row]:
    """Cancel what has not left; the rows stopped.

    A notice that somebody else holds is being sent, worded or proved in this instant and is left alone: who holds
    a case never waits for a notice.
    """
    if not stops:
        return []
    return await connection.fetch(SQL.stop_notices, *(list(column) for column in zip(*stops, strict=True)))


async def wake_wording(connection: Connection, records: Iterable[Record]) -> None:
    """Wake the lane that words notices, at commit, when there is something for it."""
    if any(record.table == "notice" and record.values["step"] == "word" for record in records):
        await wake_wording_now(connection)


async def wake_wording_now(connection: Connection) -> None:
    """Wake it at commit."""
    await connection.execute(SQL.wake_wording)
