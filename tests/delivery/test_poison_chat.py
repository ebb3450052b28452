"""A message that cannot be understood and an answer that cannot be written down: the others go on."""

import pytest
from tests.journey.test_poison import heal, refuse, release

from cakra.core.ports import Channel
from cakra.wiring.lanes import proof_desk
from cakra.wiring.outgoing.channels import dispatch_desks
from cakra.wiring.whatsapp.people import inbound_desk, reply_desk
from cakra.wiring.world import open_world
from chat_kit import PHONE, chat_on, until

STRANGER = "+6289900001111"


@pytest.fixture
async def chat(pool, database_url, tmp_path):
    async with chat_on(pool, database_url, tmp_path) as running:
        yield running


async def heard(chat, world, count):
    """So many messages are kept, and wait to be understood."""

    async def there():
        await proof_desk(world).apply(10, "tester")
        return await chat.pool.fetchval("select count(*) from inbound") == count

    await until(there)


async def test_a_message_that_cannot_be_understood_goes_into_quarantine_and_the_others_are_answered(chat):
    await refuse(chat.pool, "reply", "new.kind = 'stopped'")
    async with open_world(chat.settings, "test") as world:
        await chat.types("berhenti", PHONE)
        await chat.types("mulai", STRANGER)
        await heard(chat, world, 2)
        desk = inbound_desk(world)
        assert await desk.run(10) == 1
        assert await chat.outcomes() == [("started", "queued")]
        for _ in range(3):
            assert await desk.run(10) == 0, "it rests"
            await chat.pool.execute("update inbound set due_at = now() where step is not null")
            assert await desk.run(10) == 0
        assert await chat.pool.fetchval("select count(*) from inbound where step is not null") == 0
        assert await chat.pool.fetchval("select door from quarantine") == "inbound:whatsapp"
        await heal(chat.pool, "reply")
        await release(world)
        assert await desk.run(10) == 1
    assert sorted(await chat.outcomes()) == [("started", "queued"), ("stopped", "queued")]


async def test_an_answer_that_cannot_be_written_down_leaves_no_other_unknown(chat):
    await refuse(chat.pool, "reply", "new.kind = 'stopped' and new.provider_id is not null", "update")
    async with open_world(chat.settings, "test") as world:
        await chat.types("berhenti", PHONE)
        await chat.types("mulai", STRANGER)
        await heard(chat, world, 2)
        await inbound_desk(world).run(10)
        desk = reply_desk(world, next(one for one in dispatch_desks(world) if one.channel is Channel.WHATSAPP).sender)
        assert await desk.run(10, "tester") == 2
        await desk.replier.close()
    assert sorted(await chat.outcomes()) == [("started", "accepted"), ("stopped", "accepted")]
    assert await chat.pool.fetchval("select code from reply where kind = 'stopped'") == "unstorable"
