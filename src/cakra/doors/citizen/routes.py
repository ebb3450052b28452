"""The addresses of the portal. Every page answers HEAD too: mail scanners ask before people do."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cakra.doors.citizen import cases, start
from cakra.doors.citizen.answering import pages as answers
from cakra.doors.citizen.deps import CitizenDeps, PortalDeps
from cakra.doors.design import asset_route

Page = Callable[[PortalDeps, Request], Awaitable[Response]]

# fmt: off
PAGES: tuple[tuple[str, str, Page], ...] = (
    ("GET",  "/",                      start.show_start),
    ("GET",  "/k/{reference}",         start.show_start),
    ("GET",  "/K/{reference}",         start.show_start),  # a QR code in capitals is smaller
    ("GET",  "/periksa",               start.show_start),
    ("POST", "/periksa",               start.check),
    ("POST", "/selesai",               start.leave),
    ("GET",  "/kasus",                 cases.show_case),
    ("GET",  "/kasus/foto/{kind}",     cases.show_photo),
    ("GET",  "/kasus/stnk",            cases.ask_chassis),
    ("POST", "/kasus/stnk",            cases.prove),
    ("GET",  "/kasus/status",          cases.show_status),
    ("GET",  "/kasus/jawab",           answers.ask_who),
    ("POST", "/kasus/jawab",           answers.take_who),
    ("GET",  "/kasus/jawab/rincian",   answers.ask_details),
    ("POST", "/kasus/jawab/rincian",   answers.take_details),
    ("GET",  "/kasus/jawab/kirim",     answers.ask_sure),
    ("POST", "/kasus/jawab/kirim",     answers.send),
)
# fmt: on


def build_citizen_routes(deps: CitizenDeps) -> APIRouter:
    """All routes of the portal and its static files."""
    portal = PortalDeps.open(deps)
    router = APIRouter()
    for method, path, page in PAGES:
        router.routes.append(Route(path, _endpoint(portal, page), methods=[method], name=page.__name__))
    router.routes.append(asset_route(deps.assets))
    return router


def _endpoint(portal: PortalDeps, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await page(portal, request)

    return answer
