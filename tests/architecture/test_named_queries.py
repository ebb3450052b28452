"""Every named query is one statement that PostgreSQL accepts on the migrated schema."""

from pathlib import Path

import asyncpg
import pytest
from tests.architecture.source import PACKAGE, modules

from cakra.store.db import Connection
from cakra.store.sql import Queries, parse_queries


def query_files() -> list[Path]:
    """Every `.sql` file of a room."""
    return [path for path in sorted(PACKAGE.rglob("*.sql")) if path.parent.name != "migrations"]


def read(path: Path) -> Queries:
    return parse_queries(path.read_text("utf-8"), path.relative_to(PACKAGE).as_posix())


async def faults_in(connection: Connection, source: str, queries: Queries) -> list[str]:
    """What PostgreSQL says about each query that it does not accept."""
    faults = []
    for name, statement in queries.statements.items():
        try:
            await connection.prepare(statement)
        except asyncpg.PostgresError as refusal:
            faults.append(f"{source}: {name}: {refusal}")
    return faults


async def test_every_query_is_accepted_by_the_migrated_schema(pool) -> None:
    faults, count = [], 0
    async with pool.acquire() as connection:
        for path in query_files():
            queries = read(path)
            assert queries.statements, f"{path} has no named query"
            count += len(queries.statements)
            faults += await faults_in(connection, path.relative_to(PACKAGE).as_posix(), queries)
    assert not faults, "\n".join(faults)
    assert count > 80


async def test_a_query_that_the_schema_does_not_know_is_named(pool) -> None:
    text = "-- name: good\nselect state from case_file\n\n-- name: stale\nselect colour from case_file\n"
    async with pool.acquire() as connection:
        [fault] = await faults_in(connection, "room/queries.sql", parse_queries(text, "room/queries.sql"))
    assert fault.startswith("room/queries.sql: stale: column")


@pytest.mark.parametrize("path", query_files(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_query_is_used_and_nothing_stands_before_the_first(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not [line for line in text[: text.index("-- name:")].splitlines() if line and not line.startswith("--")]
    code = "\n".join(one.text for one in modules())
    unused = [name for name in read(path).statements if f".{name}" not in code]
    assert not unused, f"queries that nobody calls: {unused}"
