"""What the machine should have moved on long ago, counted at the cost of what waits and not of what is stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.store.db import Connection
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store.faults", "stuck.sql")
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Stuck:
    """Cases or notices on one step (None: on no step at all), and since when the oldest of them waits."""

    kind: str
    step: str | None
    count: int
    since: datetime


async def find_stuck(connection: Connection, at: datetime, *, cases: timedelta, notices: timedelta) -> list[Stuck]:
    """Cases that stand in a machine's state for longer than `cases`, and notices overdue for longer than `notices`.

    Each counted up to MOST_COUNTED. Notices are left out while anything is paused.
    """
    found = [
        Stuck("cases", row["step"], row["cases"], row["since"])
        for row in await connection.fetch(SQL.waiting_cases, at - cases, MOST_COUNTED)
    ]
    lost = await connection.fetchrow(SQL.lost_cases, at - cases, MOST_COUNTED)
    if lost is not None and lost["cases"]:
        found.append(Stuck("cases", None, lost["cases"], lost["since"]))
    found += [
        Stuck("notices", row["step"], row["notices"], row["since"])
        for row in await connection.fetch(SQL.waiting_notices, at - notices, MOST_COUNTED)
    ]
    return found
