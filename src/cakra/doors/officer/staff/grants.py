"""`/petugas/staf`: the officers and what each was granted; an administrator gives a role or ends one."""

import http
from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from cakra.core.errors import CakraError, Conflict, InputError, NotFound
from cakra.core.paper import day_begins
from cakra.core.rights import Act, NotAllowed, Role
from cakra.doors.callers import caller_of
from cakra.doors.officer.control.page import read_id
from cakra.doors.officer.control.refusals import NOT_PROVED
from cakra.doors.officer.deps import STAFF, OfficerDeps
from cakra.doors.officer.needing import needs
from cakra.doors.officer.routing import routes_of
from cakra.doors.officer.session import Session, base_values, posted, prove, signed_in
from cakra.doors.officer.staff.words import STANDINGS, fault_of
from cakra.doors.words import N_
from cakra.journey.staff.granting import GrantLine, Wanted, end_grant, give, list_grants
from cakra.journey.staff.officers import list_officers
from cakra.journey.staff.proposing import SQL

_NATION = "Asia/Jakarta"
_DAY = N_("Tulis tanggal seperti 2026-11-30, atau kosongkan.")
_STATUS = {NotFound: http.HTTPStatus.NOT_FOUND, Conflict: http.HTTPStatus.CONFLICT}


def build_staff_routes(deps: OfficerDeps) -> APIRouter:
    """GET and POST /petugas/staf, POST /petugas/staf/{grant}/akhiri."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(STAFF)
    @needs(Act.MANAGE_OFFICERS)
    async def look(request: Request) -> Response:
        return await _show(deps, request, signed_in(request))

    @router.post(STAFF)
    @needs(Act.MANAGE_OFFICERS)
    async def add(request: Request) -> Response:
        session = await posted(request)
        if (refused := await _unproved(deps, request, session, "sandi")) is not None:
            return refused
        try:
            wanted = await _wanted(deps, session)
        except ValueError:
            return await _show(deps, request, session, status=400, faults={"mulai": _DAY})
        try:
            async with deps.pool.acquire() as connection, connection.transaction():
                given = await give(connection, wanted, by=session.username)
        except NotAllowed:
            raise
        except CakraError as refusal:
            return await _refuse(deps, request, session, refusal)
        told = "usul" if given.order_id is not None else "beri"
        return RedirectResponse(f"{STAFF}?dicatat={told}", http.HTTPStatus.SEE_OTHER)

    _add_ending(router, deps)
    return router


def _add_ending(router: APIRouter, deps: OfficerDeps) -> None:
    """Ending a grant: the password is asked for anew."""

    @router.post(f"{STAFF}/{{grant_id}}/akhiri")
    @needs(Act.MANAGE_OFFICERS)
    async def end(request: Request, grant_id: str) -> Response:
        session = await posted(request)
        if (refused := await _unproved(deps, request, session, f"sandi-{grant_id}")) is not None:
            return refused
        reason = session.fields.get("alasan", "")
        try:
            await end_grant(deps.pool, read_id(grant_id), by=session.username, reason=reason)
        except NotAllowed:
            raise
        except CakraError as refusal:
            return await _refuse(deps, request, session, refusal, grant_id)
        return RedirectResponse(f"{STAFF}?dicatat=akhiri", http.HTTPStatus.SEE_OTHER)


async def _unproved(deps: OfficerDeps, request: Request, session: Session, field: str) -> Response | None:
    """The page again where the password does not hold; None where it does."""
    if await prove(deps, session.username, session.fields.get("sandi", ""), caller_of(request)) is not None:
        return None
    return await _show(deps, request, session, status=401, faults={field: NOT_PROVED})


async def _wanted(deps: OfficerDeps, session: Session) -> Wanted:
    """The grant as the form asks for it; ValueError for what is no day. Days are whole, in the office's zone."""
    told = session.fields
    place = told.get("wilayah", "") or None
    zones = {row["code"]: row["zone"] for row in await deps.pool.fetch(SQL.jurisdictions)}
    zone = zones.get(place, _NATION) if place else _NATION
    first, last = (_day(told.get(name, "")) for name in ("mulai", "sampai"))
    return Wanted(
        told.get("petugas", ""),
        told.get("peran", ""),
        place,
        day_begins(first, zone) if first else None,
        day_begins(last, zone, later=1) if last else None,
        told.get("alasan", ""),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text.strip()) if text.strip() else None


async def _refuse(
    deps: OfficerDeps, request: Request, session: Session, refusal: CakraError, grant_id: str = ""
) -> Response:
    field, sentence = fault_of(refusal)
    if grant_id and field == "alasan":
        field = f"alasan-{grant_id}"
    status = next((code for kind, code in _STATUS.items() if isinstance(refusal, kind)), http.HTTPStatus.BAD_REQUEST)
    if not isinstance(refusal, InputError | NotFound):
        raise refusal
    return await _show(deps, request, session, status=status, faults={field: sentence})


async def _show(
    deps: OfficerDeps,
    request: Request,
    session: Session,
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
) -> Response:
    at = deps.clock()
    managed = session.jurisdictions(Act.MANAGE_OFFICERS)
    grants: dict[str, list[GrantLine]] = {}
    for one in await list_grants(deps.pool, jurisdictions=managed):
        grants.setdefault(one.username, []).append(one)
    everybody = await list_officers(deps.pool)
    jurisdictions = await deps.pool.fetch(SQL.jurisdictions)
    values: dict[str, Any] = {
        # Whoever manages one office sees the officers of that office; all can be given a role in it.
        "officers": [one for one in everybody if managed is None or one.username in grants],
        "everybody": [one for one in everybody if one.active and one.username != session.username],
        "grants": grants,
        "roles": list(Role),
        "jurisdictions": [row for row in jurisdictions if session.may(Act.MANAGE_OFFICERS, row["code"])],
        "nation": session.may(Act.MANAGE_OFFICERS, None),
        "standings": STANDINGS,
        "standing": lambda one: one.standing(at),
        "told": session.fields,
        "faults": faults or {},
        "recorded": request.query_params.get("dicatat", ""),
        "at": at,
    }
    return deps.pages.render(request, "staff.html", status, **values, **base_values(session, "staf"))
