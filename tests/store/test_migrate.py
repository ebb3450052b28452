"""Migrations as an operator meets them, on real databases."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from cakra.core.errors import SetupError, StoreError
from cakra.store.connect import connect
from cakra.store.upkeep.migrate import migrate, read_folder, status

FIRST = "create table place (id int primary key);\ninsert into place values (1);\n"
SECOND = "alter table place add column name text;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_place.sql").write_text(FIRST)
    (tmp_path / "0002_place_name.sql").write_text(SECOND)
    return tmp_path


async def column_names(url: str, table: str) -> list[str]:
    connection = await connect(url, name="test")
    try:
        rows = await connection.fetch(
            "select column_name from information_schema.columns where table_name = $1 order by ordinal_position", table
        )
        return [row["column_name"] for row in rows]
    finally:
        await connection.close()


async def test_an_empty_database_gets_all_migrations_once(empty_database_url, folder) -> None:
    assert [state.state for state in await status(empty_database_url, folder=folder)] == ["pending", "pending"]
    applied = await migrate(empty_database_url, folder=folder)
    assert [(one.number, one.name) for one in applied] == [(1, "place"), (2, "place_name")]
    assert await column_names(empty_database_url, "place") == ["id", "name"]
    assert await migrate(empty_database_url, folder=folder) == []
    states = await status(empty_database_url, folder=folder)
    assert [state.state for state in states] == ["applied", "applied"]
    assert all(state.applied_at is not None and state.applied_at.tzinfo for state in states)


async def test_callers_at_once_take_turns(empty_database_url, folder) -> None:
    told = await asyncio.gather(*(migrate(empty_database_url, folder=folder) for _ in range(5)))
    assert sorted(len(applied) for applied in told) == [0, 0, 0, 0, 2]


async def test_a_changed_migration_is_refused(empty_database_url, folder) -> None:
    await migrate(empty_database_url, folder=folder)
    (folder / "0001_place.sql").write_text(FIRST + "-- a thought afterwards\n")
    (folder / "0003_more.sql").write_text("create table more (id int);")
    with pytest.raises(SetupError, match="0001_place was changed after it was applied"):
        await migrate(empty_database_url, folder=folder)
    assert [one.state for one in await status(empty_database_url, folder=folder)] == ["changed", "applied", "pending"]
    assert await column_names(empty_database_url, "more") == []


async def test_line_ends_do_not_change_a_migration(empty_database_url, folder) -> None:
    await migrate(empty_database_url, folder=folder)
    (folder / "0001_place.sql").write_bytes(FIRST.replace("\n", "\r\n").encode())
    assert await migrate(empty_database_url, folder=folder) == []


async def test_a_database_newer_than_the_release_is_refused(empty_database_url, folder) -> None:
    await migrate(empty_database_url, folder=folder)
    (folder / "0002_place_name.sql").unlink()
    with pytest.raises(SetupError, match=r"newer than this release.*0002_place_name.*install the newer release"):
        await migrate(empty_database_url, folder=folder)
    assert [one.state for one in await status(empty_database_url, folder=folder)] == ["applied", "unknown"]


async def test_a_lost_migration_and_one_that_comes_late_are_refused(empty_database_url, folder) -> None:
    (folder / "0002_place_name.sql").rename(folder / "0003_place_name.sql")
    await migrate(empty_database_url, folder=folder)
    (folder / "0002_late.sql").write_text("create table late (id int);")
    with pytest.raises(SetupError, match="0002_late comes before others"):
        await migrate(empty_database_url, folder=folder)
    (folder / "0002_late.sql").unlink()
    (folder / "0001_place.sql").unlink()
    with pytest.raises(SetupError, match="0001_place, which this release lacks"):
        await migrate(empty_database_url, folder=folder)


async def test_a_failing_migration_leaves_nothing_behind_and_those_before_it_stay(empty_database_url, folder) -> None:
    (folder / "0003_half.sql").write_text("create table half (id int);\ninsert into nowhere values (1);\n")
    with pytest.raises(StoreError, match=r'0003_half failed and was undone: relation "nowhere".*\(line 2\)'):
        await migrate(empty_database_url, folder=folder)
    assert await column_names(empty_database_url, "half") == []
    assert [one.state for one in await status(empty_database_url, folder=folder)] == ["applied", "applied", "pending"]
    (folder / "0003_half.sql").write_text("create table half (id int);\n")
    assert [one.number for one in await migrate(empty_database_url, folder=folder)] == [3]


async def test_a_migration_does_not_wait_long_for_a_table_that_is_held(empty_database_url, folder) -> None:
    (folder / "0002_place_name.sql").unlink()
    await migrate(empty_database_url, folder=folder)
    (folder / "0002_place_name.sql").write_text(SECOND)
    holder = await asyncpg.connect(empty_database_url)
    try:
        async with holder.transaction():
            await holder.execute("lock table place")
            with pytest.raises(StoreError, match="0002_place_name waited 4s for a table"):
                await migrate(empty_database_url, folder=folder)
        assert [one.number for one in await migrate(empty_database_url, folder=folder)] == [2]
    finally:
        await holder.close()


async def test_a_migration_states_how_long_it_may_run(empty_database_url, folder) -> None:
    (folder / "0003_slow.sql").write_text("-- statement_timeout: 50ms\nselect pg_sleep(30);\n")
    with pytest.raises(StoreError, match="0003_slow ran longer than 50ms and was undone"):
        await migrate(empty_database_url, folder=folder)


async def test_a_migration_that_ends_its_own_transaction_is_refused(empty_database_url, folder) -> None:
    (folder / "0003_own.sql").write_text("create table own (id int);\ncommit;\n")
    with pytest.raises(StoreError, match="0003_own ends its own transaction"):
        await migrate(empty_database_url, folder=folder)
    assert (await status(empty_database_url, folder=folder))[-1].state == "pending"


@pytest.mark.parametrize(
    ("name", "complaint"), [("3_short.sql", "is no migration"), ("0002_again.sql", "Two migrations have number 0002")]
)
def test_wrong_names_are_told(folder, name, complaint) -> None:
    (folder / name).write_text("select 1;")
    with pytest.raises(SetupError, match=complaint):
        read_folder(folder)


def test_an_empty_folder_is_told(tmp_path) -> None:
    with pytest.raises(SetupError, match="no migrations"):
        read_folder(tmp_path)


async def test_the_product_s_own_migrations_are_all_applied_to_a_test_s_database(database_url) -> None:
    states = await status(database_url)
    assert [one.number for one in states] == list(range(1, len(states) + 1))
    assert {one.state for one in states} == {"applied"}
