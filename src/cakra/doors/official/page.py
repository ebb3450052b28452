"""The page: what is official now, what was, and the answer to «is this sender yours?»."""

import http
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import Response

from cakra.core.paper import paper_date
from cakra.delivery.official.looking import look_up
from cakra.delivery.official.publication import Publication
from cakra.delivery.official.registry import Register, read_register
from cakra.delivery.official.rules import Entry, OfficialSender
from cakra.doors.design import Pages
from cakra.doors.forms import FormGuard
from cakra.doors.official.deps import OfficialDeps
from cakra.doors.words import N_

CHANNELS: Mapping[str, str] = {
    "whatsapp": "WhatsApp",
    "email": N_("Surel"),
    "sms": "SMS",
    "letter": N_("Surat pos"),
}
# The page is the whole country's; its days are the capital's.
_ZONE = ZoneInfo("Asia/Jakarta")
_LONGEST = 200
EMPTY = N_("Isi nomor, alamat surel, atau alamat situs yang ingin Anda periksa")
_OPEN_TO_SEARCH = {"X-Robots-Tag": "all"}


@pass_context
def _day(context: Context, at: datetime) -> str:
    return paper_date(at.astimezone(_ZONE).date(), context["language"])


@pass_context
def _last_day(context: Context, end: datetime) -> str:
    """The last day on which it was official; what ends at midnight ended the day before."""
    return _day(context, end - timedelta(microseconds=1))


FILTERS: tuple[tuple[str, Callable[..., Any]], ...] = (("on", _day), ("last_day", _last_day))


@dataclass(frozen=True, slots=True)
class ShownRegister:
    """The register as the page shows it; `past`: newest end first."""

    senders: Sequence[OfficialSender]
    hosts: Sequence[Entry]
    coming: Sequence[Entry]
    past: Sequence[Entry]

    @classmethod
    def of(cls, register: Register, at: datetime) -> "ShownRegister":
        """As of that instant."""
        now, everything = register.at(at), [*register.senders, *register.hosts]
        order = list(CHANNELS)
        return cls(
            sorted(now.senders, key=lambda one: (order.index(one.channel), one.valid_from)),
            now.hosts,
            sorted((one for one in everything if one.valid_from > at), key=lambda one: one.valid_from),
            sorted((one for one in everything if one.ended(at)), key=_end, reverse=True),
        )


def _end(entry: Entry) -> datetime:
    return entry.valid_to or entry.valid_from


@dataclass(frozen=True, slots=True)
class OfficialPage:
    """The page of one process."""

    deps: OfficialDeps
    pages: Pages

    @classmethod
    def open(cls, deps: OfficialDeps) -> "OfficialPage":
        """With the house's design and forms."""
        guard = FormGuard.of(deps.root_key, secure=deps.secure)
        return cls(deps, Pages(("cakra.doors.official",), deps.assets, guard, demo=deps.demo, filters=FILTERS))

    async def show(self, request: Request) -> Response:
        """What is in force, what was, and how to check a message."""
        return await self._page(request)

    async def check(self, request: Request) -> Response:
        """What the register says of what was typed; nothing of it is kept."""
        fields = await self.pages.guard.read(request)
        text = fields.get("pengirim", "").strip()[:_LONGEST]
        if not text:
            return await self._page(request, status=http.HTTPStatus.UNPROCESSABLE_ENTITY, faults={"pengirim": EMPTY})
        register = await read_register(self.deps.pool)
        return await self._page(request, asked=text, found=look_up(register, text, self.deps.clock()))

    async def _page(self, request: Request, *, status: int = 200, **values: Any) -> Response:
        register, publication = await read_register(self.deps.pool), await self._publication()
        shown = ShownRegister.of(register, self.deps.clock())
        told = {"asked": "", "found": None, "faults": {}} | values
        response = self.pages.render(
            request,
            "official.html",
            status,
            shown=shown,
            channels=CHANNELS,
            publication=publication,
            host=self.deps.host,
            **told,
        )
        response.headers.update(_OPEN_TO_SEARCH)
        return response

    async def _publication(self) -> Publication | None:
        return await self.deps.renew()
