"""Notices: those that a stage has to tell later, those that need not be told any more, and sets of them moved."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from cakra.core.case import Case, Record
from cakra.core.journey import State
from cakra.core.notice import OF_THE_TURN, Purpose, is_worth_telling, stopped_by
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.aside import TRIES, kind_of, mark_aside, rest_after
from cakra.store.db import Connection, Row
from cakra.store.parts import in_parts
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store", "notices.sql")
_log = get_logger(__name__)


def later_notice(case: Case, purpose: Purpose, at: datetime, *, number: int = 0, party_id: int | None = None) -> Record:
    """A notice to the party whose turn it is, to be worded now; written with the outcome that gave rise to it.

    `number`: which reminder it is; `party_id`: to another party of the case.
    """
    row = {
        "notice_id": new_id(),
        "party_id": party_id or case.party_id,
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


def stops_of_turns(cases: Iterable[Case]) -> list[Stop]:
    """What their parties need not be told any more when it is another party's turn."""
    return [(*case.key, purpose.value) for case in cases for purpose in OF_THE_TURN]


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


async def move_set(
    connection: Connection, rows: Sequence[Row], move: Callable[[Sequence[Row]], Awaitable[object]]
) -> int:
    """`move` notices (rows with cell, notice_id, case_id) that the caller's transaction has locked; how many it moved.

    One that fails alone waits, longer each time, and is set aside where `cakra aside` shows it after several tries.
    """
    refused = 0

    async def part(some: Sequence[Row]) -> None:
        async with connection.transaction():
            await move(some)

    async def put_off(row: Row, problem: Exception) -> None:
        nonlocal refused
        refused += 1
        notice = row["cell"], row["notice_id"]
        async with connection.transaction():
            tries = await connection.fetchval(SQL.find_notice_tries, *notice) + 1
            told = await connection.fetchrow(SQL.put_off_notice, *notice, rest_after(tries))
            if told is not None and tries >= TRIES:
                key = row["cell"], row["case_id"]
                await mark_aside(connection, key, told["step"], told["version"], problem, notice_id=row["notice_id"])
        _log.error("notice_not_moved", notice=row["notice_id"], tries=tries, kind=kind_of(problem))

    await in_parts(rows, part, put_off)
    return len(rows) - refused


async def word_party_again(connection: Connection, party: tuple[int, int, int], at: datetime) -> None:
    """Word anew what has not left to a party (cell, case id, party id). What is sent in this instant is left alone."""
    await connection.execute(SQL.word_party_again, *party, at)
