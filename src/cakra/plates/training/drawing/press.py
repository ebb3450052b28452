"""One press: a set of glyphs, rasterised once and used for many plates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from cakra.plates.training.drawing.curves import Strokes
from cakra.plates.training.drawing.strokes import NARROW, SLASH, alphabet

Coverage = npt.NDArray[np.uint8]
"""How much of a pixel is ink, 0-255."""

TALL = 56
"""Height of a glyph as rasterised, pixels."""
_FRACTION_BITS = 4
_BEND = 0.05
"""How far a glyph's points may move, shares of its size."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """In glyph widths: between the letters of a group, and between the groups (region-number, number-series)."""

    letter: float
    groups: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of glyphs and the middle of each, pixels from its left edge."""

    ink: Coverage
    middles: tuple[float, ...]


class Press:
    """Glyphs of one width and pen; real presses differ, and so do the plates a roadside maker bends."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._wide = rng.uniform(0.36, 0.62) * TALL
        self._pen = max(2, round(rng.uniform(0.07, 0.17) * TALL))
        glyphs = {char: _bent(strokes, rng) for char, strokes in alphabet(rng).items()}
        self._glyphs = {char: self._raster(char, strokes) for char, strokes in glyphs.items()}
        self._slashed = self._raster("O", [*glyphs["O"], SLASH])

    def line(self, groups: list[str], spacing: Spacing, *, slashed: bool = False) -> Line:
        """The groups side by side; `slashed` strikes every O of the last of three groups through."""
        letter = max(1, int(spacing.letter * self._wide))
        pieces: list[Coverage] = []
        middles: list[float] = []
        at = 0
        for place, group in enumerate(groups):
            if place:
                wide = max(letter + 1, int(spacing.groups[min(place, 2) - 1] * self._wide))
                pieces.append(np.zeros((TALL, wide), np.uint8))
                at += wide
            struck = slashed and place == 2  # region, number, series
            for index, char in enumerate(group):
                if index:
                    pieces.append(np.zeros((TALL, letter), np.uint8))
                    at += letter
                glyph = self._slashed if struck and char == "O" else self._glyphs[char]
                middles.append(at + glyph.shape[1] / 2)
                pieces.append(glyph)
                at += glyph.shape[1]
        return Line(np.concatenate(pieces, axis=1), tuple(middles))

    def gaps(self, groups: list[str], line: Line) -> list[float]:
        """The middle of each gap between groups, pixels from the left; a screw often sits there."""
        lengths = np.cumsum([len(group) for group in groups])[:-1]
        return [(one + other) / 2 for one, other in (tuple(line.middles[end - 1 : end + 1]) for end in lengths)]

    def _raster(self, char: str, strokes: Strokes) -> Coverage:
        pen = self._pen
        footed = char == "1" and len(strokes) > 1
        wide = max(3, int(self._wide * (1.0 if footed else NARROW.get(char, 1.0))))
        if char in "I1" and len(strokes) == 1 and len(strokes[0]) == 2:  # a single upright
            wide = pen + 3
        canvas = np.zeros((TALL + 2 * pen, wide + 2 * pen), np.uint8)
        for stroke in strokes:
            points = pen * 1.5 + np.array(stroke) * [wide - pen, TALL - pen]
            fixed = np.round(points * (1 << _FRACTION_BITS)).astype(np.int32)
            for one, other in pairwise(fixed):
                cv2.line(canvas, tuple(one), tuple(other), 255, pen, cv2.LINE_AA, _FRACTION_BITS)
        return canvas[pen:-pen, pen:-pen]


def _bent(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """The same glyph from another hand: its points moved a little, near ones alike."""
    size = _BEND * rng.random()
    x_wave, y_wave = rng.normal(0, size, (2, 3))

    def moved(point: tuple[float, float]) -> tuple[float, float]:
        x, y = point
        waves = np.array([np.sin(np.pi * x), np.cos(np.pi * y), np.sin(2 * np.pi * y)])
        return float(x + x_wave @ waves), float(y + y_wave @ waves[[0, 2, 1]] * 0.6)

    return [[moved(point) for point in stroke] for stroke in strokes]
