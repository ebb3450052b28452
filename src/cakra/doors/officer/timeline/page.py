"""`/petugas/berkas/{reference}/linimasa`: every notice, attempt, receipt, change of channel and pause, with reasons."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from cakra.core.access.rights import Act
from cakra.core.errors import InputError, NotFound
from cakra.doors.language import language_of
from cakra.doors.officer.cases.reading import NO_CASE, check_jurisdiction, note_access
from cakra.doors.officer.deps import HOME, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import routes_of
from cakra.doors.officer.entrance.session import Session
from cakra.doors.officer.visit import OfficerVisit, looking, posting
from cakra.doors.words import N_
from cakra.journey.timeline.reading import Timeline, provider_answer, read_timeline
from cakra.journey.timeline.rules import AttemptKey, judge_time
from cakra.kit.ids import read_id, read_reference

_LONGEST_REASON = 200
_LARGEST_NUMBER = 9999
_WHY = N_("Tuliskan mengapa Anda perlu membuka jawaban penyedia.")


def build_timeline_routes(deps: OfficerDeps) -> APIRouter:
    """GET the timeline; POST a reason to open what the provider answered to one attempt."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(f"{HOME}/berkas/{{reference}}/linimasa")
    @needs(Act.READ_CASES)
    async def look(request: Request, reference: str) -> Response:
        visit = looking(deps, request)
        return _show(visit, await _read(deps, visit.session, reference))

    @router.post(f"{HOME}/berkas/{{reference}}/linimasa")
    @needs(Act.SEE_PROVIDER_ANSWERS)
    async def open_answer(request: Request, reference: str) -> Response:
        visit = await posting(deps, request)
        found = await _read(deps, visit.session, reference, Act.SEE_PROVIDER_ANSWERS)
        key, reason = _attempt(visit.session.fields), visit.told("keperluan")[:_LONGEST_REASON]
        if not reason:
            return _show(visit.faulty(400, field_of(key), _WHY), found)
        case = found.cell, found.case_id
        await note_access(deps, visit.session, [case], "provider_answer", reason)
        answer = await provider_answer(deps.pool, deps.provider, case, key)
        return _show(visit, found, opened=(key, answer))

    return router


def field_of(key: AttemptKey) -> str:
    """The name of the field that asks why this attempt's answer is opened."""
    return f"keperluan-{key.notice_id}-{key.channel}-{key.attempt}"


async def _read(deps: OfficerDeps, session: Session, typed: str, act: Act = Act.READ_CASES) -> Timeline:
    try:
        cell, reference = read_reference(typed)
    except InputError as problem:
        raise NotFound(NO_CASE) from problem
    found = await read_timeline(deps.pool, deps.notices, cell, reference)
    check_jurisdiction(session, act, found.jurisdiction)
    await note_access(deps, session, [(found.cell, found.case_id)], "case_timeline", "timeline")
    return found


def _attempt(fields: Mapping[str, str]) -> AttemptKey:
    """The attempt a form names; one that no case has for anything else."""
    notice, number = read_id(fields.get("pesan", "")), read_id(fields.get("percobaan", ""))
    sound = notice and number <= _LARGEST_NUMBER
    return AttemptKey(notice, fields.get("saluran", ""), number) if sound else AttemptKey(0, "", 0)


def _show(visit: OfficerVisit, found: Timeline, *, opened: tuple[AttemptKey, str] | None = None) -> Response:
    return visit.render(
        "timeline.html",
        "berkas",
        found=found,
        opened=opened,
        may_open=visit.session.may(Act.SEE_PROVIDER_ANSWERS, found.jurisdiction),
        field_of=field_of,
        told_at=lambda instant: judge_time(instant, found.zone, language_of(visit.request)),
    )
