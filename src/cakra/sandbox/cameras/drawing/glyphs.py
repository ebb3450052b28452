"""The stroke letters of an Indonesian number plate, drawn as lines so that no font file is needed.

A glyph is a list of polylines in a box of width 1 and height 1, y downwards. The pen has the same width
everywhere, as on a pressed plate. The letter O of the suffix is struck through on many plates (``slashed``),
the digit 0 never is.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Point = tuple[float, float]
Stroke = list[Point]

Mask = NDArray[np.uint8]

GAP = "  "  # between region, number and suffix
_OVERSAMPLING = 3


def _arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float) -> Stroke:
    """Points of an elliptic arc; degrees, 0 is right and 90 is down."""
    count = 14
    angles = [math.radians(start + (end - start) * i / count) for i in range(count + 1)]
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in angles]


def _ring(top: float = 0.0, bottom: float = 1.0) -> Stroke:
    ry = min(0.24, (bottom - top) / 2)
    upper = _arc(0.5, top + ry, 0.5, ry, 180, 360)
    lower = _arc(0.5, bottom - ry, 0.5, ry, 0, 180)
    return [*upper, *lower, upper[0], upper[1]]


def _bowl(top: float, bottom: float, right: float = 1.0) -> Stroke:
    middle, ry = (top + bottom) / 2, (bottom - top) / 2
    return [(0.0, top), *_arc(right - 0.45, middle, 0.45, ry, -90, 90), (0.0, bottom)]


_LEFT: Stroke = [(0, 0), (0, 1)]
_RIGHT: Stroke = [(1, 0), (1, 1)]
_C: Stroke = [*_arc(0.5, 0.24, 0.5, 0.24, -10, -180), *_arc(0.5, 0.76, 0.5, 0.24, 180, 10)]

STROKES: dict[str, list[Stroke]] = {
    "A": [[(0, 1), (0.42, 0), (0.58, 0), (1, 1)], [(0.16, 0.68), (0.84, 0.68)]],
    "B": [_LEFT, _bowl(0, 0.47, 0.94), _bowl(0.47, 1)],
    "C": [_C],
    "D": [_LEFT, [(0, 0), *_arc(0.5, 0.25, 0.5, 0.25, -90, 0), *_arc(0.5, 0.75, 0.5, 0.25, 0, 90), (0, 1)]],
    "E": [[(1, 0), (0, 0), (0, 1), (1, 1)], [(0, 0.48), (0.85, 0.48)]],
    "F": [[(1, 0), (0, 0), (0, 1)], [(0, 0.48), (0.85, 0.48)]],
    "G": [[*_C[:-1], (1, 0.8), (1, 0.54), (0.55, 0.54)]],
    "H": [_LEFT, _RIGHT, [(0, 0.48), (1, 0.48)]],
    "I": [[(0.5, 0), (0.5, 1)]],
    "J": [[(1, 0), *_arc(0.5, 0.76, 0.5, 0.24, 0, 170)]],
    "K": [_LEFT, [(1, 0), (0.05, 0.58)], [(0.36, 0.4), (1, 1)]],
    "L": [[(0, 0), (0, 1), (1, 1)]],
    "M": [[(0, 1), (0, 0), (0.5, 0.62), (1, 0), (1, 1)]],
    "N": [[(0, 1), (0, 0), (1, 1), (1, 0)]],
    "O": [_ring()],
    "P": [_LEFT, _bowl(0, 0.54)],
    "Q": [_ring(), [(0.55, 0.74), (1.04, 1.05)]],
    "R": [_LEFT, _bowl(0, 0.52), [(0.45, 0.52), (1, 1)]],
    "S": [
        [
            *_arc(0.5, 0.24, 0.5, 0.24, -15, -180),
            *_arc(0.42, 0.26, 0.42, 0.22, 180, 90),
            *_arc(0.56, 0.74, 0.44, 0.26, -90, 0),
            *_arc(0.5, 0.76, 0.5, 0.24, 0, 165),
        ]
    ],
    "T": [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 1)]],
    "U": [[(0, 0), *_arc(0.5, 0.76, 0.5, 0.24, 180, 0), (1, 0)]],
    "V": [[(0, 0), (0.5, 1), (1, 0)]],
    "W": [[(0, 0), (0.2, 1), (0.5, 0.3), (0.8, 1), (1, 0)]],
    "X": [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
    "Y": [[(0, 0), (0.5, 0.5), (1, 0)], [(0.5, 0.5), (0.5, 1)]],
    "Z": [[(0, 0), (1, 0), (0, 1), (1, 1)]],
    "0": [_ring()],
    "1": [[(0.12, 0.22), (0.56, 0), (0.56, 1)]],
    "2": [[*_arc(0.5, 0.26, 0.5, 0.26, 190, 370), (0.9, 0.46), (0, 1), (1, 1)]],
    "3": [
        [
            *_arc(0.5, 0.24, 0.48, 0.24, 195, 360),
            *_arc(0.5, 0.25, 0.48, 0.22, 0, 90),
            *_arc(0.5, 0.73, 0.5, 0.27, -90, 165),
        ]
    ],
    "4": [[(0.7, 1), (0.7, 0), (0, 0.72), (1.05, 0.72)]],
    "5": [[(0.95, 0), (0.1, 0), (0.04, 0.46), *_arc(0.48, 0.69, 0.52, 0.31, -125, 150)]],
    "6": [[*_arc(0.5, 0.25, 0.5, 0.25, -20, -180), (0, 0.72)], _ring(0.42, 1.0)],
    "7": [[(0, 0), (1, 0), (0.4, 1)]],
    "8": [[*_arc(0.5, 0.235, 0.46, 0.235, 0, 360)], [*_arc(0.5, 0.735, 0.5, 0.265, 0, 360)]],
    "9": [[*_arc(0.5, 0.75, 0.5, 0.25, 160, 0), (1, 0.28)], _ring(0.0, 0.58)],
    "-": [[(0.1, 0.5), (0.9, 0.5)]],
    ".": [[(0.5, 0.5), (0.5, 0.62)]],
}
_SLASH: Stroke = [(0.02, 1.0), (0.98, 0.0)]
_NARROW = {"I": 0.42, "1": 0.72, ".": 0.5, " ": 0.55}


def _advance(char: str, width: float) -> float:
    return width * _NARROW.get(char, 1.0)


@lru_cache(maxsize=512)
def _glyph(char: str, width: int, height: int, pen: float, *, slashed: bool) -> Mask:
    """One glyph's coverage, ``height`` × its own width, values 0–255."""
    own = max(2, round(_advance(char, width)))
    canvas = Image.new("L", (own * _OVERSAMPLING, height * _OVERSAMPLING))
    draw = ImageDraw.Draw(canvas)
    thick = pen * _OVERSAMPLING
    span_x, span_y = own * _OVERSAMPLING - thick, height * _OVERSAMPLING - thick
    strokes = STROKES.get(char, []) + ([_SLASH] if slashed and char == "O" else [])
    for stroke in strokes:
        points = [(thick / 2 + x * span_x, thick / 2 + y * span_y) for x, y in stroke]
        draw.line(points, fill=255, width=round(thick), joint="curve")
        for x, y in (points[0], points[-1]):
            r = thick * 0.46
            draw.ellipse((x - r, y - r, x + r, y + r), fill=255)
    return np.asarray(canvas.resize((own, height), Image.Resampling.BOX))


def text_mask(text: str, width: int, height: int, pen: float, slashed: str = "") -> Mask:
    """Coverage of a line of text, ``height`` × as wide as it gets, values 0–255.

    ``width`` is that of a full letter in pixels; ``slashed`` is the part of the text's end in which the
    letter O is struck through (the suffix), compared by position.
    """
    space = max(2, round(width * 0.26))
    first_slashed = len(text) - len(slashed) if slashed else len(text)
    parts: list[Mask] = []
    for position, char in enumerate(text):
        if char == " ":
            parts.append(np.zeros((height, round(_advance(char, width))), np.uint8))
        else:
            parts.append(_glyph(char, width, height, pen, slashed=position >= first_slashed))
        parts.append(np.zeros((height, space), np.uint8))
    return np.concatenate(parts[:-1] or [np.zeros((height, 1), np.uint8)], axis=1)
