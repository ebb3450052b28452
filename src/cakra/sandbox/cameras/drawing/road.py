"""The roads: sky, towers, trees, asphalt in perspective, and what each place is known by.

Drawn for traffic that comes towards the camera (kerb and trees on the right of the picture); the mirrored
picture serves traffic that drives away. Built once for each place and light, then kept.
"""

from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from cakra.sandbox.cameras.drawing.paint import Canvas, Colour, Point, box, mix, oval, shade

Light = Literal["day", "dusk", "night"]
Place = Literal["avenue", "busway", "junction", "toll", "street", "marking", "oneway"]

WIDTH, HEIGHT = 1280, 720
VANISHING: Point = (640.0, 128.0)
NEAR_Y = 640.0  # where a vehicle's wheels stand when it is photographed; scale 1 is here
LANE = 600.0  # width of a lane at scale 1, pixels
LANE_CENTRES = (640.0 - LANE / 2, 640.0 + LANE / 2)
_SKIES: dict[Light, tuple[Colour, Colour]] = {
    "day": ((150, 184, 214), (226, 230, 228)),
    "dusk": ((74, 84, 124), (240, 170, 120)),
    "night": ((12, 15, 26), (46, 42, 50)),
}
_ASPHALT: dict[Light, tuple[Colour, Colour]] = {
    "day": ((142, 144, 146), (86, 88, 91)),
    "dusk": ((104, 98, 100), (60, 60, 66)),
    "night": ((52, 50, 50), (26, 27, 31)),
}
_LEVEL: dict[Light, float] = {"day": 0.0, "dusk": -0.35, "night": -0.72}


def on_road(across: float, scale: float) -> Point:
    """A point of the road: ``across`` pixels from the middle at scale 1, ``scale`` 1 near and 0 at the horizon."""
    return VANISHING[0] + across * scale, VANISHING[1] + (NEAR_Y - VANISHING[1]) * scale


def scale_at(distance: float) -> float:
    """Scale of what is ``distance`` metres behind the place where vehicles are photographed."""
    return 11.0 / (11.0 + distance)


@lru_cache(maxsize=24)
def background(place: Place, light: Light, *, red: bool = True) -> NDArray[np.uint8]:
    """RGB uint8, 720 × 1280 × 3; do not write into it."""
    rng = np.random.default_rng(sum(place.encode()))
    canvas = Canvas(WIDTH, HEIGHT, 1.0)
    _sky(canvas, light)
    _towers(canvas, light, rng)
    _verge(canvas, place, light, rng)
    _asphalt(canvas, place, light)
    _markings(canvas, place, light)
    _trees(canvas, place, light, rng)
    _furniture(canvas, place, light, red=red)
    picture = canvas.finished()[..., :3].astype(np.float32)
    _grain(picture, rng)
    if light == "night":
        _lamplight(picture)
    ready = np.clip(picture, 0, 255).astype(np.uint8)
    ready.setflags(write=False)
    return ready


def _strip(
    canvas: Canvas, left: float, right: float, near: float, far: float, colour: Colour, alpha: float = 1.0
) -> None:
    """A stripe on the road between two lateral places and two scales."""
    corners = [on_road(left, far), on_road(right, far), on_road(right, near), on_road(left, near)]
    canvas.shape(corners, colour, alpha=alpha)


def _sky(canvas: Canvas, light: Light) -> None:
    top, low = _SKIES[light]
    canvas.shape(box(0, 0, WIDTH, HEIGHT), [(0, top), (0.26, low), (1, low)])
    if light != "night":
        for x, y, r in ((260, 40, 120), (360, 52, 90), (930, 34, 150), (1080, 50, 100)):
            canvas.shape(oval(x, y, r, r * 0.16), (255, 255, 255), alpha=0.35, blur=12)


def _towers(canvas: Canvas, light: Light, rng: np.random.Generator) -> None:
    haze = _SKIES[light][1]
    for depth in (0.75, 0.5, 0.3):
        x = -30.0
        while x < WIDTH + 20:
            wide, tall = float(rng.uniform(38, 96)), float(rng.uniform(40, 210)) * (1.15 - depth)
            near_middle = abs(x + wide / 2 - VANISHING[0]) < 90
            tall *= 0.45 if near_middle else 1.0
            tone = mix(shade((116, 126, 138), _LEVEL[light]), haze, depth)
            canvas.shape(box(x, 150 - tall, x + wide, 190), [(0, shade(tone, 0.12)), (1, shade(tone, -0.12))])
            _windows(canvas, (x, 150 - tall, wide, tall), light, tone, rng)
            x += wide + float(rng.uniform(-8, 40))


def _windows(
    canvas: Canvas, area: tuple[float, float, float, float], light: Light, tone: Colour, rng: np.random.Generator
) -> None:
    x, y, wide, tall = area
    for row in np.arange(y + 5, y + tall - 2, 6.5):
        if light == "day":
            canvas.pane(x + 3, row, x + wide - 3, row + 3, shade(tone, -0.12))
            continue
        for column in np.arange(x + 4, x + wide - 6, 7.0):
            if rng.random() < 0.34:
                glow = mix((255, 214, 140), (210, 226, 255), float(rng.random()))
                canvas.pane(column, row, column + 3.5, row + 2.5, mix(tone, glow, 0.75))


def _verge(canvas: Canvas, place: Place, light: Light, rng: np.random.Generator) -> None:
    """Pavement on the right, planted median on the left."""
    level = _LEVEL[light]
    canvas.shape(box(0, 158, WIDTH, HEIGHT), shade((96, 112, 74), level))
    _strip(canvas, LANE * 1.0, LANE * 3.0, 1.4, 0.02, shade((158, 152, 142), level))
    for k in range(60):
        far, near = scale_at(k * 2.0 - 4), scale_at(k * 2.0 - 5)
        _strip(canvas, LANE * 1.12, LANE * 3.0, near, far, shade((134, 128, 120), level), 0.5)
    if place in {"street", "junction"}:
        for k, x in enumerate(np.arange(2.1, 4.6, 0.34)):
            tone = shade([(196, 184, 160), (168, 96, 74), (120, 146, 160), (208, 202, 190)][k % 4], level)
            _shop(canvas, float(x) * 190 + 440, 96 + k * 2.0, tone, light, rng)


def _shop(canvas: Canvas, x: float, tall: float, tone: Colour, light: Light, rng: np.random.Generator) -> None:
    ground = 186 + (x - 840) * 0.16
    canvas.shape(box(x, ground - tall, x + 70, ground), [(0, shade(tone, 0.1)), (1, shade(tone, -0.2))])
    awning = shade([(176, 44, 40), (40, 110, 76), (42, 84, 150)][int(rng.integers(3))], _LEVEL[light] / 2)
    canvas.shape([(x + 2, ground - 42), (x + 68, ground - 42), (x + 74, ground - 28), (x - 3, ground - 28)], awning)
    inside: Colour = (255, 222, 160) if light != "day" else (62, 58, 54)
    canvas.shape(box(x + 7, ground - 27, x + 63, ground - 3), inside, alpha=0.85)
    for left in (10, 40):
        canvas.shape(box(x + left, ground - tall + 12, x + left + 18, ground - 58), shade(tone, -0.55))


def _asphalt(canvas: Canvas, place: Place, light: Light) -> None:
    far, near = _ASPHALT[light]
    edge = LANE * 1.03
    road = [on_road(-edge, 0.02), on_road(edge, 0.02), on_road(edge, 1.3), on_road(-edge, 1.3)]
    canvas.shape(road, [(0, far), (0.35, mix(far, near, 0.6)), (1, near)])
    if place == "busway":
        red = shade((152, 66, 54), _LEVEL[light] * 0.9)
        lane = [on_road(-edge, 0.02), on_road(-8, 0.02), on_road(-8, 1.3), on_road(-edge, 1.3)]
        canvas.shape(lane, [(0, mix(red, far, 0.4)), (1, shade(red, -0.18))])
    for centre in LANE_CENTRES:  # tyres polish two dark tracks into every lane
        for wheel in (-130, 130):
            middle = centre - VANISHING[0] + wheel
            track = [
                on_road(middle - 50, 0.03),
                on_road(middle + 50, 0.03),
                on_road(middle + 62, 1.3),
                on_road(middle - 62, 1.3),
            ]
            canvas.shape(track, (18, 18, 20), alpha=0.16, blur=9)


def _markings(canvas: Canvas, place: Place, light: Light) -> None:
    paint = shade((232, 232, 226), _LEVEL[light] * 0.72)
    for side in (-1, 1):
        _strip(canvas, side * LANE * 0.965 - 7, side * LANE * 0.965 + 7, 1.3, 0.03, paint, 0.85)
        for k in range(-3, 48):  # kerb stones, black and white
            stone = paint if k % 2 else shade((38, 38, 40), _LEVEL[light] / 2)
            near, far = scale_at(k * 1.6), scale_at(k * 1.6 + 1.6)
            inner, outer = side * LANE * 1.03, side * LANE * 1.09
            _strip(canvas, inner, outer, near, far, stone)
    _lane_line(canvas, place, light, paint)
    if place == "junction":
        for k in range(-11, 11):
            _strip(canvas, k * 55 + 8, k * 55 + 36, scale_at(1.4), scale_at(5.2), paint, 0.85)
        _strip(canvas, -LANE, LANE, scale_at(-1.2), scale_at(-0.5), paint, 0.95)
    if place == "oneway":
        for lane in (-LANE / 2, LANE / 2):
            for distance in (3.0, 22.0):
                _arrow(canvas, lane, distance, paint)


def _lane_line(canvas: Canvas, place: Place, light: Light, paint: Colour) -> None:
    """What divides the two lanes: a double line, a solid one, the busway's separator, or dashes."""
    if place in {"marking", "junction"}:
        for offset in (-11, 11) if place == "marking" else (0,):
            _strip(canvas, offset - 6, offset + 6, 1.3, 0.03, paint, 0.92)
    elif place == "busway":
        for k in range(-3, 40):  # the separator: raised blocks, yellow and black
            block = shade((230, 180, 40), _LEVEL[light] / 2) if k % 2 else shade((44, 44, 46), _LEVEL[light] / 2)
            _strip(canvas, -14, 14, scale_at(k * 1.2), scale_at(k * 1.2 + 0.9), block)
    else:
        for k in range(-1, 16):
            _strip(canvas, -8, 8, scale_at(k * 6.0 - 2), scale_at(k * 6.0 + 1.2), paint, 0.9)


def _arrow(canvas: Canvas, lane: float, distance: float, paint: Colour) -> None:
    """Straight on, away from the camera: who comes towards it is going the wrong way."""
    outline = [(-10, 0.0), (10, 0.0), (10, 2.6), (44, 2.6), (0, 5.4), (-44, 2.6), (-10, 2.6)]
    points = [on_road(lane + 1.5 * across, scale_at(distance + along)) for across, along in outline]
    canvas.shape(points, paint, alpha=0.92)


def _trees(canvas: Canvas, place: Place, light: Light, rng: np.random.Generator) -> None:
    count = 4 if place == "toll" else 9
    for k in range(count, -1, -1):
        for side in (-1, 1):
            if side == 1 and place in {"street", "junction"} and k % 2:
                continue
            scale = scale_at(6 + k * 9 + float(rng.uniform(-2, 2)))
            x, y = on_road(side * LANE * 1.45, scale)
            _tree(canvas, x, y, 520 * scale, light, rng)


def _tree(canvas: Canvas, x: float, y: float, tall: float, light: Light, rng: np.random.Generator) -> None:
    level = _LEVEL[light]
    trunk = shade((88, 70, 54), level)
    canvas.line([(x, y), (x + tall * 0.02, y - tall * 0.55)], trunk, max(1.5, tall * 0.045))
    canvas.shape(oval(x, y, tall * 0.3, tall * 0.035), (0, 0, 0), alpha=0.35, blur=3)
    middle, half_wide, half_tall = (x, y - tall * 0.68), tall * 0.36, tall * 0.25
    under = shade((40, 62, 32), level)
    canvas.shape(oval(*middle, half_wide * 0.86, half_tall * 0.8), under, alpha=0.95, blur=tall * 0.015)
    count = int(np.clip(tall * 1.4, 60, 420))
    for k in range(count):  # from the shaded underside to the sunlit crown
        angle, reach = float(rng.uniform(0, 6.283)), float(rng.uniform(0, 1)) ** 0.5
        cx = middle[0] + float(np.cos(angle)) * reach * half_wide
        cy = middle[1] + float(np.sin(angle)) * reach * half_tall - k / count * half_tall * 0.2
        lit = float(np.clip(0.02 - (cy - middle[1]) / half_tall * 0.24 + rng.normal(0, 0.07), -0.4, 0.4))
        green = mix((46, 78, 36), (104, 124, 56), float(rng.random()))
        size = tall * float(rng.uniform(0.012, 0.034)) + 0.8
        canvas.leaf((cx, cy), (size * 1.3, size * 0.8), shade(shade(green, lit), level))


def _furniture(canvas: Canvas, place: Place, light: Light, *, red: bool) -> None:
    for k in range(5, -1, -1):  # lamp posts on the median
        scale = scale_at(8 + k * 22)
        x, y = on_road(-LANE * 1.25, scale)
        pole = shade((120, 124, 128), _LEVEL[light] * 0.8)
        canvas.line([(x, y), (x, y - 620 * scale), (x + 150 * scale, y - 650 * scale)], pole, max(1.2, 11 * scale))
        if light != "day":
            canvas.shape(
                oval(x + 150 * scale, y - 645 * scale, 60 * scale + 6, 40 * scale + 5),
                (255, 214, 150),
                alpha=0.8,
                blur=5,
            )
    if place == "toll":
        _gantry(canvas, light)
    if place == "junction":
        _traffic_light(canvas, light, red=red)


def _gantry(canvas: Canvas, light: Light) -> None:
    steel = shade((138, 142, 146), _LEVEL[light] * 0.8)
    canvas.line([(404, 172), (404, 54), (884, 54), (884, 172)], steel, 5)
    for left in (440, 664):
        canvas.shape(box(left, 34, left + 180, 84, 4), shade((18, 104, 66), _LEVEL[light] * 0.3))
        canvas.shape(box(left + 14, 46, left + 120, 53), (236, 240, 236), alpha=0.9)
        canvas.shape(box(left + 14, 62, left + 90, 68), (236, 240, 236), alpha=0.9)
        canvas.shape([(left + 150, 44), (left + 164, 60), (left + 136, 60)], (236, 240, 236), alpha=0.9)
        canvas.shape(box(left + 146, 58, left + 154, 74), (236, 240, 236), alpha=0.9)


def _traffic_light(canvas: Canvas, light: Light, *, red: bool) -> None:
    steel = shade((92, 96, 100), _LEVEL[light] * 0.7)
    canvas.line([(1120, 330), (1120, 42), (870, 42)], steel, 9)
    for x, y in ((1120, 108), (890, 50)):
        canvas.shape(box(x - 22, y - 10, x + 22, y + 104, 6), (20, 21, 23))
        canvas.shape(box(x - 26, y - 14, x + 26, y + 108, 6), (226, 226, 220), alpha=0.25)
        lamps: tuple[tuple[Colour, bool], ...] = (
            ((255, 46, 36), red),
            ((255, 186, 40), False),
            ((60, 226, 120), not red),
        )
        for k, (colour, on) in enumerate(lamps):
            spot = (x, y + 12 + k * 34)
            if on:
                canvas.shape(oval(*spot, 30, 30), colour, alpha=0.55, blur=9)
            canvas.shape(oval(*spot, 13, 13), colour if on else shade(colour, -0.78))
            if on:
                canvas.shape(oval(*spot, 6, 6), shade(colour, 0.6), blur=1.5)


def _grain(picture: NDArray[np.float32], rng: np.random.Generator) -> None:
    """The stones in the asphalt: noise that grows coarser towards the camera."""
    fine = rng.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    coarse = cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 2.2) * 4
    patches = cv2.resize(rng.normal(0, 1, (9, 14)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    rows = np.clip((np.arange(HEIGHT) - 170) / 550, 0, 1).astype(np.float32)[:, None]
    picture += ((fine * 3.5 + coarse * 2.6 * rows) * (0.25 + rows) + patches * 3.4 * (rows > 0))[..., None]


def _lamplight(picture: NDArray[np.float32]) -> None:
    """Warm pools of street light on the road."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    for cx, cy, rx, ry in ((420, 560, 420, 130), (560, 300, 180, 50), (610, 215, 90, 26), (1000, 430, 300, 90)):
        pool = np.exp(-(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2))
        picture += pool[..., None] * np.asarray((46, 36, 22), np.float32)
