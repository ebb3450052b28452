"""Later notices that reached nobody: an officer lets one be told again, or takes it off the list."""

from datetime import datetime
from enum import StrEnum

from cakra.core.delivery.ladder import NoticeMove
from cakra.core.errors import InputError
from cakra.core.states.notice import NoticeState
from cakra.journey.review.step import DecisionRefused, NotWritten
from cakra.kit.logs import get_logger
from cakra.store.cases import note_events
from cakra.store.db import Connection
from cakra.store.notices import move_notices, tell_again, wake_wording_now
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.review")
_log = get_logger(__name__)


class Handling(StrEnum):
    """What an officer does about it."""

    AGAIN = "again"  # worded anew, from the top of the ladder, by this decision only
    SETTLED = "settled"  # the owner was told another way, or need not be


def read_handling(text: str) -> Handling:
    """The handling a form names; InputError for anything else."""
    try:
        return Handling(text)
    except ValueError as problem:
        raise InputError("The form does not say what to do with the notice; go back and choose.") from problem


async def handle_untold(  # noqa: PLR0917 - what, whose, when
    connection: Connection, cell: int, notice_id: int, handling: Handling, officer: str, at: datetime
) -> None:
    """Write it in the officer's name; DecisionRefused when the notice is not on the list any more."""
    async with connection.transaction():
        row = await connection.fetchrow(SQL.untold, cell, notice_id)
        if row is None:
            raise DecisionRefused(NotWritten.NOTICE)
        note = (cell, row["case_id"], {"purpose": row["purpose"], "number": row["number"]})
        actor = f"officer:{officer}"
        if handling is Handling.AGAIN:
            await tell_again(connection, (cell, notice_id), at)
            await note_events(connection, [note], at, told="notice_told_again", actor=actor)
            await wake_wording_now(connection)
        else:
            await move_notices(connection, [((cell, notice_id), NoticeMove(NoticeState.CANCELLED))])
            await note_events(connection, [note], at, told="notice_set_aside", actor=actor)
    _log.info("untold_notice_handled", notice=notice_id, handling=handling.value, officer=officer)
