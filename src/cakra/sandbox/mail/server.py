"""SMTP as far as a submitting client needs it (RFC 5321, pipelining, DSN). It listens on loopback only.

One verb is not SMTP's: `XFAULTS {json}` turns the switches, so that a storm can be ended from outside.
"""

import asyncio
import json
import os
import random
import re
from contextlib import suppress
from uuid import uuid4

from cakra.kit.clock import now
from cakra.kit.errors import InputError, SetupError
from cakra.sandbox.mail.bounce import bounce_report
from cakra.sandbox.mail.settings import MailFaults, SandboxMailSettings

_HOST = "127.0.0.1"
_LARGEST = 32 * 1024 * 1024
_PATH = re.compile(r"<([^>]*)>")
_RETURN_TAG = re.compile(r"bounce\+([a-z0-9-]+)\.[a-z2-7]{16}@")
_OFFERS = "250-sandbox.example\r\n250-PIPELINING\r\n250-SIZE 33554432\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES"


class Cut(Exception):
    """The connection ends without an answer."""


class MailServer:
    """The state of the simulated server: switches, log and counters."""

    def __init__(self, settings: SandboxMailSettings) -> None:
        self._settings = settings
        self._chance = random.Random(settings.faults.seed)  # noqa: S311 - faults, not secrets
        self._faults = settings.faults
        self._talks: set[asyncio.Task[None]] = set()
        try:
            settings.log_path.parent.mkdir(parents=True, exist_ok=True)
            self._log = os.open(settings.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as reason:
            raise SetupError(f"The sandbox cannot write its log {settings.log_path}: {reason.strerror}.") from reason

    @property
    def faults(self) -> MailFaults:
        """What goes wrong at present."""
        return self._faults

    async def serve(self, stop: asyncio.Event, ready: "asyncio.Future[int]") -> None:
        """Until `stop`; `ready` gets the port. SetupError: port taken."""
        try:
            server = await asyncio.start_server(self._talk, _HOST, self._settings.port, limit=_LARGEST, backlog=512)
        except OSError as reason:
            raise SetupError(f"The mail sandbox cannot listen on port {self._settings.port}: {reason}.") from reason
        ready.set_result(server.sockets[0].getsockname()[1])
        await stop.wait()
        server.close()
        for task in list(self._talks):
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        os.close(self._log)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            with suppress(
                ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError, Cut
            ):
                await _Talk(self, reader, writer).run()
        finally:
            self._talks.discard(task)
            writer.transport.abort()

    def turn(self, told: str) -> str:
        """Turn switches; the SMTP answer."""
        try:
            self._faults = self._faults.changed(json.loads(told))
        except (ValueError, TypeError, InputError) as reason:
            return f"501 5.5.4 {reason}"
        return "250 2.0.0 turned"

    def drawn(self, share: float) -> bool:
        """Whether this message is one of that share."""
        return share > 0 and self._chance.random() < share

    def take(self, sender: str, recipient: str, size: int) -> None:
        """Log an accepted message before it is answered; return some later."""
        found = _RETURN_TAG.search(sender)
        tag = found[1].replace("-", ":") if found else ""
        bounced = self.drawn(self._faults.share_bounced) and self._settings.bounce_folder is not None
        record = {"at": now().isoformat(), "tag": tag, "to": recipient, "bytes": size, "bounced": bounced}
        os.write(self._log, json.dumps(record, separators=(",", ":")).encode() + b"\n")
        if bounced:
            self._return(sender, recipient)

    def _return(self, sender: str, recipient: str) -> None:
        assert self._settings.bounce_folder is not None
        name = uuid4().hex
        (self._settings.bounce_folder / "tmp" / name).write_bytes(bounce_report(sender, recipient))
        (self._settings.bounce_folder / "tmp" / name).rename(self._settings.bounce_folder / "new" / name)


class _Talk:
    """One connection."""

    def __init__(self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._sender = self._recipient = ""

    async def run(self) -> None:
        self._say("220 sandbox.example ESMTP CONTOH")
        while line := (await self._reader.readline()).decode("utf-8", "replace").strip():
            await self._answer(line)
            await self._writer.drain()

    def _say(self, answer: str) -> None:
        self._writer.write(answer.encode() + b"\r\n")

    async def _answer(self, line: str) -> None:
        match line.split(" ", maxsplit=1)[0].upper():
            case "EHLO" | "HELO":
                self._say(_OFFERS)
            case "MAIL":
                self._sender, self._recipient = _path(line), ""
                self._say("250 2.1.0 ok")
            case "RCPT":
                self._say(self._judge(_path(line)))
            case "DATA":
                await self._data()
            case "XFAULTS":
                self._say(self._server.turn(line.partition(" ")[2]))
            case "RSET" | "NOOP":
                self._sender = self._recipient = ""
                self._say("250 2.0.0 ok")
            case "QUIT":
                self._say("221 2.0.0 bye")
                await self._writer.drain()
                raise Cut
            case _:
                self._say("502 5.5.1 not here")

    def _judge(self, recipient: str) -> str:
        faults = self._server.faults
        if self._server.drawn(faults.share_refused):
            return "550 5.1.1 no such person here"
        if self._server.drawn(faults.share_later):
            return "451 4.3.0 later please"
        self._recipient = recipient
        return "250 2.1.5 ok"

    async def _data(self) -> None:
        if not self._recipient:
            self._say("554 5.5.1 no valid recipients")
            return
        self._say("354 go ahead")
        await self._writer.drain()
        raw = await self._reader.readuntil(b"\r\n.\r\n")
        delay = self._server.faults.delay_ms / 1000
        if delay:
            await asyncio.sleep(delay)
        self._server.take(self._sender, self._recipient, len(raw))
        if self._server.drawn(self._server.faults.share_lost):
            raise Cut
        self._say("250 2.0.0 Ok: queued as CONTOH")


def _path(line: str) -> str:
    found = _PATH.search(line)
    return found[1] if found else ""
