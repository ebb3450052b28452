"""`cakra db migrate | status | roles | stop | shell`."""

import asyncio
import os
from typing import Annotated
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from cyclopts import App, Parameter

from cakra.core.errors import SetupError
from cakra.kit.console import say, say_table
from cakra.kit.settings import load_settings
from cakra.store.connect import connect, place_of
from cakra.store.embedded import binary, find_running, stop
from cakra.store.upkeep.migrate import migrate, status
from cakra.store.upkeep.roles import APPLICATION, make_roles
from cakra.wiring.world import database_url, owner_url

db = App(name="db", help="Migrate the database, see where it stands, make its roles, stop it, open a shell on it.")


@db.command(name="migrate")
def migrate_database() -> None:
    """Apply pending migrations."""
    applied = asyncio.run(migrate(owner_url(load_settings())))
    for one in applied:
        say(f"{one.number:04d} {one.name} applied in {one.seconds:.2f} s")
    if not applied:
        say("Nothing to apply.")


@db.command(name="status")
def show_status() -> None:
    """List every migration and whether it is applied."""
    states = asyncio.run(status(database_url(load_settings())))
    rows = [[f"{one.number:04d}", one.name, one.state, str(one.applied_at or "")] for one in states]
    say_table("Migrations", ["number", "name", "state", "applied"], rows)


@db.command(name="roles")
def make_database_roles() -> None:
    """Make the roles for web and worker and for readers, and give them their rights; again is harmless.

    Web and worker take the application's role where the role they sign in with is a member of it: it cannot change the
    schema, and only adds to the tables that account for what people did.
    """
    made = asyncio.run(_make_roles(owner_url(load_settings())))
    say(
        f"Created: {', '.join(made)}."
        if made
        else "Both roles were there; their rights are as this release wants them."
    )
    say(f"Sign in as a member:  create role NAME login password '…' in role {APPLICATION};")


async def _make_roles(url: str) -> list[str]:
    connection = await connect(url, name="cakra db roles")
    try:
        return await make_roles(connection)
    finally:
        await connection.close()


@db.command(name="stop")
def stop_database() -> None:
    """Stop the embedded server; what is stored stays. `cakra up` and others start it again."""
    told = load_settings().database
    if told.url:
        raise SetupError("The database is configured by its address, so it is not ours to stop; stop it where it runs.")
    folder = told.folder.resolve()
    if find_running(folder) is None:
        say(f"No database runs in {folder}.")
        return
    stop(folder)
    say(f"The database in {folder} is stopped.")


@db.command
def shell(
    *arguments: Annotated[
        str, Parameter(allow_leading_hyphen=True, help="What psql is told besides the address, such as -c 'select 1'.")
    ],
) -> None:
    """Open psql on the database; the password never stands on its command line."""
    address, password = _without_password(database_url(load_settings()))
    if password is not None:
        os.environ["PGPASSWORD"] = password
    program = str(binary("psql"))
    os.execv(program, [program, "--dbname", address, *arguments])


def _without_password(url: str) -> tuple[str, str | None]:
    """The address as psql may be told it in public, and the password."""
    place_of(url)  # raises a sentence when this is no address
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    told = dict(query).get("password", unquote(parts.password) if parts.password else None)
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{host}" if user else host
    # libpq reads a plus sign as itself, so a space must be %20.
    kept = urlencode([(name, value) for name, value in query if name != "password"], safe="/", quote_via=quote)
    return parts._replace(netloc=netloc, query=kept).geturl(), told
