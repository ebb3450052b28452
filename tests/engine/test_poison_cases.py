"""One poisoned case in a lane's set: the others arrive, and the poisoned one ends where a person sees it."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from tests.case_rows import make_due, put_case, put_cases, stored

from cakra.core.errors import StoreAway
from cakra.core.states.case import Case
from cakra.core.states.journey import State
from cakra.core.states.outcome import Outcome, Step
from cakra.engine.alarm import Alarm
from cakra.engine.lane import Lane, LaneRunner
from cakra.store.faults.aside import list_aside
from cakra.store.faults.releasing import release_aside

LONG = "".join(chr(0x4E00 + (i * 7919) % 20_000) for i in range(8000))


class Poison:
    """A step that is well for every case but one."""

    def __init__(self, kind: str, to: State = State.VALIDATED) -> None:
        self.kind, self.to = kind, to
        self.bad = 0
        self.looks = 0

    async def run(self, cases: Sequence[Case], _at: datetime) -> list[Outcome]:
        self.looks += 1
        outcomes = [Outcome(*case.key, self.to, "evidence_accepted") for case in cases]
        for place, case in enumerate(cases):
            if case.case_id == self.bad:
                outcomes[place:] = self.poisoned(case, outcomes[place:])
        return outcomes

    def poisoned(self, case: Case, following: list[Outcome]) -> list[Outcome]:
        if self.kind in RAISED:
            raise RAISED[self.kind]
        if self.kind == "forgets":
            return following[1:]
        if self.kind == "refused_row":
            return following
        move = State.PAID if self.kind == "forbidden" else self.to
        details = {"why": "a\x00b"} if self.kind == "nul_in_details" else {}
        return [Outcome(*case.key, move, "x", details, facts=FACTS.get(self.kind, {})), *following[1:]]


RAISED = {
    "raises": ValueError("this photograph breaks the reader"),
    "overflows": OverflowError("date value out of range"),
    "times_out": TimeoutError(),
}
FACTS = {
    "nul": {"plate": "B1\x00XYZ"},
    "half_a_pair": {"plate": "B\ud800"},
    "too_long_for_an_index": {"plate": LONG},
    "no_date": {"confirm_by": "31/02/2026"},
    "unknown_fact": {"colour": "red"},
    "no_text": {"vehicle_kind": 7},
}
KINDS = (*RAISED, *FACTS, "forgets", "forbidden", "nul_in_details", "refused_row")


def lane_with(pool, database_url, poison: Poison, step: Step = Step.SCREENING) -> LaneRunner:
    lane = Lane("poisoned", claims=(step,), runs={step: poison.run}, batch=500, wakes=("dispatch",))
    return LaneRunner(lane, pool, Alarm(database_url, 0.05), worker="tester", cells=None)


async def refuse_row(pool, case_id: int) -> None:
    """The database refuses that this case ever leaves its state."""
    await pool.execute(
        f"alter table case_file add constraint stubborn check (case_id <> {case_id} or state <> 'validated') not valid"
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_the_others_of_the_set_arrive_and_the_poisoned_one_ends_with_an_officer(pool, database_url, kind):
    poison = Poison(kind)
    runner = lane_with(pool, database_url, poison)
    keys = await put_cases(pool, 9)
    bad = keys.pop(4)
    poison.bad = bad[1]
    if kind == "refused_row":
        await refuse_row(pool, bad[1])
    assert await runner.once() == 9
    assert {(await stored(pool, key)).state for key in keys} == {State.VALIDATED}, "in the same round"
    for _ in range(10):
        if (await stored(pool, bad)).state is State.REVIEW:
            break
        await make_due(pool, [bad])
        await runner.once()
    assert (await stored(pool, bad)).state is State.REVIEW
    rows = await pool.fetch("select told from case_event where case_id = $1 order by event_id", bad[1])
    assert rows[-1]["told"] == "step_failed"


async def test_a_case_that_may_not_go_to_review_is_set_aside_seen_and_released(pool, database_url):
    poison = Poison("raises", State.LAPSED)
    runner = lane_with(pool, database_url, poison, Step.DEADLINE)
    key = await put_case(pool, state=State.NOTIFIED, step=Step.DEADLINE)
    poison.bad = key[1]
    for _ in range(7):
        await make_due(pool, [key])
        await runner.once()
    (one,) = await list_aside(pool)
    assert (one.case_id, one.step, one.problem, one.state) == (key[1], "deadline", "ValueError", "notified")
    due_in = await pool.fetchval("select extract(epoch from due_at - now()) from case_file where case_id = $1", key[1])
    assert 60 < due_in <= 3600, "it is still tried by itself"
    poison.bad = 0
    async with pool.acquire() as connection, connection.transaction():
        assert await release_aside(connection, one)
    assert await runner.once() == 1
    assert (await stored(pool, key)).state is State.LAPSED
    assert await list_aside(pool) == []


async def test_what_moved_on_by_itself_is_set_aside_no_more(pool, database_url):
    poison = Poison("raises", State.LAPSED)
    runner = lane_with(pool, database_url, poison, Step.DEADLINE)
    key = await put_case(pool, state=State.NOTIFIED, step=Step.DEADLINE)
    poison.bad = key[1]
    await pool.execute("update case_file set tries = 30 where case_id = $1", key[1])
    await runner.once()
    assert len(await list_aside(pool)) == 1
    poison.bad = 0
    await make_due(pool, [key])
    await runner.once()
    assert (await stored(pool, key)).state is State.LAPSED
    assert await list_aside(pool) == []


@pytest.mark.parametrize("tries", [1023, 1024, 5000, 32766, 32767])
async def test_however_often_a_case_was_tried_it_is_tried_again(pool, database_url, tries):
    poison = Poison("raises", State.LAPSED)
    runner = lane_with(pool, database_url, poison, Step.DEADLINE)
    key = await put_case(pool, state=State.NOTIFIED, step=Step.DEADLINE)
    other = await put_case(pool, state=State.NOTIFIED, step=Step.DEADLINE)
    poison.bad = key[1]
    await pool.execute("update case_file set tries = $2 where case_id = $1", key[1], tries)
    assert await runner.once() == 2
    assert (await stored(pool, other)).state is State.LAPSED
    due_in = await pool.fetchval("select extract(epoch from due_at - now()) from case_file where case_id = $1", key[1])
    assert 0 < due_in <= 3600


async def test_a_row_that_refuses_even_to_be_put_off_stops_nobody_and_is_seen(pool, database_url):
    """Its lease ends by itself; meanwhile it stands among what was set aside."""
    poison = Poison("sound")
    runner = lane_with(pool, database_url, poison)
    bad, *others = await put_cases(pool, 5)
    await pool.execute(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'never'; end $$;"
        f"create trigger refuse before insert on case_event for each row when (new.case_id = {bad[1]})"
        " execute function refuse()"
    )
    assert await runner.once() == 5
    assert {(await stored(pool, key)).state for key in others} == {State.VALIDATED}
    assert [one.case_id for one in await list_aside(pool)] == [bad[1]]


async def test_a_store_that_is_away_costs_no_case_a_try_and_blames_none(pool, database_url):
    poison = Poison("sound")
    keys = await put_cases(pool, 5)

    async def away(_cases, _at):
        raise StoreAway("The store of photographs does not answer.")

    lane = Lane("away", claims=(Step.SCREENING,), runs={Step.SCREENING: away}, batch=500, wakes=())
    runner = LaneRunner(lane, pool, Alarm(database_url, 0.05), worker="tester", cells=None)
    for _ in range(8):
        await make_due(pool)
        with pytest.raises(StoreAway):
            await runner.once()
    for key in keys:
        case = await stored(pool, key)
        assert (case.state, case.step, case.tries) == (State.RECEIVED, Step.SCREENING, 0)
    await make_due(pool)
    assert await lane_with(pool, database_url, poison).once() == 5
    assert {(await stored(pool, key)).state for key in keys} == {State.VALIDATED}
