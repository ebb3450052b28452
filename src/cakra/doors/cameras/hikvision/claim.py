"""From a Hikvision record and its pictures to a claim in our own schema."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor
from typing import Any

from pydantic import ValidationError

from cakra.core.case import Finding
from cakra.core.errors import InputError
from cakra.doors.cameras.body import Received
from cakra.doors.cameras.canonical import CanonicalEvent, claim_of
from cakra.doors.cameras.hikvision.clock import camera_zone, read_clock
from cakra.doors.cameras.hikvision.record import HikvisionRecord, PictureNamed, Rect, picture_kind
from cakra.doors.cameras.reception import Picture
from cakra.journey.intake import Camera, EventClaim, PhotoClaim
from cakra.journey.intake.event import Corners

_PLATE, _SCENE = "licenseplatepicture", "detectionpicture"
_FRAME = 1000


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """An inspected picture under the name its sender gave it."""

    name: str
    picture: Picture = field(repr=False)


def claim_hikvision(
    record: HikvisionRecord,
    pictures: Sequence[NamedPicture],
    camera: Camera,
    received: Received,
    notes: Sequence[Finding] = (),
) -> EventClaim:
    """The claim; InputError for an unmapped offence or an unreadable time."""
    offence = record.offence(camera.offence_map)
    zone = camera_zone(camera.zone, camera.code)
    times = [named.abs_time for named in record.pictures if named.abs_time]
    occurred_at, odd = read_clock(record.raw_time, times, zone, received.received_at)
    photos, vehicle_box = _photo_claims(record, pictures)
    red = next((named.red_light_s for named in record.pictures if named.red_light_s), None)
    event = _canonical(
        record,
        event_id=record.event_id,
        occurred_at=occurred_at.astimezone(zone).isoformat(),
        offence=offence,
        red_light_s=red,
        vehicle={"kind": record.vehicle_kind, "box": vehicle_box, "colour": record.vehicle_colour},
    )
    claim = claim_of(event, photos, (*notes, *odd))
    return replace(claim, occurred_at=occurred_at, raw_time=record.raw_time or times[0])


def _canonical(record: HikvisionRecord, **values: Any) -> CanonicalEvent:
    extra = {"vendor": "hikvision", **record.extra}
    if record.illegal_code or record.illegal_name:
        extra |= {"illegal_code": record.illegal_code or "", "illegal_name": record.illegal_name or ""}
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
    for place, sent in enumerate(pictures):
        named = _named(record, sent.name, only=len(pictures) == 1)
        kind = named.kind if named else picture_kind(sent.name)
        facts = sent.picture.facts
        box = _pixels(named.plate_rect, facts.width, facts.height) if named else None
        if named and vehicle_box is None:
            vehicle_box = _pixels(named.vehicle_rect, facts.width, facts.height)
        role = "plate" if kind == _PLATE else "scene" if kind == _SCENE or (place == 0 and not claims) else "context"
        taken_at = named.abs_time if named else None
        size = (len(sent.picture.data), facts.width, facts.height)
        claims.append(PhotoClaim(sent.picture.sha256, role, *size, taken_at, box))
    return claims, vehicle_box


def _named(record: HikvisionRecord, name: str, *, only: bool) -> PictureNamed | None:
    """The XML's entry of a picture by its name; a lone picture of another name is the scene."""
    kind = picture_kind(name)
    by_name = next((named for named in record.pictures if name and named.file_name == name), None)
    by_kind = next((named for named in record.pictures if named.kind == kind), None)
    scene = next((named for named in record.pictures if named.kind == _SCENE), None)
    return by_name or by_kind or (scene if only else None)


def _pixels(rect: Rect | None, width: int, height: int) -> Corners | None:
    """Thousandths of the frame to pixels, grown to whole ones."""
    if rect is None:
        return None
    x, y, across, down = rect
    left, top = floor(x * width / _FRAME), floor(y * height / _FRAME)
    return left, top, ceil((x + across) * width / _FRAME), ceil((y + down) * height / _FRAME)
