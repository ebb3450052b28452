"""From the staging into the register, in the caller's transaction: overlaps refused, open ends ended, rows merged."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from cakra.journey.ownership.importing.report import ImportReport
from cakra.journey.ownership.importing.summary import Held
from cakra.journey.ownership.reading.rows import RowFault
from cakra.journey.ownership.reading.sealing import WrongRow
from cakra.store.db import Connection
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.ownership")
LONG_S = 24 * 3600.0
_WIB = timezone(timedelta(hours=7))
_OVERLAP_SENTENCE = (
    "the ownership spells of this plate contradict each other, in this file or with the register; none of its rows was "
    "taken, and its cases from then on go to an officer"
)
_OVERLAP = RowFault(
    "valid_from", _OVERLAP_SENTENCE, "valid_from: the ownership spells of a plate contradict each other"
)


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging did: rows refused for contradicting spells, spells written, open ends set to the next beginning."""

    refused: int
    inserted: int
    updated: int
    ended: int


async def last_held(connection: Connection) -> Held | None:
    """What the import before held; for a register from before that was counted, what is registered."""
    row = await connection.fetchrow(SQL.last_shares) or await connection.fetchrow(SQL.registered_shares, timeout=LONG_S)
    if row is None or not row["taken"]:
        return None
    return Held(row["taken"], row["with_phone"], row["with_email"], row["with_number"])


async def merge(connection: Connection, wrong: ImportReport, source: str, import_id: int) -> Merged:
    """Bring what is staged into the register. Rows refused and ends set are told in the report."""
    refused = await _refuse_overlaps(connection, wrong, import_id)
    await connection.execute(SQL.settle_disputes, timeout=LONG_S)
    await connection.execute(SQL.drop_repeats, timeout=LONG_S)
    ended = await _end_open(connection, wrong)
    wrong.flush()
    done = await connection.fetchrow(SQL.merge_staging, source, timeout=LONG_S)
    assert done is not None
    return Merged(refused, done["inserted"], done["updated"], ended)


async def note_unread(connection: Connection, spells: Iterable[tuple[str, datetime]], import_id: int) -> None:
    """Where a refused row begins a newer spell than any known, the older owner is not addressed from then on."""
    begun = sorted(spells)
    if begun:
        plates, since = [plate for plate, _ in begun], [at for _, at in begun]
        await connection.execute(SQL.note_unread, plates, since, import_id, timeout=LONG_S)


async def _refuse_overlaps(connection: Connection, wrong: ImportReport, import_id: int) -> int:
    """Take rows of plates with contradicting spells out of the staging, and note that they are in dispute."""
    refused = await connection.fetch(SQL.refuse_overlaps, timeout=LONG_S)
    if not refused:
        return 0
    plates, since = [row["plate"] for row in refused], [row["valid_from"] for row in refused]
    await connection.execute(SQL.note_disputes, plates, since, import_id, timeout=LONG_S)
    told = [WrongRow(row["line"], [_OVERLAP], row["plate"]) for row in sorted(refused, key=lambda row: row["line"])]
    await asyncio.to_thread(wrong.write, told)
    return len(refused)


async def _end_open(connection: Connection, wrong: ImportReport) -> int:
    """Let the next spell of a plate end one without an end of its own; each new end of another owner is told."""
    ends = await connection.fetch(SQL.end_open, timeout=LONG_S)
    for row in ends:
        wrong.tell_end(
            row["line"], row["plate"], _end_sentence(row["valid_from"], row["next_from"], row["by_this_row"])
        )
    return len(ends)


def _end_sentence(began: datetime, ends: datetime, by_this_row: bool) -> str:  # noqa: FBT001 - as the query tells it
    begins, ended = (f"{instant.astimezone(_WIB):%Y-%m-%d}" for instant in (began, ends))
    if by_this_row:
        return (
            f"taken; the earlier spell of this plate, from {begins}, had no end and now ends where this begins, {ended}"
        )
    return f"taken; it has no end, and the register knows a later spell of this plate: it ends on {ended}"
