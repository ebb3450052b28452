"""What a photograph says of a plate: the reader's result, free of models so that rules can weigh it."""

from __future__ import annotations

from dataclasses import dataclass

from cakra.core.geometry import Box


@dataclass(frozen=True, slots=True)
class PlateReading:
    """What the photograph says, in log units where it weighs; no judgement yet (`rules.decide`)."""

    box: Box | None
    """Pixels of the picture, given or found; None when there is no plate to be found."""
    text: str | None
    """Best grammar-valid reading in canonical spelling (civil, or the claim); None when nothing is readable."""
    log_probability: float
    rival: str | None
    """Best other plate: against the claim when there is one, against `text` otherwise."""
    rival_log_probability: float
    claim: str | None
    """The claim in canonical spelling; None when there was none or it is no plate."""
    claim_margin: float | None
    """log P(claim) minus log P(rival); None when there is no claim or nothing is readable."""
    height_px: float
    sharpness: float
    luminance: float
    ms: float
    model_hash: str
    ambiguous: tuple[str, ...] = ()
    """Other spellings of the claim that glyphs alone cannot rule out (O/Q, a struck O as B or D)."""
    claim_log_probability: float | None = None
