"""On what terms plates are decided: the calibration, the assumptions, the costs, and the thresholds they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

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


def terms_of(calibration: Calibration, assumed: Assumptions | None = None, harm: Harm | None = None) -> DecisionTerms:
    """Terms with their thresholds derived."""
    assumed, harm = assumed or Assumptions(), harm or Harm()
    return DecisionTerms(calibration, assumed, harm, derive(calibration, assumed, harm))
