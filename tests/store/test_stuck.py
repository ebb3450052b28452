"""What the machine should have moved on long ago is told, whatever else is stored, and at the cost of what waits."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.case_rows import put_case

from cakra.core.errors import SetupError
from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from cakra.store.faults.stuck import SQL, find_stuck
from cakra.wiring.keeping.stuck import stuck_told

MINUTE = timedelta(minutes=1)


async def stuck(pool):
    async with pool.acquire() as connection:
        found = await find_stuck(connection, datetime.now(UTC), cases=MINUTE, notices=10 * MINUTE)
    return [(one.kind, one.step, one.count) for one in found]


async def test_cases_in_a_machines_state_are_told_and_all_others_are_not(pool):
    for state, step, due in (
        (State.REVIEW, None, MINUTE),
        (State.NOTIFIED, Step.DEADLINE, 24 * 60 * MINUTE),
        (State.REJECTED, None, MINUTE),
    ):
        await put_case(pool, state=state, step=step, due_in=due)
    young = await put_case(pool)
    await pool.execute("update case_file set state_since = now() where case_id = $1", young[1])
    assert await stuck(pool) == []
    await put_case(pool, due_in=-MINUTE)  # no worker takes it
    await put_case(pool, due_in=60 * MINUTE)  # it fails again and again, and rests
    await put_case(pool, state=State.IDENTIFIED, step=Step.NOTICE)
    await put_case(pool, state=State.VALIDATED, step=None)  # nobody would ever take it
    assert sorted(await stuck(pool), key=str) == [
        ("cases", "notice", 1),
        ("cases", "screening", 2),
        ("cases", None, 1),
    ]
    async with pool.acquire() as connection:
        with pytest.raises(SetupError, match="2 cases on the step screening, the oldest since 2026-11-02 01:00 UTC"):
            await stuck_told(None, connection, "")


async def test_what_is_finished_costs_the_question_nothing(pool):
    await pool.execute(
        """insert into case_file (cell, case_id, reference, jurisdiction, state, state_since, offences, occurred_at,
               received_at, camera)
           select 1, n, 'R' || n, 'PMJ', 'closed', now() - interval '1 year', '{X}', now(), now(), 'CAM-1'
           from generate_series(1, 20000) n"""
    )
    await pool.execute("analyze case_file")
    at = datetime.now(UTC)
    for query, index in ((SQL.waiting_cases, "case_due"), (SQL.lost_cases, "case_lost")):
        plan = "\n".join(row[0] for row in await pool.fetch(f"explain {query}", at, 10_000))
        assert index in plan, plan
        assert "Seq Scan" not in plan, plan
