"""How sure is sure enough: thresholds that follow from stated costs and a stated bound on wrong notices. Pure.

A notice goes to an innocent owner when the camera's claim is wrong and the machine accepts it all the same:
P(wrong notice) = P(claim wrong) x P(accepted | wrong claim). The first factor is an assumption. The second is read off
the best wrong claim of every calibration plate, and beyond the data from a tail model: scores above a high level
exceed it by a generalised Pareto law (Pickands 1975), never taken to be lighter than exponential.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

from cakra.plates.decision.calibration import CAR, MOTORCYCLE, Calibration, Tail
from cakra.plates.decision.prior import Assumptions

_CONFIDENCE = 0.95
_HEAVIEST = 0.5
"""Shape above which a tail has no variance; a fit that says so has seen too little."""


@dataclass(frozen=True, slots=True)
class Harm:
    """What mistakes cost, in officers' reviews, and what is bounded whatever they cost."""

    wrong_notice_bound: float = 1e-4
    """At most this share of passages with evidence may become a notice to the wrong owner."""
    wrong_notice_costs: float = 1000.0
    """One notice to an innocent owner: the answer, the officer who cancels, the trust."""
    wrong_contradiction_costs: float = 20.0
    """An officer told that the photograph shows another plate when it does not."""
    min_evidence: float = 0.02
    """Below this probability of its best plate a photograph, by itself, shows no plate."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Derived by `derive`; the settings name costs and bounds, never these."""

    accept: Mapping[str, float]
    """`car` and `motorcycle` → least log Bayes factor of the claim."""
    mismatch: float
    """Greatest probability of a claim that the photograph contradicts."""
    min_evidence: float


@dataclass(frozen=True, slots=True)
class Bound:
    """What stands behind one accept threshold: shares of passages that become a wrong notice."""

    threshold: float
    modelled: float
    """By the tail model."""
    carried: float
    """95 % upper bound that the calibration plates alone can carry (Clopper and Pearson 1934)."""
    exceeded: int
    plates: int


def derive(calibration: Calibration, assumed: Assumptions, harm: Harm) -> Thresholds:
    """Thresholds of both kinds: the stricter of expected harm and of the bound on wrong notices."""
    by_cost = log(harm.wrong_notice_costs) - log((1 - assumed.camera_error_rate) / assumed.camera_error_rate)
    allowed = harm.wrong_notice_bound / assumed.camera_error_rate
    accept = {
        kind: max(by_cost, exceeding(calibration.tails[kind], allowed) if allowed < 1 else by_cost)
        for kind in (CAR, MOTORCYCLE)
    }
    return Thresholds(accept, 1 / harm.wrong_contradiction_costs, harm.min_evidence)


def bound(tail: Tail, threshold: float, assumed: Assumptions) -> Bound:
    """Both bounds at a threshold: the one by model, and the one that the data alone carries."""
    exceeded = sum(score >= threshold for score in tail.highest)
    carried = upper_share(exceeded, tail.plates)
    error = assumed.camera_error_rate
    return Bound(threshold, error * tail_share(tail, threshold), error * carried, exceeded, tail.plates)


def tail_share(tail: Tail, threshold: float) -> float:
    """P(best wrong claim of a plate scores at least `threshold`)."""
    level, scale, shape = _pareto(tail)
    above = len(tail.highest) / tail.plates
    over = max(0.0, threshold - level)  # at the level and below it every kept score is as high
    return above * (exp(-over / scale) if shape == 0 else exp(-log1p(shape * over / scale) / shape))


def exceeding(tail: Tail, share: float) -> float:
    """The threshold that the best wrong claim exceeds with probability `share`; inverse of `tail_share`."""
    level, scale, shape = _pareto(tail)
    ratio = min(1.0, share * tail.plates / len(tail.highest))
    return level + (-scale * log(ratio) if shape == 0 else scale * (exp(-shape * log(ratio)) - 1) / shape)


def _pareto(tail: Tail) -> tuple[float, float, float]:
    """(level, scale, shape) of the excesses over the lowest kept score, by weighted moments (Hosking, Wallis 1987)."""
    level = tail.highest[-1]
    excesses = sorted(score - level for score in tail.highest)
    count = len(excesses)
    mean = max(1e-6, sum(excesses) / count)
    weighted = sum(over * (count - 0.65 - place) / count for place, over in enumerate(excesses)) / count
    # Never taken for lighter than exponential (shape 0); by Chebyshev's sum inequality the divisor is above zero.
    shape = min(_HEAVIEST, max(0.0, 2 - mean / (mean - 2 * weighted)))
    return level, mean * (1 - shape), shape


def upper_share(hits: int, trials: int) -> float:
    """The upper 95 % limit of a share after `hits` of `trials`; about 3 / trials after none."""
    if hits >= trials:
        return 1.0
    low, high = hits / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(hits, trials, middle) > 1 - _CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def _at_most(hits: int, trials: int, share: float) -> float:
    """P(at most `hits` of `trials`) of the binomial law, for a share between 0 and 1."""
    return sum(
        exp(
            lgamma(trials + 1)
            - lgamma(one + 1)
            - lgamma(trials - one + 1)
            + one * log(share)
            + (trials - one) * log1p(-share)
        )
        for one in range(hits + 1)
    )
