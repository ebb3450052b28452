"""`/petugas/karantina`: all in the house see what was set aside, those who lead try it again or drop it."""

from fastapi import APIRouter, Request, Response

from cakra.core.access.rights import Act
from cakra.core.errors import Conflict, InputError, NotFound
from cakra.doors.officer.deps import HOME, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import note_foreign, routes_of
from cakra.doors.officer.quarantine.words import CODES, DOORS, OUTCOMES
from cakra.doors.officer.visit import OfficerVisit, done, looking, posting
from cakra.doors.words import N_
from cakra.kit.ids import read_id

QUARANTINE = f"{HOME}/karantina"
_PAGE = 50
_REASON = N_("Tuliskan alasannya, paling banyak 300 huruf.")
_GONE = N_("Kiriman itu tidak ada di karantina, atau waktunya sudah habis.")
_DONE = N_("Kiriman itu sudah ditangani. Tidak ada yang diubah.")
_AGAIN = N_("Dicoba lagi dan ditolak lagi:")


def build_quarantine_routes(deps: OfficerDeps) -> APIRouter:
    """GET /petugas/karantina and …/{id}, POST …/{id}/lepas and …/{id}/buang."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(QUARANTINE)
    @needs(Act.SEE_QUARANTINE)
    async def look(request: Request) -> Response:
        return await _list(looking(deps, request))

    @router.get(f"{QUARANTINE}/{{number}}")
    @needs(Act.SEE_QUARANTINE)
    async def one(request: Request, number: str) -> Response:
        return await _show(looking(deps, request), number)

    @router.post(f"{QUARANTINE}/{{number}}/lepas")
    @needs(Act.SETTLE_QUARANTINE)
    async def release(request: Request, number: str) -> Response:
        visit = await posting(deps, request)
        if not await visit.proved():
            return await _show(visit.unproved("sandi-lepas"), number)
        try:
            released = await deps.quarantine.release(read_id(number), by=visit.username, reason=visit.told("alasan"))
        except (NotFound, InputError) as refusal:
            return await _refuse(visit, number, refusal)
        return done(QUARANTINE, f"lepas&hasil={released.outcome}")

    @router.post(f"{QUARANTINE}/{{number}}/buang")
    @needs(Act.SETTLE_QUARANTINE)
    async def drop(request: Request, number: str) -> Response:
        visit = await posting(deps, request)
        if not await visit.proved():
            return await _show(visit.unproved("sandi-buang"), number)
        try:
            await deps.quarantine.drop(read_id(number), by=visit.username, reason=visit.told("alasan"))
        except (NotFound, InputError) as refusal:
            return await _refuse(visit, number, refusal)
        return done(QUARANTINE, "buang")

    return router


async def _refuse(visit: OfficerVisit, number: str, refusal: NotFound | InputError) -> Response:
    if isinstance(refusal, InputError) and refusal.code == "quarantine_reason":
        return await _show(visit.faulty(400, "alasan-buang", _REASON), number)
    if isinstance(refusal, Conflict) and refusal.code == "quarantine_settled":
        return await _list(visit.faulty(409, "karantina", _DONE))
    if isinstance(refusal, NotFound):
        return await _gone(visit, refusal)
    return await _show(visit.faulty(400, "karantina", _AGAIN), number, said=refusal.sentence)


async def _gone(visit: OfficerVisit, refusal: NotFound) -> Response:
    await note_foreign(visit.deps, visit.request, refusal)
    return await _list(visit.faulty(404, "karantina", _GONE))


async def _list(visit: OfficerVisit) -> Response:
    told, desk = visit.request.query_params, visit.deps.quarantine
    door, before = told.get("pintu", "")[:60], read_id(told.get("sebelum", ""))
    jurisdictions = visit.session.jurisdictions(Act.SEE_QUARANTINE)
    rows = await desk.lines(door=door, before=before or None, most=_PAGE + 1, jurisdictions=jurisdictions)
    counts = await desk.counts(jurisdictions)
    by_door: dict[str, int] = {}
    for name, _, number in counts:
        by_door[name] = by_door.get(name, 0) + number
    return visit.render(
        "quarantine.html",
        "karantina",
        rows=rows[:_PAGE],
        next=rows[_PAGE - 1].quarantine_id if len(rows) > _PAGE else None,
        by_door=by_door,
        by_code=counts,
        door=door,
        doors=DOORS,
        codes=CODES,
        outcome=told.get("hasil", ""),
        outcomes=OUTCOMES,
    )


async def _show(visit: OfficerVisit, number: str, *, said: str = "") -> Response:
    try:
        line, shown = await visit.deps.quarantine.show(read_id(number), by=visit.username)
    except NotFound as refused:
        return await _gone(visit, refused)
    return visit.render(
        "quarantined.html",
        "karantina",
        line=line,
        may_settle=visit.session.may(Act.SETTLE_QUARANTINE, line.jurisdiction),
        shown=shown,
        doors=DOORS,
        codes=CODES,
        said=said,
    )
