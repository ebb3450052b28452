"""Stored cases of benchmarks: the same rows every time, references that read, pages that open."""

from datetime import UTC, datetime, timedelta

import pytest

from cakra.bench.growth.measuring import LEVELS, growth_table
from cakra.bench.measuring.ground import add_directory
from cakra.bench.stored.making import KEPT_FOR_GOOD, add_rows, ground_key
from cakra.bench.stored.mix import MIX, SPAN, Kind, check_mix
from cakra.bench.stored.sample import CHASSIS, draw_sample, seal_sample
from cakra.core.errors import ForbiddenMove
from cakra.core.policy.retention import RetentionClass, parse_retention
from cakra.core.states.journey import State
from cakra.kit.ids import read_reference
from cakra.wiring.world import World
from portal_kit import ROOT_KEY, Browser, portal_app, portal_deps, serve

MADE = datetime(2026, 11, 1, tzinfo=UTC)
ROWS = 400


async def store(pool) -> None:
    await add_directory(pool)
    await add_rows(pool, ROWS, MADE, lambda _done, _all: None)


def test_no_stored_case_is_past_its_time_while_others_are_measured() -> None:
    spans = [rule.span.after(MADE - SPAN) for rule in parse_retention(KEPT_FOR_GOOD).rules.values()]
    assert len(spans) == len(RetentionClass)
    assert min(spans) > MADE + timedelta(days=365)


async def test_stored_cases_are_the_same_every_time_and_hang_together(pool) -> None:
    await store(pool)
    first = await pool.fetch("select cell, case_id, reference, state, plate from case_file order by case_id")
    await pool.execute(
        "truncate case_file, case_event, camera_event, photo, screening, derived_picture, notice, attempt, receipt,"
        " answer, deposit_code, staff_access, callback, camera_agreement, party, reference"
    )
    await store(pool)
    assert first == await pool.fetch("select cell, case_id, reference, state, plate from case_file order by case_id")
    assert len(first) == ROWS
    assert all(read_reference(row["reference"])[0] == row["cell"] for row in first)
    told = await pool.fetchval("select count(distinct (cell, case_id)) from case_event")
    seen = await pool.fetchval("select count(*) from camera_event e join case_file c using (cell, case_id)")
    assert told == seen == ROWS
    last = "select count(*) from case_file c where state <> 'received' and not exists (select from case_event e"
    last += " where e.cell = c.cell and e.case_id = c.case_id and e.to_state = c.state)"
    assert await pool.fetchval(last) == 0, "each came to its state by a move"
    assert await pool.fetchval("select count(*) from notice n join attempt a using (cell, notice_id)") > ROWS // 2
    assert await pool.fetchval("select count(*) from case_file where due_at < now() + interval '1 year'") == 0


async def test_owners_open_a_sampled_case_on_the_portal(pool, tmp_path) -> None:
    await store(pool)
    deps = portal_deps(pool, tmp_path)
    world = World(deps.settings, "", pool, ROOT_KEY, deps.law, deps.photos)
    await seal_sample(world)
    [case, *_] = await draw_sample(pool, [State.CLOSED])
    async with serve(portal_app(deps)) as base, Browser(base) as owner:
        await owner.check(case)
        page = await owner.post("/kasus/stnk", rangka=CHASSIS[-5:])
    assert page.path == "/kasus/status"
    assert page.status == 200


def test_a_mix_that_is_none_is_refused() -> None:
    check_mix()
    assert {kind.state for kind in MIX} == set(State)
    with pytest.raises(ValueError, match="add up"):
        check_mix(MIX[1:])
    with pytest.raises(ForbiddenMove):
        check_mix([Kind(kind.state, kind.old, kind.recent, (State.PAID,)) for kind in MIX])


def test_another_size_is_another_ground() -> None:
    assert ground_key(10, 10) == ground_key(10, 10)
    assert len({ground_key(10, 10), ground_key(11, 10), ground_key(10, 11)}) == 3


def test_the_table_shows_the_levels_that_were_measured() -> None:
    cpu = {"postgresql": 0.7, "worker": 1.1}
    told = {"cases_per_s": 500.0, "cpu_ms_per_case": cpu, "portal_p99_ms": 9.0, "console_p99_ms": 20.0}
    stored = dict.fromkeys(LEVELS) | {"1e5": told | {"sequential_scans": ["a: b (notice)"]}}
    assert growth_table({"stored": stored}) == [["1e5", "500.0", "0.7", "1.1", "9.0", "20.0", "a: b (notice)"]]
