"""`/petugas/karantina`: all in the house see what was set aside, those who lead try it again or drop it."""

import http
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from cakra.core.errors import Conflict, InputError, NotFound
from cakra.core.rights import Act
from cakra.doors.callers import caller_of
from cakra.doors.officer.control.refusals import NOT_PROVED
from cakra.doors.officer.deps import HOME, OfficerDeps
from cakra.doors.officer.needing import needs
from cakra.doors.officer.quarantine.words import CODES, DOORS, OUTCOMES
from cakra.doors.officer.routing import note_foreign, routes_of
from cakra.doors.officer.session import Session, base_values, posted, prove, signed_in
from cakra.doors.words import N_

QUARANTINE = f"{HOME}/karantina"
_PAGE = 50
_ID_DIGITS = 19  # of a bigint
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
        return await _list(deps, request, signed_in(request))

    @router.get(f"{QUARANTINE}/{{number}}")
    @needs(Act.SEE_QUARANTINE)
    async def one(request: Request, number: str) -> Response:
        return await _show(deps, request, signed_in(request), number)

    @router.post(f"{QUARANTINE}/{{number}}/lepas")
    @needs(Act.SETTLE_QUARANTINE)
    async def release(request: Request, number: str) -> Response:
        session = await posted(request)
        if (refused := await _unproved(deps, request, session, number, "lepas")) is not None:
            return refused
        reason = session.fields.get("alasan", "")
        try:
            released = await deps.quarantine.release(_id(number), by=session.username, reason=reason)
        except (NotFound, Conflict, InputError) as refusal:
            return await _refuse(deps, request, session, number, refusal)
        return RedirectResponse(f"{QUARANTINE}?dicatat=lepas&hasil={released.outcome}", http.HTTPStatus.SEE_OTHER)

    @router.post(f"{QUARANTINE}/{{number}}/buang")
    @needs(Act.SETTLE_QUARANTINE)
    async def drop(request: Request, number: str) -> Response:
        session = await posted(request)
        if (refused := await _unproved(deps, request, session, number, "buang")) is not None:
            return refused
        try:
            await deps.quarantine.drop(_id(number), by=session.username, reason=session.fields.get("alasan", ""))
        except (NotFound, Conflict, InputError) as refusal:
            return await _refuse(deps, request, session, number, refusal)
        return RedirectResponse(f"{QUARANTINE}?dicatat=buang", http.HTTPStatus.SEE_OTHER)

    return router


async def _unproved(deps: OfficerDeps, request: Request, session: Session, number: str, form: str) -> Response | None:
    """The page again where the password does not hold; None where it does."""
    password = session.fields.get("sandi", "")
    if await prove(deps, session.username, password, caller_of(request)) is not None:
        return None
    return await _show(deps, request, session, number, status=401, faults={f"sandi-{form}": NOT_PROVED})


async def _refuse(deps: OfficerDeps, request: Request, session: Session, number: str, refusal: Exception) -> Response:
    if isinstance(refusal, InputError) and refusal.code == "quarantine_reason":
        return await _show(deps, request, session, number, status=400, faults={"alasan-buang": _REASON})
    if isinstance(refusal, Conflict) and refusal.code == "quarantine_settled":
        return await _list(deps, request, session, status=409, faults={"karantina": _DONE})
    if isinstance(refusal, NotFound):
        await note_foreign(deps, request, refusal)
        return await _list(deps, request, session, status=404, faults={"karantina": _GONE})
    assert isinstance(refusal, InputError)
    return await _show(deps, request, session, number, status=400, faults={"karantina": _AGAIN}, said=refusal.sentence)


async def _list(
    deps: OfficerDeps,
    request: Request,
    session: Session,
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
) -> Response:
    told = request.query_params
    door, before = told.get("pintu", "")[:60], _id(told.get("sebelum", ""))
    jurisdictions = session.jurisdictions(Act.SEE_QUARANTINE)
    rows = await deps.quarantine.lines(door=door, before=before or None, most=_PAGE + 1, jurisdictions=jurisdictions)
    counts = await deps.quarantine.counts(jurisdictions)
    by_door: dict[str, int] = {}
    for name, _, number in counts:
        by_door[name] = by_door.get(name, 0) + number
    values: dict[str, Any] = {
        "rows": rows[:_PAGE],
        "next": rows[_PAGE - 1].quarantine_id if len(rows) > _PAGE else None,
        "by_door": by_door,
        "by_code": counts,
        "door": door,
        "doors": DOORS,
        "codes": CODES,
        "faults": faults or {},
        "recorded": told.get("dicatat", ""),
        "outcome": told.get("hasil", ""),
        "outcomes": OUTCOMES,
        "at": deps.clock(),
    }
    return deps.pages.render(request, "quarantine.html", status, **values, **base_values(session, "karantina"))


async def _show(
    deps: OfficerDeps,
    request: Request,
    session: Session,
    number: str,
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
    said: str = "",
) -> Response:
    try:
        line, shown = await deps.quarantine.show(_id(number), by=session.username)
    except NotFound as refused:
        await note_foreign(deps, request, refused)
        return await _list(deps, request, session, status=404, faults={"karantina": _GONE})
    values: dict[str, Any] = {
        "line": line,
        "may_settle": session.may(Act.SETTLE_QUARANTINE, line.jurisdiction),
        "shown": shown,
        "doors": DOORS,
        "codes": CODES,
        "faults": faults or {},
        "said": said,
        "told": session.fields,
        "at": deps.clock(),
    }
    return deps.pages.render(request, "quarantined.html", status, **values, **base_values(session, "karantina"))


def _id(text: str) -> int:
    """0 for what is no identifier."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS else 0
