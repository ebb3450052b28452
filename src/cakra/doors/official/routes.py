"""The addresses of the room; all of them answer HEAD too."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cakra.doors.official import signed
from cakra.doors.official.deps import OfficialDeps
from cakra.doors.official.page import OfficialPage

PAGE = "/pengirim-resmi"
DOCUMENT = "/.well-known/official-senders"


def build_official_routes(deps: OfficialDeps) -> APIRouter:
    """The page, the signed document with its earlier editions, and the keys."""
    page, router = OfficialPage.open(deps), APIRouter()
    for method, path, answer in (
        ("GET", PAGE, page.show),
        ("POST", PAGE, page.check),
        ("GET", f"{DOCUMENT}.json", _of(deps, signed.show_document)),
        ("GET", f"{DOCUMENT}.json.sig", _of(deps, signed.show_signature)),
        ("GET", f"{DOCUMENT}/{{number}}.json", _of(deps, signed.show_document)),
        ("GET", f"{DOCUMENT}/{{number}}.json.sig", _of(deps, signed.show_signature)),
        ("GET", f"{DOCUMENT}-key.pem", _of(deps, signed.show_key)),
        ("GET", f"{DOCUMENT}-keys.json", _of(deps, signed.show_keys)),
    ):
        router.routes.append(Route(path, answer, methods=[method]))
    return router


def _of(
    deps: OfficialDeps, answer: Callable[[OfficialDeps, Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await answer(deps, request)

    return endpoint
