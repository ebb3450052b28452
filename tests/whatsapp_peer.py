"""The simulated WhatsApp provider as a process of its own, and a receiver of its webhooks."""

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from cakra.core.ports import Message, Picture
from cakra.outside.whatsapp import TemplateDefinition, WhatsAppAccount
from zygote import Forked

SECRET, TOKEN, NUMBER_ID, ACCOUNT_ID = "rahasia-contoh", "token-contoh", "100000000000002", "100000000000001"
BODY = (
    "CONTOH. Kendaraan *{{plat}}* terekam kamera pada {{waktu}} di {{lokasi}}. Nomor referensi {{ref}}. "
    "Kami tidak pernah meminta pembayaran lewat pesan ini."
)
PLAIN = TemplateDefinition(
    name="etle_konfirmasi_v1",
    language="id",
    body=BODY,
    footer="Direktorat contoh",
    button_text="Buka konfirmasi",
    button_url="http://127.0.0.1:9/k/{{1}}",
    quick_reply="Bukan saya",
)
WITH_PICTURE = TemplateDefinition(
    name="etle_konfirmasi_v1_foto",
    language="id",
    body=BODY,
    footer="Direktorat contoh",
    header="IMAGE",
    button_text="Buka konfirmasi",
    button_url="http://127.0.0.1:9/k/{{1}}",
    quick_reply="Bukan saya",
)
VARIABLES = {"plat": "B 1234 XYZ", "waktu": "21 Nov 2026 08.01 WIB", "lokasi": "Jl MH Thamrin", "ref": "7K2M9QX4B3"}
_direct = build_opener(ProxyHandler({}))


def fetch(
    url: str, *, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """One call without proxies; a bytes body goes as it is, anything else as JSON."""
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    try:
        with _direct.open(Request(url, data, headers or {}, method=method), timeout=10) as response:
            return response.status, response.read()
    except HTTPError as answer:
        return answer.code, answer.read()


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Poll until the condition holds; fail when it never does."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.02)
    return found


@dataclass
class Peer:
    """A running provider."""

    port: int
    log_path: Path
    process: Forked = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def account(self, **changes: Any) -> WhatsAppAccount:
        settings = {
            "base_url": self.url,
            "api_version": "v25.0",
            "phone_number_id": NUMBER_ID,
            "access_token": TOKEN,
            "display_number": "+62 811-0000-0000",
            "timeout_s": 5.0,
            "business_account_id": ACCOUNT_ID,
        }
        return WhatsAppAccount(**(settings | changes))

    def faults(self, **faults: Any) -> None:
        status, body = fetch(f"{self.url}/sandbox/faults", method="PUT", body=faults)
        assert status == 200, body

    def sends(self) -> list[dict[str, Any]]:
        """Every accepted send, from the provider's own log file."""
        return [json.loads(line) for line in self.log_path.read_bytes().splitlines()]

    def stats(self) -> dict[str, Any]:
        return json.loads(fetch(f"{self.url}/sandbox/stats")[1])


@contextlib.contextmanager
def sandbox(folder: Path, **settings: Any) -> Iterator[Peer]:
    """The provider as a process, with our two templates known; extra settings as in its settings file."""
    log_path = Path(settings.pop("log_path", folder / "sends.jsonl"))
    document = {
        "port": 0,
        "app_secret": SECRET,
        "access_token": TOKEN,
        "webhook_url": None,
        "log_path": str(log_path),
        "phone_number_id": NUMBER_ID,
        "business_account_id": ACCOUNT_ID,
        "templates": [flat(PLAIN), flat(WITH_PICTURE)],
        **settings,
    }
    file = folder / "sandbox.json"
    file.write_text(json.dumps(document))
    process = Forked("cakra.sandbox.whatsapp", [file], folder=folder, variables=os.environ, err=folder / "sandbox.log")
    try:
        assert process.stdout is not None
        announced = process.stdout.readline()
        assert announced, (folder / "sandbox.log").read_text(errors="replace")
        yield Peer(json.loads(announced)["port"], log_path, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()
            process.stdout.close()


def flat(template: TemplateDefinition) -> dict[str, str]:
    """A definition in the provider's start-up form."""
    names = ("name", "language", "body", "footer", "header", "button_text", "button_url", "quick_reply")
    return {name: getattr(template, name) for name in names}


def message(picture: Picture | None = None, **changes: Any) -> Message:
    """A message that the provider takes."""
    settings = {
        "tag": "n:1:42:1",
        "recipient": "+6281234567890",
        "template": WITH_PICTURE.name if picture else PLAIN.name,
        "language": "id",
        "variables": VARIABLES,
        "link_suffix": "7K2M9QX4B3",
        "picture": picture,
    }
    return Message(**(settings | changes))


@dataclass
class Receiver:
    """What a webhook address received; it answers with `status`."""

    url: str
    status: int = 200
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def taken(self) -> list[tuple[dict[str, str], bytes]]:
        return list(self.calls)


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """A webhook address on loopback; refused calls are not kept."""
    seen = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status = seen.status
            if status == 200:
                seen.calls.append((dict(self.headers.items()), raw))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    seen.url = f"http://127.0.0.1:{server.server_address[1]}/whatsapp"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
