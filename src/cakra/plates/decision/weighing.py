"""The arithmetic of `posterior`, compiled (numba): short rows, for which arrays cost more than the sums. Pure."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cakra.kit.compiled import compiled

Floats: TypeAlias = npt.NDArray[np.float64]


@compiled
def tempered(scores: Floats, weights: Floats, temperature: float, lapse: float, one_of_many: float) -> Floats:
    """Log-probabilities (readers, texts) summed by weight, cooled, made one, and mixed with the readers' lapses.

    Last of the texts are all others; in a lapse a plate has the share `one_of_many`, and they the rest.
    """
    total = np.zeros(scores.shape[1])
    for reader in range(weights.size):
        total += weights[reader] * scores[reader]
    mixed = shares(total / temperature) * (1 - lapse) + lapse * one_of_many
    mixed[-1] += lapse * (1 - one_of_many)
    return np.log(mixed)


@compiled
def shares(logs: Floats) -> Floats:
    """As probabilities that are one together."""
    raised = np.exp(logs - logs.max())
    found: Floats = raised / raised.sum()
    return found


@compiled
def held_against(logs: Floats, wrong: Floats, claim: int, error: float) -> tuple[float, Floats]:
    """The log Bayes factor of the claim (its place) against a wrong camera, and the logs with the camera heard.

    `wrong`: log share of its errors that make each text into the claim. `error`: how often a camera is wrong.
    """
    against = logs + wrong
    against[claim] = -np.inf
    highest = against.max()
    factor = logs[claim] - highest - np.log(np.exp(against - highest).sum())
    against += np.log(error)
    against[claim] = logs[claim] + np.log(1 - error)
    return factor, against
