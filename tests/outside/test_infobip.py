"""The Infobip adapter against a provider on loopback that answers as told."""

import base64
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.ports import Action, ReceiptState, SendState
from cakra.outside.sms import InfobipAccount, InfobipCallbacks, InfobipSender
from sms_peer import TEXT, message


def status(group: int, name: str, number: int = 1) -> dict[str, Any]:
    return {"groupId": group, "groupName": "X", "id": number, "name": name, "description": "x"}


def answer(group: int = 1, name: str = "PENDING_ACCEPTED") -> bytes:
    return json.dumps({"messages": [{"messageId": "n:1:1:1", "status": status(group, name)}]}).encode()


class Provider:
    """Answers with `code` and `body`, or hangs up after reading when `body` is None."""

    def __init__(self) -> None:
        self.code, self.body = 200, answer()
        self.seen: list[tuple[str, dict[str, str], Any]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                provider.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(raw)))
                if provider.body is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(provider.code)
                self.send_header("content-length", str(len(provider.body)))
                self.end_headers()
                self.wfile.write(provider.body)

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def account(self) -> InfobipAccount:
        url = f"http://127.0.0.1:{self.server.server_port}/"
        return InfobipAccount(url, "kunci", "ETLE PMJ", "ETLE", "https://contoh.invalid/v1/callbacks/infobip")


@pytest.fixture
def provider() -> Iterator[Provider]:
    one = Provider()
    yield one
    one.server.shutdown()
    one.server.server_close()
    one.thread.join(timeout=10)


async def send(provider: Provider):
    async with InfobipSender(provider.account) as sender:
        return await sender.send(message())


async def test_a_send_carries_our_tag_twice(provider):
    result = await send(provider)
    assert (result.state, result.action, result.provider_id) == (SendState.ACCEPTED, Action.NONE, "n:1:1:1")
    path, headers, body = provider.seen[0]
    assert (path, headers["authorization"]) == ("/sms/3/messages", "App kunci")
    assert body == {
        "messages": [
            {
                "sender": "ETLE PMJ",
                "destinations": [{"to": "62812345678000", "messageId": "n:1:1:1"}],
                "content": {"text": TEXT},
                "options": {"validityPeriod": {"amount": 12, "timeUnit": "HOURS"}},
                "webhooks": {
                    "callbackData": "n:1:1:1",
                    "delivery": {"url": "https://contoh.invalid/v1/callbacks/infobip"},
                    "contentType": "application/json",
                },
            }
        ]
    }


ERROR = b'{"requestError":{"serviceException":{"messageId":"X","text":"x"}}}'


@pytest.mark.parametrize(
    ("code", "body", "state", "action"),
    [
        (200, answer(5, "REJECTED_NOT_ENOUGH_CREDITS"), SendState.REFUSED, Action.STOP_SENDER),
        (200, answer(5, "REJECTED_SENDER"), SendState.REFUSED, Action.STOP_SENDER),
        (200, answer(5, "REJECTED_DESTINATION"), SendState.REFUSED, Action.NEXT_CHANNEL),
        (200, answer(5, "REJECTED_SYSTEM_ERROR"), SendState.REFUSED, Action.RETRY),
        (200, answer(5, "REJECTED_DUPLICATE_MESSAGE_ID"), SendState.UNKNOWN, Action.WAIT),
        (200, answer(2, "UNDELIVERABLE_REJECTED_OPERATOR"), SendState.REFUSED, Action.NEXT_CHANNEL),
        (200, b"{}", SendState.UNKNOWN, Action.WAIT),
        (200, b"<html>", SendState.UNKNOWN, Action.WAIT),
        (400, ERROR, SendState.REFUSED, Action.FIX_US),
        (401, ERROR, SendState.REFUSED, Action.STOP_SENDER),
        (429, ERROR, SendState.REFUSED, Action.RETRY),
        (500, ERROR, SendState.REFUSED, Action.RETRY),
        (502, b"<html>", SendState.UNKNOWN, Action.WAIT),
        (200, None, SendState.UNKNOWN, Action.WAIT),
    ],
)
async def test_what_each_answer_means(provider, code, body, state, action):
    provider.code, provider.body = code, body
    result = await send(provider)
    assert (result.state, result.action) == (state, action)
    assert len(provider.seen) == 1


async def test_nobody_there_is_a_refusal_to_try_again():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        account = InfobipAccount(f"http://127.0.0.1:{free.getsockname()[1]}", "kunci", "ETLE PMJ", "ETLE")
        async with InfobipSender(account) as sender:
            result = await sender.send(message())
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.RETRY, "not_connected")


async def test_what_may_not_go_out_never_leaves(provider):
    async with InfobipSender(provider.account) as sender:
        link = await sender.send(message(text="ETLE: buka etle.polri.go.id"))
        number = await sender.send(message(way="abc"))
    assert (link.state, link.action, link.code) == (SendState.REFUSED, Action.FIX_US, "wording")
    assert (number.state, number.action, number.code) == (SendState.REFUSED, Action.NEXT_CHANNEL, "recipient")
    assert provider.seen == []


def report(group: int, name: str, **more: Any) -> dict[str, Any]:
    done = {"messageId": "n:1:1:1", "doneAt": "2026-11-21T08:02:00.000+0700", "status": status(group, name)}
    return done | {"error": {"id": 27, "permanent": True}, "callbackData": "n:1:1:1"} | more


def test_delivery_reports_become_receipts():
    callbacks = InfobipCallbacks("cakra", "sandi")
    results = [
        report(3, "DELIVERED_TO_HANDSET"),
        report(1, "PENDING_ENROUTE", callbackData=None),
        report(2, "UNDELIVERABLE_NOT_DELIVERED"),
        report(4, "EXPIRED_EXPIRED", error={}),
        {"messageId": "", "status": status(3, "X")},
        "bukan laporan",
    ]
    receipts = callbacks.receipts(json.dumps({"results": results}).encode())
    assert [(one.tag, one.state, one.action, one.code) for one in receipts] == [
        ("n:1:1:1", ReceiptState.DELIVERED, Action.NONE, "DELIVERED_TO_HANDSET"),
        ("n:1:1:1", ReceiptState.SENT, Action.NONE, "PENDING_ENROUTE"),
        ("n:1:1:1", ReceiptState.FAILED, Action.NEXT_CHANNEL, "UNDELIVERABLE_NOT_DELIVERED:27"),
        ("n:1:1:1", ReceiptState.FAILED, Action.NEXT_CHANNEL, "EXPIRED_EXPIRED"),
    ]
    assert receipts[0].at.isoformat() == "2026-11-21T01:02:00+00:00"


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps))
def test_a_body_of_anything_gives_no_receipt_and_no_error(body):
    raw = body if isinstance(body, bytes) else f'{{"results":{body}}}'.encode()
    assert InfobipCallbacks("cakra", "sandi").receipts(raw) == []


def test_only_the_agreed_credentials_open_the_door():
    callbacks = InfobipCallbacks("cakra", "sandi")
    good = "Basic " + base64.b64encode(b"cakra:sandi").decode()
    assert callbacks.verify(b"", {"AUTHORIZATION": good})
    for headers in ({}, {"authorization": good[:-1]}, {"authorization": "Basic é"}, {"authorization": ""}):
        assert not callbacks.verify(b"", headers)
    assert not InfobipCallbacks("", "").verify(b"", {"authorization": ""})
