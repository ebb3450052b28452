"""Who drove: one question a page, the answers checked once more, then sent. Twice sent changes nothing."""

import http
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cakra.core.errors import InputError
from cakra.core.paper import zone_of
from cakra.doors.citizen.answering.forms import READERS, Draft, details_of
from cakra.doors.citizen.deps import PortalDeps
from cakra.doors.citizen.scene import Scene, registered
from cakra.doors.citizen.visited import PlainPage, VisitedPage, go, visited
from cakra.doors.citizen.visiting import Visit
from cakra.doors.words import N_
from cakra.journey.answer import Answer, AnswerKind
from cakra.journey.answer.step import is_open
from cakra.kit.logs import get_logger

_log = get_logger(__name__)
_REFUSED = http.HTTPStatus.UNPROCESSABLE_ENTITY
KIND = "siapa"
NO_CHOICE = N_("Pilih salah satu jawaban")
# The form's word for each answer; the page of its details.
KINDS: Mapping[str, AnswerKind] = {
    "saya": AnswerKind.DROVE,
    "orang-lain": AnswerKind.OTHER_DROVE,
    "terjual": AnswerKind.SOLD,
    "bukan-milik": AnswerKind.NEVER_MINE,
}
_DETAIL_PAGES: Mapping[AnswerKind, str] = {
    AnswerKind.OTHER_DROVE: "answer_other.html",
    AnswerKind.SOLD: "answer_sold.html",
    AnswerKind.NEVER_MINE: "answer_never.html",
}

OpenPage = Callable[[PortalDeps, Request, Visit, Scene], Awaitable[Response]]


def while_open(page: OpenPage) -> PlainPage:
    """A page of the question; once answered, by whomever, it leads to where the case stands."""

    @wraps(page)
    async def asked(portal: PortalDeps, request: Request, visit: Visit, scene: Scene) -> Response:
        if not await is_open(portal.pool, scene.case, visit.party_id):
            response = go("/kasus/status")
            portal.visits.forget_draft(response)
            return response
        return await page(portal, request, visit, scene)

    question: VisitedPage = asked
    return visited(proved=True)(question)


@while_open
async def ask_who(portal: PortalDeps, request: Request, visit: Visit, scene: Scene) -> Response:
    """Ask who drove."""
    return _page(portal, request, scene, "answer_who.html", value=visit.draft.get(KIND, ""), faults={})


@while_open
async def take_who(portal: PortalDeps, request: Request, visit: Visit, scene: Scene) -> Response:
    """Keep the choice; an admission needs no details."""
    chosen = (await portal.pages.guard.read(request)).get(KIND, "")
    if chosen not in KINDS:
        return _page(portal, request, scene, "answer_who.html", _REFUSED, value="", faults={KIND: NO_CHOICE})
    draft = dict(visit.draft) if visit.draft.get(KIND) == chosen else {KIND: chosen}
    response = go("/kasus/jawab/kirim" if KINDS[chosen] is AnswerKind.DROVE else "/kasus/jawab/rincian")
    portal.visits.keep_draft(response, visit, draft)
    return response


@while_open
async def ask_details(portal: PortalDeps, request: Request, visit: Visit, scene: Scene) -> Response:
    """What the chosen answer needs."""
    kind = _kind(visit)
    if kind is None or kind not in _DETAIL_PAGES:
        return go("/kasus/jawab")
    return _page(portal, request, scene, _DETAIL_PAGES[kind], value=visit.draft, faults={})


@while_open
async def take_details(portal: PortalDeps, request: Request, visit: Visit, scene: Scene) -> Response:
    """Keep the details, or show what is wrong with them."""
    fields = await portal.pages.guard.read(request)
    kind = _kind(visit)
    if kind is None or kind not in _DETAIL_PAGES:
        return go("/kasus/jawab")
    draft, faults = READERS[kind](fields, portal.deps.clock().astimezone(zone_of(scene.zone)).date())
    if faults:
        return _page(portal, request, scene, _DETAIL_PAGES[kind], _REFUSED, value=draft, faults=faults)
    response = go("/kasus/jawab/kirim")
    portal.visits.keep_draft(response, visit, {KIND: visit.draft[KIND], **draft})
    return response


@while_open
async def ask_sure(portal: PortalDeps, request: Request, visit: Visit, scene: Scene) -> Response:
    """Everything once more, and what sending it means."""
    if _complete(visit, scene, portal) is None:
        return go("/kasus/jawab")
    return _page(portal, request, scene, "answer_send.html", draft=visit.draft, mark=_mark(visit), faults={})


@while_open
async def send(portal: PortalDeps, request: Request, visit: Visit, scene: Scene) -> Response:
    """Write the answer and what follows; the second of two finds the question closed and sees the same page.

    Another tab may have opened another case or chosen another answer meanwhile: only what this page showed is sent.
    """
    fields = await portal.pages.guard.read(request)
    answer = _complete(visit, scene, portal)
    if answer is None:
        return go("/kasus/jawab")
    if fields.get("periksa", "") != _mark(visit):
        return go("/kasus/jawab/kirim")
    given = await portal.answers.give(visit.key, answer, portal.deps.clock())
    _log.info("answer_given" if given else "answer_repeated", case=visit.case_id, kind=answer.kind.value)
    response = go("/kasus/status")
    portal.visits.forget_draft(response)
    return response


def _kind(visit: Visit) -> AnswerKind | None:
    return KINDS.get(visit.draft.get(KIND, ""))


def _mark(visit: Visit) -> str:
    """The case and the answer that a page shows, in short."""
    shown = json.dumps([visit.cell, visit.party_id, sorted(visit.draft.items())])
    return sha256(shown.encode()).hexdigest()


def _complete(visit: Visit, scene: Scene, portal: PortalDeps) -> Answer | None:
    """The answer of a draft, read again by its form's rules; None when something is missing."""
    kind = _kind(visit)
    if kind is None:
        return None
    draft: Draft = {}
    if kind in READERS:
        today = portal.deps.clock().astimezone(zone_of(scene.zone)).date()
        draft, faults = READERS[kind](visit.draft, today)
        if faults:
            return None
    return Answer(kind, details_of(draft))


def _page(
    portal: PortalDeps, request: Request, scene: Scene, template: str, status: int = 200, **values: Any
) -> Response:
    if scene.party.contact is None:
        raise InputError("This case has no addressee; an officer looks into it.", code="no_addressee")
    owner = registered(portal, scene.party)
    return portal.pages.render(request, template, status, scene=scene, zone=scene.zone, owner=owner, **values)
