"""What one process holds of requests at once: memory is bounded, and who sends slowly does not shut the others out."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cakra.doors.problems import Problem, problem_response

_BUSY = "Too much is arriving at once; nothing was acknowledged. Send it again in a few seconds."
_SLOW = "The request's body came too slowly and was given up; nothing was acknowledged. Send it again."
# Forms of people, cameras' lean events, most webhooks: these never wait for large bodies.
_SMALL_BYTES = 64 * 1024
# A body has this long, and a second more for each of these bytes.
_PATIENCE_S = 10.0
_SLOWEST_BYTES_S = 32 * 1024


class InFlightLimit:
    """ASGI: refuses with 503 what would exceed `most` bytes in flight. A body of unknown length counts as `unknown`.

    Small bodies are always let in. A body that does not arrive within `patience_s` and a second for each 32 KiB
    ends with 408 and gives its room back.
    """

    def __init__(self, app: ASGIApp, *, most: int, unknown: int, patience_s: float = _PATIENCE_S) -> None:
        self.app = app
        self._most = most
        self._unknown = unknown
        self._patience_s = patience_s
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the body in, pass on, count it out."""
        size = self._size(scope)
        if size == 0:
            await self.app(scope, receive, send)
            return
        if size > _SMALL_BYTES and self._held and self._held + size > self._most:
            await problem_response(Problem(503, "busy", _BUSY))(scope, receive, send)
            return
        self._held += size
        try:
            await self._within(size, scope, receive, send)
        finally:
            self._held -= size

    async def _within(self, size: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with a deadline that ends when the body is whole, or when an answer has begun."""
        begun = False
        try:
            async with asyncio.timeout(self._patience_s + size / _SLOWEST_BYTES_S) as patience:

                async def received() -> Message:
                    message = await receive()
                    if not message.get("more_body"):
                        patience.reschedule(None)
                    return message

                async def sent(message: Message) -> None:
                    nonlocal begun
                    begun = True
                    patience.reschedule(None)
                    await send(message)

                await self.app(scope, received, sent)
        except TimeoutError:
            if begun or not patience.expired():
                raise
            await problem_response(Problem(408, "too_slow", _SLOW), close=True)(scope, receive, send)

    def _size(self, scope: Scope) -> int:
        if scope["type"] != "http" or scope["method"] not in {"POST", "PUT"}:
            return 0
        told = Headers(scope=scope).get("content-length", "")
        return min(int(told), self._unknown) if told.isascii() and told.isdigit() else self._unknown
