"""What one process holds of bodies at once: memory is bounded, and who sends much or slowly does not shut others out.

Bytes count when they have come, not when they are announced. Cameras have room of their own, which no form and no
webhook can take; of a room one network address has at most three quarters: a gateway sends for many cameras, and a
stranger alone does not fill it.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import NoReturn

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cakra.core.errors import CakraError, TooLarge
from cakra.doors.callers import caller_of
from cakra.doors.problems import BodyTooSlow, Busy, Page, Problem, plain_page, problem_of, problem_response, wants_page

_BUSY = "Too much is arriving at once; nothing was acknowledged. Send it again in a few seconds."
_SLOW = "The request's body came too slowly and was given up; nothing was acknowledged. Send it again."
# Forms of people, cameras' lean events, most webhooks: these never wait for large bodies.
_SMALL_BYTES = 64 * 1024
_SHARE = 0.75
# While we wait for it, a body brings so much in each span of time, or its end.
_SPAN_S = 10.0
_SPAN_BYTES = 160 * 1024
_LENGTH_DIGITS = 18  # of an announced length; more is as much


class Room:
    """The bodies under some addresses. `most`: bytes of one (None: its door says so); `room`: of all at once."""

    def __init__(self, prefixes: Sequence[str], *, room: int, most: int | None = None) -> None:
        self.prefixes = tuple(prefixes)
        self.most = most
        self.room = room
        self.held = 0
        self.of_caller: Counter[str] = Counter()

    def take(self, caller: str, held: int, more: int) -> bool:
        """Count `more` bytes of a body of which `held` are here; False when there is no room beside the others."""
        if held + more > _SMALL_BYTES:
            others, own_others = self.held - held, self.of_caller[caller] - held
            full = others and self.held + more > self.room
            if full or (own_others and self.of_caller[caller] + more > self.room * _SHARE):
                return False
        self.held += more
        self.of_caller[caller] += more
        return True

    def give_back(self, caller: str, held: int) -> None:
        """The request was answered."""
        self.held -= held
        self.of_caller[caller] -= held
        if not self.of_caller[caller]:
            del self.of_caller[caller]


class InFlightLimit:
    """ASGI: 413 over a room's `most`, 503 without room, 408 for a body that comes too slowly; each ends the connection.

    `rooms`: the first whose prefix fits; what fits none is a page's form, of at most 64 KiB. `page`: tells people.
    """

    def __init__(
        self, app: ASGIApp, *, rooms: Sequence[Room], page: Page = plain_page, span_s: float = _SPAN_S
    ) -> None:
        self.app = app
        self._page = page
        self._rooms = rooms
        self._forms = Room(("",), room=_SMALL_BYTES, most=_SMALL_BYTES)
        self._span_s = span_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with a body that is counted while it comes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        room = next((one for one in self._rooms if path.startswith(one.prefixes)), self._forms)
        body = _Body(room, caller_of(Request(scope)), receive, self._span_s)
        answer = _Answer(body, send)
        try:
            body.refuse_announced(Headers(scope=scope).get("content-length", ""))
            await self.app(scope, body.receive, answer.send)
        except CakraError as refused:
            if refused is not body.refused or answer.begun:
                raise
        finally:
            body.done()
        if body.refused is not None and not answer.begun:
            await self._tell(Request(scope), problem_of(body.refused))(scope, receive, send)

    def _tell(self, request: Request, problem: Problem) -> Response:
        if not wants_page(request):
            return problem_response(problem)
        response = self._page(request, problem)
        response.headers.update(problem.headers)
        return response


class _Answer:
    """What the application answers; where it calls a refused body something else, nothing of that goes out."""

    def __init__(self, body: "_Body", send: Send) -> None:
        self._body, self._send = body, send
        self.begun = False

    async def send(self, message: Message) -> None:
        """Pass on."""
        refused = self._body.refused
        if not self.begun and refused is not None and message.get("status") != problem_of(refused).status:
            return
        self.begun = True
        await self._send(message)


class _Body:
    """One body on its way; `refused`: why it was ended."""

    def __init__(self, room: Room, caller: str, receive: Receive, span_s: float) -> None:
        self._room, self._caller, self._receive, self._span_s = room, caller, receive, span_s
        self._held = 0
        self._in_span = 0
        self._left_s = span_s
        self._whole = False
        self.refused: CakraError | None = None

    def refuse_announced(self, length: str) -> None:
        """TooLarge at once when the sender says so itself."""
        told = int(length[:_LENGTH_DIGITS]) if length.isascii() and length.isdigit() else 0
        if self._room.most is not None and told > self._room.most:
            self._refuse(_too_large(self._room.most))

    async def receive(self) -> Message:
        """The next part; Busy, TooLarge or TooSlow end the request."""
        if self._whole:  # nothing of the body is waited for any more, only the hang-up
            return await self._receive()
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self._left_s):
                message = await self._receive()
        except TimeoutError as reason:
            self._refuse(BodyTooSlow(_SLOW), reason)
        self._whole = not message.get("more_body")
        more = len(message.get("body", b""))
        if self._room.most is not None and self._held + more > self._room.most:
            self._refuse(_too_large(self._room.most))
        if not self._room.take(self._caller, self._held, more):
            self._refuse(Busy(_BUSY))
        self._held += more
        self._in_span += more
        self._left_s -= clock() - began
        if self._in_span >= _SPAN_BYTES:
            self._in_span, self._left_s = 0, self._span_s
        return message

    def _refuse(self, why: CakraError, reason: Exception | None = None) -> NoReturn:
        self.refused = why
        raise why from reason

    def done(self) -> None:
        """Its room is free."""
        self._room.give_back(self._caller, self._held)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"A body has at most {most} bytes here; nothing was kept. Send less.")
