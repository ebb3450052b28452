"""What happened, the second factor, the photographs, and where the case stands."""

import http

from starlette.requests import Request
from starlette.responses import Response

from cakra.core.errors import NotFound
from cakra.core.states.journey import State
from cakra.doors.citizen.closed import show_closed
from cakra.doors.citizen.deps import PortalDeps
from cakra.doors.citizen.scene import SQL, Scene, registered
from cakra.doors.citizen.showing import CHANNELS, PROOFS, PURPOSES, standing, standing_of_named, story
from cakra.doors.citizen.visited import go, visited
from cakra.doors.citizen.visiting import Visit
from cakra.doors.words import N_
from cakra.journey.answer import AnswerKind
from cakra.journey.answer.step import is_open, newest_answer
from cakra.journey.payment import live_code
from cakra.kit.typed import LONGEST

_REFUSED = http.HTTPStatus.UNPROCESSABLE_ENTITY
EMPTY_CHASSIS = N_("Isi lima huruf atau angka terakhir nomor rangka")
WRONG_CHASSIS = N_("Lima huruf atau angka ini tidak cocok dengan data kendaraan")
# What reference and plate open, and what the chassis number opens besides.
_MASKED, _PROVED = ("notice",), ("notice", "vehicle_masked", "plate")
_PAYABLE = frozenset({State.CHARGED, State.LAPSED, State.BLOCKED})


@visited(proved=False, named=True)
async def show_case(portal: PortalDeps, request: Request, visit: Visit, scene: Scene) -> Response:
    """The notice is genuine, and this is what happened; to somebody whom an answer named: when, where, what now."""
    if scene.party.is_named:
        word = standing_of_named(scene.case.state, on_turn=scene.on_turn)
        return portal.pages.render(request, "named.html", scene=scene, zone=scene.zone, standing=word)
    is_open_now = await is_open(portal.pool, scene.case, scene.party.party_id)
    return portal.pages.render(
        request,
        "case.html",
        scene=scene,
        zone=scene.zone,
        proved=visit.proved,
        is_open=is_open_now,
        channels=CHANNELS,
        proofs=PROOFS,
        purposes=PURPOSES,
    )


@visited(proved=False, named=True)
async def show_photo(portal: PortalDeps, request: Request, visit: Visit, scene: Scene) -> Response:
    """A derived picture of this visit's own case; no address names its content."""
    kind = request.path_params["kind"]
    digest = scene.pictures.get(kind)
    if scene.party.is_named or kind not in (_PROVED if visit.proved else _MASKED) or digest is None:
        raise NotFound("There is no such picture for this visit.")
    return Response(await portal.deps.photos.get(digest), media_type="image/jpeg")


@visited(proved=False)
async def ask_chassis(portal: PortalDeps, request: Request, visit: Visit, _scene: Scene) -> Response:
    """The last five characters of the chassis number, and where to find them."""
    return go("/kasus/status") if visit.proved else _chassis(portal, request, "", {})


@visited(proved=False)
async def prove(portal: PortalDeps, request: Request, visit: Visit, scene: Scene) -> Response:
    """Judge the chassis number; right, the visit is proved."""
    fields = await portal.pages.guard.read(request)
    typed = fields.get("rangka", "")[: LONGEST + 1]
    if not typed:
        return _chassis(portal, request, "", {"rangka": EMPTY_CHASSIS}, _REFUSED)
    at = portal.deps.clock()
    judged = await portal.gate.prove_owner(request, visit.key, typed, at)
    if judged.closed_until or judged.for_good:
        return show_closed(portal, request, judged, at, what="chassis", zone=scene.zone)
    if judged.opened is None:
        return _chassis(portal, request, typed, {"rangka": WRONG_CHASSIS}, _REFUSED)
    response = go("/kasus/status")
    portal.visits.begin(response, visit.key, visit.reference, at, proved=True, draft=visit.draft)
    return response


@visited(proved=True)
async def show_status(portal: PortalDeps, request: Request, visit: Visit, scene: Scene) -> Response:
    """Where the case stands; an open question is asked first."""
    case = scene.case
    if await is_open(portal.pool, case, visit.party_id):
        return go("/kasus/jawab")
    if scene.on_turn and case.state is State.CHARGED and case.pay_by is None and request.method == "GET":
        await portal.charges.show(visit.cell, visit.case_id, portal.deps.clock())
    code = await live_code(portal.pool, visit.key)
    admitted = await newest_answer(portal.pool, visit.key) is AnswerKind.DROVE
    rows = await portal.pool.fetch(SQL.timeline, *case.key)
    return portal.pages.render(
        request,
        "status.html",
        scene=scene,
        zone=scene.zone,
        standing=standing(case.state, admitted=admitted, on_turn=scene.on_turn),
        code=code if code and code.state == "issued" and case.state in _PAYABLE else None,
        admitted=admitted,
        owner=registered(portal, scene.party),
        story=story(rows, visit.party_id, first=visit.party_id == visit.case_id),
    )


def _chassis(portal: PortalDeps, request: Request, typed: str, faults: dict[str, str], status: int = 200) -> Response:
    return portal.pages.render(request, "chassis.html", status, typed=typed, faults=faults)
