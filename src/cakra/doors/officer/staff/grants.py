"""`/petugas/staf`: the officers and what each was granted; an administrator gives a role or ends one."""

from datetime import date

from fastapi import APIRouter, Request, Response

from cakra.core.access.rights import Act, Role
from cakra.core.errors import InputError, NotFound
from cakra.core.paper import day_begins
from cakra.doors.officer.deps import STAFF, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import note_foreign, routes_of
from cakra.doors.officer.staff.words import STANDINGS, fault_of
from cakra.doors.officer.visit import OfficerVisit, done, looking, posting
from cakra.doors.words import N_
from cakra.journey.staff.granting import GrantLine, WantedGrant, end_grant, give, list_grants
from cakra.journey.staff.officers import list_officers
from cakra.journey.staff.proposing import SQL
from cakra.kit.ids import read_id

_NATION = "Asia/Jakarta"
_DAY = N_("Tulis tanggal seperti 2026-11-30, atau kosongkan.")


def build_staff_routes(deps: OfficerDeps) -> APIRouter:
    """GET and POST /petugas/staf, POST /petugas/staf/{grant}/akhiri."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(STAFF)
    @needs(Act.MANAGE_OFFICERS)
    async def look(request: Request) -> Response:
        return await _show(looking(deps, request))

    @router.post(STAFF)
    @needs(Act.MANAGE_OFFICERS)
    async def add(request: Request) -> Response:
        visit = await posting(deps, request)
        if not await visit.proved():
            return await _show(visit.unproved("sandi"))
        try:
            wanted = await _wanted(visit)
        except (ValueError, InputError):  # no day, or one out of the calendar
            return await _show(visit.faulty(400, "mulai", _DAY))
        try:
            async with deps.pool.acquire() as connection, connection.transaction():
                given = await give(connection, wanted, by=visit.username)
        except (InputError, NotFound) as refusal:
            return await _show(visit.refused(refusal, fault_of(refusal)))
        return done(STAFF, "usul" if given.order_id is not None else "beri")

    @router.post(f"{STAFF}/{{grant_id}}/akhiri")
    @needs(Act.MANAGE_OFFICERS)
    async def end(request: Request, grant_id: str) -> Response:
        visit = await posting(deps, request)
        if not await visit.proved():
            return await _show(visit.unproved(f"sandi-{grant_id}"))
        try:
            await end_grant(deps.pool, read_id(grant_id), by=visit.username, reason=visit.told("alasan"))
        except (InputError, NotFound) as refusal:
            await note_foreign(deps, request, refusal)
            return await _show(visit.refused(refusal, fault_of(refusal), grant_id))
        return done(STAFF, "akhiri")

    return router


async def _wanted(visit: OfficerVisit) -> WantedGrant:
    """The grant as the form asks for it, its days whole in the office's zone.

    ValueError for what is no day, InputError for one out of the calendar.
    """
    place = visit.told("wilayah") or None
    zones = {row["code"]: row["zone"] for row in await visit.deps.pool.fetch(SQL.jurisdictions)}
    zone = zones.get(place, _NATION) if place else _NATION
    first, last = (_day(visit.told(name)) for name in ("mulai", "sampai"))
    return WantedGrant(
        visit.told("petugas"),
        visit.told("peran"),
        place,
        day_begins(first, zone) if first else None,
        day_begins(last, zone, later=1) if last else None,
        visit.told("alasan"),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text.strip()) if text.strip() else None


async def _show(visit: OfficerVisit) -> Response:
    at, session, pool = visit.deps.clock(), visit.session, visit.deps.pool
    managed = session.jurisdictions(Act.MANAGE_OFFICERS)
    grants: dict[str, list[GrantLine]] = {}
    for one in await list_grants(pool, jurisdictions=managed):
        grants.setdefault(one.username, []).append(one)
    everybody = await list_officers(pool)
    jurisdictions = await pool.fetch(SQL.jurisdictions)
    return visit.render(
        "staff.html",
        "staf",
        # Whoever manages one office sees the officers of that office; all can be given a role in it.
        officers=[one for one in everybody if managed is None or one.username in grants],
        everybody=[one for one in everybody if one.active and one.username != session.username],
        grants=grants,
        roles=list(Role),
        jurisdictions=[row for row in jurisdictions if session.may(Act.MANAGE_OFFICERS, row["code"])],
        nation=session.may(Act.MANAGE_OFFICERS, None),
        standings=STANDINGS,
        standing=lambda one: one.standing(at),
        at=at,
    )
