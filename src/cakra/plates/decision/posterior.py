"""P(plate = t | photographs, prior): Bayes' rule over every plate that matters and one entry for all the rest. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np

from cakra.plates.decision.calibration import BOTH, Calibration
from cakra.plates.decision.prior import (
    NOT_ASKED,
    Assumptions,
    Registry,
    error_weights,
    region_weights,
    registry_weights,
)
from cakra.plates.decision.weighing import Floats, held_against, shares, tempered
from cakra.plates.reading import Evidence

_LEAST = 1e-300
ONE_OF_MANY = 1e-4
"""When readers lapse, the true plate is one of about so many that look like it."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Probabilities of plates; together with `other` they are one."""

    claim: str | None
    texts: tuple[str, ...]
    shares: Floats
    """Of each text, and last of every plate that nobody scored."""
    read: str | None
    """What the photographs alone say, no claim and no register heard."""
    read_probability: float
    factor: float | None
    """Log Bayes factor of the claim against the camera being wrong; None without a claim."""
    readers: tuple[str, ...]

    @property
    def other(self) -> float:
        """Of every plate that nobody scored."""
        return float(self.shares[-1])

    @cached_property
    def candidates(self) -> tuple[tuple[str, float], ...]:
        """The texts with their probabilities, likeliest first."""
        order = np.argsort(-self.shares[:-1], kind="stable")
        return tuple(zip([self.texts[one] for one in order.tolist()], self.shares[order].tolist(), strict=True))

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
    texts = _together([one.texts for one in photographs])
    likely = combined(photographs, calibration, texts)
    weighed = likely + registry_weights(registry, texts, assumed) if registry.asked else likely
    if assumed.home:
        weighed = weighed + region_weights(texts, assumed, claim)
    factor = None
    if claim in texts:
        wrong = error_weights(claim, texts, assumed)
        factor, weighed = held_against(weighed, wrong, texts.index(claim), assumed.camera_error_rate)
    alone = shares(likely)
    best = int(alone[:-1].argmax()) if texts else -1
    return Posterior(
        claim=claim if claim in texts else None,
        texts=texts,
        shares=shares(weighed),
        read=texts[best] if texts else None,
        read_probability=float(alone[best]) if texts else 0.0,
        factor=factor,
        readers=tuple(dict.fromkeys(reader for one in photographs for reader in one.readers)),
    )


def _together(lists: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Every text of several photographs, each once."""
    return lists[0] if len(lists) == 1 else tuple(dict.fromkeys([text for texts in lists for text in texts]))


def combined(photographs: Sequence[Evidence], calibration: Calibration, texts: tuple[str, ...]) -> Floats:
    """Log-likelihood of each text, and last of all other plates: calibrated, then damped over the photographs."""
    rows = [_tempered(one, calibration, texts) for one in photographs]
    return rows[0] if len(rows) == 1 else np.asarray(sum(rows) * len(rows) ** -calibration.damping)


def _tempered(one: Evidence, calibration: Calibration, texts: tuple[str, ...]) -> Floats:
    """Calibrated log-probabilities of one photograph: the readers' summed, tempered, and mixed with their lapses."""
    spoke = BOTH if len(one.readers) > 1 else one.readers[0]
    scores = np.empty((len(one.readers), len(texts) + 1))
    for place, unseen in enumerate(one.unseen):
        scores[place, -1] = log(max(_LEAST, calibration.unseen_share * unseen))
        if one.texts == texts:
            scores[place, :-1] = one.scores[place]
        else:
            known = dict(zip(one.texts, one.scores[place], strict=True))
            most = log(max(_LEAST, unseen))  # no unscored text can have more
            scores[place, :-1] = [known.get(text, most) for text in texts]
    weights = np.array([calibration.weights[reader] for reader in one.readers])
    return tempered(
        np.maximum(scores, log(_LEAST)), weights, calibration.temperature[spoke], calibration.lapse, ONE_OF_MANY
    )
