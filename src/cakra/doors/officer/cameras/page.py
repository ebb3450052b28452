"""`/petugas/kamera`: everybody in the house sees how far a camera is believed; those who lead trust it again."""

from fastapi import APIRouter, Request, Response

from cakra.core.access.rights import Act
from cakra.core.errors import InputError, NotFound
from cakra.doors.language import language_of
from cakra.doors.officer.cameras.histogram import histogram_of
from cakra.doors.officer.deps import HOME, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import note_foreign, routes_of
from cakra.doors.officer.visit import OfficerVisit, done, looking, posting
from cakra.doors.words import N_
from cakra.journey.watching.rules import CameraTrust
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
        return await _show(looking(deps, request))

    @router.post(f"{CAMERAS}/{{code}}/percaya")
    @needs(Act.TRUST_CAMERAS)
    async def lift(request: Request, code: str) -> Response:
        visit = await posting(deps, request)
        if not await visit.proved():
            return await _show(visit.unproved(f"sandi-{code}"))
        try:
            await trust_again(deps.pool, code, by=visit.username, reason=visit.told("alasan"))
        except NotFound as refused:
            await note_foreign(deps, request, refused)
            return await _show(visit.faulty(404, "kamera", _GONE))
        except InputError:
            return await _show(visit.faulty(400, f"alasan-{code}", _REASON))
        return done(CAMERAS, "percaya")

    return router


async def _show(visit: OfficerVisit) -> Response:
    deps, session, at = visit.deps, visit.session, visit.deps.clock()
    point = "," if language_of(visit.request) == "id" else "."
    cameras = await list_standings(deps.pool, deps.watch, at, session.jurisdictions(Act.SEE_CAMERAS))
    return visit.render(
        "cameras.html",
        "kamera",
        doubted=[one for one in cameras if one.outcome is not CameraTrust.TRUSTED],
        trusted=[one for one in cameras if one.outcome is CameraTrust.TRUSTED],
        may_lift=lambda one: session.may(Act.TRUST_CAMERAS, one.jurisdiction),
        histogram=histogram_of,
        limits=deps.watch,
        decimal=lambda number: f"{number:.2f}".replace(".", point),
        count=lambda number: f"{number:,.0f}".replace(",", "." if point == "," else ","),
        at=at,
    )
