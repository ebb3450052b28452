"""Pages that need a visit: who comes without one is led to the beginning, who is half-known to the STNK page.

Somebody whom an answer named has one page; every other leads there.
"""

import http
from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cakra.doors.citizen.deps import PortalDeps
from cakra.doors.citizen.scene import Scene, read_scene
from cakra.doors.citizen.visiting import Visit

VisitedPage = Callable[[PortalDeps, Request, Visit, Scene], Awaitable[Response]]
PlainPage = Callable[[PortalDeps, Request], Awaitable[Response]]


def go(path: str) -> Response:
    """On to another page by GET, so that reloading sends nothing twice."""
    return RedirectResponse(path, http.HTTPStatus.SEE_OTHER)


def visited(*, proved: bool, named: bool = False) -> Callable[[VisitedPage], PlainPage]:
    """Hand the page its visit and scene.

    `proved`: the chassis number must have been given; `named`: also for somebody whom an answer named.
    """

    def dress(page: VisitedPage) -> PlainPage:
        @wraps(page)
        async def with_visit(portal: PortalDeps, request: Request) -> Response:
            visit = portal.visits.read(request, portal.deps.clock())
            if visit is None:
                return go("/periksa?sesi=berakhir")
            scene = await read_scene(portal, visit)
            if scene is None:
                return go("/periksa?sesi=berakhir")
            if scene.party.is_named and not named:
                return go("/kasus")
            if proved and not visit.proved:
                return go("/kasus/stnk")
            return await page(portal, request, visit, scene)

        return with_visit

    return dress
