"""The offences: which article, what deposit at most, what a machine must know to prove one, and from when to when.

Source: UU 22/2009 (LLAJ) and, from 2026-01-02, KUHP (UU 1/2023) art. 78(2) and 615 with UU 1/2026, which abolished
the confinement and set a least fine. Whether the nominal maxima changed with them is not settled: the maxima stay
and `needs_legal_signoff` is raised.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from cakra.core.errors import InputError
from cakra.core.law.lawtext import Field, holds, overlapping, read_document, refuse
from cakra.core.law.vehicle import VehicleKind
from cakra.core.money import Rupiah

FILE = "offences.toml"
_ARTICLE = re.compile(r"([0-9]+)(?:\(([0-9]+)\))?([a-z])?")


class UnknownOffence(InputError):
    """No offence by that code is in force on that day."""

    code = "unknown_offence"


class Need(StrEnum):
    """What must be known before a machine may find the offence by itself."""

    PLATE = "plate"
    PLACE = "place"
    TIME = "time"
    ROAD = "road"
    VEHICLE_KIND = "vehicle_kind"
    HOLIDAYS = "holidays"
    EXEMPTIONS = "exemptions"
    SPEED = "speed"
    SPEED_LIMIT = "speed_limit"
    CALIBRATION = "calibration"
    WEIGHT = "weight"
    REGISTER = "register"


class DepositRule(StrEnum):
    """What is deposited for several offences of one passage; not settled in law, so a setting."""

    HIGHEST = "highest"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class LegalRegime:
    """What the general part of criminal law says of all offences between two days (inclusive)."""

    id: str
    valid_from: date
    valid_to: date | None
    show_confinement: bool
    minimum_fine: Rupiah
    needs_legal_signoff: bool
    basis: str


@dataclass(frozen=True, slots=True)
class Offence:
    """One offence as it stands in a span of days; from `OffenceCatalogue.at` also under that day's regime."""

    code: str
    label_id: str
    label_en: str
    article: str
    """Article of UU 22/2009, such as `287(1)`."""
    jo: str
    """The duty that was broken, `106(4)a`; read together with the article."""
    maximum_deposit: Rupiah
    confinement_text: str | None
    """Hidden (None) where the regime of the day has abolished it."""
    valid_from: date
    valid_to: date | None
    needs: frozenset[Need]
    vehicle_kinds: frozenset[VehicleKind]
    """Empty: any vehicle."""
    hidden_by_mask: bool
    """The masks over glass and riders would hide it: an offence crop is shown after the second factor."""
    cakra: bool
    """One of the ten types that Cakra Presisi began with."""
    minimum_fine: Rupiah
    needs_legal_signoff: bool
    note: str

    @property
    def citation(self) -> str:
        """As it stands on a letter: `Pasal 287 ayat (1) jo. Pasal 106 ayat (4) huruf a`."""
        return f"{_spelt(self.article)} jo. {_spelt(self.jo)}" if self.jo else _spelt(self.article)

    def fits(self, kind: VehicleKind) -> bool | None:
        """Whether a vehicle of that kind can commit it; None when the kind is unknown and matters."""
        if not self.vehicle_kinds:
            return True
        return None if kind is VehicleKind.UNKNOWN else kind in self.vehicle_kinds


@dataclass(frozen=True, slots=True)
class OffenceCatalogue:
    """All offences with their spans of validity, the ten Cakra types first."""

    offences: tuple[Offence, ...]
    regimes: tuple[LegalRegime, ...]

    @classmethod
    def parse(cls, text: str) -> "OffenceCatalogue":
        """From the text of `offences.toml`; LawDataInvalid with every fault."""
        problems: list[str] = []
        catalogue = read_offences(text, problems)
        refuse(problems)
        return catalogue

    @property
    def codes(self) -> tuple[str, ...]:
        """Every known code once, in the order of the file."""
        return tuple(dict.fromkeys(offence.code for offence in self.offences))

    def regime(self, day: date) -> LegalRegime:
        """The regime of that day; UnknownOffence before the first."""
        for regime in self.regimes:
            if holds(regime.valid_from, regime.valid_to, day):
                return regime
        raise UnknownOffence(f"no law on file is in force on {day}; add its regime to {FILE}")

    def at(self, code: str, day: date) -> Offence:
        """The offence as the law stood on that (local) day; UnknownOffence names what is known."""
        of_code = [offence for offence in self.offences if offence.code == code]
        for offence in of_code:
            if holds(offence.valid_from, offence.valid_to, day):
                return _under(offence, self.regime(day))
        known = ", ".join(self.codes)
        if of_code:
            raise UnknownOffence(f"offence {code} was not in force on {day}; known codes: {known}")
        raise UnknownOffence(f"offence {code!r} is not known; known codes: {known}")

    def nearest(self, code: str, day: date) -> Offence:
        """The offence on that day; else as it stood last before, else as it will stand first. UnknownOffence."""
        own = [one for one in self.offences if one.code == code]
        begun = [one for one in own if one.valid_from <= day]
        chosen = (
            max(begun, key=lambda one: one.valid_from)
            if begun
            else min(own, key=lambda one: one.valid_from, default=None)
        )
        if chosen is None:
            return self.at(code, day)
        return self.at(code, min(max(day, chosen.valid_from), chosen.valid_to or date.max))

    def deposit(self, codes: Iterable[str], day: date, rule: DepositRule = DepositRule.HIGHEST) -> Rupiah:
        """The most that may be deposited for one passage with these offences (each counted once).

        UnknownOffence for an unknown code or for no code at all.
        """
        amounts = [self.at(code, day).maximum_deposit for code in sorted(set(codes))]
        if not amounts:
            raise UnknownOffence("a deposit needs at least one offence; none was given")
        return Rupiah(max(amounts) if rule is DepositRule.HIGHEST else sum(amounts))


def read_offences(text: str, problems: list[str]) -> OffenceCatalogue:
    """Read the file and note every fault; the catalogue is only fit for use when there was none."""
    document = read_document(FILE, text, problems)
    regimes = tuple(_regime(row) for row in document.rows("regime", "id"))
    offences = tuple(_offence(row) for row in document.rows("offence", "code"))
    document.finish()
    if not regimes:
        document.fault("no regime is given")
    if overlapping([(regime.valid_from, regime.valid_to) for regime in regimes]):
        document.fault("two regimes are in force on the same day")
    for code in dict.fromkeys(offence.code for offence in offences):
        if overlapping([(one.valid_from, one.valid_to) for one in offences if one.code == code]):
            document.fault(f"offence {code} has two entries in force on the same day")
    return OffenceCatalogue(offences, regimes)


def _regime(row: Field) -> LegalRegime:
    valid_from, valid_to = row.span()
    regime = LegalRegime(
        id=row.text("id"),
        valid_from=valid_from,
        valid_to=valid_to,
        show_confinement=row.flag("show_confinement", default=False),
        minimum_fine=Rupiah(row.number("minimum_fine", needed=False) or 0),
        needs_legal_signoff=row.flag("needs_legal_signoff", default=True),
        basis=row.text("basis"),
    )
    row.finish()
    return regime


def _offence(row: Field) -> Offence:
    valid_from, valid_to = row.span()
    maximum = row.number("maximum_deposit")
    if maximum == 0:
        row.fault("maximum_deposit is zero")
    offence = Offence(
        code=row.text("code"),
        label_id=row.text("label_id"),
        label_en=row.text("label_en"),
        article=row.text("article"),
        jo=row.text("jo", needed=False),
        maximum_deposit=Rupiah(maximum or 0),
        confinement_text=row.text("confinement_text", needed=False) or None,
        valid_from=valid_from,
        valid_to=valid_to,
        needs=row.choices("needs", Need),
        vehicle_kinds=row.choices("vehicle_kinds", VehicleKind),
        hidden_by_mask=row.flag("hidden_by_mask", default=False),
        cakra=row.flag("cakra", default=False),
        minimum_fine=Rupiah(0),
        needs_legal_signoff=row.flag("needs_legal_signoff", default=False),
        note=row.text("note", needed=False),
    )
    row.finish()
    return offence


def _under(offence: Offence, regime: LegalRegime) -> Offence:
    return replace(
        offence,
        confinement_text=offence.confinement_text if regime.show_confinement else None,
        minimum_fine=regime.minimum_fine,
        needs_legal_signoff=offence.needs_legal_signoff or regime.needs_legal_signoff,
    )


def _spelt(reference: str) -> str:
    """`106(4)a` → `Pasal 106 ayat (4) huruf a`; a text of another shape stays as it is."""
    match = _ARTICLE.fullmatch(reference)
    if match is None:
        return reference
    article, paragraph, letter = match.groups()
    return f"Pasal {article}" + (f" ayat ({paragraph})" if paragraph else "") + (f" huruf {letter}" if letter else "")
