"""Reading a plate out of a recogniser's frame matrix: what can stand there, and how likely each plate is.

A matrix has one row a frame and `SYMBOLS` columns of probabilities: blank, then A-Z, then 0-9. Graves et al. 2006
(connectionist temporal classification): a text's probability is the sum over all its alignments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType

import numpy as np

from cakra.core.identifiers.lookalikes import ALPHABET
from cakra.plates.texts.sums import Floats, Indices, blanks_gathered, exchange_sums, log_sums, near_sums

Matrix = Floats

SYMBOLS = 1 + len(ALPHABET)
COLUMN = MappingProxyType({char: 1 + place for place, char in enumerate(ALPHABET)})
_COLUMNS = np.full(128, -1, dtype=np.intp)
"""ASCII code → column; -1: no plate holds it."""
_COLUMNS[[ord(char) for char in COLUMN]] = list(COLUMN.values())
_PLAINLY_BLANK = 0.9998  # such a frame separates letters and changes nothing else


def collapsed(path: Iterable[int]) -> tuple[int, ...]:
    """The symbols that a path of frames spells: repeats taken once, blanks taken out."""
    spelled, before = [], 0
    for now in path:
        if now and now != before:
            spelled.append(now)
        before = now
    return tuple(spelled)


def greedy(matrix: Matrix) -> str:
    """The likeliest symbol of every frame, repeats and blanks taken out; any text, not only a plate."""
    return "".join(ALPHABET[column - 1] for column in collapsed(matrix.argmax(axis=1).tolist()))


def spelled(text: str, plainness: float) -> Matrix:
    """A matrix that spells a text, a frame a character and a blank behind it; `plainness`: the probability of each."""
    matrix = np.full((2 * len(text), SYMBOLS), (1 - plainness) / (SYMBOLS - 1))
    matrix[np.arange(0, 2 * len(text), 2), _columns_of(text)] = plainness
    matrix[1::2, 0] = plainness
    return matrix


def gathered(matrix: Matrix) -> Matrix:
    """Each run of plainly blank frames as one, which gives each symbol what the run gave it in all: half the frames.

    A text that needs two symbols of one run is lost: at most `1 - _PLAINLY_BLANK` a frame, squared.
    """
    return blanks_gathered(matrix, _PLAINLY_BLANK)


def log_probabilities(matrix: Matrix, texts: Sequence[str]) -> Floats:
    """Exact log-probability of every text: shape (len(texts),), -inf where impossible.

    The hyphen of military and police plates is read as blank, so it is left out here as well.
    """
    if not texts:
        return np.empty(0)
    spelled = [text.replace("-", "") for text in texts]
    lengths = np.array([len(text) for text in spelled], dtype=np.intp)
    width = max(1, int(lengths.max()))
    padded = _columns_of("".join(text.ljust(width, "0") for text in spelled))
    return log_sums(matrix, padded.reshape(-1, width), lengths)


def exchanges(matrix: Matrix, text: str) -> tuple[float, Floats]:
    """P(text), and P of each text with one character exchanged: shape (len(text), SYMBOLS), blank column unused.

    The entry of the text's own character is P(text) itself. Needs a text that is not wholly improbable (float64
    carries 1e-300); a hyphen must be left out.
    """
    return exchange_sums(matrix, _columns_of(text), 0.0)


def near(matrix: Matrix, text: str, share: float, most: int) -> tuple[float, list[tuple[str, float]]]:
    """P(text), and of the texts of `exchanges` the `most` likeliest, with log-probabilities.

    None that has less than `share` of the likeliest.
    """
    if not text:
        return exchanges(matrix, text)[0], []
    probability, places, columns, logs = near_sums(matrix, _columns_of(text), share, most)
    exchanged = zip(places.tolist(), columns.tolist(), logs.tolist(), strict=True)
    return probability, [
        (text[:place] + ALPHABET[column - 1] + text[place + 1 :], score) for place, column, score in exchanged
    ]


def _columns_of(text: str) -> Indices:
    """Raises ValueError for a text with anything but A-Z and 0-9: the compiled sums would not notice."""
    columns = _COLUMNS[np.frombuffer(text.encode("ascii"), np.uint8)]
    if (columns < 0).any():
        raise ValueError(f"{text!r} holds what no plate holds")
    return columns
