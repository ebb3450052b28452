"""Later notices: what a stage has to tell an owner, as a row of its own that the notice stage words."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cakra.core.case import Case, Record
from cakra.core.journey import State
from cakra.core.notice import Purpose, stopped_by
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


async def stop_notices(connection: Connection, moved: Iterable[tuple[Case, State]]) -> Sequence[Row]:
    """Cancel what need not be told any more and has not left; the rows stopped. `moved`: cases and their new states.

    A notice that somebody else holds is being sent, worded or proved in this instant and is left alone: who holds
    a case never waits for a notice.
    """
    stops = [(*case.key, purpose.value) for case, state in moved for purpose in stopped_by(case.state, state)]
    if not stops:
        return []
    return await connection.fetch(SQL.stop_notices, *(list(column) for column in zip(*stops, strict=True)))


async def wake_wording(connection: Connection, records: Iterable[Record]) -> None:
    """Wake the lane that words notices, at commit, when there is something for it."""
    if any(record.table == "notice" and record.values["step"] == "word" for record in records):
        await connection.execute(SQL.wake_wording)
