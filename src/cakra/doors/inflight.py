"""How many bytes of requests one process holds at once: memory is bounded, and the next camera is told to wait."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from cakra.doors.problems import Problem, problem_response

_BUSY = "Too much is arriving at once; nothing was acknowledged. Send it again in a few seconds."


class InFlightLimit:
    """ASGI: refuses with 503 what would exceed `most` bytes in flight. A body of unknown length counts as `unknown`."""

    def __init__(self, app: ASGIApp, *, most: int, unknown: int) -> None:
        self.app = app
        self._most = most
        self._unknown = unknown
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the body in, pass on, count it out."""
        size = self._size(scope)
        if size and self._held and self._held + size > self._most:
            await problem_response(Problem(503, "busy", _BUSY))(scope, receive, send)
            return
        self._held += size
        try:
            await self.app(scope, receive, send)
        finally:
            self._held -= size

    def _size(self, scope: Scope) -> int:
        if scope["type"] != "http" or scope["method"] not in {"POST", "PUT"}:
            return 0
        told = Headers(scope=scope).get("content-length", "")
        return min(int(told), self._unknown) if told.isdigit() else self._unknown
