"""What the database itself refuses, and the shape that lets a cell move to a database of its own."""

from datetime import UTC, datetime
from itertools import product

import asyncpg
import pytest

from cakra.core.delivery.ladder import NoticeMove
from cakra.core.states.journey import TABLE, State, allowed_moves, may_move
from cakra.core.states.moves import moves_of_table
from cakra.core.states.notice import NOTICE_TABLE, NoticeState
from cakra.kit.ids import new_id
from cakra.store.notices import move_notices

CASE_TABLES = {
    "case_file",
    "case_event",
    "screening",
    "derived_picture",
    "photo",
    "notice",
    "attempt",
    "receipt",
    "answer",
    "spending_entry",
    "camera_score_entry",
    "camera_agreement",
    "second_factor",
    "party",
    "one_time_code",
    "reference",
    "set_aside",
}
# Tables with a cell that are global all the same, with the reason.
GLOBAL_WITH_CELL = {
    "camera_event": "(camera, event id) is unique for ever, whatever cell the case is in",
    "legal_hold": "an officer's order about a case, which may outlive it",
    "deposit_code": "a code is unique in the whole country",
    "staff_access": "what an officer read, by officer",
}
AT = datetime(2026, 11, 2, 3, 4, tzinfo=UTC)
IMPOSSIBLE = [(origin, target) for origin in State for target in State if not may_move(origin, target)]


async def test_the_database_holds_the_state_table(pool) -> None:
    rows = await pool.fetch("select from_state, to_state from allowed_move")
    assert {(row["from_state"], row["to_state"]) for row in rows} == {(str(a), str(b)) for a, b in allowed_moves()}


async def insert_case(pool, state: State, previous: State | None = None) -> None:
    await pool.execute(
        "insert into case_file (cell, case_id, reference, jurisdiction, state, previous_state, state_since, offences,"
        " occurred_at, received_at, camera) values (1, 1, 'R', 'PMJ', $1, $2, $3, '{speeding}', $3, $3, 'CAM')",
        str(state),
        None if previous is None else str(previous),
        AT,
    )


@pytest.mark.parametrize(("origin", "target"), [(State.RECEIVED, State.PAID), (State.CLOSED, State.RECEIVED)])
async def test_the_database_refuses_a_forbidden_move_of_a_case(pool, origin, target) -> None:
    await insert_case(pool, origin)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="case_file"):
        await pool.execute("update case_file set previous_state = state, state = $1", str(target))
    assert await pool.fetchval("select state from case_file") == str(origin)


async def test_the_database_refuses_every_move_outside_the_table(pool) -> None:
    """One attempt a pair, on case and timeline alike."""
    async with pool.acquire() as connection:
        for origin, target in IMPOSSIBLE:
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await connection.execute(
                    "insert into case_event (cell, case_id, event_id, at, actor, told, from_state, to_state)"
                    " values (1, 1, 1, $1, 'machine', 'moved', $2, $3)",
                    AT,
                    str(origin),
                    str(target),
                )
    assert len(IMPOSSIBLE) + len(list(allowed_moves())) == len(TABLE) ** 2
    assert await pool.fetchval("select count(*) from case_event") == 0


async def test_the_database_takes_every_allowed_move(pool) -> None:
    async with pool.acquire() as connection:
        for number, (origin, target) in enumerate(allowed_moves()):
            await connection.execute(
                "insert into case_event (cell, case_id, event_id, at, actor, told, from_state, to_state)"
                " values (1, 1, $4, $1, 'machine', 'moved', $2, $3)",
                AT,
                str(origin),
                str(target),
                number,
            )
    assert await pool.fetchval("select count(*) from case_event") == len(list(allowed_moves()))


async def test_the_database_holds_the_moves_of_a_notice(pool) -> None:
    rows = await pool.fetch("select from_state, to_state from allowed_notice_move")
    held = {(row["from_state"], row["to_state"]) for row in rows}
    assert held == {(str(a), str(b)) for a, b in moves_of_table(NOTICE_TABLE)}


async def test_the_database_refuses_every_move_of_a_notice_outside_the_table_and_takes_the_others(pool) -> None:
    allowed = set(moves_of_table(NOTICE_TABLE))
    async with pool.acquire() as connection:
        for origin, target in product(NoticeState, repeat=2):
            number = await insert_notice(connection, origin)
            work = move_notices(connection, [((1, number), NoticeMove(target))])
            if (origin, target) in allowed:
                await work
            else:
                with pytest.raises(asyncpg.ForeignKeyViolationError, match="notice_move"):
                    await work
            state = await connection.fetchval("select state from notice where notice_id = $1", number)
            assert state == (target if (origin, target) in allowed else origin)


async def insert_notice(connection, state: NoticeState) -> int:
    number = new_id()
    await connection.execute(
        "insert into notice (cell, notice_id, case_id, party_id, purpose, language, template, content, shutter_at,"
        " state, created_at) values (1, $1, 1, 1, 'confirmation', 'id', '', '', $2, $3, $2)",
        number,
        AT,
        state.value,
    )
    return number


async def test_there_are_no_triggers(pool) -> None:
    rows = await pool.fetch("select tgrelid::regclass::text as at, tgname from pg_trigger where not tgisinternal")
    assert [dict(row) for row in rows] == []


async def tables_with_cell(pool) -> set[str]:
    rows = await pool.fetch(
        "select c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " where a.attname = 'cell' and not a.attisdropped and c.relkind in ('r', 'p')"
        " and c.relnamespace = 'public'::regnamespace and not c.relispartition"
    )
    return {row["relname"] for row in rows}


async def test_every_table_with_a_cell_is_a_case_table_or_has_a_reason_not_to_be(pool) -> None:
    assert await tables_with_cell(pool) == CASE_TABLES | GLOBAL_WITH_CELL.keys()


async def test_every_unique_key_of_a_case_table_begins_with_the_cell(pool) -> None:
    rows = await pool.fetch(
        "select i.indrelid::regclass::text as at, i.indexrelid::regclass::text as name, a.attname as first"
        " from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]"
        " where i.indisunique and i.indrelid::regclass::text = any($1)",
        sorted(CASE_TABLES),
    )
    assert {row["at"] for row in rows} == CASE_TABLES, "every case table has a key"
    assert [row["name"] for row in rows if row["first"] != "cell"] == []


async def test_case_tables_refer_to_nothing_but_the_allowed_moves(pool) -> None:
    rows = await pool.fetch(
        "select conrelid::regclass::text as at, confrelid::regclass::text as target from pg_constraint"
        " where contype = 'f' and (conrelid::regclass::text = any($1) or confrelid::regclass::text = any($1))",
        sorted(CASE_TABLES),
    )
    assert {(row["at"], row["target"]) for row in rows} == {
        ("case_file", "allowed_move"),
        ("case_event", "allowed_move"),
        ("notice", "allowed_notice_move"),
    }
