"""Request headers on their way: who sends them slowly, or without end, holds no connection of ours."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# From the connection, or from a request's first byte, until its headers are whole.
PATIENCE_S = 15.0
MOST_BYTES = 64 * 1024


class PatientProtocol(HttpToolsProtocol):
    """The server's protocol, with an end to waiting for headers and to their size; either cuts the connection."""

    patience_s = PATIENCE_S

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the server's own
        """Somebody came; the headers are waited for."""
        super().connection_made(transport)
        self._header_bytes = 0
        self._giving_up: asyncio.TimerHandle | None = None
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody left."""
        self._have_waited()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The next request on the same connection."""
        super().on_message_begin()
        self._header_bytes = 0
        if self._giving_up is None:
            self._wait()

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header more."""
        self._count(name, value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers are whole; the body has a pace of its own (`inflight.py`)."""
        self._have_waited()
        super().on_headers_complete()

    def _count(self, *parts: bytes) -> None:
        self._header_bytes += sum(len(part) for part in parts)
        if self._header_bytes > MOST_BYTES:
            raise ValueError("The request's headers are too long.")  # the parser answers 400 and closes

    def _wait(self) -> None:
        self._giving_up = self.loop.call_later(self.patience_s, self.transport.close)

    def _have_waited(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None


def patient(patience_s: float) -> type[Any]:
    """The same with another patience."""
    return type("Patient", (PatientProtocol,), {"patience_s": patience_s})
