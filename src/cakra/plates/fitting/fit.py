"""The numbers of a calibration: weights, temperatures and floors by log loss, wrong claims' tails, and its error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cakra.plates.decision.calibration import BOTH, CAR, GENERIC, MOTORCYCLE, OWN, Calibration, Tail
from cakra.plates.decision.posterior import ONE_OF_MANY, posterior
from cakra.plates.decision.prior import Assumptions
from cakra.plates.fitting.frames import Labelled
from cakra.plates.reading import Evidence

Floats = npt.NDArray[np.float64]

_TEMPERATURES = np.geomspace(0.4, 6.0, 28)
_WEIGHTS = np.geomspace(0.3, 2.0, 6)
"""Of the general reader. Drawn plates undervalue it (ours learnt on such), so its word never counts for less."""
_LAPSES = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2)
_STRAYS = (0.0, 1e-3, 1e-2, 0.1)
_MOST_TEXTS = 16
"""The likeliest plates of a photograph carry all of its probability that matters here."""
_LEAST, _LEAST_REST = -690.0, 1e-300
_LEAST_OF_A_KIND = 100
"""With fewer plates of a kind, all plates together make its tail."""
_TAIL_SHARE, _LEAST_TAIL = 0.05, 10
_WORST_CLAIMS = 3
_BINS = 10
UNFITTED = Calibration(
    weights={OWN: 1.0, GENERIC: 1.0},
    temperature={OWN: 1.0, GENERIC: 1.0, BOTH: 1.0},
    lapse=1e-9,
    stray_share=0.0,
    damping=0.5,
    tails={kind: Tail(1, (0.0,)) for kind in (CAR, MOTORCYCLE)},
    fitted_on="nothing",
    plates=0,
    error_before=1.0,
    error_after=1.0,
)
"""The readers' own probabilities, as they are."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Padded log-probabilities of one reader: rows are plates, the first column is the truth, missing texts -inf."""

    scores: Floats
    unseen: Floats
    stray: Floats


def fit(plates: Sequence[Labelled]) -> Calibration:
    """Weights, temperatures, lapses and stray share that make the probabilities true; tails and errors are left."""
    own = _table([one.own for one in plates], plates, OWN)
    lapse, stray, warm = min(
        ((lapse, stray, warm) for lapse in _LAPSES for stray in _STRAYS for warm in _TEMPERATURES[::4]),
        key=lambda tried: _loss([(own, 1.0)], *tried),
    )
    warm = min(_TEMPERATURES, key=lambda tried: _loss([(own, 1.0)], lapse, stray, tried))
    temperature, weight = {OWN: float(warm), GENERIC: float(warm), BOTH: float(warm)}, 1.0
    asked = [
        one for one in plates if one.both is not None and GENERIC in one.both.readers and len(one.both.readers) > 1
    ]
    if asked:
        seen = [one.both for one in asked if one.both is not None]
        tables = [_table(seen, asked, reader) for reader in (OWN, GENERIC)]
        weight, both = min(
            ((weight, warm) for weight in _WEIGHTS for warm in _TEMPERATURES),
            key=lambda tried: _loss([(tables[0], 1.0), (tables[1], tried[0])], lapse, stray, tried[1]),
        )
        alone = min(_TEMPERATURES, key=lambda tried: _loss([(tables[1], weight)], lapse, stray, tried))
        temperature |= {BOTH: float(both), GENERIC: float(alone)}
    return replace(
        UNFITTED,
        weights={OWN: 1.0, GENERIC: float(weight)},
        temperature=temperature,
        lapse=lapse,
        stray_share=stray,
    )


def error_held_out(plates: Sequence[Labelled], folds: int) -> float:
    """Expected calibration error, each plate weighed by a calibration that saw no photograph of the same plate."""
    fold_of = {truth: place % folds for place, truth in enumerate(sorted({one.truth for one in plates}))}
    said: list[tuple[float, bool]] = []
    for fold in range(folds):
        rest = [one for one in plates if fold_of[one.truth] != fold]
        said += readings(fit(rest), [one for one in plates if fold_of[one.truth] == fold])
    return calibration_error(said)


def readings(calibration: Calibration, plates: Sequence[Labelled]) -> list[tuple[float, bool]]:
    """(probability of what was read, whether it is right) for each plate, no claim heard."""
    said = []
    for one in plates:
        alone = posterior([one.both or one.own], calibration, Assumptions())
        said.append((alone.read_probability, alone.read == one.truth))
    return said


def calibration_error(said: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error over ten bins of as many readings each (Naeini et al. 2015)."""
    ordered = sorted(said)
    bins = [ordered[len(ordered) * one // _BINS : len(ordered) * (one + 1) // _BINS] for one in range(_BINS)]
    gaps = [abs(sum(p for p, _ in one) - sum(right for _, right in one)) for one in bins]
    return sum(gaps) / len(ordered)


def tails(calibration: Calibration, plates: Sequence[Labelled], assumed: Assumptions) -> dict[str, Tail]:
    """How the best wrong claim of each plate scores, by kind."""
    worst = {
        kind: [_worst(one, calibration, assumed) for one in plates if one.kind == kind] for kind in (CAR, MOTORCYCLE)
    }
    every = [score for scores in worst.values() for score in scores]
    return {kind: _tail(scores if len(scores) >= _LEAST_OF_A_KIND else every) for kind, scores in worst.items()}


def _worst(one: Labelled, calibration: Calibration, assumed: Assumptions) -> float:
    """The highest factor of a claim that is not the truth: among the likeliest other plates, as a camera might err."""
    seen = one.both or one.own
    mean = np.mean(seen.scores, axis=0)
    order = [seen.texts[place] for place in np.argsort(-mean) if seen.texts[place] != one.truth]
    factors = [posterior([seen], calibration, assumed, claim).factor for claim in order[:_WORST_CLAIMS]]
    return max((factor for factor in factors if factor is not None), default=-50.0)


def _tail(scores: Sequence[float]) -> Tail:
    kept = min(len(scores), max(_LEAST_TAIL, round(_TAIL_SHARE * len(scores))))
    return Tail(len(scores), tuple(round(score, 4) for score in sorted(scores, reverse=True)[:kept]))


def _table(seen: Sequence[Evidence], plates: Sequence[Labelled], reader: str) -> _Table:
    scores = np.full((len(seen), _MOST_TEXTS + 1), -np.inf)
    rest = np.zeros((2, len(seen)))
    for row, (one, plate) in enumerate(zip(seen, plates, strict=True)):
        place = one.readers.index(reader)
        mine, first = np.array(one.scores[place]), one.texts.index(plate.truth)
        kept = np.argsort(-np.mean(one.scores, axis=0))[:_MOST_TEXTS]  # the same places for every reader
        kept = np.concatenate([[first], kept[kept != first]])
        scores[row, : kept.size] = mine[kept]
        rest[:, row] = one.unseen[place], one.stray[place]
    return _Table(np.maximum(scores, _LEAST, where=np.isfinite(scores), out=scores), rest[0], rest[1])


def _loss(tables: Sequence[tuple[_Table, float]], lapse: float, stray: float, temperature: float) -> float:
    """Mean log loss of "what was read is right", the event that the probability is about.

    The likelihood of the truth itself would be ruled by plates that nobody can read, and flatten all the others.
    """
    total = np.sum([weight * table.scores for table, weight in tables], axis=0) / temperature
    rests = [weight * np.log(np.maximum(_LEAST_REST, table.unseen + stray * table.stray)) for table, weight in tables]
    others = np.sum(rests, axis=0) / temperature
    everything = np.logaddexp(np.logaddexp.reduce(total, axis=1), others)
    best = total.argmax(axis=1)
    read = np.exp(total[np.arange(best.size), best] - everything) * (1 - lapse) + lapse * ONE_OF_MANY
    right = np.where(best == 0, read, 1 - read)
    return -float(np.mean(np.log(np.maximum(_LEAST_REST, right))))
