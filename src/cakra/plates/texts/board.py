"""All plates that matter for one photograph, each with its true probability by every reader, and what is left over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log

import numpy as np

from cakra.core.identifiers.plate import is_civil, is_plate
from cakra.plates.reading import Evidence
from cakra.plates.texts.civil import likely_plates, plate_mass
from cakra.plates.texts.ctc import Matrix, gathered, greedy, log_probabilities, near

_NEAR = exp(-12.0)
"""A neighbour this much less likely than the best plate cannot change a decision; it stays in what is left over."""
_MOST_NEAR = 16
_LEFT_OVER, _LEFT_TO_FIND = 0.03, 0.1
"""So much of the probability unaccounted for is worth summing all plates, so much of the plates' the long search."""
_SUGGESTED, _WIDTH, _LEAST_SYMBOL = 12, 16, 2e-3
"""How many plates the search hands on, how many beginnings it keeps, and the least symbol it follows."""
_LEAST_TEXT, _PLAIN = 4, 0.5
_LEAST = 1e-250


@dataclass(frozen=True, slots=True)
class ReaderLook:
    """One pass of one reader over one crop. `scores`: log-probability of what it suggests and of neighbours."""

    reader: str
    matrix: Matrix
    scores: Mapping[str, float]
    civil: float
    """The probability that the text is a civil plate at all; 1 where what is scored leaves little else."""
    foreign: str | None = None
    """What it plainly reads where that is no plate of ours."""
    known: dict[str, float] = field(init=False, compare=False)
    """Every text ever scored by this look."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", dict(self.scores))

    @classmethod
    def of(cls, reader: str, frames: Matrix) -> ReaderLook:
        """Search once; every board that uses this look shares the result.

        What the frames say plainly is taken as it is; the beam searches only when plates are left unaccounted for.
        """
        matrix = gathered(frames)
        plain = greedy(matrix)
        scores = _around(matrix, plain) if is_plate(plain) else {}
        known = sum(map(exp, scores.values()))
        if known > 1 - _LEFT_OVER:
            return cls(reader, matrix, scores, 1.0)
        civil = plate_mass(matrix)
        if civil - known > _LEFT_TO_FIND * civil:
            found = likely_plates(matrix, _SUGGESTED, _WIDTH, _LEAST_SYMBOL)
            if found and found[0] not in scores:
                scores |= _around(matrix, found[0])
            fresh = [text for text in found if text not in scores]
            scores |= zip(fresh, log_probabilities(matrix, fresh).tolist(), strict=True)
        return cls(reader, matrix, scores, civil, None if is_plate(plain) else _plain_text(matrix, plain))


class Board:
    """The plates of several looks and the claims, scored by every look; each reader's looks are averaged."""

    def __init__(self, looks: Sequence[ReaderLook], claims: Iterable[str] = ()) -> None:
        self.looks = tuple(looks)
        self._texts = list(dict.fromkeys([*(text for look in looks for text in look.scores), *claims]))
        self._rows: dict[str, tuple[list[float], float, float]] = {}
        if not self._texts:
            return
        _score(self.looks, self._texts)
        civil = [is_civil(text) for text in self._texts]
        for reader in dict.fromkeys(look.reader for look in looks):
            mine = [look for look in looks if look.reader == reader]
            said = ([look.known[text] for text in self._texts] for look in mine)
            scores = [sum(row) / len(mine) for row in zip(*said, strict=True)]
            mass = sum(look.civil for look in mine) / len(mine)
            shares = [exp(score) for score in scores]
            plates = sum(share for share, is_ours in zip(shares, civil, strict=True) if is_ours)
            others = sum(shares) - plates
            self._rows[reader] = (scores, max(0.0, mass - plates), max(0.0, 1.0 - mass - others))

    def claiming(self, claims: Iterable[str]) -> Board:
        """The board with these claims on it as well: itself when they stand there already."""
        fresh = [claim for claim in claims if claim not in self._texts]
        return Board(self.looks, [*self._texts, *fresh]) if fresh else self

    @property
    def foreign(self) -> str | None:
        """What some look plainly reads though it is no plate of ours."""
        return next((look.foreign for look in self.looks if look.foreign), None)

    def evidence(self) -> Evidence | None:
        """What was seen; None when there is nothing to score or nothing to score it with."""
        if not self._rows:
            return None
        scores, unseen, stray = zip(*self._rows.values(), strict=True)
        return Evidence(tuple(self._rows), tuple(self._texts), tuple(map(tuple, scores)), tuple(unseen), tuple(stray))


def _around(matrix: Matrix, text: str) -> dict[str, float]:
    """A plate and the plates one exchange from it that are not too improbable, log-probabilities."""
    probability, found = near(matrix, text, _NEAR, _MOST_NEAR + len(text))
    if probability < _LEAST:
        return {text: float(log_probabilities(matrix, [text])[0])}
    return {text: log(probability)} | {one: score for one, score in found if one != text and is_plate(one)}


def _plain_text(matrix: Matrix, text: str) -> str | None:
    """The text, if it is long enough to be one and likelier than all others together."""
    is_plain = len(text) >= _LEAST_TEXT and log_probabilities(matrix, [text])[0] > log(_PLAIN)
    return text if is_plain else None


def _score(looks: Sequence[ReaderLook], texts: Sequence[str]) -> None:
    """Have every look know every text."""
    for look in looks:
        fresh = [text for text in texts if text not in look.known]
        found = log_probabilities(look.matrix, fresh)
        look.known.update(zip(fresh, np.maximum(found, log(_LEAST)).tolist(), strict=True))
