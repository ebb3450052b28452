"""The door of the simulated provider: a plain ASGI path for sends, Starlette for all else."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cakra.sandbox.whatsapp.control import control_routes
from cakra.sandbox.whatsapp.phone import phone_routes
from cakra.sandbox.whatsapp.provider import Provider
from cakra.sandbox.whatsapp.refusals import Refused, by_code

_BODY_LIMIT = 256 * 1024
_PICTURE_LIMIT = 5 * 1024 * 1024
_JSON_HEADERS = (b"content-type", b"application/json; charset=UTF-8")


class SandboxApp:
    """The ASGI application; `POST /v{n}/{number}/messages` takes the short way."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._rest = _starlette(provider)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "POST":
            parts = scope["path"].split("/")
            if len(parts) == 4 and parts[3] == "messages" and parts[1][:1] == "v":  # noqa: PLR2004 - /v/{id}/messages
                await self._take_send(scope, receive, send, parts[2])
                return
        await self._rest(scope, receive, send)

    async def _take_send(self, scope: Scope, receive: Receive, send: Send, owner: str) -> None:
        provider = self._provider
        try:
            raw = await _body(receive)
            provider.admit(_authorization(scope), owner)
            answer, fate = await provider.send(owner, raw)
        except Refused as refused:
            provider.counts[f"refused_{refused.code}"] += 1
            await _respond(send, refused.status, refused.body(f"A{id(scope):x}"))
            return
        if fate == "lost":
            _drop_connection(send)
        if fate != "sent":
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await _respond(send, 200, answer)


async def _body(receive: Receive) -> bytes:
    message = await receive()
    raw: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return raw
    pieces, size = [raw], len(raw)
    while message.get("more_body"):
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > _BODY_LIMIT:
            raise Refused(413, 100, "Invalid parameter", "The body is too large.")
    return b"".join(pieces)


def _authorization(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return bytes(value)
    return b""


async def _respond(send: Send, status: int, body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [_JSON_HEADERS, length]})
    await send({"type": "http.response.body", "body": body})


def _drop_connection(send: Send) -> None:
    """Cut the connection without an answer; ASGI has no word for it, so uvicorn's transport is asked."""
    cycle = getattr(send, "__self__", None)
    transport: asyncio.Transport | None = getattr(cycle, "transport", None)
    if transport is not None:
        transport.abort()


def _starlette(provider: Provider) -> Starlette:
    async def media(request: Request) -> bytes:
        return await _take_media(provider, request)

    async def message_templates(request: Request) -> bytes:
        return provider.register(await request.body())

    def admitted(edge: Callable[[Request], Awaitable[bytes]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                provider.admit(request.headers.get("authorization", "").encode(), request.path_params["owner"])
                body = await edge(request)
            except Refused as refused:
                body = refused.body(f"A{id(request):x}")
                return Response(body, refused.status, media_type="application/json")
            return Response(body, media_type="application/json")

        return answer

    return Starlette(
        routes=[
            Route("/{version}/{owner}/media", admitted(media), methods=["POST"]),
            Route("/{version}/{owner}/message_templates", admitted(message_templates), methods=["POST"]),
            *control_routes(provider),
            *phone_routes(provider),
        ]
    )


async def _take_media(provider: Provider, request: Request) -> bytes:
    if provider.faults.media_code is not None:
        provider.counts["refused_media"] += 1
        raise by_code(provider.faults.media_code)
    form = await request.form(max_files=1, max_fields=8)
    upload = form.get("file")
    if form.get("messaging_product") != "whatsapp" or not isinstance(upload, UploadFile):
        raise Refused(400, 100, "Invalid parameter", "messaging_product and file are required.")
    picture = await upload.read(_PICTURE_LIMIT + 1)
    if len(picture) > _PICTURE_LIMIT:
        raise Refused(400, 131053, "Media upload error", "An image has at most 5 MB.")
    if not picture.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise Refused(400, 100, "Param file must be a file with one of the following types: image/jpeg, image/png.")
    return json.dumps({"id": provider.media.put(picture)}).encode()
