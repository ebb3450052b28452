"""`/v1/pauses`: the same for machines, by a named officer (HTTP Basic over TLS, the limits of the sign-in).

Credentials are checked on every call, so a resume is always freshly proved; every refusal of them is alike.
"""

import binascii
import http
from base64 import b64decode
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic
from pydantic import BaseModel, ConfigDict, Field

from cakra.delivery.pause.pausing import Level, pause, resume
from cakra.doors.callers import caller_of
from cakra.doors.forms import refuse_other_sites
from cakra.doors.officer.control.page import read_id
from cakra.doors.officer.control.state import Counting, read_pauses
from cakra.doors.officer.deps import OfficerDeps
from cakra.doors.officer.session import note_not_allowed, prove
from cakra.doors.problems import Problem, problem_response
from cakra.journey.review.staff import Officer
from cakra.store.db import Row

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Cakra Presisi", charset="UTF-8"'}
_REFUSED = "User name and password do not hold, or there were too many tries; wait 15 minutes after many."
_NOT_LEADING = "This officer sees pauses; a supervisor, commander or administrator makes and ends them."
_LONGEST = 300


class PauseOrder(BaseModel):
    """What is to be paused. `key`: code of the jurisdiction, channel or sender; left out for everything."""

    model_config = ConfigDict(extra="forbid")
    level: Level
    key: str = Field(default="", max_length=_LONGEST)
    reason: str = Field(min_length=1, max_length=_LONGEST)


class ResumeOrder(BaseModel):
    """Why a pause ends."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=1, max_length=_LONGEST)


class PauseShown(BaseModel):
    """One pause; `id` is text, for it is larger than JavaScript's numbers. `waiting`: null when it has ended."""

    id: str
    level: Level
    key: str
    reason: str
    paused_by: str
    paused_at: datetime
    resumed_by: str | None
    resumed_at: datetime | None
    resume_reason: str | None
    waiting: int | None


class PausesShown(BaseModel):
    """Pauses in force, oldest last; with `which=all` those that ended too, the newest 50 together."""

    pauses: list[PauseShown]


class _Refused(Exception):
    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


def _problem(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/problem+json": {"schema": {"type": "object"}}}}


_SEEING: dict[int | str, dict[str, Any]] = {
    401: _problem("No active officer proved who asks; alike whatever was wrong.")
}
_LEADING: dict[int | str, dict[str, Any]] = {
    **_SEEING,
    400: _problem("Unknown key, no reason, or the person who paused tries to resume."),
    403: _problem("This officer does not lead."),
}


class _Credentials(HTTPBasic):
    """For the API's description; what is given is judged by `_officer`, so that every refusal is alike."""

    async def __call__(self, request: Request) -> None:  # type: ignore[override]  # nothing is handed on
        """Let everything through."""


def build_pause_api(deps: OfficerDeps) -> APIRouter:
    """GET and POST /v1/pauses, POST /v1/pauses/{pause}/resume."""
    router = APIRouter(tags=["pauses"], dependencies=[Security(_Credentials(scheme_name="officer"))])
    counting = Counting(deps)

    @router.get("/v1/pauses", response_model=PausesShown, responses=_SEEING)
    async def show(request: Request, which: Literal["open", "all"] = "open") -> Response:
        """What is paused now, since when, by whom and why, and how many messages wait."""
        try:
            await _officer(deps, request, leading=False)
        except _Refused as refused:
            return refused.answer
        counts = await counting.read()
        rows = [row for row in await read_pauses(deps) if which == "all" or not row["resumed_at"]]
        return _json([_shown(row, counts.waiting_for(row["level"], row["key"], deps.senders)) for row in rows])

    _add_orders(router, deps)
    return router


def _add_orders(router: APIRouter, deps: OfficerDeps) -> None:
    """Making and ending pauses."""

    @router.post(
        "/v1/pauses",
        status_code=201,
        responses={**_LEADING, 409: _problem("It is paused already.")},
    )
    async def stop(request: Request, order: PauseOrder) -> Response:
        """Let nothing of this level leave any more: in force at once, calls in flight finish."""
        refuse_other_sites(request)
        try:
            officer = await _officer(deps, request, leading=True)
        except _Refused as refused:
            return refused.answer
        senders = [name for names in deps.senders.values() for name in names]
        made = await pause(deps.pool, order.level, order.key, by=officer.username, reason=order.reason, senders=senders)
        return JSONResponse({"id": str(made)}, http.HTTPStatus.CREATED, {"Location": f"/v1/pauses/{made}"})

    @router.post(
        "/v1/pauses/{pause_id}/resume",
        responses={**_LEADING, 404: _problem("No such pause is in force.")},
    )
    async def go_on(request: Request, pause_id: str, order: ResumeOrder) -> Response:
        """End a pause as another officer than the one who made it; what waits leaves at once."""
        refuse_other_sites(request)
        try:
            officer = await _officer(deps, request, leading=True)
        except _Refused as refused:
            return refused.answer
        await resume(deps.pool, read_id(pause_id), by=officer.username, reason=order.reason)
        return JSONResponse({"id": pause_id, "resumed_by": officer.username})


async def _officer(deps: OfficerDeps, request: Request, *, leading: bool) -> Officer:
    given = _credentials(request.headers.get("authorization", ""))
    officer = await prove(deps, *given, caller_of(request)) if given else None
    if officer is None:
        answer = problem_response(Problem(http.HTTPStatus.UNAUTHORIZED, "unauthentic", _REFUSED))
        answer.headers.update(_CHALLENGE)
        raise _Refused(answer)
    if leading and not officer.may_lead:
        request.state.officer = officer.username
        await note_not_allowed(deps, request)
        raise _Refused(problem_response(Problem(http.HTTPStatus.FORBIDDEN, "not_leading", _NOT_LEADING)))
    return officer


def _credentials(header: str) -> tuple[str, str] | None:
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        told = b64decode(coded.strip(), validate=True).decode().replace("\0", "\ufffd")
    except (binascii.Error, UnicodeDecodeError):
        return None
    username, colon, password = told.partition(":")
    return (username.lower()[:64], password) if colon else None


def _shown(row: Row, waiting: int) -> PauseShown:
    ended = row["resumed_at"] is not None
    told = {name: row[name] for name in PauseShown.model_fields if name not in {"id", "waiting"}}
    return PauseShown(id=str(row["pause_id"]), waiting=None if ended else waiting, **told)


def _json(pauses: list[PauseShown]) -> Response:
    return Response(PausesShown(pauses=pauses).model_dump_json(), media_type="application/json")
