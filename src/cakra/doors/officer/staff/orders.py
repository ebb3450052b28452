"""`/petugas/perintah`: what waits for a second person; that person approves or rejects it, the password asked anew."""

import http
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from cakra.core.errors import CakraError, Conflict, InputError, NotFound
from cakra.core.orders import APPROVING
from cakra.core.rights import Act, NotAllowed
from cakra.doors.callers import caller_of
from cakra.doors.officer.control.page import read_id
from cakra.doors.officer.control.refusals import NOT_PROVED
from cakra.doors.officer.deps import ORDERS, OfficerDeps
from cakra.doors.officer.needing import needs
from cakra.doors.officer.routing import routes_of
from cakra.doors.officer.session import Session, base_values, posted, prove, signed_in
from cakra.doors.officer.staff.words import STANDINGS, fault_of
from cakra.journey.staff.ordering import approve, list_orders, reject

_STATUS = {NotFound: http.HTTPStatus.NOT_FOUND, Conflict: http.HTTPStatus.CONFLICT}
_DONE = {"setuju": approve, "tolak": reject}


def build_order_routes(deps: OfficerDeps) -> APIRouter:
    """GET /petugas/perintah, POST /petugas/perintah/{order}."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(ORDERS)
    @needs(Act.SEE_ORDERS)
    async def look(request: Request) -> Response:
        return await _show(deps, request, signed_in(request))

    @router.post(f"{ORDERS}/{{order_id}}")
    @needs(Act.SEE_ORDERS)
    async def decide(request: Request, order_id: str) -> Response:
        session = await posted(request)
        told = session.fields.get("putusan", "")
        if await prove(deps, session.username, session.fields.get("sandi", ""), caller_of(request)) is None:
            return await _show(deps, request, session, status=401, faults={f"sandi-{order_id}": NOT_PROVED})
        if told not in _DONE:
            raise InputError("The form says neither approve nor reject; go back and choose.")
        try:
            await _DONE[told](
                deps.pool, read_id(order_id), by=session.username, reason=session.fields.get("alasan", "")
            )
        except NotAllowed:
            raise
        except (InputError, NotFound) as refusal:
            return await _refuse(deps, request, session, refusal, order_id)
        return RedirectResponse(f"{ORDERS}?dicatat={told}", http.HTTPStatus.SEE_OTHER)

    return router


async def _refuse(
    deps: OfficerDeps, request: Request, session: Session, refusal: CakraError, order_id: str
) -> Response:
    field, sentence = fault_of(refusal)
    if field == "alasan":
        field = f"alasan-{order_id}"
    status = next((code for kind, code in _STATUS.items() if isinstance(refusal, kind)), http.HTTPStatus.BAD_REQUEST)
    return await _show(deps, request, session, status=status, faults={field: sentence})


async def _show(
    deps: OfficerDeps,
    request: Request,
    session: Session,
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
) -> Response:
    at, jurisdictions = deps.clock(), session.jurisdictions(Act.SEE_ORDERS)
    orders = await list_orders(deps.pool, waiting=False, jurisdictions=jurisdictions)
    values: dict[str, Any] = {
        "waiting": [one for one in orders if one.standing(at) == "waiting"],
        "history": [one for one in orders if one.standing(at) != "waiting"],
        "may_approve": lambda one: (
            one.proposed_by != session.username and session.may(APPROVING[one.kind], one.jurisdiction)
        ),
        "standings": STANDINGS,
        "standing": lambda one: one.standing(at),
        "told": session.fields,
        "faults": faults or {},
        "recorded": request.query_params.get("dicatat", ""),
        "at": at,
    }
    return deps.pages.render(request, "orders.html", status, **values, **base_values(session, "perintah"))
