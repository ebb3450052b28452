"""All civil plates at once: their probability together, and the likeliest of them.

All texts together have probability one, so that what a set of plates leaves over is known, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from string import ascii_uppercase, digits

import numpy as np

from cakra.core.identifiers.lookalikes import ALPHABET
from cakra.core.identifiers.plate import NUMBER_DIGITS, REGIONS, SERIES_LETTERS
from cakra.plates.texts.ctc import COLUMN, SYMBOLS, Matrix
from cakra.plates.texts.sums import Automaton, Indices, grammar_sum, searched

_LONGEST = 2 + NUMBER_DIGITS + SERIES_LETTERS
_BEAM = 40
_LIKELY = 2e-5  # a symbol below this in a frame opens no new hypothesis (exact scoring still sees it)


def plate_mass(matrix: Matrix) -> float:
    """The probability that the text is any civil plate at all: the sum over every one of them."""
    return grammar_sum(matrix, _PLATES)


def likely_plates(matrix: Matrix, limit: int = 24, width: int = _BEAM, least: float = _LIKELY) -> list[str]:
    """Civil plates worth scoring, roughly likeliest first: a prefix beam that never leaves the grammar."""
    found = searched(matrix, _PLATES, _LONGEST, width, least)
    whole = found.spelled[_IS_END[found.nodes]][:limit].tolist()
    return ["".join(ALPHABET[column - 1] for column in columns if column) for columns in whole]


def _civil_plates() -> Automaton:
    """A node for each character at each place of a civil plate."""
    nodes: list[str] = []
    leads: list[list[int]] = []  # node → nodes before it

    def add(char: str, before: list[int]) -> int:
        nodes.append(char)
        leads.append(list(before))
        return len(nodes) - 1

    first = {char: add(char, []) for char in sorted({code[0] for code in REGIONS})}
    regions = [first[code] for code in REGIONS if len(code) == 1]
    regions += [add(code[1], [first[code[0]]]) for code in sorted(REGIONS) if len(code) > 1]
    before, ends = regions, []
    for place in range(NUMBER_DIGITS):
        before = [add(char, before) for char in (digits[1:] if place == 0 else digits)]
        ends += before
    before = list(ends)
    for _ in range(SERIES_LETTERS):
        before = [add(char, before) for char in ascii_uppercase]
        ends += before
    after = np.full((len(nodes) + 1, SYMBOLS), -1, dtype=np.intp)
    for node, lead in enumerate(leads):
        after[lead or [-1], COLUMN[nodes[node]]] = node
    groups = list(dict.fromkeys(tuple(lead) for lead in leads if lead))
    return Automaton(
        symbols=_indices(COLUMN[char] for char in nodes),
        groups=_indices(groups.index(tuple(lead)) if lead else -1 for lead in leads),
        members=_indices(node for group in groups for node in group),
        starts=_indices([0, *accumulate(len(group) for group in groups)]),
        same=_indices(
            next((one for one in lead if nodes[one] == char), -1) for char, lead in zip(nodes, leads, strict=True)
        ),
        ends=_indices(ends),
        after=after,
    )


def _indices(numbers: Iterable[int]) -> Indices:
    return np.fromiter(numbers, dtype=np.intp)


_PLATES = _civil_plates()
_IS_END = np.isin(np.arange(_PLATES.symbols.size + 1), _PLATES.ends)
"""By node; the last is the beginning's."""
