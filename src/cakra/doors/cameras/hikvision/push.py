"""`POST /v1/hikvision/{camera}/{secret}`: the ISAPI push of cameras that cannot sign.

The secret in the path is derived from the camera's key (`signature.push_secret`) and never logged: the
server must not write access logs of this path.
"""

import hmac
import json
import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from cakra.core.errors import InputError
from cakra.core.states.case import Finding
from cakra.doors.cameras.body import Received, read_body
from cakra.doors.cameras.deps import CameraDoors
from cakra.doors.cameras.events import answer_of, empty_picture, unclosed
from cakra.doors.cameras.hikvision.reading.record import picture_kind, records_of
from cakra.doors.cameras.hikvision.reading.text import Document, read_documents
from cakra.doors.cameras.hikvision.taking import Became, Parcel, SentPicture, Taken, answer_facts, take_parcel
from cakra.doors.cameras.multipart import Multipart, Part, take_apart
from cakra.doors.cameras.reception import keeping_refused
from cakra.doors.cameras.signature import is_push_secret, refused
from cakra.journey.intake import Camera

DOOR = "hikvision_isapi"
_VENDOR = "hikvision"
_MARKUP = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\x00<", b"\x00<")
_CHARSET = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9._:-]{1,40})""")
_LONGEST_JSON = 64 * 1024


def build_hikvision_routes(doors: CameraDoors) -> APIRouter:
    """The route of the ISAPI push; such cameras take any 200 for yes."""
    routes = APIRouter(tags=["cameras"])

    @routes.post("/v1/hikvision/{camera}/{secret}", response_model=None)
    async def push(request: Request, camera: str, secret: str) -> Response:
        """Take one alert, multipart or bare XML, idempotent by its UUID; signs of life are only noted."""
        received = await read_body(request, DOOR, doors.settings.max_request_bytes, doors.clock())
        sender = await _sender(doors, camera, secret)
        async with keeping_refused(doors, received, sender):
            if sender is None:
                raise refused()
            taken = await take_push(doors, sender, received)
        return JSONResponse(_answer(taken))

    return routes


async def take_push(doors: CameraDoors, sender: Camera, received: Received) -> Taken:
    """What a known camera pushed. InputError, StoreError."""
    if _is_other_json(received):
        return Taken(Became.NOTED)
    return await take_parcel(doors, sender, received, await _read(received))


def _answer(taken: Taken) -> dict[str, Any]:
    if not taken.accepted:
        return {"status": taken.became.value}
    return {**answer_of(taken.accepted[0]), **answer_facts(taken)}


async def _sender(doors: CameraDoors, code: str, secret: str) -> Camera | None:
    camera = await doors.cameras.find(code)
    shared = doors.settings.hikvision_key.encode()
    own = is_push_secret(camera, secret)
    known = hmac.compare_digest(shared, secret.encode("utf-8", "replace")) and bool(shared)
    # Who knows the shared secret can speak for every camera that cannot sign, and for no other.
    cannot_sign = camera is not None and camera.vendor == _VENDOR
    return camera if own or (known and cannot_sign) else None


async def _read(received: Received) -> Parcel:
    content_type = received.headers.get("content-type", "")
    if not received.media_type.startswith("multipart/"):
        return Parcel.of(received.body, charset=_charset(content_type))
    body = await take_apart(received.body, content_type)
    xml = [part for part in body.parts if _is_xml(part)]
    if not xml:
        named = ", ".join(part.label for part in body.parts) or "none"
        raise InputError(
            f"The request holds no XML record (parts: {named[:300]}): send it again whole.", code="event_missing"
        )
    documents = [document for part in xml for document in read_documents(part.data, _charset(part.parameters))]
    others = [part for part in body.parts if part not in xml]
    found = [empty_picture(part.label) for part in others if not part.data]
    found += _check_whole(body, documents)
    sent = [SentPicture(_name(part), part.data) for part in others if part.data]
    return Parcel(documents, b"".join(part.data for part in xml), sent, found, whole=body.closed)


def _check_whole(body: Multipart, documents: list[Document]) -> list[Finding]:
    """A missing closing boundary is survived when every picture of the records' lists came complete."""
    if body.closed:
        return []
    came = {picture_kind(_name(part)) for part in body.parts if part.complete is not False}
    records = [record for one in documents if one.root is not None for record in records_of(one.root)]
    missing = [named.file_name for one in records for named in one.pictures if named.kind not in came]
    if missing or any(part.complete is False for part in body.parts):
        raise InputError(
            "The multipart body ends before its closing boundary"
            f"{f' and without {missing[0]}' if missing else ''}: send it again whole.",
            code="multipart_truncated",
        )
    return [unclosed()]


def _is_xml(part: Part) -> bool:
    named = any(word and word.lower().endswith((".xml", "xml_file")) for word in (part.name, part.filename))
    return named or "xml" in part.media_type or part.data.lstrip(b" \t\r\n")[:4].startswith(_MARKUP)


def _is_other_json(received: Received) -> bool:
    """Whether this is a sign of life in the vendor's newer form; an event in it is refused, and says what to set."""
    if received.media_type != "application/json" or len(received.body) > _LONGEST_JSON:
        return False
    try:
        told = json.loads(received.body)
    except (ValueError, RecursionError):
        return False
    kind = told.get("eventType") if isinstance(told, dict) else None
    if isinstance(kind, str) and kind.lower() in {"anpr", "vehicledetection"}:
        raise InputError("The event came as JSON: set the camera's parameter format to XML.", code="xml_unreadable")
    return isinstance(kind, str)


def _charset(content_type: str) -> str:
    match = _CHARSET.search(content_type[:1000])
    return match[1] if match else ""


def _name(part: Part) -> str:
    """The name that says most: generic field names give way to the file's name."""
    generic = part.name is None or not part.name.lower().partition(".")[0].partition("_")[0].endswith("picture")
    return (part.filename if generic else part.name) or part.name or ""
