"""SMS as a worker sends it: through a real SMS centre, its receipts over the same line, a restart in between."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import pytest

from cakra.core.delivery.ladder import Rung, ladder_for
from cakra.core.errors import SetupError
from cakra.core.policy import kinds
from cakra.core.ports import Channel
from cakra.core.states.journey import State
from cakra.delivery.proof.keeping import keep_callback
from cakra.doors.app import build_app
from cakra.doors.callbacks import CallbackDeps, build_callback_routes
from cakra.kit.settings import Settings
from cakra.wiring.lanes import WorkerProcess, proof_desk
from cakra.wiring.outgoing.channels import calls_at_once, channels_in_use, sender_names
from cakra.wiring.outgoing.sms import INFOBIP, SMPP, in_a_ladder, infobip_door, sms_ladder_told, sms_sender, sms_told
from cakra.wiring.policies import packaged_book
from cakra.wiring.world import open_world, require_safe_provider
from camera_kit import ROOT_KEY
from dispatch_kit import PHONE, VARIABLES
from policy_kit import book_of, put_in_force
from portal_kit import serve
from sms_peer import TEXT, running_smsc
from whatsapp_peer import NUMBER_ID, SECRET, TOKEN, fetch

PATIENCE_S = 30.0
NOT_HERE = 131026
LADDER = (Rung(Channel.WHATSAPP, "delivered", 600.0), Rung(Channel.SMS, "delivered", 3600.0))
CONTENT = {
    "recipient": PHONE,
    "link_suffix": "7K2M9QX4B3",
    "variables": VARIABLES,
    "sms": {"recipient": "+62812345678000", "text": TEXT},
}
OWN_LADDER = """
[[ladder]]
jurisdiction = "*"
purpose = "*"
offence = "*"
effective_from = 2026-01-01
source = "a written decision"
[[ladder.rung]]
channel = "sms"
wait_for = "delivered"
within_s = 3600
"""


def settings_of(database_url, folder, whatsapp_url="http://127.0.0.1:9", **changes):
    sms = {"enabled": True, "source": "ETLE PMJ", "system_id": "cakra", "password": "rahasia", "window": 50}
    return Settings(
        database={"url": database_url},
        keys={"root": ROOT_KEY.hex()},
        photos={"url": str(folder / "photos")},
        whatsapp={
            "base_url": whatsapp_url,
            "phone_number_id": NUMBER_ID,
            "access_token": TOKEN,
            "app_secret": SECRET,
            "display_number": "+62 811-0000-0000",
        },
        sms=sms | changes.pop("sms", {}),
        worker={"sweep_s": 0.2},
        **changes,
    )


@pytest.fixture
def smsc():
    with running_smsc() as centre:
        yield centre


@asynccontextmanager
async def working(settings):
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


async def notified(ground, queued):
    return (await ground.case(queued)).state is State.NOTIFIED


async def test_a_refusal_on_whatsapp_becomes_an_sms_whose_receipt_proves_delivery(ground, database_url, tmp_path, smsc):
    ground.peer.faults(answer_code=NOT_HERE)
    queued = await ground.queue(plan=LADDER, content=CONTENT)
    async with working(settings_of(database_url, tmp_path, ground.peer.url, sms={"port": smsc.port})):
        await until(lambda: notified(ground, queued))
    (seen,) = await smsc.seen("submit")
    assert (seen["text"], seen["pdu"]["destination_addr"]) == (TEXT, "62812345678000")
    assert await ground.told(queued) == ["channel_left", "delivery_proved"]
    assert [row["channel"] for row in await ground.attempts(queued)] == ["whatsapp", "sms"]


async def test_a_receipt_after_a_restart_finds_its_message_by_the_centres_number(ground, database_url, tmp_path, smsc):
    smsc.say(set={"hold": True})
    settings = settings_of(database_url, tmp_path, ground.peer.url, sms={"port": smsc.port})
    queued = await ground.queue(plan=LADDER[1:], content=CONTENT, picture=bytes(32))  # which an SMS does not show

    async def accepted():
        return (await ground.notice(queued))["state"] == "accepted"

    async with working(settings):
        await until(accepted)
    smsc.say(set={"hold": False})
    async with working(settings):
        await until(lambda: notified(ground, queued))
    assert len(await smsc.seen("submit")) == 1
    assert len(await smsc.seen("bound", 2)) == 2
    assert await ground.pool.fetchval("select count(*) from callback where problem is not null") == 0


async def kept_receipt(ground, number, *, provider=SMPP):
    """A centre's receipt as kept by a process that does not know the message."""
    text = f"id:{number} sub:001 dlvrd:001 done date:2611210802 stat:DELIVRD err:000 text:"
    body = bytes(7) + b"\x04" + bytes(8) + bytes([len(text)]) + text.encode()  # no addresses; esm_class: a receipt
    pdu = (16 + len(body)).to_bytes(4) + (5).to_bytes(4) + bytes(4) + (1).to_bytes(4) + body
    entry = {"pdu": pdu.hex(), "tag": None, "arrived": "2026-11-21T01:02:03+00:00"}
    raw = json.dumps({"smpp": 1, "entries": [entry]}).encode()
    await keep_callback(ground.pool, ground.callbacks, provider, raw, timedelta(days=1))


async def sent_under(ground, number, attempt=1, *, days_ago=0):
    """A notice whose SMS was accepted under this number."""
    queued = await ground.queue(plan=LADDER[1:], content=CONTENT)
    await ground.pool.execute(
        "insert into attempt (cell, notice_id, channel, attempt, sender, intended_at, state, provider_id, answered_at)"
        " values ($1, $2, 'sms', $3, 'ETLE PMJ', now() - make_interval(days => $4), 'accepted', $5, now())",
        queued.cell,
        queued.notice_id,
        attempt,
        days_ago,
        f"cakra:{number}",
    )
    await ground.pool.execute(
        "update notice set state = 'accepted', step = 'settle', attempts = $2 where notice_id = $1",
        queued.notice_id,
        attempt,
    )
    return queued


async def make_callbacks_due(ground):
    await ground.pool.execute("update callback set due_at = now() where step is not null")


async def test_a_receipt_that_is_read_before_the_answer_is_recorded_is_read_again(ground, database_url, tmp_path):
    async with open_world(settings_of(database_url, tmp_path), "test") as world:
        proofs = proof_desk(world)
        await kept_receipt(ground, 77)
        assert await proofs.apply(50, "tester") == 1
        assert await proofs.apply(50, "tester") == 0, "it waits a moment"
        queued = await sent_under(ground, 77)
        await ground.pool.execute("update attempt set intended_at = now() - interval '1 minute'")
        await make_callbacks_due(ground)
        assert await proofs.apply(50, "tester") == 1
    assert (await ground.case(queued)).state is State.NOTIFIED
    assert await ground.pool.fetchval("select count(*) from callback where step is not null") == 0


async def test_a_number_that_the_centre_used_before_means_the_newest_message(ground, database_url, tmp_path):
    long_ago, before, newest = [await sent_under(ground, 9, days_ago=days) for days in (20, 2, 0)]
    async with open_world(settings_of(database_url, tmp_path), "test") as world:
        await kept_receipt(ground, 9)
        await proof_desk(world).apply(50, "tester")
    states = [(await ground.case(one)).state for one in (long_ago, before, newest)]
    assert states == [State.NOTIFYING, State.NOTIFYING, State.NOTIFIED]


async def test_a_receipt_of_nobodys_message_is_given_up_after_a_while_and_kept(ground, database_url, tmp_path):
    await sent_under(ground, 5, days_ago=20)
    async with open_world(settings_of(database_url, tmp_path), "test") as world:
        proofs, rounds = proof_desk(world), 0
        await kept_receipt(ground, 5)
        while await proofs.apply(50, "tester"):
            rounds += 1
            await make_callbacks_due(ground)
    assert rounds == 7
    row = await ground.pool.fetchrow("select step, problem from callback")
    assert (row["step"], row["problem"]) == (None, "1 receipts of messages that are not known here")


def authorization(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def test_infobips_reports_come_in_by_its_door_with_the_agreed_credentials(ground, database_url, tmp_path):
    told = {
        "provider": "infobip",
        "infobip_base_url": "http://127.0.0.1:9",
        "infobip_key": "kunci",
        "infobip_callback_user": "infobip",
        "infobip_callback_password": "rahasia",
    }
    settings = settings_of(database_url, tmp_path, sms=told)
    queued = await sent_under(ground, 1)
    tag = queued.tag()
    status = {"groupId": 3, "name": "DELIVERED_TO_HANDSET"}
    report = {
        "results": [{"messageId": tag, "callbackData": tag, "status": status, "doneAt": "2026-11-21T08:02:00+0700"}]
    }
    deps = CallbackDeps(ground.pool, ground.callbacks, None, lambda _: None, infobip_door(settings))
    async with serve(build_app([build_callback_routes(deps)], ground.pool)) as base:

        async def post(body, headers):
            url = f"{base}/v1/callbacks/infobip"
            return (await asyncio.to_thread(fetch, url, method="POST", body=body, headers=headers))[0]

        assert await post(report, {}) == 401
        assert await post(report, authorization("infobip", "salah")) == 401
        assert await post(b"x" * 1_200_000, authorization("infobip", "rahasia")) == 413
        assert await ground.pool.fetchval("select count(*) from callback") == 0
        assert await post(report, authorization("infobip", "rahasia")) == 200
    assert await ground.pool.fetchval("select provider from callback") == INFOBIP
    async with open_world(settings, "test") as world:
        assert await proof_desk(world).apply(50, "tester") == 1
    assert (await ground.case(queued)).state is State.NOTIFIED


async def test_without_infobip_there_is_no_such_door(ground, database_url, tmp_path):
    deps = CallbackDeps(
        ground.pool, ground.callbacks, None, lambda _: None, infobip_door(settings_of(database_url, tmp_path))
    )
    async with serve(build_app([build_callback_routes(deps)], ground.pool)) as base:
        answer = await asyncio.to_thread(fetch, f"{base}/v1/callbacks/infobip", method="POST", body={})
    assert answer[0] == 404


async def test_sms_stands_in_the_directorates_own_ladder_only(database_url, tmp_path):
    told = settings_of(database_url, tmp_path)
    assert channels_in_use(told) == {Channel.WHATSAPP, Channel.SMS}
    assert (sender_names(told)["sms"], calls_at_once(told)[Channel.SMS]) == (("ETLE PMJ",), 50)
    own = book_of(ladder=OWN_LADDER)
    ladders = own.at(kinds.LADDER, "PMJ", datetime.now(UTC)).content
    assert [rung.channel for rung in ladder_for(ladders, "PMJ", "x", (), date(2026, 11, 2)).rungs] == [Channel.SMS]
    assert in_a_ladder(own)
    assert not in_a_ladder(packaged_book())


async def test_the_doctor_says_what_keeps_an_sms_from_leaving(pool, database_url, tmp_path, smsc):
    async def told(sms):
        return await sms_told(settings_of(database_url, tmp_path, sms=sms))

    assert "off" in await told({"enabled": False})
    assert await told({"port": smsc.port}) == f"127.0.0.1:{smsc.port} answers"
    with pytest.raises(SetupError, match=r"sms\.source"):
        await told({"port": smsc.port, "source": ""})
    with pytest.raises(SetupError, match=r"Nothing answers at 127\.0\.0\.1:9"):
        await told({"port": 9})
    settings = settings_of(database_url, tmp_path)
    with pytest.raises(SetupError, match="no ladder has a rung"):
        await sms_ladder_told(settings, pool, database_url)
    await put_in_force(pool, packaged_book(), "ladder", OWN_LADDER)
    assert await sms_ladder_told(settings, pool, database_url) == "a ladder has a rung for it"


async def test_a_synthetic_register_and_an_unknown_brand_stop_the_start(pool, database_url, tmp_path):
    async with open_world(settings_of(database_url, tmp_path, sms={"host": "192.0.2.1"}), "test") as world:
        await require_safe_provider(world)
        await pool.execute("insert into register_meta (synthetic) values (true)")
        with pytest.raises(SetupError, match=r"loopback.*192\.0\.2\.1"):
            await require_safe_provider(world)
    async with open_world(settings_of(database_url, tmp_path, sms={"brand": "POLRI"}), "test") as world:
        with pytest.raises(SetupError, match="does not name 'POLRI'"):
            sms_sender(world)
