"""What follows from the photographs of one passage: accept the claim, ask an officer, or never use it. Pure.

Automatic acceptance sends a letter to a person's home, so everything between certain and contradicted is an
officer's. How certain is certain follows from costs and a bound (`thresholds`), not from a number chosen by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from types import MappingProxyType
from typing import Any

from cakra.core.identifiers.plate import PlateKind, parse_plate
from cakra.core.shares import percent
from cakra.plates.decision.calibration import CAR, PLAIN_HEIGHT_PX, PLAIN_SHARPNESS, is_plain
from cakra.plates.decision.posterior import Posterior, posterior
from cakra.plates.decision.prior import NOT_ASKED, Registry
from cakra.plates.decision.terms import DecisionTerms
from cakra.plates.reading import PlateReading

_TWINS = (frozenset("OQ"), frozenset("OD"), frozenset("OB"), frozenset("DQ"))
"""Series letters that one glyph may stand for: a struck O, a plain one, a worn one."""
_SHOWN, _LEAST_SHOWN = 5, 1e-4
_LIKELY = 0.5


class PlateOutcome(StrEnum):
    """What the photographs mean for the claim."""

    ACCEPT = "accept"
    REVIEW = "review"
    MISMATCH = "mismatch"
    """The photographs contradict the claim; never issue on it."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class PlateVerdict:
    """The outcome, a stable key for machines, one sentence for the officer, and what stands behind it.

    `facts`: `reading`, `probability` (of the claim), `needed` (what acceptance takes), `rivals` ([[text,
    probability], …]), `readers` (reader → what it alone reads), `score` (log Bayes factor of the claim),
    `would_change` (what would settle it), `calibration` (its SHA-256; it names the models).
    """

    outcome: PlateOutcome
    key: str
    reason: str
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def decide(
    readings: Sequence[PlateReading], terms: DecisionTerms, registry: Registry = NOT_ASKED, kind: str = CAR
) -> PlateVerdict:
    """Judge one or several photographs of one passage, all of the same claim. `kind`: `car` or `motorcycle`."""
    weighed = weigh(readings, terms, registry)
    photographs = [reading.evidence for reading in readings if reading.evidence is not None]
    if weighed is None or not terms.is_readable(photographs, weighed):
        return _unreadable(readings)
    verdict = _judge(readings, weighed, terms, kind)
    facts = _facts(readings, weighed, terms, registry, kind)
    return PlateVerdict(verdict.outcome, verdict.key, verdict.reason, facts)


def weigh(readings: Sequence[PlateReading], terms: DecisionTerms, registry: Registry = NOT_ASKED) -> Posterior | None:
    """The posterior of the readings; None when there is nothing to weigh."""
    photographs = [reading.evidence for reading in readings if reading.evidence is not None]
    if not photographs:
        return None
    claim = next((reading.claim for reading in readings if reading.claim), None)
    return posterior(photographs, terms.calibration, terms.assumed, claim, registry)


def rivals_of(weighed: Posterior, least: float = 1e-6) -> list[str]:
    """The plates whose existence matters: everything with a posterior above `least`, the claim included."""
    return [text for text, probability in weighed.candidates if probability > least]


def _judge(readings: Sequence[PlateReading], weighed: Posterior, terms: DecisionTerms, kind: str) -> PlateVerdict:
    claim, read = weighed.claim, weighed.read or ""
    if claim is None or weighed.factor is None:
        return _review("no_claim", f"Kamera tidak memberi pelat yang sah; foto terbaca {read}.")
    likeliest = weighed.candidates[0][0]
    if (
        weighed.claim_probability <= terms.thresholds.mismatch
        and likeliest != claim
        and weighed.of(likeliest) > _LIKELY
    ):
        if read in claim:
            return _review("partial", f"Foto hanya memperlihatkan {read} dari {claim}.")
        reason = f"Foto terbaca {likeliest}, bukan {claim} (peluang {claim} {percent(weighed.claim_probability)})."
        return PlateVerdict(PlateOutcome.MISMATCH, "contradicted", reason)
    sure = weighed.factor >= terms.thresholds.accept[kind] and read == claim
    if not (sure and _is_plain(readings) and _reads_as_plate(readings)):
        return _doubt(readings, weighed, claim)
    return _certain(readings, weighed, claim)


def _certain(readings: Sequence[PlateReading], weighed: Posterior, claim: str) -> PlateVerdict:
    """The photographs show the claim; what they may still keep from us."""
    if all(reading.beside for reading in readings if reading.evidence is not None):
        return _review("several", f"Foto memperlihatkan {claim} dan pelat lain; kamera tidak menunjuk pelatnya.")
    if _lacks_series(claim):
        # Hardly any plate has no series; a claim without one is most likely a worn or cut-off last letter.
        return _review("no_series", f"{claim} tidak berhuruf belakang; mungkin huruf terakhir tak terbaca.")
    reason = f"Foto memastikan {claim} (peluang {percent(weighed.claim_probability)})."
    return PlateVerdict(PlateOutcome.ACCEPT, "confirmed", reason)


def _is_plain(readings: Sequence[PlateReading]) -> bool:
    return any(is_plain(reading.height_px, reading.sharpness) for reading in readings)


def _reads_as_plate(readings: Sequence[PlateReading]) -> bool:
    """Whether some reader, left to itself, reads a plate of ours: a foreign one holds ours with a letter to spare."""
    return any(reading.evidence is not None and reading.evidence.reads_as_plate for reading in readings)


def _doubt(readings: Sequence[PlateReading], weighed: Posterior, claim: str) -> PlateVerdict:
    """Not certain: the officer hears of what it comes."""
    rival = next((text for text, _ in weighed.candidates if text != claim), None)
    best = max(readings, key=lambda reading: reading.height_px)
    if not _reads_as_plate(readings):
        return _review("foreign", f"Foto terbaca bukan sebagai pelat Indonesia; {claim} hanya sebagian darinya.")
    if rival is not None and _is_twin(claim, rival) and _is_plain(readings):
        return _review("glyph_twin", f"{claim} dan {rival} belum dapat dibedakan dari bentuk hurufnya.")
    if best.height_px < PLAIN_HEIGHT_PX:
        return _review("small", f"Pelat hanya {best.height_px:.0f} piksel tingginya di foto.")
    if best.sharpness < PLAIN_SHARPNESS:
        return _review("blurred", f"Foto pelat kurang tajam ({best.sharpness:.0f}).")
    if rival is None or weighed.other > weighed.of(rival):
        return _review("weak", f"Huruf pelat tidak jelas; {claim} hanya yang paling mungkin.")
    return _review("margin", f"Foto belum memastikan {claim}; {rival} juga mungkin.")


def _unreadable(readings: Sequence[PlateReading]) -> PlateVerdict:
    if all(reading.box is None for reading in readings):
        return PlateVerdict(PlateOutcome.UNREADABLE, "no_plate", "Tidak ada pelat yang ditemukan di foto.")
    foreign = next((reading.foreign for reading in readings if reading.foreign), None)
    if foreign is not None:
        return _review("no_plate_of_ours", f"Di foto terbaca {foreign}, yang bukan pelat Indonesia.")
    tallest = max(reading.height_px for reading in readings)
    if tallest < PLAIN_HEIGHT_PX:
        reason = f"Pelat terlalu kecil di foto ({tallest:.0f} piksel)."
        return PlateVerdict(PlateOutcome.UNREADABLE, "too_small", reason)
    return PlateVerdict(PlateOutcome.UNREADABLE, "illegible", "Pelat di foto tidak terbaca.")


def _review(key: str, reason: str) -> PlateVerdict:
    return PlateVerdict(PlateOutcome.REVIEW, key, reason)


def _facts(
    readings: Sequence[PlateReading], weighed: Posterior, terms: DecisionTerms, registry: Registry, kind: str
) -> Mapping[str, Any]:
    rivals = [(text, share) for text, share in weighed.candidates if text != weighed.claim and share >= _LEAST_SHOWN]
    return {
        "reading": weighed.read,
        "probability": round(weighed.claim_probability, 6),
        "needed": round(terms.needed(kind), 6),
        "rivals": [[text, round(share, 6)] for text, share in rivals[:_SHOWN]],
        "readers": _read_by(readings),
        "score": None if weighed.factor is None else round(weighed.factor, 2),
        "calibration": terms.calibration.sha256,
        "photographs": sum(reading.evidence is not None for reading in readings),
        "would_change": _would_change(readings, weighed, terms, registry, kind),
    }


def _read_by(readings: Sequence[PlateReading]) -> dict[str, str]:
    """Reader → the plate that it alone is surest of on any of the photographs."""
    best: dict[str, tuple[float, str]] = {}
    for one in [reading.evidence for reading in readings if reading.evidence and reading.evidence.texts]:
        for reader, scores in zip(one.readers, one.scores, strict=True):
            best[reader] = max(best.get(reader, (-inf, "")), *zip(scores, one.texts, strict=True))
    return {reader: text for reader, (_, text) in best.items()}


def _would_change(
    readings: Sequence[PlateReading], weighed: Posterior, terms: DecisionTerms, registry: Registry, kind: str
) -> list[dict[str, Any]]:
    """What would turn a doubt into an acceptance: a photograph that tells two letters apart, a word of the register."""
    claim, factor = weighed.claim, weighed.factor
    if claim is None or factor is None or (factor >= terms.thresholds.accept[kind] and weighed.read == claim):
        return []
    rival = next((text for text, _ in weighed.candidates if text != claim), None)
    if rival is None:
        return [{"by": "photograph", "tells": []}]
    told = [[a, b] for a, b in zip(claim, rival, strict=False) if a != b] if len(claim) == len(rival) else []
    changes: list[dict[str, Any]] = [{"by": "photograph", "tells": told, "rival": rival}]
    again = weigh(readings, terms, registry.telling(claim, rival))
    if again and _judge(readings, again, terms, kind).outcome is PlateOutcome.ACCEPT:
        changes.append({"by": "register", "absent": rival})
    return changes


def _is_twin(claim: str, rival: str) -> bool:
    if len(claim) != len(rival):
        return False
    pairs = [frozenset({a, b}) for a, b in zip(claim, rival, strict=True) if a != b]
    return len(pairs) == 1 and pairs[0] in _TWINS


def _lacks_series(claim: str) -> bool:
    plate = parse_plate(claim)
    return plate.kind is PlateKind.CIVIL and not plate.series
