"""Connections to PostgreSQL; a wrong address is one sentence that names the place, never the password."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import asyncpg

from cakra.core.errors import SetupError, StoreAway, StoreError
from cakra.store.db import Connection, Pool
from cakra.store.instants import put_instant, read_instant
from cakra.store.upkeep.roles import may_take

CONNECT_TIMEOUT_S = 10.0
OLDEST_SERVER = 15
DEFAULT_PORT = 5432


async def create_pool(url: str, *, min_size: int, max_size: int, name: str, role: str | None = None) -> Pool:
    """A pool on the database at `url`; `name` is what an operator sees in pg_stat_activity.

    `role`: taken by every connection where it exists and the signed-in role is a member of it. JSON goes in and comes
    out as text. Raises SetupError when the address, role or password is wrong, StoreAway when the server cannot take
    us now.
    """

    async def prepare(connection: Connection) -> None:
        await read_every_instant(connection)
        if role is not None and await may_take(connection, role):
            await connection.execute(f"set role {role}")

    with plain_refusals(url):
        pool = await asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            timeout=CONNECT_TIMEOUT_S,
            server_settings=session_settings(name),
            init=prepare,
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
        connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, server_settings=session_settings(name))
    try:
        _check_version(connection.get_server_version().major, url)
        await read_every_instant(connection)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def read_every_instant(connection: Connection) -> None:
    """Let this connection read instants that Python cannot hold: no stored row may make a page or a set fail."""
    await connection.set_type_codec(
        "timestamptz", schema="pg_catalog", encoder=put_instant, decoder=read_instant, format="tuple"
    )


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
        raise StoreAway(f"The {place} takes no connection now ({error.message}); try again shortly.") from error
    except TimeoutError as error:
        raise StoreAway(
            f"The {place} did not answer within {CONNECT_TIMEOUT_S:.0f} s; is the host right and reachable?"
        ) from error
    except OSError as error:
        raise StoreAway(
            f"Nothing answers for the {place} ({error.strerror or 'unknown host'}); "
            "start PostgreSQL there or mend CAKRA_DATABASE_URL."
        ) from error


def session_settings(name: str) -> dict[str, str]:
    """What every session of ours is set to from its start; `name` is what pg_stat_activity shows."""
    return {"application_name": name, "timezone": "UTC", "jit": "off"}


def _check_version(major: int, url: str) -> None:
    if major < OLDEST_SERVER:
        raise SetupError(
            f"The {place_of(url)} is PostgreSQL {major}; at least {OLDEST_SERVER} is needed: upgrade it or use another."
        )
