"""What follows from a reading: accept the camera's claim, ask an officer, or never use it. Pure.

Automatic acceptance sends a letter to a person's home, so everything between certain and contradicted is an
officer's. Margins are those measured on real Indonesian photographs: at 4 log units none of 42,000 look-alike
claims was accepted.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from cakra.core.plate import PlateKind, parse_plate
from cakra.plates.reading import PlateReading


class PlateOutcome(StrEnum):
    """What the photograph means for the claim."""

    ACCEPT = "accept"
    REVIEW = "review"
    MISMATCH = "mismatch"
    """The photograph contradicts the claim; never issue on it."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class PlateThresholds:
    """Fixed before a run; the settings mirror them. Log units, pixels of box height, `Quality.sharpness`."""

    accept_margin: float = 4.0
    mismatch_margin: float = -4.0
    min_contradicting_log_probability: float = -6.0
    min_height_px: float = 24.0
    unreadable_height_px: float = 16.0
    min_sharpness: float = 80.0
    min_claim_log_probability: float = -8.0


@dataclass(frozen=True, slots=True)
class PlateVerdict:
    """The outcome, a stable key for machines, and one sentence for the officer."""

    outcome: PlateOutcome
    key: str
    reason: str


def decide(
    reading: PlateReading, thresholds: PlateThresholds, unregistered: AbstractSet[str] = frozenset()
) -> PlateVerdict:
    """Judge one reading. `unregistered`: spellings the register does not know, which settles glyph twins."""
    if reading.text is None or reading.height_px < thresholds.unreadable_height_px:
        return _unreadable(reading, thresholds)
    if reading.claim is None or reading.claim_margin is None:
        return _review("no_claim", f"Kamera tidak memberi pelat yang sah; foto terbaca {reading.text}.")
    twins = [twin for twin in reading.ambiguous if twin not in unregistered]
    if reading.claim_margin < thresholds.accept_margin and reading.text in twins:
        return _twin(reading, reading.text)
    if reading.claim_margin <= thresholds.mismatch_margin:
        return _judge_contradiction(reading, reading.claim, reading.text, thresholds)
    if reading.claim_margin < thresholds.accept_margin:
        return _review("margin", f"Foto belum memastikan {reading.claim}; {reading.rival} juga mungkin.")
    return _judge_picture(reading, thresholds, twins)


def _judge_contradiction(reading: PlateReading, claim: str, text: str, thresholds: PlateThresholds) -> PlateVerdict:
    """Another plate reads better; only a photograph that is itself plain may contradict the camera."""
    if reading.log_probability < thresholds.min_contradicting_log_probability:
        return _review("weak", f"Huruf pelat tidak jelas; foto paling mirip {text}.")
    if text in claim:
        return _review("partial", f"Foto hanya memperlihatkan {text} dari {claim}.")
    reason = f"Foto terbaca {reading.rival}, bukan {claim} (selisih {reading.claim_margin:.1f})."
    return PlateVerdict(PlateOutcome.MISMATCH, "contradicted", reason)


def _judge_picture(reading: PlateReading, thresholds: PlateThresholds, twins: list[str]) -> PlateVerdict:
    """The claim stands above its rivals; the picture must be good enough to believe that."""
    if reading.height_px < thresholds.min_height_px:
        return _review("small", f"Pelat hanya {reading.height_px:.0f} piksel tingginya di foto.")
    if reading.sharpness < thresholds.min_sharpness:
        return _review("blurred", f"Foto pelat kurang tajam ({reading.sharpness:.0f}).")
    if (reading.claim_log_probability or 0.0) < thresholds.min_claim_log_probability:
        return _review("weak", f"Huruf pelat tidak jelas; {reading.claim} hanya yang paling mungkin.")
    if twins:
        return _twin(reading, twins[0])
    if reading.claim is not None and _lacks_series(reading.claim):
        # Hardly any plate has no series; a claim without one is most likely a worn or cut-off last letter.
        return _review("no_series", f"{reading.claim} tidak berhuruf belakang; mungkin huruf terakhir tak terbaca.")
    reason = f"Foto memastikan {reading.claim} (selisih {reading.claim_margin:.1f})."
    return PlateVerdict(PlateOutcome.ACCEPT, "confirmed", reason)


def _lacks_series(claim: str) -> bool:
    plate = parse_plate(claim)
    return plate.kind is PlateKind.CIVIL and not plate.series


def _unreadable(reading: PlateReading, thresholds: PlateThresholds) -> PlateVerdict:
    if reading.box is None:
        return PlateVerdict(PlateOutcome.UNREADABLE, "no_plate", "Tidak ada pelat yang ditemukan di foto.")
    if reading.height_px < thresholds.unreadable_height_px:
        reason = f"Pelat terlalu kecil di foto ({reading.height_px:.0f} piksel)."
        return PlateVerdict(PlateOutcome.UNREADABLE, "too_small", reason)
    return PlateVerdict(PlateOutcome.UNREADABLE, "illegible", "Pelat di foto tidak terbaca.")


def _review(key: str, reason: str) -> PlateVerdict:
    return PlateVerdict(PlateOutcome.REVIEW, key, reason)


def _twin(reading: PlateReading, twin: str) -> PlateVerdict:
    reason = f"{reading.claim} dan {twin} tidak dapat dibedakan dari bentuk hurufnya."
    return _review("glyph_twin", reason)
