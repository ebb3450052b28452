"""The letters A to Z of a pressed plate, with the variants seen on the road."""

from __future__ import annotations

import numpy as np

from cakra.plates.training.drawing.curves import Stroke, Strokes, arc, bowl, pick, ring

_LEFT: Stroke = [(0, 0), (0, 1)]
_RIGHT: Stroke = [(1, 0), (1, 1)]


def straight_letters(rng: np.random.Generator, shoulder: float, waist: float) -> dict[str, Strokes]:
    """The letters of straight strokes."""
    bar, fork, flat = rng.uniform(0.75, 0.95), rng.uniform(0.4, 0.62), rng.uniform(0.0, 0.14)
    hook = [*arc((0.5, 1 - shoulder), (0.5, shoulder), 0, 170)]
    return {
        "A": pick(
            rng,
            [[(0, 1), (0.42, 0), (0.58, 0), (1, 1)], [(0.16, 0.68), (0.84, 0.68)]],
            [[(0, 1), (0.5, 0), (1, 1)], [(0.18, 0.66), (0.82, 0.66)]],
        ),
        "E": [[(1, 0), (0, 0), (0, 1), (1, 1)], [(0, waist), (bar, waist)]],
        "F": [[(1, 0), (0, 0), (0, 1)], [(0, waist), (bar, waist)]],
        "H": [_LEFT, _RIGHT, [(0, waist), (1, waist)]],
        "I": _upright(rng),
        "J": pick(rng, [[(1, 0), *hook]], [[(0.45, 0), (1, 0), *hook]]),
        "K": pick(
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
    return pick(rng, bare, [*bare, [(0.5 - serif, 0), (0.5 + serif, 0)], [(0.5 - serif, 1), (0.5 + serif, 1)]])


def _double_v(rng: np.random.Generator) -> Stroke:
    """W, from two pointed Vs to an upside-down M."""
    foot, peak, flat = rng.uniform(0.0, 0.3), rng.uniform(0.0, 0.68), rng.uniform(0.0, 0.05)
    left: Stroke = [(0, 0), (foot - flat, 1), (foot + flat, 1)]
    return [*left, (0.5, peak), *[(1 - x, y) for x, y in reversed(left)]]


def round_letters(rng: np.random.Generator, s: float, waist: float) -> dict[str, Strokes]:
    """The letters with a curve."""
    c = [*arc((0.5, s), (0.5, s), rng.uniform(-20, 0), -180), *arc((0.5, 1 - s), (0.5, s), 180, rng.uniform(0, 20))]
    oval = ring(0, 1, s)
    tail = pick(
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
        "G": pick(
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
