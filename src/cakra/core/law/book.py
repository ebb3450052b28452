"""The law on file, parsed once: what wiring builds at start and hands to the stages.

What a directorate decides for itself (deadlines, odd-even zones) is policy: `core/policy`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from cakra.core.law import exemptions, offences, speed
from cakra.core.law.exemptions import ExemptionRules
from cakra.core.law.lawtext import refuse
from cakra.core.law.offences import OffenceCatalogue
from cakra.core.law.speed import SpeedRules
from cakra.core.law.zones import holidays, oddeven
from cakra.core.law.zones.holidays import HolidayCalendar

PACKAGE: Final = "cakra.core.law"
LAW_FILES: Final = tuple(f"data/{name}" for name in (offences.FILE, holidays.FILE, exemptions.FILE, speed.FILE))
"""Read each with `kit.resources.read_package_text(PACKAGE, name)` and hand them in under these names."""


@dataclass(frozen=True, slots=True)
class LawBook:
    """Offences, holidays, exemptions and speed, free of contradictions."""

    offences: OffenceCatalogue
    holidays: HolidayCalendar
    exemptions: ExemptionRules
    speed: SpeedRules

    @classmethod
    def parse(
        cls,
        texts: Mapping[str, str],
        *,
        public_holidays: Mapping[date, str],
        joint_leave: Mapping[date, str],
        estimated: Collection[date] = (),
    ) -> "LawBook":
        """From the texts of LAW_FILES and the holidays; LawDataInvalid with every fault of every file.

        `estimated`: those of the public holidays whose date no decree has fixed yet.
        """
        problems: list[str] = []
        calendar = HolidayCalendar(public_holidays, joint_leave, estimated=frozenset(estimated))
        book = read_book(texts, problems, calendar)
        refuse(problems)
        return book


def read_book(
    texts: Mapping[str, str],
    problems: list[str],
    known: HolidayCalendar,
) -> LawBook:
    """Read every file, noting every fault, contradictions between files included."""

    def text_of(name: str) -> str:
        text = texts.get(f"data/{name}")
        if text is None:
            problems.append(f"{name}: the file is missing")
        return text or ""

    overrides = holidays.read_overrides(text_of(holidays.FILE), problems)
    calendar = replace(known, overrides=overrides)
    book = LawBook(
        offences=offences.read_offences(text_of(offences.FILE), problems),
        holidays=calendar,
        exemptions=exemptions.read_exemptions(text_of(exemptions.FILE), problems),
        speed=speed.read_speed(text_of(speed.FILE), problems),
    )
    codes = set(book.offences.codes)
    problems.extend(
        f"{exemptions.FILE}: basis {basis.code} names the unknown offence {code}"
        for basis in book.exemptions.bases.values()
        for code in sorted(basis.reach - codes)
    )
    if oddeven.OFFENCE not in codes:
        problems.append(f"{offences.FILE}: odd-even zones need the offence {oddeven.OFFENCE}, which is missing")
    return book


def check_law(texts: Mapping[str, str]) -> list[str]:
    """Everything wrong in the law's files, one sentence each; empty when they may be used."""
    problems: list[str] = []
    read_book(texts, problems, HolidayCalendar())
    return problems
