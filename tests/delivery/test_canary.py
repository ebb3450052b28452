"""Canaries: one worker sends one, its receipts are heard, a dead channel is told once, and none of it is a case."""

import asyncio

import pytest
from structlog.testing import capture_logs
from tests.delivery.test_books import EACH, PRICING, TARIFFS

from cakra.core.ports import Channel
from cakra.delivery.canary.checking import CanaryDesk, Check
from cakra.delivery.canary.hearing import canary_tag, newest_canaries, read_canary_tag
from cakra.delivery.costs.books import read_books
from cakra.kit.settings import Settings
from cakra.wiring.lanes import WorkerProcess
from cakra.wiring.world import announce_templates, open_world
from camera_kit import ROOT_KEY
from dispatch_kit import status
from officers import put_officer
from whatsapp_peer import ACCOUNT_ID, NUMBER_ID, SECRET, TOKEN, message

OURS = "+6281111111111"
BLOCKED, NOT_HERE = 368, 131026


def words(tag, _at):
    return message(tag=tag, recipient=OURS)


@pytest.fixture
def desk(ground):
    check = Check(Channel.WHATSAPP, ground.sender, words, TARIFFS["whatsapp"])
    ground.proofs = type(ground.proofs)(
        ground.pool, ground.callbacks, ground.proofs.readers, ground.proofs.policies, 1800.0, TARIFFS
    )
    return CanaryDesk(ground.pool, (check,), every_s=300.0, proof_within_s=600.0)


async def rows(pool):
    return await pool.fetch("select * from canary order by at")


def silent(logs):
    return [entry["state"] for entry in logs if entry["event"] == "canary_silent"]


async def test_of_many_workers_one_sings_and_not_again_before_its_time(desk, ground, pool):
    await asyncio.gather(*(desk.check() for _ in range(6)))
    (one,) = await rows(pool)
    assert (one["state"], one["cost"], one["proof"]) == ("accepted", EACH, None)
    assert [send["tag"] for send in ground.peer.sends()].count(canary_tag(one["canary_id"])) == 1
    await pool.execute("update canary set at = at - interval '301 seconds'")
    await desk.check()
    assert len(await rows(pool)) == 2


async def test_its_receipts_are_heard_in_any_order_and_the_books_count_it_apart(desk, ground, pool):
    await desk.check()
    tag = canary_tag((await rows(pool))[0]["canary_id"])
    await ground.tell(status(tag, "read"))
    await ground.tell(status(tag, "sent"), status(tag, "delivered"), status("c:1", "read"))
    (one,) = await rows(pool)
    assert one["proof"] == "read"
    assert one["proof_ms"] >= 0
    whatsapp = (await read_books(pool, TARIFFS)).channels[0]
    assert (whatsapp.total, whatsapp.by_jurisdiction) == (whatsapp.canaries, {})
    assert (whatsapp.canaries.messages, whatsapp.canaries.micro_rupiah) == (1, EACH)
    assert await pool.fetchval("select count(*) from attempt") == 0


async def test_a_free_one_leaves_the_books_at_nothing(desk, ground, pool):
    await desk.check()
    tag = canary_tag((await rows(pool))[0]["canary_id"])
    await ground.tell(status(tag, "delivered", pricing=PRICING | {"billable": False}))
    whatsapp = (await read_books(pool, TARIFFS)).channels[0]
    assert (whatsapp.canaries.messages, whatsapp.canaries.micro_rupiah) == (1, 0)


async def test_a_refusal_is_told_at_once_and_only_once(desk, ground, pool):
    ground.peer.faults(answer_code=NOT_HERE)
    with capture_logs() as logs:
        await desk.check()
        await desk.check()
    assert silent(logs) == ["refused"]
    (state,) = await newest_canaries(pool)
    assert (state.silent, state.code) == (True, str(NOT_HERE))


async def test_one_that_is_not_proved_in_time_is_told(desk, ground, pool):
    await desk.check()
    with capture_logs() as logs:
        await desk.check()
        assert silent(logs) == []
        await pool.execute("update canary set at = at - interval '601 seconds'")
        await desk.check()
    assert silent(logs) == ["accepted"]


async def test_a_kill_between_intent_and_answer_is_silence(desk, ground, pool):
    await pool.execute(
        "insert into canary (canary_id, channel, sender, at, state)"
        " values (1, 'whatsapp', $1, now() - interval '700 seconds', 'intended')",
        ground.sender.name,
    )
    with capture_logs() as logs:
        await desk.check()
    assert silent(logs) == ["intended"]


@pytest.mark.parametrize("level", ["everything", "channel", "sender"])
async def test_what_is_paused_has_no_canary(desk, ground, pool, level):
    await put_officer(pool, "komandan", "commander", name="K")
    key = {"everything": "", "channel": "whatsapp", "sender": ground.sender.name}[level]
    await pool.execute(
        "insert into pause (pause_id, level, key, reason, paused_by, paused_at)"
        " values (1, $1, $2, 'test', 'komandan', now())",
        level,
        key,
    )
    await desk.check()
    assert await rows(pool) == []
    await pool.execute("delete from pause")
    await desk.check()
    assert len(await rows(pool)) == 1


async def test_a_canary_finds_that_the_account_is_closed_before_an_owner_waits(desk, ground, pool):
    ground.peer.faults(answer_code=BLOCKED)
    await desk.check()
    assert await pool.fetchval("select stopped from sender_state where sender = $1", ground.sender.name)
    await pool.execute("update canary set at = at - interval '400 seconds'")
    await desk.check()
    assert len(await rows(pool)) == 1, "a stopped sender has no canary"


def test_only_a_canarys_tag_is_read_as_one():
    assert read_canary_tag(canary_tag(42)) == 42
    for tag in (None, "", "n:1:2:3", "c:", "c:-1", "c:99999999999999999999", "c:1:2"):
        assert read_canary_tag(tag) is None


async def test_a_worker_sings_its_own_template_and_hears_it(ground, database_url, tmp_path):
    settings = Settings(
        database={"url": database_url},
        keys={"root": ROOT_KEY.hex()},
        photos={"url": str(tmp_path / "photos")},
        whatsapp={
            "base_url": ground.peer.url,
            "account_id": ACCOUNT_ID,
            "phone_number_id": NUMBER_ID,
            "access_token": TOKEN,
            "app_secret": SECRET,
            "display_number": "+62 811-0000-0000",
        },
        canary={"whatsapp": OURS, "every_s": 3600},
        worker={"sweep_s": 0.2},
    )
    stopping = asyncio.Event()
    async with open_world(settings, "test worker") as world:
        await announce_templates(world)
        task = asyncio.create_task(WorkerProcess(world, steps=("sending", "receipts")).run(stopping))
        try:
            (one,) = await until(lambda: rows(world.pool), lambda found: found and found[0]["state"] == "accepted")
            await ground.keep(status(canary_tag(one["canary_id"]), "delivered"))
            await until(lambda: rows(world.pool), lambda found: found[0]["proof"] == "delivered")
        finally:
            stopping.set()
            async with asyncio.timeout(30):
                await task
    (sent,) = [send for send in ground.peer.sends() if send["tag"] == canary_tag(one["canary_id"])]
    assert (sent["to"].lstrip("+"), sent["template"]) == (OURS.lstrip("+"), "etle_uji_v1_teks")


async def until(read, holds):
    async with asyncio.timeout(30):
        while not holds(found := await read()):  # noqa: ASYNC110 - what is waited for rings no event here
            await asyncio.sleep(0.05)
    return found
