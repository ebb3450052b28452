"""The only writer of a case: leases, the version fence, and one transaction for everything that belongs together."""

import asyncio
import json
from datetime import timedelta

import asyncpg
import pytest
from tests.case_rows import CELL, claim_all, make_due, put_case, put_cases, stored

from cakra.core.errors import ForbiddenMove
from cakra.core.states.case import Case, Record
from cakra.core.states.journey import State
from cakra.core.states.outcome import Outcome, Step
from cakra.kit.clock import now
from cakra.store.cases import FACTS, claim, find_case, follow, move_one, write_back


async def write(pool, case: Case, *chain: Outcome) -> bool:
    async with pool.acquire() as connection, connection.transaction():
        return await move_one(connection, case, chain, now())


async def events_of(pool, case: Case) -> list[asyncpg.Record]:
    return await pool.fetch("select * from case_event where cell = $1 and case_id = $2 order by event_id", *case.key)


def accepted(case: Case, **facts: object) -> Outcome:
    return Outcome(*case.key, State.VALIDATED, "evidence_accepted", {"policy": "auto"}, facts, step=Step.OWNERSHIP)


def screening_record(case: Case) -> Record:
    values = {
        "screening_id": 1,
        "at": now(),
        "verdict": "accept",
        "policy": "auto",
        "findings": "[]",
        "readings": "[]",
        "model_hash": "x",
    }
    return Record("screening", *case.key, values)


# ---------------------------------------------------------------- claiming
async def test_a_claim_takes_what_is_due_oldest_first_and_leases_it(pool) -> None:
    late = await put_case(pool, due_in=timedelta(minutes=-1))
    early = await put_case(pool, due_in=timedelta(minutes=-9))
    await put_case(pool, due_in=timedelta(hours=1))
    await put_case(pool, state=State.REVIEW, step=None)
    [first] = await claim_all(pool, limit=1, by="one")
    assert first.key == early
    assert (first.version, first.tries) == (1, 1)
    assert [case.key for case in await claim_all(pool, by="two")] == [late]
    assert await claim_all(pool) == []
    row = await pool.fetchrow("select leased_by, due_at > now() as leased from case_file where case_id = $1", early[1])
    assert (row["leased_by"], row["leased"]) == ("one", True)


async def test_a_claim_takes_only_its_steps_and_cells(pool) -> None:
    here = await put_case(pool, cell=4)
    await put_case(pool, cell=5)
    await put_case(pool, cell=4, state=State.IDENTIFIED, step=Step.NOTICE)
    claimed = await claim(pool, [4], [Step.SCREENING], limit=500, lease_s=30, by="one")
    assert [case.key for case in claimed] == [here]
    assert await claim(pool, [], [Step.SCREENING], limit=500, lease_s=30, by="one") == []


async def test_claimers_at_once_never_share_a_case(pool) -> None:
    keys = await put_cases(pool, 120)

    async def take(name: str) -> list[Case]:
        mine: list[Case] = []
        while batch := await claim_all(pool, limit=7, by=name):
            mine += batch
        return mine

    taken = await asyncio.gather(*(take(f"worker-{number}") for number in range(6)))
    got = [case.key for mine in taken for case in mine]
    assert sorted(got) == sorted(keys)
    assert len(set(got)) == len(got)


async def test_a_claim_does_not_wait_for_a_row_that_somebody_holds(pool) -> None:
    held, free = await put_cases(pool, 2)
    async with pool.acquire() as connection, connection.transaction():
        assert await find_case(connection, held[0], held[1], lock=True) is not None
        async with asyncio.timeout(10):
            assert [case.key for case in await claim_all(pool)] == [free]


async def test_an_expired_lease_makes_the_case_due_again_and_counts_the_try(pool) -> None:
    key = await put_case(pool)
    [first] = await claim_all(pool, lease_s=0.0, by="gone")
    [again] = await claim_all(pool, by="next")
    assert (first.key, again.key) == (key, key)
    assert (again.version, again.tries) == (2, 2)


# ---------------------------------------------------------------- writing back
async def test_a_chain_is_written_whole_row_events_and_records(pool) -> None:
    await put_case(pool)
    [case] = await claim_all(pool)
    chain = (
        Outcome(
            *case.key,
            State.VALIDATED,
            "evidence_accepted",
            facts={"vehicle_kind": "car"},
            step=Step.OWNERSHIP,
            records=(screening_record(case),),
        ),
        Outcome(
            *case.key,
            State.IDENTIFIED,
            "owner_found",
            {"found": True},
            {"party_id": case.case_id, "plate": "B1234XYA"},
            step=Step.NOTICE,
        ),
    )
    assert await write(pool, case, *chain)
    after = await stored(pool, case.key)
    assert (after.state, after.step, after.plate) == (State.IDENTIFIED, Step.NOTICE, "B1234XYA")
    assert (after.vehicle_kind, after.party_id, after.claimed_plate) == ("car", case.case_id, "B1234XYZ")
    assert (after.version, after.tries) == (case.version + 1, 0)
    told = [(event["told"], event["from_state"], event["to_state"]) for event in await events_of(pool, case)]
    assert told == [("evidence_accepted", "received", "validated"), ("owner_found", "validated", "identified")]
    assert json.loads((await events_of(pool, case))[1]["details"]) == {"found": True}
    row = await pool.fetchrow("select previous_state, leased_by from case_file")
    assert (row["previous_state"], row["leased_by"]) == ("validated", None)
    assert await pool.fetchval("select count(*) from screening where case_id = $1", case.case_id) == 1


async def test_every_fact_is_written_and_one_that_is_not_named_keeps_its_value(pool) -> None:
    await put_case(pool)
    [case] = await claim_all(pool)
    at = now()
    facts: dict[str, object] = {
        name: {"text": f"a {name}", "bigint": 77, "timestamptz": at}[kind] for name, kind in FACTS.items()
    }
    await write(pool, case, accepted(case, **facts))
    [case] = await claim_all(pool)
    await write(pool, case, Outcome(*case.key, State.UNIDENTIFIED, "owner_not_found"))
    row = await pool.fetchrow("select * from case_file")
    assert {name: row[name] for name in FACTS} == facts
    assert (row["step"], row["claimed_plate"]) == (None, "B1234XYZ")


async def test_a_late_worker_writes_nothing_at_all(pool) -> None:
    await put_case(pool)
    [late] = await claim_all(pool, lease_s=0.0, by="late")
    [current] = await claim_all(pool, by="current")
    assert await write(pool, current, Outcome(*current.key, State.REVIEW, "review_needed"))
    before = await stored(pool, current.key)
    outcome = Outcome(*late.key, State.VALIDATED, "evidence_accepted", records=(screening_record(late),))
    assert not await write(pool, late, outcome)
    assert await stored(pool, late.key) == before
    assert [event["told"] for event in await events_of(pool, late)] == ["review_needed"]
    assert await pool.fetchval("select count(*) from screening") == 0


async def test_of_a_set_only_the_lost_ones_are_left_out(pool) -> None:
    await put_cases(pool, 3)
    cases = await claim_all(pool)
    await pool.execute("update case_file set version = version + 1 where case_id = $1", cases[1].case_id)
    async with pool.acquire() as connection, connection.transaction():
        done = await write_back(connection, cases, [[accepted(case)] for case in cases], now())
    assert done.lost == {cases[1].key}
    assert done.written == {cases[0].key, cases[2].key}
    assert await pool.fetchval("select count(*) from case_event") == 2
    assert (await stored(pool, cases[1].key)).state is State.RECEIVED


async def test_nothing_is_written_when_the_transaction_fails_later(pool) -> None:
    await put_case(pool)
    [case] = await claim_all(pool)

    async def write_and_fail() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await write_back(connection, [case], [[accepted(case)]], now())
            await connection.execute("select 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await write_and_fail()
    assert await stored(pool, case.key) == case
    assert await events_of(pool, case) == []


async def test_a_forbidden_move_is_refused_before_anything_is_written(pool) -> None:
    await put_cases(pool, 2)
    good, bad = await claim_all(pool)
    leap = [accepted(bad), Outcome(*bad.key, State.PAID, "paid")]
    async with pool.acquire() as connection:
        with pytest.raises(ForbiddenMove, match="from validated to paid"):
            await write_back(connection, [good, bad], [[accepted(good)], leap], now())
    assert await pool.fetchval("select count(*) from case_event") == 0
    assert (await stored(pool, good.key)).state is State.RECEIVED


async def test_a_fact_that_no_column_holds_is_refused(pool) -> None:
    await put_case(pool)
    [case] = await claim_all(pool)
    with pytest.raises(ValueError, match=r"unknown facts.*state"):
        await write(pool, case, accepted(case, state="closed"))
    assert await events_of(pool, case) == []


async def test_an_empty_chain_only_gives_the_lease_back(pool) -> None:
    await put_case(pool)
    [case] = await claim_all(pool)
    assert await write(pool, case)
    [again] = await claim_all(pool)
    assert (again.key, again.state, again.tries) == (case.key, State.RECEIVED, 2)
    assert await events_of(pool, case) == []


async def test_nobody_is_claimed_and_nothing_written_for_no_cases(pool) -> None:
    async with pool.acquire() as connection:
        done = await write_back(connection, [], [], now())
    assert (done.written, done.lost) == (frozenset(), frozenset())


async def test_a_word_without_a_move_is_told_and_moves_nothing(pool) -> None:
    key = await put_case(pool, state=State.NOTIFIED, step=Step.DEADLINE)
    [case] = await claim_all(pool)
    due = now() + timedelta(days=3)
    kept = Outcome(*key, None, "deadline_kept", step=Step.DEADLINE, due_at=due)
    assert await write(pool, case, kept)
    row = await pool.fetchrow("select state, step, due_at, previous_state from case_file")
    assert tuple(row) == ("notified", "deadline", due, None)
    [event] = await events_of(pool, case)
    assert (event["told"], event["from_state"], event["to_state"]) == ("deadline_kept", None, None)


async def test_a_person_who_acts_on_what_changed_meanwhile_writes_nothing(pool) -> None:
    key = await put_case(pool, state=State.REVIEW, step=None)
    seen = await stored(pool, key)
    assert await write(pool, seen, Outcome(*key, State.REJECTED, "officer_rejected", actor="officer:ani"))
    assert not await write(pool, seen, Outcome(*key, State.VALIDATED, "officer_accepted", actor="officer:budi"))
    assert (await stored(pool, key)).state is State.REJECTED


async def test_a_case_is_found_in_its_cell_only(pool) -> None:
    key = await put_case(pool)
    case = await stored(pool, key)
    assert await find_case(pool, *key) == case
    assert await find_case(pool, CELL + 1, case.case_id) is None


async def test_the_next_step_of_a_chain_sees_what_the_last_one_found(pool) -> None:
    await put_case(pool)
    [case] = await claim_all(pool)
    seen = follow(case, accepted(case, vehicle_kind="car", party_id=7))
    assert (seen.state, seen.step, seen.vehicle_kind) == (State.VALIDATED, Step.OWNERSHIP, "car")
    await make_due(pool)
    assert (await stored(pool, case.key)).state is State.RECEIVED
