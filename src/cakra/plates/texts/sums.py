"""The inner loops of reading: sums over alignments, compiled to machine code at first use and kept on disk (numba).

A plate asks for tens of thousands of tiny steps, each the next one's input: nothing that whole arrays could do at
once. `ctc` and `civil` say what is summed; here it is only done. No rule of plates, no text, and
no check of bounds: every matrix has a frame, and `near_sums` a character.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from cakra.kit.compiled import compiled

Floats: TypeAlias = npt.NDArray[np.float64]
Indices: TypeAlias = npt.NDArray[np.intp]

_SMALL = 1e-200
"""A path this improbable is scaled up: 1e-300 is all that a float carries."""


@compiled
def folded(raw: npt.NDArray[np.float32], columns: Indices, floor: float) -> Floats:
    """A reader's own classes added up: class c counts for `columns[c]`. No symbol is less likely than `floor` makes it.

    Shape (frames, symbols); every column up to the highest must have a class.
    """
    symbols = columns.max() + 1
    matrix = np.full((raw.shape[0], symbols), floor / symbols)
    for frame in range(raw.shape[0]):
        for place in range(columns.size):
            matrix[frame, columns[place]] += raw[frame, place]
    return matrix / (1.0 + floor)


@compiled
def blanks_gathered(matrix: Floats, plainly_blank: float) -> Floats:
    """Each run of frames whose blank (column 0) is above `plainly_blank` as one row; see `ctc.gathered`."""
    rows = np.empty_like(matrix)
    count, within = 0, False
    for frame in range(matrix.shape[0]):
        blank = matrix[frame, 0] > plainly_blank
        if blank and within:
            rows[count - 1, 1:] += matrix[frame, 1:]
            rows[count - 1, 0] = 1.0 - rows[count - 1, 1:].sum()
        else:
            rows[count] = matrix[frame]
            count += 1
        within = blank
    return rows[:count].copy()


@compiled
def log_sums(matrix: Floats, columns: Indices, lengths: Indices) -> Floats:
    """Log-probability of every text: a row of `columns` each, of which the first `lengths` count."""
    totals = np.empty(lengths.size)
    alpha = np.empty(2 * columns.shape[1] + 1)
    for text in range(lengths.size):
        states = 2 * lengths[text] + 1
        alpha[:states] = 0.0
        alpha[0] = matrix[0, 0]
        if states > 1:
            alpha[1] = matrix[0, columns[text, 0]]
        scale = 0.0
        for frame in range(1, matrix.shape[0]):
            peak = 0.0
            for state in range(states - 1, -1, -1):  # from the end: what stands before is still the last frame's
                place = state >> 1
                total = alpha[state]
                if state > 0:
                    total += alpha[state - 1]
                if state & 1:
                    if place > 0 and columns[text, place] != columns[text, place - 1]:
                        total += alpha[state - 2]
                    total *= matrix[frame, columns[text, place]]
                else:
                    total *= matrix[frame, 0]
                alpha[state] = total
                peak = max(peak, total)
            if 0.0 < peak < _SMALL:
                alpha[:states] /= peak
                scale += np.log(peak)
        total = alpha[states - 1]
        if states > 1:
            total += alpha[states - 2]
        totals[text] = scale + np.log(total) if total > 0.0 else -np.inf
    return totals


@compiled
def exchange_sums(matrix: Floats, columns: Indices, near: float) -> tuple[float, Floats]:
    """The probability of a text, and of each with one character exchanged: (characters, columns of `matrix`).

    Exact, but 0 for a column that cannot give any text `near` times the probability of this one.
    """
    frames, count = matrix.shape[0], columns.size
    forward, behind = _walked_from_beginning(matrix, columns), _walked_from_end(matrix, columns)
    probability = forward[frames, 2 * count]
    if count:
        probability += forward[frames, 2 * count - 1]
    table = np.zeros((count, matrix.shape[1]))
    for column in range(1, matrix.shape[1]):
        if matrix[:, column].sum() < near * probability:  # it has to stand in some frame
            continue
        for place in range(count):
            blank, letter = 2 * place, 2 * place + 1
            follows = place > 0 and column != columns[place - 1]
            leads = place < count - 1 and column != columns[place + 1]
            held, total = 0.0, 0.0
            for frame in range(frames):
                enters = forward[frame, blank] + (forward[frame, letter - 2] if follows else 0.0)
                leaves = behind[frame, blank + 2] + (behind[frame, letter + 2] if leads else 0.0)
                held = (held + enters) * matrix[frame, column]
                total += held * leaves
            table[place, column] = total
    return probability, table


@compiled
def near_sums(matrix: Floats, columns: Indices, near: float, most: int) -> tuple[float, Indices, Indices, Floats]:
    """The probability of a text, and the likeliest of `exchange_sums`: at most so many, none below `near` of the best.

    Each as the place and the column exchanged, and the log-probability.
    """
    probability, table = exchange_sums(matrix, columns, near)
    sums = table.ravel()
    likely = np.flatnonzero(sums > near * max(probability, sums.max()))
    order = likely[np.argsort(-sums[likely])[:most]]
    return probability, order // table.shape[1], order % table.shape[1], np.log(sums[order])


@compiled
def _states(columns: Indices) -> tuple[Indices, Floats]:
    """A text's states - a blank, then each character and the blank after it - as columns of a matrix.

    And, two states longer, 1 for each that may follow the state before the last: a character unlike the one before.
    """
    symbols = np.zeros(2 * columns.size + 1, dtype=np.intp)
    symbols[1::2] = columns
    leaps = np.zeros(symbols.size + 2)
    for state in range(3, symbols.size, 2):
        leaps[state] = symbols[state] != symbols[state - 2]
    return symbols, leaps


@compiled
def _walked_from_beginning(matrix: Floats, columns: Indices) -> Floats:
    """Row t, of frames + 1: the probability of standing in each state before frame t is read."""
    symbols, leaps = _states(columns)
    rows = np.zeros((matrix.shape[0] + 1, symbols.size))
    rows[0, 0] = 1.0  # as if after a blank
    for frame in range(matrix.shape[0]):
        before = rows[frame]
        for state in range(symbols.size):
            total = before[state]
            if state > 0:
                total += before[state - 1]
            if state > 1:
                total += leaps[state] * before[state - 2]
            rows[frame + 1, state] = total * matrix[frame, symbols[state]]
    return rows


@compiled
def _walked_from_end(matrix: Floats, columns: Indices) -> Floats:
    """Row t, of frames: the probability of the rest after frame t when the next state entered is each of them."""
    symbols, leaps = _states(columns)
    count = symbols.size
    rows = np.zeros((matrix.shape[0], count))
    rows[-1, -1] = 1.0  # nothing is left to read
    after = np.zeros(count + 2)
    after[count - 1] = 1.0  # the end is reached from the last character or from the blank after it
    for frame in range(matrix.shape[0] - 2, -1, -1):
        for state in range(count):
            total = after[state] + after[state + 1] + leaps[state + 2] * after[state + 2]
            rows[frame, state] = total * matrix[frame + 1, symbols[state]]
        after[:count] = rows[frame]
    return rows


class Automaton(NamedTuple):
    """A set of texts: node n stands for the column `symbols[n]`.

    It follows any node of the group `groups[n]` (-1: it begins a text): group g is `members[starts[g]:starts[g + 1]]`.
    `same[n]` (-1: none) is the one of them with its own symbol, so that a blank must lie between. A text may end in
    the nodes `ends`. `after[n, column]`: the node that follows n, or -1; its last row is the beginning's.
    """

    symbols: Indices
    groups: Indices
    members: Indices
    starts: Indices
    same: Indices
    ends: Indices
    after: Indices


@compiled
def grammar_sum(matrix: Floats, texts: Automaton) -> float:
    """The probability of all these texts together."""
    letters, blanks = np.zeros(texts.symbols.size), np.zeros(texts.symbols.size)  # in the node; in the blank after it
    reached = np.zeros(texts.starts.size)  # by group; the last one is that of the beginning
    begin = 1.0
    for frame in range(matrix.shape[0]):
        blank = matrix[frame, 0]
        for group in range(texts.starts.size - 1):
            reached[group] = 0.0
            for member in texts.members[texts.starts[group] : texts.starts[group + 1]]:
                reached[group] += letters[member] + blanks[member]
        reached[-1] = begin
        blanks = (blanks + letters) * blank
        before = letters.copy()
        for node in range(texts.symbols.size):
            total = letters[node] + reached[texts.groups[node]]
            if texts.same[node] >= 0:
                total -= before[texts.same[node]]
            letters[node] = total * matrix[frame, texts.symbols[node]]
        begin *= blank
    found: float = (letters + blanks)[texts.ends].sum()
    return found


class Beginnings(NamedTuple):
    """Of texts: in columns, (n, longest) with 0 behind the end; how long; in which node (-1: the beginning's).

    `blanks`, `letters`: how likely, ending in a blank or in the last character; scaled, so that it cannot run out.
    """

    spelled: Indices
    lengths: Indices
    nodes: Indices
    blanks: Floats
    letters: Floats


@compiled
def searched(matrix: Floats, texts: Automaton, longest: int, width: int, least: float) -> Beginnings:
    """A prefix beam: the `width` likeliest beginnings of texts, likeliest first; follows symbols above `least`."""
    zeros = np.zeros(1, np.intp)
    kept = Beginnings(np.zeros((1, longest), np.intp), zeros, zeros - 1, np.ones(1), np.zeros(1))
    for frame in range(matrix.shape[0]):
        kept = _a_frame_on(kept, matrix[frame], texts, width, least)
    return kept


@compiled
def _a_frame_on(kept: Beginnings, row: Floats, texts: Automaton, width: int, least: float) -> Beginnings:
    count = kept.lengths.size  # those that stay as they are, then those that grow
    most = count * row.size
    source, symbol, node = np.zeros(most, np.intp), np.zeros(most, np.intp), np.zeros(most, np.intp)
    blank, letter = np.zeros(most), np.zeros(most)
    for one in range(kept.lengths.size):
        source[one], node[one] = one, kept.nodes[one]
        blank[one] = (kept.blanks[one] + kept.letters[one]) * row[0]
        letter[one] += kept.letters[one] * row[_last(kept, one)]
        for column in range(1, row.size):
            following = texts.after[kept.nodes[one], column]
            if row[column] <= least or following < 0:
                continue
            place = _standing(kept, one, column)
            if place < 0:
                place = count
                source[place], symbol[place], node[place] = one, column, following
                count += 1
            before = kept.blanks[one] + (0.0 if column == _last(kept, one) else kept.letters[one])
            letter[place] += before * row[column]
    order = np.argsort(-(blank[:count] + letter[:count]), kind="mergesort")[:width]
    scale = max(_SMALL, blank[order[0]] + letter[order[0]])
    spelled, lengths = kept.spelled[source[order]], kept.lengths[source[order]]
    for place in range(order.size):
        if symbol[order[place]]:
            spelled[place, lengths[place]] = symbol[order[place]]
            lengths[place] += 1
    return Beginnings(spelled, lengths, node[order], blank[order] / scale, letter[order] / scale)


@compiled
def _last(kept: Beginnings, one: int) -> int:
    """The column of its last character; 0 when it has none."""
    return kept.spelled[one, kept.lengths[one] - 1] if kept.lengths[one] else 0


@compiled
def _standing(kept: Beginnings, one: int, column: int) -> int:
    """The place of the beginning that is `one` with `column` behind it; -1 when none is."""
    length = kept.lengths[one]
    for place in range(kept.lengths.size):
        is_longer = kept.lengths[place] == length + 1 and kept.spelled[place, length] == column
        if is_longer and (kept.spelled[place, :length] == kept.spelled[one, :length]).all():
            return place
    return -1
