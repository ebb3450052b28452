"""`/petugas/kamera`: everybody in the house sees how far a camera is believed; those who lead trust it again."""

import http
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from cakra.core.errors import InputError, NotFound
from cakra.core.rights import Act
from cakra.doors.callers import caller_of
from cakra.doors.language import language_of
from cakra.doors.officer.cameras.histogram import histogram_of
from cakra.doors.officer.control.refusals import NOT_PROVED
from cakra.doors.officer.deps import HOME, OfficerDeps
from cakra.doors.officer.needing import needs
from cakra.doors.officer.routing import note_foreign, routes_of
from cakra.doors.officer.session import Session, base_values, posted, prove, signed_in
from cakra.doors.words import N_
from cakra.journey.watching.rules import Outcome
from cakra.journey.watching.standing import list_standings, trust_again

CAMERAS = f"{HOME}/kamera"
_REASON = N_("Tuliskan alasannya, paling banyak 300 huruf.")
_GONE = N_("Kamera itu sudah dipercaya, atau tidak ada. Tidak ada yang diubah.")


def build_camera_watch_routes(deps: OfficerDeps) -> APIRouter:
    """GET /petugas/kamera, POST /petugas/kamera/{code}/percaya."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(CAMERAS)
    @needs(Act.SEE_CAMERAS)
    async def look(request: Request) -> Response:
        return await _show(deps, request, signed_in(request))

    @router.post(f"{CAMERAS}/{{code}}/percaya")
    @needs(Act.TRUST_CAMERAS)
    async def lift(request: Request, code: str) -> Response:
        session = await posted(request)
        if await prove(deps, session.username, session.fields.get("sandi", ""), caller_of(request)) is None:
            return await _show(deps, request, session, status=401, faults={f"sandi-{code}": NOT_PROVED})
        try:
            await trust_again(deps.pool, code, by=session.username, reason=session.fields.get("alasan", ""))
        except NotFound as refused:
            await note_foreign(deps, request, refused)
            return await _show(deps, request, session, status=404, faults={"kamera": _GONE})
        except InputError:
            return await _show(deps, request, session, status=400, faults={f"alasan-{code}": _REASON})
        return RedirectResponse(f"{CAMERAS}?dicatat=percaya", http.HTTPStatus.SEE_OTHER)

    return router


async def _show(
    deps: OfficerDeps,
    request: Request,
    session: Session,
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
) -> Response:
    at = deps.clock()
    point = "," if language_of(request) == "id" else "."
    cameras = await list_standings(deps.pool, deps.watch, at, session.jurisdictions(Act.SEE_CAMERAS))
    values: dict[str, Any] = {
        "doubted": [one for one in cameras if one.outcome is not Outcome.TRUSTED],
        "trusted": [one for one in cameras if one.outcome is Outcome.TRUSTED],
        "may_lift": lambda one: session.may(Act.TRUST_CAMERAS, one.jurisdiction),
        "histogram": histogram_of,
        "limits": deps.watch,
        "decimal": lambda number: f"{number:.2f}".replace(".", point),
        "count": lambda number: f"{number:,.0f}".replace(",", "." if point == "," else ","),
        "told": session.fields,
        "faults": faults or {},
        "recorded": request.query_params.get("dicatat", ""),
        "at": at,
    }
    return deps.pages.render(request, "cameras.html", status, **values, **base_values(session, "kamera"))
