"""The review page: everything the machine saw, side by side, and one form for the decision."""

import http
from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from cakra.core.access.rights import Act
from cakra.core.errors import CakraError, InputError
from cakra.core.law.vehicle import VehicleKind
from cakra.doors.language import language_of
from cakra.doors.officer.cases.desk import HELD_FOR
from cakra.doors.officer.cases.gauge import gauge_of
from cakra.doors.officer.cases.reading import CaseFile, note_access, open_file, owner_of
from cakra.doors.officer.deps import HOME, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import routes_of
from cakra.doors.officer.entrance.session import Session, posted, signed_in
from cakra.doors.officer.explaining import explain_plates
from cakra.doors.officer.visit import OfficerVisit, posting
from cakra.doors.officer.words import ASKED_AGAIN, DECISIONS, FAULTS, KINDS
from cakra.doors.words import N_
from cakra.journey.review import REASONS, Asked, Decision, DecisionRefused, decide
from cakra.journey.review.naming import NamingDesk
from cakra.journey.review.step import read_decision
from cakra.store.cases_held import let_go, take_case

_VERSION_DIGITS = 12
_WHY_OWNER = N_("Tuliskan mengapa Anda perlu melihat data pemilik.")
# Which field of the form a refusal belongs to; the others are about the case as a whole.
_FIELDS: Mapping[str, str] = {
    "reason_missing": "alasan",
    "note_missing": "catatan",
    "note_too_long": "catatan",
    "note_personal": "catatan",
    "plate_invalid": "pelat",
    "kind_invalid": "jenis",
}


def build_review_routes(deps: OfficerDeps) -> APIRouter:
    """GET and POST /petugas/tinjau/{reference}, and the small actions under it."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(f"{HOME}/tinjau/{{reference}}")
    @needs(Act.READ_CASES)
    async def look(request: Request, reference: str) -> Response:
        session = signed_in(request)
        file = await open_file(deps, session, reference, "case_review", "review")
        if not file.on_desk:
            return RedirectResponse(f"{HOME}/berkas/{file.row['reference']}", http.HTTPStatus.SEE_OTHER)
        return _show(OfficerVisit(deps, request, session), await _hold(deps, session, file))

    @router.post(f"{HOME}/tinjau/{{reference}}")
    @needs(Act.DECIDE_CASES)
    async def answer(request: Request, reference: str) -> Response:
        return await _decide(await posting(deps, request), reference)

    @router.post(f"{HOME}/tinjau/{{reference}}/pemilik")
    @needs(Act.SEE_OWNER)
    async def owner(request: Request, reference: str) -> Response:
        visit = await posting(deps, request)
        file = await open_file(deps, visit.session, reference, "case_review", "review", Act.SEE_OWNER)
        reason = visit.told("keperluan")[:200]
        if not reason:
            return _show(visit.faulty(400, "keperluan", _WHY_OWNER), file)
        await note_access(deps, visit.session, [file.key], "owner_data", reason)
        return _show(visit, replace(file, owner=await owner_of(deps, file, visit.told("pelat"))))

    _add_holding(router, deps)
    return router


def _add_holding(router: APIRouter, deps: OfficerDeps) -> None:
    """Taking a case over (supervisors) and letting it go."""

    @router.post(f"{HOME}/tinjau/{{reference}}/ambil-alih")
    @needs(Act.DECIDE_CASES)
    async def take_over(request: Request, reference: str) -> Response:
        session = await posted(request)
        file = await open_file(deps, session, reference, "case_review", "take_over", Act.DECIDE_CASES)
        await _hold(deps, session, file, over=session.may(Act.TAKE_OVER_CASES, file.row["jurisdiction"]))
        return RedirectResponse(f"{HOME}/tinjau/{file.row['reference']}", http.HTTPStatus.SEE_OTHER)

    @router.post(f"{HOME}/tinjau/{{reference}}/lepas")
    @needs(Act.DECIDE_CASES)
    async def release(request: Request, reference: str) -> Response:
        session = await posted(request)
        file = await open_file(deps, session, reference, "case_review", "release", Act.DECIDE_CASES)
        await let_go(deps.pool, file.key, session.username)
        return RedirectResponse(f"{HOME}/antrean", http.HTTPStatus.SEE_OTHER)


async def _hold(deps: OfficerDeps, session: Session, file: CaseFile, *, over: bool = False) -> CaseFile:
    """The case held for a deciding officer for ten minutes, unless somebody else holds it."""
    if not session.may(Act.DECIDE_CASES, file.row["jurisdiction"]) or not file.on_desk:
        return file
    at = deps.clock()
    if not await take_case(deps.pool, file.key, session.username, at, at + HELD_FOR, over=over):
        return file
    row = {
        **file.row,
        "assigned_to": session.username,
        "assigned_until": at + HELD_FOR,
        "assigned_name": session.officer.name,
    }
    return replace(file, row=row)


def _show(visit: OfficerVisit, file: CaseFile, given: Mapping[str, str] | None = None) -> Response:
    """The page. `given`: what was typed, where it is shown again."""
    deps, session = visit.deps, visit.session
    holder, until = file.row["assigned_to"], file.row["assigned_until"]
    elsewhere = holder not in {None, session.username} and until is not None and until > deps.clock()
    given = given or {}
    deciding = session.may(Act.DECIDE_CASES, file.row["jurisdiction"])
    return visit.render(
        "review.html",
        "antrean",
        file=file,
        row=file.row,
        explained=explain_plates(file.findings, file.row["claimed_plate"]),
        gauges=[gauge_of(reading) for reading in file.readings],
        elsewhere=elsewhere,
        deciding=deciding,
        may_decide=deciding and not elsewhere and file.on_desk,
        may_take_over=session.may(Act.TAKE_OVER_CASES, file.row["jurisdiction"]),
        decisions=_offered(session, file),
        uncertified=Decision.CHARGE in file.open and not session.officer.certified,
        chosen=given.get("keputusan", ""),
        plate_given=given.get("pelat", file.proposed_plate),
        kind_given=given.get("jenis", file.row["vehicle_kind"]),
        kinds=[kind.value for kind in VehicleKind],
        kind_labels=KINDS,
        given=given,
        labels=deps.labels[language_of(visit.request)],
    )


def _offered(session: Session, file: CaseFile) -> list[tuple[Decision, str, str, tuple[str, ...]]]:
    """The decisions this officer has here: its words, what it does, its reasons."""
    offered = []
    for decision in file.open:
        if decision is Decision.CHARGE and not session.officer.certified:
            continue
        words, hint = DECISIONS[decision]
        if decision is Decision.ACCEPT and file.contacted:
            hint = ASKED_AGAIN
        offered.append((decision, words, hint, REASONS[decision]))
    return offered


async def _decide(visit: OfficerVisit, reference: str) -> Response:
    deps, session, fields = visit.deps, visit.session, visit.session.fields
    try:
        decision: Decision | None = read_decision(fields.get("keputusan", ""))
    except InputError:
        decision = None
    file = await open_file(deps, session, reference, "case_review", "decision", Act.DECIDE_CASES)
    if decision is None:
        return _show(visit.faulty(400, "keputusan", FAULTS["decision_missing"]), file)
    asked = Asked(
        *file.key,
        version=_version(fields.get("versi", "")),
        decision=decision,
        reason=fields.get(f"alasan_{decision}", ""),
        note=fields.get("catatan", ""),
        plate=fields.get("pelat"),
        kind=fields.get("jenis"),
    )
    try:
        async with deps.pool.acquire() as connection:
            await decide(
                connection,
                asked,
                session.username,
                deps.clock(),
                settle_s=deps.settle_s,
                acts={
                    Decision.CHARGE: deps.charges.decide,
                    Decision.NAME: NamingDesk(deps.answers, deps.addressees).name_party,
                },
            )
    except (DecisionRefused, InputError) as refused:
        if refused.code not in FAULTS:
            raise
        return _refuse(visit, file, decision, refused)
    return RedirectResponse(f"{HOME}/berkas/{file.row['reference']}?dicatat=1", http.HTTPStatus.SEE_OTHER)


def _version(text: str) -> int:
    """The version a form carries; one that no case has for anything else."""
    return int(text) if text.isdecimal() and len(text) < _VERSION_DIGITS else -1


def _refuse(visit: OfficerVisit, file: CaseFile, decision: Decision, refused: CakraError) -> Response:
    """The page again with everything typed; the case as it is now where that was the trouble."""
    field = _FIELDS.get(refused.code, "berkas")
    place = f"alasan_{decision}" if field == "alasan" else field
    status = http.HTTPStatus.CONFLICT if field == "berkas" else http.HTTPStatus.BAD_REQUEST
    return _show(visit.faulty(status, place, FAULTS[refused.code]), file, visit.session.fields)
