"""A visit: which case this browser has shown to know, how well, and the answer it is filling in.

Two sealed cookies, nothing on the server: one for the case, one for the half-filled answer, bound to that
case. They end by themselves after `session_minutes`, and with the visitor's own word.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cakra.core.errors import StoreError
from cakra.kit.seal import Sealer
from cakra.store.parties import PartyKey

_VISIT, _DRAFT = "kunjungan", "jawaban"
_BOUND = b"visit"
_MOST_CHARACTERS = 3800


@dataclass(frozen=True, slots=True)
class Visit:
    """`proved`: the chassis number was given too. `until`: when the visit ends by itself.

    `reference`: what it was opened by; when that is closed, the visit is over too.
    """

    cell: int
    case_id: int
    party_id: int
    reference: str
    proved: bool
    until: datetime
    draft: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def key(self) -> PartyKey:
        """Whose view it is."""
        return self.cell, self.case_id, self.party_id


@dataclass(frozen=True, slots=True)
class VisitKeeper:
    """Reads and writes the cookies of a visit."""

    sealer: Sealer
    minutes: int
    secure: bool

    def read(self, request: Request, at: datetime) -> Visit | None:
        """The visit of this browser; None when there is none, it ended, or the cookie is not ours."""
        told = self._open(request.cookies.get(self._name(_VISIT)), _BOUND)
        if told is None or "party" not in told:  # begun before an upgrade
            return None
        until = datetime.fromisoformat(told["until"])
        visit = Visit(told["cell"], told["case"], told["party"], told["reference"], told["proved"], until)
        if visit.until <= at:
            return None
        draft = self._open(request.cookies.get(self._name(_DRAFT)), _bound_to(visit)) or {}
        return replace(visit, draft=draft)

    def begin(
        self,
        response: Response,
        party: PartyKey,
        reference: str,
        at: datetime,
        *,
        proved: bool,
        draft: Mapping[str, str] | None = None,
    ) -> None:
        """Start a visit, or raise it to the second factor; an older draft is forgotten unless it is given again."""
        until = at + timedelta(minutes=self.minutes)
        cell, case_id, party_id = party
        record = {"cell": cell, "case": case_id, "party": party_id, "reference": reference, "proved": proved}
        record["until"] = until.isoformat()
        self._set(response, _VISIT, self.sealer.seal_record(record, _BOUND))
        self.forget_draft(response)
        if draft:
            self.keep_draft(response, Visit(*party, reference, proved, until), draft)

    def keep_draft(self, response: Response, visit: Visit, draft: Mapping[str, str]) -> None:
        """Keep the half-filled answer with the browser, sealed."""
        self._set(response, _DRAFT, self.sealer.seal_record(dict(draft), _bound_to(visit)))

    def forget_draft(self, response: Response) -> None:
        """The answer was given, or the visit is another."""
        response.delete_cookie(self._name(_DRAFT), path="/", secure=self.secure, httponly=True, samesite="lax")

    def end(self, response: Response) -> None:
        """Forget everything at once."""
        self.forget_draft(response)
        response.delete_cookie(self._name(_VISIT), path="/", secure=self.secure, httponly=True, samesite="lax")

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    def _set(self, response: Response, name: str, sealed: bytes) -> None:
        value = base64.urlsafe_b64encode(sealed).decode("ascii").rstrip("=")
        assert len(value) <= _MOST_CHARACTERS, "form limits keep a draft below a cookie's size"
        response.set_cookie(
            self._name(name),
            value,
            max_age=self.minutes * 60,
            httponly=True,
            samesite="lax",
            secure=self.secure,
            path="/",
        )

    def _open(self, value: str | None, bound_to: bytes) -> dict[str, Any] | None:
        if not value or len(value) > _MOST_CHARACTERS:
            return None
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            return self.sealer.open_record(sealed, bound_to)
        except (binascii.Error, ValueError, StoreError):
            return None


def _bound_to(visit: Visit) -> bytes:
    return f"draft|{visit.cell}|{visit.party_id}".encode()
