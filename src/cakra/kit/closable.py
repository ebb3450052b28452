"""What takes calls until it is closed, and ends once the last call has ended."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self


class Closable(ABC):
    """`async with`, or `close()` at the end; a call is made `with self.under_way():` while it is not `closing`."""

    def __init__(self) -> None:
        self.closing = False
        self.in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Round one call."""
        self.in_flight += 1
        self._idle.clear()
        try:
            yield
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self._idle.set()

    async def close(self) -> None:
        """Take no more, let calls in flight end (each ends by its timeout), release what they used."""
        self.closing = True
        await self._idle.wait()
        await self.release()

    @abstractmethod
    async def release(self) -> None:
        """Give back connections; no call is in flight any more."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_reason: object) -> None:
        await self.close()
