"""A case that goes on while its notice is in somebody's hands: what is left of the notice is not sent."""

import asyncio

import pytest

from cakra.core.delivery.ladder import place_of
from cakra.core.ports import Action, SendResult, SendState
from cakra.core.states.journey import State
from cakra.core.states.outcome import Outcome
from cakra.delivery.sending.rules import Answered
from cakra.delivery.sending.sends import descend
from cakra.kit.clock import now
from cakra.store.cases import write_back
from dispatch_kit import PHONE_AND_MAIL

HELD = "select cell, notice_id, case_id, channel, plan, rung from notice where notice_id = $1 for update"
WAITING = (
    "select exists(select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    " and state = 'active')"
)


async def withdraw(connection, case):
    await write_back(connection, [case], [[Outcome(*case.key, State.WITHDRAWN, "withdrawn")]], now())


async def waits_or_ends(pool, work):
    async with asyncio.timeout(10):
        while True:
            if work.done() or await pool.fetchval(WAITING):
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("action", [Action.RETRY, Action.RECALL, Action.STOP_SENDER])
async def test_a_refused_notice_of_a_case_withdrawn_meanwhile_is_not_tried_again(ground, action):
    queued = await ground.queue()
    (outgoing,) = await ground.claim()
    async with ground.pool.acquire() as connection, connection.transaction():
        await withdraw(connection, await ground.case(queued))
    assert (await ground.notice(queued))["state"] == "sending", "it is under way and left alone"
    await ground.desk.record([Answered(outgoing, SendResult(SendState.REFUSED, action, code="x"), now())])
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"]) == ("cancelled", None)
    assert "notice_cancelled" in await ground.told(queued)


async def test_a_case_that_is_moving_while_its_notice_changes_rungs_stops_it(ground):
    queued = await ground.queue(plan=PHONE_AND_MAIL)
    case = await ground.case(queued)
    async with ground.pool.acquire() as descending, ground.pool.acquire() as moving:
        move = moving.transaction()
        await move.start()
        async with descending.transaction():
            row = await descending.fetchrow(HELD, queued.notice_id)
            await withdraw(moving, case)  # it does not wait for the notice, and so does not stop it
            below = place_of(row["plan"], row["rung"], None).below(now())
            left = asyncio.create_task(descend(descending, [(row, below)], {}, "paused"))
            await waits_or_ends(ground.pool, left)
            await move.commit()
            await left
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"]) == ("cancelled", None)
