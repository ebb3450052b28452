"""From painted parts to an exposed picture: laying one over another, glare of lamps, the sensor."""

from collections.abc import Iterable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from cakra.sandbox.cameras.drawing.paint import Colour, Point

Picture = NDArray[np.uint8]
_GLOW = 190  # pixels across
_SPARE = 64  # how far the noise tile can be shifted


def lay(picture: Picture, sprite: Picture, move: NDArray[np.float64]) -> None:
    """Lay an RGBA sprite over an RGB picture through a 2 × 3 move, in place."""
    height, width = picture.shape[:2]
    tall, wide = sprite.shape[:2]
    x1, y1, x2, y2 = bounds(((0, 0), (wide, 0), (0, tall), (wide, tall)), move)
    x1, y1, x2, y2 = max(0, x1), max(0, y1), min(width, x2), min(height, y2)
    if x2 <= x1 or y2 <= y1:
        return
    shifted = move.copy()
    shifted[:, 2] -= (x1, y1)
    moved = cv2.warpAffine(sprite, shifted, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR)
    _blend(picture[y1:y2, x1:x2], np.asarray(moved, np.uint8))


def lay_scaled(picture: Picture, sprite: Picture, foot: Point, spot: Point, scale: float) -> None:
    """Lay a much smaller copy with its ``foot`` on ``spot``, softened by distance, in place."""
    small = np.asarray(cv2.resize(sprite, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    move = np.asarray([[1, 0, spot[0] - foot[0] * scale], [0, 1, spot[1] - foot[1] * scale]], np.float64)
    lay(picture, small, move)


def lay_tile(picture: Picture, tile: NDArray[np.float32], corner: tuple[int, int]) -> None:
    """Lay an RGBA tile (0–1) upright at a corner, in place."""
    x, y = corner
    _blend(picture[y : y + tile.shape[0], x : x + tile.shape[1]], (tile * 255).astype(np.uint8))


def _blend(area: Picture, above: Picture) -> None:
    cover = above[..., 3].astype(np.float32) * (1 / 255)
    area[:] = cv2.blendLinear(np.ascontiguousarray(above[..., :3]), np.ascontiguousarray(area), cover, 1 - cover)


def bounds(points: Iterable[Point], move: NDArray[np.float64]) -> tuple[int, int, int, int]:
    """The upright box about moved points, within the picture (1280 × 720)."""
    moved = np.asarray([move @ np.asarray((x, y, 1.0)) for x, y in points])
    x1, y1 = np.floor(moved.min(0))
    x2, y2 = np.ceil(moved.max(0))
    return max(0, int(x1)), max(0, int(y1)), min(1280, int(x2)), min(720, int(y2))


@lru_cache(maxsize=1)
def _glow_shape() -> NDArray[np.float32]:
    y, x = np.mgrid[0:_GLOW, 0:_GLOW].astype(np.float32) - _GLOW / 2
    away = np.hypot(x, y)
    edge = np.clip(1 - away / (_GLOW / 2), 0, 1)
    return np.asarray((np.exp(-((away / 13) ** 2)) * 1.1 + 0.5 * np.exp(-away / 24)) * edge, np.float32)


def glow(picture: Picture, spot: Point, colour: Colour, strength: float) -> None:
    """Add the glare of a lamp, in place."""
    half = _GLOW // 2
    x, y = round(spot[0]), round(spot[1])
    x1, y1, x2, y2 = (
        max(0, x - half),
        max(0, y - half),
        min(picture.shape[1], x + half),
        min(picture.shape[0], y + half),
    )
    if x2 <= x1 or y2 <= y1:
        return
    shape = _glow_shape()[y1 - y + half : y2 - y + half, x1 - x + half : x2 - x + half, None]
    area = picture[y1:y2, x1:x2]
    area[:] = np.clip(area + shape * np.asarray(colour, np.float32) * strength, 0, 255).astype(np.uint8)


@lru_cache(maxsize=1)
def _noise(height: int, width: int) -> NDArray[np.float32]:
    """Sensor noise of unit strength: mostly brightness, some colour, a little smeared by demosaicing."""
    rng = np.random.default_rng(7)
    shape = (height + _SPARE, width + _SPARE)
    grey = rng.normal(0, 0.85, shape).astype(np.float32)[..., None]
    tinted = rng.normal(0, 0.5, (*shape, 3)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(grey + tinted, (3, 3), 0.6) * 1.6, np.float32)


@lru_cache(maxsize=4)
def _noise_of(strength: float, height: int, width: int) -> NDArray[np.int16]:
    return np.asarray(np.rint(_noise(height, width) * strength), np.int16)


def expose(picture: Picture, noise: float, rng: np.random.Generator) -> Picture:
    """What lens and sensor make of the scene: slight softness, exposure, noise."""
    height, width = picture.shape[:2]
    soft = cv2.GaussianBlur(picture, (3, 3), 0.55)
    gain, lift = float(rng.uniform(0.95, 1.05)), float(rng.uniform(-3, 5))
    lit = cv2.convertScaleAbs(soft, alpha=gain, beta=max(0.0, lift))
    dx, dy = (int(v) for v in rng.integers(0, _SPARE, 2))
    grain = _noise_of(noise, height, width)[dy : dy + height, dx : dx + width]
    return np.asarray(cv2.add(lit, grain, dtype=cv2.CV_8U), np.uint8)
