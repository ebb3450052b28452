"""Fitting a calibration and saying how good it is: error before and after, thresholds and both bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cakra.core.errors import InputError
from cakra.plates.decision.calibration import Calibration
from cakra.plates.decision.prior import Assumptions
from cakra.plates.decision.terms import DecisionTerms, terms_of
from cakra.plates.decision.thresholds import Harm
from cakra.plates.fitting.fit import UNFITTED, Familiar, error_held_out, error_of, fit, tails
from cakra.plates.fitting.frames import Labelled, Told, drawn_frames, folder_frames, labelled
from cakra.plates.model import MODELS
from cakra.plates.reader import PlateReader

LEAST_FRAMES, LEAST_PLATES = 100, 40
_FOLDS = 5
_DRAWN = Familiar(alone=1.2, beside=1.5)
"""Drawn plates are what our own reader learnt on. Stated, as drawn plates cannot tell (decisions 0024 and 0026);
labelled frames can, and are taken as they are."""
_ASK_ALWAYS = 12.0
"""While fitting, the general reader is asked unless our own is surer than any decision needs (log Bayes factor)."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A calibration, and the terms that follow from it with the costs and assumptions in force."""

    calibration: Calibration
    terms: DecisionTerms

    def figures(self) -> dict[str, Any]:
        """For people and as JSON."""
        made = self.calibration
        return {
            "fitted_on": made.fitted_on,
            "plates": made.plates,
            "expected_calibration_error_before": round(made.error_before, 4),
            "expected_calibration_error_after": round(made.error_after, 4),
            "weights": dict(made.weights),
            "temperature": dict(made.temperature),
            "thresholds": {
                kind: {
                    "log_bayes_factor": round(one.threshold, 2),
                    "probability": self.terms.needed(kind),
                    "wrong_notices_modelled": one.modelled,
                    "wrong_notices_carried_by_data": one.carried,
                    "wrong_claims_above": one.exceeded,
                    "plates": one.plates,
                }
                for kind, one in self.terms.bounds().items()
            },
        }


def calibrate_folder(data: Path, told: Told, assumed: Assumptions | None = None, harm: Harm | None = None) -> Fitted:
    """Fit on an agency's labelled frames; InputError when the folder is wrong or holds too little."""
    count, frames = folder_frames(data)
    reader = PlateReader(terms=_thorough())
    return _fitted(labelled(frames, count, reader, told), f"frames in {data.name}", assumed, harm, Familiar())


def calibrate_drawn(seed: int, count: int, told: Told, assumed: Assumptions | None = None) -> Fitted:
    """Fit on drawn plates that no network was trained on: the calibration that ships."""
    reader = PlateReader(terms=_thorough())
    found = labelled(drawn_frames(seed, count), count, reader, told)
    return _fitted(found, f"drawn plates, seed {seed}", assumed, None, _DRAWN)


def _thorough() -> DecisionTerms:
    """Terms under which nearly every plate is shown to both readers."""
    terms = terms_of(UNFITTED)
    needed = dict.fromkeys(terms.thresholds.accept, _ASK_ALWAYS)
    return replace(terms, thresholds=replace(terms.thresholds, accept=needed))


def _fitted(
    found: list[Labelled], source: str, assumed: Assumptions | None, harm: Harm | None, familiar: Familiar
) -> Fitted:
    plates = {one.truth for one in found}
    if len(found) < LEAST_FRAMES or len(plates) < LEAST_PLATES:
        message = (
            f"A calibration needs at least {LEAST_FRAMES} frames of {LEAST_PLATES} different plates in which a plate "
            f"is seen, but these are {len(found)} of {len(plates)}. Label more; 2,000 frames make it worth trusting."
        )
        raise InputError(message, code="too_few_frames")
    assumed, harm = assumed or Assumptions(), harm or Harm()
    made = replace(
        fit(found, harm, assumed, familiar),
        fitted_on=source,
        plates=len(found),
        error_before=error_of(UNFITTED, found),
        error_after=error_held_out(found, _FOLDS, harm, assumed, familiar),
        models=dict(MODELS),
    )
    made = replace(made, tails=tails(made, found, assumed))
    return Fitted(made, terms_of(made, assumed, harm))
