"""Exact sums over many texts at once: every text one exchange away, and every valid plate together.

A text's probability is the sum over all its alignments (Graves et al. 2006), so all texts together have probability
one. What a set of plates leaves over is therefore known, not guessed.
"""

from __future__ import annotations

from string import ascii_uppercase, digits

import numpy as np
import numpy.typing as npt

from cakra.core.lookalikes import ALPHABET
from cakra.core.plate import NUMBER_DIGITS, REGIONS, SERIES_LETTERS
from cakra.plates.ctc import COLUMN, SYMBOLS, Floats, Matrix, collapsed


def greedy(matrix: Matrix) -> str:
    """The likeliest symbol of every frame, repeats and blanks taken out; any text, not only a plate."""
    return "".join(ALPHABET[column - 1] for column in collapsed(matrix.argmax(axis=1).tolist()))


def exchanges(matrix: Matrix, text: str) -> tuple[float, Floats]:
    """P(text), and P of each text with one character exchanged: shape (len(text), SYMBOLS), blank column unused.

    The entry of the text's own character is P(text) itself. Needs a text that is not wholly improbable (float64
    carries 1e-300); a hyphen must be left out.
    """
    columns = np.array([COLUMN[char] for char in text], dtype=np.intp)
    count, frames = len(text), matrix.shape[0]
    labels = np.zeros(2 * count + 1, dtype=np.intp)
    labels[1::2] = columns
    forward, behind = _both_ways(matrix[:, labels], labels)
    nothing = np.zeros((frames, 1))
    before_blank, before_letter = forward[:-1, 0:-1:2], np.concatenate([nothing, forward[:-1, 1:-2:2]], axis=1)
    after_blank, after_letter = behind[:, 2::2], np.concatenate([behind[:, 3::2], nothing], axis=1)
    differs_before, differs_after = np.ones((count, SYMBOLS)), np.ones((count, SYMBOLS))
    differs_before[np.arange(1, count), columns[:-1]] = 0.0
    differs_after[np.arange(count - 1), columns[1:]] = 0.0
    enters = before_blank[:, :, None] + before_letter[:, :, None] * differs_before
    leaves = after_blank[:, :, None] + after_letter[:, :, None] * differs_after
    held = np.zeros((frames, count, SYMBOLS))
    now = np.zeros((count, SYMBOLS))
    for frame in range(frames):
        now = np.multiply(np.add(now, enters[frame], out=held[frame]), matrix[frame], out=held[frame])
    held *= leaves
    return float(forward[-1, -1] + forward[-1, -2]) if count else float(forward[-1, -1]), held.sum(axis=0)


def _both_ways(emitted: Floats, labels: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """The text walked from its beginning and from its end, (frames + 1, states) and (frames, states).

    Row t of the first: probability of standing in each state before frame t is read. Row t of the second: of the rest
    after frame t when the next state entered is each of them.
    """
    frames, states = emitted.shape
    skip = np.zeros((2, max(0, states - 2)))
    skip[0, 1::2] = labels[3::2] != labels[1:-2:2]
    skip[1] = skip[0, ::-1]
    read = np.stack([emitted, emitted[::-1, ::-1]], axis=1)
    rows = np.zeros((frames + 1, 2, states))
    rows[0, :, 0] = 1.0  # before the first frame: as if after a blank
    leap = np.empty_like(skip)
    for frame in range(frames):
        now, then = rows[frame], rows[frame + 1]
        then[:, 0] = now[:, 0]
        np.add(now[:, 1:], now[:, :-1], out=then[:, 1:])
        then[:, 2:] += np.multiply(now[:, :-2], skip, out=leap)
        then *= read[frame]
    behind = np.zeros((frames, states))
    behind[:-1] = rows[frames - 1 : 0 : -1, 1, ::-1]
    behind[-1, -1] = 1.0  # nothing is left to read: the end, reached from the last character or the blank after it
    return rows[:, 0], behind


class _Grammar:
    """The automaton of civil plates: a node for each character at each place, and the groups that lead to it."""

    def __init__(self) -> None:
        nodes: list[str] = []
        leads: list[list[int]] = []  # node → nodes before it
        first = {char: self._add(nodes, leads, char, []) for char in sorted({code[0] for code in REGIONS})}
        regions = [first[code] for code in REGIONS if len(code) == 1]
        regions += [self._add(nodes, leads, code[1], [first[code[0]]]) for code in sorted(REGIONS) if len(code) > 1]
        before, numbers = regions, []
        for place in range(NUMBER_DIGITS):
            before = [self._add(nodes, leads, char, before) for char in (digits[1:] if place == 0 else digits)]
            numbers += before
        ends, before = list(numbers), numbers
        for _ in range(SERIES_LETTERS):
            before = [self._add(nodes, leads, char, before) for char in ascii_uppercase]
            ends += before
        self.columns = np.array([COLUMN[char] for char in nodes])
        self.begin = np.array([not lead for lead in leads], dtype=np.float64)
        self.end = np.zeros(len(nodes))
        self.end[ends] = 1.0
        groups = list(dict.fromkeys(tuple(lead) for lead in leads if lead))
        self.gather = np.zeros((len(groups), len(nodes)))
        self.spread = np.zeros((len(nodes), len(groups)))
        for place, group in enumerate(groups):
            self.gather[place, list(group)] = 1.0
        same = [next((one for one in lead if nodes[one] == nodes[node]), -1) for node, lead in enumerate(leads)]
        for node, lead in enumerate(leads):
            if lead:
                self.spread[node, groups.index(tuple(lead))] = 1.0
        self.twins = np.array([node for node, one in enumerate(same) if one >= 0])
        self.twins_before = np.array([one for one in same if one >= 0])

    @staticmethod
    def _add(nodes: list[str], leads: list[list[int]], char: str, before: list[int]) -> int:
        nodes.append(char)
        leads.append(list(before))
        return len(nodes) - 1


_GRAMMAR = _Grammar()


def plate_mass(matrix: Matrix) -> float:
    """The probability that the text is any civil plate at all: the sum over every one of them."""
    grammar = _GRAMMAR
    emitted = matrix[:, grammar.columns]
    letters = np.zeros(grammar.columns.size)
    ended = np.zeros(grammar.columns.size)  # in the blank after each node
    start = 1.0
    for frame in range(matrix.shape[0]):
        both = letters + ended
        inflow = grammar.spread @ (grammar.gather @ both)
        inflow[grammar.twins] -= letters[grammar.twins_before]  # the same character again needs a blank between
        inflow += letters
        inflow += start * grammar.begin
        ended = both * matrix[frame, 0]
        letters = inflow * emitted[frame]
        start *= matrix[frame, 0]
    return float((letters + ended) @ grammar.end)
