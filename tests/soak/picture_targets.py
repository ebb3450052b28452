"""What the product reads of cameras' pictures, boxes, times and road names, for the fuzz run.

Each target takes bytes and never raises: a reader may refuse with an InputError, anything else is a find.
"""

import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

from cakra.core.geometry import Box
from cakra.core.law.zones.oddeven import read_zones, unsettled_road
from cakra.core.law.zones.roads import MOST_LETTERS, compare_road, normalise_road
from cakra.doors.cameras.canonical import claim_of, read_event, read_instant
from cakra.evidence.picture import PictureLimits, decode, inspect, is_heavy
from cakra.evidence.segments import jpeg_segments, png_segments
from cakra.journey.intake import Camera, PhotoClaim, check_event
from cakra.journey.screening.checking.boxes import box_of, meaning_of, meanings
from cakra.journey.screening.checking.facts import CameraFacts, part_of, seen_colour, seen_kind, seen_view
from cakra.kit.errors import InputError
from cakra.kit.resources import read_package_text
from cakra.kit.settings import Intake

_LIMITS = PictureLimits(max_bytes=1_000_000, max_pixels=250_000, max_scanned=1_000_000)
_AT = datetime(2026, 11, 20, tzinfo=UTC)
_ZONES = read_zones(read_package_text("cakra.core.law", "data/oddeven.toml"), [])
_CAMERA = Camera("CAM-1", "PMJ", 0, 4, "Asia/Jakarta", 120.0, {})
_OFFENCES = frozenset({"BATAS_KECEPATAN"})
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _refusable(read: Callable[[bytes], object]) -> Callable[[bytes], object]:
    def target(data: bytes) -> object:
        with contextlib.suppress(InputError):
            return read(data)
        return None

    return target


def _json(data: bytes) -> object:
    try:
        return json.loads(_text(data))
    except (ValueError, RecursionError):
        return None


def read_boxes(data: bytes) -> object:
    """Any JSON where a camera's box should be: no box, or one that lies in the picture."""
    told = _json(data)
    corners = told if isinstance(told, list) else None
    box = box_of(corners, 1280, 720)
    found = [box for _, box in meanings(corners, 1280, 720, 6)] if corners else []
    for one in [box, *found]:
        assert one is None or (0 <= one.x1 < one.x2 <= 1280 and 0 <= one.y1 < one.y2 <= 720)
    return corners and meaning_of(corners, Box(520, 410, 751, 470), 1280, 720)


def read_words(data: bytes) -> object:
    """Any JSON object where a record should be: words of ours or none."""
    told = _json(data)
    record = told if isinstance(told, dict) else {}
    return seen_kind(record), seen_colour(record), seen_view(record), part_of(record, "plate")


def read_road(data: bytes) -> object:
    """Any text where the name of a road should be."""
    text = _text(data)
    assert len(normalise_road(text)) <= 4 * MOST_LETTERS
    return compare_road(text, ("JENDERAL SUDIRMAN", "SUDIRMAN")), unsettled_road(_ZONES, "PMJ", text)


def read_zone(data: bytes) -> object:
    """Any text where a camera's zone should be."""
    return CameraFacts("C", "PMJ", "", frozenset(), None, None, None, None, _text(data)).local_zone


def read_claim(data: bytes) -> object:
    """A whole signed event, checked as at the door."""
    event = read_event(data)
    photo = PhotoClaim(bytes(32), "scene", 1, 1280, 720)
    claim = claim_of(event, [photo])
    checked = check_event(
        claim, _CAMERA, door="events", raw_sha256=bytes(32), received_at=_AT, limits=Intake(), offences=_OFFENCES
    )
    assert datetime(1970, 1, 1, tzinfo=UTC) <= checked.occurred_at
    return checked


TARGETS: dict[str, Callable[[bytes], object]] = {
    "jpeg_segments": lambda data: jpeg_segments(_JPEG + data, 500),
    "png_segments": lambda data: png_segments(_PNG + data, 500),
    "is_heavy": lambda data: is_heavy(_JPEG + data),
    "inspect": _refusable(lambda data: inspect(data, _LIMITS)),
    "inspect_jpeg": _refusable(lambda data: inspect(_JPEG + data, _LIMITS)),
    "inspect_png": _refusable(lambda data: inspect(_PNG + data, _LIMITS)),
    "decode": _refusable(lambda data: decode(data, _LIMITS)),
    "boxes": read_boxes,
    "record_words": read_words,
    "road": read_road,
    "zone": read_zone,
    "instant": _refusable(lambda data: read_instant(_text(data))),
    "event": _refusable(read_claim),
}
"""By name. None: the target returns whatever it likes and raises nothing."""
