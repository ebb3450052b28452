"""The one folder in which letters wait: a second one would set again what the first one keeps."""

import asyncio
import socket
from dataclasses import dataclass
from datetime import datetime

from cakra.core.delivery.print_house import Spool
from cakra.core.errors import SetupError
from cakra.delivery.post.standing import doubt_letters, held_letters
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.db import Database, Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.post")
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SpoolClaim:
    """The spool that the database knows: who it is, and where it was when it said so."""

    spool_id: str
    host: str
    folder: str
    since: datetime


async def find_spool(database: Database) -> SpoolClaim | None:
    """The spool in which letters wait; None before the first one."""
    row = await database.fetchrow(SQL.find_spool)
    return None if row is None else SpoolClaim(**row)


async def known_spool(database: Database, spool: Spool) -> tuple[SpoolClaim | None, bool]:
    """The spool that letters wait in, and whether this one is that."""
    known = await find_spool(database)
    return known, known is not None and known.spool_id == await asyncio.to_thread(spool.identity)


async def require_own_spool(database: Database, spool: Spool) -> None:
    """The first spool becomes the one that letters wait in; SetupError for any other."""
    spool_id, *where = await _who(spool)
    await database.execute(SQL.claim_spool, spool_id, *where, now())
    known = await find_spool(database)
    if known is not None and known.spool_id != spool_id:
        raise SetupError(
            f"Letters wait in another spool ({known.folder} on {known.host}, since {known.since:%Y-%m-%d %H:%M} UTC):"
            " send letters there, share that folder, or move it as docs/runbook/letters.md says."
        )


async def take_own_spool(pool: Pool, spool: Spool) -> tuple[SpoolClaim | None, int]:
    """Make this spool the one, whatever was; what was before, and how many letters only that one kept.

    Those are set anew by the print house's day.
    """
    before = await find_spool(pool)
    spool_id, host, folder = await _who(spool)
    await pool.execute(SQL.take_spool, spool_id, host, folder, now())
    _log.warning("letter_spool_taken", host=host, folder=folder, before=before.folder if before else None)
    held = await held_letters(pool)
    lost = await asyncio.to_thread(lambda: [tag for tag in held if spool.find(tag) is None])
    return before, await doubt_letters(pool, lost)


async def _who(spool: Spool) -> tuple[str, str, str]:
    return await asyncio.to_thread(spool.identity), socket.gethostname(), spool.place
