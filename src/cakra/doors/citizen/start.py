"""The first page, the check of reference and plate, and leaving."""

import http
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cakra.core.ports import Channel
from cakra.delivery.official.registry import read_register
from cakra.doors.citizen.answering.pages import KIND, KINDS
from cakra.doors.citizen.closed import show_closed
from cakra.doors.citizen.deps import PortalDeps
from cakra.doors.citizen.showing import CHANNELS
from cakra.doors.words import N_
from cakra.journey.answer import AnswerKind
from cakra.kit.typed import LONGEST

_NEWS_ZONE = "Asia/Jakarta"  # no case is open here whose place would tell
_HARD_SPACE = "\u00a0"
_REFUSED = http.HTTPStatus.UNPROCESSABLE_ENTITY
EMPTY_REFERENCE = N_("Isi nomor referensi dari pesan yang Anda terima")
EMPTY_PLATE = N_("Isi nomor polisi kendaraan")
REFUSED = N_("Nomor referensi dan nomor polisi ini tidak cocok dengan pemberitahuan kami")


async def show_start(portal: PortalDeps, request: Request) -> Response:
    """What this is, and the form; the reference of a link is filled in, no case is looked up."""
    reference = request.path_params.get("reference", "")[: LONGEST + 1]
    ended = request.query_params.get("sesi") == "berakhir"
    wish = _wish(request.query_params.get("jawab", "")).get(KIND, "")
    return await _start(portal, request, {"referensi": reference, "nopol": "", "jawab": wish}, {}, ended=ended)


async def check(portal: PortalDeps, request: Request) -> Response:
    """Reference and plate together open the case; a closed reference says so, all else is one and the same refusal."""
    fields = await portal.pages.guard.read(request)
    values = {name: fields.get(name, "")[: LONGEST + 1] for name in ("referensi", "nopol", "jawab")}
    empty = {"referensi": EMPTY_REFERENCE, "nopol": EMPTY_PLATE}
    faults = {name: sentence for name, sentence in empty.items() if not values[name]}
    if faults:
        return await _start(portal, request, values, faults, status=_REFUSED)
    at = portal.deps.clock()
    judged = await portal.gate.open_case(request, values["referensi"], values["nopol"], at)
    if judged.closed_until is not None:
        numbers = await _numbers(portal)
        return show_closed(portal, request, judged, at, what="plate", zone=_NEWS_ZONE, numbers=numbers)
    if judged.reference_closed:
        return portal.pages.render(request, "retired.html", http.HTTPStatus.GONE, replaced=judged.replaced)
    if judged.opened is None:
        return await _start(portal, request, values, {"referensi": REFUSED}, status=_REFUSED, refused=True)
    response = RedirectResponse("/kasus", http.HTTPStatus.SEE_OTHER)
    portal.visits.begin(response, judged.opened, judged.reference, at, proved=False, draft=_wish(values["jawab"]))
    return response


async def leave(portal: PortalDeps, request: Request) -> Response:
    """Forget the visit on this device."""
    await portal.pages.guard.read(request)
    response = RedirectResponse("/", http.HTTPStatus.SEE_OTHER)
    portal.visits.end(response)
    return response


def _wish(kind: str) -> dict[str, str]:
    """An answer that a link of ours names is chosen when the question comes; nobody is led to an admission."""
    return {KIND: kind} if KINDS.get(kind, AnswerKind.DROVE) is not AnswerKind.DROVE else {}


async def _start(
    portal: PortalDeps,
    request: Request,
    values: dict[str, str],
    faults: dict[str, str],
    *,
    status: int = 200,
    refused: bool = False,
    ended: bool = False,
) -> Response:
    told = portal.deps.settings
    numbers = await _numbers(portal)
    return portal.pages.render(
        request,
        "start.html",
        status,
        values=values,
        faults=faults,
        refused=refused,
        ended=ended,
        host=urlsplit(told.portal.base_url).netloc,
        news=await portal.news.read(),
        channels=CHANNELS,
        zone=_NEWS_ZONE,
        number=", ".join(numbers),
    )


async def _numbers(portal: PortalDeps) -> list[str]:
    """The WhatsApp numbers that are official now, never broken over two lines."""
    official = (await read_register(portal.pool)).at(portal.deps.clock())
    known = [one.published for one in official.senders if one.channel == Channel.WHATSAPP]
    return [one.replace(" ", _HARD_SPACE) for one in known or [portal.deps.settings.whatsapp.display_number]]
