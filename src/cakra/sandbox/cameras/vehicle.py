"""A passage's vehicle, dressed for the picture: riders, belt, telephone, light, and its own plate."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from cakra.sandbox.cameras.drawing.road import LANE_CENTRES, NEAR_Y, VANISHING, Light
from cakra.sandbox.cameras.drawing.vehicles.bus import bus_front
from cakra.sandbox.cameras.drawing.vehicles.cars import Cabin, car_front, car_rear
from cakra.sandbox.cameras.drawing.vehicles.motorcycle import Riders, motorcycle
from cakra.sandbox.cameras.drawing.vehicles.sprite import PAINTS, Sprite, deepen
from cakra.sandbox.cameras.passage import DrawnPassage, VehicleKind, View
from cakra.sandbox.cameras.plateface import Picture, StampedPlate, render_face

_WITH_PILLION, _WITH_PASSENGER = 0.3, 0.35
_CAR_SCALE, _BUS_SCALE, _MOTORCYCLE_SCALE = 2.7, 2.25, 3.1  # pixels a centimetre
_TINT: dict[Light, tuple[float, float, float]] = {
    "day": (1.0, 1.0, 0.99),
    "dusk": (0.76, 0.70, 0.74),
    "night": (0.56, 0.54, 0.55),
}
_PLATE_LIGHT: dict[Light, float] = {"day": 0.97, "dusk": 0.88, "night": 0.82}  # flash lights the plate


def vehicle_sprite(passage: DrawnPassage) -> Sprite:
    """The vehicle in its lane and light, without plate; kept, do not write into it."""
    look = _look(passage)
    return painted(passage.vehicle, passage.view, passage.colour, look, passage.lane, passage.light)


def _look(passage: DrawnPassage) -> Cabin | Riders | None:
    """What the offence makes visible; all else by the vehicle's own seed."""
    rng = np.random.default_rng(passage.vehicle_seed)
    if passage.vehicle == "motorcycle":
        pillion = passage.shows("TANPA_HELM_PENUMPANG")
        count = 3 if passage.shows("BONCENGAN") else 2 if pillion or rng.random() < _WITH_PILLION else 1
        bare = (1,) if pillion else (0,) if passage.shows("TANPA_HELM") else ()
        return Riders(count, bare, phone=passage.shows("PONSEL"))
    if passage.vehicle == "car" and passage.view == "front":
        passenger = bool(rng.random() < _WITH_PASSENGER)
        return Cabin(belt=not passage.shows("TANPA_SABUK"), phone=passage.shows("PONSEL"), passenger=passenger)
    return None


@lru_cache(maxsize=48)
def painted(kind: VehicleKind, view: View, colour: str, look: Cabin | Riders | None, lane: int, light: Light) -> Sprite:
    """The vehicle as seen in its lane and light, without plate."""
    paint = PAINTS.get(colour, PAINTS["silver"])
    if isinstance(look, Riders):
        return _lit(motorcycle(colour, look, _MOTORCYCLE_SCALE, rear=view == "rear"), light)
    if kind == "bus":
        flat, far, window = bus_front(colour, _BUS_SCALE), 0.6, (0.08, 0.56)
    elif isinstance(look, Cabin):
        flat, far, window = car_front(colour, look, _CAR_SCALE), 0.74, (0.06, 0.40)
    else:
        flat, far, window = car_rear(colour, _CAR_SCALE), 0.78, (0.06, 0.40)
    centre = LANE_CENTRES[(lane - 1) % len(LANE_CENTRES)]
    vanishing = (flat.foot[0] + VANISHING[0] - centre, flat.foot[1] + VANISHING[1] - NEAR_Y)
    return _lit(deepen(flat, vanishing, far, paint, window), light)


def _lit(sprite: Sprite, light: Light) -> Sprite:
    tint = np.asarray((*_TINT[light], 1.0), np.float32)
    picture = (sprite.picture.astype(np.float32) * tint).astype(np.uint8)
    return Sprite(picture, sprite.plate, sprite.body, sprite.foot, sprite.lamps)


def with_plate(sprite: Sprite, passage: DrawnPassage) -> Picture:
    """The vehicle with its own plate screwed on, tilted or smeared where the passage says so."""
    lean = float(np.random.default_rng(passage.vehicle_seed).uniform(-1.6, 1.6))
    corners = _turned(np.asarray(sprite.plate, np.float32), lean + (9.0 if passage.sharpness == "tilted" else 0.0))
    face = _face(passage, float(np.linalg.norm(corners[1] - corners[0])))
    height, width = face.shape[:2]
    square = np.asarray([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    x1, y1, x2, y2 = (int(v) for v in (*(corners.min(0) - 2), *(corners.max(0) + 3)))
    turn = cv2.getPerspectiveTransform(square, corners - np.asarray((x1, y1), np.float32))
    opaque = np.full((height, width), 255, np.float32)
    patch = cv2.warpPerspective(np.dstack([face, opaque]), turn, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR)
    drawn = sprite.picture.copy()
    area = drawn[y1:y2, x1:x2]
    area[..., :3] = (area[..., :3] * (1 - patch[..., 3:] / 255) + patch[..., :3]).astype(np.uint8)
    return drawn


def _face(passage: DrawnPassage, wide: float) -> NDArray[np.float32]:
    """The lit face at twice the ``wide`` pixels it will have, smeared where the passage says so."""
    rng = np.random.default_rng(passage.vehicle_seed)
    old = passage.plate_colour == "black"  # the last of them run out in the summer of 2027
    year, month = 27 if old else 27 + int(rng.integers(0, 5)), int(rng.integers(1, 8 if old else 13))
    expiry = f"{month:02d}.{year}"
    plate = StampedPlate(passage.plate, expiry, passage.plate_colour, passage.vehicle == "motorcycle", passage.electric)
    face = render_face(plate, rng).astype(np.float32) * _PLATE_LIGHT[passage.light]
    shrink = wide * 2 / face.shape[1]
    if shrink < 1:
        face = np.asarray(cv2.resize(face, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.float32)
    if passage.sharpness == "blurred":
        smear = cv2.blur(face, (max(3, round(face.shape[1] * 0.16)), max(3, round(face.shape[0] * 0.2))))
        face = np.asarray(smear, np.float32)
    return np.asarray(face, np.float32)


def _turned(corners: NDArray[np.float32], degrees: float) -> NDArray[np.float32]:
    middle, angle = corners.mean(0), np.radians(degrees)
    spin = np.asarray([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray((corners - middle) @ spin.T + middle, np.float32)
