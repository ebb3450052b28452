"""On what terms a camera's plate is decided, from the settings."""

from cakra.core.errors import SetupError
from cakra.core.regions import REGIONS
from cakra.kit.settings import Settings
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.prior import Assumptions
from cakra.plates.decision.terms import DecisionTerms, terms_of
from cakra.plates.decision.thresholds import Harm
from cakra.plates.reader import PlateReader


def plate_terms(settings: Settings) -> DecisionTerms:
    """On what terms plates are decided, as configured before the run; InputError when the calibration is wrong."""
    calibration = load_calibration(settings.plates.calibration_file)
    return terms_of(calibration, plate_assumptions(settings), plate_harm(settings))


def plate_assumptions(settings: Settings) -> Assumptions:
    """What is believed before a photograph is seen; SetupError for a region that does not exist."""
    told = settings.plates
    home = frozenset(code.strip().upper() for code in told.home_regions)
    if unknown := sorted(home - set(REGIONS)):
        message = (
            f"plates.home_regions names {', '.join(map(repr, unknown))}: no such region code. "
            "Write the letters that plates begin with, as B or AB."
        )
        raise SetupError(message)
    return Assumptions(
        camera_error_rate=told.camera_error_rate,
        unregistered=told.unregistered_odds,
        home=home,
        away=told.away_odds,
    )


def plate_harm(settings: Settings) -> Harm:
    """What mistakes cost, and the bound on wrong notices."""
    told = settings.plates
    return Harm(
        wrong_notice_bound=told.wrong_notice_bound,
        wrong_notice_costs=told.wrong_notice_costs,
        wrong_contradiction_costs=told.wrong_contradiction_costs,
        min_evidence=told.min_evidence,
    )


async def plates_told(settings: Settings) -> str:
    """For `cakra doctor`: on what it was fitted, and how sure a plate must be."""
    terms = plate_terms(settings)
    PlateReader(terms=terms)  # the models are opened at need only
    needed = ", ".join(f"{kind} from {terms.needed(kind):.5f}" for kind in terms.thresholds.accept)
    regions = ", ".join(sorted(terms.assumed.home))
    return f"fitted on {terms.calibration.fitted_on}; accepted: {needed}{f'; at home: {regions}' if regions else ''}"
