"""`cakra db migrate | status | shell`."""

import asyncio
import os
from typing import Annotated
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from cyclopts import App, Parameter

from cakra.kit.console import say, say_table
from cakra.kit.settings import load_settings
from cakra.store.connect import place_of
from cakra.store.embedded import binary
from cakra.store.migrate import migrate, status
from cakra.wiring.world import database_url

db = App(name="db", help="Migrate the database, see where it stands, open a shell on it.")


@db.command(name="migrate")
def migrate_database() -> None:
    """Apply pending migrations."""
    applied = asyncio.run(migrate(database_url(load_settings())))
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
