"""The application works on cases and changes neither the schema nor what accounts for acts; a reader reads."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from cakra.core.errors import SetupError
from cakra.store.connect import connect, create_pool
from cakra.store.db import Pool
from cakra.store.upkeep.roles import APPLICATION, FIXED, INSERT_ONLY, READER, make_roles
from case_rows import put_case


@pytest.fixture
async def application(database_url: str) -> AsyncIterator[Pool]:
    pool = await create_pool(database_url, min_size=1, max_size=2, name="cakra tests", role=APPLICATION)
    try:
        yield pool
    finally:
        await pool.close()


async def test_every_connection_takes_the_role_and_keeps_it(application) -> None:
    for _ in range(3):  # a connection given back is reset; the role stays
        assert await application.fetchval("select current_user") == APPLICATION


async def test_the_application_moves_cases(application) -> None:
    _, case_id = await put_case(application)
    assert await application.execute("update case_file set plate = 'B1ZZZ' where case_id = $1", case_id) == "UPDATE 1"
    await application.execute("truncate register_staging")


@pytest.mark.parametrize("table", INSERT_ONLY)
@pytest.mark.parametrize("act", ["update {0} set {1} = {1}", "delete from {0}", "truncate {0}"])
async def test_what_accounts_for_acts_is_only_added_to(application, table: str, act: str) -> None:
    column = await application.fetchval(
        "select column_name from information_schema.columns where table_name = $1 limit 1", table
    )
    assert await application.fetchval("select has_table_privilege($1, 'insert')", table)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await application.execute(act.format(table, column))


@pytest.mark.parametrize(
    "act",
    [
        "create table mine (id int)",
        "drop table case_file",
        "alter table case_file add column mine int",
        *(f"delete from {table}" for table in FIXED),
    ],
)
async def test_the_application_changes_neither_schema_nor_moves(application, act: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await application.execute(act)


async def test_a_reader_reads_and_writes_nothing(database_url) -> None:
    pool = await create_pool(database_url, min_size=1, max_size=1, name="cakra tests", role=READER)
    try:
        assert await pool.fetchval("select count(*) from case_file") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute("insert into case_event select * from case_event")
    finally:
        await pool.close()


async def test_making_the_roles_again_changes_nothing_and_one_without_the_right_is_told(database_url) -> None:
    connection = await connect(database_url, name="cakra tests")
    try:
        assert await make_roles(connection) == []
        await connection.execute(f"set role {READER}")
        with pytest.raises((SetupError, asyncpg.InsufficientPrivilegeError)):
            await make_roles(connection)
    finally:
        await connection.close()


async def test_a_role_that_the_database_lacks_is_not_taken(database_url) -> None:
    pool = await create_pool(database_url, min_size=1, max_size=1, name="cakra tests", role="cakra_nobody")
    try:
        assert await pool.fetchval("select current_user") == "cakra"
    finally:
        await pool.close()
