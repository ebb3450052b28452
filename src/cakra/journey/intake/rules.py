"""Which claims may be written, and what is odd about them; pure."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil, floor
from typing import Any
from zlib import crc32

from cakra.core.errors import InputError
from cakra.core.geometry import Box
from cakra.core.identifiers.plate import PlateError, PlateFault, parse_plate
from cakra.core.states.case import Finding
from cakra.journey.intake.event import Camera, CheckedEvent, Corners, EventClaim, PhotoClaim
from cakra.journey.intake.no_plate import is_no_plate
from cakra.kit.settings import Intake

MAX_RECORD_BYTES = 64 * 1024
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""No instant before it is stored: PostgreSQL would keep the first of the calendar as `-infinity`."""
PLAUSIBLE = datetime(2010, 1, 1, tzinfo=UTC)
"""Before it no camera of ours photographed anybody: such a clock was reset."""
_LONGEST_PLATE, _LONGEST_TIME = 32, 64
_IMPOSSIBLE = (
    "Jam kamera menunjukkan waktu yang tidak mungkin; waktu kejadian harus ditetapkan petugas",
    "The camera's clock shows an impossible time; an officer has to establish when it happened",
)
_FUTURE = (
    "Jam kamera menunjukkan waktu yang belum tiba; waktu kejadian harus ditetapkan petugas",
    "The camera's clock shows a time that is still to come; an officer has to establish when it happened",
)
_PLATE_FAULT_ID = {
    PlateFault.REGION_MISSING: "huruf kode wilayah tidak ada",
    PlateFault.REGION_UNKNOWN: "kode wilayah tidak dikenal",
    PlateFault.NUMBER_MISSING: "angka tidak ada",
}


def cell_of(first_cell: int, cells: int, key: str) -> int:
    """The slice of a jurisdiction that holds this plate (or camera and event id, without a plate)."""
    return first_cell + crc32(key.encode()) % cells


def canonical_json(record: Mapping[str, Any]) -> bytes:
    """One spelling for equal content; InputError for what PostgreSQL's JSON cannot hold."""
    try:
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        encoded = text.encode()
    except ValueError as reason:
        raise InputError(
            f"The event holds a number or text that cannot be stored ({reason}): correct it and send again.",
            code="event_unstorable",
        ) from reason
    if "\\u0000" in text:
        raise InputError("The event holds a NUL character: remove it and send again.", code="event_unstorable")
    if len(encoded) > MAX_RECORD_BYTES:
        raise InputError(
            f"The event has {len(encoded)} bytes, {MAX_RECORD_BYTES} are allowed without photographs: "
            "shorten its `extra` part.",
            code="event_too_long",
        )
    return encoded


def check_event(
    claim: EventClaim,
    camera: Camera,
    *,
    door: str,
    raw_sha256: bytes,
    received_at: datetime,
    limits: Intake,
    offences: Collection[str],
) -> CheckedEvent:
    """The event that may be written; InputError says what must be mended."""
    _check_offence(claim.offence, offences)
    _check_photo_count(len(claim.photos), limits.max_photos)
    occurred_at, clock = check_clock(claim, received_at, camera, limits)
    plate, grammar = claimed_plate(claim.plate)
    photos, boxes = _with_boxes(claim)
    joins = plate is not None and not grammar and claim.occurred_at >= PLAUSIBLE
    record = {**claim.record, "photos": [_photo_record(photo) for photo in claim.photos]}
    return CheckedEvent(
        camera=camera.code,
        event_id=claim.event_id,
        jurisdiction=camera.jurisdiction,
        cell=cell_of(camera.first_cell, camera.cells, (joins and plate) or _own_key(claim, camera)),
        door=door,
        content_hash=hashlib.sha256(canonical_json(record)).digest(),
        raw_sha256=raw_sha256,
        offence=claim.offence,
        plate=plate,
        vehicle_kind=claim.vehicle_kind,
        occurred_at=occurred_at,
        raw_time=claim.raw_time[:_LONGEST_TIME].replace("\x00", "\ufffd"),
        received_at=received_at,
        record=record,
        photos=photos,
        notes=(*claim.notes, *clock, *grammar, *boxes),
        joins=joins,
        companion_of=claim.companion_of,
        original=claim.original,
    )


def _own_key(claim: EventClaim, camera: Camera) -> str:
    """What stands for the plate of a record that joins no other: itself, or the record that it goes with."""
    return f"{camera.code}/{claim.companion_of or claim.event_id}"


def check_clock(
    claim: EventClaim, received_at: datetime, camera: Camera, limits: Intake
) -> tuple[datetime, tuple[Finding, ...]]:
    """The instant to be stored, and what is odd about the camera's clock: nobody is refused for it.

    What would lie in our future is stored as of its receipt, what is before all time as the first instant; the text
    that the camera sent is kept beside it, and an officer decides. A camera that signs tells its clock with the
    request, so that a record kept back while the network was away is late, not suspect. Where the protocol tells no
    time of sending, the record's own time has to serve.
    """
    if claim.occurred_at < PLAUSIBLE:
        return max(claim.occurred_at, EARLIEST), (_odd_clock("clock_impossible", claim, *_IMPOSSIBLE),)
    if (claim.occurred_at - received_at).total_seconds() > limits.future_tolerance_s:
        return received_at, (_odd_clock("clock_future", claim, *_FUTURE),)
    delta_s = (received_at - (claim.sent_at or claim.occurred_at)).total_seconds()
    if abs(delta_s) <= camera.clock_tolerance_s:
        return claim.occurred_at, ()
    note = Finding(
        "clock_suspect",
        "doubt",
        f"Jam kamera dan waktu penerimaan berselisih {abs(delta_s):.0f} detik.",
        f"The camera's clock and our receipt are {abs(delta_s):.0f} s apart.",
        {"delta_s": round(delta_s, 3), "tolerance_s": camera.clock_tolerance_s},
    )
    return claim.occurred_at, (note,)


def _odd_clock(check: str, claim: EventClaim, words_id: str, words_en: str) -> Finding:
    text = claim.raw_time[:_LONGEST_TIME]
    return Finding(check, "doubt", f"{words_id} ({text}).", f"{words_en} ({text}).", {"text": text})


def claimed_plate(text: str | None) -> tuple[str | None, tuple[Finding, ...]]:
    """The claimed plate in its one spelling; a text that is no plate is kept as claimed, with a note."""
    if text is None or is_no_plate(text):
        return None, ()
    try:
        return parse_plate(text).text, ()
    except PlateError as error:
        words = _PLATE_FAULT_ID.get(error.fault, "susunannya bukan TNKB")
        note = Finding(
            "plate_grammar",
            "doubt",
            f"Pelat yang dilaporkan kamera bukan nomor yang sah: {words}.",
            f"The camera's plate is not a valid number: {error.sentence}",
            {"fault": str(error.fault), "claimed": text},
        )
        return "".join(text.upper().split())[:_LONGEST_PLATE], (note,)


def _check_offence(offence: str, known: Collection[str]) -> None:
    if offence not in known:
        raise InputError(
            f"The offence {offence!r} is not in the catalogue: use one of {', '.join(sorted(known))}.",
            code="offence_unknown",
        )


def _check_photo_count(count: int, most: int) -> None:
    if not count:
        raise InputError(
            f"The event has no photograph: send between 1 and {most} with it; without one it proves nothing.",
            code="photo_missing",
        )
    if count > most:
        raise InputError(
            f"The event has {count} photographs, {most} are allowed: send the most telling ones.",
            code="photo_too_many",
        )


def _photo_record(photo: PhotoClaim) -> dict[str, Any]:
    return {
        "sha256": photo.sha256.hex(),
        "role": photo.role,
        "taken_at": photo.taken_at,
        "box": None if photo.box is None else list(photo.box),
        **({} if photo.rect is None else {"rect": list(photo.rect), "rect_unit": photo.rect_unit}),
    }


def _with_boxes(claim: EventClaim) -> tuple[tuple[PhotoClaim, ...], tuple[Finding, ...]]:
    """Photographs whose plate boxes lie inside them; the event's own box belongs to the first scene."""
    scene = next((photo for photo in claim.photos if photo.role == "scene"), None)
    photos, notes = [], []
    for photo in claim.photos:
        box = photo.box or (claim.plate_box if photo is scene else None)
        inside = None if box is None else _inside(box, photo.width, photo.height)
        if box is not None and inside is None:
            notes.append(
                Finding(
                    "box_outside",
                    "doubt",
                    "Kotak pelat yang dilaporkan kamera berada di luar foto.",
                    "The plate box that the camera reported lies outside its photograph.",
                    {"box": list(box), "width": photo.width, "height": photo.height},
                )
            )
        photos.append(replace(photo, box=inside))
    return tuple(photos), tuple(notes)


def _inside(corners: Sequence[float], width: int, height: int) -> Corners | None:
    x1, y1, x2, y2 = corners
    try:
        box = Box(floor(x1), floor(y1), ceil(x2), ceil(y2)).clamped(width, height)
    except (ValueError, OverflowError):
        return None
    return box.x1, box.y1, box.x2, box.y2
