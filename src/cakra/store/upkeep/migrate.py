"""Plain forward migrations: `migrations/NNNN_name.sql`, in order, each in a transaction of its own.

What was applied is never edited: a change is the next file. A migration that must run longer than the
default says so in a comment: `-- statement_timeout: 15min`.
"""

import hashlib
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

import asyncpg

from cakra.core.errors import SetupError, StoreError
from cakra.kit.logs import get_logger
from cakra.store.connect import connect, place_of
from cakra.store.upkeep.pooler import require_sessions
from cakra.store.upkeep.roles import give_rights

FOLDER = Path(__file__).parents[1] / "migrations"
# Any number will do, as long as every release of ours uses the same one.
ADVISORY_LOCK = 6_215_114_930_113
LOCK_WAIT_S = 600.0
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"
_FILE = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9_]+)\.sql")
_LONGER = re.compile(r"^--\s*statement_timeout:\s*(?P<time>\d+(?:ms|s|min|h))\s*$", re.MULTILINE)
_CREATE = """
create table if not exists schema_migration (
    number     integer primary key,
    name       text not null,
    sha256     text not null,
    applied_at timestamptz not null default clock_timestamp()
)"""
log = get_logger(__name__)
Link: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; `sha256` is of its text with Unix line ends."""

    number: int
    name: str
    sha256: str
    sql: str

    @property
    def statement_timeout(self) -> str:
        """How long one statement may run."""
        longer = _LONGER.search(self.sql)
        return longer["time"] if longer else STATEMENT_TIMEOUT


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that this call applied."""

    number: int
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class MigrationState:
    """A migration as code and database see it.

    `changed`: applied, but the file is another one now. `unknown`: applied, but this release has no such file.
    """

    number: int
    name: str
    state: Literal["applied", "pending", "changed", "unknown"]
    applied_at: datetime | None


async def migrate(url: str, *, folder: Path = FOLDER) -> list[Applied]:
    """Apply what is pending and return it; several callers at once take turns, and the later ones find nothing.

    Raises SetupError when files and database contradict each other, StoreError when a migration fails; the
    failed one leaves nothing behind, those before it stay applied.
    """
    files = read_folder(folder)
    async with _locked(url) as connection:
        await connection.execute(_CREATE)
        done = await _recorded(connection)
        _check_history(files, done, place_of(url))
        applied = [await _apply(connection, file) for file in files if file.number not in done]
        if applied:
            await give_rights(connection)
        return applied


async def status(url: str, *, folder: Path = FOLDER) -> list[MigrationState]:
    """Every migration that the code or the database knows, in order; changes nothing."""
    files = {file.number: file for file in read_folder(folder)}
    connection = await connect(url, name="cakra migrate")
    try:
        known = await connection.fetchval("select to_regclass('schema_migration') is not null")
        done = await _recorded(connection) if known else {}
    finally:
        await connection.close()
    return [_state(files.get(number), done.get(number), number) for number in sorted({*files, *done})]


def read_folder(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of a folder in order. Raises SetupError for a wrong name or a number used twice."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        parts = _FILE.fullmatch(path.name)
        if parts is None:
            raise SetupError(f"{path} is no migration: name it NNNN_what_it_does.sql, in lower case.")
        sql = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        number = int(parts["number"])
        if number in found:
            raise SetupError(f"Two migrations have number {number:04}: {found[number].name} and {parts['name']}.")
        found[number] = Migration(number, parts["name"], hashlib.sha256(sql.encode()).hexdigest(), sql)
    if not found:
        raise SetupError(f"There are no migrations in {folder}; install the package again.")
    return list(found.values())


@asynccontextmanager
async def _locked(url: str) -> AsyncIterator[Link]:
    """A connection that alone may migrate this database; the lock goes with the connection."""
    await require_sessions(url, name="cakra migrate")
    connection = await connect(url, name="cakra migrate")
    try:
        try:
            await connection.execute("set lock_timeout = 0")
            await connection.execute(f"select pg_advisory_lock({ADVISORY_LOCK})", timeout=LOCK_WAIT_S)
        except TimeoutError:
            raise StoreError(
                f"Another process has been migrating the {place_of(url)} for {LOCK_WAIT_S:.0f} s; "
                "see pg_stat_activity for 'cakra migrate' and try again."
            ) from None
        yield connection
    finally:
        await connection.close()


async def _apply(connection: Link, file: Migration) -> Applied:
    label = f"Migration {file.number:04}_{file.name}"
    begun = time.monotonic()
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
            await connection.execute(f"set local statement_timeout = '{file.statement_timeout}'")
            await connection.execute(file.sql)
            if not connection.is_in_transaction():
                raise StoreError(f"{label} ends its own transaction; take COMMIT and ROLLBACK out of the file.")
            await connection.execute(
                "insert into schema_migration (number, name, sha256) values ($1, $2, $3)",
                file.number,
                file.name,
                file.sha256,
            )
    except asyncpg.LockNotAvailableError as error:
        raise StoreError(
            f"{label} waited {LOCK_TIMEOUT} for a table that somebody else holds and was undone; "
            "try again when it is quieter."
        ) from error
    except asyncpg.QueryCanceledError as error:
        raise StoreError(
            f"{label} ran longer than {file.statement_timeout} and was undone; "
            "give it more with a line '-- statement_timeout: 15min' before it is first applied anywhere."
        ) from error
    except asyncpg.PostgresError as error:
        raise StoreError(f"{label} failed and was undone: {error.message}{_line(file.sql, error)}.") from error
    seconds = time.monotonic() - begun
    log.info("migration_applied", number=file.number, migration=file.name, seconds=round(seconds, 3))
    return Applied(file.number, file.name, seconds)


def _check_history(files: list[Migration], done: Mapping[int, asyncpg.Record], place: str) -> None:
    """Refuse to go on when what was applied is not what this release brings. Raises SetupError."""
    newest = files[-1]
    known = {file.number: file for file in files}
    for number, record in sorted(done.items()):
        label = f"{number:04}_{record['name']}"
        file = known.get(number)
        if number > newest.number:
            raise SetupError(
                f"The {place} is newer than this release: it has migration {label}, the release ends at "
                f"{newest.number:04}_{newest.name}; install the newer release."
            )
        if file is None:
            raise SetupError(f"The {place} has migration {label}, which this release lacks; put the file back.")
        if (file.name, file.sha256) != (record["name"], record["sha256"]):
            raise SetupError(
                f"Migration {label} was changed after it was applied to the {place}; "
                "put the file back as it was and write the change as a new migration."
            )
    late = next((file for file in files if file.number not in done and done and file.number < max(done)), None)
    if late is not None:
        raise SetupError(
            f"Migration {late.number:04}_{late.name} comes before others that the {place} already has; "
            "give it the next free number."
        )


async def _recorded(connection: Link) -> dict[int, asyncpg.Record]:
    rows = await connection.fetch("select number, name, sha256, applied_at from schema_migration")
    return {row["number"]: row for row in rows}


def _state(file: Migration | None, record: asyncpg.Record | None, number: int) -> MigrationState:
    if record is None:
        assert file is not None, "a number comes from a file or from the database"
        return MigrationState(number, file.name, "pending", None)
    if file is None:
        return MigrationState(number, record["name"], "unknown", record["applied_at"])
    same = (file.name, file.sha256) == (record["name"], record["sha256"])
    return MigrationState(number, file.name, "applied" if same else "changed", record["applied_at"])


def _line(sql: str, error: asyncpg.PostgresError) -> str:
    """Where in the file, when PostgreSQL says so."""
    position = getattr(error, "position", None)
    return f" (line {sql.count(chr(10), 0, int(position)) + 1})" if position else ""
