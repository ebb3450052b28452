"""The officers' desk: home, the queue, the next case, finding a case, sends nobody can vouch for."""

import http
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from cakra.core.access.rights import Act, NotAllowed
from cakra.core.errors import InputError, NotFound
from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.doors.language import language_of
from cakra.doors.officer.cases.reading import DESK, note_access
from cakra.doors.officer.counting import CaseCounts, Total, by_mover, count_words, read_piles
from cakra.doors.officer.deps import CONTROL, HOME, REFUSALS, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import note_not_allowed, routes_of
from cakra.doors.officer.entrance.session import SQL, Session, base_values, posted, signed_in
from cakra.doors.words import N_
from cakra.journey.review import DecisionRefused, NotWritten
from cakra.journey.review.untold import handle_untold, read_handling
from cakra.kit.ids import CELLS, read_id, read_reference
from cakra.kit.typed import LONGEST
from cakra.store.cases_held import take_next_case
from cakra.store.db import Row
from cakra.store.faults.aside import list_aside

HELD_FOR = timedelta(minutes=10)
_PAGE = 25
_CANDIDATES = 30  # of each state; more officers than that do not ask in the same instant
_NOT_FOUND = N_("Tidak ada berkas dengan nomor itu. Periksa nomor referensi atau pelatnya.")


def build_desk_routes(deps: OfficerDeps) -> APIRouter:
    """GET /petugas, /petugas/antrean, /petugas/kiriman; POST antrean/berikutnya, cari, kiriman/… under it."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)
    counts = CaseCounts(deps)

    @router.get(HOME)
    @needs(Act.ENTER)
    async def home(request: Request) -> Response:
        session = signed_in(request)
        if not session.holds(Act.READ_CASES):
            return RedirectResponse(first_page(session), http.HTTPStatus.SEE_OTHER)
        return await _home(deps, request, session, await counts.read(session.jurisdictions(Act.READ_CASES)))

    @router.get(f"{HOME}/antrean")
    @needs(Act.READ_CASES)
    async def queue(request: Request) -> Response:
        return await _queue(deps, request, signed_in(request))

    @router.post(f"{HOME}/antrean/berikutnya")
    @needs(Act.DECIDE_CASES)
    async def take_next(request: Request) -> Response:
        session = await posted(request)
        states, offence = _filters(deps, session.fields)
        at, jurisdictions = deps.clock(), session.jurisdictions(Act.DECIDE_CASES)
        found = await take_next_case(
            deps.pool, states, offence, session.username, at, at + HELD_FOR, _CANDIDATES, jurisdictions
        )
        target = f"{HOME}/tinjau/{found}" if found else f"{HOME}/antrean?kosong=1"
        return RedirectResponse(target, http.HTTPStatus.SEE_OTHER)

    @router.post(f"{HOME}/cari")
    @needs(Act.READ_CASES)
    async def find(request: Request) -> Response:
        session = await posted(request)
        return await _find(deps, request, session, await counts.read(session.jurisdictions(Act.READ_CASES)))

    _add_sends(router, deps)
    return router


def _add_sends(router: APIRouter, deps: OfficerDeps) -> None:
    """Sends nobody can vouch for, and later notices that reached nobody."""

    @router.get(f"{HOME}/kiriman")
    @needs(Act.READ_CASES)
    async def unsettled(request: Request) -> Response:
        session = signed_in(request)
        jurisdictions = session.jurisdictions(Act.READ_CASES)
        rows, untold = (
            await deps.pool.fetch(SQL.unsettled, jurisdictions),
            await deps.pool.fetch(SQL.untold, jurisdictions),
        )
        aside = await list_aside(deps.pool, _PAGE, jurisdictions)
        seen = dict.fromkeys([(row["cell"], row["case_id"]) for row in [*rows, *untold]])
        seen |= dict.fromkeys((one.cell, one.case_id) for one in aside)
        await note_access(deps, session, list(seen), "unsettled_list", "desk")
        values: dict[str, Any] = {
            "rows": rows,
            "untold": untold,
            "aside": aside,
            "at": deps.clock(),
            "labels": deps.labels[language_of(request)],
        }
        return deps.pages.render(request, "unsettled.html", **values, **base_values(session, "kiriman"))

    @router.post(f"{HOME}/kiriman/{{cell}}/{{notice_id}}")
    @needs(Act.TELL_AGAIN)
    async def handle(request: Request, cell: str, notice_id: str) -> Response:
        session = await posted(request)
        notice = _key(cell, notice_id)
        handling = read_handling(session.fields.get("tindakan", ""))
        async with deps.pool.acquire() as connection:
            place = await connection.fetchval(SQL.notice_jurisdiction, *notice)
            if place is not None and not session.may(Act.TELL_AGAIN, place):
                await note_not_allowed(deps, request, NotAllowed(session.username, Act.TELL_AGAIN, place))
                raise DecisionRefused(NotWritten.NOTICE)
            await handle_untold(connection, *notice, handling, session.username, deps.clock())
        return RedirectResponse(f"{HOME}/kiriman", http.HTTPStatus.SEE_OTHER)


def first_page(session: Session) -> str:
    """Where somebody who reads no cases begins."""
    pages = ((Act.SEE_SENDING, CONTROL), (Act.SEE_BOOKS, f"{HOME}/biaya"), (Act.SEE_REFUSALS, REFUSALS))
    return next((page for act, page in pages if session.holds(act)), CONTROL)


async def _home(
    deps: OfficerDeps,
    request: Request,
    session: Session,
    total: Total,
    *,
    status: int = 200,
    typed: str = "",
    faults: Mapping[str, str] | None = None,
) -> Response:
    jurisdictions = session.jurisdictions(Act.READ_CASES)
    piles = await read_piles(deps.pool, jurisdictions)
    values: dict[str, Any] = {
        "desk": [(state, piles.get(state)) for state in DESK],
        "movers": by_mover(total, piles),
        "total": total,
        "at": deps.clock(),
        "closed": await deps.pool.fetch(SQL.closed_factors, jurisdictions),
        "typed": typed,
        "faults": faults or {},
    }
    return deps.pages.render(request, "home.html", status, **values, **base_values(session, "beranda"))


def _filters(deps: OfficerDeps, told: Mapping[str, str]) -> tuple[list[str], str | None]:
    """The states and the offence somebody asked for; anything unknown means all."""
    state, offence = told.get("keadaan", ""), told.get("pelanggaran", "")
    return ([state] if state in DESK else list(DESK)), (offence if offence in deps.labels["id"] else None)


def _after(text: str) -> tuple[datetime | None, int | None]:
    """The last row of the page before, as the link carries it."""
    instant, _, case_id = text.rpartition("_")
    try:
        told = datetime.fromisoformat(instant).astimezone(UTC)
    except (ValueError, OverflowError):
        return None, None
    return (told, last) if (last := read_id(case_id)) else (None, None)


async def _queue(deps: OfficerDeps, request: Request, session: Session) -> Response:
    told, language = dict(request.query_params), language_of(request)
    states, offence = _filters(deps, told)
    jurisdictions = session.jurisdictions(Act.READ_CASES)
    after = _after(told.get("sesudah", ""))
    rows = await deps.pool.fetch(SQL.queue, states, offence, *after, _PAGE + 1, language, jurisdictions)
    shown = rows[:_PAGE]
    await note_access(deps, session, [(row["cell"], row["case_id"]) for row in shown], "queue_list", "desk")
    piles = await read_piles(deps.pool, jurisdictions)
    values: dict[str, Any] = {
        "rows": shown,
        "next": _mark(shown[-1]) if len(rows) > _PAGE else None,
        "waiting": piles,
        "all_waiting": count_words(sum(pile.cases for pile in piles.values())),
        "desk": DESK,
        "state": states[0] if len(states) == 1 else "",
        "offence": offence or "",
        "labels": deps.labels[language],
        "at": deps.clock(),
        "empty": "kosong" in told,
    }
    return deps.pages.render(request, "queue.html", **values, **base_values(session, "antrean"))


def _key(cell: str, row_id: str) -> tuple[int, int]:
    """(cell, id) as an address carries them; NotFound for what no row can have."""
    place, row = read_id(cell), read_id(row_id)
    if (not place and cell != "0") or place >= CELLS or not row:
        raise NotFound("There is no such notice; open the list again.")
    return place, row


def _mark(row: Row) -> str:
    return f"{row['state_since'].isoformat()}_{row['case_id']}"


async def _find(deps: OfficerDeps, request: Request, session: Session, total: Total) -> Response:
    """By reference to its case; by plate to a list, which is never an address."""
    typed = session.fields.get("dicari", "")[: LONGEST + 1]
    try:
        _, reference = read_reference(typed)
        return RedirectResponse(f"{HOME}/berkas/{reference}", http.HTTPStatus.SEE_OTHER)
    except InputError:
        pass
    try:
        rows = await deps.pool.fetch(SQL.find_by_plate, parse_plate(typed).text, session.jurisdictions(Act.READ_CASES))
    except PlateError:
        rows = []
    if not rows:
        return await _home(
            deps, request, session, total, status=http.HTTPStatus.NOT_FOUND, typed=typed, faults={"dicari": _NOT_FOUND}
        )
    await note_access(deps, session, [(row["cell"], row["case_id"]) for row in rows], "plate_search", "search")
    values: dict[str, Any] = {"rows": rows, "at": deps.clock(), "labels": deps.labels[language_of(request)]}
    return deps.pages.render(request, "found.html", **values, **base_values(session, "beranda"))
