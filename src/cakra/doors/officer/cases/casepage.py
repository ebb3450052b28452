"""The case page: where it stands, what happened, what was sent; and photographs, for staff only."""

import http
from typing import Any

from fastapi import APIRouter, Request, Response

from cakra.core.access.rights import Act, Foreign
from cakra.core.errors import InputError, NotFound
from cakra.doors.language import language_of
from cakra.doors.officer.cases.reading import note_access, open_file, read_history
from cakra.doors.officer.deps import HOME, OfficerDeps
from cakra.doors.officer.entrance.needing import needs
from cakra.doors.officer.entrance.routing import routes_of
from cakra.doors.officer.entrance.session import SQL, Session, base_values, signed_in
from cakra.doors.officer.explaining import explain_plates
from cakra.kit.ids import read_reference

_PNG = b"\x89PNG"
_DIGEST_BYTES = 32
_NO_PICTURE = "There is no such picture."


def build_case_routes(deps: OfficerDeps) -> APIRouter:
    """GET /petugas/berkas/{reference} and /petugas/berkas/{reference}/foto/{digest}."""
    router = APIRouter(route_class=routes_of(deps), include_in_schema=False)

    @router.get(f"{HOME}/berkas/{{reference}}")
    @needs(Act.READ_CASES)
    async def case(request: Request, reference: str) -> Response:
        session = signed_in(request)
        file = await open_file(deps, session, reference, "case_page", "case")
        values: dict[str, Any] = {
            "file": file,
            "row": file.row,
            "explained": explain_plates(file.findings, file.row["claimed_plate"]),
            "history": await read_history(deps, file),
            "may_review": file.on_desk,
            "recorded": "dicatat" in request.query_params,
            "may_open": session.may(Act.OPEN_SECOND_FACTOR, file.row["jurisdiction"]),
            "factor": await deps.pool.fetchrow(SQL.second_factor, *file.key),
            "factor_told": request.query_params.get("rangka", ""),
            "labels": deps.labels[language_of(request)],
            "at": deps.clock(),
        }
        return deps.pages.render(request, "case.html", **values, **base_values(session, "berkas"))

    @router.get(f"{HOME}/berkas/{{reference}}/foto/{{digest}}")
    @needs(Act.READ_CASES)
    async def picture(request: Request, reference: str, digest: str) -> Response:
        session = signed_in(request)
        wanted = await _allowed(deps, session, reference, digest)
        data = await deps.photos.get(wanted)
        media = "image/png" if data.startswith(_PNG) else "image/jpeg"
        headers = {"Cache-Control": "private, no-store", "Content-Disposition": "inline"}
        return Response(data, http.HTTPStatus.OK, headers, media)

    return router


async def _allowed(deps: OfficerDeps, session: Session, reference: str, digest: str) -> bytes:
    """The picture's hash when it belongs to that case; looking at an original is noted before it is shown."""
    try:
        cell, canonical = read_reference(reference)
        wanted = bytes.fromhex(digest)
    except (InputError, ValueError) as problem:
        raise NotFound(_NO_PICTURE) from problem
    row = await deps.pool.fetchrow(SQL.file, cell, canonical)
    if row is None or len(wanted) != _DIGEST_BYTES:
        raise NotFound(_NO_PICTURE)
    if not session.may(Act.READ_CASES, row["jurisdiction"]):
        raise Foreign(_NO_PICTURE, session.username, Act.READ_CASES, row["jurisdiction"])
    key = (cell, row["case_id"])
    kind = await deps.pool.fetchval(SQL.picture_kind, *key, wanted)
    if kind is None:
        raise NotFound(_NO_PICTURE)
    if kind == "original":
        await note_access(deps, session, [key], "original_photo", row["state"])
    return wanted
