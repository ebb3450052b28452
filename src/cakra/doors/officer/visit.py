"""One visit to a page with forms: who came, what the form told, and the page again with a fault at its field."""

import http
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cakra.core.errors import CakraError
from cakra.doors.callers import caller_of
from cakra.doors.officer.deps import OfficerDeps
from cakra.doors.officer.entrance.session import Session, base_values, posted, prove, signed_in
from cakra.doors.problems import problem_of
from cakra.doors.words import N_

NOT_PROVED = N_("Sandi tidak cocok, atau percobaan terlalu sering. Periksa, lalu coba lagi; tidak ada yang diubah.")


@dataclass(frozen=True, slots=True)
class OfficerVisit:
    """One request. `faults`: field of a form → what is wrong there; `status` is that of the page that shows them."""

    deps: OfficerDeps
    request: Request
    session: Session
    status: int = 200
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def username(self) -> str:
        """Who came."""
        return self.session.username

    def told(self, name: str) -> str:
        """A field of the form, empty where there is none."""
        return self.session.fields.get(name, "")

    async def proved(self) -> bool:
        """Whether the form's password is that of who came; a wrong one counts."""
        return await prove(self.deps, self.username, self.told("sandi"), caller_of(self.request)) is not None

    def unproved(self, name: str) -> "OfficerVisit":
        """The page to show when the password in that field did not hold."""
        return self.faulty(http.HTTPStatus.UNAUTHORIZED, name, NOT_PROVED)

    def faulty(self, status: int, name: str, sentence: str) -> "OfficerVisit":
        """The page to show with that sentence (its Indonesian key) at that field."""
        return replace(self, status=status, faults={name: sentence})

    def refused(self, refusal: CakraError, fault: tuple[str, str], row: str = "") -> "OfficerVisit":
        """The page to show after a refusal. `fault`: field and sentence; `row`: whose form has a reason of its own."""
        name, sentence = fault
        return self.faulty(problem_of(refusal).status, f"alasan-{row}" if row and name == "alasan" else name, sentence)

    def render(self, template: str, here: str, **values: Any) -> Response:
        """The page. `here`: where in the menu; `values`: what this page shows besides what all do."""
        shown = {
            "told": self.session.fields,
            "faults": self.faults,
            "recorded": self.request.query_params.get("dicatat", ""),
            "at": self.deps.clock(),
            **base_values(self.session, here),
            **values,
        }
        return self.deps.pages.render(self.request, template, self.status, **shown)


def looking(deps: OfficerDeps, request: Request) -> OfficerVisit:
    """Who was let in and looks."""
    return OfficerVisit(deps, request, signed_in(request))


async def posting(deps: OfficerDeps, request: Request) -> OfficerVisit:
    """Who was let in and posts a form; StaleForm without its own token."""
    return OfficerVisit(deps, request, await posted(request))


def done(page: str, what: str) -> Response:
    """Back to the page, which says what was recorded."""
    return RedirectResponse(f"{page}?dicatat={what}", http.HTTPStatus.SEE_OTHER)
