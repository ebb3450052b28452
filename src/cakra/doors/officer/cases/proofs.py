"""The second factor of a case: how far guessing has come, and an officer who saw the owner's papers opens it again."""

import http

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from cakra.core.access.rights import Act
from cakra.doors.officer.cases.reading import note_access, open_file
from cakra.doors.officer.deps import HOME, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import routes_of
from cakra.doors.officer.entrance.session import SQL, posted
from cakra.kit.logs import get_logger

_LONGEST_REASON = 200
_log = get_logger(__name__)


def build_proof_routes(deps: OfficerDeps) -> APIRouter:
    """POST /petugas/berkas/{reference}/rangka: open it again, with a reason; kept among what officers looked at."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.post(f"{HOME}/berkas/{{reference}}/rangka")
    @needs(Act.OPEN_SECOND_FACTOR)
    async def open_again(request: Request, reference: str) -> Response:
        session = await posted(request)
        reason = session.fields.get("alasan", "")[:_LONGEST_REASON]
        file = await open_file(deps, session, reference, "case_page", "second_factor", Act.OPEN_SECOND_FACTOR)
        page = f"{HOME}/berkas/{file.row['reference']}"
        if not reason:
            return RedirectResponse(f"{page}?rangka=alasan#rangka", http.HTTPStatus.SEE_OTHER)
        opened = await deps.pool.fetchval(SQL.open_second_factor, *file.key, session.username, deps.clock())
        if opened is not None:
            await note_access(deps, session, [file.key], "second_factor_opened", reason)
            _log.info("second_factor_opened", case=file.key[1], officer=session.username)
        return RedirectResponse(f"{page}?rangka=dibuka#rangka", http.HTTPStatus.SEE_OTHER)

    return router
