"""`POST /v1/events` and `PUT /v1/photos/{sha256}`: the doors of cameras that sign."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from cakra.core.errors import InputError, NotFound
from cakra.core.states.case import Finding
from cakra.doors.cameras.body import Received, read_body
from cakra.doors.cameras.canonical import CanonicalEvent, claim_of, event_schema, read_event
from cakra.doors.cameras.deps import CameraDoors
from cakra.doors.cameras.multipart import Multipart, take_apart
from cakra.doors.cameras.reception import InspectedPicture, inspect_pictures, keeping_refused, take_in
from cakra.doors.cameras.signature import CAMERA, is_signed, refused, signed_at
from cakra.evidence.hashes import sha256, sha256_from_hex
from cakra.journey.intake import Accepted, Camera, PhotoClaim, Placed

DOOR = "events"
_CREATED, _OK = 201, 200
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "status": {"type": "integer"},
        **{n: {"type": "string"} for n in ("type", "title", "detail", "code")},
    },
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": words, "content": {"application/problem+json": {"schema": _PROBLEM}}}
    for status, words in {
        400: "What was wrong, where, and what to do; kept in quarantine.",
        401: "The camera or its signature is not known.",
        409: "The event id was used before with other content.",
        413: "Over a stated limit.",
        503: "It could not be kept now; nothing was acknowledged, send it again.",
        507: "No room left; nothing was acknowledged.",
    }.items()
}


def build_event_routes(doors: CameraDoors) -> APIRouter:
    """The routes of signed events and photographs."""
    routes = APIRouter(tags=["cameras"])

    @routes.post(
        "/v1/events", status_code=_CREATED, response_model=None, responses=_REFUSALS, openapi_extra=_event_body()
    )
    async def post_event(request: Request) -> Response:
        """Take one event with its photographs; 201 new, 200 the same again, 409 other content."""
        received, camera = await _receive(doors, request)
        async with keeping_refused(doors, received, camera):
            if camera is None:
                raise refused()
            accepted = await take_event(doors, camera, received)
        return JSONResponse(answer_of(accepted), _OK if accepted.placed is Placed.REPEATED else _CREATED)

    @routes.put(
        "/v1/photos/{digest}",
        status_code=_CREATED,
        response_model=None,
        responses=_REFUSALS,
        openapi_extra=_photo_body(),
    )
    async def put_photo(request: Request, digest: str) -> Response:
        """Take one photograph (raw body) under its SHA-256; an event names it later."""
        received, camera = await _receive(doors, request)
        async with keeping_refused(doors, received, camera):
            if camera is None:
                raise refused()
            _check_digest(digest, received)
            pictures = await inspect_pictures(doors, [received.body])
            await doors.photos.put({picture.sha256: picture.data for picture in pictures})
        return JSONResponse({"sha256": received.sha256.hex(), "bytes": len(received.body)}, _CREATED)

    return routes


async def take_event(doors: CameraDoors, camera: Camera, received: Received) -> Accepted:
    """What a known camera signed, made durable. InputError, Conflict, StoreError."""
    event, pictures, notes = await _read(doors, received)
    claim = claim_of(event, _photo_claims(event, pictures), notes, signed_at(received.headers))
    return await take_in(doors, camera, received, claim, pictures)


def _check_digest(digest: str, received: Received) -> None:
    if sha256_from_hex(digest) != received.sha256:
        raise InputError(
            f"The body has SHA-256 {received.sha256.hex()}, the address names {digest}: "
            "send the photograph again whole, or correct the address.",
            code="photo_hash_mismatch",
        )


def answer_of(accepted: Accepted) -> dict[str, Any]:
    """The body of the answer: the same for the same event, however often it comes."""
    return {
        "event_id": accepted.event_id,
        "status": "opened" if accepted.joined is Placed.OPENED else "joined",
        "received_at": accepted.received_at.isoformat(),
        "content_sha256": accepted.content_hash.hex(),
    }


def _event_body() -> dict[str, Any]:
    """The request body of an event for the API's description: read raw, so FastAPI cannot know it."""
    event = event_schema()
    photo = {"type": "string", "format": "binary"}
    form = {"event": event, "photo": {"type": "array", "items": photo, "minItems": 1, "maxItems": 8}}
    parts = {"type": "object", "required": ["event", "photo"], "properties": form}
    content = {"application/json": {"schema": event}, "multipart/form-data": {"schema": parts}}
    return {"requestBody": {"required": True, "content": content}, "parameters": _signature_headers()}


def _photo_body() -> dict[str, Any]:
    picture = {"schema": {"type": "string", "format": "binary"}}
    body = {"required": True, "content": {"image/jpeg": picture, "image/png": picture}}
    return {"requestBody": body, "parameters": _signature_headers()}


def _signature_headers() -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("Cakra-Camera", "Cakra-Timestamp", "Cakra-Signature")
    ]


async def _receive(doors: CameraDoors, request: Request) -> tuple[Received, Camera | None]:
    """The raw request, and the camera that signed it (None: nobody known did)."""
    received = await read_body(request, DOOR, doors.settings.max_request_bytes, doors.clock())
    camera = await doors.cameras.find(request.headers.get(CAMERA, ""))
    signed = is_signed(
        camera,
        request.headers,
        method=request.method,
        path=request.scope["path"],
        body_sha256=received.sha256,
        at=received.received_at,
        tolerance_s=doors.settings.signature_tolerance_s,
    )
    return received, camera if signed else None


async def _read(doors: CameraDoors, received: Received) -> tuple[CanonicalEvent, list[InspectedPicture], list[Finding]]:
    if received.media_type == "application/json":
        event = read_event(received.body)
        return event, await _uploaded(doors, event), []
    if received.media_type.startswith("multipart/"):
        body = await take_apart(received.body, received.headers.get("content-type", ""))
        event = _event_of(body)
        blobs, notes = _photo_parts(body, event)
        return event, await inspect_pictures(doors, blobs), notes
    raise InputError(
        f"The content type {received.media_type or '(none)'} is not taken here: send multipart/form-data with "
        "one part `event` and 1 to 8 parts `photo`, or application/json naming uploaded photographs.",
        code="media_type",
    )


async def _uploaded(doors: CameraDoors, event: CanonicalEvent) -> list[InspectedPicture]:
    """The photographs that were put before; they are put again with the event, which makes sure of them."""
    blobs = []
    for photo in event.photos[: doors.settings.max_photos + 1]:
        try:
            blobs.append(await doors.store.get(bytes.fromhex(photo.sha256)))
        except NotFound as missing:
            raise InputError(
                f"Photograph {photo.sha256} is not here: send it by PUT /v1/photos/{photo.sha256} first.",
                code="photo_missing",
            ) from missing
    return await inspect_pictures(doors, blobs)


def _event_of(body: Multipart) -> CanonicalEvent:
    part = next((part for part in body.parts if part.name == "event"), None)
    if part is None:
        named = ", ".join(part.label for part in body.parts) or "none"
        raise InputError(
            f"The multipart body has no part named event (parts: {named}): send it again whole.",
            code="event_missing",
        )
    try:
        return read_event(part.data)
    except InputError:
        if part.complete:
            raise
        raise _truncated("its event is cut off") from None


def _photo_parts(body: Multipart, event: CanonicalEvent) -> tuple[list[bytes], list[Finding]]:
    """The photographs in the order the event names them, else as sent; empty parts become findings.

    Without the closing boundary nobody can know what followed: it is survived only when the event names
    its photographs and all of them are there.
    """
    others = [part for part in body.parts if part.name != "event"]
    notes = [empty_picture(part.label) for part in others if not part.data]
    blobs = [part.data for part in others if part.data]
    if not event.photos and not body.closed:
        raise _truncated("the event names no photographs")
    if not event.photos:
        return blobs, notes
    by_hash = {sha256(blob): blob for blob in blobs}
    wanted = [bytes.fromhex(photo.sha256) for photo in event.photos]
    missing = [digest.hex() for digest in wanted if digest not in by_hash]
    if missing and not body.closed:
        raise _truncated(f"photograph {missing[0]} is not in it")
    if missing:
        raise InputError(
            f"The event names photograph {missing[0]}, which is not in the request: send it along.",
            code="photo_missing",
        )
    if len(by_hash) > len(set(wanted)):
        raise InputError(
            "The request has photographs that its event does not name: name all of them, or none.",
            code="photo_unnamed",
        )
    if not body.closed:
        notes.append(unclosed())
    return [by_hash[digest] for digest in wanted], notes


def _photo_claims(event: CanonicalEvent, pictures: list[InspectedPicture]) -> list[PhotoClaim]:
    claims = []
    for place, picture in enumerate(pictures):
        named = event.photos[place] if event.photos else None
        role = named.role if named else ("scene" if place == 0 else "context")
        size = (len(picture.data), picture.facts.width, picture.facts.height)
        taken_at, box = (named.taken_at, named.box) if named else (None, None)
        claims.append(PhotoClaim(picture.sha256, role, *size, taken_at, box))
    return claims


def _truncated(why: str) -> InputError:
    return InputError(
        f"The multipart body ends before its closing boundary and {why}: send it again whole.",
        code="multipart_truncated",
    )


def empty_picture(label: str) -> Finding:
    """The finding of a picture part that came empty."""
    return Finding(
        "picture_empty",
        "doubt",
        f"Kamera mengirim gambar kosong ({label}).",
        f"The camera sent an empty picture ({label}).",
        {"part": label},
    )


def unclosed() -> Finding:
    """The finding of a body whose closing boundary is missing though everything is there."""
    return Finding(
        "multipart_unclosed",
        "doubt",
        "Penutup kiriman kamera hilang, tetapi semua bagiannya lengkap.",
        "The camera's request lacks its closing boundary, but all of its parts are complete.",
    )
