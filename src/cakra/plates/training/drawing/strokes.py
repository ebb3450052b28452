"""The stroke alphabet of one press: letters, digits, and what the series' O is struck through with."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from cakra.plates.training.drawing.curves import Stroke, Strokes
from cakra.plates.training.drawing.digits import digit_strokes
from cakra.plates.training.drawing.letters import round_letters, straight_letters

NARROW = MappingProxyType({"I": 0.7, "1": 0.75, ".": 0.5, "-": 0.6})
"""Glyphs that take less than a glyph's width; a 1 on its foot takes it all."""
SLASH: Stroke = [(0.02, 1.0), (0.98, 0.0)]
"""What strikes the series' letter O through on most official plates."""


def alphabet(rng: np.random.Generator) -> dict[str, Strokes]:
    """One press's glyphs by character; `rng` draws the variants that all plates of that press share."""
    shoulder = rng.uniform(0.16, 0.34)
    waist = rng.uniform(0.44, 0.52)
    return (
        straight_letters(rng, shoulder, waist)
        | round_letters(rng, shoulder, waist)
        | digit_strokes(rng, shoulder, waist)
    )
