"""SMPP 3.4 as far as a bound transceiver needs it. It listens on loopback only.

Source: SMPP Protocol Specification v3.4, sections 3.2 (header) and 4 (commands).
"""

import asyncio
import json
import os
import random
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from cakra.kit.clock import now
from cakra.kit.errors import SetupError

_HOST = "127.0.0.1"
_HEADER = struct.Struct(">IIII")
_TLV = struct.Struct(">HH")
_LARGEST = 64 * 1024
_BIND_TRANSCEIVER, _SUBMIT, _UNBIND, _ENQUIRE, _NACK = 0x09, 0x04, 0x06, 0x15, 0x80000000
_RESPONSE = 0x80000000
_OK, _INVALID_COMMAND, _THROTTLED = 0x00, 0x03, 0x58


@dataclass(frozen=True, slots=True)
class SandboxSmsSettings:
    """`share_throttled`: of the submits, 0–1."""

    log_path: Path
    port: int = 0
    share_throttled: float = 0.0
    seed: int = 0

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "SandboxSmsSettings":
        """From a JSON object; SetupError names what is missing or unknown."""
        try:
            return cls(**{**document, "log_path": Path(document["log_path"])})
        except (KeyError, TypeError) as reason:
            raise SetupError(f"The SMS sandbox's settings are not complete: {reason}.") from reason


class SmsCentre:
    """The simulated centre."""

    def __init__(self, settings: SandboxSmsSettings) -> None:
        self._settings = settings
        self._chance = random.Random(settings.seed)  # noqa: S311 - faults, not secrets
        self._numbers = count(1)
        self._links: set[asyncio.Task[None]] = set()
        settings.log_path.parent.mkdir(parents=True, exist_ok=True)
        self._log = os.open(settings.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def serve(self, stop: asyncio.Event, ready: "asyncio.Future[int]") -> None:
        """Until `stop`; `ready` gets the port. SetupError: port taken."""
        try:
            server = await asyncio.start_server(self._link, _HOST, self._settings.port)
        except OSError as reason:
            raise SetupError(f"The SMS sandbox cannot listen on port {self._settings.port}: {reason}.") from reason
        ready.set_result(server.sockets[0].getsockname()[1])
        await stop.wait()
        server.close()
        for task in list(self._links):
            task.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)
        os.close(self._log)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            self._links.discard(task)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length, command, _, sequence = _HEADER.unpack(await reader.readexactly(_HEADER.size))
            if not _HEADER.size <= length <= _LARGEST:
                return
            body = await reader.readexactly(length - _HEADER.size)
            status, said, ends = self._answer(command, body)
            answer = _NACK if status == _INVALID_COMMAND else command | _RESPONSE
            if not command & _RESPONSE:
                writer.write(_HEADER.pack(_HEADER.size + len(said), answer, status, sequence) + said)
                await writer.drain()
            if ends:
                return

    def _answer(self, command: int, body: bytes) -> tuple[int, bytes, bool]:
        """Status, body of the response, and whether the link ends."""
        if command == _BIND_TRANSCEIVER:
            # The sc_interface_version (TLV 0x0210) tells the client that optional parameters are understood.
            return _OK, b"CONTOH\0" + _TLV.pack(0x0210, 1) + b"\x34", False
        if command == _SUBMIT:
            if self._chance.random() < self._settings.share_throttled:
                return _THROTTLED, b"", False
            return _OK, self._take(body), False
        if command == _ENQUIRE or command & _RESPONSE:
            return _OK, b"", False
        if command == _UNBIND:
            return _OK, b"", True
        return _INVALID_COMMAND, b"", False

    def _take(self, body: bytes) -> bytes:
        """Log an accepted submit before it is answered; the body of the answer, its id."""
        number = f"{next(self._numbers):010d}"
        record = {"at": now().isoformat(), "id": number, "bytes": len(body)}
        os.write(self._log, json.dumps(record, separators=(",", ":")).encode() + b"\n")
        return number.encode() + b"\0"
