"""`/petugas/jeda`: everybody sees what leaves; those who lead pause it, and another of them lets it go on."""

import http
from collections.abc import Mapping
from typing import Any, cast, get_args

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from cakra.core.errors import Conflict, InputError, NotFound
from cakra.core.rights import Act
from cakra.delivery.pause.pausing import Level, pause, resume
from cakra.doors.callers import caller_of
from cakra.doors.officer.control.refusals import CHOOSE, NOT_PROVED, fault_of
from cakra.doors.officer.control.state import SQL, Counting, read_channels, read_pauses
from cakra.doors.officer.deps import CONTROL, OfficerDeps
from cakra.doors.officer.needing import needs
from cakra.doors.officer.routing import routes_of
from cakra.doors.officer.session import Session, base_values, posted, prove, signed_in

_ID_DIGITS = 19  # of a bigint
_Room = tuple[OfficerDeps, Counting]
_STATUS = {NotFound: http.HTTPStatus.NOT_FOUND, Conflict: http.HTTPStatus.CONFLICT}


def build_control_routes(deps: OfficerDeps) -> APIRouter:
    """GET and POST /petugas/jeda, POST /petugas/jeda/{pause}/lanjut."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)
    room: _Room = deps, Counting(deps)

    @router.get(CONTROL)
    @needs(Act.SEE_SENDING)
    async def look(request: Request) -> Response:
        return await _show(room, request, signed_in(request))

    @router.post(CONTROL)
    @needs(Act.PAUSE_SENDING)
    async def stop(request: Request) -> Response:
        session = await posted(request)
        level, told = session.fields.get("tingkat", ""), session.fields
        if level not in get_args(Level):
            return await _show(room, request, session, status=400, faults={"tingkat": CHOOSE})
        key = told.get(f"kunci-{level}", "")
        senders = [name for names in deps.senders.values() for name in names]
        try:
            await pause(
                deps.pool,
                cast("Level", level),
                key,
                by=session.username,
                reason=told.get("alasan", ""),
                senders=senders,
            )
        except (InputError, NotFound) as refused:
            return await _refuse(room, request, session, refused)
        return RedirectResponse(f"{CONTROL}?dicatat=jeda", http.HTTPStatus.SEE_OTHER)

    _add_going_on(router, room)
    return router


def _add_going_on(router: APIRouter, room: _Room) -> None:
    """Ending a pause: the password is asked for anew, whoever's session it is."""
    deps = room[0]

    @router.post(f"{CONTROL}/{{pause_id}}/lanjut")
    @needs(Act.RESUME_SENDING)
    async def go_on(request: Request, pause_id: str) -> Response:
        session = await posted(request)
        if await prove(deps, session.username, session.fields.get("sandi", ""), caller_of(request)) is None:
            faults = {f"sandi-{pause_id}": NOT_PROVED}
            return await _show(room, request, session, status=401, faults=faults)
        try:
            await resume(deps.pool, read_id(pause_id), by=session.username, reason=session.fields.get("alasan", ""))
        except (InputError, NotFound) as refused:
            return await _refuse(room, request, session, refused, pause_id)
        return RedirectResponse(f"{CONTROL}?dicatat=lanjut", http.HTTPStatus.SEE_OTHER)


def read_id(text: str) -> int:
    """A pause's id as an address carries it; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _ID_DIGITS else 0


async def _refuse(
    room: _Room, request: Request, session: Session, refused: InputError | NotFound, pause_id: str = ""
) -> Response:
    field, sentence = fault_of(refused)
    if pause_id and field == "alasan":
        field = f"alasan-{pause_id}"
    status = next((code for kind, code in _STATUS.items() if isinstance(refused, kind)), http.HTTPStatus.BAD_REQUEST)
    return await _show(room, request, session, status=status, faults={field: sentence})


async def _show(
    room: _Room, request: Request, session: Session, *, status: int = 200, faults: Mapping[str, str] | None = None
) -> Response:
    deps, counting = room
    seen = session.jurisdictions(Act.SEE_SENDING)
    counts, pauses = (await counting.read()).of(seen), await read_pauses(deps, seen)
    jurisdictions = await deps.pool.fetch(SQL.jurisdictions)
    values: dict[str, Any] = {
        "channels": await read_channels(deps, counts),
        "open_pauses": [
            (row, counts.waiting_for(row["level"], row["key"], deps.senders)) for row in pauses if not row["resumed_at"]
        ],
        "history": [row for row in pauses if row["resumed_at"]],
        "jurisdictions": [row for row in jurisdictions if session.may(Act.PAUSE_SENDING, row["code"])],
        "may_resume": lambda row: session.may(
            Act.RESUME_SENDING, row["key"] if row["level"] == "jurisdiction" else None
        ),
        "nation": session.may(Act.PAUSE_SENDING, None),
        "places": {row["code"]: row["name"] for row in jurisdictions},
        "senders": deps.senders,
        "told": session.fields,
        "faults": faults or {},
        "recorded": request.query_params.get("dicatat", ""),
        "at": deps.clock(),
    }
    return deps.pages.render(request, "control.html", status, **values, **base_values(session, "jeda"))
