"""`/petugas/penolakan`: what was refused to officers, and failed sign-ins; nothing of what was typed is kept."""

from typing import Any

from fastapi import APIRouter, Request, Response

from cakra.core.access.rights import Act
from cakra.doors.officer.deps import REFUSALS, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import routes_of
from cakra.doors.officer.entrance.session import base_values, signed_in
from cakra.doors.officer.staff.words import REFUSED
from cakra.store.rights import list_refusals

_SHOWN = 100


def build_refusal_routes(deps: OfficerDeps) -> APIRouter:
    """GET /petugas/penolakan."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(REFUSALS)
    @needs(Act.SEE_REFUSALS)
    async def look(request: Request) -> Response:
        session = signed_in(request)
        values: dict[str, Any] = {
            "rows": await list_refusals(deps.pool, _SHOWN, session.jurisdictions(Act.SEE_REFUSALS)),
            "refused": REFUSED,
            "at": deps.clock(),
        }
        return deps.pages.render(request, "refusals.html", **values, **base_values(session, "penolakan"))

    return router
