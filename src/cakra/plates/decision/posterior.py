"""P(plate = t | photographs, prior): Bayes' rule over every plate that matters and one entry for all the rest. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from cakra.plates.decision.calibration import BOTH, Calibration
from cakra.plates.decision.prior import (
    NOT_ASKED,
    Assumptions,
    Registry,
    error_weights,
    region_weights,
    registry_weights,
)
from cakra.plates.reading import Evidence

Floats = npt.NDArray[np.float64]
_LEAST = 1e-300
ONE_OF_MANY = 1e-4
"""When readers lapse, the true plate is one of about so many that look like it."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """Probabilities of the candidates, likeliest first; together with `other` they are one."""

    claim: str | None
    candidates: tuple[tuple[str, float], ...]
    other: float
    """Of every plate that nobody scored."""
    read: str | None
    """What the photographs alone say, no claim and no register heard."""
    read_probability: float
    factor: float | None
    """Log Bayes factor of the claim against the camera being wrong; None without a claim."""
    readers: tuple[str, ...]

    def of(self, text: str) -> float:
        """The probability of one plate; 0 when it is none of the candidates."""
        return next((probability for one, probability in self.candidates if one == text), 0.0)

    @property
    def claim_probability(self) -> float:
        """Of the claim; 0 without one."""
        return self.of(self.claim) if self.claim else 0.0


def posterior(
    photographs: Sequence[Evidence],
    calibration: Calibration,
    assumed: Assumptions,
    claim: str | None = None,
    registry: Registry = NOT_ASKED,
) -> Posterior:
    """Weigh one or several photographs of one passage; needs at least one, and the claim scored in one of them."""
    texts = list(dict.fromkeys([text for one in photographs for text in one.texts]))
    likely = combined(photographs, calibration, tuple(texts))
    alone = _shares(likely)
    best = int(alone[:-1].argmax()) if texts else -1
    before = registry_weights(registry, texts, assumed) + region_weights(texts, assumed, claim)
    factor = None
    if claim in texts:
        wrong = error_weights(claim, texts, assumed)
        place = texts.index(claim)
        weighed = likely + before
        against = weighed + wrong
        against[place] = -np.inf
        factor = float(weighed[place] - np.logaddexp.reduce(against))
        before = before + wrong + log(assumed.camera_error_rate)
        before[place] += log(1 - assumed.camera_error_rate) - log(assumed.camera_error_rate) - wrong[place]
    shares = _shares(likely + before)
    order = np.argsort(-shares[:-1], kind="stable")
    return Posterior(
        claim=claim if claim in texts else None,
        candidates=tuple((texts[one], float(shares[one])) for one in order),
        other=float(shares[-1]),
        read=texts[best] if texts else None,
        read_probability=float(alone[best]) if texts else 0.0,
        factor=factor,
        readers=tuple(dict.fromkeys(reader for one in photographs for reader in one.readers)),
    )


def combined(photographs: Sequence[Evidence], calibration: Calibration, texts: tuple[str, ...]) -> Floats:
    """Log-likelihood of each text, and last of all other plates: calibrated, then damped over the photographs."""
    rows = [_tempered(one, calibration, texts) for one in photographs]
    share = len(rows) ** -calibration.damping if rows else 0.0
    return np.asarray(sum(rows, np.zeros(len(texts) + 1)) * share)


def _tempered(one: Evidence, calibration: Calibration, texts: tuple[str, ...]) -> Floats:
    """Calibrated log-probabilities of one photograph: the readers' summed, tempered, and mixed with their lapses."""
    total = np.zeros(len(texts) + 1)
    for place, reader in enumerate(one.readers):
        rest = max(_LEAST, calibration.unseen_share * one.unseen[place])
        if one.texts == texts:
            scores = np.array([*one.scores[place], log(rest)])
        else:
            known = dict(zip(one.texts, one.scores[place], strict=True))
            unseen = log(max(_LEAST, one.unseen[place]))  # no unscored text can have more
            scores = np.array([*(known.get(text, unseen) for text in texts), log(rest)])
        total += calibration.weights[reader] * np.maximum(scores, log(_LEAST))
    spoke = BOTH if len(one.readers) > 1 else one.readers[0]
    total /= calibration.temperature[spoke]
    total -= np.logaddexp.reduce(total)
    return mixed(total, calibration.lapse)


def mixed(logs: Floats, lapse: float) -> Floats:
    """Log-probabilities (last axis: the texts, then all others) as they are but for a share of lapses."""
    blind = np.full(logs.shape[-1], log(lapse * ONE_OF_MANY))
    blind[-1] = log(lapse)
    return np.asarray(np.logaddexp(logs + log(1 - lapse), blind))


def _shares(logs: Floats) -> Floats:
    raised = np.exp(logs - logs.max())
    return np.asarray(raised / raised.sum())
