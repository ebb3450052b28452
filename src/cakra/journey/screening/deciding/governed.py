"""Which policies decide a passage: the editions in force on the local day of its violation, and what follows from them.

A decision keeps the names of its editions, so that it can be explained and judged again after they were replaced.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from cakra.core.law.zones.holidays import HolidayCalendar
from cakra.core.law.zones.oddeven import OddEvenRules
from cakra.core.policy.automation import Automation, Mode
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kinds import AGES, AUTOMATION, THRESHOLDS, ZONES
from cakra.core.states.case import Case
from cakra.journey.screening.rules import strictest
from cakra.plates.decision.calibration import Calibration
from cakra.plates.decision.terms import DecisionTerms, terms_under


@dataclass(frozen=True, slots=True)
class Governed:
    """What decides one passage. `editions`: their names; `automation` None: a jurisdiction that is not on file."""

    editions: str
    automation: Automation | None
    min_audited_precision: float
    terms: DecisionTerms
    oldest: timedelta
    odd_even: OddEvenRules

    def mode(self, offences: Sequence[str]) -> Mode:
        """How much the machine may decide; a jurisdiction that is not on file leaves it to people."""
        return Mode.HUMAN if self.automation is None else strictest([self.automation.of(code) for code in offences])


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The policies of screening. `calibration`: of the plate reader; `holidays`: for the odd-even rule."""

    book: PolicyBook
    calibration: Calibration
    holidays: HolidayCalendar
    _made: dict[tuple[bool, str], Governed] = field(default_factory=dict, repr=False)
    _terms: dict[str, DecisionTerms] = field(default_factory=dict, repr=False)

    def of(self, case: Case) -> Governed:
        """What decides this case. SetupError when an edition in force cannot be read by this version."""
        place, day = case.jurisdiction, self.book.day_of(case.jurisdiction, case.occurred_at)
        automation = self.book.in_force(AUTOMATION, place, day)
        thresholds = self.book.in_force(THRESHOLDS, place, day)
        ages, zones = self.book.in_force(AGES, place, day), self.book.in_force(ZONES, place, day)
        key = self.book.knows(place), f"{automation.label} {thresholds.label} {ages.label} {zones.label}"
        found = self._made.get(key)
        if found is None:
            terms = self._terms.get(thresholds.label)
            if terms is None:
                terms = self._terms[thresholds.label] = terms_under(self.calibration, thresholds.content)
            found = self._made[key] = Governed(
                key[1],
                automation.content if key[0] else None,
                thresholds.content.min_audited_precision,
                terms,
                ages.content.oldest,
                OddEvenRules(zones.content, self.holidays),
            )
        return found
