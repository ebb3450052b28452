"""Three roles on one database: the owner migrates, the application works, a reader reads.

The application and the reader own nothing, cannot change the schema, and the application can only add to the tables
that account for what people did. `cakra db roles` makes them; every migration gives them what is new.
"""

from collections.abc import Sequence

import asyncpg

from cakra.core.errors import SetupError
from cakra.store.db import Connection

APPLICATION = "cakra_application"
READER = "cakra_reader"
# What people did, and what was published in our name: written once, changed by nobody who serves requests.
INSERT_ONLY: Sequence[str] = (
    "camera_watch",
    "case_event",
    "official_change",
    "official_publication",
    "quarantine_action",
    "staff_access",
    "staff_refusal",
)
# What only a migration changes.
FIXED: Sequence[str] = ("allowed_move", "allowed_notice_move", "schema_migration")
# What alone takes from the tables above: functions of the owner, in the migration that made them.
ERASING: Sequence[str] = ("erase_staff_log", "erase_timelines")
_MAINTAIN_SINCE = 17


async def make_roles(connection: Connection) -> list[str]:
    """Create the roles that are missing and give both their rights; the names that were created.

    Raises SetupError when the connected role may not create roles.
    """
    made = []
    for role in (APPLICATION, READER):
        if not await _exists(connection, role):
            try:
                await connection.execute(f"create role {role} nologin")
            except asyncpg.InsufficientPrivilegeError as error:
                raise SetupError(
                    f"The connected role may not create {role}; as a database administrator run "
                    f"`create role {role} nologin`, then `cakra db roles` again."
                ) from error
            made.append(role)
    await give_rights(connection)
    return made


async def give_rights(connection: Connection) -> None:
    """Give application and reader what they need of every table there is; without the roles nothing happens."""
    if await _exists(connection, READER):
        await connection.execute(
            f"grant usage on schema public to {READER}; grant select on all tables in schema public to {READER}"
        )
    if not await _exists(connection, APPLICATION):
        return
    maintain = connection.get_server_version().major >= _MAINTAIN_SINCE
    await connection.execute(
        f"grant usage on schema public to {APPLICATION};"
        f" grant select, insert, update, delete on all tables in schema public to {APPLICATION};"
        f" grant usage on all sequences in schema public to {APPLICATION}"
    )
    for table in await _present(connection, INSERT_ONLY):
        await connection.execute(f"revoke update, delete, truncate on {table} from {APPLICATION}")
    for function in await _functions(connection, ERASING):
        await connection.execute(f"grant execute on function {function} to {APPLICATION}")
    for table in await _present(connection, FIXED):
        await connection.execute(f"revoke insert, update, delete, truncate on {table} from {APPLICATION}")
    for table in await _present(connection, ["register_staging"]):
        await connection.execute(f"grant truncate on {table} to {APPLICATION}")
    if maintain:
        for table in await _present(connection, ["registration"]):
            await connection.execute(f"grant maintain on {table} to {APPLICATION}")


async def may_take(connection: Connection, role: str) -> bool:
    """Whether the connected role can `set role` to this one."""
    if not await _exists(connection, role):
        return False
    return bool(await connection.fetchval("select pg_has_role(current_user, $1, 'member')", role))


async def _exists(connection: Connection, role: str) -> bool:
    return bool(await connection.fetchval("select exists (select 1 from pg_roles where rolname = $1)", role))


async def _present(connection: Connection, tables: Sequence[str]) -> list[str]:
    rows = await connection.fetch(
        "select t from unnest($1::text[]) as t where to_regclass('public.' || t) is not null", list(tables)
    )
    return [row["t"] for row in rows]


async def _functions(connection: Connection, names: Sequence[str]) -> list[str]:
    rows = await connection.fetch(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace and proname = any($1::text[])",
        list(names),
    )
    return [row["proname"] for row in rows]
