"""The writer of notices: what was read before is fenced, and every move leaves where it came from."""

import asyncpg
import pytest

from cakra.core.delivery.ladder import NoticeMove
from cakra.core.ports import ReceiptState
from cakra.core.states.moves import moves_of_table
from cakra.core.states.notice import NOTICE_TABLE, NoticeState
from cakra.delivery.ladder import settle
from cakra.delivery.proof.rules import after_proofs
from cakra.kit.clock import now
from cakra.store.notices import change_templates, move_notices, move_unchanged, stamp_hand_over
from dispatch_kit import status

ACCEPTED = NoticeMove(NoticeState.ACCEPTED, "settle")


def key(queued):
    return queued.cell, queued.notice_id


async def test_a_move_on_what_has_changed_since_it_was_read_is_refused_and_nothing_is_written(ground):
    queued = await ground.queue()
    read = await ground.notice(queued)
    async with ground.pool.acquire() as connection, connection.transaction():
        await change_templates(connection, [(key(queued), "other", False)])
    changed = await ground.notice(queued)
    assert changed["version"] == read["version"] + 1
    async with ground.pool.acquire() as connection, connection.transaction():
        assert not await move_unchanged(connection, key(queued), read["version"], ACCEPTED)
    assert await ground.notice(queued) == changed
    async with ground.pool.acquire() as connection, connection.transaction():
        assert await move_unchanged(connection, key(queued), changed["version"], ACCEPTED)
    after = await ground.notice(queued)
    assert (after["state"], after["previous_state"], after["version"]) == ("accepted", "queued", changed["version"] + 1)


async def test_a_move_never_waits_for_who_holds_the_notice(ground):
    queued = await ground.queue()
    version = (await ground.notice(queued))["version"]
    async with ground.pool.acquire() as holding, holding.transaction():
        await holding.execute("select from notice where notice_id = $1 for update", queued.notice_id)
        async with ground.pool.acquire() as connection, connection.transaction():
            assert not await move_unchanged(connection, key(queued), version, ACCEPTED)
    assert (await ground.notice(queued))["state"] == "queued"


async def test_a_forbidden_move_leaves_notice_and_transaction_as_they_were(ground):
    queued = await ground.queue()
    async with ground.pool.acquire() as connection:
        with pytest.raises(asyncpg.ForeignKeyViolationError, match="notice_move"):
            async with connection.transaction():
                await move_notices(connection, [(key(queued), NoticeMove(NoticeState.UNSETTLED))])
    assert (await ground.notice(queued))["state"] == "queued"


async def test_a_notice_says_from_where_it_came_and_a_change_that_moves_nothing_leaves_that_alone(ground):
    queued = await ground.queue()
    before = [(await ground.notice(queued))["previous_state"]]
    await ground.send()
    before.append((await ground.notice(queued))["previous_state"])
    async with ground.pool.acquire() as connection, connection.transaction():
        await stamp_hand_over(connection, [(key(queued), now())])
    before.append((await ground.notice(queued))["previous_state"])
    await ground.pass_time(queued, "settle")
    assert await settle(ground.pool, 10) == 1
    parked = await ground.notice(queued)
    before.append(parked["previous_state"])
    await ground.tell(status(queued.tag(), "delivered"))
    before.append((await ground.notice(queued))["previous_state"])
    assert before == [None, "sending", "sending", "accepted", "accepted"]
    assert (parked["state"], parked["step"]) == ("accepted", None), "it stays, and that is a move of the table"


@pytest.mark.parametrize("state", NoticeState)
@pytest.mark.parametrize("word", [*ReceiptState, None])
def test_whatever_a_receipt_proves_is_a_move_of_the_table(state, word):
    """At any state, also one that a late receipt finds; what fails may go to the next rung instead."""
    reached = after_proofs(state, {1: word and word.value}, 1)
    allowed = set(moves_of_table(NOTICE_TABLE))
    assert reached is None or (state, reached) in allowed
    assert reached is not NoticeState.FAILED or (state, NoticeState.QUEUED) in allowed
