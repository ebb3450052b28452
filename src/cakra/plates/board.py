"""All plates that matter for one photograph, scored: which is best, and how far a claim stands above the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from cakra.core.plate import Plate, one_character_wrong, parse_plate
from cakra.plates.ctc import Matrix, likely_plates, log_probabilities

# In a series the shapes of O and Q cannot be told apart by glyph alone (official plates strike their O through,
# white ones may not), and a struck O passes for B, a worn one for D.
_GLYPH_TWINS = MappingProxyType({"O": "QDB", "Q": "OD", "D": "OQ", "B": "O"})
_NEVER_SETTLED = frozenset("OQ")
_TWIN_MARGIN = 8.0
"""Twins other than O/Q count as settled when the claim is this much likelier (log units)."""


@dataclass(frozen=True, slots=True)
class Look:
    """One pass of the model over one crop: its frame matrix, and the plates it suggests."""

    matrix: Matrix
    suggestions: tuple[str, ...]

    @classmethod
    def of(cls, matrix: Matrix) -> Look:
        """Search once; every board that uses this look shares the result."""
        return cls(matrix, tuple(likely_plates(matrix)))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a claim stands against the photograph; `rival` is the best other plate."""

    log_probability: float
    rival: str
    rival_log_probability: float
    margin: float
    ambiguous: tuple[str, ...]


class Board:
    """Scores of every plate worth considering; the looks' log-probabilities are averaged.

    `claims` are scored beside what the photograph suggests; `around` adds every one-character change of these.
    """

    def __init__(self, looks: Sequence[Look], claims: Iterable[str] = (), around: Iterable[Plate] = ()) -> None:
        suggested = dict.fromkeys(text for look in looks for text in look.suggestions)
        pool = dict.fromkeys([*suggested, *claims])
        for text in list(pool):
            pool.update(dict.fromkeys(_twins(text)))
        first = _scores(looks, list(pool))
        neighbours = [text for plate in around for text in one_character_wrong(plate)]
        if first:
            neighbours += one_character_wrong(parse_plate(max(first, key=first.__getitem__)))
        fresh = [text for text in dict.fromkeys(neighbours) if text not in first]
        self._score = {**first, **_scores(looks, fresh)}
        self._ranked = sorted(self._score, key=self._score.__getitem__, reverse=True)

    @property
    def best(self) -> tuple[str, float] | None:
        """The likeliest valid plate and its log-probability; None only when nothing could be scored."""
        return (self._ranked[0], self._score[self._ranked[0]]) if self._ranked else None

    @property
    def lead(self) -> float:
        """How far the best stands above the second best, in log units."""
        if len(self._ranked) < 2:  # noqa: PLR2004 - two are compared
            return 0.0
        return self._score[self._ranked[0]] - self._score[self._ranked[1]]

    def rival(self, text: str) -> tuple[str, float]:
        """The best valid plate other than `text` with as many characters."""
        other = next(one for one in self._ranked if one != text and _length(one) == _length(text))
        return other, self._score[other]

    def standing(self, claim: str) -> Standing:
        """The claim against its best rival. Where another length reads better, that reading counts as well."""
        score = self._score[claim]
        rival, rival_score = self.rival(claim)
        best = self._ranked[0]
        if _length(best) != _length(claim) and self._score[best] > rival_score:
            rival, rival_score = best, self._score[best]
        return Standing(score, rival, rival_score, score - rival_score, self._ambiguous(claim))

    def _ambiguous(self, claim: str) -> tuple[str, ...]:
        """Other spellings that this photograph cannot rule out for reasons of glyph."""
        score = self._score[claim]
        return tuple(
            twin
            for twin, settled in _twins(claim).items()
            if twin in self._score and (not settled or score - self._score[twin] < _TWIN_MARGIN)
        )


def _length(text: str) -> int:
    """Characters to be seen; the hyphen of a military plate is none."""
    return len(text.replace("-", ""))


def _twins(text: str) -> Mapping[str, bool]:
    """Spellings with one series letter exchanged for its glyph twin → whether glyphs can settle it at all."""
    plate = parse_plate(text)
    start = len(plate.region) + len(plate.number)
    return {
        f"{text[:place]}{twin}{text[place + 1 :]}": not {text[place], twin} <= _NEVER_SETTLED
        for place in range(start, len(text))
        for twin in _GLYPH_TWINS.get(text[place], "")
    }


def _scores(looks: Sequence[Look], texts: list[str]) -> dict[str, float]:
    if not texts or not looks:
        return {}
    mean = np.mean([log_probabilities(look.matrix, texts) for look in looks], axis=0)
    return dict(zip(texts, mean.tolist(), strict=True))
