"""When a camera is no longer believed. Pure. Figures and their sources: docs/decisions/0021-camera-watch.md.

Agreement is a sequential test, a one-sided cumulative sum (Page 1954) of the log-likelihood ratio of "plainly poor"
against "as agreed": s ← max(0, s + ln(P(decision | poor) / P(decision | agreed))). A sum that reaches ln(N) while the
agreement is as agreed is expected at most once in N decisions (Lorden 1971), less often when it is better.

Scores are compared by the population stability index of two windows; it only ever alarms.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, log, sqrt

from cakra.core.shares import wilson

# Lower edges of the buckets after the first two (nothing read; below all edges): log Bayes factor of the claim, nats.
EDGES = (-8.0, -4.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0)
BUCKETS = len(EDGES) + 2
_Z999 = 3.090232
_HALF = 0.5  # so that an empty bucket has a logarithm


class CameraTrust(StrEnum):
    """How far a camera is believed."""

    TRUSTED = "trusted"
    ALARM = "alarm"  # somebody should look; nothing else changes
    HUMAN = "human"  # an officer decides each of its cases, until an officer lifts it


class Cause(StrEnum):
    """What speaks against a camera."""

    AGREEMENT = "agreement"
    SCORES = "scores"


@dataclass(frozen=True, slots=True)
class Limits:
    """What was agreed. The two runs are decisions between two false results while agreement is just as agreed."""

    agreed: float = 0.95
    poor: float = 0.80
    alarm_run: float = 1_000.0
    fall_back_run: float = 10_000.0
    shift: float = 0.25
    least_readings: int = 300
    reference_days: int = 14
    window_days: int = 7

    def __post_init__(self) -> None:
        """Raise ValueError for limits that decide nothing."""
        if not 0 < self.poor < self.agreed < 1 or not 1 < self.alarm_run <= self.fall_back_run:
            raise ValueError("a camera watch needs 0 < poor < agreed < 1 and 1 < alarm run ≤ fall-back run")

    @property
    def usual_delay(self) -> float:
        """About how many decisions it takes on average to leave a camera to officers whose agreement is poor."""
        drift = self.poor * log(self.poor / self.agreed) + (1 - self.poor) * log((1 - self.poor) / (1 - self.agreed))
        return log(self.fall_back_run) / drift


def suspicion_after(suspicion: float, agreements: Iterable[bool], limits: Limits) -> float:
    """The cumulative sum (nats, 0 or more) after these decisions, oldest first; it stops where a camera falls back."""
    for agreed in agreements:
        if suspicion >= log(limits.fall_back_run):
            break
        ratio = limits.poor / limits.agreed if agreed else (1 - limits.poor) / (1 - limits.agreed)
        suspicion = max(0.0, suspicion + log(ratio))
    return suspicion


@dataclass(frozen=True, slots=True)
class Agreement:
    """Officers' decisions in a window, and how many said what the machine had said; Wilson's interval of 95 %."""

    agreed: int
    decided: int

    @property
    def share(self) -> float | None:
        """None before the first decision."""
        return self.agreed / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float]:
        """Lowest and highest share that the decisions are compatible with."""
        return wilson(self.agreed, self.decided)


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a window's scores lie from the reference. `limit`: from there on it alarms; `lower`: less sure."""

    index: float
    limit: float
    lower: bool

    @property
    def found(self) -> bool:
        """Whether it alarms."""
        return self.index >= self.limit

    @property
    def over(self) -> bool:
        """Whether an alarm may end: well below the limit, so that it does not flap about it."""
        return self.index < self.limit / 2


def shift_of(reference: Sequence[int], window: Sequence[int], limits: Limits) -> Shift | None:
    """Population stability index of the window against the reference; None while either holds too few readings.

    Both count readings a bucket. The limit is the agreed one, or what chance alone exceeds once in a thousand windows
    when that is more: under no change the index is about (1/n + 1/m) χ² with BUCKETS - 1 degrees of freedom.
    """
    n, m = sum(reference), sum(window)
    if min(n, m) < limits.least_readings:
        return None
    before = [(count + _HALF) / (n + _HALF * BUCKETS) for count in reference]
    after = [(count + _HALF) / (m + _HALF * BUCKETS) for count in window]
    index = sum((q - p) * log(q / p) for p, q in zip(before, after, strict=True))
    chance = (1 / n + 1 / m) * _chi_square_999(BUCKETS - 1)
    means = [sum(place * share for place, share in enumerate(shares)) for shares in (before, after)]
    return Shift(index, max(limits.shift, chance), lower=means[1] < means[0])


def _chi_square_999(freedom: int) -> float:
    """The 99.9 % point, after Wilson and Hilferty (1931); within 1 % of the table from 10 degrees of freedom on."""
    spread = 2 / (9 * freedom)
    return float(freedom * (1 - spread + _Z999 * sqrt(spread)) ** 3)


@dataclass(frozen=True, slots=True)
class Judgement:
    """An outcome and everything that speaks for it."""

    outcome: CameraTrust
    causes: frozenset[Cause]


TRUST = Judgement(CameraTrust.TRUSTED, frozenset())


def judge(before: Judgement, suspicion: float, shift: Shift | None, limits: Limits) -> Judgement:
    """Where a camera stands now. `human` stays until an officer lifts it; an alarm ends well below its limit."""
    if not isfinite(suspicion):
        raise ValueError("suspicion is no number")
    causes = set()
    held = Cause.AGREEMENT in before.causes
    if suspicion >= log(limits.alarm_run) * (_HALF if held else 1.0):
        causes.add(Cause.AGREEMENT)
    held = Cause.SCORES in before.causes
    if (shift is None and held) or (shift is not None and (shift.found or (held and not shift.over))):
        causes.add(Cause.SCORES)
    if before.outcome is CameraTrust.HUMAN:
        return before
    if suspicion >= log(limits.fall_back_run):
        return Judgement(CameraTrust.HUMAN, frozenset(causes))
    return Judgement(CameraTrust.ALARM, frozenset(causes)) if causes else TRUST
