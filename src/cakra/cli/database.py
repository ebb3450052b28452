"""`cakra db migrate | status | shell`."""

import asyncio
import os

from cyclopts import App

from cakra.kit.console import out, table
from cakra.kit.settings import load_settings
from cakra.store.embedded import binary
from cakra.store.migrate import migrate, status
from cakra.wiring.world import database_url

db = App(name="db", help="The database: migrate it, see where it stands, open a shell.")


def add_commands(app: App) -> None:
    """Register the group."""
    app.command(db)


@db.command(name="migrate")
def migrate_database() -> None:
    """Apply pending migrations."""
    applied = asyncio.run(migrate(database_url(load_settings())))
    for one in applied:
        out.print(f"{one.number:04d} {one.name} applied in {one.seconds:.2f} s")
    if not applied:
        out.print("Nothing to apply.")


@db.command(name="status")
def show_status() -> None:
    """Every migration and whether it is applied."""
    states = asyncio.run(status(database_url(load_settings())))
    rows = [[f"{one.number:04d}", one.name, one.state, str(one.applied_at or "")] for one in states]
    out.print(table("Migrations", ["number", "name", "state", "applied"], rows))


@db.command
def shell() -> None:
    """Open psql on the database."""
    program = str(binary("psql"))
    os.execv(program, [program, database_url(load_settings())])
