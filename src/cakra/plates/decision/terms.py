"""On what terms plates are decided: the calibration, the assumptions, the costs, and the thresholds they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from cakra.core.policy.certainty import Certainty
from cakra.plates.decision.calibration import Calibration
from cakra.plates.decision.posterior import Posterior
from cakra.plates.decision.prior import Assumptions
from cakra.plates.decision.thresholds import Bound, Harm, Thresholds, bound, derive
from cakra.plates.reading import Evidence


@dataclass(frozen=True, slots=True)
class DecisionTerms:
    """Fixed before a run; make it with `terms_of`."""

    calibration: Calibration
    assumed: Assumptions
    harm: Harm
    thresholds: Thresholds

    def is_readable(self, photographs: Sequence[Evidence], weighed: Posterior) -> bool:
        """Whether they show a plate at all."""
        believed = weighed.read is not None and weighed.read_probability >= self.thresholds.min_evidence
        return believed and any(one.is_legible for one in photographs)

    def needed(self, kind: str) -> float:
        """The accept threshold as a probability of the claim."""
        odds = self.thresholds.accept[kind] + log(1 / self.assumed.camera_error_rate - 1)
        return 1 / (1 + exp(-odds))

    def bounds(self) -> dict[str, Bound]:
        """Kind → what stands behind its accept threshold."""
        return {
            kind: bound(tail, self.thresholds.accept[kind], self.assumed)
            for kind, tail in self.calibration.tails.items()
        }


def terms_under(calibration: Calibration, certainty: Certainty) -> DecisionTerms:
    """Terms as a directorate states them."""
    return terms_of(calibration, assumptions_of(certainty), harm_of(certainty))


def assumptions_of(certainty: Certainty) -> Assumptions:
    """What is believed before a photograph is seen."""
    return Assumptions(
        camera_error_rate=certainty.camera_error_rate,
        unregistered=certainty.unregistered_odds,
        home=certainty.home_regions,
        away=certainty.away_odds,
    )


def harm_of(certainty: Certainty) -> Harm:
    """What mistakes cost, and the bound on wrong notices."""
    return Harm(
        wrong_notice_bound=certainty.wrong_notice_bound,
        wrong_notice_costs=certainty.wrong_notice_costs,
        wrong_contradiction_costs=certainty.wrong_contradiction_costs,
        min_evidence=certainty.min_evidence,
    )


def terms_of(calibration: Calibration, assumed: Assumptions | None = None, harm: Harm | None = None) -> DecisionTerms:
    """Terms with their thresholds derived."""
    assumed, harm = assumed or Assumptions(), harm or Harm()
    return DecisionTerms(calibration, assumed, harm, derive(calibration, assumed, harm))
