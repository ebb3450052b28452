"""The WhatsApp adapter against the simulated provider, and against servers that break off."""

import asyncio
import contextlib
import hashlib
import io
import json
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cakra.core.ports import Action, Picture, Reply, SendState
from cakra.kit.errors import SetupError
from cakra.outside.whatsapp import TemplateDefinition, TemplateShape, WhatsAppSender, register_templates
from cakra.outside.whatsapp.answers import HttpAnswer, read_send_answer, refusal
from cakra.outside.whatsapp.client import MediaCache
from cakra.outside.whatsapp.payload import parameter
from whatsapp_peer import PLAIN, WITH_PICTURE, Peer, flat, message, sandbox


def picture(shade: int = 90) -> Picture:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, 120, 160)).save(out, "JPEG")
    return Picture(hashlib.sha256(out.getvalue()).digest(), out.getvalue())


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("whatsapp"), absent_suffixes=["0404"], absent_as="answer") as peer:
        yield peer


@pytest.fixture
def peer(running: Peer):
    yield running
    calm = {"delay_ms": 0, "answer_code": None, "media_code": None}
    shares = dict.fromkeys(["share_429", "share_5xx", "share_lost", "share_hung", "share_held"], 0)
    running.faults(**calm, **shares)


@pytest.fixture
async def sender(peer: Peer):
    async with WhatsAppSender(peer.account()) as sender:
        yield sender


def sends_of(peer: Peer, tag: str) -> list[dict]:
    return [send for send in peer.sends() if send["tag"] == tag]


async def test_a_message_with_its_picture_is_accepted(peer, sender):
    result = await sender.send(message(picture(), tag="n:1:1:1"))
    assert (result.state, result.action) == (SendState.ACCEPTED, Action.NONE)
    [logged] = sends_of(peer, "n:1:1:1")
    assert logged["wamid"] == result.provider_id
    assert logged["to"] == "+6281234567890"
    assert logged["link"] == "7K2M9QX4B3"
    assert logged["variables"]["plat"] == "B 1234 XYZ"
    assert logged["media"]
    assert json.loads(result.raw)["messages"][0]["id"] == result.provider_id


async def test_a_number_without_plus_is_sent_with_one(peer, sender):
    await sender.send(message(tag="n:1:2:1", recipient="6281234567890"))
    assert [send["to"] for send in sends_of(peer, "n:1:2:1")] == ["+6281234567890"]


async def test_held_messages_are_not_accepted_yet(peer, sender):
    peer.faults(share_held=1)
    result = await sender.send(message())
    assert (result.state, result.code) == (SendState.HELD, "held_for_quality_assessment")
    assert result.provider_id


@pytest.mark.parametrize(
    ("changes", "account", "action", "code"),
    [
        ({"template": "tidak_ada"}, {}, Action.FIX_US, "132001"),
        ({"variables": {"plat": "B 1 A"}}, {}, Action.FIX_US, "132000"),
        ({"link_suffix": ""}, {}, Action.FIX_US, "131008"),
        ({"recipient": "0812"}, {}, Action.FIX_US, "131009"),
        ({"recipient": "+6281100000404"}, {}, Action.NEXT_CHANNEL, "131026"),
        ({}, {"access_token": "salah"}, Action.STOP_SENDER, "190"),
        ({}, {"phone_number_id": "999"}, Action.FIX_US, "100"),
    ],
)
async def test_what_the_provider_refuses_says_what_to_do(peer, changes, account, action, code):
    before = len(peer.sends())
    async with WhatsAppSender(peer.account(**account)) as sender:
        result = await sender.send(message(**changes))
    assert (result.state, result.action, result.code) == (SendState.REFUSED, action, code)
    assert result.detail
    assert len(peer.sends()) == before


@pytest.mark.parametrize(
    ("code", "action", "pause"),
    [
        (131000, Action.RETRY, None),
        (131056, Action.RETRY, 6.0),
        (131057, Action.RETRY, 60.0),
        (131048, Action.STOP_SENDER, None),
        (131042, Action.STOP_SENDER, None),
        (368, Action.STOP_SENDER, None),
        (200, Action.STOP_SENDER, None),
        (130497, Action.STOP_SENDER, None),
        (131050, Action.NEXT_CHANNEL, None),
        (132015, Action.NEXT_CHANNEL, None),
        (132016, Action.FIX_US, None),
        (131047, Action.FIX_US, None),
        (987654, Action.FIX_US, None),
    ],
)
async def test_each_class_of_code_has_its_action(peer, sender, code, action, pause):
    peer.faults(answer_code=code)
    result = await sender.send(message())
    assert (result.state, result.action, result.code) == (SendState.REFUSED, action, str(code))
    assert result.retry_after_s == pause


async def test_throttling_and_server_faults_in_the_providers_form_may_be_retried(peer, sender):
    peer.faults(share_429=1)
    throttled = await sender.send(message(tag="n:1:3:1"))
    assert (throttled.state, throttled.action, throttled.retry_after_s) == (SendState.REFUSED, Action.RETRY, 2.0)
    peer.faults(share_429=0, share_5xx=1)
    broken = await sender.send(message(tag="n:1:3:1"))
    assert (broken.state, broken.action) == (SendState.REFUSED, Action.RETRY)
    assert not sends_of(peer, "n:1:3:1")


async def test_a_lost_answer_is_unknown_and_was_accepted(peer, sender):
    peer.faults(share_lost=1)
    result = await sender.send(message(tag="n:1:4:1"))
    assert (result.state, result.action, result.code) == (SendState.UNKNOWN, Action.WAIT, "connection_lost")
    assert len(sends_of(peer, "n:1:4:1")) == 1


async def test_no_answer_in_time_is_unknown_and_was_accepted(peer):
    peer.faults(share_hung=1)
    async with WhatsAppSender(peer.account(timeout_s=0.5)) as sender:
        result = await sender.send(message(tag="n:1:5:1"))
    assert (result.state, result.action, result.code) == (SendState.UNKNOWN, Action.WAIT, "timeout")
    assert len(sends_of(peer, "n:1:5:1")) == 1


async def test_a_closed_port_is_surely_not_sent(peer):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        async with WhatsAppSender(peer.account(base_url=f"http://127.0.0.1:{free.getsockname()[1]}")) as sender:
            result = await sender.send(message())
            with_picture = await sender.send(message(picture()))
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.RETRY, "not_connected")
    assert (with_picture.state, with_picture.code) == (SendState.REFUSED, "media_not_connected")


async def test_a_connection_that_never_opens_is_surely_not_sent(peer):
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # the queue of a listener that accepts nobody
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        base_url = f"http://127.0.0.1:{full.getsockname()[1]}"
        async with WhatsAppSender(peer.account(base_url=base_url, timeout_s=1.0)) as sender:
            result = await sender.send(message())
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.RETRY, "not_connected")


@contextlib.asynccontextmanager
async def raw_server(answer: bytes):
    """Reads one request, writes these bytes, closes."""
    requests = []

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        requests.append(head + await reader.readexactly(int(length.split(b":")[1])))
        writer.write(answer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        (b"", SendState.UNKNOWN, "connection_lost"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", SendState.UNKNOWN, "connection_lost"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", SendState.UNKNOWN, "unreadable_answer"),
        (b"HTTP/1.1 502 Bad\r\nContent-Length: 6\r\n\r\n<html>", SendState.UNKNOWN, "http_502"),
        (b"no http at all\r\n\r\n", SendState.UNKNOWN, "connection_lost"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b'{"a":"' + b"x" * 1_000_000, SendState.UNKNOWN, "unreadable_answer"),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", SendState.REFUSED, "http_401"),
        (b"HTTP/1.1 429 No\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n", SendState.REFUSED, "http_429"),
        (
            b"HTTP/1.1 307 Go\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
            SendState.REFUSED,
            "http_307",
        ),
    ],
)
async def test_answers_that_are_not_the_providers(peer, answer, state, code):
    async with (
        raw_server(answer) as (base_url, requests),
        WhatsAppSender(peer.account(base_url=base_url)) as sender,
    ):
        result = await sender.send(message())
    assert (result.state, result.code) == (state, code)
    assert len(requests) == 1
    assert len(result.raw) <= 64 * 1024
    if code == "http_429":
        assert result.retry_after_s == 7.0


@pytest.mark.parametrize(
    ("written", "pause"),
    [
        (b"99999999999999999", 3600.0),
        (b"99999999999", 3600.0),
        (b"Fri, 31 Dec 2099 23:59:59 GMT", 3600.0),
        (b"Fri, 31 Dec 9999 23:59:59 -1200", 2.0),
        (b"-5", 2.0),
        (b"soon", 2.0),
    ],
)
async def test_a_pause_that_the_provider_asks_for_is_bounded(peer, written, pause):
    answer = b"HTTP/1.1 429 No\r\nContent-Length: 0\r\nRetry-After: " + written + b"\r\n\r\n"
    async with raw_server(answer) as (base_url, _), WhatsAppSender(peer.account(base_url=base_url)) as sender:
        result = await sender.send(message())
    assert (result.action, result.retry_after_s) == (Action.RETRY, pause)


async def test_a_picture_is_uploaded_once_and_again_when_the_provider_lost_it(peer, sender, tmp_path):
    before = peer.stats()["media"]
    for _ in range(3):
        assert (await sender.send(message(picture(11)))).state is SendState.ACCEPTED
    assert (await sender.send(message(picture(12)))).state is SendState.ACCEPTED
    assert peer.stats()["media"] == before + 2
    with sandbox(tmp_path) as first:
        keeper = WhatsAppSender(first.account())
        assert (await keeper.send(message(picture(13)))).state is SendState.ACCEPTED
    with sandbox(tmp_path, port=first.port) as second:
        assert (await keeper.send(message(picture(13), tag="n:1:6:2"))).state is SendState.ACCEPTED
        assert second.stats()["media"] == 1
        assert len(sends_of(second, "n:1:6:2")) == 1
        await keeper.close()


@pytest.mark.parametrize("known", [True, False])
async def test_a_picture_that_is_refused_twice_is_left_out(peer, known):
    """Uploaded once more, then the same words without it; without such words the refusal stands."""
    shapes = {WITH_PICTURE.name: TemplateShape(PLAIN.name, 1), PLAIN.name: TemplateShape("", 1)} if known else {}
    async with WhatsAppSender(peer.account(), shapes) as sender:
        peer.faults(media_code=131053)
        before = peer.stats()["counts"].get("refused_media", 0)
        result = await sender.send(message(picture(), tag=f"n:1:90:{int(known)}"))
        assert peer.stats()["counts"]["refused_media"] == before + 2
    sent = sends_of(peer, f"n:1:90:{int(known)}")
    if not known:
        assert (result.state, result.action, result.code, sent) == (SendState.REFUSED, Action.FIX_US, "131053", [])
        return
    assert result.state is SendState.ACCEPTED
    assert "131053" in result.detail
    assert [(one["template"], one["media"], one["payload"]) for one in sent] == [(PLAIN.name, "", "n:1:90:1")]


def test_the_media_cache_is_bounded_and_forgets():
    cache = MediaCache(entries=2)
    for name in (b"a", b"b", b"c"):
        cache.put(name, name.decode())
    assert [cache.get(name) for name in (b"a", b"b", b"c")] == [None, "b", "c"]
    cache.forget(b"b")
    assert cache.get(b"b") is None


def test_media_ids_are_used_less_than_thirty_days(time_machine_at):
    cache = MediaCache()
    with time_machine_at("2026-11-01T00:00:00+00:00"):
        cache.put(b"a", "1")
    with time_machine_at("2026-11-29T23:59:00+00:00"):
        assert cache.get(b"a") == "1"
    with time_machine_at("2026-11-30T00:00:01+00:00"):
        assert cache.get(b"a") is None


@pytest.fixture
def time_machine_at():
    import time_machine

    return lambda instant: time_machine.travel(instant, tick=False)


async def test_a_picture_that_is_refused_means_no_message(peer, sender):
    peer.faults(media_code=131053)
    refused = await sender.send(message(picture(21), tag="n:1:7:1"))
    assert (refused.state, refused.action, refused.code) == (SendState.REFUSED, Action.FIX_US, "131053")
    peer.faults(media_code=131000)
    passing = await sender.send(message(picture(21), tag="n:1:7:1"))
    assert (passing.state, passing.action) == (SendState.REFUSED, Action.RETRY)
    peer.faults(media_code=None)
    no_picture = await sender.send(message(Picture(b"x" * 32, b"not a picture"), tag="n:1:7:1"))
    assert (no_picture.state, no_picture.action) == (SendState.REFUSED, Action.FIX_US)
    assert not sends_of(peer, "n:1:7:1")


async def test_closing_lets_a_call_in_flight_end(peer):
    peer.faults(delay_ms=400)
    sender = WhatsAppSender(peer.account())
    sending = asyncio.create_task(sender.send(message(tag="n:1:8:1")))
    await asyncio.sleep(0)
    await sender.close()
    assert (await sending).state is SendState.ACCEPTED
    late = await sender.send(message(tag="n:1:8:2"))
    assert (late.state, late.action) == (SendState.REFUSED, Action.RETRY)


async def test_many_at_once_each_arrive_once(peer, sender):
    tags = [f"n:1:{number}:9" for number in range(300)]
    results = await asyncio.gather(*(sender.send(message(tag=tag)) for tag in tags))
    assert {result.state for result in results} == {SendState.ACCEPTED}
    logged = [send["tag"] for send in peer.sends()]
    assert [logged.count(tag) for tag in tags] == [1] * 300


async def test_templates_are_registered_through_the_providers_door(tmp_path):
    with sandbox(tmp_path, templates=[]) as peer:
        await register_templates(peer.account(), [PLAIN])
        await register_templates(peer.account(), [PLAIN])  # there already: fine
        async with WhatsAppSender(peer.account()) as sender:
            assert (await sender.send(message())).state is SendState.ACCEPTED
        trailing = TemplateDefinition("etle_salah", "id", "Halo {{plat}}")
        with pytest.raises(SetupError, match="etle_salah"):
            await register_templates(peer.account(), [trailing])
        with pytest.raises(SetupError, match="401"):
            await register_templates(peer.account(access_token="salah"), [PLAIN])
        with pytest.raises(SetupError, match="business account"):
            await register_templates(peer.account(business_account_id=""), [PLAIN])
    with pytest.raises(SetupError, match="no answer"):
        await register_templates(peer.account(), [PLAIN])


def test_neither_token_nor_person_is_shown_by_a_repr(running):
    shown = repr(running.account()) + repr(message(picture()))
    assert "token-contoh" not in shown
    assert "81234567890" not in shown
    assert "B 1234 XYZ" not in shown
    assert flat(PLAIN)["name"] in shown


@given(
    st.integers(100, 599),
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["error", "messages", "code", "id", "message_status"]), inner, max_size=4)
        ),
    ).map(lambda document: json.dumps(document).encode()),
)
@settings(max_examples=300, deadline=None)
def test_no_answer_makes_the_adapter_fail_or_believe(status, raw):
    result = read_send_answer(HttpAnswer(status, raw))
    if result.state in {SendState.ACCEPTED, SendState.HELD}:
        assert 200 <= status < 300
        assert json.loads(raw)["messages"][0]["id"] == result.provider_id
    if result.state is SendState.REFUSED and status >= 500:
        assert "code" in json.loads(raw)["error"]
    assert (result.state is SendState.UNKNOWN) == (result.action is Action.WAIT)


async def test_a_country_that_the_account_may_not_write_to_concerns_that_person_only(peer, sender):
    peer.faults(answer_code=130497)
    result = await sender.send(message(recipient="+6591234567"))
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.NEXT_CHANNEL, "130497")
    reply = await sender.reply(Reply("r:1", "+6281234567890", "halo"))
    assert (reply.state, reply.action) == (SendState.REFUSED, Action.NEXT_CHANNEL)


def odd_answers():
    oddities = ([], {}, None, True, 1e308, "x" * 5000, ["w"], {"id": "w"})
    bodies = [{"messages": [{"id": "w", "message_status": odd}]} for odd in oddities]
    bodies += [{"messages": odd} for odd in oddities] + [{"messages": [{"id": odd}]} for odd in oddities]
    return bodies + [{"error": {"code": odd, "fbtrace_id": odd}} for odd in oddities]


@pytest.mark.parametrize("body", odd_answers())
def test_an_answer_of_odd_types_is_an_outcome(body):
    for status in (200, 400, 500):
        answer = HttpAnswer(status, json.dumps(body).encode())
        result = read_send_answer(answer)
        assert len(result.code) <= 100
        assert result.provider_id is None or len(result.provider_id) <= 512
        assert refusal(answer).state is SendState.REFUSED


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("Jl.\nThamrin\t12", "Jl. Thamrin 12"),
        ("a     b", "a b"),
        ("\u202eabc\x00", "abc"),
        ("", "-"),
        ("x" * 5000, "x" * 1024),
    ],
)
def test_a_value_goes_out_as_the_provider_takes_it(given, taken):
    assert parameter(given) == taken
