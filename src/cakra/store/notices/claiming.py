"""Claiming what is due: notices of one sender become `sending`, each with its intent committed before any call."""

from collections.abc import Sequence

from cakra.store.db import Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store.notices", "claiming.sql")


async def claim_sends(  # noqa: PLR0917 - whose, how many, for how long, by whom
    pool: Pool,
    sender: tuple[str, str, str],
    limit: int,
    lease_s: float,
    worker: str,
    cells: Sequence[int] | None,
) -> list[Row]:
    """Up to `limit` due notices of a sender, queued → sending, under a lease of `lease_s` seconds, and their intents.

    `sender`: channel, name, and name as in the register of official senders; `cells`: only theirs, None: all. In one
    statement and transaction of its own, behind the locks of the rows that it takes. One row without a notice when
    nothing was taken; `again_s` of every row: the pace holds more back for so many seconds, None: it does not.
    """
    channel, name, official = sender
    return await pool.fetch(
        SQL.claim_sends, limit, lease_s, worker, None if cells is None else list(cells), channel, name, official
    )
