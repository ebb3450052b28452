"""Which dates are free of the odd-even rule: public holidays, and joint leave only when it was announced.

The regulation names only holidays set by presidential decree; the transport office sometimes lifts the rule on
joint leave (cuti bersama) too. Each such decision is an override with its document, and an override wins always.
The date of a holiday that follows the moon is an estimate until it is decreed: such a day and its neighbours are
nobody's to compute.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from cakra.core.law.finding import LawFinding
from cakra.core.law.lawtext import read_document

FILE = "calendar.toml"


@dataclass(frozen=True, slots=True)
class Override:
    """A decision for one date, either way."""

    in_force: bool
    """True: odd-even holds on that date although it is a holiday or joint leave."""
    source: str


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """Local dates with their Indonesian names."""

    public: Mapping[date, str] = field(default_factory=dict)
    joint_leave: Mapping[date, str] = field(default_factory=dict)
    overrides: Mapping[date, Override] = field(default_factory=dict)
    estimated: frozenset[date] = frozenset()
    """Of the public holidays those whose date no decree has fixed."""

    def knows(self, year: int) -> bool:
        """Whether that year's holidays are on file; else nobody can say that a date is *no* holiday."""
        return any(day.year == year for day in self.public)

    def in_force(self, day: date) -> LawFinding:
        """Whether a rule that pauses on holidays holds on that date, as far as holidays go."""
        override = self.overrides.get(day)
        if override is not None:
            state_id, state_en = ("berlaku", "in force") if override.in_force else ("tidak berlaku", "lifted")
            return LawFinding(
                override.in_force,
                f"Ganjil-genap {state_id} pada {day:%d-%m-%Y} menurut {override.source}",
                f"Odd-even is {state_en} on {day} by {override.source}",
            )
        if day in self.public and day not in self.estimated:
            name = self.public[day]
            return LawFinding(
                violates=False,
                reason_id=f"{day:%d-%m-%Y} hari libur nasional: {name}",
                reason_en=f"{day} is a public holiday: {name}",
            )
        if (guessed := self._guessed_near(day)) is not None:
            return self._waits(day, guessed)
        if not self.knows(day.year):
            return LawFinding(
                violates=None,
                reason_id=f"Hari libur tahun {day.year} belum tercatat",
                reason_en=f"The holidays of {day.year} are not on file",
            )
        if day in self.joint_leave:
            return LawFinding(
                violates=True,
                reason_id=f"{day:%d-%m-%Y} cuti bersama, ganjil-genap tidak diumumkan bebas",
                reason_en=f"{day} is joint leave, for which no pause of odd-even was announced",
            )
        return LawFinding(
            violates=True,
            reason_id=f"{day:%d-%m-%Y} bukan hari libur nasional",
            reason_en=f"{day} is not a public holiday",
        )

    def _waits(self, day: date, guessed: date) -> LawFinding:
        name = self.public.get(guessed, "")
        return LawFinding(
            violates=None,
            reason_id=f"Tanggal {name} baru perkiraan ({guessed:%d-%m-%Y}); {day:%d-%m-%Y} menunggu keputusan",
            reason_en=f"{guessed} ({name}) is only an estimate: {day} waits for the decree",
        )

    def _guessed_near(self, day: date) -> date | None:
        """The estimated holiday on that date or beside it; one that a decree has confirmed is no estimate."""
        near = (day, day - timedelta(days=1), day + timedelta(days=1))
        return next((one for one in near if one in self.estimated and not self._is_confirmed(one)), None)

    def _is_confirmed(self, day: date) -> bool:
        override = self.overrides.get(day)
        return override is not None and not override.in_force


def read_overrides(text: str, problems: list[str]) -> dict[date, Override]:
    """The overrides of `calendar.toml`, every fault noted in `problems`."""
    document = read_document(FILE, text, problems)
    overrides: dict[date, Override] = {}
    for row in document.rows("override", "day"):
        day = row.day("day")
        override = Override(row.flag("in_force", default=True), row.text("source"))
        row.finish()
        if day is None:
            continue
        if day in overrides:
            row.fault(f"{day} has two overrides")
        overrides[day] = override
    document.finish()
    return overrides
