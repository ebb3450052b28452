"""The digits of a pressed plate, with the variants seen on the road."""

from __future__ import annotations

import numpy as np

from cakra.plates.training.drawing.curves import Stroke, Strokes, arc, pick, ring


def digit_strokes(rng: np.random.Generator, s: float, waist: float) -> dict[str, Strokes]:
    """Each digit's strokes; `s` is the height of a shoulder, `waist` that of a waist."""
    return {
        "0": [ring(0, 1, s)],
        "1": _one(rng),
        "2": [[*arc((0.5, 0.26), (0.5, 0.26), 190, 370), (0.9, 0.46), (0, 1), (1, 1)]],
        "3": _three(rng),
        "4": _four(rng),
        "5": _five(rng, s),
        "6": pick(
            rng,
            [[*arc((0.5, s), (0.5, s), -20, -180), (0, 0.72)], ring(0.42, 1.0, s)],
            [[(0.75, 0), (0.06, 0.6)], ring(0.4, 1.0, 0.3)],
        ),
        "7": pick(
            rng,
            [[(0, 0), (1, 0), (0.4, 1)]],
            [[(0, 0), (1, 0), (0.62, 0.5), (0.45, 1)]],
            [[(0, 0.12), (0, 0), (1, 0), (0.4, 1)]],
        ),
        "8": [
            arc((0.5, waist / 2), (0.46, waist / 2), 0, 360),
            arc((0.5, (1 + waist) / 2), (0.5, (1 - waist) / 2), 0, 360),
        ],
        "9": pick(
            rng,
            [[*arc((0.5, 1 - s), (0.5, s), 160, 0), (1, 0.28)], ring(0.0, 0.58, s)],
            [[(0.3, 1), (0.95, 0.4)], ring(0.0, 0.6, 0.3)],
        ),
    }


def _one(rng: np.random.Generator) -> Strokes:
    """1 with or without its flag; newer plates stand it on a foot as wide as the other digits."""
    stem = rng.uniform(0.46, 0.62)
    flagged: Stroke = [(rng.uniform(0.0, 0.22), rng.uniform(0.12, 0.3)), (stem, 0), (stem, 1)]
    foot: Stroke = [(rng.uniform(0.0, 0.15), 1), (rng.uniform(0.85, 1.0), 1)]
    return pick(rng, [flagged], [[(0.5, 0), (0.5, 1)]], [flagged, foot], [flagged, foot])


def _four(rng: np.random.Generator) -> Strokes:
    """4 closed, or open as on most official plates: a slope, a bar, and a short upright."""
    stem, bar = rng.uniform(0.62, 0.8), rng.uniform(0.66, 0.78)
    top = rng.uniform(0.4, stem)
    slope: Stroke = [(top, 0), (0, bar), (1.05, bar)]
    return pick(
        rng, [[(stem, 1), (stem, 0), (0, bar), (1.05, bar)]], [[(stem, 1), (stem, rng.uniform(0.3, 0.6))], slope],
        [[(stem, 1), (stem, rng.uniform(0.3, 0.6))], slope],
    )  # fmt: skip


def _three(rng: np.random.Generator) -> Strokes:
    """3, round or flat-topped."""
    return pick(
        rng,
        [
            [
                *arc((0.5, 0.24), (0.48, 0.24), 195, 360),
                *arc((0.5, 0.25), (0.48, 0.22), 0, 90),
                *arc((0.5, 0.73), (0.5, 0.27), -90, 165),
            ]
        ],
        [[(0.03, 0), (0.97, 0), (0.45, 0.42), *arc((0.48, 0.7), (0.5, 0.3), -90, 160)]],
    )


def _five(rng: np.random.Generator, s: float) -> Strokes:
    """5, its belly near or far from its neck."""
    return pick(
        rng,
        [[(0.95, 0), (0.1, 0), (0.04, 0.46), *arc((0.48, 0.69), (0.52, 0.31), -125, 150)]],
        [
            [
                *[(1.0, 0.0), (0.0, 0.0), (0.0, 0.44)],
                *arc((0.5, 0.44 + s), (0.5, s), -90, 0),
                *arc((0.5, 1 - s), (0.5, s), 0, 165),
            ]
        ],
    )
