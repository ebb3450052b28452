"""A small mail server that answers what a test tells it to, on loopback; it keeps what it took."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

CUT = "cut"  # end the connection instead of answering
SILENT = "silent"  # never answer


@dataclass
class Taken:
    mail: str
    rcpt: str
    raw: bytes


@dataclass
class Sink:
    """`answers`: the next answers to a verb (or to `.`, the end of a message, or ``, the connection)."""

    port: int = 0
    offers: tuple[str, ...] = ("PIPELINING", "SIZE 20000000", "DSN", "ENHANCEDSTATUSCODES")
    answers: dict[str, deque[str]] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0
    tls: ssl.SSLContext | None = None
    keep: bool = True
    goes_ahead: bool = False
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def will(self, verb: str, *answers: str) -> None:
        self.answers.setdefault(verb, deque()).extend(answers)

    def cut_all(self) -> None:
        """End every connection, as a server does that restarts."""
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._talk(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mail = rcpt = ""
        if not await self._answer(writer, "", "220 sink.example ESMTP"):
            return
        while line := (await reader.readline()).decode().strip():
            verb = line.split(" ")[0].upper()
            self.said.append(line)
            match verb:
                case "EHLO":
                    usual = "\r\n".join(f"250-{offer}" for offer in self.offers) + "\r\n250 HELP"
                    going = await self._answer(writer, verb, f"250-sink.example\r\n{usual}".replace("\r\n\r\n", "\r\n"))
                case "DATA":
                    going = await self._answer(writer, verb, "354 go ahead")
                    if going and self.goes_ahead:
                        going = await self._take(reader, writer, mail, rcpt)
                case "AUTH":
                    going = await self._answer(writer, verb, "235 2.7.0 welcome")
                case "STARTTLS":
                    going = await self._answer(writer, verb, "220 2.0.0 ready")
                    assert self.tls is not None
                    await writer.start_tls(self.tls)
                case "QUIT":
                    await self._answer(writer, verb, "221 2.0.0 bye")
                    return
                case _:
                    mail, rcpt = (line, "") if verb == "MAIL" else (mail, line if verb == "RCPT" else rcpt)
                    going = await self._answer(writer, verb, "250 2.0.0 ok")
            if not going:
                return

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mail: str, rcpt: str) -> bool:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            raw = await reader.readuntil(b"\r\n.\r\n")
            if self.keep:
                self.taken.append(Taken(mail, rcpt, raw[:-3].replace(b"\r\n..", b"\r\n.")))
            return await self._answer(writer, ".", "250 2.0.0 Ok: queued as SINK1")
        finally:
            self.at_once -= 1

    async def _answer(self, writer: asyncio.StreamWriter, verb: str, usual: str) -> bool:
        """Whether the talk goes on."""
        waiting = self.answers.get(verb)
        answer = waiting.popleft() if waiting else usual
        self.goes_ahead = answer.startswith("354")
        if answer == CUT:
            return False
        if answer == SILENT:
            await asyncio.Event().wait()
        writer.write(answer.encode() + b"\r\n")
        await writer.drain()
        return not answer.startswith("421")


@asynccontextmanager
async def smtp_sink(**settings: object) -> AsyncIterator[Sink]:
    """A running sink."""
    sink = Sink(**settings)  # type: ignore[arg-type]  # test settings
    talks: set[asyncio.Task[None]] = set()

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(sink.serve(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    server = await asyncio.start_server(start, "127.0.0.1", 0, limit=32_000_000)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()
