"""Finding plates and their corners with a small network of our own, for cameras that send no box or a slanting one.

The network was trained on drawn streets only (`training.finder`). It marks the middles of plates and tells the way to
each corner; a picture is searched at two or three scales and what was found is looked at twice more from near.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cakra.core.geometry import Box
from cakra.plates.model import FINDER, open_session

Picture = npt.NDArray[np.uint8]
Corners = npt.NDArray[np.float32]

_STRIDE, _REACH, _MULTIPLE = 8, 32.0, 16
_SCALES = (256, 640, 1600)
"""Longest sides at which a picture is searched: a plate must be 24 to 170 pixels wide at one of them."""
_LEAST_SIDE = 24
_LEAST_SPREAD = 6.0  # grey levels; below this there is nothing but noise to amplify
_MARKED = 0.12  # recall matters most here: what reads like no plate is dropped later
_PLAIN = 0.6  # so surely found on a coarse scale, a plate need not be sought on a finer one
_SAME = 0.3  # overlap (of the union) above which two marks are one plate
_MOST = 5
_NEAR_LOOKS, _NEAR_WIDTH, _NEAR_SHAPE = 2, 112.0, (112, 208)
"""Seen from near: how often, the plate's width, and the window's height and width, pixels."""
_WIDEST_NEAR = 1.5 * _NEAR_WIDTH
_UNIT = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
_REDUCED = 0.6  # a picture made smaller than this needs blurring before
_CORNERS_PLAIN = 0.4
_IN_BOX, _FILLS = 0.35, 0.55
"""Overlap with the camera's box below which the corners are another thing's; the share of the box's width and height
below which they are one of several things in it."""


@dataclass(frozen=True, slots=True)
class Quad:
    """A plate's four corners (4, 2), from its top left clockwise, in pixels of the picture; `score` 0-1."""

    corners: Corners
    score: float

    def box(self, width: int, height: int) -> Box | None:
        """The upright box round it within a picture of that size; None when it lies outside."""
        left, top = np.floor(self.corners.min(axis=0)).astype(int).tolist()
        right, bottom = np.ceil(self.corners.max(axis=0)).astype(int).tolist()
        try:
            return Box(left, top, right, bottom).clamped(width, height)
        except ValueError:
            return None

    @property
    def wide(self) -> float:
        """Mean of its upper and lower edge, pixels."""
        upper, lower = self.corners[1] - self.corners[0], self.corners[2] - self.corners[3]
        return float(np.hypot(*upper) + np.hypot(*lower)) / 2

    @property
    def tall(self) -> float:
        """Mean of its left and right edge, pixels."""
        left, right = self.corners[3] - self.corners[0], self.corners[2] - self.corners[1]
        return float(np.hypot(*left) + np.hypot(*right)) / 2


class PlateFinder:
    """One per process. Raises ModelMissingError when its model is missing or differs."""

    def __init__(self, folder: Path | None = None, threads: int = 1) -> None:
        self._session = open_session(FINDER, folder, threads)
        self._input = self._session.get_inputs()[0].name

    def quads(self, picture: Picture) -> list[Quad]:
        """What looks like a plate in an (H, W, 3) BGR picture, likeliest first, at most five."""
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        longest = max(grey.shape)
        if min(grey.shape) < _LEAST_SIDE:
            return []
        found: list[Quad] = []
        for place, side in enumerate(_SCALES):
            if place and longest <= _SCALES[place - 1]:
                break
            if place > 1 and found and max(quad.score for quad in found) > _PLAIN:
                break
            found += self._marked(grey, min(1.0, side / longest) if place else side / longest)
        return _distinct(self._settled(grey, _distinct(found)))

    def corners_in(self, picture: Picture, box: Box) -> Quad | None:
        """The corners of the plate in a camera's box that lies in the picture; None when they are not plain."""
        height, width = picture.shape[:2]
        near = Box(box.x1 - box.width, box.y1 - box.width, box.x2 + box.width, box.y2 + box.width).clamped(
            width, height
        )
        grey = np.asarray(cv2.cvtColor(picture[near.y1 : near.y2, near.x1 : near.x2], cv2.COLOR_BGR2GRAY), np.uint8)
        if box.width > _WIDEST_NEAR:  # once here is cheaper than at each look
            shape = np.ceil(np.array(grey.shape) * _WIDEST_NEAR / box.width).astype(int).tolist()
            grey = np.asarray(cv2.resize(grey, shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
        scale = np.array([grey.shape[1] / near.width, grey.shape[0] / near.height], np.float32)
        start, sides = np.array([near.x1, near.y1], np.float32), np.array([box.width, box.height], np.float32) * scale
        corners = _UNIT * sides + (np.array([box.x1, box.y1], np.float32) - start) * scale
        seen = self._settled(grey, [Quad(corners, 1.0)])
        if not seen or seen[0].score < _CORNERS_PLAIN or _overlap(seen[0].corners, corners) < _IN_BOX:
            return None
        if (np.ptp(seen[0].corners, axis=0) < _FILLS * sides).any():
            return None
        return Quad(seen[0].corners / scale + start, seen[0].score)

    def bare_near(self, picture: Picture, box: Box) -> Callable[[], object]:
        """The bare model as often as `corners_in` runs it, prepared: the limit of its speed."""
        grey = np.asarray(cv2.cvtColor(picture[box.y1 : box.y2, box.x1 : box.x2], cv2.COLOR_BGR2GRAY), np.uint8)
        height, width = _NEAR_SHAPE
        window = network_input(np.asarray(cv2.resize(grey, (width, height)), np.uint8))[None]
        return lambda: [self._answers(window) for _ in range(_NEAR_LOOKS)]

    def _marked(self, grey: Picture, scale: float) -> list[Quad]:
        """All marks at one scale, in pixels of `grey`."""
        size = [max(_MULTIPLE, round(side * scale / _MULTIPLE) * _MULTIPLE) for side in grey.shape]
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(grey, (size[1], size[0]), interpolation=way)
        back = np.array([grey.shape[1] / size[1], grey.shape[0] / size[0]], np.float32)
        hills, ways = self._answers(network_input(np.asarray(small, np.uint8))[None])
        return [Quad(corners * back, score) for corners, score in _peaks(hills[0], ways[0])]

    def _settled(self, grey: Picture, quads: list[Quad]) -> list[Quad]:
        """Looked at from near twice: the first window may have been opened at the wrong size or place."""
        for _ in range(_NEAR_LOOKS):
            quads = self._nearer(grey, quads)
        return quads

    def _nearer(self, grey: Picture, quads: list[Quad]) -> list[Quad]:
        """Every plate again in a window of its own, where its corners are told best; what vanishes there is dropped."""
        if not quads:
            return []
        height, width = _NEAR_SHAPE
        windows, ways_in = [], []
        for quad in quads:
            scale = _NEAR_WIDTH / max(4.0, quad.wide)
            middle = quad.corners.mean(axis=0)
            matrix = np.array(
                [[scale, 0, width / 2 - scale * middle[0]], [0, scale, height / 2 - scale * middle[1]]], np.float32
            )
            ways_in.append(matrix)
            windows.append(network_input(_window(grey, matrix, scale)))
        hills, ways = self._answers(np.stack(windows))
        seen = []
        for quad, matrix, hill, way in zip(quads, ways_in, hills, ways, strict=True):
            best = _nearest(_peaks(hill, way))
            if best is not None:
                corners = (best[0] - matrix[:, 2]) / matrix[0, 0]
                seen.append(Quad(corners.astype(np.float32), best[1] * quad.score**0.5))
        return seen

    def _answers(self, batch: npt.NDArray[np.float32]) -> tuple[Corners, Corners]:
        """The hills (n, h, w) and the ways (n, 8, h, w) of prepared pictures (n, H, W)."""
        hills, ways = self._session.run(None, {self._input: batch[:, None]})
        return hills[:, 0], ways


def network_input(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """A grey picture as the network wants it: (H, W) float32, its contrast brought to one measure."""
    values = grey.astype(np.float32)
    return np.asarray((values - values.mean()) / max(_LEAST_SPREAD, float(values.std())), np.float32)


def rectified(picture: Picture, quad: Quad, margin: float = 0.04, widest: int | None = None) -> Picture:
    """The plate laid flat, with `margin` of its sides round it; as wide as in the picture, but at most `widest`."""
    scale = min(1.0, widest / quad.wide) if widest else 1.0
    wide, tall = max(8, round(quad.wide * scale)), max(4, round(quad.tall * scale))
    side, top = wide * margin, tall * margin
    target = _UNIT * np.array([wide, tall], np.float32) + np.array([side, top], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.corners, target)
    size = (max(8, round(wide + 2 * side)), max(4, round(tall + 2 * top)))
    return np.asarray(cv2.warpPerspective(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _window(grey: Picture, matrix: Corners, scale: float) -> Picture:
    """The window of an affine view; what is reduced much is blurred before, or its strokes would break."""
    height, width = _NEAR_SHAPE
    if scale < _REDUCED:
        x1, y1 = np.maximum(0, np.floor(-matrix[:, 2] / scale - 4)).astype(int)
        x2, y2 = np.ceil((np.array([width, height]) - matrix[:, 2]) / scale + 4).astype(int)
        part = cv2.GaussianBlur(grey[y1:y2, x1:x2], (0, 0), 0.4 / scale)
        matrix = matrix + np.array([[0, 0, scale * x1], [0, 0, scale * y1]], np.float32)
        grey = np.asarray(part, np.uint8)
    return np.asarray(cv2.warpAffine(grey, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _peaks(hill: Corners, ways: Corners) -> list[tuple[Corners, float]]:
    """Corners and height of every top of the hills, in pixels of the network's picture, highest first."""
    tops = (hill > _MARKED) & (hill >= cv2.dilate(hill, np.ones((3, 3), np.uint8)))
    rows, columns = np.nonzero(tops)
    order = np.argsort(-hill[rows, columns], kind="stable")[: 4 * _MOST]
    found = []
    for row, column in zip(rows[order], columns[order], strict=True):
        middle = (np.array([column, row], np.float32) + 0.5) * _STRIDE
        corners = ways[:, row, column].reshape(4, 2) * _REACH + middle
        if _is_plate_shaped(corners):
            found.append((corners.astype(np.float32), float(hill[row, column])))
    return found


def _is_plate_shaped(corners: Corners) -> bool:
    """Corners in their order round a convex face, wider than high."""
    edges = np.roll(corners, -1, axis=0) - corners
    after = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * after[:, 1] - edges[:, 1] * after[:, 0]
    sides = np.hypot(edges[:, 0], edges[:, 1])
    return bool((turns > 0).all() and sides[0] + sides[2] > 1.2 * (sides[1] + sides[3]))


def _nearest(peaks: list[tuple[Corners, float]]) -> tuple[Corners, float] | None:
    """Of what is seen in a window the plate it was opened for: the highest whose middle is in the window's."""
    height, width = _NEAR_SHAPE
    for corners, score in peaks:
        off = np.abs(corners.mean(axis=0) - np.array([width / 2, height / 2]))
        if off[0] < 0.3 * _NEAR_WIDTH and off[1] < 0.2 * _NEAR_WIDTH:
            return corners, score
    return None


def _distinct(quads: list[Quad]) -> list[Quad]:
    """Likeliest first, each plate once, at most five."""
    kept: list[Quad] = []
    for quad in sorted(quads, key=lambda one: -one.score):
        if all(_overlap(quad.corners, other.corners) < _SAME for other in kept):
            kept.append(quad)
    return kept[:_MOST]


def _overlap(one: Corners, other: Corners) -> float:
    """Common area of the upright boxes round two quads, as a share of both together."""
    low = np.maximum(one.min(axis=0), other.min(axis=0))
    high = np.minimum(one.max(axis=0), other.max(axis=0))
    common = float(np.prod(np.maximum(0, high - low)))
    both = float(np.prod(np.ptp(one, axis=0)) + np.prod(np.ptp(other, axis=0))) - common
    return common / max(both, 1e-6)
