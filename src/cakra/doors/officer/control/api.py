"""`/v1/pauses`: the same for machines, by a named officer (HTTP Basic over TLS, the limits of the sign-in).

Credentials are checked on every call, so a resume is always freshly proved; every refusal of them is alike.
"""

import binascii
import http
from base64 import b64decode
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response, Security
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBasic
from pydantic import BaseModel, ConfigDict, Field

from cakra.core.access.rights import Act, Foreign, NotAllowed, jurisdictions
from cakra.delivery.pause.pausing import Level, pause, resume
from cakra.doors.callers import caller_of
from cakra.doors.forms import refuse_other_sites
from cakra.doors.officer.control.state import Counting, read_pauses
from cakra.doors.officer.deps import OfficerDeps
from cakra.doors.officer.entrance.needing import act_of, needs
from cakra.doors.officer.entrance.routing import note_not_allowed
from cakra.doors.officer.entrance.session import prove
from cakra.doors.problems import Problem, problem_response
from cakra.kit.ids import read_id
from cakra.store.db import Row
from cakra.store.rights import grants_of

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Cakra Presisi", charset="UTF-8"'}
_REFUSED = "User name and password do not hold, or there were too many tries; wait 15 minutes after many."
_NOT_LEADING = "No grant in force of this officer carries it; a supervisor, commander or administrator makes pauses."
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


def _problem(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/problem+json": {"schema": {"type": "object"}}}}


_SEEING: dict[int | str, dict[str, Any]] = {
    401: _problem("No active officer proved who asks; alike whatever was wrong.")
}
_LEADING: dict[int | str, dict[str, Any]] = {
    **_SEEING,
    400: _problem("Unknown key, no reason, or the person who paused tries to resume."),
    403: _problem("No grant of this officer carries it there."),
}


class _Credentials(HTTPBasic):
    """For the API's description; what is given is judged by `_let_in`, so that every refusal is alike."""

    async def __call__(self, request: Request) -> None:  # type: ignore[override]  # nothing is handed on
        """Let everything through."""


def build_pause_api(deps: OfficerDeps) -> APIRouter:
    """GET and POST /v1/pauses, POST /v1/pauses/{pause}/resume."""
    router = APIRouter(
        tags=["pauses"], route_class=_route_of(deps), dependencies=[Security(_Credentials(scheme_name="officer"))]
    )
    counting = Counting(deps)

    @router.get("/v1/pauses", response_model=PausesShown, responses=_SEEING)
    @needs(Act.SEE_SENDING)
    async def show(request: Request, which: Literal["open", "all"] = "open") -> Response:
        """What is paused now, since when, by whom and why, and how many messages wait."""
        seen: list[str] | None = request.state.jurisdictions
        counts = (await counting.read()).of(seen)
        rows = [row for row in await read_pauses(deps, seen) if which == "all" or not row["resumed_at"]]
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
    @needs(Act.PAUSE_SENDING)
    async def stop(request: Request, order: PauseOrder) -> Response:
        """Let nothing of this level leave any more: in force at once, calls in flight finish."""
        by: str = request.state.officer
        senders = [name for names in deps.senders.values() for name in names]
        made = await pause(deps.pool, order.level, order.key, by=by, reason=order.reason, senders=senders)
        return JSONResponse({"id": str(made)}, http.HTTPStatus.CREATED, {"Location": f"/v1/pauses/{made}"})

    @router.post(
        "/v1/pauses/{pause_id}/resume",
        responses={**_LEADING, 404: _problem("No such pause is in force.")},
    )
    @needs(Act.RESUME_SENDING)
    async def go_on(request: Request, pause_id: str, order: ResumeOrder) -> Response:
        """End a pause as another officer than the one who made it; what waits leaves at once."""
        by: str = request.state.officer
        await resume(deps.pool, read_id(pause_id), by=by, reason=order.reason)
        return JSONResponse({"id": pause_id, "resumed_by": by})


def _route_of(deps: OfficerDeps) -> type[APIRoute]:
    """The kind of route of this API: credentials are proved and the declared act is asked for before anything else."""

    class ProvedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # Awaitable is what FastAPI awaits
            handle, act = super().get_route_handler(), act_of(self.endpoint)
            assert act is not None, "nobody asks this API without an act"

            async def guarded(request: Request) -> Response:
                if request.method != "GET":
                    refuse_other_sites(request)
                refused = await _let_in(deps, request, act)
                if refused is not None:
                    return refused
                try:
                    return await handle(request)
                except NotAllowed as fault:
                    await note_not_allowed(deps, request, fault)
                    return problem_response(Problem(http.HTTPStatus.FORBIDDEN, "not_leading", fault.sentence))
                except Foreign as fault:
                    await note_not_allowed(deps, request, fault)
                    raise

            return guarded

    return ProvedRoute


async def _let_in(deps: OfficerDeps, request: Request, act: Act) -> Response | None:
    """The refusal, or None with who asks in the request's state."""
    given = _credentials(request.headers.get("authorization", ""))
    officer = await prove(deps, *given, caller_of(request)) if given else None
    if officer is None:
        answer = problem_response(Problem(http.HTTPStatus.UNAUTHORIZED, "unauthentic", _REFUSED))
        answer.headers.update(_CHALLENGE)
        return answer
    at = deps.clock()
    held = jurisdictions(await grants_of(deps.pool, officer.username, at), act, at)
    if held is not None and not held:
        await note_not_allowed(deps, request, NotAllowed(officer.username, act))
        return problem_response(Problem(http.HTTPStatus.FORBIDDEN, "not_leading", _NOT_LEADING))
    request.state.officer = officer.username
    request.state.jurisdictions = None if held is None else sorted(held)
    return None


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
