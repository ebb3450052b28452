"""From a Hikvision record and its pictures to claims in our own schema: one for each offence it names."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor
from typing import Any, Literal

from pydantic import ValidationError

from cakra.core.errors import InputError
from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.core.states.case import Finding
from cakra.doors.cameras.body import Received
from cakra.doors.cameras.canonical import CanonicalEvent, claim_of
from cakra.doors.cameras.hikvision import notes
from cakra.doors.cameras.hikvision.reading.clock import Witnesses, read_clock, zone_of
from cakra.doors.cameras.hikvision.reading.names import NameTold
from cakra.doors.cameras.hikvision.reading.offences import offences_of
from cakra.doors.cameras.hikvision.reading.record import HikvisionRecord, PictureNamed, Rect, picture_kind
from cakra.doors.cameras.reception import InspectedPicture
from cakra.journey.intake import Camera, EventClaim, PhotoClaim
from cakra.journey.intake.event import Corners

PLATE_KIND, SCENE_KIND = "licenseplatepicture", "detectionpicture"
_PER_MILLE = 1000.0
_FRACTION = 1.0
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """An inspected picture under the name its sender gave it."""

    name: str
    picture: InspectedPicture = field(repr=False)


def claims_of(
    record: HikvisionRecord,
    pictures: Sequence[NamedPicture],
    camera: Camera,
    received: Received,
    *,
    named: NameTold | None = None,
    found: Sequence[Finding] = (),
    future_s: float = 10.0,
) -> list[EventClaim]:
    """One claim an offence, the camera's own first. `named`: what the file's name tells; `found`: by the door.

    InputError for a record without an offence that the camera's map knows.
    """
    told = named or NameTold()
    offences, doubts = offences_of(record, camera.offence_map)
    zone, odd_zone = zone_of(camera)
    seen = Witnesses.of([one.abs_time for one in record.pictures if one.abs_time], [told.wall] if told.wall else [])
    clock = read_clock(record.raw_time, seen, zone, received.received_at, future_s=future_s)
    plate, odd_plate = _plate(record, told)
    photos, vehicle_box = _photo_claims(record, pictures)
    red = next((one.red_light_s for one in record.pictures if one.red_light_s), None)
    event = _canonical(
        replace(record, plate=plate),
        event_id=record.event_id,
        occurred_at=clock.instant.astimezone(zone).isoformat() if clock.instant.year > 1 else clock.instant.isoformat(),
        offence=offences[0],
        red_light_s=red,
        vehicle={"kind": record.vehicle_kind, "box": vehicle_box, "colour": record.vehicle_colour},
    )
    all_found = (*found, *clock.notes, *odd_zone, *odd_plate, *doubts, *_of_sending(record))
    first = claim_of(event, photos, all_found, occurred_at=clock.instant)
    first = replace(first, raw_time=record.raw_time or (told.wall.isoformat() if told.wall else ""))
    return [first, *(companion(first, offence) for offence in offences[1:])]


def companion(first: EventClaim, offence: str) -> EventClaim:
    """The claim of another offence that the same record names."""
    room = _LONGEST_ID - len(offence) - 1
    return replace(
        first,
        event_id=f"{first.event_id[:room]}+{offence}",
        offence=offence,
        record={**first.record, "event_id": f"{first.event_id[:room]}+{offence}", "offence": offence},
        companion_of=first.event_id,
        original=None,
    )


def _of_sending(record: HikvisionRecord) -> list[Finding]:
    return [
        *([notes.late_by_camera()] if record.retransmitted else []),
        *([notes.state_inactive()] if record.ended else []),
    ]


def _plate(record: HikvisionRecord, told: NameTold) -> tuple[str | None, list[Finding]]:
    """The record's plate; the file name's where the record has none; told where they differ."""
    if told.plate is None:
        return record.plate, []
    if record.plate is None:
        return told.plate, [notes.plate_from_name(told.plate)]
    try:
        said = parse_plate(record.plate).text
    except PlateError:
        said = "".join(record.plate.upper().split())
    return record.plate, [] if said == told.plate else [notes.plate_differs(said, told.plate)]


def _canonical(record: HikvisionRecord, **values: Any) -> CanonicalEvent:
    extra = {"vendor": "hikvision", **record.extra}
    if record.illegal_code or record.illegal_name:
        extra |= {"illegal_code": record.illegal_code or "", "illegal_name": record.illegal_name or ""}
    if record.attributes:
        extra["attributes"] = " ".join(f"{name}={said}" for name, said in sorted(record.attributes.items()))
    try:
        return CanonicalEvent.model_validate(
            {
                "schema": "cakra.event/1",
                "plate": {"text": record.plate, "confidence": record.confidence, "colour": record.plate_colour},
                "lane": record.lane,
                "speed_kmh": record.speed_kmh,
                "speed_limit_kmh": record.speed_limit_kmh,
                "extra": extra,
                **values,
            }
        )
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in fault["loc"])
        raise InputError(
            f"The camera's record cannot be taken over ({where}: {fault['msg']}): check the camera's set-up.",
            code="event_invalid",
        ) from None


def _photo_claims(record: HikvisionRecord, pictures: Sequence[NamedPicture]) -> tuple[list[PhotoClaim], Corners | None]:
    """Photographs with role, time and plate box; and where the vehicle is."""
    claims: list[PhotoClaim] = []
    vehicle_box: Corners | None = None
    scene = any(_kind_of(record, sent, pictures) == SCENE_KIND for sent in pictures)
    for sent in pictures:
        named = _named(record, sent.name, only=len(pictures) == 1)
        kind = _kind_of(record, sent, pictures)
        facts = sent.picture.facts
        size = (facts.width, facts.height)
        unit, box = _pixels(named.plate_rect, *size) if named else (None, None)
        if named and vehicle_box is None:
            vehicle_box = _pixels(named.vehicle_rect, *size)[1]
        # Without a scene among them the first picture that is no plate's stands for it.
        stands_in = not scene and kind != PLATE_KIND and all(claim.role != "scene" for claim in claims)
        role = "plate" if kind == PLATE_KIND else "scene" if kind == SCENE_KIND or stands_in else "context"
        rect = named.plate_rect if named and named.plate_rect else None
        claims.append(
            PhotoClaim(
                sent.picture.sha256,
                role,
                len(sent.picture.data),
                *size,
                named.abs_time if named else None,
                box,
                (rect.x, rect.y, rect.width, rect.height) if rect else None,
                unit if rect else None,
            )
        )
    return claims, vehicle_box


def _kind_of(record: HikvisionRecord, sent: NamedPicture, pictures: Sequence[NamedPicture]) -> str:
    named = _named(record, sent.name, only=len(pictures) == 1)
    return named.kind if named else picture_kind(sent.name)


def _named(record: HikvisionRecord, name: str, *, only: bool) -> PictureNamed | None:
    """The XML's entry of a picture by its name; a lone picture of another name is the scene."""
    kind = picture_kind(name)
    by_name = next((named for named in record.pictures if name and named.file_name == name), None)
    by_kind = next((named for named in record.pictures if named.kind == kind), None)
    scene = next((named for named in record.pictures if named.kind == SCENE_KIND), None)
    return by_name or by_kind or (scene if only else None)


def _pixels(
    rect: Rect | None, width: int, height: int
) -> tuple[Literal["fraction", "permille", "unknown"] | None, Corners | None]:
    """What a rectangle is told in, and its corners in pixels, grown to whole ones.

    The vendor documents thousandths of the frame; some firmware sends fractions of one. Greater numbers are pixels or
    8192nds, which nobody can tell: they are pixels if they can be, and the reader finds the plate where they lie.
    """
    if rect is None:
        return None, None
    most = max(rect.x + rect.width, rect.y + rect.height)
    if most <= _FRACTION:
        return "fraction", _corners(rect, width, height)
    if max(rect.x, rect.y, rect.width, rect.height) <= _PER_MILLE:
        return "permille", _corners(rect, width / _PER_MILLE, height / _PER_MILLE)
    inside = rect.x + rect.width <= width and rect.y + rect.height <= height
    return "unknown", _corners(rect, 1, 1) if inside else None


def _corners(rect: Rect, across: float, down: float) -> Corners:
    """Grown to whole pixels; what a float adds to a whole one is none."""
    left, top = floor(round(rect.x * across, 6)), floor(round(rect.y * down, 6))
    return left, top, ceil(round((rect.x + rect.width) * across, 6)), ceil(round((rect.y + rect.height) * down, 6))
