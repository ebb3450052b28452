"""`/petugas/jeda`: everybody sees what leaves; those who lead pause it, and another of them lets it go on."""

from typing import cast, get_args

from fastapi import APIRouter, Request, Response

from cakra.core.access.rights import Act
from cakra.core.errors import InputError, NotFound
from cakra.delivery.pause.pausing import Level, pause, resume
from cakra.doors.officer.control.refusals import CHOOSE, fault_of
from cakra.doors.officer.control.state import SQL, Counting, read_channels, read_pauses
from cakra.doors.officer.deps import CONTROL, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import note_foreign, routes_of
from cakra.doors.officer.visit import OfficerVisit, done, looking, posting
from cakra.kit.ids import read_id


def build_control_routes(deps: OfficerDeps) -> APIRouter:
    """GET and POST /petugas/jeda, POST /petugas/jeda/{pause}/lanjut."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)
    counting = Counting(deps)

    @router.get(CONTROL)
    @needs(Act.SEE_SENDING)
    async def look(request: Request) -> Response:
        return await _show(looking(deps, request), counting)

    @router.post(CONTROL)
    @needs(Act.PAUSE_SENDING)
    async def stop(request: Request) -> Response:
        visit = await posting(deps, request)
        level = visit.told("tingkat")
        if level not in get_args(Level):
            return await _show(visit.faulty(400, "tingkat", CHOOSE), counting)
        key, reason = visit.told(f"kunci-{level}"), visit.told("alasan")
        senders = [name for names in deps.senders.values() for name in names]
        try:
            await pause(deps.pool, cast("Level", level), key, by=visit.username, reason=reason, senders=senders)
        except (InputError, NotFound) as refused:
            return await _show(visit.refused(refused, fault_of(refused)), counting)
        return done(CONTROL, "jeda")

    @router.post(f"{CONTROL}/{{pause_id}}/lanjut")
    @needs(Act.RESUME_SENDING)
    async def go_on(request: Request, pause_id: str) -> Response:
        visit = await posting(deps, request)
        if not await visit.proved():
            return await _show(visit.unproved(f"sandi-{pause_id}"), counting)
        try:
            await resume(deps.pool, read_id(pause_id), by=visit.username, reason=visit.told("alasan"))
        except (InputError, NotFound) as refused:
            await note_foreign(deps, request, refused)
            return await _show(visit.refused(refused, fault_of(refused), pause_id), counting)
        return done(CONTROL, "lanjut")

    return router


async def _show(visit: OfficerVisit, counting: Counting) -> Response:
    deps, session = visit.deps, visit.session
    seen = session.jurisdictions(Act.SEE_SENDING)
    counts, pauses = (await counting.read()).of(seen), await read_pauses(deps, seen)
    jurisdictions = await deps.pool.fetch(SQL.jurisdictions)
    return visit.render(
        "control.html",
        "jeda",
        channels=await read_channels(deps, counts),
        open_pauses=[
            (row, counts.waiting_for(row["level"], row["key"], deps.senders)) for row in pauses if not row["resumed_at"]
        ],
        history=[row for row in pauses if row["resumed_at"]],
        jurisdictions=[row for row in jurisdictions if session.may(Act.PAUSE_SENDING, row["code"])],
        may_resume=lambda row: session.may(Act.RESUME_SENDING, row["key"] if row["level"] == "jurisdiction" else None),
        nation=session.may(Act.PAUSE_SENDING, None),
        places={row["code"]: row["name"] for row in jurisdictions},
        senders=deps.senders,
    )
