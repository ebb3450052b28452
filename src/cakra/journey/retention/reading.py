"""What was erased, and whether erasing goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.core.policy.retention import RetentionClass
from cakra.journey.retention.alone import SQL
from cakra.store.db import Database

_LATE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RetentionLook:
    """One look through a class. `cases`: cases or records erased; `failed`: set aside; `ended_at` None: not ended."""

    which: str
    at: datetime
    cutoff: datetime
    cases: int
    photographs: int
    bytes: int
    failed: int
    problem: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overdue:
    """What does not go on: classes nobody looked through for a day (with since when), faults, pictures that wait."""

    late: Mapping[RetentionClass, datetime]
    failed: Mapping[RetentionClass, tuple[int, str]]
    pictures: int
    """Waiting for more than a day to leave the store; counted up to 1,000."""


async def list_looks(db: Database, most: int) -> list[RetentionLook]:
    """The newest looks first; of those that found nothing only the newest of each class is kept."""
    return [RetentionLook(row[0], *list(row)[1:]) for row in await db.fetch(SQL.erasures, most)]


async def what_lags(db: Database, at: datetime) -> Overdue:
    """Whether every class was looked through in the last day, what could not be erased, what waits in the store."""
    newest = {RetentionClass(row["class"]): row for row in await db.fetch(SQL.newest_looks, list(RetentionClass))}
    begun = await db.fetchval(SQL.in_use_since)
    since = {which: newest[which]["at"] if which in newest else begun or at for which in RetentionClass}
    return Overdue(
        {which: seen for which, seen in since.items() if seen < at - _LATE},
        {which: (row["failed"], row["problem"] or "") for which, row in newest.items() if row["failed"]},
        int(await db.fetchval(SQL.waiting_pictures, at - _LATE)),
    )
