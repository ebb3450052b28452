"""The stroke alphabet of a pressed plate: polylines in a box of 1 by 1, y downwards, as seen on the road."""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np

Point = tuple[float, float]
Stroke = list[Point]
Strokes = list[Stroke]

NARROW = MappingProxyType({"I": 0.7, "1": 0.75, ".": 0.5, "-": 0.6})
"""Glyphs that take less than a glyph's width; a 1 on its foot takes it all."""
SLASH: Stroke = [(0.02, 1.0), (0.98, 0.0)]
"""What strikes the series' letter O through on most official plates."""
_LEFT: Stroke = [(0, 0), (0, 1)]
_RIGHT: Stroke = [(1, 0), (1, 1)]


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


def alphabet(rng: np.random.Generator) -> dict[str, Strokes]:
    """One press's glyphs by character; `rng` draws the variants that all plates of that press share."""
    shoulder = rng.uniform(0.16, 0.34)
    waist = rng.uniform(0.44, 0.52)
    return _plain(rng, shoulder, waist) | _round(rng, shoulder, waist) | _digits(rng, shoulder, waist)


def _pick(rng: np.random.Generator, *options: Strokes) -> Strokes:
    return options[int(rng.integers(len(options)))]


def _plain(rng: np.random.Generator, shoulder: float, waist: float) -> dict[str, Strokes]:
    """The letters of straight strokes."""
    bar, fork, flat = rng.uniform(0.75, 0.95), rng.uniform(0.4, 0.62), rng.uniform(0.0, 0.14)
    hook = [*arc((0.5, 1 - shoulder), (0.5, shoulder), 0, 170)]
    return {
        "A": _pick(
            rng,
            [[(0, 1), (0.42, 0), (0.58, 0), (1, 1)], [(0.16, 0.68), (0.84, 0.68)]],
            [[(0, 1), (0.5, 0), (1, 1)], [(0.18, 0.66), (0.82, 0.66)]],
        ),
        "E": [[(1, 0), (0, 0), (0, 1), (1, 1)], [(0, waist), (bar, waist)]],
        "F": [[(1, 0), (0, 0), (0, 1)], [(0, waist), (bar, waist)]],
        "H": [_LEFT, _RIGHT, [(0, waist), (1, waist)]],
        "I": _upright(rng),
        "J": _pick(rng, [[(1, 0), *hook]], [[(0.45, 0), (1, 0), *hook]]),
        "K": _pick(
            rng, [_LEFT, [(1, 0), (0.05, 0.58)], [(0.36, 0.4), (1, 1)]], [_LEFT, [(1, 0), (0.05, 0.5), (1, 1)]]
        ),
        "L": [[(0, 0), (0, 1), (1, 1)]],
        "M": [[(0, 1), (0, 0), (0.5, rng.uniform(0.35, 0.98)), (1, 0), (1, 1)]],
        "N": [[(0, 1), (0, 0), (1, 1), (1, 0)]],
        "T": [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 1)]],
        "V": [[(0, 0), (0.5 - flat, 1), (0.5 + flat, 1), (1, 0)]],
        "W": [_double_v(rng)],
        "X": [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
        "Y": [[(0, 0), (0.5, fork), (1, 0)], [(0.5, fork), (0.5, 1)]],
        "Z": [[(0, 0), (1, 0), (0, 1), (1, 1)]],
        "-": [[(0.1, 0.5), (0.9, 0.5)]],
        ".": [[(0.5, 0.5), (0.5, 0.58)]],
    }  # fmt: skip


def _upright(rng: np.random.Generator) -> Strokes:
    """The letter I; newer plates give it serifs."""
    serif = rng.uniform(0.2, 0.5)
    bare: Strokes = [[(0.5, 0), (0.5, 1)]]
    return _pick(rng, bare, [*bare, [(0.5 - serif, 0), (0.5 + serif, 0)], [(0.5 - serif, 1), (0.5 + serif, 1)]])


def _double_v(rng: np.random.Generator) -> Stroke:
    """W, from two pointed Vs to an upside-down M."""
    foot, peak, flat = rng.uniform(0.0, 0.3), rng.uniform(0.0, 0.68), rng.uniform(0.0, 0.05)
    left: Stroke = [(0, 0), (foot - flat, 1), (foot + flat, 1)]
    return [*left, (0.5, peak), *[(1 - x, y) for x, y in reversed(left)]]


def _one(rng: np.random.Generator) -> Strokes:
    """1 with or without its flag; newer plates stand it on a foot as wide as the other digits."""
    stem = rng.uniform(0.46, 0.62)
    flagged: Stroke = [(rng.uniform(0.0, 0.22), rng.uniform(0.12, 0.3)), (stem, 0), (stem, 1)]
    foot: Stroke = [(rng.uniform(0.0, 0.15), 1), (rng.uniform(0.85, 1.0), 1)]
    return _pick(rng, [flagged], [[(0.5, 0), (0.5, 1)]], [flagged, foot], [flagged, foot])


def _four(rng: np.random.Generator) -> Strokes:
    """4 closed, or open as on most official plates: a slope, a bar, and a short upright."""
    stem, bar = rng.uniform(0.62, 0.8), rng.uniform(0.66, 0.78)
    top = rng.uniform(0.4, stem)
    slope: Stroke = [(top, 0), (0, bar), (1.05, bar)]
    return _pick(
        rng, [[(stem, 1), (stem, 0), (0, bar), (1.05, bar)]], [[(stem, 1), (stem, rng.uniform(0.3, 0.6))], slope],
        [[(stem, 1), (stem, rng.uniform(0.3, 0.6))], slope],
    )  # fmt: skip


def _round(rng: np.random.Generator, s: float, waist: float) -> dict[str, Strokes]:
    """The letters with a curve."""
    c = [*arc((0.5, s), (0.5, s), rng.uniform(-20, 0), -180), *arc((0.5, 1 - s), (0.5, s), 180, rng.uniform(0, 20))]
    oval = ring(0, 1, s)
    tail = _pick(
        rng,
        [[(0.55, 0.74), (1.04, 1.05)]],
        [[(0.45, 0.7), (0.98, 1.0)]],
        [[(0.6, 0.8), (0.9, 1.12)]],
        [[(0.7, 0.86), (1.0, 1.03)]],
    )
    return {
        "B": [_LEFT, bowl(0, waist, rng.uniform(0.88, 0.98)), bowl(waist, 1)],
        "C": [c],
        "D": [_LEFT, [(0, 0), *arc((0.5, s), (0.5, s), -90, 0), *arc((0.5, 1 - s), (0.5, s), 0, 90), (0, 1)]],
        "G": _pick(
            rng,
            [[*c[:-1], (1, 0.8), (1, 0.54), (0.55, 0.54)]],
            [[*c[:-1], (1, 1 - s), (1, (bar := rng.uniform(0.46, 0.64))), (rng.uniform(0.5, 0.8), bar)]],
            [[*c[:-1], (1, 1 - s), (1, 0.56), (0.62, 0.56)]],
            [[*c[:-1], (1, 0.62), (0.6, 0.62)], [(1, 0.6), (1, 1)]],
        ),
        "O": [oval],
        "P": [_LEFT, bowl(0, waist + 0.06)],
        "Q": [oval, *tail],
        "R": [_LEFT, bowl(0, waist + 0.04), [(rng.uniform(0.3, 0.5), waist + 0.04), (1, 1)]],
        "S": [
            [
                *arc((0.5, s), (0.5, s), -15, -180),
                *arc((0.42, s + 0.02), (0.42, 0.46 - s), 180, 90),
                *arc((0.56, 0.98 - s), (0.44, 0.5 - s), -90, 0),
                *arc((0.5, 1 - s), (0.5, s), 0, 165),
            ]
        ],
        "U": [[(0, 0), *arc((0.5, 1 - s), (0.5, s), 180, 0), (1, 0)]],
    }


def _digits(rng: np.random.Generator, s: float, waist: float) -> dict[str, Strokes]:
    return {
        "0": [ring(0, 1, s)],
        "1": _one(rng),
        "2": [[*arc((0.5, 0.26), (0.5, 0.26), 190, 370), (0.9, 0.46), (0, 1), (1, 1)]],
        "3": _pick(
            rng,
            [
                [
                    *arc((0.5, 0.24), (0.48, 0.24), 195, 360),
                    *arc((0.5, 0.25), (0.48, 0.22), 0, 90),
                    *arc((0.5, 0.73), (0.5, 0.27), -90, 165),
                ]
            ],
            [[(0.03, 0), (0.97, 0), (0.45, 0.42), *arc((0.48, 0.7), (0.5, 0.3), -90, 160)]],
        ),
        "4": _four(rng),
        "5": _pick(
            rng,
            [[(0.95, 0), (0.1, 0), (0.04, 0.46), *arc((0.48, 0.69), (0.52, 0.31), -125, 150)]],
            [
                [
                    *[(1.0, 0.0), (0.0, 0.0), (0.0, 0.44)],
                    *arc((0.5, 0.44 + s), (0.5, s), -90, 0),
                    *arc((0.5, 1 - s), (0.5, s), 0, 165),
                ]
            ],
        ),
        "6": _pick(
            rng,
            [[*arc((0.5, s), (0.5, s), -20, -180), (0, 0.72)], ring(0.42, 1.0, s)],
            [[(0.75, 0), (0.06, 0.6)], ring(0.4, 1.0, 0.3)],
        ),
        "7": _pick(
            rng,
            [[(0, 0), (1, 0), (0.4, 1)]],
            [[(0, 0), (1, 0), (0.62, 0.5), (0.45, 1)]],
            [[(0, 0.12), (0, 0), (1, 0), (0.4, 1)]],
        ),
        "8": [
            arc((0.5, waist / 2), (0.46, waist / 2), 0, 360),
            arc((0.5, (1 + waist) / 2), (0.5, (1 - waist) / 2), 0, 360),
        ],
        "9": _pick(
            rng,
            [[*arc((0.5, 1 - s), (0.5, s), 160, 0), (1, 0.28)], ring(0.0, 0.58, s)],
            [[(0.3, 1), (0.95, 0.4)], ring(0.0, 0.6, 0.3)],
        ),
    }
