"""A worker as it runs, with both channels: the next one at once, bounces from their mailbox, a pause from the shell."""

import asyncio
import os
from contextlib import asynccontextmanager

import pytest

from cakra.core.delivery.ladder import Rung
from cakra.core.errors import SetupError
from cakra.core.ports import Channel
from cakra.core.states.journey import State
from cakra.journey.staff.officers import add_officer
from cakra.kit.settings import Settings
from cakra.wiring.lanes import WorkerProcess, notice_desk
from cakra.wiring.outgoing.channels import channels_in_use, email_account, sender_names
from cakra.wiring.world import open_world, require_safe_provider
from camera_kit import ROOT_KEY
from dispatch_kit import PHONE
from smtp_sink import smtp_sink
from whatsapp_peer import NUMBER_ID, SECRET, TOKEN, VARIABLES
from zygote import run_cakra

NOT_HERE = 131026
PATIENCE_S = 30.0
PASSWORD = "a long enough password"
LADDER = (Rung(Channel.WHATSAPP, "delivered", 600.0), Rung(Channel.EMAIL, "delivered", 7200.0))
CONTENT = {
    "recipient": PHONE,
    "link_suffix": "7K2M9QX4B3",
    "variables": VARIABLES,
    "email": {"recipient": "ibu@pemilik.example", "subject": "Permintaan konfirmasi", "text": "Isi.", "html": ""},
}


def settings_of(database_url, folder, peer, **email):
    box = folder / "bounces"
    for part in ("new", "cur", "tmp"):
        (box / part).mkdir(parents=True, exist_ok=True)
    told = {
        "host": "127.0.0.1",
        "from_address": "notis@etle.example",
        "envelope_domain": "notif.etle.example",
        "bounce_folder": box,
        "tls": "none",
    }
    return Settings(
        database={"url": database_url},
        keys={"root": ROOT_KEY.hex()},
        photos={"url": str(folder / "photos")},
        whatsapp={
            "base_url": peer.url,
            "phone_number_id": NUMBER_ID,
            "access_token": TOKEN,
            "app_secret": SECRET,
            "display_number": "+62 811-0000-0000",
        },
        email=told | email,
        worker={"sweep_s": 0.2},
    )


@asynccontextmanager
async def working(settings):
    """A worker that sends and hears; leaving stops it."""
    stopping = asyncio.Event()
    async with open_world(settings, "test worker") as world:
        task = asyncio.create_task(WorkerProcess(world, steps=("sending", "receipts")).run(stopping))
        try:
            yield world
        finally:
            stopping.set()
            async with asyncio.timeout(PATIENCE_S):
                await task


async def until(holds):
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await holds()):  # noqa: ASYNC110 - what is waited for rings no event here
            await asyncio.sleep(0.05)
    return found


async def test_a_refusal_on_whatsapp_becomes_an_email_and_its_bounce_ends_the_ladder(ground, database_url, tmp_path):
    ground.peer.faults(answer_code=NOT_HERE)
    async with smtp_sink() as sink:
        settings = settings_of(database_url, tmp_path, ground.peer, port=sink.port)
        queued = await ground.queue(plan=LADDER, content=CONTENT)
        async with working(settings):

            async def arrived():
                return sink.taken

            (taken,) = await until(arrived)

            async def recorded():
                return (await ground.notice(queued))["state"] == "accepted"

            await until(recorded)
            sent_from = taken.mail.partition("<")[2].partition(">")[0]
            (tmp_path / "bounces" / "new" / "1").write_bytes(report(sent_from))

            async def given_up():
                return (await ground.case(queued)).state is State.UNDELIVERABLE

            await until(given_up)
    assert await ground.told(queued) == ["channel_left", "channel_failed"]
    assert [(row["channel"], row["code"]) for row in await ground.attempts(queued)] == [
        ("whatsapp", str(NOT_HERE)),
        ("email", "5.1.1"),
    ]
    assert not list((tmp_path / "bounces" / "new").iterdir())


def report(address):
    return (
        f"From: <>\r\nTo: {address}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.tujuan.example\r\n\r\n"
        "Final-Recipient: rfc822; ibu@pemilik.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    ).encode()


async def test_a_pause_from_the_shell_holds_in_a_running_worker_and_another_person_ends_it(
    ground, database_url, tmp_path, pool
):
    for username in ("komandan", "wakil"):
        await add_officer(pool, username, name=username, rank="", role="commander", certified=False, password=PASSWORD)
    async with smtp_sink() as sink:
        settings = settings_of(database_url, tmp_path, ground.peer, port=sink.port)
        async with working(settings):

            async def cakra(*arguments, password=PASSWORD):
                return await shell(database_url, tmp_path, *arguments, password=password)

            code, _, said = await cakra(*["pause", "everything", "--reason", "x", "--as", "komandan"], password="wrong")
            assert (code, "password of komandan is wrong" in said) == (2, True)
            code, said, _ = await cakra(*["pause", "channel", "whatsapp", "--reason", "Reported", "--as", "komandan"])
            assert (code, "is in force" in said) == (0, True)
            pause_id = said.split()[1]
            with_mail = await ground.queue(plan=LADDER, content=CONTENT)
            phone_only = await ground.queue(plan=LADDER[:1], content=CONTENT)

            async def mailed():
                return (await ground.notice(with_mail))["state"] == "accepted"

            await until(mailed)
            _, listed, _ = await cakra("pause", "list")
            assert pause_id in listed
            code, _, said = await cakra(*f"resume {pause_id} --reason Clear --as komandan".split())
            assert (code, "komandan paused it" in said) == (2, True)
            assert (await ground.notice(phone_only))["state"] == "queued"
            code, _, _ = await cakra(*f"resume {pause_id} --reason Clear --as wakil".split())
            assert code == 0

            async def sent():
                return (await ground.notice(phone_only))["state"] == "accepted"

            await until(sent)
    tags = [send["tag"] for send in ground.peer.sends()]
    assert (tags.count(phone_only.tag()), tags.count(with_mail.tag())) == (1, 0)


async def shell(database_url, folder, *arguments, password):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
    told = clean | {"CAKRA_DATABASE__URL": database_url, "CAKRA_KEYS__ROOT": ROOT_KEY.hex(), "COLUMNS": "200"}
    done = await asyncio.to_thread(run_cakra, arguments, folder=folder, variables=told, stdin=password)
    return done.returncode, done.stdout, done.stderr


async def test_channels_follow_the_settings_and_a_synthetic_register_guards_each(database_url, pool, peer, tmp_path):
    off = settings_of(database_url, tmp_path, peer, host="")
    assert channels_in_use(off) == {Channel.WHATSAPP}
    assert sender_names(off) == {"whatsapp": ("+62 811-0000-0000",)}
    real = settings_of(database_url, tmp_path, peer, host="192.0.2.1")
    assert sender_names(real) == {"whatsapp": ("+62 811-0000-0000",), "email": ("notis@etle.example",)}
    async with open_world(real, "test") as world:
        await require_safe_provider(world)
        assert notice_desk(world).letterhead.channels == {Channel.WHATSAPP, Channel.EMAIL}
        account = email_account(world)
        assert account.token_key != world.root_key
        await pool.execute("insert into register_meta (synthetic) values (true)")
        with pytest.raises(SetupError, match=r"loopback.*192\.0\.2\.1"):
            await require_safe_provider(world)
