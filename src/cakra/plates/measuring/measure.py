"""One photograph measured: what was read, the decision on the true claim, and how every wrong claim fared.

The door is the product's own: `PlateReader` and `decide`. A photograph is seen once; then the true plate, every
plate that differs from it in one character, and the reader's own misreading are held against what was seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from types import MappingProxyType

from cakra.core.geometry import Box
from cakra.core.identifiers.plate import one_character_wrong, parse_plate
from cakra.plates.decision.rules import PlateOutcome, PlateVerdict, decide, weigh
from cakra.plates.decision.terms import DecisionTerms
from cakra.plates.measuring.samples import READ_KINDS, Sample
from cakra.plates.pixels import Picture
from cakra.plates.reader import PlateReader, Sight
from cakra.plates.reading import PlateReading

_MOST_LIKELY = 6
_TIMES = 3


@dataclass(frozen=True, slots=True)
class HeldClaim:
    """One claim held against a photograph. `score`: the log Bayes factor, -inf where no threshold would accept."""

    text: str
    score: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """One photograph under its true claim, and the wrong claims."""

    sample: Sample
    reading: PlateReading
    verdict: PlateVerdict
    claim: HeldClaim
    """The true plate."""
    probability: float
    """Of the true claim, 0 when nothing was read."""
    read_probability: float | None
    """Of what was read, by the photograph alone; None when nothing was."""
    likeliest: tuple[tuple[str, float], ...]
    """What the photograph alone may show, likeliest first, with its probability."""
    wrong: tuple[HeldClaim, ...]
    ms: float
    """CPU milliseconds of reading and deciding, one thread, the least of three."""
    inference_ms: float
    """Likewise of the bare models, as often as they were run; 0 when no plate was found."""

    @property
    def read(self) -> str:
        """What was read; empty when nothing was."""
        return self.reading.text or ""

    @property
    def exact(self) -> bool:
        """Every character right."""
        return self.read == self.sample.plate.text

    @property
    def accepted(self) -> bool:
        """The true claim was accepted."""
        return self.claim.accepted

    @property
    def wrongly_accepted(self) -> tuple[HeldClaim, ...]:
        """The wrong claims that were accepted."""
        return tuple(claim for claim in self.wrong if claim.accepted)


class Examiner:
    """Measures photographs with one reader, on its terms."""

    def __init__(self, reader: PlateReader) -> None:
        self.reader = reader
        self._open = _without_threshold(reader.terms)

    def examine(self, picture: Picture, box: Box | None, sample: Sample) -> Tried:
        """Read the plate in `box` (None: find it), decide on the true claim, then on the wrong ones."""
        truth, kind = sample.plate.text, sample.plate_shape
        sight, reading, verdict = self._decided(picture, box, truth, kind)
        wrong = [text for text in one_character_wrong(sample.plate) if parse_plate(text).kind in READ_KINDS]
        if reading.text not in {None, truth, *wrong}:
            wrong.append(str(reading.text))
        every = self.reader.reading(sight, sight.board.claiming([truth, *wrong]), None)
        alone, weighed = weigh([every], self.reader.terms), weigh([reading], self.reader.terms)
        return Tried(
            sample=sample,
            reading=reading,
            verdict=verdict,
            claim=self._claimed(reading, kind),
            probability=weighed.claim_probability if weighed and reading.text else 0.0,
            read_probability=alone.read_probability if alone and reading.text else None,
            likeliest=alone.candidates[:_MOST_LIKELY] if alone else (),
            wrong=tuple(self._claimed(replace(every, claim=text), kind) for text in wrong),
            ms=least_ms(partial(self._decided, picture, box, truth, kind)),
            inference_ms=least_ms(self.reader.bare_inference(picture, sight)) if sight.box else 0.0,
        )

    def _decided(
        self, picture: Picture, box: Box | None, truth: str, kind: str
    ) -> tuple[Sight, PlateReading, PlateVerdict]:
        """What the product does with a claim that is true."""
        sight = self.reader.look(picture, box, kind)
        reading = self.reader.reading(sight, sight.board.claiming([truth]), truth)
        return sight, reading, decide([reading], self.reader.terms, kind=kind)

    def _claimed(self, reading: PlateReading, kind: str) -> HeldClaim:
        """The decision on one claim, and its score where only the threshold stands in its way."""
        terms, text = self.reader.terms, reading.claim or ""
        if decide([reading], self._open, kind=kind).outcome is not PlateOutcome.ACCEPT:
            return HeldClaim(text, -inf, accepted=False)
        weighed = weigh([reading], terms)
        score = weighed.factor if weighed and weighed.factor is not None else -inf
        return HeldClaim(text, score, accepted=decide([reading], terms, kind=kind).outcome is PlateOutcome.ACCEPT)


def least_ms(work: Callable[[], object]) -> float:
    """CPU milliseconds of one thread, the least of `_TIMES`: what else the machine does is not the work's."""
    spent = []
    for _ in range(_TIMES):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return min(spent) * 1000


def _without_threshold(terms: DecisionTerms) -> DecisionTerms:
    """The same terms, but any claim that stands above its rivals is certain enough."""
    accept: Mapping[str, float] = MappingProxyType(dict.fromkeys(terms.thresholds.accept, -inf))
    return replace(terms, thresholds=replace(terms.thresholds, accept=accept))
