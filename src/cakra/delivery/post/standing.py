"""What the database knows of letters in the spool."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cakra.core.delivery.ladder import NoticeMove
from cakra.core.states.journey import State
from cakra.core.states.notice import NoticeState, Purpose, is_worth_telling
from cakra.delivery.sending.rules import make_tag, read_tag
from cakra.kit.clock import now
from cakra.store.cases import note_events
from cakra.store.db import Connection, Pool, Row
from cakra.store.notices import key_of, move_notices, settle_attempts
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.post")
_MOST_LOST = 500
_DOUBTED = timedelta(days=1)
_OPEN = ("intended", "unknown")
_FOUND, _LOST = "found out from the spool", "the spool that kept it is lost"


@dataclass(frozen=True, slots=True)
class LetterStanding:
    """Tags of waiting letters that shall not leave: not any more, or not today (their jurisdiction is paused)."""

    needless: frozenset[str]
    paused: frozenset[str]


async def standing_of(pool: Pool, tags: Collection[str]) -> LetterStanding:
    """What of these letters may not leave now.

    A letter is needless when its notice was proved otherwise, its case went on without it, or its notice is unknown.
    """
    needless = {tag for tag in tags if read_tag(tag) is None}
    paused: set[str] = set()
    columns = _columns(tags)
    for row in await pool.fetch(SQL.letters, *columns) if columns else ():
        tag = make_tag(row["cell"], row["notice_id"], row["attempt"])
        if not row["waits"] or not is_worth_telling(Purpose(row["purpose"]), State(row["case_state"])):
            needless.add(tag)
        elif row["paused"]:
            paused.add(tag)
    return LetterStanding(frozenset(needless), frozenset(paused))


async def cancel_letters(pool: Pool, tags: Collection[str]) -> None:
    """Record that these letters will not leave; the spool gives them up afterwards."""
    async with pool.acquire() as connection, connection.transaction():
        rows = await _lock(connection, tags, NoticeState.UNKNOWN, NoticeState.HELD)
        await move_notices(connection, [(key_of(row), NoticeMove(NoticeState.CANCELLED)) for row in rows])
        notes = [(row["cell"], row["case_id"], {"purpose": row["purpose"], "channel": "letter"}) for row in rows]
        await note_events(connection, notes, now(), told="letter_cancelled")


async def lost_letters(pool: Pool) -> Sequence[str]:
    """Tags of letters of which nobody knows whether the spool keeps them; the longest waiting first."""
    rows = await pool.fetch(SQL.lost_letters, _MOST_LOST)
    return [make_tag(row["cell"], row["notice_id"], row["attempt"]) for row in rows]


async def put_back(pool: Pool, kept: Collection[str], barred: Collection[str]) -> int:
    """Hold the letters that the spool keeps, set anew those that it will never keep (`barred`); how many."""
    async with pool.acquire() as connection, connection.transaction():
        at = now()
        rows = [
            row for row in await _lock(connection, (*kept, *barred), NoticeState.UNKNOWN) if row["step"] == "settle"
        ]
        held = [row for row in rows if _tag(row) in kept]
        anew = [row for row in rows if _tag(row) not in kept]
        await move_notices(connection, [(key_of(row), NoticeMove(NoticeState.HELD)) for row in held])
        await move_notices(connection, [(key_of(row), NoticeMove(NoticeState.QUEUED, "dispatch", at)) for row in anew])
        await settle_attempts(connection, _attempts(held), _OPEN, ("held", "wait", "in_batch", _FOUND), at)
        await settle_attempts(connection, _attempts(anew), _OPEN, ("refused", "retry", "not_kept", _FOUND), at)
        await connection.execute("select pg_notify('cakra_due', 'dispatch')")
    return len(rows)


async def held_letters(pool: Pool) -> Sequence[str]:
    """Tags of all letters that wait for their batch."""
    return [make_tag(row["cell"], row["notice_id"], row["attempt"]) for row in await pool.fetch(SQL.held_letters)]


async def doubt_letters(pool: Pool, tags: Collection[str]) -> int:
    """The spool that kept these letters is lost: they are set anew by the print house's day; how many."""
    async with pool.acquire() as connection, connection.transaction():
        due = now() + _DOUBTED
        rows = [row for row in await _lock(connection, tags, NoticeState.HELD) if row["step"] is None]
        moves = [(key_of(row), NoticeMove(NoticeState.UNKNOWN, "settle", due)) for row in rows]
        await move_notices(connection, moves)
        await settle_attempts(connection, _attempts(rows), ["held"], ("unknown", "wait", None, _LOST))
    return len(rows)


async def _lock(connection: Connection, tags: Iterable[str], *states: NoticeState) -> Sequence[Row]:
    columns = _columns(tags)
    if not columns:
        return []
    return await connection.fetch(SQL.lock_letters, *columns, [state.value for state in states])


def _tag(row: Row) -> str:
    return make_tag(row["cell"], row["notice_id"], row["attempts"])


def _attempts(rows: Iterable[Row]) -> list[tuple[tuple[int, int], str, int]]:
    return [(key_of(row), "letter", row["attempts"]) for row in rows]


def _columns(tags: Iterable[str]) -> list[list[int]]:
    """Cells, notice ids and attempts; empty without a tag of ours."""
    places = [place for tag in tags if (place := read_tag(tag))]
    return [list(column) for column in zip(*places, strict=True)]
