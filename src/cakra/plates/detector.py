"""Finding plates in a whole photograph: the fallback for cameras that send no plate box.

DBNet (Liao et al. 2020) marks text; marks on one straight line are joined, because the wide gaps of a plate
split it into region, number and series.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cakra.core.geometry import Box
from cakra.plates.model import DETECTION, open_session

Picture = npt.NDArray[np.uint8]
Corners = npt.NDArray[np.float32]

_SHORT_SIDE, _LONG_SIDE = 736, 1536  # small pictures are enlarged, large ones reduced
_MARKED, _TEXT = 0.3, 0.5  # a pixel is marked, a mark's mean says text
_UNCLIP = 1.6  # DBNet marks the core of a text; grow it back by area * this / perimeter
_GAP_IN_HEIGHTS = 2.2
_LEAST_RATIO, _GREATEST_RATIO = 2.0, 12.0
_MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One straight line of text: its upright box in the picture, its height, and the straightened crop."""

    box: Box
    height_px: float
    crop: Picture


@dataclass(frozen=True, slots=True)
class _Mark:
    """A text mark as a rotated rectangle, in pixels of the picture; the angle in radians."""

    centre: tuple[float, float]
    width: float
    height: float
    angle: float


class Detector:
    """PP-OCRv6 small text detection."""

    def __init__(self, folder: Path | None, threads: int) -> None:
        self._session = open_session(DETECTION, folder, threads)
        self._input = self._session.get_inputs()[0].name

    def lines(self, picture: Picture) -> list[Line]:
        """The lines that could be plates, largest first, at most six."""
        height, width = picture.shape[:2]
        scale = _scale(height, width)
        size = (_to_32(width * scale), _to_32(height * scale))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR).astype(np.float32)
        batch = np.ascontiguousarray((small / 127.5 - 1.0).transpose(2, 0, 1)[None]).astype(np.float32)
        probability = self._session.run(None, {self._input: batch})[0][0, 0]
        marks = _marks(probability, width / probability.shape[1], height / probability.shape[0])
        lines = [_line(picture, mark) for mark in _joined(marks)]
        plausible = [line for line in lines if line is not None]
        return sorted(plausible, key=lambda line: -line.box.width * line.height_px)[:_MOST_LINES]


def _scale(height: int, width: int) -> float:
    scale = max(1.0, _SHORT_SIDE / min(height, width))
    return min(scale, _LONG_SIDE / max(height, width))


def _to_32(pixels: float) -> int:
    """DBNet needs multiples of 32."""
    return max(32, round(pixels / 32) * 32)


def _marks(probability: npt.NDArray[np.float32], scale_x: float, scale_y: float) -> list[_Mark]:
    marked = (probability > _MARKED).astype(np.uint8)
    contours, _ = cv2.findContours(marked, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        x, y, width, height = cv2.boundingRect(contour)
        inside = marked[y : y + height, x : x + width] > 0
        mean = float(probability[y : y + height, x : x + width][inside].mean()) if inside.any() else 0.0
        if mean < _TEXT or min(width, height) < 3:  # noqa: PLR2004 - a line under three pixels is no text
            continue
        scaled = contour.reshape(-1, 2).astype(np.float32) * np.array([scale_x, scale_y], dtype=np.float32)
        found.append(_grown(scaled))
    return found


def _grown(points: Corners) -> _Mark:
    """The rectangle round a mark, grown to the whole text, its longer side called width."""
    (x, y), (width, height), degrees = cv2.minAreaRect(points)
    if width < height:
        width, height, degrees = height, width, degrees + 90
    degrees = (degrees + 90) % 180 - 90
    grow = width * height * _UNCLIP / max(1.0, 2 * (width + height))
    return _Mark((float(x), float(y)), width + 2 * grow, height + 2 * grow, float(np.deg2rad(degrees)))


def _joined(marks: list[_Mark]) -> list[_Mark]:
    """The marks, and for every chain of neighbours on one line the rectangle round all of them."""
    order = sorted(marks, key=lambda mark: mark.centre[0])
    chains: list[list[_Mark]] = []
    for mark in order:
        home = next((chain for chain in chains if _neighbours(chain[-1], mark)), None)
        if home is None:
            chains.append([mark])
        else:
            home.append(mark)
    return [_around(chain) for chain in chains]


def _neighbours(left: _Mark, right: _Mark) -> bool:
    """Of like height, on one line, and no further apart than a plate's gaps."""
    high, low = max(left.height, right.height), min(left.height, right.height)
    across = right.centre[0] - left.centre[0]
    along = np.cos(left.angle) * across + np.sin(left.angle) * (right.centre[1] - left.centre[1])
    off = abs(-np.sin(left.angle) * across + np.cos(left.angle) * (right.centre[1] - left.centre[1]))
    gap = along - (left.width + right.width) / 2
    return bool(low > 0.6 * high and off < 0.5 * high and gap < _GAP_IN_HEIGHTS * high)


def _around(chain: list[_Mark]) -> _Mark:
    if len(chain) == 1:
        return chain[0]
    points = np.concatenate([_corners(mark) for mark in chain])
    (x, y), (width, height), degrees = cv2.minAreaRect(points.astype(np.float32))
    if width < height:
        width, height, degrees = height, width, degrees + 90
    degrees = (degrees + 90) % 180 - 90
    return _Mark((float(x), float(y)), float(width), float(height), float(np.deg2rad(degrees)))


def _corners(mark: _Mark) -> Corners:
    """Top left, top right, bottom right, bottom left."""
    along = np.array([np.cos(mark.angle), np.sin(mark.angle)]) * mark.width / 2
    down = np.array([-np.sin(mark.angle), np.cos(mark.angle)]) * mark.height / 2
    centre = np.array(mark.centre)
    corners = [centre - along - down, centre + along - down, centre + along + down, centre - along + down]
    return np.array(corners, dtype=np.float32)


def _line(picture: Picture, mark: _Mark) -> Line | None:
    """The straightened crop of one mark; None when it has not the shape of a number line."""
    if mark.height < 1 or not _LEAST_RATIO <= mark.width / mark.height <= _GREATEST_RATIO:
        return None
    corners = _corners(mark)
    width, height = max(2, round(mark.width)), max(2, round(mark.height))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    flat = cv2.warpPerspective(
        picture, cv2.getPerspectiveTransform(corners, target), (width, height), borderMode=cv2.BORDER_REPLICATE
    )
    left, top = np.floor(corners.min(axis=0)).astype(int).tolist()
    right, bottom = np.ceil(corners.max(axis=0)).astype(int).tolist()
    box = Box(left, top, max(right, left + 1), max(bottom, top + 1))
    try:
        inside = box.clamped(picture.shape[1], picture.shape[0])
    except ValueError:
        return None
    return Line(inside, mark.height, np.asarray(flat, dtype=np.uint8))
