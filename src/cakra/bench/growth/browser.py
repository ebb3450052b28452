"""A browser without a network: it asks an ASGI application, keeps cookies and the token of the form it saw last."""

import re
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from starlette.types import ASGIApp, Message

_TOKEN = re.compile(r'name="tanda" value="([^"]+)"')
_HOST = "etle.example"


@dataclass(frozen=True, slots=True)
class Page:
    """An answer; `leads_to` is where a redirect points, "" else. `ms`: from the request to its last byte."""

    status: int
    text: str
    leads_to: str
    ms: float


@dataclass
class Browser:
    """One person's browser at `address`."""

    app: ASGIApp
    address: str
    token: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str) -> Page:
        """A page; redirects are not followed."""
        return await self._ask("GET", path, b"")

    async def post(self, path: str, **fields: str) -> Page:
        """Send a form with the token of the last page that had one."""
        return await self._ask("POST", path, urlencode({"tanda": self.token, **fields}).encode())

    async def _ask(self, method: str, path: str, body: bytes) -> Page:
        parts, sent = urlsplit(path), [{"type": "http.request", "body": body, "more_body": False}]
        answer: list[Message] = []
        headers = [(b"host", _HOST.encode()), (b"content-type", b"application/x-www-form-urlencoded")]
        if self.cookies:
            headers.append((b"cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()).encode()))

        async def receive() -> Message:
            return sent.pop(0) if sent else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            answer.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": headers,
            "client": (self.address, 1),
            "server": (_HOST, 80),
        }
        begun = time.perf_counter()
        await self.app(scope, receive, send)
        return self._page(answer, (time.perf_counter() - begun) * 1000)

    def _page(self, answer: list[Message], ms: float) -> Page:
        told = [(name.decode().lower(), value.decode("latin-1")) for name, value in answer[0]["headers"]]
        for _, value in (one for one in told if one[0] == "set-cookie"):
            for name, morsel in SimpleCookie(value).items():
                self.cookies[name] = morsel.value
        text = b"".join(part.get("body", b"") for part in answer[1:]).decode("utf-8", "replace")
        if found := _TOKEN.search(text):
            self.token = found[1]
        return Page(answer[0]["status"], text, dict(told).get("location", ""), ms)
