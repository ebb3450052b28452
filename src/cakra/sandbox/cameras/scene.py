"""A photograph: the road, the vehicle with its plate, the light, the sensor's noise, the data bar.

Everything slow is drawn once and kept (`drawing`); a photograph is a copy, two warps and a JPEG.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from cakra.sandbox.cameras.drawing.optics import bounds, expose, glow, lay, lay_scaled, lay_tile
from cakra.sandbox.cameras.drawing.paint import Colour
from cakra.sandbox.cameras.drawing.road import HEIGHT, LANE_CENTRES, VANISHING, WIDTH, Light, background, on_road
from cakra.sandbox.cameras.drawing.vehicles.cars import Cabin
from cakra.sandbox.cameras.drawing.vehicles.sprite import Sprite
from cakra.sandbox.cameras.overlay import BAR_HEIGHT, data_bar, stamp
from cakra.sandbox.cameras.passage import Box, DrawnPassage, Frame, View
from cakra.sandbox.cameras.plateface import Picture
from cakra.sandbox.cameras.vehicle import painted, vehicle_sprite, with_plate

_OTHERS = ("white", "black", "silver", "grey")
_LAMPS: dict[View, Colour] = {"front": (255, 244, 214), "rear": (255, 40, 30)}
_QUALITY = 88


def render(passage: DrawnPassage, frame: int, rng_seed: int) -> Frame:
    """Photograph a passage.

    ``frame`` 0 is the scene, 1 the same vehicle half a second later and nearer,
    2 a close-up of the plate. The same arguments give the same bytes.
    """
    if frame == 2:
        return _close_up(passage, rng_seed)
    picture, plate_box, vehicle_box = _expose(passage, frame, rng_seed)
    picture[HEIGHT - BAR_HEIGHT :] = data_bar(passage, frame)
    return Frame(_jpeg(picture), plate_box, vehicle_box, WIDTH, HEIGHT)


def _close_up(passage: DrawnPassage, rng_seed: int) -> Frame:
    picture, (x1, y1, x2, y2), _ = _expose(passage, 0, rng_seed)
    wide, tall = round((x2 - x1) * 0.35), round((y2 - y1) * 0.6)
    left, top = max(0, x1 - wide), max(0, y1 - tall)
    crop = picture[top : y2 + tall, left : x2 + wide]
    crop = np.asarray(cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
    height, width = crop.shape[:2]
    box = ((x1 - left) * 2, (y1 - top) * 2, (x2 - left) * 2, (y2 - top) * 2)
    return Frame(_jpeg(crop), box, (0, 0, width, height), width, height)


def _jpeg(picture: Picture) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)[1])


def _expose(passage: DrawnPassage, frame: int, rng_seed: int) -> tuple[Picture, Box, Box]:
    """The picture before the data bar, with the boxes of plate and vehicle."""
    rng = np.random.default_rng((rng_seed, frame))
    steady = np.random.default_rng((rng_seed, 99))  # the same in every frame of a passage
    light = passage.light
    ground = background(passage.place, light, red=passage.red_light_s is not None)
    picture = np.ascontiguousarray(ground[:, ::-1] if _mirrored(passage) else ground).copy()
    _traffic(picture, passage, frame, steady)
    sprite = vehicle_sprite(passage)
    move = _placing(sprite, passage, frame, steady)
    lay(picture, with_plate(sprite, passage), move)
    _lamps(picture, sprite, move, passage)
    if passage.sharpness == "dark":
        picture = np.asarray(cv2.convertScaleAbs(picture, alpha=0.42, beta=0), np.uint8)
    picture = expose(picture, {"day": 3.0, "dusk": 4.5, "night": 6.5}[light], rng)
    lay_tile(picture, stamp(), (WIDTH - 256, 18))
    return picture, bounds(sprite.plate, move), bounds((sprite.body[:2], sprite.body[2:]), move)


def _mirrored(passage: DrawnPassage) -> bool:
    return passage.view == "rear" and passage.place != "busway"


def _placing(sprite: Sprite, passage: DrawnPassage, frame: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Where the vehicle stands: a turn of a fraction of a degree, a scale and a shift, 2 × 3."""
    across = LANE_CENTRES[(passage.lane - 1) % 2] - VANISHING[0] + float(rng.uniform(-28, 28))
    if passage.vehicle == "motorcycle":
        across += float(rng.uniform(-90, 90))
    if passage.place == "marking":
        across *= 0.28  # across the line
    scale = float(rng.uniform(0.95, 1.0)) * (1 + 0.035 * frame * (1 if passage.view == "front" else -1))
    x, y = on_road(across, scale)
    move = cv2.getRotationMatrix2D(sprite.foot, float(rng.uniform(-0.7, 0.7)), scale)
    move[:, 2] += np.asarray((x, y)) - np.asarray(sprite.foot)
    return np.asarray(move, np.float64)


def _traffic(picture: Picture, passage: DrawnPassage, frame: int, rng: np.random.Generator) -> None:
    """Two vehicles farther off, so small that their plates say nothing."""
    towards: View = "rear" if passage.place == "oneway" else passage.view
    for distance, lane in ((float(rng.uniform(34, 50)), 1), (float(rng.uniform(15, 24)), 2)):
        here = lane if distance > 30 else 3 - (passage.lane - 1) % 2 - 1
        if passage.place == "busway" and here == 1:
            continue
        colour = _OTHERS[int(rng.integers(len(_OTHERS)))]
        sprite = _distant(towards, colour, here, passage.light)
        scale = 11.0 / (11.0 + distance - frame * 1.2)
        spot = on_road(LANE_CENTRES[here - 1] - VANISHING[0], scale)
        lay_scaled(picture, sprite.picture, sprite.foot, spot, scale)
        if passage.light != "day":
            for x, y in sprite.lamps:
                lamp = (spot[0] + (x - sprite.foot[0]) * scale, spot[1] + (y - sprite.foot[1]) * scale)
                glow(picture, lamp, _LAMPS[towards], 0.45)


@lru_cache(maxsize=24)
def _distant(view: View, colour: str, lane: int, light: Light) -> Sprite:
    return painted("car", view, colour, Cabin() if view == "front" else None, lane, light)


def _lamps(picture: Picture, sprite: Sprite, move: NDArray[np.float64], passage: DrawnPassage) -> None:
    """Headlamps or tail lamps, lit when it is dark; motorcycles ride with light by day as well."""
    if passage.light == "day" and passage.vehicle != "motorcycle":
        return
    strength = {"day": 0.35, "dusk": 0.7, "night": 1.0}[passage.light]
    for x, y in sprite.lamps:
        spot = move @ np.asarray((x, y, 1.0))
        glow(
            picture,
            (float(spot[0]), float(spot[1])),
            _LAMPS[passage.view],
            strength * (1.0 if passage.view == "front" else 0.7),
        )
