"""Whether each connection has a session of its own; a pooler in transaction mode gives it away between statements."""

import secrets

import asyncpg

from cakra.core.errors import SetupError
from cakra.store.connect import CONNECT_TIMEOUT_S, place_of, plain_refusals, session_settings
from cakra.store.db import Row

_MOVED = "another session"
# A pooler that hands its sessions round shows itself after as many statements as it keeps idle; few are kept.
_LOOKS = 4


async def require_sessions(url: str, *, name: str) -> None:
    """SetupError when what answers is a pooler that gives each transaction a session of its own.

    Locks of a session, LISTEN and what a session is set to would be lost between two statements. Two connections look
    whether one sees what the other set, and whether what was set stays where it was; simple statements only, for
    prepared ones fail there in ways of their own.
    """
    with plain_refusals(url):
        first = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, server_settings=session_settings(name))
        try:
            second = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, server_settings=session_settings(name))
            try:
                if not await _has_session_of_its_own(first, second):
                    raise SetupError(
                        f"Before the {place_of(url)} stands a pooler in transaction mode, where locks and "
                        "notifications are lost; set pool_mode = session there, or mend CAKRA_DATABASE_URL."
                    )
            finally:
                await second.close()
        finally:
            await first.close()


async def _has_session_of_its_own(first: "asyncpg.Connection[Row]", second: "asyncpg.Connection[Row]") -> bool:
    mark = secrets.token_hex(8)
    other = f"current_setting('cakra.mark', true) is distinct from '{mark}'"
    seen = f"do $$ begin if {other} then raise '{_MOVED}'; end if; end $$"
    await first.execute(f"set cakra.mark = '{mark}'")
    try:
        await second.execute("begin")
    except asyncpg.PostgresError:  # a pooler in statement mode allows no transaction
        return False
    try:
        if await _passes(second, seen):
            return False
        return all([await _passes(first, seen) for _ in range(_LOOKS)])
    finally:
        await second.execute("rollback")
        await first.execute("reset cakra.mark")


async def _passes(connection: "asyncpg.Connection[Row]", statement: str) -> bool:
    try:
        await connection.execute(statement)
    except asyncpg.RaiseError:
        return False
    return True
