"""Pages that need a visit: who comes without one is led to the beginning, who is half-known to the STNK page."""

import http
from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cakra.doors.citizen.deps import Portal
from cakra.doors.citizen.scene import Scene, read_scene
from cakra.doors.citizen.visiting import Visit

VisitedPage = Callable[[Portal, Request, Visit, Scene], Awaitable[Response]]
PlainPage = Callable[[Portal, Request], Awaitable[Response]]


def go(path: str) -> Response:
    """On to another page by GET, so that reloading sends nothing twice."""
    return RedirectResponse(path, http.HTTPStatus.SEE_OTHER)


def visited(*, proved: bool) -> Callable[[VisitedPage], PlainPage]:
    """Hand the page its visit and scene. `proved`: the chassis number must have been given."""

    def dress(page: VisitedPage) -> PlainPage:
        @wraps(page)
        async def with_visit(portal: Portal, request: Request) -> Response:
            visit = portal.visits.read(request, portal.deps.clock())
            if visit is None:
                return go("/periksa?sesi=berakhir")
            if proved and not visit.proved:
                return go("/kasus/stnk")
            scene = await read_scene(portal, visit)
            if scene is None:
                return go("/periksa?sesi=berakhir")
            return await page(portal, request, visit, scene)

        return with_visit

    return dress
