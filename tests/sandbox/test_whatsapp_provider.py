"""The simulated provider and the owner's phone, as processes and pages."""

import hashlib
import io
import json
import re

import pytest
from PIL import Image

from cakra.core.ports import Action, Picture, ReceiptState, SendState
from cakra.outside.whatsapp import WhatsAppCallbacks, WhatsAppSender
from whatsapp_peer import SECRET, Peer, Receiver, fetch, message, receiver, sandbox, until

CALLBACKS = WhatsAppCallbacks(SECRET)
FAST = {"sent_after_s": 0.02, "delivered_after_s": 0.1}


@pytest.fixture
def hooks():
    with receiver() as seen:
        yield seen


def receipts_of(hooks: Receiver, tag: str) -> list:
    found = []
    for headers, raw in hooks.taken():
        assert CALLBACKS.verify(raw, headers)
        found += [receipt for receipt in CALLBACKS.receipts(raw) if receipt.tag == tag]
    return found


def states_of(hooks: Receiver, tag: str) -> list[ReceiptState]:
    return [receipt.state for receipt in receipts_of(hooks, tag)]


async def send(peer: Peer, **changes):
    async with WhatsAppSender(peer.account()) as sender:
        return await sender.send(message(**changes))


async def test_signed_receipts_come_in_order_and_reading_is_the_owners_act(tmp_path, hooks):
    with sandbox(tmp_path, webhook_url=hooks.url, **FAST) as peer:
        result = await send(peer, tag="n:1:1:1")
        until(lambda: len(receipts_of(hooks, "n:1:1:1")) == 2)
        assert states_of(hooks, "n:1:1:1") == [ReceiptState.SENT, ReceiptState.DELIVERED]
        assert {receipt.provider_id for receipt in receipts_of(hooks, "n:1:1:1")} == {result.provider_id}
        for _ in range(2):
            fetch(f"{peer.url}/phone/6281234567890")
        until(lambda: len(receipts_of(hooks, "n:1:1:1")) == 3)
        assert states_of(hooks, "n:1:1:1")[-1] is ReceiptState.READ


async def test_a_receiver_that_fails_gets_the_same_receipts_later(tmp_path, hooks):
    hooks.status = 503
    with sandbox(tmp_path, webhook_url=hooks.url, read_after_s=0.2, **FAST) as peer:
        await send(peer, tag="n:1:1:1")
        until(lambda: peer.stats()["webhooks"]["failed_posts"] >= 2)
        assert not hooks.taken()
        hooks.status = 200
        until(lambda: len(receipts_of(hooks, "n:1:1:1")) == 3)
        assert set(states_of(hooks, "n:1:1:1")) == {ReceiptState.SENT, ReceiptState.DELIVERED, ReceiptState.READ}
        assert peer.stats()["webhooks"]["pending"] == 0


async def test_webhooks_arrive_twice_late_and_out_of_order_when_told(tmp_path, hooks):
    faults = {"share_duplicate_webhooks": 1, "share_reordered_webhooks": 1, "share_late_webhooks": 1, "late_s": 0.3}
    with sandbox(tmp_path, webhook_url=hooks.url, faults=faults, **FAST) as peer:
        await send(peer, tag="n:1:1:1")
        until(lambda: len(receipts_of(hooks, "n:1:1:1")) == 4)
        states = states_of(hooks, "n:1:1:1")
        assert states.index(ReceiptState.DELIVERED) < states.index(ReceiptState.SENT)
        assert sorted(states) == sorted([ReceiptState.SENT, ReceiptState.DELIVERED] * 2)


async def test_a_number_without_whatsapp_fails_by_receipt(tmp_path, hooks):
    with sandbox(tmp_path, webhook_url=hooks.url, absent_suffixes=["0404"], **FAST) as peer:
        result = await send(peer, tag="n:1:1:1", recipient="+6281200000404")
        assert result.state is SendState.ACCEPTED
        until(lambda: receipts_of(hooks, "n:1:1:1"))
        [receipt] = receipts_of(hooks, "n:1:1:1")
        assert (receipt.state, receipt.code, receipt.action) == (ReceiptState.FAILED, "131026", Action.NEXT_CHANNEL)
        assert b"7K2M9QX4B3" not in fetch(f"{peer.url}/phone/6281200000404")[1]


async def test_a_receipt_may_overtake_the_answer(tmp_path, hooks):
    with sandbox(
        tmp_path, webhook_url=hooks.url, faults={"share_lost": 1}, sent_after_s=0, delivered_after_s=0
    ) as peer:
        assert (await send(peer, tag="n:1:1:1")).state is SendState.UNKNOWN
        until(lambda: ReceiptState.DELIVERED in states_of(hooks, "n:1:1:1"))


async def test_the_log_of_sends_survives_a_kill(tmp_path):
    with sandbox(tmp_path) as peer:
        for number in range(3):
            await send(peer, tag=f"n:1:{number}:1")
    with (tmp_path / "sends.jsonl").open("ab") as log:
        log.write(b'{"cut off')  # what a crash may leave
    with sandbox(tmp_path) as peer:
        await send(peer, tag="n:1:3:1")
        page = json.loads(fetch(f"{peer.url}/sandbox/sends?after=1&limit=2")[1])
        assert [each["tag"] for each in page["sends"]] == ["n:1:1:1", "n:1:2:1"]
        assert (page["total"], page["next"]) == (4, 3)
        assert [each["tag"] for each in peer.sends()] == [f"n:1:{number}:1" for number in range(4)]
        assert b"6281234567890" in fetch(f"{peer.url}/phone/")[1]


async def test_the_seed_decides_which_sends_fail(tmp_path):
    runs = []
    for seed in (7, 7, 8):
        folder = tmp_path / str(len(runs))
        folder.mkdir()
        with sandbox(folder, faults={"share_429": 0.5, "seed": seed}) as peer:
            async with WhatsAppSender(peer.account()) as sender:
                runs.append([(await sender.send(message())).state for _ in range(24)])
    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {SendState.ACCEPTED, SendState.REFUSED}


async def test_the_phone_shows_the_message_as_its_owner_sees_it(tmp_path, hooks):
    out = io.BytesIO()
    Image.new("RGB", (320, 200), (200, 40, 40)).save(out, "JPEG")
    jpeg = Picture(hashlib.sha256(out.getvalue()).digest(), out.getvalue())
    with sandbox(tmp_path, webhook_url=hooks.url, **FAST) as peer:
        await send(peer, picture=jpeg, variables={"plat": "<b>B 1</b>", "waktu": "pagi", "lokasi": "x", "ref": "R"})
        listing = fetch(f"{peer.url}/phone/")[1].decode()
        assert "+62 812-3456-7890" in listing
        page = fetch(f"{peer.url}/phone/6281234567890")[1].decode()
        assert "ETLE CONTOH" in page
        assert "simulasi, bukan pesan resmi" in page
        assert "<strong>&lt;b&gt;B 1&lt;/b&gt;</strong>" in page
        assert 'href="http://127.0.0.1:9/k/7K2M9QX4B3"' in page
        assert "<script" not in page
        shown = re.search(r'src="(/phone/media/\d+)"', page)
        assert shown is not None
        assert fetch(peer.url + shown[1])[1] == jpeg.jpeg
        wamid = peer.sends()[0]["wamid"]
        fetch(f"{peer.url}/phone/6281234567890/reply", method="POST", body=f"wamid={wamid}".encode())
        until(lambda: any(b'"context"' in raw for _, raw in hooks.taken()))
        assert "mine" in fetch(f"{peer.url}/phone/6281234567890")[1].decode()
        assert fetch(f"{peer.url}/phone/628999")[0] == 200


@pytest.mark.parametrize(
    ("call", "body", "status", "words"),
    [
        ("PUT /sandbox/faults", {"share_of_luck": 1}, 400, b"share_of_luck"),
        ("PUT /sandbox/faults", {"share_429": 2}, 400, b"share_429"),
        ("PUT /sandbox/faults", b"[]", 400, b"JSON object"),
        ("GET /sandbox/sends?after=x", None, 400, b"whole numbers"),
        ("POST /v25.0/100000000000002/messages", {}, 401, b"190"),
        ("POST /v25.0/100000000000002/media", b"", 401, b"190"),
        ("GET /phone/media/12", None, 404, b""),
    ],
)
def test_wrong_calls_are_told_what_is_wrong(calm_peer, call, body, status, words):
    method, path = call.split()
    found = fetch(calm_peer.url + path, method=method, body=body)
    assert found[0] == status
    assert words in found[1]


@pytest.fixture(scope="module")
def calm_peer(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("calm")) as peer:
        yield peer


def test_a_taken_port_or_wrong_settings_end_with_a_sentence(calm_peer, tmp_path):
    import subprocess
    import sys

    def start(document: str) -> tuple[int, str]:
        file = tmp_path / "settings.json"
        file.write_text(document)
        command = [sys.executable, "-m", "cakra.sandbox.whatsapp", str(file)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return ended.returncode, ended.stderr

    sound = {"app_secret": "a", "access_token": "b", "webhook_url": None, "log_path": str(tmp_path / "log")}
    for document, words in [
        (json.dumps(sound | {"port": calm_peer.port}), "taken"),
        (json.dumps(sound | {"port": 0, "colour": 1}), "colour"),
        (json.dumps(sound), "port"),
        (json.dumps(sound | {"port": 0, "log_path": "/proc/none/log"}), "log"),
        ("{", "JSON"),
    ]:
        code, told = start(document)
        assert code == 2
        assert words in told
        assert "Traceback" not in told
