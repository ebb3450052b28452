"""The sending lane as it runs: slow calls hold up nobody, a stop loses no answer, an outage only delays."""

import asyncio
from contextlib import asynccontextmanager

import asyncpg
import pytest
from tests.case_rows import CELL

from cakra.core.states.journey import State
from cakra.engine.alarm import Alarm
from cakra.engine.sending import SendingLane
from cakra.store.connect import create_pool
from dispatch_kit import CALM, ground_on
from whatsapp_peer import sandbox

PATIENCE_S = 30.0
WORKER = "sender under test"


@pytest.fixture(scope="module")
def running_peer(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("whatsapp")) as peer:
        yield peer


@pytest.fixture
def peer(running_peer):
    yield running_peer
    running_peer.faults(**CALM)


@pytest.fixture
async def ground(pool, peer, tmp_path):
    async with ground_on(pool, peer, tmp_path) as ground:
        yield ground


@asynccontextmanager
async def lane_on(desk, database_url, *, in_flight=8):
    """The lane in this process; leaving stops it and waits for its end. Yields the event that stops it."""
    alarm, stopping = Alarm(database_url, 0.05), asyncio.Event()
    lane = SendingLane(desk, alarm, worker="tester", cells=None, in_flight=in_flight, flush_s=0.01)
    task = asyncio.create_task(lane.run(stopping))
    try:
        yield stopping, task
    finally:
        stopping.set()
        async with asyncio.timeout(PATIENCE_S):
            await task


async def until(holds):
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110 - what is waited for rings no event here
            await asyncio.sleep(0.02)


def all_are(db, state, queued):
    """A condition: all these notices are in this state."""

    async def holds():
        found = await db.fetch("select state from notice where notice_id = any($1)", [one.notice_id for one in queued])
        return {row["state"] for row in found} == {state}

    return holds


def times_sent(peer, queued):
    tags = [send["tag"] for send in peer.sends()]
    return [tags.count(one.tag()) for one in queued]


async def test_everything_due_is_sent_once_more_than_fits_in_flight(ground, database_url):
    queued = [await ground.queue() for _ in range(60)]
    async with lane_on(ground.desk, database_url, in_flight=4):
        await until(all_are(ground.pool, "accepted", queued))
    assert times_sent(ground.peer, queued) == [1] * 60
    assert await ground.pool.fetchval("select count(*) from attempt where answered_at is null") == 0


async def test_one_call_without_an_answer_holds_up_nobody(ground, database_url):
    """The call would wait for five seconds; what came later is accepted while it still hangs."""
    ground.peer.faults(share_hung=1)
    slow = await ground.queue()
    async with lane_on(ground.desk, database_url, in_flight=2):

        async def hangs():
            return times_sent(ground.peer, [slow]) == [1]

        await until(hangs)
        ground.peer.faults(share_hung=0)
        later = [await ground.queue() for _ in range(20)]
        await until(all_are(ground.pool, "accepted", later))
        assert (await ground.notice(slow))["state"] == "sending"
    assert (await ground.notice(slow))["state"] == "unknown", "the stop waited for its end and wrote it down"
    assert (await ground.attempt(slow))["state"] == "unknown"
    assert times_sent(ground.peer, [slow]) == [1]


async def test_a_stop_waits_for_the_calls_in_flight_and_claims_nothing_more(ground, database_url):
    ground.peer.faults(delay_ms=800)
    queued = [await ground.queue() for _ in range(3)]
    async with lane_on(ground.desk, database_url) as (stopping, task):
        await until(all_are(ground.pool, "sending", queued))
        stopping.set()
        assert not task.done()
        late = await ground.queue()
    assert await all_are(ground.pool, "accepted", queued)()
    assert times_sent(ground.peer, queued) == [1] * 3
    assert (await ground.notice(late))["state"] == "queued"


async def test_answers_outlast_the_loss_of_the_database(database_url, peer, tmp_path):
    """Calls are in flight while the database takes no connection; their answers are written when it does again."""
    watcher = await asyncpg.connect(database_url)
    pool = await create_pool(database_url, min_size=1, max_size=4, name=WORKER)
    name = await watcher.fetchval("select current_database()")
    admin = await asyncpg.connect(database_url.replace(name, "postgres"))
    try:
        async with ground_on(pool, peer, tmp_path) as ground:
            peer.faults(delay_ms=600)
            queued = [await ground.queue() for _ in range(5)]
            async with lane_on(ground.desk, database_url):
                await until(all_are(watcher, "sending", queued))
                await admin.execute(f'alter database "{name}" allow_connections false')
                await admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", WORKER
                )

                async def all_taken():
                    return times_sent(peer, queued) == [1] * 5

                await until(all_taken)
                assert await all_are(watcher, "sending", queued)(), "nothing can be written now"
                await admin.execute(f'alter database "{name}" allow_connections true')
                await until(all_are(watcher, "accepted", queued))
            assert times_sent(peer, queued) == [1] * 5, "an outage never sends again"
    finally:
        pool.terminate()
        await watcher.close()
        await admin.close()


async def test_a_call_that_breaks_by_our_own_fault_is_unknown_and_stops_nobody(ground, database_url):
    """A text that is no text slips through the sealing: the adapter cannot build the call."""
    content = {"recipient": 6281234567890, "link_suffix": "7K2M9QX4B3", "variables": []}
    broken = await ground.queue(content=content)
    async with lane_on(ground.desk, database_url):
        await until(all_are(ground.pool, "unknown", [broken]))
        sound = await ground.queue()
        await until(all_are(ground.pool, "accepted", [sound]))
    assert (await ground.attempt(broken))["code"] == "fault"
    assert (await ground.case(broken)).state is State.NOTIFYING
    assert broken.cell == CELL
