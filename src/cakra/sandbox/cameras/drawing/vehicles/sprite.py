"""A painted vehicle and where its plate, lamps and wheels are in the picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cakra.sandbox.cameras.drawing.paint import Canvas, Colour, Point

PAINTS: dict[str, Colour] = {
    "white": (226, 228, 228),
    "silver": (166, 171, 176),
    "grey": (98, 103, 109),
    "black": (36, 38, 42),
    "red": (158, 30, 34),
    "blue": (38, 72, 132),
    "brown": (104, 84, 68),
    "green": (58, 78, 56),
    "yellow": (222, 168, 40),
}


_SOLID = 128


@dataclass(frozen=True, slots=True)
class Sprite:
    """A painted vehicle.

    RGBA picture, the plate's corners (left top, right top, right bottom, left bottom),
    the box of the body and the middle of the wheels on the road, all in pixels of the picture.
    """

    picture: NDArray[np.uint8]
    plate: tuple[Point, Point, Point, Point]
    body: tuple[float, float, float, float]
    foot: Point
    lamps: tuple[Point, ...]


def sided(points: list[Point], side: int) -> list[Point]:
    """The points on the right (1) or mirrored to the left (-1)."""
    return [(x * side, y) for x, y in points]


def finish(
    canvas: Canvas,
    corners: tuple[Point, Point, Point, Point],
    body: tuple[float, float, float, float],
    foot: Point,
    lamps: tuple[Point, ...],
) -> Sprite:
    """The finished sprite; corners, box and points come in units and leave in pixels."""
    ox, oy = canvas.origin
    per_unit = canvas.scale / 2

    def pixel(point: Point) -> Point:
        return ((point[0] + ox) * per_unit, (point[1] + oy) * per_unit)

    left, top = pixel(body[:2])
    right, bottom = pixel(body[2:])
    first, second, third, fourth = (pixel(corner) for corner in corners)
    return Sprite(
        canvas.finished(),
        (first, second, third, fourth),
        (left, top, right, bottom),
        pixel(foot),
        tuple(pixel(lamp) for lamp in lamps),
    )


def deepen(sprite: Sprite, vanishing: Point, far: float, paint: Colour, window: tuple[float, float]) -> Sprite:
    """Give a face its length: the silhouette repeated towards the vanishing point, darker, glass and all.

    ``vanishing`` is in pixels of the picture, ``far`` the scale of the other end, ``window`` the share of the
    height between which the side is glass.
    """
    height, width = sprite.picture.shape[:2]
    corners = np.array([[0, 0], [width, height]], np.float32)
    away = np.asarray(vanishing, np.float32) + (corners - np.asarray(vanishing, np.float32)) * far
    pad_left, pad_top = (max(0, int(-away[0][k]) + 1) for k in (0, 1))
    pad_right = max(0, int(away[1][0] - width) + 1)
    pad_bottom = max(0, int(away[1][1] - height) + 1)
    side = _side_texture(sprite, paint, window)
    size = (width + pad_left + pad_right, height + pad_top + pad_bottom)
    flank = np.zeros((size[1], size[0], 4), np.uint8)
    centre = np.asarray(vanishing, np.float32) + np.asarray((pad_left, pad_top), np.float32)
    for scale in np.linspace(far, 0.995, 26):
        shift = centre - np.asarray(vanishing, np.float32) * scale
        move = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
        layer = np.asarray(cv2.warpAffine(side, move, size, flags=cv2.INTER_LINEAR), np.uint8)
        solid = layer[..., 3] > _SOLID
        layer[..., 3] = 255
        cv2.copyTo(layer, solid.astype(np.uint8), flank)
    whole = flank.astype(np.float32)
    front = np.zeros_like(whole)
    front[pad_top : pad_top + height, pad_left : pad_left + width] = sprite.picture
    _over(whole, front)

    def moved(point: Point) -> Point:
        return (point[0] + pad_left, point[1] + pad_top)

    first, second, third, fourth = (moved(p) for p in sprite.plate)
    left, top = moved(sprite.body[:2])
    right, bottom = moved(sprite.body[2:])
    return Sprite(
        whole.astype(np.uint8),
        (first, second, third, fourth),
        (left, top, right, bottom),
        moved(sprite.foot),
        tuple(moved(lamp) for lamp in sprite.lamps),
    )


def _side_texture(sprite: Sprite, paint: Colour, window: tuple[float, float]) -> NDArray[np.uint8]:
    """The silhouette coloured like a flank: paint below, glass above, hard edge of the body only."""
    height = sprite.picture.shape[0]
    rows = (np.arange(height) - sprite.body[1]) / max(1.0, sprite.body[3] - sprite.body[1])
    base = np.asarray(paint, np.float32) * 0.62
    glass = np.asarray((40, 48, 56), np.float32)
    texture = np.empty((*sprite.picture.shape[:2], 4), np.float32)
    is_glass = ((rows > window[0]) & (rows < window[1])).astype(np.float32)[:, None]
    falling = np.clip(1.05 - 0.5 * np.clip(rows, 0, 1), 0, 1).astype(np.float32)[:, None]
    texture[..., :3] = (base * falling * (1 - is_glass) + glass * is_glass)[:, None, :]
    solid = (sprite.picture[..., 3] > 250).astype(np.float32)
    solid[rows > 0.93] = 0  # no second set of wheels
    across = np.arange(sprite.picture.shape[1])
    mirrors = (sprite.body[2] - sprite.body[0]) * 0.075
    solid[:, (across < sprite.body[0] + mirrors) | (across > sprite.body[2] - mirrors)] = 0
    texture[..., 3] = solid * 255
    return np.clip(texture, 0, 255).astype(np.uint8)


def _over(below: NDArray[np.float32], above: NDArray[np.float32]) -> None:
    """Alpha composition in place, straight alpha, 0–255."""
    cover = above[..., 3:] / 255
    kept = below[..., 3:] / 255 * (1 - cover)
    total = cover + kept
    below[..., :3] = (above[..., :3] * cover + below[..., :3] * kept) / np.maximum(total, 1e-4)
    below[..., 3:] = total * 255
