"""No statement reads a table that grows from end to end: each is explained on a few thousand stored cases."""

from datetime import UTC, datetime

import asyncpg
import pytest
from tests.architecture.test_named_queries import query_files, read

from cakra.bench.growth.plans import Watched, can_explain, explain_generic, read_whole, watch
from cakra.bench.measuring.ground import add_directory
from cakra.bench.stored.making import add_rows
from cakra.store.upkeep.growing import BOUNDED, GROWING

CASES = 3000
MADE = datetime(2026, 11, 1, tzinfo=UTC)
FILL = """
insert into registration (plate, valid_from, vehicle_kind, plate_colour, chassis_last5, owner_key, owner, phone,
    fingerprint, source)
select 'B' || n || 'ZZZ', now(), 'car', 'white', '', md5(n::text)::bytea, '', md5(n::text)::bytea, '', ''
from generate_series(1, {0}) as n;
insert into inbound (inbound_id, channel, message_key, sender, person, content, at, received_at, expires_at)
select n, 'whatsapp', md5(n::text)::bytea, '', '', '', now(), now(), now() + interval '1 day' * n
from generate_series(1, {0}) as n;
insert into reply (reply_id, inbound_id, channel, sender, person, kind, content, window_until, created_at, expires_at)
select n, n, 'whatsapp', '', md5(n::text)::bytea, '', '', now(), now(), now() + interval '1 day' * n
from generate_series(1, {0}) as n;
insert into quarantine (quarantine_id, received_at, expires_at, door, authentic, code, reason, raw_sha256, raw_bytes,
    settled_at, settled_as)
select n, now(), now() + interval '1 day' * n, '', true, '', '', '', 0, case when n > 60 then now() end,
    case when n > 60 then 'dropped' end
from generate_series(1, {0}) as n;
insert into callback (callback_id, provider, received_at, expires_at, raw)
select n, '', now(), now() + interval '1 day' * n, '' from generate_series(1, {0}) as n;
insert into camera_agreement (cell, case_id, camera, at, agreed, counted)
select 0, n, 'BENCH-1', timestamptz '2026-11-01 00:00+00' - interval '1 minute' * ({0} - n), true, true
from generate_series(1, {0}) as n;
insert into officer (username, name, rank, certified, password_hash) values ('plans', 'a', '', false, '');
insert into quarantine_action (action_id, quarantine_id, at, officer, action, outcome)
select n, n, now(), 'plans', 'show', 'shown' from generate_series(1, {0}) as n;
insert into second_factor (cell, case_id, party_id, wrong, last_at)
select 0, n, n, 1, timestamptz '2026-11-01 00:00+00' from generate_series(1, {0}) as n;
insert into one_time_code (cell, code_id, case_id, party_id, for_what, channel, language, jurisdiction, hash, asked_at,
    expires_at, provider_id, step, due_at, content)
select 0, n, n, n, 'answer', 'sms', 'id', '', '', now(), now() + interval '1 minute' * n, n::text,
    case when n < 60 then 'send' end, case when n < 60 then now() end, case when n < 60 then ''::bytea end
from generate_series(1, {0}) as n;
insert into staff_refusal (refusal_id, at, what, caller, asked)
select n, now(), 'sign_in', '', '' from generate_series(1, {0}) as n;
insert into erasure (erasure_id, class, at, cutoff, ended_at)
select n, 'class ' || n % 10, timestamptz '2026-11-01 00:00+00' + interval '1 minute' * n, now(), now()
from generate_series(1, {0}) as n;
insert into leaving_picture (sha256, listed_at, begun_at, gone_at)
select sha256(n::text::bytea), now(), now(), case when n > 60 then now() + interval '1 second' * n end
from generate_series(1, {0}) as n;
analyze
"""
# Statements that read a growing table on purpose, and why that is right.
WHOLE = {
    "ownership.count_registered": "asked by demonstration and benchmark only, before they begin",
    "ownership.registered_shares": "asked by the first import after an upgrade only",
    "stored.draw_sample": "asked by benchmarks only, before they begin",
}
# Block ranges pay once a table has thousands of pages; here they are only shown to serve the statement.
ALONG_BLOCK_RANGES = {
    "control.left_lately",
    "watching.agreement_lately",
    "inbound.find_quoted",
    "retention.erase_agreements",
}


@pytest.fixture
async def stored(pool):
    """A database with stored cases and rows in every growing table, analysed."""
    await add_directory(pool)
    await add_rows(pool, CASES, MADE, lambda _done, _all: None)
    await pool.execute(FILL.format(CASES))
    return pool


async def whole_reads(connection: asyncpg.Connection, watched: Watched) -> dict[str, set[str]]:
    """Statement → the tables it reads whole."""
    found = {}
    for path in query_files():
        for name, statement in read(path).statements.items():
            if not can_explain(statement):
                continue
            plan = await explain_generic(connection, statement)
            if whole := set(read_whole(plan, watched)):
                found[f"{path.parent.name}.{name}"] = whole
    return found


async def test_every_table_grows_or_is_bounded_for_a_reason(pool) -> None:
    rows = await pool.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
    )
    assert {row["relname"] for row in rows} == GROWING | BOUNDED.keys()
    assert not GROWING & BOUNDED.keys()


async def test_no_statement_reads_a_growing_table_whole(stored) -> None:
    """As the planner chooses with fresh statistics; and with scans forbidden, where only a missing index leaves one."""
    async with stored.acquire() as connection, connection.transaction():
        watched = await watch(connection, CASES // 6)
        chosen = await whole_reads(connection, watched)
        await connection.execute("set local enable_seqscan = off")
        forced = await whole_reads(connection, watched)
    assert watched.tables == GROWING
    chosen = {name: tables for name, tables in chosen.items() if name not in ALONG_BLOCK_RANGES}
    assert chosen.keys() == WHOLE.keys(), f"statements that read a table whole: {chosen}"
    assert forced.keys() == WHOLE.keys(), f"statements that no index serves: {forced}"


async def test_a_statement_that_reads_a_table_whole_is_noticed(stored) -> None:
    expected = {
        "select count(*) from notice": ["notice"],
        "-- why\nselect 1 from case_file where camera = $1": ["case_file"],
        "select 1 from case_file where camera = $1 limit 1": ["case_file"],
        "select case_id from case_file limit $1": [],
        "select 1 from case_file where cell = $1 and case_id = $2": [],
        "select 1 from callback order by callback_id limit $1": [],
        "select 1 from callback order by received_at limit $1": ["callback"],
        "select 1 from pause where key = $1": [],
    }
    async with stored.acquire() as connection:
        watched = await watch(connection, CASES // 6)
        plans = {statement: await explain_generic(connection, statement) for statement in expected}
    assert {statement: list(read_whole(plan, watched)) for statement, plan in plans.items()} == expected
    assert all(can_explain(statement) for statement in expected)
    assert not can_explain("-- one at a time\nlock table camera in share mode")
