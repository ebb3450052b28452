"""Reading a plate out of a recogniser's frame matrix: what can stand there, and how likely each plate is.

A matrix has one row a frame and `SYMBOLS` columns of probabilities: blank, then A-Z, then 0-9. Graves et al. 2006
(connectionist temporal classification): a text's probability is the sum over all its alignments.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from functools import lru_cache
from string import ascii_uppercase, digits
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from cakra.core.lookalikes import ALPHABET
from cakra.core.plate import NUMBER_DIGITS, REGIONS, SERIES_LETTERS

Floats = npt.NDArray[np.float64]
Matrix = Floats

SYMBOLS = 1 + len(ALPHABET)
COLUMN = MappingProxyType({char: 1 + place for place, char in enumerate(ALPHABET)})
_SECOND_LETTERS = MappingProxyType(
    {first: "".join(code[1] for code in REGIONS if len(code) > 1 and code[0] == first) for first in ascii_uppercase}
)
_BEAM = 40
_LIKELY = 2e-5  # a symbol below this in a frame opens no new hypothesis (exact scoring still sees it)
_PLAINLY_BLANK = 0.9998  # such a frame separates letters and changes nothing else
_RESCALED = 12  # frames; twelve of a reader's least probabilities still fit a float


def collapsed(path: Iterable[int]) -> tuple[int, ...]:
    """The symbols that a path of frames spells: repeats taken once, blanks taken out."""
    spelled, before = [], 0
    for now in path:
        if now and now != before:
            spelled.append(now)
        before = now
    return tuple(spelled)


def gathered(matrix: Matrix) -> Matrix:
    """Each run of plainly blank frames as one, which gives each symbol what the run gave it in all: half the frames.

    A text that needs two symbols of one run is lost: at most `1 - _PLAINLY_BLANK` a frame, squared.
    """
    blank = matrix[:, 0] > _PLAINLY_BLANK
    starts = np.flatnonzero(~(blank & np.concatenate([[False], blank[:-1]])))
    rows: Matrix = np.add.reduceat(matrix, starts, axis=0)
    rows[:, 0] = np.where(blank[starts], 1.0 - rows[:, 1:].sum(axis=1), rows[:, 0])
    return rows


@lru_cache(maxsize=65536)
def continuations(prefix: str) -> str:
    """The characters that may follow `prefix` in a civil plate; empty when nothing may."""
    letters = len(prefix) - len(prefix.lstrip(ascii_uppercase))
    region, rest = prefix[:letters], prefix[letters:]
    if not region:
        return "".join(sorted({code[0] for code in REGIONS}))
    if not rest:
        second = _SECOND_LETTERS[region[0]] if letters == 1 else ""
        return second + (digits[1:] if region in REGIONS else "")
    number = len(rest.rstrip(ascii_uppercase))
    series = len(rest) - number
    more_digits = digits if series == 0 and number < NUMBER_DIGITS else ""
    return more_digits + (ascii_uppercase if series < SERIES_LETTERS else "")


def log_probabilities(matrix: Matrix, texts: Sequence[str]) -> Floats:
    """Exact log-probability of every text: shape (len(texts),), -inf where impossible."""
    return all_log_probabilities([(matrix, texts)])[0]


def all_log_probabilities(asked: Sequence[tuple[Matrix, Sequence[str]]]) -> list[Floats]:
    """As `log_probabilities`, of several matrices with their texts, all in one pass.

    The hyphen of military and police plates is read as blank, so it is left out here as well.
    """
    spelled = [text.replace("-", "") for _, texts in asked for text in texts]
    if not spelled:
        return [np.empty(0) for _ in asked]
    lengths = np.array([len(text) for text in spelled])
    labels = np.zeros((len(spelled), 2 * int(lengths.max()) + 1), dtype=np.intp)
    for row, text in enumerate(spelled):
        labels[row, 1 : 2 * len(text) : 2] = [COLUMN[char] for char in text]
    skip = np.zeros(labels.shape)
    skip[:, 2:] = (labels[:, 2:] != 0) & (labels[:, 2:] != labels[:, :-2])
    ends = np.cumsum([len(texts) for _, texts in asked])
    parts = np.split(labels, ends[:-1])
    emitted = np.zeros((max(len(matrix) for matrix, _ in asked), *labels.shape))
    emitted[:, :, 0::2] = 1.0  # a matrix shorter than the longest: blank frames, which change no text
    for (matrix, _), part, end in zip(asked, parts, ends, strict=True):
        emitted[: len(matrix), end - len(part) : end] = matrix[:, part]
    alpha, log_scale = _alphas(emitted, skip)
    rows = np.arange(len(spelled))
    total = alpha[rows, 2 * lengths] + alpha[rows, 2 * lengths - 1] * (lengths > 0)
    with np.errstate(divide="ignore"):
        return np.split(np.log(total) + log_scale, ends[:-1])


def _alphas(emitted: Floats, skip: Floats) -> tuple[Floats, Floats]:
    """Forward pass over (frames, texts, states): the last frame's row, and the log of what it was scaled by."""
    alpha = np.zeros(skip.shape)
    alpha[:, :2] = emitted[0, :, :2]
    step = np.empty_like(alpha)
    leap = np.empty_like(alpha[:, 2:])
    leaps = skip[:, 2:]
    log_scale = np.zeros(len(alpha))
    for frame in range(1, len(emitted)):
        np.multiply(alpha[:, :-2], leaps, out=leap)
        step[:, 0] = alpha[:, 0]
        np.add(alpha[:, 1:], alpha[:, :-1], out=step[:, 1:])
        step[:, 2:] += leap
        np.multiply(step, emitted[frame], out=alpha)
        if frame % _RESCALED == 0:
            peak = alpha.max(axis=1)
            peak[peak <= 0] = 1.0
            alpha /= peak[:, None]
            log_scale += np.log(peak)
    return alpha, log_scale


def likely_plates(matrix: Matrix, limit: int = 24, width: int = _BEAM, least: float = _LIKELY) -> list[str]:
    """Civil plates worth scoring, roughly likeliest first: a prefix beam that never leaves the grammar."""
    beam: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}  # prefix → (ends in blank, ends in its last letter)
    for row in matrix:
        if row[0] > _PLAINLY_BLANK:
            beam = {prefix: (ends[0] + ends[1], 0.0) for prefix, ends in beam.items()}
            continue
        likely = {ALPHABET[place]: float(row[place + 1]) for place in np.flatnonzero(row[1:] > least)}
        beam = _step(beam, float(row[0]), likely, row, width)
    whole = [(sum(ends), prefix) for prefix, ends in beam.items() if any(char.isdigit() for char in prefix)]
    return [prefix for _, prefix in heapq.nlargest(limit, whole)]


def _step(
    beam: dict[str, tuple[float, float]], blank: float, likely: dict[str, float], row: Matrix, width: int
) -> dict[str, tuple[float, float]]:
    """One frame of the prefix beam; probabilities are rescaled so that they cannot run out."""
    grown: dict[str, list[float]] = {}
    for prefix, (ended_blank, ended_letter) in beam.items():
        ended = ended_blank + ended_letter
        last = prefix[-1:]
        own = grown.setdefault(prefix, [0.0, 0.0])
        own[0] += ended * blank
        if last:
            own[1] += ended_letter * float(row[COLUMN[last]])
        allowed = continuations(prefix)
        for char, probability in likely.items():
            if char in allowed:
                longer = grown.setdefault(prefix + char, [0.0, 0.0])
                longer[1] += (ended_blank if char == last else ended) * probability
    kept = sorted(((ends[0] + ends[1], prefix) for prefix, ends in grown.items()), reverse=True)[:width]
    scale = kept[0][0] or 1.0
    return {prefix: (grown[prefix][0] / scale, grown[prefix][1] / scale) for _, prefix in kept}
