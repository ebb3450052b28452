"""A small S3 server for tests: create-only puts, gets and heads, over real HTTP on loopback."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

_KEY = re.compile("<Key>(.*?)</Key>")
_ERROR = '<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'


@dataclass
class S3Peer:
    objects: dict[str, bytes] = field(default_factory=dict)
    fail_puts_of: set[str] = field(default_factory=set)
    port: int = 0
    conditional: tuple[int, str] | None = None
    """What a store that knows no create-only puts answers to one."""
    away: tuple[int, str] | None = None
    """What a store that is away answers to everything."""
    undeleting: tuple[int, str] | None = None
    """What a store that knows no deletion of many answers to it."""
    plain_puts: int = 0

    async def put(self, request: web.Request) -> web.Response:
        name, data = request.match_info["name"], await request.read()
        if self.away:
            return _error(*self.away)
        if "If-None-Match" not in request.headers:
            self.plain_puts += 1
        elif self.conditional:
            return _error(*self.conditional)
        if name in self.fail_puts_of:
            return _error(403, "AccessDenied")
        if request.headers.get("If-None-Match") == "*" and name in self.objects:
            return _error(412, "PreconditionFailed")
        self.objects[name] = data
        return web.Response(headers={"ETag": '"1"'})

    async def get(self, request: web.Request) -> web.Response:
        if self.away:
            return _error(*self.away)
        data = self.objects.get(request.match_info["name"])
        if data is None:
            return _error(404, "NoSuchKey")
        facts = {"ETag": '"1"', "Last-Modified": "Sat, 21 Nov 2026 00:00:00 GMT", "Content-Length": str(len(data))}
        return web.Response(body=data, headers=facts)

    async def delete(self, request: web.Request) -> web.Response:
        """The deletion of many: `POST ?delete`."""
        if answer := self.away or self.undeleting:
            return _error(*answer)
        told = ""
        for key in _KEY.findall(await request.text()):
            name = html.unescape(key)
            if name in self.fail_puts_of:
                told += f"<Error><Key>{key}</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
            else:
                self.objects.pop(name, None)
                told += f"<Deleted><Key>{key}</Key></Deleted>"
        return web.Response(text=f"<DeleteResult>{told}</DeleteResult>", content_type="application/xml")


def _error(status: int, code: str) -> web.Response:
    return web.Response(status=status, text=_ERROR.format(code=code), content_type="application/xml")


@asynccontextmanager
async def running_s3() -> AsyncIterator[S3Peer]:
    peer = S3Peer()
    app = web.Application(client_max_size=20_000_000)
    app.router.add_put("/photos/{name:.+}", peer.put)
    app.router.add_get("/photos/{name:.+}", peer.get)
    app.router.add_post("/photos", peer.delete)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    peer.port = runner.addresses[0][1]
    try:
        yield peer
    finally:
        await runner.cleanup()
