"""How sure the machine must be: costs, bounds and assumptions from which the plate thresholds follow. Pure.

Source: `data/thresholds.toml`; argued in decision 0020.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cakra.core.identifiers.regions import REGIONS
from cakra.core.law.lawtext import Field
from cakra.core.policy.kind import Scope, read_one

FILE = "thresholds.toml"
_MOST_COSTS = 1e9


@dataclass(frozen=True, slots=True)
class Certainty:
    """Shares lie between 0 and 1, costs are counted in officers' reviews, odds against a registered plate at home.

    The names are explained in `data/thresholds.toml`.
    """

    min_audited_precision: float
    wrong_notice_bound: float
    camera_error_rate: float
    wrong_notice_costs: float
    wrong_contradiction_costs: float
    unregistered_odds: float
    away_odds: float
    min_evidence: float
    home_regions: frozenset[str]


def parse_certainty(text: str) -> Certainty:
    """From the text of `thresholds.toml`; LawDataInvalid with every fault."""
    return read_one(FILE, text, _read)


def _read(document: Field) -> Certainty:
    regions = frozenset(code.strip().upper() for code in document.texts("home_regions", needed=True))
    if unknown := sorted(regions - set(REGIONS)):
        document.fault(
            f"home_regions names {', '.join(map(repr, unknown))}: no such region code;"
            " write the letters that plates begin with, as B or AB"
        )
    return Certainty(
        min_audited_precision=document.real("min_audited_precision", above=0, most=1),
        wrong_notice_bound=document.real("wrong_notice_bound", above=0, most=0.5),
        camera_error_rate=document.real("camera_error_rate", above=0, most=0.49),
        wrong_notice_costs=document.real("wrong_notice_costs", above=1, most=_MOST_COSTS),
        wrong_contradiction_costs=document.real("wrong_contradiction_costs", above=1, most=_MOST_COSTS),
        unregistered_odds=document.real("unregistered_odds", above=0, most=1),
        away_odds=document.real("away_odds", above=0, most=1),
        min_evidence=document.real("min_evidence", above=0, most=0.99),
        home_regions=regions,
    )


def check_certainty(told: Certainty, _scope: Scope) -> Iterator[str]:
    """Costs that would have the machine rather accuse than ask."""
    if told.wrong_contradiction_costs > told.wrong_notice_costs:
        yield "wrong_contradiction_costs is more than wrong_notice_costs: a wrong notice is the worse mistake"
