"""Finding plates and their corners with a small network of our own, for cameras that send no box or a slanting one.

The network was trained on drawn streets only (`training.finder`). It marks the middles of plates and tells the way to
each corner; a picture is searched at two or three scales and what was found is looked at again from near.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, dist, hypot
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cakra.core.geometry import Box
from cakra.plates.model import FINDER, open_session, verified_bytes
from cakra.plates.pixels import Picture, at_most, evened, grey_of, shrunk

Corners = npt.NDArray[np.float32]

_STRIDE, _REACH, _MULTIPLE = 8, 32.0, 16
_SCALES = (256, 640, 1600)
"""Longest sides at which a picture is searched: a plate must be 24 to 170 pixels wide at one of them."""
_LEAST_SIDE = 24
_MARKED = 0.12  # recall matters most here: what reads like no plate is dropped later
_PLAIN = 0.6  # so surely found on a coarse scale, a plate need not be sought on a finer one
_SAME = 0.3  # overlap (of the union) above which two marks are one plate
_MOST = 5
_NEAR_LOOKS, _NEAR_WIDTH, _NEAR_SHAPE = 2, 112.0, (112, 208)
"""Seen from near: how often, the plate's width, and the window's height and width, pixels."""
_OFF, _SHRUNK = 0.08, 0.8
"""Off the middle of its window by less (in its widths) and of its size within this, a plate is not looked at again."""
_ROUND = 0.75
"""So much of its width round a box can be seen from near."""
_WIDEST_NEAR = 1.5 * _NEAR_WIDTH
_UNIT = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
_CORNERS_PLAIN = 0.4
_STEEPEST = 0.6
_SLACK = 0.05  # of a box, for what a perspective moves in from outside
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
        one, two, three, four = self.corners.tolist()
        return (dist(one, two) + dist(four, three)) / 2

    @property
    def tall(self) -> float:
        """Mean of its left and right edge, pixels."""
        one, two, three, four = self.corners.tolist()
        return (dist(one, four) + dist(two, three)) / 2

    @property
    def slope(self) -> float:
        """How its upper and lower edge rise, pixels per pixel along them, downwards positive; see `is_level`."""
        along = self.corners[1] - self.corners[0] + self.corners[2] - self.corners[3]
        return float(along[1] / max(1e-6, float(along[0])))

    @property
    def is_level(self) -> bool:
        """Whether it slants so little that shearing can level it."""
        return abs(self.slope) < _STEEPEST

    def moved(self, x: float, y: float) -> Quad:
        """The same in a picture that begins at (x, y) of this one."""
        return Quad(self.corners - np.array([x, y], np.float32), self.score)


class PlateFinder:
    """One per process. Raises ModelMissingError when its model is missing or differs."""

    def __init__(self, folder: Path | None = None, threads: int = 1) -> None:
        self._session = open_session(verified_bytes(FINDER, folder), threads)
        self._input = self._session.get_inputs()[0].name

    def quads(self, picture: Picture) -> list[Quad]:
        """What looks like a plate in an (H, W, 3) BGR picture, likeliest first, at most five."""
        grey = grey_of(picture)
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
        grey, asked, start, scale = _round_box(picture, box)
        seen, _ = self._seen_in(grey, asked)
        if seen is None or seen.score < _CORNERS_PLAIN or _overlap(seen.corners, asked.corners) < _IN_BOX:
            return None
        if (np.ptp(seen.corners, axis=0) < _FILLS * np.ptp(asked.corners, axis=0)).any():
            return None
        return Quad(seen.corners / scale + start, seen.score)

    def bare_near(self, picture: Picture, box: Box) -> Callable[[], object]:
        """The bare model as often as `corners_in` runs it, prepared: the limit of its speed."""
        _, looks = self._seen_in(*_round_box(picture, box)[:2])
        window = evened(np.zeros(_NEAR_SHAPE, np.uint8))[None]
        return lambda: [self._answers(window) for _ in range(looks)]

    def _seen_in(self, grey: Picture, asked: Quad) -> tuple[Quad | None, int]:
        """What is seen where `asked` is, and after how many looks."""
        seen = self._nearer(grey, [asked])
        if not seen or _is_where(seen[0], asked):
            return (seen[0] if seen else None), 1
        seen = self._nearer(grey, seen)
        return (seen[0] if seen else None), 2

    def _marked(self, grey: Picture, scale: float) -> list[Quad]:
        """All marks at one scale, in pixels of `grey`."""
        size = [max(_MULTIPLE, round(side * scale / _MULTIPLE) * _MULTIPLE) for side in grey.shape]
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(grey, (size[1], size[0]), interpolation=way)
        back = np.array([grey.shape[1] / size[1], grey.shape[0] / size[0]], np.float32)
        hills, ways = self._answers(evened(np.asarray(small, np.uint8))[None])
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
        views = [_window(grey, quad) for quad in quads]
        hills, ways = self._answers(np.stack([evened(window) for window, _, _ in views]))
        seen = []
        for quad, (_, start, scale), hill, way in zip(quads, views, hills, ways, strict=True):
            best = _nearest(_peaks(hill, way))
            if best is not None:
                corners, score = best
                seen.append(Quad(corners / scale + start, score * quad.score**0.5))
        return seen

    def _answers(self, batch: npt.NDArray[np.float32]) -> tuple[Corners, Corners]:
        """The hills (n, h, w) and the ways (n, 8, h, w) of prepared pictures (n, H, W)."""
        hills, ways = self._session.run(None, {self._input: batch[:, None]})
        return hills[:, 0], ways


def rectified(picture: Picture, quad: Quad, margin: float = 0.04, widest: int | None = None) -> Picture:
    """The plate laid flat, with `margin` of its sides round it; as wide as in the picture, but at most `widest`."""
    scale = min(1.0, widest / quad.wide) if widest else 1.0
    wide, tall = max(8, round(quad.wide * scale)), max(4, round(quad.tall * scale))
    side, top = wide * margin, tall * margin
    target = _UNIT * np.array([wide, tall], np.float32) + np.array([side, top], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.corners, target)
    size = (max(8, round(wide + 2 * side)), max(4, round(tall + 2 * top)))
    return np.asarray(cv2.warpPerspective(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def flat_grey(picture: Picture, quad: Quad, margin: float, widest: int) -> Picture:
    """As `rectified`, (H, W) grey: only what lies round the plate is looked at."""
    height, width = picture.shape[:2]
    box = quad.box(width, height)
    if box is None:
        return grey_of(rectified(picture, quad, margin, widest))
    near = box.grown(margin + _SLACK).clamped(width, height)
    part = grey_of(picture[near.y1 : near.y2, near.x1 : near.x2])
    return rectified(part, quad.moved(near.x1, near.y1), margin, widest)


def _window(grey: Picture, quad: Quad) -> tuple[Picture, Corners, float]:
    """What lies round a plate, as the network sees it from near; where that begins in `grey`, and its scale.

    What lies outside the picture repeats its rim.
    """
    height, width = _NEAR_SHAPE
    wide = max(4.0, quad.wide) * width / _NEAR_WIDTH
    across, down = quad.corners.mean(axis=0).tolist()
    x1, y1 = round(across - wide / 2), round(down - wide * height / width / 2)
    x2, y2 = x1 + max(1, round(wide)), y1 + max(1, round(wide * height / width))
    start = np.array([x1, y1], np.float32)
    tall, broad = grey.shape
    part = np.asarray(grey[max(0, y1) : max(0, min(tall, y2)), max(0, x1) : max(0, min(broad, x2))], np.uint8)
    if part.size == 0:
        return np.zeros(_NEAR_SHAPE, np.uint8), start, 1.0
    rims = max(0, -y1), max(0, y2 - tall), max(0, -x1), max(0, x2 - broad)
    if any(rims):
        part = np.asarray(cv2.copyMakeBorder(part, *rims, borderType=cv2.BORDER_REPLICATE), np.uint8)
    if part.shape[1] > 2 * width:
        window = shrunk(part, width, height)
    else:
        window = np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return window, start, width / (x2 - x1)


def _peaks(hill: Corners, ways: Corners) -> Iterator[tuple[Corners, float]]:
    """Corners and height of every top of the hills, in pixels of the network's picture, highest first."""
    tops = (hill > _MARKED) & (hill >= cv2.dilate(hill, np.ones((3, 3), np.uint8)))
    rows, columns = np.nonzero(tops)
    order = np.argsort(-hill[rows, columns], kind="stable")[: 4 * _MOST]
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        middle = (np.array([column, row], np.float32) + 0.5) * _STRIDE
        corners = ways[:, row, column].reshape(4, 2) * _REACH + middle
        if _is_plate_shaped(corners):
            yield corners, float(hill[row, column])


def _round_box(picture: Picture, box: Box) -> tuple[Picture, Quad, Corners, Corners]:
    """What lies round a box, grey and no larger than a look needs; the box in it; where it begins, and its scale."""
    height, width = picture.shape[:2]
    side = round(_ROUND * box.width)
    near = Box(box.x1 - side, box.y1 - side, box.x2 + side, box.y2 + side).clamped(width, height)
    grey = grey_of(picture[near.y1 : near.y2, near.x1 : near.x2])
    if box.width > _WIDEST_NEAR:  # once here is cheaper than at each look
        grey = at_most(grey, ceil(grey.shape[1] * _WIDEST_NEAR / box.width))
    start = np.array([near.x1, near.y1], np.float32)
    scale = np.array([grey.shape[1] / near.width, grey.shape[0] / near.height], np.float32)
    corners = (_UNIT * np.array([box.width, box.height]) + np.array([box.x1, box.y1]) - start) * scale
    return grey, Quad(np.asarray(corners, np.float32), 1.0), start, scale


def _is_where(seen: Quad, asked: Quad) -> bool:
    """Whether a window opened for `asked` was at about the right place and size for what was seen in it."""
    off = np.abs(seen.corners.mean(axis=0) - asked.corners.mean(axis=0)).max()
    return bool(off < _OFF * asked.wide) and _SHRUNK < seen.wide / max(1.0, asked.wide) < 1 / _SHRUNK


def _is_plate_shaped(corners: Corners) -> bool:
    """Corners in their order round a convex face, wider than high."""
    points = corners.tolist()
    edges = [(end[0] - start[0], end[1] - start[1]) for start, end in zip(points, points[1:] + points[:1], strict=True)]
    turns = (one[0] * two[1] - one[1] * two[0] for one, two in zip(edges, edges[1:] + edges[:1], strict=True))
    top, right, bottom, left = (hypot(*edge) for edge in edges)
    return all(turn > 0 for turn in turns) and top + bottom > 1.2 * (left + right)


def _nearest(peaks: Iterator[tuple[Corners, float]]) -> tuple[Corners, float] | None:
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
