"""A worker and its senders: what it refuses to start with, what it writes for all hosts, what the shell shows."""

import asyncio
import os

import pytest

from cakra.core.errors import SetupError
from cakra.delivery.senders import list_senders
from cakra.kit.settings import Settings
from cakra.wiring.lanes import WorkerProcess
from cakra.wiring.outgoing.channels import sender_paces
from cakra.wiring.world import open_world
from camera_kit import ROOT_KEY
from official_kit import make_official
from whatsapp_peer import NUMBER_ID, SECRET, TOKEN
from zygote import run_cakra

FIRST, SECOND = "+62 811-0000-0000", "+62 811-0000-0001"


def settings_of(database_url, folder, peer, **whatsapp):
    more = ({"phone_number_id": NUMBER_ID, "display_number": SECOND, "rate_per_s": 20},)
    told = {
        "base_url": peer.url,
        "phone_number_id": NUMBER_ID,
        "access_token": TOKEN,
        "app_secret": SECRET,
        "display_number": FIRST,
        "more_numbers": more,
        "portfolio": "polda",
        "daily_limit": 2000,
    }
    return Settings(
        database={"url": database_url},
        keys={"root": ROOT_KEY.hex()},
        photos={"url": str(folder / "photos")},
        whatsapp=told | whatsapp,
        worker={"sweep_s": 0.1},
    )


async def test_without_an_official_sender_a_worker_says_which_commands_register_them(
    database_url, tmp_path, pool, peer
):
    async with open_world(settings_of(database_url, tmp_path, peer), "test") as world:
        with pytest.raises(SetupError, match=r"0000-0001.*cakra official register") as refusal:
            await WorkerProcess(world, steps=("sending",)).run(asyncio.Event())
        assert FIRST in refusal.value.sentence


async def test_a_number_that_ran_out_sends_nothing_and_does_not_stop_the_others(ground, database_url, tmp_path):
    stopping = asyncio.Event()
    async with open_world(settings_of(database_url, tmp_path, ground.peer), "test") as world:
        task = asyncio.create_task(WorkerProcess(world, steps=("sending",)).run(stopping))
        queued = [await ground.queue() for _ in range(6)]

        async with asyncio.timeout(30):
            for one in queued:
                while (await ground.notice(one))["state"] != "accepted":  # noqa: ASYNC110 - rings no event here
                    await asyncio.sleep(0.05)
        stopping.set()
        await task
    assert {attempt["sender"] for one in queued for attempt in await ground.attempts(one)} == {FIRST}


async def test_a_worker_writes_the_pace_of_its_senders_for_all_hosts(ground, database_url, tmp_path, pool):
    await make_official(pool, "whatsapp", SECOND)
    settings = settings_of(database_url, tmp_path, ground.peer)
    assert [(name, pace.rate) for _, name, pace in sender_paces(settings)] == [(FIRST, 80.0), (SECOND, 20.0)]
    stopping = asyncio.Event()
    async with open_world(settings, "test") as world:
        task = asyncio.create_task(WorkerProcess(world, steps=("sending",)).run(stopping))
        queued = await ground.queue()
        async with asyncio.timeout(30):
            while (await ground.notice(queued))["state"] != "accepted":  # noqa: ASYNC110 - rings no event here
                await asyncio.sleep(0.05)
        stopping.set()
        await task
    lines = await list_senders(pool)
    assert [(one.sender, one.rate, one.official, one.stopped) for one in lines] == [
        (FIRST, 80.0, True, False),
        (SECOND, 20.0, True, False),
    ]
    limits = await pool.fetchrow("select daily_limit, users[1] as people from portfolio where portfolio = 'polda'")
    assert tuple(limits) == (2000, 1)
    await pool.execute(
        "update sender_state set rest_until = now() + interval '1 hour', rests = 2 where sender = $1", FIRST
    )
    shown = await shell(database_url, tmp_path, "sender", "list")
    assert FIRST in shown
    assert "resting" in shown
    assert "rest 2, until" in shown


async def shell(database_url, folder, *arguments):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
    told = clean | {"CAKRA_DATABASE__URL": database_url, "CAKRA_KEYS__ROOT": ROOT_KEY.hex(), "COLUMNS": "240"}
    done = await asyncio.to_thread(run_cakra, arguments, folder=folder, variables=told)
    assert done.returncode == 0, done.stderr
    return done.stdout
