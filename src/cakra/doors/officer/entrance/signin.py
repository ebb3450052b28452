"""The door of the officers' house: signing in and out."""

import http

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from cakra.doors.callers import caller_of
from cakra.doors.officer.deps import HOME, OfficerDeps
from cakra.doors.officer.entrance.needing import ANYBODY, needs
from cakra.doors.officer.entrance.routing import routes_of
from cakra.doors.officer.entrance.session import (
    SignInNeeded,
    clear_cookie,
    find_session,
    posted,
    set_cookie,
    sign_in,
    sign_out,
)
from cakra.doors.words import N_

_REFUSED = N_(
    "Nama pengguna dan sandi tidak cocok, atau percobaan terlalu sering. "
    "Periksa, lalu coba lagi; tunggu 15 menit bila sudah berkali-kali."
)


def build_sign_in_routes(deps: OfficerDeps) -> APIRouter:
    """GET and POST /petugas/masuk, POST /petugas/keluar."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(f"{HOME}/masuk")
    @needs(ANYBODY)
    async def ask(request: Request) -> Response:
        try:
            await find_session(deps, request)
        except SignInNeeded:
            after = _inside(request.query_params.get("lanjut", ""))
            return deps.pages.render(request, "sign_in.html", after=after, username="", faults={})
        return RedirectResponse(HOME, http.HTTPStatus.SEE_OTHER)

    @router.post(f"{HOME}/masuk")
    @needs(ANYBODY)
    async def answer(request: Request) -> Response:
        fields = await deps.guard.read(request)
        username, after = fields.get("nama", "").lower()[:64], _inside(fields.get("lanjut", ""))
        token = await sign_in(deps, username, fields.get("sandi", ""), caller_of(request))
        if token is None:
            values = {"after": after, "username": username, "faults": {"nama": _REFUSED}}
            return deps.pages.render(request, "sign_in.html", http.HTTPStatus.UNAUTHORIZED, **values)
        response = RedirectResponse(after or HOME, http.HTTPStatus.SEE_OTHER)
        set_cookie(deps, response, token)
        return response

    @router.post(f"{HOME}/keluar")
    @needs(ANYBODY)
    async def leave(request: Request) -> Response:
        session = await posted(request, await find_session(deps, request))
        await sign_out(deps, session)
        response = RedirectResponse(f"{HOME}/masuk", http.HTTPStatus.SEE_OTHER)
        clear_cookie(deps, response)
        return response

    return router


def _inside(path: str) -> str:
    """Where to go on to: only pages of this house."""
    return path if path.startswith(f"{HOME}/") and "//" not in path and "\\" not in path else ""
