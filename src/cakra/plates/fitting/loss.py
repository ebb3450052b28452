"""How false a calibration's probabilities are, for many plates at once: what `fit` makes as small as it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cakra.plates.decision.posterior import ONE_OF_MANY
from cakra.plates.fitting.frames import Labelled
from cakra.plates.texts.board import Board

Floats = npt.NDArray[np.float64]

_MOST_TEXTS = 16
"""The likeliest plates of a photograph carry all of its probability that matters here."""
_LEAST, _LEAST_REST = -690.0, 1e-300


@dataclass(frozen=True, slots=True)
class ReaderTable:
    """One reader's log-probabilities, a row a plate: its likeliest texts (missing ones -inf).

    `truth`: the column of the true plate, -1 where it is not among them. `unseen`: of all plates not scored.
    """

    scores: Floats
    unseen: Floats
    truth: npt.NDArray[np.intp]


def table(plates: Sequence[Labelled], boards: Sequence[Board], reader: str) -> ReaderTable:
    """What `reader` says on the boards; every board must have something on it, and this reader."""
    scores = np.full((len(boards), _MOST_TEXTS), -np.inf)
    unseen, truth = np.zeros(len(boards)), np.full(len(boards), -1, dtype=np.intp)
    for row, (plate, board) in enumerate(zip(plates, boards, strict=True)):
        seen = board.evidence()
        assert seen is not None
        place = seen.readers.index(reader)
        kept = np.argsort(-np.mean(seen.scores, axis=0))[:_MOST_TEXTS]  # the same texts for every reader
        scores[row, : kept.size] = np.maximum(np.array(seen.scores[place])[kept], _LEAST)
        unseen[row] = seen.unseen[place]
        texts = [seen.texts[one] for one in kept]
        truth[row] = texts.index(plate.truth) if plate.truth in texts else -1
    return ReaderTable(scores, unseen, truth)


def loss(
    tables: Sequence[ReaderTable], weights: Sequence[float], unseen: float, lapse: float, temperature: float
) -> float:
    """Mean log loss of "what was read is right", the event that the probability is about.

    The likelihood of the truth itself would be ruled by plates that nobody can read, and flatten all the others.
    """
    weighed = list(zip(weights, tables, strict=True))
    total = np.sum([weight * one.scores for weight, one in weighed], axis=0) / temperature
    rests = [weight * np.log(np.maximum(_LEAST_REST, unseen * one.unseen)) for weight, one in weighed]
    everything = np.logaddexp(np.logaddexp.reduce(total, axis=1), np.sum(rests, axis=0) / temperature)
    best = total.argmax(axis=1)
    read = np.exp(total[np.arange(best.size), best] - everything) * (1 - lapse) + lapse * ONE_OF_MANY
    right = np.where(best == tables[0].truth, read, 1 - read)
    return -float(np.mean(np.log(np.maximum(_LEAST_REST, right))))
