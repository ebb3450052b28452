"""What the suite asks of a channel: a sender on a real peer, the peer's moods, what it took, and its later word."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from cakra.core.ports import Callbacks, Channel, Sender

PATIENCE_S = 30.0
MOODS = ("well", "transient", "throttled", "lost", "slow")
_numbers = count(1)


async def until(holds: Callable[[], Awaitable[Any]], what: str) -> Any:
    """Poll until it holds; fail when it never does."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await holds()):  # noqa: ASYNC110 - what is waited for rings no event here
            await asyncio.sleep(0.02)
    assert found, what
    return found


class ChannelKit(ABC):
    """One channel with its real peer. `excluded`: cases without meaning here, and why."""

    name: str
    channel: Channel
    sender: Sender
    handed = "accepted"  # the state of a notice once the peer has it
    excluded: Mapping[str, str] = {}
    readers: Mapping[str, Callbacks] = {}

    @property
    def number(self) -> int:
        """A number that no other message of this run has."""
        return next(_numbers)

    @abstractmethod
    def content(self, *, absent: bool) -> dict[str, Any]:
        """What a notice says; `absent`: to somebody whom the peer refuses for good. Each goes to another recipient."""

    async def open(self, ground: Any) -> None:
        """A sender on the running peer."""
        self.ground = ground

    @abstractmethod
    async def close(self) -> None:
        """End it."""

    @abstractmethod
    async def renew(self) -> None:
        """As after a kill: a sender that knows nothing of the earlier one."""

    @abstractmethod
    async def mood(self, mood: str) -> None:
        """The peer from now on: `transient` and `throttled` refuse, `lost` takes and cuts, `slow` takes and waits."""

    @abstractmethod
    async def holds_back(self) -> bool:
        """Whether a slow peer has a message whose answer it keeps back."""

    @abstractmethod
    async def answer_now(self) -> None:
        """What a slow peer has kept back is answered."""

    @abstractmethod
    async def taken(self, one: Any) -> int:
        """How many messages of a notice the peer took, as the peer says."""

    @abstractmethod
    async def tell(self, one: Any, state: str, *, forged: bool = False) -> None:
        """The provider's later word (sent, delivered, failed) comes in, or somebody else's that looks like it."""

    async def hear(self, ground: Any) -> None:
        """Apply what came in."""
        while await ground.proofs.apply(50, "tester"):
            pass


@dataclass
class Wire:
    """A line to a TCP peer that loses or keeps back the answer to what contains `mark`."""

    peer_port: int
    mark: bytes
    port: int = 0
    mood: str = "well"
    held: int = 0
    going: asyncio.Event = field(default_factory=asyncio.Event)
    _pumps: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.peer_port)
        armed: list[str] = []
        pumps = [
            asyncio.create_task(self._out(reader, back, armed)),
            asyncio.create_task(self._in(there, writer, armed)),
        ]
        self._pumps.update(pumps)
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for end in (writer, back):
                end.transport.abort()

    async def _out(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter, armed: list[str]) -> None:
        tail = b""
        while chunk := await reader.read(65536):
            if self.mood in {"lost", "slow"} and self.mark in tail + chunk:
                armed.append(self.mood)
            tail = chunk[-len(self.mark) :]
            back.write(chunk)
            await back.drain()

    async def _in(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, armed: list[str]) -> None:
        while chunk := await there.read(65536):
            upset = armed.pop() if armed else ""
            if upset == "lost":
                return
            if upset == "slow":
                self.held += 1
                await self.going.wait()
            writer.write(chunk)
            await writer.drain()

    def change(self, mood: str) -> None:
        """From the next message on."""
        self.mood = mood
        if mood == "slow":
            self.held = 0
            self.going.clear()

    async def end(self) -> None:
        """Cut every line."""
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)


@asynccontextmanager
async def wire_to(port: int, mark: bytes) -> AsyncIterator[Wire]:
    """A line to this port."""
    wire = Wire(port, mark)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        await wire.end()
