"""The page for an answer that was not judged: until when it is closed, and the other ways in."""

import http
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from cakra.doors.citizen.deps import PortalDeps
from cakra.doors.citizen.visiting import Judged


def show_closed(
    portal: PortalDeps,
    request: Request,
    judged: Judged,
    at: datetime,
    *,
    what: Literal["plate", "chassis"],
    zone: str,
    numbers: Sequence[str] = (),
) -> Response:
    """429 with the instant (403 when only an officer opens it again); the same for a right answer and a wrong one."""
    until = None if judged.for_good else judged.closed_until
    status = http.HTTPStatus.FORBIDDEN if until is None else http.HTTPStatus.TOO_MANY_REQUESTS
    response = portal.pages.render(
        request, "closed.html", status, what=what, until=until, zone=zone, numbers=", ".join(numbers)
    )
    if until is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil((until - at).total_seconds())))
    return response
