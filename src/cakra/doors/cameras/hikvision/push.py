"""`POST /v1/hikvision/{camera}/{secret}`: the ISAPI push of cameras that cannot sign.

The secret in the path is derived from the camera's key (`signature.push_secret`) and never logged: the
server must not write access logs of this path.
"""

import hmac

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from cakra.core.case import Finding
from cakra.core.errors import InputError
from cakra.doors.cameras.body import Received, read_body
from cakra.doors.cameras.deps import CameraDoors
from cakra.doors.cameras.events import answer_of, empty_picture, unclosed
from cakra.doors.cameras.hikvision.claim import NamedPicture, claim_hikvision
from cakra.doors.cameras.hikvision.record import HikvisionRecord, parse_hikvision, picture_kind
from cakra.doors.cameras.multipart import Multipart, Part, parse_multipart
from cakra.doors.cameras.reception import inspect_pictures, keeping_refused, take_in
from cakra.doors.cameras.signature import is_push_secret, refused
from cakra.journey.intake import Camera

DOOR = "hikvision_isapi"
_VENDOR = "hikvision"
_MARKUP = (b"<", b"\xef\xbb\xbf<")


def build_hikvision_routes(doors: CameraDoors) -> APIRouter:
    """The route of the ISAPI push; such cameras take any 200 for yes."""
    routes = APIRouter(tags=["cameras"])

    @routes.post("/v1/hikvision/{camera}/{secret}", response_model=None)
    async def push(request: Request, camera: str, secret: str) -> Response:
        """Take one ANPR event, multipart or bare XML, idempotent by its UUID."""
        received = await read_body(request, DOOR, doors.settings.max_request_bytes, doors.clock())
        sender = await _sender(doors, camera, secret)
        async with keeping_refused(doors, received, sender):
            if sender is None:
                raise refused()
            record, pictures, notes = await _read(doors, received)
            claim = claim_hikvision(record, pictures, sender, received, notes)
            accepted = await take_in(doors, sender, received, claim, [named.picture for named in pictures])
        return JSONResponse(answer_of(accepted))

    return routes


async def _sender(doors: CameraDoors, code: str, secret: str) -> Camera | None:
    camera = await doors.cameras.find(code)
    shared = doors.settings.hikvision_key.encode()
    own = is_push_secret(camera, secret)
    known = hmac.compare_digest(shared, secret.encode("utf-8", "replace")) and bool(shared)
    # Who knows the shared secret can speak for every camera that cannot sign, and for no other.
    cannot_sign = camera is not None and camera.vendor == _VENDOR
    return camera if own or (known and cannot_sign) else None


async def _read(doors: CameraDoors, received: Received) -> tuple[HikvisionRecord, list[NamedPicture], list[Finding]]:
    if not received.media_type.startswith("multipart/"):
        return parse_hikvision(received.body), [], []
    body = parse_multipart(received.body, received.headers.get("content-type", ""))
    xml = next((part for part in body.parts if _is_xml(part)), None)
    if xml is None:
        named = ", ".join(part.label for part in body.parts) or "none"
        raise InputError(
            f"The request holds no XML record (parts: {named}): send it again whole.", code="event_missing"
        )
    record = parse_hikvision(xml.data)
    others = [part for part in body.parts if part is not xml]
    notes = [empty_picture(part.label) for part in others if not part.data]
    notes += _check_whole(body, record)
    sent = [part for part in others if part.data]
    pictures = await inspect_pictures(doors, [part.data for part in sent])
    named_pictures = [NamedPicture(_name(part), picture) for part, picture in zip(sent, pictures, strict=True)]
    return record, named_pictures, notes


def _check_whole(body: Multipart, record: HikvisionRecord) -> list[Finding]:
    """A missing closing boundary is survived when every picture of the record's list came complete."""
    if body.closed:
        return []
    came = {picture_kind(_name(part)) for part in body.parts if part.complete is not False}
    missing = [named.file_name for named in record.pictures if named.kind not in came]
    if missing or any(part.complete is False for part in body.parts):
        raise InputError(
            "The multipart body ends before its closing boundary"
            f"{f' and without {missing[0]}' if missing else ''}: send it again whole.",
            code="multipart_truncated",
        )
    return [unclosed()]


def _is_xml(part: Part) -> bool:
    named = any(word and word.lower().endswith((".xml", "xml_file")) for word in (part.name, part.filename))
    return named or "xml" in part.media_type or part.data.lstrip()[:4].startswith(_MARKUP)


def _name(part: Part) -> str:
    """The name that says most: generic field names give way to the file's name."""
    generic = part.name is None or not part.name.lower().partition(".")[0].partition("_")[0].endswith("picture")
    return (part.filename if generic else part.name) or part.name or ""
