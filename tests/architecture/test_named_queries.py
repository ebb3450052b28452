"""Every named query is one statement that PostgreSQL accepts on the migrated schema."""

import re
from pathlib import Path

import asyncpg
import pytest
from tests.architecture.source import PACKAGE, ROOT, modules
from tests.case_rows import claim_all, put_case, stored

from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from cakra.kit.ids import new_id
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


def runbook_statements() -> list[tuple[str, str]]:
    """Every SQL statement that a runbook tells an operator to type."""
    found = []
    for page in sorted((ROOT / "docs" / "runbook").glob("*.md")):
        for block in re.findall(r"```sql\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            found += [(page.name, one.strip()) for one in block.split(";") if one.strip()]
    return found


async def test_what_a_runbook_tells_to_type_does_run(pool) -> None:
    statements = runbook_statements()
    assert len(statements) > 5
    async with pool.acquire() as connection:
        for page, statement in statements:
            try:
                await connection.execute(statement)
            except asyncpg.PostgresError as refusal:
                pytest.fail(f"{page}: {refusal}: {statement}")


async def test_after_a_restore_nothing_that_may_have_been_sent_is_sent_again(pool) -> None:
    """The runbook's statements, on cases that stood before, in and after the machine's hands."""
    received = await put_case(pool)
    notified = await put_case(pool, state=State.NOTIFIED, step=Step.DEADLINE)
    for page, statement in runbook_statements():
        if page == "restore.md":
            await pool.execute(statement)
    assert (await stored(pool, received)).state is State.REVIEW
    assert (await stored(pool, notified)).state is State.NOTIFIED
    [case] = await claim_all(pool)
    assert case.key == notified
    event = await pool.fetchrow("select * from case_event")
    assert (event["case_id"], event["from_state"], event["to_state"]) == (received[1], "received", "review")
    assert 0 < event["event_id"] <= new_id()
