"""Notices that need not be told any more, because their case moved on."""

from collections.abc import Iterable, Sequence

from cakra.core.case import Case
from cakra.core.journey import State
from cakra.core.ladder import NoticeMove
from cakra.core.notice import NoticeState, Purpose, is_worth_telling, stopped_by
from cakra.store.db import Connection, Row
from cakra.store.notices.moving import SQL, key_of, move_notices

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
    """Cancel what has not left (planned or queued); the rows stopped: cell, case_id, purpose, number.

    A notice that somebody else holds is being sent, worded or proved in this instant and is left alone: who holds
    a case never waits for a notice.
    """
    if not stops:
        return []
    rows = await connection.fetch(SQL.lock_unsent, *(list(column) for column in zip(*stops, strict=True)))
    await move_notices(connection, [(key_of(row), NoticeMove(NoticeState.CANCELLED)) for row in rows])
    return rows
