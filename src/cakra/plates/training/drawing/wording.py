"""What stands on a drawn plate: every kind of Indonesian number, look-alikes more often than on the road."""

from __future__ import annotations

from string import ascii_uppercase

import numpy as np

from cakra.core.identifiers.plate import REGIONS

Groups = list[str]
"""The groups of the number line as printed: `["B", "1234", "XYZ"]`."""

_REGIONS = sorted(REGIONS)
_LETTERS = ascii_uppercase + "OQOQOQODGBIJMWHUVY"
_DIPLOMATIC = ("CD", "CC", "CD", "CH", "CS", "CN")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XV", "XX")
_DIGITS_SHARE = (0.04, 0.06, 0.14, 0.76)
_SERIES_SHARE = (0.02, 0.1, 0.47, 0.41)
_JAKARTA_SHARE = 0.3
_FAKE_SHARE = 0.12
"""Regions that do not exist keep the network from guessing letters by their neighbours; the grammar comes later."""


def draw_groups(rng: np.random.Generator) -> Groups:
    """One plate's groups. Nine in ten are civil; the rest military, police, diplomatic and state plates."""
    kind = rng.random()
    if kind < 0.92:
        return _civil(rng)
    if kind < 0.95:
        return [str(int(rng.integers(1000, 99999))), f"{int(rng.integers(0, 60)):02d}"]
    if kind < 0.965:
        return [str(int(rng.integers(10, 9999))), _ROMAN[int(rng.integers(len(_ROMAN)))]]
    if kind < 0.985:
        prefix = _DIPLOMATIC[int(rng.integers(len(_DIPLOMATIC)))]
        return [prefix, str(int(rng.integers(10, 140))), str(int(rng.integers(1, 999)))]
    return ["RI", str(int(rng.integers(1, 999)))]


def _civil(rng: np.random.Generator) -> Groups:
    """Region, number without a leading zero, and up to three letters (the ZZ series of the services too)."""
    count = int(rng.choice([1, 2, 3, 4], p=_DIGITS_SHARE))
    number = str(int(rng.integers(1, 10))) + "".join(str(digit) for digit in rng.integers(0, 10, count - 1))
    length = int(rng.choice([0, 1, 2, 3], p=_SERIES_SHARE))
    series = "".join(_LETTERS[int(place)] for place in rng.integers(0, len(_LETTERS), length))
    if length > 1 and rng.random() < 0.02:  # two letters are needed for ZZ
        series = "ZZ" + series[2:]
    return [_region(rng), number, series] if series else [_region(rng), number]


def _region(rng: np.random.Generator) -> str:
    if rng.random() < _FAKE_SHARE:
        return "".join(ascii_uppercase[int(place)] for place in rng.integers(0, 26, int(rng.integers(1, 3))))
    return "B" if rng.random() < _JAKARTA_SHARE else _REGIONS[int(rng.integers(len(_REGIONS)))]
