"""What the database knows of letters in the spool."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from cakra.core.journey import State
from cakra.core.notice import Purpose, is_worth_telling
from cakra.delivery.sending.rules import make_tag, read_tag
from cakra.kit.clock import now
from cakra.store.cases import note_events
from cakra.store.db import Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.post")
_MOST_LOST = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """Tags of waiting letters that shall not leave: not any more, or not today (their jurisdiction is paused)."""

    needless: frozenset[str]
    paused: frozenset[str]


async def standing_of(pool: Pool, tags: Collection[str]) -> Standing:
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
    return Standing(frozenset(needless), frozenset(paused))


async def cancel_letters(pool: Pool, tags: Collection[str]) -> None:
    """Record that these letters will not leave; the spool gives them up afterwards."""
    columns = _columns(tags)
    if not columns:
        return
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(SQL.cancel_letters, *columns)
        notes = [(row["cell"], row["case_id"], {"purpose": row["purpose"], "channel": "letter"}) for row in rows]
        await note_events(connection, notes, now(), told="letter_cancelled")


async def lost_letters(pool: Pool) -> Sequence[str]:
    """Tags of letters of which nobody knows whether the spool keeps them; the longest waiting first."""
    rows = await pool.fetch(SQL.lost_letters, _MOST_LOST)
    return [make_tag(row["cell"], row["notice_id"], row["attempt"]) for row in rows]


async def put_back(pool: Pool, kept: Collection[str], barred: Collection[str]) -> int:
    """Hold the letters that the spool keeps, set anew those that it will never keep (`barred`); how many."""
    tags = [tag for tag in (*kept, *barred) if read_tag(tag)]
    columns = _columns(tags)
    if not columns:
        return 0
    found = await pool.fetch(SQL.put_back, *columns, [tag in kept for tag in tags])
    await pool.execute("select pg_notify('cakra_due', 'dispatch')")
    return len(found)


async def held_letters(pool: Pool) -> Sequence[str]:
    """Tags of all letters that wait for their batch."""
    return [make_tag(row["cell"], row["notice_id"], row["attempt"]) for row in await pool.fetch(SQL.held_letters)]


async def doubt_letters(pool: Pool, tags: Collection[str]) -> int:
    """The spool that kept these letters is lost: they are set anew by the print house's day; how many."""
    columns = _columns(tags)
    return len(await pool.fetch(SQL.doubt_letters, *columns)) if columns else 0


def _columns(tags: Iterable[str]) -> list[list[int]]:
    """Cells, notice ids and attempts; empty without a tag of ours."""
    places = [place for tag in tags if (place := read_tag(tag))]
    return [list(column) for column in zip(*places, strict=True)]
