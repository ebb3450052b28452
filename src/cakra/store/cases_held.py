"""Which officer has a case open: a hold for some minutes, so that two do not decide on one. It moves no case.

The version stays: an officer's look does not make a worker lose what it does meanwhile. A hold is taken by one
statement that locks the row and compares whose it is.
"""

from collections.abc import Sequence
from datetime import datetime

from cakra.store.db import Database
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store", "cases_held.sql")


async def take_next_case(  # noqa: PLR0917 - which, for whom, until when
    db: Database,
    states: Sequence[str],
    offence: str | None,
    officer: str,
    at: datetime,
    until: datetime,
    most: int,
    jurisdictions: Sequence[str] | None = None,
) -> str | None:
    """Hold the oldest free case of these states (and offence) for an officer; its reference, None without one.

    `most`: how many of each state and office are looked at, the oldest first; `jurisdictions`: whose, None: all.
    """
    found: str | None = await db.fetchval(SQL.take_next, list(states), offence, at, officer, until, most, jurisdictions)
    return found


async def take_case(
    db: Database, key: tuple[int, int], officer: str, at: datetime, until: datetime, *, over: bool = False
) -> bool:
    """Hold one case on the officers' desk; False when another has it, whom only `over` puts out."""
    return await db.fetchval(SQL.take_case, *key, officer, until, at, over) is not None


async def let_go(db: Database, key: tuple[int, int], officer: str) -> None:
    """End this officer's hold of a case, if it is his."""
    await db.execute(SQL.let_go, *key, officer)
