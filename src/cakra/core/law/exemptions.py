"""Who is exempt from what: priority vehicles and the thirteen odd-even exemptions, held in a registry of plates.

Source: UU 22/2009 art. 134 and 135 (priority vehicles on duty, escorted or with light and siren, need not follow
lights and signs) and Pergub DKI 88/2019 art. 4(1) a to m. Helmet, belt, phone and passengers are never exempt. Of
speed and markings the statute says nothing: an officer decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cakra.core.law.lawtext import Field, read_document, refuse

FILE = "exemptions.toml"


class ExemptionEffect(StrEnum):
    """What an exemption does to one offence; the first is the strongest."""

    EXEMPT = "exempt"
    OFFICER = "officer"
    """Duty must be proved, or the statute is silent."""
    NONE = "none"


_STRONGEST_FIRST = tuple(ExemptionEffect)


@dataclass(frozen=True, slots=True)
class ExemptionBasis:
    """A legal ground and its reach; sets of offence codes."""

    code: str
    label_id: str
    label_en: str
    exempts: frozenset[str]
    """As such, whether on duty or not."""
    exempts_on_duty: frozenset[str]
    officer_decides: frozenset[str]
    source: str

    @property
    def reach(self) -> frozenset[str]:
        """Every offence this ground may touch."""
        return self.exempts | self.exempts_on_duty | self.officer_decides


@dataclass(frozen=True, slots=True)
class Exemption:
    """One entry of the registry. `plate` is canonical (`Plate.text`); instants are UTC, `valid_to` exclusive."""

    plate: str
    basis: str
    offences: frozenset[str]
    """Empty: all that the basis reaches."""
    valid_from: datetime
    valid_to: datetime | None
    document: str
    approver: str
    duty_proof_required: bool = True


@dataclass(frozen=True, slots=True)
class ExemptionFinding:
    """The strongest effect of all entries, and why."""

    effect: ExemptionEffect
    reason_id: str
    reason_en: str
    entry: Exemption | None = None


NOT_EXEMPT = ExemptionFinding(ExemptionEffect.NONE, "Tidak ada pengecualian terdaftar", "No registered exemption")


@dataclass(frozen=True, slots=True)
class ExemptionRules:
    """The legal grounds by code."""

    bases: Mapping[str, ExemptionBasis]

    @classmethod
    def parse(cls, text: str) -> "ExemptionRules":
        """From the text of `exemptions.toml`; LawDataInvalid with every fault."""
        problems: list[str] = []
        rules = read_exemptions(text, problems)
        refuse(problems)
        return rules

    def applies(self, entries: Iterable[Exemption], *, plate: str, offence: str, instant: datetime) -> ExemptionFinding:
        """The strongest effect on that offence, of those entries, for that plate at that instant."""
        findings = [
            self._finding(entry, offence) for entry in entries if entry.plate == plate and _valid(entry, instant)
        ]
        return min(findings, key=lambda finding: _STRONGEST_FIRST.index(finding.effect), default=NOT_EXEMPT)

    def problems(self, entry: Exemption) -> list[str]:
        """Why an entry may not be approved as it stands; empty when it may."""
        found = []
        basis = self.bases.get(entry.basis)
        if basis is None:
            found.append(f"basis {entry.basis!r} is not known; known: {', '.join(self.bases)}")
        elif beyond := entry.offences - basis.reach:
            found.append(f"basis {entry.basis} does not reach {', '.join(sorted(beyond))}")
        if entry.valid_to is not None and entry.valid_to <= entry.valid_from:
            found.append("the exemption ends before it begins")
        found += [f"{name} is missing" for name in ("document", "approver") if not getattr(entry, name).strip()]
        return found

    def _finding(self, entry: Exemption, offence: str) -> ExemptionFinding:
        basis = self.bases.get(entry.basis)
        if basis is None:
            return ExemptionFinding(
                ExemptionEffect.OFFICER,
                f"Dasar pengecualian {entry.basis} tidak dikenal",
                f"The exemption's basis {entry.basis} is not known",
                entry,
            )
        if entry.offences and offence not in entry.offences:
            return NOT_EXEMPT
        return _reach(basis, entry, offence)


def _reach(basis: ExemptionBasis, entry: Exemption, offence: str) -> ExemptionFinding:
    if offence in basis.officer_decides:
        words = ("undang-undang tidak mengaturnya; petugas memutuskan", "the statute is silent; an officer decides")
        effect = ExemptionEffect.OFFICER
    elif offence in basis.exempts_on_duty or (offence in basis.exempts and entry.duty_proof_required):
        # On file is not on duty: only an officer with the proof can tell.
        words = ("bukti tugas diperlukan", "proof of duty is needed")
        effect = ExemptionEffect.OFFICER
    elif offence in basis.exempts:
        words = (f"dikecualikan, dokumen {entry.document}", f"exempt by document {entry.document}")
        effect = ExemptionEffect.EXEMPT
    else:
        return NOT_EXEMPT
    return ExemptionFinding(effect, f"{basis.label_id}: {words[0]}", f"{basis.label_en}: {words[1]}", entry)


def _valid(entry: Exemption, instant: datetime) -> bool:
    return entry.valid_from <= instant and (entry.valid_to is None or instant < entry.valid_to)


def read_exemptions(text: str, problems: list[str]) -> ExemptionRules:
    """Read the file and note every fault; the rules are only fit for use when there was none."""
    document = read_document(FILE, text, problems)
    bases: dict[str, ExemptionBasis] = {}
    for row in document.rows("basis", "code"):
        basis = _basis(row)
        if basis.code in bases:
            row.fault("the code is given twice")
        bases[basis.code] = basis
    document.finish()
    return ExemptionRules(bases)


def _basis(row: Field) -> ExemptionBasis:
    basis = ExemptionBasis(
        code=row.text("code"),
        label_id=row.text("label_id"),
        label_en=row.text("label_en"),
        exempts=frozenset(row.texts("exempts")),
        exempts_on_duty=frozenset(row.texts("exempts_on_duty")),
        officer_decides=frozenset(row.texts("officer_decides")),
        source=row.text("source"),
    )
    row.finish()
    if not basis.reach:
        row.fault("the basis reaches no offence")
    if basis.exempts & basis.exempts_on_duty or (basis.exempts | basis.exempts_on_duty) & basis.officer_decides:
        row.fault("one offence stands in two of its lists")
    return basis
