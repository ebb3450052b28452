"""What a photograph says of a plate: the readers' result, free of models so that the decision can weigh it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log

from cakra.core.geometry import Box

_LIKELIER, _LEAST_BELIEVED = 0.5, 1e-3


@dataclass(frozen=True, slots=True)
class Evidence:
    """True probabilities of every plate that matters, one row a reader; nothing is weighed yet."""

    readers: tuple[str, ...]
    texts: tuple[str, ...]
    """Canonical spellings, the claim among them."""
    scores: tuple[tuple[float, ...], ...]
    """[reader][text]: log-probability, the mean over that reader's looks."""
    unseen: tuple[float, ...]
    """[reader]: probability of all civil plates that are not among `texts`."""
    stray: tuple[float, ...]
    """[reader]: probability of everything that is no civil plate and not among `texts`."""

    @property
    def reads_as_plate(self) -> bool:
        """Whether one of the readers thinks a text that can be a plate likelier than one that cannot."""
        return min(self.stray, default=1.0) <= _LIKELIER

    @property
    def is_legible(self) -> bool:
        """Whether a plate can be read at all: noise spells a short one by chance, and no reader believes it."""
        best = max((max(row) for row in self.scores if row), default=-inf)
        return self.reads_as_plate or best >= log(_LEAST_BELIEVED)


@dataclass(frozen=True, slots=True)
class PlateReading:
    """What one photograph says; no judgement yet (`decision.rules.decide`)."""

    box: Box | None
    """Pixels of the picture, given or found; None when there is no plate to be found."""
    text: str | None
    """Likeliest plate in canonical spelling (civil, or the claim); None when nothing at all was read."""
    claim: str | None
    """The claim in canonical spelling; None when there was none or it is no plate."""
    evidence: Evidence | None
    """None when there was nothing to score."""
    height_px: float
    sharpness: float
    luminance: float
    ms: float
    model_hash: str
    foreign: str | None = None
    """A text that a reader plainly reads, and that no plate of ours can say."""
    beside: int = 0
    """Other plates that can be read in a photograph without a box, or in the box: the camera named none of them."""
