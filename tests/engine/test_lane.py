"""A lane with real cases on a real database: bad cases are set aside, outages are waited out."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import asyncpg
import pytest
from tests.case_rows import make_due, put_case, put_cases, stored

from cakra.core.states.case import Case
from cakra.core.states.journey import State
from cakra.core.states.outcome import Outcome, Step
from cakra.engine.alarm import Alarm
from cakra.engine.lane import Lane, LaneRunner
from cakra.kit.clock import now
from cakra.store.connect import create_pool

PATIENCE_S = 30.0


class Steps:
    """Two steps in a chain; cases named in `bad` make screening fail, whatever set they come in."""

    def __init__(self) -> None:
        self.bad: set[int] = set()
        self.sets: list[int] = []
        self.failed_at: list[datetime] = []

    async def screen(self, cases: Sequence[Case], _at: datetime) -> list[Outcome]:
        """received → validated."""
        self.sets.append(len(cases))
        if any(case.case_id in self.bad for case in cases):
            self.failed_at.append(now())
            raise ValueError("this photograph breaks the reader")
        return [Outcome(*case.key, State.VALIDATED, "evidence_accepted", step=Step.OWNERSHIP) for case in cases]

    async def own(self, cases: Sequence[Case], _at: datetime) -> list[Outcome]:
        """validated → unidentified."""
        return [Outcome(*case.key, State.UNIDENTIFIED, "owner_not_found") for case in cases]


@pytest.fixture
def steps() -> Steps:
    return Steps()


def lane_of(steps: Steps, batch: int = 500) -> Lane:
    runs = {Step.SCREENING: steps.screen, Step.OWNERSHIP: steps.own}
    return Lane("test", claims=(Step.SCREENING,), runs=runs, batch=batch, wakes=("dispatch",))


@pytest.fixture
def runner(pool, database_url, steps) -> LaneRunner:
    return LaneRunner(lane_of(steps), pool, Alarm(database_url, 0.05), worker="tester", cells=None)


async def told(pool, key: tuple[int, int]) -> list[str]:
    rows = await pool.fetch("select told from case_event where case_id = $1 order by event_id", key[1])
    return [row["told"] for row in rows]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110 - what is waited for rings no event here
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(runner: LaneRunner):
    stopping = asyncio.Event()
    task = asyncio.create_task(runner.run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await asyncio.wait_for(task, PATIENCE_S)


async def test_a_set_runs_its_whole_chain_in_one_claim(pool, runner, steps) -> None:
    keys = await put_cases(pool, 5)
    assert await runner.once() == 5
    assert steps.sets == [5]
    for key in keys:
        assert (await stored(pool, key)).state is State.UNIDENTIFIED
        assert await told(pool, key) == ["evidence_accepted", "owner_not_found"]
    assert await runner.once() == 0


async def test_one_bad_case_does_not_hold_up_the_others(pool, runner, steps) -> None:
    good, bad, other = await put_cases(pool, 3)
    steps.bad = {bad[1]}
    assert await runner.once() == 3
    assert (await stored(pool, good)).state is State.UNIDENTIFIED
    assert (await stored(pool, other)).state is State.UNIDENTIFIED
    waiting = await stored(pool, bad)
    assert (waiting.state, waiting.step) == (State.RECEIVED, Step.SCREENING)
    assert await told(pool, bad) == ["step_delayed"]
    due_at = await pool.fetchval("select due_at from case_file where case_id = $1", bad[1])
    assert due_at - steps.failed_at[-1] >= timedelta(seconds=2), "a pause from the failure on"


async def test_a_case_that_fails_again_and_again_ends_with_an_officer(pool, runner, steps) -> None:
    key = await put_case(pool)
    steps.bad = {key[1]}
    pauses = []
    for _ in range(12):
        if (await stored(pool, key)).state is not State.RECEIVED:
            break
        await make_due(pool)
        await runner.once()
        due_at = await pool.fetchval("select due_at from case_file where case_id = $1", key[1])
        pauses += [due_at - steps.failed_at[-1]] if due_at else []
    assert (await stored(pool, key)).state is State.REVIEW
    assert (await told(pool, key))[-1] == "step_failed"
    assert len(pauses) >= 3
    assert all(pause >= timedelta(seconds=2**tries) for tries, pause in enumerate(pauses, 1)), (
        "each at least twice as long"
    )


async def test_a_case_that_recovers_goes_on_and_its_tries_are_forgotten(pool, runner, steps) -> None:
    key = await put_case(pool)
    steps.bad = {key[1]}
    for _ in range(3):
        await make_due(pool)
        await runner.once()
    steps.bad = set()
    await make_due(pool)
    await runner.once()
    after = await stored(pool, key)
    assert (after.state, after.tries) == (State.UNIDENTIFIED, 0)


async def test_a_lane_that_runs_wakes_for_new_work_and_stops_when_told(pool, runner) -> None:
    async with running(runner):
        keys = await put_cases(pool, 3)

        async def all_moved() -> bool:
            return all([(await stored(pool, key)).state is State.UNIDENTIFIED for key in keys])

        await until(all_moved)


async def test_a_lost_database_is_waited_out(database_url, steps) -> None:
    """The server ends every connection of the worker, more than once; the lane goes on by itself."""
    watcher = await asyncpg.connect(database_url)
    pool = await create_pool(database_url, min_size=1, max_size=4, name="worker under test")
    runner = LaneRunner(lane_of(steps, batch=2), pool, Alarm(database_url, 0.05), worker="tester", cells=None)
    keys = []
    try:
        async with running(runner):
            for _ in range(4):
                keys += await put_cases(watcher, 5)
                await watcher.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'worker under test' and datname = current_database()"
                )
                await make_due(watcher)

            async def all_moved() -> bool:
                await make_due(watcher)  # leases of the cut connections are over at once
                return all([(await stored(watcher, key)).state is State.UNIDENTIFIED for key in keys])

            await until(all_moved)
        for key in keys:
            assert await told(watcher, key) == ["evidence_accepted", "owner_not_found"], "nothing is written twice"
    finally:
        pool.terminate()
        await watcher.close()


async def test_notifications_of_another_process_wake_the_alarm(pool, database_url) -> None:
    alarm = Alarm(database_url, sweep_s=PATIENCE_S * 10)
    alarm.start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            waiting = asyncio.create_task(alarm.wait("screening"))
            while not waiting.done():
                await pool.execute("select pg_notify('cakra_due', 'screening')")
                await asyncio.sleep(0.02)
    finally:
        await alarm.close()
