"""A pause while messages are between their claim and their call: what waits is recalled, what was begun ends."""

import asyncio
from dataclasses import replace

import pytest

from cakra.core.delivery.ladder import Rung
from cakra.core.ports import RECALLED, Channel, SendState
from cakra.delivery.ladder import leave_paused
from cakra.delivery.pause.pausing import PauseWatch, may_leave, pause, resume
from cakra.engine.alarm import Alarm
from cakra.engine.sending import SendingLane
from cakra.engine.worker import repeated, run_worker
from cakra.journey.staff.officers import add_officer
from cakra.outside.email import EmailSender
from cakra.store.connect import create_pool
from dispatch_kit import PHONE
from email_kit import account, message
from smtp_sink import smtp_sink
from whatsapp_peer import VARIABLES

PATIENCE_S = 30.0
SENDER = "+62 811-0000-0000"
BOTH = (Rung(Channel.WHATSAPP, "delivered", 600.0), Rung(Channel.EMAIL, "delivered", 600.0))
EVERYWHERE = [("everything", ""), ("jurisdiction", "PMJ"), ("channel", "whatsapp"), ("sender", SENDER)]


@pytest.fixture
async def officers(pool):
    await pool.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells)"
        " values ('PMJ', 'Ditlantas Contoh', 'Asia/Jakarta', 0, 16) on conflict do nothing"
    )
    for username in ("komandan", "wakil"):
        await add_officer(
            pool, username, name=username, rank="", role="commander", certified=False, password="a long enough password"
        )


@pytest.fixture
async def watched(ground, officers):
    """The ground with a desk that asks for the pauses, as a worker's does."""
    ground.watch = PauseWatch(ground.pool)
    ground.desk = replace(ground.desk, pauses=ground.watch)
    return ground


async def until(holds):
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await holds()):  # noqa: ASYNC110 - what is waited for rings no event here
            await asyncio.sleep(0.02)
    return found


def taken(ground, *queued):
    """Tags of these notices that the provider took; it lives longer than one test."""
    wanted = {str(one.notice_id) for one in queued}
    return [send["tag"] for send in ground.peer.sends() if send["tag"].split(":")[2] in wanted]


async def stop(ground, level="channel", key="whatsapp"):
    return await pause(ground.pool, level, key, by="komandan", reason="Reported by an owner")


@pytest.mark.parametrize(("level", "key"), EVERYWHERE)
async def test_a_message_that_waits_for_its_call_is_recalled_by_a_pause_of_any_level(watched, level, key):
    queued = await watched.queue()
    (claimed,) = await watched.claim()
    pause_id = await stop(watched, level, key)
    await watched.watch.refresh()  # as the notification makes a worker do
    answer = await watched.desk.send(claimed)
    await watched.desk.record([answer])
    assert taken(watched, queued) == []
    attempt, notice = await watched.attempt(queued), await watched.notice(queued)
    assert (attempt["state"], attempt["code"], attempt["action"]) == ("refused", "paused", "recall")
    assert (notice["state"], notice["step"], notice["rung_tries"], notice["leased_by"]) == (
        "queued",
        "dispatch",
        0,
        None,
    )
    assert await watched.claim() == [], "what is paused is not claimed"
    await resume(watched.pool, pause_id, by="wakil", reason="Clear")
    (sent,) = await watched.send()
    assert sent.sent.tries == 1
    assert taken(watched, queued) == [queued.tag(2)]


class SlowStore:
    """A store of photographs that takes its time: it answers when the test says so."""

    def __init__(self):
        self.asked, self.answers = asyncio.Event(), asyncio.Event()

    async def get(self, _digest):
        self.asked.set()
        await self.answers.wait()
        return b"\xff\xd8\xff" + bytes(200)


async def test_a_pause_while_the_picture_is_read_keeps_picture_and_message_here(watched):
    store = SlowStore()
    desk = replace(watched.desk, photos=store)
    queued = await watched.queue(picture=bytes(32))
    uploads = watched.peer.stats()["media"]
    (claimed,) = await watched.claim()
    call = asyncio.create_task(desk.send(claimed))
    await store.asked.wait()
    await stop(watched)
    await watched.watch.refresh()
    store.answers.set()
    await desk.record([await call])
    assert (taken(watched, queued), watched.peer.stats()["media"]) == ([], uploads)
    assert (await watched.notice(queued))["state"] == "queued"


async def test_a_sender_asks_after_its_own_waiting():
    """One connection, two e-mails: the pause comes while the second waits for the first to be through."""
    answers = iter([True, False])

    async def may():
        return next(answers)

    async with smtp_sink() as sink:
        async with EmailSender(account(sink.port, connections=1, tls="none")) as sender:
            told = message(may_leave=may)
            first, second = await asyncio.gather(sender.send(told), sender.send(told))
        assert (first.state, second) == (SendState.ACCEPTED, RECALLED)
        assert len(sink.taken) == 1


async def test_without_a_notification_a_message_that_waited_asks_by_itself(watched, monkeypatch):
    monkeypatch.setattr("cakra.delivery.pause.pausing._FRESH_S", 0.0)
    queued = await watched.queue()
    (claimed,) = await watched.claim()
    await stop(watched)
    assert (await watched.desk.send(claimed)).result.code == "paused"
    assert (await watched.notice(queued))["state"] == "sending", "not written yet"


async def test_what_cannot_be_asked_holds_the_message_back(ground, database_url, monkeypatch):
    monkeypatch.setattr("cakra.delivery.pause.pausing._FRESH_S", 0.0)
    gone = await create_pool(database_url, min_size=1, max_size=1, name="gone")
    await gone.close()
    desk = replace(ground.desk, pauses=PauseWatch(gone))
    await ground.queue()
    (claimed,) = await ground.claim()
    assert (await desk.send(claimed)).result.code == "paused"


async def test_a_resume_is_not_answered_from_what_was_read_before_the_claim(watched):
    pause_id = await stop(watched)
    await watched.watch.refresh()
    await resume(watched.pool, pause_id, by="wakil", reason="Clear")
    await watched.queue()
    (sent,) = await watched.send()
    assert sent.result.code != "paused"


async def test_a_pause_under_load_loses_nothing_and_doubles_nothing(watched, database_url):
    """A slow provider, more messages than fit: those begun are accepted, the rest waits and leaves after the resume."""
    watched.peer.faults(delay_ms=200)
    queued = [await watched.queue() for _ in range(40)]
    alarm, stopping = Alarm(database_url, 0.2), asyncio.Event()
    lane = SendingLane(watched.desk, alarm, worker="tester", cells=None, in_flight=4, flush_s=0.01)
    lanes = {"sending": lane.run, "pause": repeated(alarm, "pause", watched.watch.refresh)}
    work = asyncio.create_task(run_worker(lanes, alarm, stopping))
    try:

        async def under_way():
            return len(taken(watched, *queued)) >= 4

        await until(under_way)
        pause_id = await stop(watched)

        async def quiet():
            return not await watched.pool.fetchval("select count(*) from notice where state = 'sending'")

        await until(quiet)
        begun = {tag.split(":")[2] for tag in taken(watched, *queued)}
        states = {str(row["notice_id"]): row["state"] for row in await watched.pool.fetch("select * from notice")}
        assert 4 <= len(begun) < 40
        assert {states[one] for one in begun} == {"accepted"}
        assert {state for one, state in states.items() if one not in begun} == {"queued"}
        await resume(watched.pool, pause_id, by="wakil", reason="Clear")

        async def all_taken():
            return not await watched.pool.fetchval("select count(*) from notice where state <> 'accepted'")

        await until(all_taken)
    finally:
        stopping.set()
        async with asyncio.timeout(PATIENCE_S):
            await work
    tags = [tag.split(":")[2] for tag in taken(watched, *queued)]
    assert sorted(tags) == sorted(str(one.notice_id) for one in queued)


async def test_with_several_senders_a_channel_is_left_only_when_all_are_paused(watched):
    senders = {"whatsapp": (SENDER, "+62 811-0000-0001"), "email": ("notis@etle.example",)}
    queued = await watched.queue(plan=BOTH, content={"recipient": PHONE, "link_suffix": "7", "variables": VARIABLES})
    await stop(watched, "sender", SENDER)
    assert await leave_paused(watched.pool, senders, 50) == 0
    assert await watched.claim() == [], "this sender claims nothing"
    await stop(watched, "sender", "+62 811-0000-0001")
    assert await leave_paused(watched.pool, senders, 50) == 1
    assert (await watched.notice(queued))["channel"] == "email"
    assert await watched.told(queued) == ["channel_left"]


@pytest.mark.parametrize(("level", "key"), [("everything", ""), ("jurisdiction", "PMJ")])
async def test_a_pause_of_a_place_or_of_everything_lets_cases_wait_where_they_are(watched, level, key):
    senders = {"whatsapp": (SENDER,), "email": ("notis@etle.example",)}
    queued = await watched.queue(plan=BOTH)
    await stop(watched, level, key)
    await stop(watched)
    assert await leave_paused(watched.pool, senders, 50) == 0
    assert (await watched.notice(queued))["channel"] == "whatsapp"


@pytest.mark.parametrize(("level", "key"), [*EVERYWHERE[:2], ("channel", "letter"), ("sender", "Kantor")])
async def test_a_batch_of_letters_may_leave_unless_its_level_is_paused(watched, level, key):
    assert await may_leave(watched.pool, "letter", "Kantor", "PMJ")
    await stop(watched, level, key)
    assert not await may_leave(watched.pool, "letter", "Kantor", "PMJ")
    assert await may_leave(watched.pool, "email", "x", "PMB") is (level != "everything")
