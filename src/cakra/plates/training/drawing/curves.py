"""Lines and curves that glyphs are made of, in a box of 1 by 1, y downwards."""

from __future__ import annotations

import math

import numpy as np

Point = tuple[float, float]
Stroke = list[Point]
Strokes = list[Stroke]


def arc(centre: Point, radii: Point, start: float, end: float, count: int = 14) -> Stroke:
    """An arc of an ellipse from `start` to `end` degrees, 0 to the right and 90 downwards."""
    angles = [math.radians(start + (end - start) * place / count) for place in range(count + 1)]
    return [(centre[0] + radii[0] * math.cos(a), centre[1] + radii[1] * math.sin(a)) for a in angles]


def ring(top: float, bottom: float, shoulder: float) -> Stroke:
    """A closed oval with upright sides, its shoulders `shoulder` high."""
    shoulder = min(shoulder, (bottom - top) / 2)
    upper = arc((0.5, top + shoulder), (0.5, shoulder), 180, 360)
    lower = arc((0.5, bottom - shoulder), (0.5, shoulder), 0, 180)
    return [*upper, *lower, upper[0], upper[1]]


def bowl(top: float, bottom: float, right: float = 1.0, depth: float = 0.45) -> Stroke:
    """The belly of a B, P or R."""
    return [(0.0, top), *arc((right - depth, (top + bottom) / 2), (depth, (bottom - top) / 2), -90, 90), (0.0, bottom)]


def pick(rng: np.random.Generator, *options: Strokes) -> Strokes:
    """One of the ways to draw a glyph."""
    return options[int(rng.integers(len(options)))]
