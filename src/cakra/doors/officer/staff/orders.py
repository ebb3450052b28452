"""`/petugas/perintah`: what waits for a second person; that person approves or rejects it, the password asked anew."""

from fastapi import APIRouter, Request, Response

from cakra.core.access.orders import APPROVING
from cakra.core.access.rights import Act
from cakra.core.errors import InputError, NotFound
from cakra.doors.officer.deps import ORDERS, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import note_foreign, routes_of
from cakra.doors.officer.staff.words import STANDINGS, fault_of
from cakra.doors.officer.visit import OfficerVisit, done, looking, posting
from cakra.journey.staff.ordering import approve, list_orders, reject
from cakra.kit.ids import read_id

_DONE = {"setuju": approve, "tolak": reject}


def build_order_routes(deps: OfficerDeps) -> APIRouter:
    """GET /petugas/perintah, POST /petugas/perintah/{order}."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(ORDERS)
    @needs(Act.SEE_ORDERS)
    async def look(request: Request) -> Response:
        return await _show(looking(deps, request))

    @router.post(f"{ORDERS}/{{order_id}}")
    @needs(Act.SEE_ORDERS)
    async def decide(request: Request, order_id: str) -> Response:
        visit = await posting(deps, request)
        told = visit.told("putusan")
        if not await visit.proved():
            return await _show(visit.unproved(f"sandi-{order_id}"))
        if told not in _DONE:
            raise InputError("The form says neither approve nor reject; go back and choose.")
        try:
            await _DONE[told](deps.pool, read_id(order_id), by=visit.username, reason=visit.told("alasan"))
        except (InputError, NotFound) as refusal:
            await note_foreign(deps, request, refusal)
            return await _show(visit.refused(refusal, fault_of(refusal), order_id))
        return done(ORDERS, told)

    return router


async def _show(visit: OfficerVisit) -> Response:
    at, session = visit.deps.clock(), visit.session
    orders = await list_orders(visit.deps.pool, waiting=False, jurisdictions=session.jurisdictions(Act.SEE_ORDERS))
    return visit.render(
        "orders.html",
        "perintah",
        waiting=[one for one in orders if one.standing(at) == "waiting"],
        history=[one for one in orders if one.standing(at) != "waiting"],
        may_approve=lambda one: (
            one.proposed_by != session.username and session.may(APPROVING[one.kind], one.jurisdiction)
        ),
        standings=STANDINGS,
        standing=lambda one: one.standing(at),
        at=at,
    )
