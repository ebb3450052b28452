"""The one folder in which letters wait: a second one would set again what the first one keeps."""

from dataclasses import dataclass
from datetime import datetime

from cakra.core.errors import SetupError
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.db import Database
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


async def claim_spool(database: Database, spool_id: str, host: str, folder: str) -> None:
    """Say that letters wait in this spool. SetupError when they wait in another one."""
    await database.execute(SQL.claim_spool, spool_id, host, folder, now())
    known = await find_spool(database)
    if known is not None and known.spool_id != spool_id:
        raise SetupError(
            f"Letters wait in another spool ({known.folder} on {known.host}, since {known.since:%Y-%m-%d %H:%M} UTC):"
            " send letters there, share that folder, or move it as docs/runbook/letters.md says."
        )


async def take_spool(database: Database, spool_id: str, host: str, folder: str) -> SpoolClaim | None:
    """Make this the spool that letters wait in, whatever was; the one before."""
    before = await find_spool(database)
    await database.execute(SQL.take_spool, spool_id, host, folder, now())
    _log.warning("letter_spool_taken", host=host, folder=folder, before=before.folder if before else None)
    return before
