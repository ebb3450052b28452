"""Connections to PostgreSQL; a wrong address is one sentence that names the place, never the password."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import asyncpg

from cakra.core.errors import SetupError, StoreError
from cakra.store.db import Connection, Pool, Row
from cakra.store.roles import may_take

CONNECT_TIMEOUT_S = 10.0
OLDEST_SERVER = 15
DEFAULT_PORT = 5432
_MOVED = "another session"
# A pooler that hands its sessions round shows itself after as many statements as it keeps idle; few are kept.
_LOOKS = 4


async def create_pool(url: str, *, min_size: int, max_size: int, name: str, role: str | None = None) -> Pool:
    """A pool on the database at `url`; `name` is what an operator sees in pg_stat_activity.

    `role`: taken by every connection where it exists and the signed-in role is a member of it. JSON goes in and comes
    out as text. Raises SetupError when the address, role or password is wrong, StoreError when the server cannot take
    us now.
    """

    async def take_role(connection: Connection) -> None:
        if role is not None and await may_take(connection, role):
            await connection.execute(f"set role {role}")

    with plain_refusals(url):
        pool = await asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            timeout=CONNECT_TIMEOUT_S,
            server_settings=_session(name),
            init=take_role if role is not None else None,
        )
    try:
        with plain_refusals(url):
            async with pool.acquire() as connection:
                _check_version(connection.get_server_version().major, url)
    except BaseException:
        pool.terminate()
        raise
    return pool


async def connect(url: str, *, name: str) -> "asyncpg.Connection[asyncpg.Record]":
    """One connection, with the errors of `create_pool`; the caller closes it."""
    with plain_refusals(url):
        connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, server_settings=_session(name))
    try:
        _check_version(connection.get_server_version().major, url)
    except SetupError:
        await connection.close()
        raise
    return connection


async def require_sessions(url: str, *, name: str) -> None:
    """SetupError when what answers is a pooler that gives each transaction a session of its own.

    Locks of a session, LISTEN and what a session is set to would be lost between two statements. Two connections look
    whether one sees what the other set, and whether what was set stays where it was; simple statements only, for
    prepared ones fail there in ways of their own.
    """
    with plain_refusals(url):
        first = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, server_settings=_session(name))
        try:
            second = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, server_settings=_session(name))
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


def place_of(url: str) -> str:
    """Database, host and port of an address, fit for a person and free of secrets. Raises SetupError."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORT
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in {"postgresql", "postgres"}:
        raise SetupError(
            "The database address is not one; CAKRA_DATABASE_URL reads "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %-codes for special characters in the password."
        )
    return f"database {parts.path.lstrip('/') or parts.username or ''!r} at {parts.hostname or 'localhost'}:{port}"


@contextmanager
def plain_refusals(url: str) -> Iterator[None]:
    """Turn what goes wrong while connecting into one sentence that says what to do."""
    place = place_of(url)
    try:
        yield
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise SetupError(f"The {place} refuses this user or password; mend CAKRA_DATABASE_URL.") from error
    except asyncpg.InvalidCatalogNameError as error:
        raise SetupError(f"There is no {place}; create it or mend CAKRA_DATABASE_URL.") from error
    except asyncpg.ClientConfigurationError:
        raise SetupError(f"The address of the {place} has a part that is wrong; mend CAKRA_DATABASE_URL.") from None
    except asyncpg.ProtocolViolationError as error:
        if "startup parameter" not in (error.message or ""):
            raise StoreError(f"The {place} speaks otherwise than PostgreSQL ({error.message}).") from error
        raise SetupError(
            f"Before the {place} stands a pooler that refuses our session settings ({error.message}); for pgBouncer "
            "set ignore_startup_parameters = jit and pool_mode = session, or go round it."
        ) from error
    except asyncpg.PostgresError as error:  # starting up, shutting down, too many connections
        raise StoreError(f"The {place} takes no connection now ({error.message}); try again shortly.") from error
    except TimeoutError as error:
        raise StoreError(
            f"The {place} did not answer within {CONNECT_TIMEOUT_S:.0f} s; is the host right and reachable?"
        ) from error
    except OSError as error:
        raise StoreError(
            f"Nothing answers for the {place} ({error.strerror or 'unknown host'}); "
            "start PostgreSQL there or mend CAKRA_DATABASE_URL."
        ) from error


def _session(name: str) -> dict[str, str]:
    return {"application_name": name, "timezone": "UTC", "jit": "off"}


def _check_version(major: int, url: str) -> None:
    if major < OLDEST_SERVER:
        raise SetupError(
            f"The {place_of(url)} is PostgreSQL {major}; at least {OLDEST_SERVER} is needed: upgrade it or use another."
        )
