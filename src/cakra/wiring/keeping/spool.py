"""The letters' spool of this host, held against the one that the database knows."""

import asyncio
import socket

from cakra.delivery.post import SpoolClaim, claim_spool, doubt_letters, find_spool, held_letters, take_spool
from cakra.kit.settings import Letter
from cakra.outside.letter import LetterSpool
from cakra.store.db import Database, Pool


async def require_own_spool(database: Database, spool: LetterSpool) -> None:
    """The first spool becomes the one that letters wait in; SetupError for any other."""
    await claim_spool(database, *await _who(spool))


async def take_own_spool(pool: Pool, spool: LetterSpool) -> tuple[SpoolClaim | None, int]:
    """Make this host's spool the one; what was before, and how many letters only that one kept: they are set anew."""
    before = await take_spool(pool, *await _who(spool))
    held = await held_letters(pool)
    lost = await asyncio.to_thread(lambda: [tag for tag in held if spool.find(tag) is None])
    return before, await doubt_letters(pool, lost)


async def spools(database: Database, told: Letter) -> tuple[SpoolClaim | None, bool]:
    """The spool that letters wait in, and whether this host's folder is that one."""
    known = await find_spool(database)
    own = LetterSpool(told.spool, prefix=told.prefix, zone=told.zone)
    return known, known is not None and known.spool_id == await asyncio.to_thread(own.identity)


async def _who(spool: LetterSpool) -> tuple[str, str, str]:
    return await asyncio.to_thread(spool.identity), socket.gethostname(), str(spool.root)
