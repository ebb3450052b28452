"""On what terms a camera's plate is decided."""

from pathlib import Path

from cakra.core.errors import SetupError
from cakra.core.policy.certainty import Certainty, parse_certainty
from cakra.core.policy.kinds import THRESHOLDS
from cakra.kit.settings import Settings
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.terms import DecisionTerms, terms_under
from cakra.plates.reader import PlateReader
from cakra.store.policies.reading import packaged_text


def stated_certainty(file: Path | None = None) -> Certainty:
    """How sure a plate must be by a file of the kind `thresholds`; the packaged one when left out. SetupError."""
    if file is None:
        return parse_certainty(packaged_text(THRESHOLDS))
    try:
        return parse_certainty(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise SetupError(f"{file} cannot be read: {problem}.") from problem


def plate_terms(settings: Settings, certainty: Certainty) -> DecisionTerms:
    """On what terms plates are decided here; InputError when the calibration is wrong."""
    return terms_under(load_calibration(settings.plates.calibration_file), certainty)


async def plates_told(settings: Settings) -> str:
    """For `cakra doctor`: on what it was fitted, and how sure a plate must be by the packaged thresholds."""
    terms = plate_terms(settings, stated_certainty())
    PlateReader(terms=terms)  # the models are opened at need only
    needed = ", ".join(f"{kind} from {terms.needed(kind):.5f}" for kind in terms.thresholds.accept)
    return f"fitted on {terms.calibration.fitted_on}; accepted, unless a policy says otherwise: {needed}"
