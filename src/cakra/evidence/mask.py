"""What of a vehicle may be shown: geometry from the plate outwards, hidden unless surely bodywork.

No face detector is trusted here. The plate is the ruler: its width is set by rule (430 mm on cars,
275 mm on motorcycles), so that distances on the vehicle follow from its box. Only a zone around the
plate where no windscreen and no rider can be stays clear; all else becomes blocks half a face wide.
"""

from dataclasses import dataclass
from enum import StrEnum

from PIL import Image

from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind

_BLOCK_MM = 80  # half a face: two by two colours are left of one
_CAR_PLATE_MM, _MOTORCYCLE_PLATE_MM = 430, 275
_CAR_PLATE_ASPECT, _MOTORCYCLE_PLATE_ASPECT = 3.2, 2.5
_BELIEVABLE_ASPECT = (1.3, 7.0)
_SMALLEST_BLOCK = 4


class View(StrEnum):
    """From where the camera sees the vehicle; only a surely frontal view shows the bonnet."""

    FRONT = "front"
    REAR = "rear"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far the clear zone reaches beyond the plate box, in plate widths."""

    side: float
    up: float
    down: float


# Measured on street photographs: windscreens of flat-nosed vans begin 0.6 plate widths above the plate,
# of cars 0.9; rear windows as near as 0.2. Riders begin at the upper edge of a motorcycle's plate.
_CAR_FRONT = _Reach(side=0.6, up=0.45, down=0.35)
_CAR_OTHER = _Reach(side=0.3, up=0.04, down=0.35)
_MOTORCYCLE = _Reach(side=0.0, up=0.03, down=0.5)
_UNSURE = _Reach(side=0.05, up=0.03, down=0.05)
_CAR_EXTENT = _Reach(side=1.8, up=2.6, down=0.8)
_MOTORCYCLE_EXTENT = _Reach(side=1.0, up=1.8, down=2.0)


@dataclass(frozen=True, slots=True)
class Masking:
    """Which part of a picture is shown (`extent`), which of it clearly, and the width of a block; pixels."""

    extent: Box
    clear: Box
    block: int


def plan_masking(size: tuple[int, int], plate: Box, vehicle: Box | None, kind: VehicleKind, view: View) -> Masking:
    """Where to cut and what to leave clear, for a picture of `size` (width, height).

    Unsure (unknown kind, a plate box of no plate's shape, a plate outside its vehicle's box) means: the
    plate alone stays clear. Raises ValueError when the plate box lies outside the picture.
    """
    plate = plate.clamped(*size)
    inside = vehicle is None or _holds(vehicle, plate)
    believable = _BELIEVABLE_ASPECT[0] <= plate.width / plate.height <= _BELIEVABLE_ASPECT[1]
    motorcycle = kind is VehicleKind.MOTORCYCLE
    aspect = _MOTORCYCLE_PLATE_ASPECT if motorcycle else _CAR_PLATE_ASPECT
    unit = min(plate.width, plate.height * aspect)  # a box that is too wide must not stretch the ruler
    # An unknown vehicle may be a motorcycle, whose plate is smaller: a block must be more plate widths wide then.
    plate_mm = _CAR_PLATE_MM if kind in _CAR_LIKE else _MOTORCYCLE_PLATE_MM
    reach = _reach(kind, view) if inside and believable else _UNSURE
    clear = _beyond(plate, unit, reach)
    extent = _beyond(plate, unit, _MOTORCYCLE_EXTENT if motorcycle else _CAR_EXTENT)
    if vehicle is not None and inside:
        clear = _overlap(clear, vehicle) or plate
        extent = _around(vehicle.grown(0.04), plate)
    return Masking(
        extent.clamped(*size),
        clear.clamped(*size),
        max(_SMALLEST_BLOCK, round(unit * _BLOCK_MM / plate_mm)),
    )


_CAR_LIKE = {VehicleKind.CAR, VehicleKind.BUS, VehicleKind.TRUCK}


def masked(picture: Image.Image, masking: Masking) -> Image.Image:
    """A new picture of the extent, everything outside the clear zone reduced to one colour a block.

    What a block hides is gone: only its mean colour is kept, and neighbours are blended for the eye.
    """
    extent, clear = masking.extent, masking.clear
    shown = picture.crop((extent.x1, extent.y1, extent.x2, extent.y2))
    few = (-(-shown.width // masking.block), -(-shown.height // masking.block))
    result = shown.resize(few, Image.Resampling.BOX).resize(shown.size, Image.Resampling.BICUBIC)
    left_top = (clear.x1 - extent.x1, clear.y1 - extent.y1)
    result.paste(picture.crop((clear.x1, clear.y1, clear.x2, clear.y2)), left_top)
    return result


def _reach(kind: VehicleKind, view: View) -> _Reach:
    if kind is VehicleKind.MOTORCYCLE:
        return _MOTORCYCLE
    if kind in _CAR_LIKE:
        return _CAR_FRONT if view is View.FRONT else _CAR_OTHER
    return _UNSURE


def _beyond(plate: Box, unit: float, reach: _Reach) -> Box:
    side, up, down = (round(unit * part) for part in (reach.side, reach.up, reach.down))
    return Box(plate.x1 - side, plate.y1 - up, plate.x2 + side, plate.y2 + down)


def _holds(vehicle: Box, plate: Box) -> bool:
    across, down = (plate.x1 + plate.x2) / 2, (plate.y1 + plate.y2) / 2
    return vehicle.x1 <= across <= vehicle.x2 and vehicle.y1 <= down <= vehicle.y2


def _overlap(one: Box, other: Box) -> Box | None:
    left, right = max(one.x1, other.x1), min(one.x2, other.x2)
    top, bottom = max(one.y1, other.y1), min(one.y2, other.y2)
    return Box(left, top, right, bottom) if left < right and top < bottom else None


def _around(one: Box, other: Box) -> Box:
    return Box(min(one.x1, other.x1), min(one.y1, other.y1), max(one.x2, other.x2), max(one.y2, other.y2))
