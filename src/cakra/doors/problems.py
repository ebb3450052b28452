"""What the outside sees of an error: one table from error kind to HTTP status, RFC 9457 or a page.

Every refusal says what was wrong, where, and what to do. A fault of ours says nothing of its inside.
"""

import http
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from cakra.core.access.rights import NotAllowed
from cakra.core.errors import (
    CakraError,
    Conflict,
    ForbiddenMove,
    InputError,
    NotFound,
    SetupError,
    StorageFull,
    StoreError,
    TooLarge,
    Unauthentic,
)
from cakra.kit.logs import get_logger
from cakra.store.faults.away import is_away

_log = get_logger(__name__)

# A NUL, or half a sign, in an address or a body: no text of the database can hold it.
_UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
_SIGN = "The request holds a sign that cannot be stored; take it out and send it again."
# What the driver raises: `is_away` tells a database that is away from a value or a statement that was wrong.
_DRIVERS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class BodyTooSlow(InputError):
    """A body did not come at the least rate; nothing was acknowledged."""

    code = "too_slow"


class Busy(StoreError):
    """There is no room for this body beside the others now; nothing was acknowledged."""

    code = "busy"


# The first kind that fits decides; kinds stand before those they descend from.
STATUS: tuple[tuple[type[CakraError], int], ...] = (
    (Unauthentic, 401),
    (Conflict, 409),
    (TooLarge, 413),
    (BodyTooSlow, 408),
    (InputError, 400),
    (NotFound, 404),
    (NotAllowed, 403),
    (ForbiddenMove, 409),
    (StorageFull, 507),
    (StoreError, 503),
    (SetupError, 500),
)
_RETRY_AFTER_S = "5"
# What is answered while a body may still be on its way: the connection ends with it.
_ENDING = frozenset({408, 413})
_AWAY = "The database does not answer, or has no room; nothing was acknowledged. Try again in a few seconds."
_FRAMES = 12
_OUR_FAULT = "Something went wrong on our side; nothing was acknowledged. Try again, and tell us if it stays."


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal as the outside sees it (RFC 9457); `code` is stable and fit for machines."""

    status: int
    code: str
    detail: str

    @property
    def title(self) -> str:
        """The status in words."""
        return http.HTTPStatus(self.status).phrase

    @property
    def headers(self) -> dict[str, str]:
        """What HTTP asks for beside some statuses."""
        if self.status == http.HTTPStatus.UNAUTHORIZED:
            return {"WWW-Authenticate": "Cakra"}
        told = {"Retry-After": _RETRY_AFTER_S} if self.status in {503, 507} else {}
        if self.status in _ENDING or self.code == Busy.code:
            told["Connection"] = "close"
        return told

    def as_record(self) -> dict[str, Any]:
        """The members of `application/problem+json`."""
        return {
            "type": f"urn:cakra:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }


Page = Callable[[Request, Problem], Response]


def problem_of(error: CakraError) -> Problem:
    """What the outside sees of this error; a fault of our configuration keeps its sentence to itself."""
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    detail = _OUR_FAULT if status == http.HTTPStatus.INTERNAL_SERVER_ERROR else error.sentence
    return Problem(status, error.code, detail)


def away_problem(error: BaseException) -> Problem:
    """503 in the same words whatever happened; the log says what."""
    _log.error("database_away", kind=type(error).__name__)
    return Problem(http.HTTPStatus.SERVICE_UNAVAILABLE, "database_away", _AWAY)


def plain_page(_request: Request, problem: Problem) -> Response:
    """A page for people where the site has none of its own."""
    title, detail = escape(problem.title), escape(problem.detail)
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><p>{detail}</p>'
    return HTMLResponse(page, problem.status)


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, and not a machine."""
    return "text/html" in request.headers.get("accept", "") and not request.scope["path"].startswith("/v1/")


def install_problem_handlers(app: FastAPI, page: Page = plain_page) -> None:
    """Answer every error of `app`: machines get a problem, browsers (Accept: text/html) a page."""

    def answer(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
        response = page(request, problem) if wants_page(request) else problem_response(problem)
        response.headers.update({**problem.headers, **(headers or {})})
        return response

    async def on_ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, CakraError)
        problem = problem_of(error)
        log = _log.error if problem.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR else _log.info
        log("request_refused", status=problem.status, code=error.code, kind=type(error).__name__)
        return answer(request, problem)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return answer(request, Problem(error.status_code, "http", str(error.detail)), dict(error.headers or {}))

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = (f"{'.'.join(str(step) for step in fault['loc'])}: {fault['msg']}" for fault in error.errors()[:3])
        return answer(request, Problem(422, "input", f"{'; '.join(faults)}. Correct it and send it again."))

    async def on_crash(request: Request, error: Exception) -> Response:
        _log_crash(error)
        return answer(request, Problem(500, "internal", _OUR_FAULT))

    async def on_store(request: Request, error: Exception) -> Response:
        if isinstance(error, _UNSTORABLE):
            return answer(request, Problem(http.HTTPStatus.BAD_REQUEST, "input", _SIGN))
        return answer(request, away_problem(error)) if is_away(error) else await on_crash(request, error)

    app.add_exception_handler(CakraError, on_ours)
    app.add_exception_handler(ClientDisconnect, _on_hang_up)
    for kind in _DRIVERS:
        app.add_exception_handler(kind, on_store)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Exception, on_crash)


def _log_crash(error: Exception) -> None:
    """Only the kind and the place: the error's own words may hold what was sent (the database's do)."""
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    _log.error("request_crashed", kind=type(error).__name__, frames=frames[-_FRAMES:])


async def _on_hang_up(_request: Request, _error: Exception) -> Response:
    """Who went away while sending reads no answer, and is no fault of ours."""
    _log.debug("sender_hung_up")
    return Response(status_code=http.HTTPStatus.BAD_REQUEST)


def problem_response(problem: Problem) -> Response:
    """The problem as `application/problem+json`."""
    return JSONResponse(
        problem.as_record(), problem.status, headers=problem.headers, media_type="application/problem+json"
    )
