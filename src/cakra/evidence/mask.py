"""What of a vehicle may be shown: geometry from the plate outwards, hidden unless surely bodywork.

No face finder is trusted here. The plate is the ruler: its width is set by rule (430 mm on cars, 275 mm on
motorcycles), so that distances on the vehicle follow from its box. Only a zone around the plate where no
windscreen, no rider and no second plate can be stays clear. Of all else, inside and outside the vehicle, one
colour a cell is kept, and a cell is at least as high as a head and as wide as shoulders: a face lies on four cells
at most, and nobody's outline is left. Whoever stands nearer to the camera than the vehicle is larger than the
ruler says, which is why no zone has finer cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor

from PIL import Image

from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind

_HEAD_MM = 240  # with hair or a scarf; a face alone is about 150 by 220
_WIDEST_VEHICLE_MM = 2500  # of buses and trucks; a narrower one makes cells only wider
_COLOURS = 32  # levels kept of red, green and blue: fifteen bits a cell
_CAR_PLATE_MM, _MOTORCYCLE_PLATE_MM = 430, 275
_CAR_PLATE_ASPECT, _MOTORCYCLE_PLATE_ASPECT = 3.2, 2.5
_BELIEVABLE_ASPECT = (1.3, 7.0)
_SMALLEST_CELL = 12


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
# To the sides and below less is clear than the plate of a motorcycle beside or before a car needs (0.64 by 0.26).
_CAR_FRONT = _Reach(side=0.3, up=0.45, down=0.2)
_CAR_OTHER = _Reach(side=0.3, up=0.04, down=0.2)
_MOTORCYCLE = _Reach(side=0.0, up=0.03, down=0.5)
_UNSURE = _Reach(side=0.05, up=0.03, down=0.05)
_CAR_EXTENT = _Reach(side=1.8, up=2.6, down=0.8)
_MOTORCYCLE_EXTENT = _Reach(side=1.0, up=1.8, down=2.0)


@dataclass(frozen=True, slots=True)
class Masking:
    """What is shown of a picture (`extent`) and what of it clearly (None: nothing), in pixels.

    `cell` is a head's width, the least height of a cell and half its least width; cells under `faces` lose their
    own colour too.
    """

    extent: Box
    clear: Box | None
    cell: int
    faces: tuple[Box, ...] = ()


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
    reach = _reach(kind, view) if inside and believable else _UNSURE
    clear = _beyond(plate, unit, reach)
    extent = _beyond(plate, unit, _MOTORCYCLE_EXTENT if motorcycle else _CAR_EXTENT)
    if vehicle is not None and inside:
        clear = _overlap(clear, vehicle) or plate
        extent = _around(vehicle.grown(0.04), plate)
    return Masking(extent.clamped(*size), clear.clamped(*size), _cell(plate, vehicle, aspect, kind))


def hide_faces(masking: Masking, plate: Box, faces: Sequence[Box]) -> Masking:
    """The same plan when faces were seen: one in the clear zone leaves the plate alone, one on the plate nothing."""
    clear = masking.clear
    if clear is not None and any(_overlap(face, clear) for face in faces):
        clear = _overlap(plate, clear)
    if clear is not None and any(_overlap(face, clear) for face in faces):
        clear = None
    return Masking(masking.extent, clear, masking.cell, tuple(faces))


_CAR_LIKE = {VehicleKind.CAR, VehicleKind.BUS, VehicleKind.TRUCK}


def masked(picture: Image.Image, masking: Masking) -> Image.Image:
    """A new picture of the extent, everything outside the clear zone reduced to one colour a cell.

    What a cell hides is gone: only its mean colour is kept, and neighbours are blended for the eye.
    """
    extent, clear = masking.extent, masking.clear
    shown = picture.crop((extent.x1, extent.y1, extent.x2, extent.y2))
    # Rounded down: cells may be wider than said, never narrower.
    cells = (max(1, shown.width // (2 * masking.cell)), max(1, shown.height // masking.cell))
    colours = shown.resize(cells, Image.Resampling.BOX).point(_FEW_COLOURS)
    mean = colours.resize((1, 1), Image.Resampling.BOX)
    for face in masking.faces:
        spot = _overlap(face, extent)
        if spot is not None:
            first, last = _cells_of(spot, extent, cells)
            colours.paste(mean.resize((last[0] - first[0], last[1] - first[1])), first)
    result = colours.resize(shown.size, Image.Resampling.BICUBIC)
    if clear is not None:
        left_top = (clear.x1 - extent.x1, clear.y1 - extent.y1)
        result.paste(picture.crop((clear.x1, clear.y1, clear.x2, clear.y2)), left_top)
    return result


_FEW_COLOURS = [level * _COLOURS // 256 * 255 // (_COLOURS - 1) for level in range(256)] * 3


def _cell(plate: Box, vehicle: Box | None, aspect: float, kind: VehicleKind) -> int:
    """A head's width in pixels, rather too much than too little: by the longer ruler, and by the vehicle's box."""
    # An unknown vehicle may be a motorcycle, whose plate is smaller: a head must be more plate widths wide then.
    plate_mm = _CAR_PLATE_MM if kind in _CAR_LIKE else _MOTORCYCLE_PLATE_MM
    by_plate = max(plate.width, plate.height * aspect) * _HEAD_MM / plate_mm
    by_vehicle = 0.0 if vehicle is None else vehicle.width * _HEAD_MM / _WIDEST_VEHICLE_MM
    return max(_SMALLEST_CELL, ceil(by_plate), ceil(by_vehicle))


def _cells_of(spot: Box, extent: Box, cells: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The first cell (column, row) that a spot touches, and the one after the last."""
    across, down = cells[0] / extent.width, cells[1] / extent.height
    first = floor((spot.x1 - extent.x1) * across), floor((spot.y1 - extent.y1) * down)
    last = ceil((spot.x2 - extent.x1) * across), ceil((spot.y2 - extent.y1) * down)
    return first, last


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
