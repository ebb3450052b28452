"""The routes of the officers' house: who is let in, and what a refusal looks like and leaves written down."""

import http
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cakra.core.access.rights import Act, Foreign, NotAllowed
from cakra.core.errors import CakraError
from cakra.doors.callers import caller_of
from cakra.doors.forms import StaleForm
from cakra.doors.officer.deps import HOME, OfficerDeps
from cakra.doors.officer.entrance.needing import act_of
from cakra.doors.officer.entrance.session import SignInNeeded, clear_cookie, cookie_name, find_session, note_refused
from cakra.doors.problems import Problem, away_problem, problem_of
from cakra.store.faults.away import is_away


def routes_of(deps: OfficerDeps) -> type[APIRoute]:
    """The kind of route of this house.

    It asks for the act that its endpoint declares (SetupError without one), sends strangers to the sign-in page, shows
    refusals as pages, and writes down who asked for what was not granted.
    """

    class OfficerRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # Awaitable is what FastAPI awaits
            handle, act = super().get_route_handler(), act_of(self.endpoint)

            async def guarded(request: Request) -> Response:
                try:
                    if act is not None:
                        await _let_in(deps, request, act)
                    return await handle(request)
                except Exception as fault:  # noqa: BLE001 - what is no refusal is raised again there
                    return await _refused(deps, request, fault)

            return guarded

    return OfficerRoute


async def _let_in(deps: OfficerDeps, request: Request, act: Act) -> None:
    session = await find_session(deps, request)
    if not session.holds(act):
        raise NotAllowed(session.username, act)
    request.state.session = session


async def _refused(deps: OfficerDeps, request: Request, fault: Exception) -> Response:
    """What a refusal looks like; anything that is none goes on."""
    match fault:
        case SignInNeeded():
            return _to_sign_in(deps, request)
        case NotAllowed():
            await note_not_allowed(deps, request, fault)
            return deps.pages.render(request, "refused.html", http.HTTPStatus.FORBIDDEN)
        case StaleForm():
            return deps.pages.problem(request, Problem(http.HTTPStatus.FORBIDDEN, fault.code, ""))
        case CakraError():
            await note_foreign(deps, request, fault)
            return deps.pages.problem(request, problem_of(fault))
        case _ if is_away(fault):
            return deps.pages.problem(request, away_problem(fault))
        case _:
            raise fault


def _to_sign_in(deps: OfficerDeps, request: Request) -> Response:
    path: str = request.scope["path"]  # an address as a whole need not be UTF-8
    after = f"?lanjut={quote(path)}" if request.method == "GET" and path != HOME else ""
    response = RedirectResponse(f"{HOME}/masuk{after}", http.HTTPStatus.SEE_OTHER)
    if cookie_name(deps) in request.cookies:
        clear_cookie(deps, response)
    return response


async def note_not_allowed(deps: OfficerDeps, request: Request, refused: NotAllowed | Foreign) -> None:
    """Write down that an officer asked for what was not granted there."""
    route = getattr(request.scope.get("route"), "path", "")
    told = {"act": refused.act, "jurisdiction": refused.jurisdiction}
    await note_refused(deps, "not_allowed", refused.username, caller_of(request), f"{request.method} {route}", **told)


async def note_foreign(deps: OfficerDeps, request: Request, refused: Exception) -> None:
    """The same where another office's row was answered as one that does not exist; nothing for other refusals."""
    if isinstance(refused, Foreign):
        await note_not_allowed(deps, request, refused)
