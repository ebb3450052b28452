"""What the doors of the web read of strangers' bytes, for the fuzz run: each target takes bytes and never raises.

A reader may refuse with an InputError; anything else that leaves a target is a find.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, date, datetime

from starlette.requests import Request

from cakra.core.delivery.official import sender_key
from cakra.core.identifiers.plate import parse_plate
from cakra.delivery.inbound.rules import read_request
from cakra.doors.callers import caller_of, network_of
from cakra.doors.citizen.answering.forms import READERS
from cakra.doors.citizen.visiting import VisitKeeper
from cakra.doors.forms import FormGuard, read_fields
from cakra.doors.inflight import InFlightLimit, Room
from cakra.doors.language import LanguageSwitch, language_of
from cakra.journey.ownership.rules import chassis_last5, read_phone
from cakra.kit.errors import InputError
from cakra.kit.ids import read_reference
from cakra.kit.seal import Sealer
from cakra.kit.typed import joined, plain

KEY = bytes(range(32))
AT = datetime(2026, 11, 20, tzinfo=UTC)
FORM = b"application/x-www-form-urlencoded"


def _text(data: bytes) -> str:
    """As any text may come: UTF-8 with what is none of it replaced."""
    return data.decode("utf-8", "replace")


def _refusable(read: Callable[[str], object]) -> Callable[[bytes], object]:
    def target(data: bytes) -> object:
        with contextlib.suppress(InputError):
            return read(_text(data))
        return None

    return target


def _request(data: bytes = b"", *, headers: tuple[tuple[bytes, bytes], ...] = (), **scope: object) -> Request:
    parts = iter([{"type": "http.request", "body": data, "more_body": False}])

    async def receive() -> dict[str, object]:
        return next(parts, {"type": "http.disconnect"})

    told = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": list(headers)}
    return Request(told | scope, receive)  # type: ignore[arg-type]  # the parts are messages


def form(data: bytes) -> object:
    """A form's body, and the answers that are read from it."""
    with contextlib.suppress(InputError):
        fields = asyncio.run(read_fields(_request(data, headers=((b"content-type", FORM),))))
        return [read(fields, date(2026, 11, 20)) for read in READERS.values()]
    return None


def cookie(data: bytes) -> object:
    """The Cookie header: a visit, a form's browser, a language."""
    value = bytes(one for one in data if one not in b"\r\n\0")
    request = _request(headers=((b"cookie", b"kunjungan=" + value + b"; jawaban=" + value + b"; " + value),))
    guard = FormGuard.of(KEY, secure=False)
    return (
        VisitKeeper(Sealer(KEY, "visit"), 30, secure=False).read(request, AT),
        guard.issue(request),
        language_of(request),
    )


def accept_language(data: bytes) -> object:
    """Accept-Language, which chooses nothing, and `?bahasa=`, which does."""
    sent: list[object] = []

    async def send(message: object) -> None:
        sent.append(message)

    async def app(_scope: object, _receive: object, _send: object) -> None:
        return None

    value = bytes(one for one in data if one not in b"\r\n\0")
    request = _request(headers=((b"accept-language", value),))
    scope = {**request.scope, "method": "GET", "path": "/" + _text(data)[:200], "query_string": b"bahasa=en&" + value}
    asyncio.run(LanguageSwitch(app, secure=False)(scope, request.receive, send))  # type: ignore[arg-type]  # a bare app
    return language_of(request), sent


def forwarded_for(data: bytes) -> object:
    """The address as a believed proxy forwards it."""
    request = _request(client=(_text(data), 1))
    return caller_of(request), network_of(request)


def content_length(data: bytes) -> object:
    """What a sender announces."""
    sent: list[object] = []

    async def send(message: object) -> None:
        sent.append(message)

    async def app(_scope: object, receive: Callable[[], object], _send: object) -> None:
        await receive()  # type: ignore[misc]  # an ASGI receive

    request = _request(b"x", headers=((b"content-length", data),), client=("10.0.0.1", 1))
    limit = InFlightLimit(app, rooms=[Room(("/v1/",), room=1000, most=100)])  # type: ignore[arg-type]  # a bare app
    asyncio.run(limit(request.scope, request.receive, send))  # type: ignore[arg-type]  # collects messages
    return sent


TARGETS: dict[str, Callable[[bytes], object]] = {
    "reference": _refusable(read_reference),
    "plate": _refusable(parse_plate),
    "chassis": _refusable(chassis_last5),
    "phone": _refusable(read_phone),
    "plain": _refusable(plain),
    "joined": _refusable(joined),
    "chat": _refusable(lambda text: read_request("text", text, text)),
    "official_sender": _refusable(lambda text: sender_key("whatsapp", text)),
    "form": form,
    "cookie": cookie,
    "accept_language": accept_language,
    "forwarded_for": forwarded_for,
    "content_length": content_length,
}
