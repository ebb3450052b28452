"""The numbers of a calibration: weights, temperatures and floors by log loss, wrong claims' tails, and its error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from cakra.plates.decision.calibration import BOTH, CAR, GENERIC, MOTORCYCLE, OWN, Calibration, Tail
from cakra.plates.decision.posterior import posterior
from cakra.plates.decision.prior import Assumptions
from cakra.plates.decision.terms import terms_of
from cakra.plates.decision.thresholds import Harm
from cakra.plates.fitting.frames import Labelled
from cakra.plates.fitting.loss import ReaderTable, loss, table
from cakra.plates.measuring.reliability import calibration_error, reliability
from cakra.plates.texts.board import Board

_TEMPERATURES = np.geomspace(0.4, 6.0, 28)
_WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
"""Of the general reader against our own."""
_LAPSES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
_UNSEEN = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
_LEAST_OF_A_KIND = 100
"""With fewer plates of a kind, all plates together make its tail."""
_TAIL_SHARE, _LEAST_TAIL = 0.05, 10
_WORST_CLAIMS = 3
_NO_CLAIM = -50.0  # the factor of what cannot be claimed
UNFITTED = Calibration(
    weights={OWN: 1.0, GENERIC: 1.0},
    temperature={OWN: 1.0, GENERIC: 1.0, BOTH: 1.0},
    lapse=1e-9,
    unseen_share=1.0,
    damping=0.5,
    tails={kind: Tail(1, (0.0,)) for kind in (CAR, MOTORCYCLE)},
    fitted_on="nothing",
    plates=0,
    error_before=1.0,
    error_after=1.0,
)
"""The readers' own probabilities, as they are."""


@dataclass(frozen=True, slots=True)
class Familiar:
    """By how much less our own reader's log odds count on the road than on the plates that are fitted on."""

    alone: float = 1.0
    """While it is the only one that was asked."""
    beside: float = 1.0
    """Against the general reader."""


_HARM, _ASSUMED, _AS_ANY = Harm(), Assumptions(), Familiar()


def fit(
    plates: Sequence[Labelled], harm: Harm = _HARM, assumed: Assumptions = _ASSUMED, familiar: Familiar = _AS_ANY
) -> Calibration:
    """Temperatures, lapse and unseen share that make the probabilities true, and the general reader's weight.

    Of the weights under which, at the bound, about as many true claims are accepted as under the best, the greatest:
    our own reader learnt on drawn plates, the general one did not, so drawn plates undervalue it, and labelled frames
    lose nothing by it. "About as many" is one standard error (Breiman et al. 1984). Tails and errors are left.
    """
    every = [_looks_of_ours(plates, lambda one: one.seen)]
    unseen, lapse, _ = min(
        ((unseen, lapse, warm) for unseen in _UNSEEN for lapse in _LAPSES for warm in _TEMPERATURES[::4]),
        key=lambda tried: loss(every, [1.0], *tried),
    )
    alone = familiar.alone * _best_temperature([_looks_of_ours(plates, lambda one: one.first)], [1.0], unseen, lapse)
    beside = 1 / familiar.beside
    made = replace(
        UNFITTED,
        weights={OWN: beside, GENERIC: 1.0},
        temperature=dict.fromkeys((OWN, GENERIC, BOTH), alone * beside),
        lapse=lapse,
        unseen_share=unseen,
    )
    asked = [one for one in plates if not one.is_settled]
    if not asked:
        return made
    both = [table(asked, [one.seen for one in asked], reader) for reader in (OWN, GENERIC)]

    def weighing(ours: float, theirs: float) -> Calibration:
        warm = {
            OWN: alone * ours,
            GENERIC: _best_temperature(both[1:], [theirs], unseen, lapse),
            BOTH: _best_temperature(both, [ours, theirs], unseen, lapse),
        }
        return replace(made, weights={OWN: ours, GENERIC: theirs}, temperature=warm)

    accepted = {weight: _accepted_share(weighing(1.0, weight), asked, harm, assumed) for weight in _WEIGHTS}
    most = max(accepted.values())
    enough = most - sqrt(most * (1 - most) / len(asked))
    return weighing(beside, max(weight for weight, share in accepted.items() if share >= enough))


def _looks_of_ours(plates: Sequence[Labelled], board_of: Callable[[Labelled], Board]) -> ReaderTable:
    """What our own reader says, at once or after all its looks, where it says anything."""
    ours = [(one, Board([look for look in board_of(one).looks if look.reader == OWN])) for one in plates]
    spoken = [(one, board) for one, board in ours if board.evidence() is not None]
    return table([one for one, _ in spoken], [board for _, board in spoken], OWN)


def _best_temperature(tables: Sequence[ReaderTable], weights: Sequence[float], unseen: float, lapse: float) -> float:
    """The temperature of the least loss."""
    return float(min(_TEMPERATURES, key=lambda tried: loss(tables, weights, unseen, lapse, tried)))


def _accepted_share(calibration: Calibration, plates: Sequence[Labelled], harm: Harm, assumed: Assumptions) -> float:
    """Of these plates, how many true claims reach the threshold that these plates themselves lead to."""
    terms = terms_of(replace(calibration, tails=tails(calibration, plates, assumed)), assumed, harm)
    needed = terms.thresholds.accept
    reached = [_factor(one.seen, one.truth, calibration, assumed) >= needed[one.kind] for one in plates]
    return sum(reached) / len(reached)


def _factor(board: Board, claim: str, calibration: Calibration, assumed: Assumptions) -> float:
    """The log Bayes factor of a claim held against a board."""
    seen = board.claiming([claim]).evidence()
    factor = None if seen is None else posterior([seen], calibration, assumed, claim).factor
    return _NO_CLAIM if factor is None else factor


def error_held_out(
    plates: Sequence[Labelled], folds: int, harm: Harm, assumed: Assumptions, familiar: Familiar
) -> float:
    """Expected calibration error, each plate weighed by a calibration that saw no photograph of the same plate.

    The rest as in `fit`.
    """
    fold_of = {truth: place % folds for place, truth in enumerate(sorted({one.truth for one in plates}))}
    said: list[tuple[float, bool]] = []
    for fold in range(folds):
        rest = [one for one in plates if fold_of[one.truth] != fold]
        said += _readings(fit(rest, harm, assumed, familiar), [one for one in plates if fold_of[one.truth] == fold])
    return calibration_error(reliability(said)) or 0.0


def error_of(calibration: Calibration, plates: Sequence[Labelled]) -> float:
    """Expected calibration error of what is read on these plates."""
    return calibration_error(reliability(_readings(calibration, plates))) or 0.0


def _readings(calibration: Calibration, plates: Sequence[Labelled]) -> list[tuple[float, bool]]:
    """(probability of what was read, whether it is right) for each plate, no claim heard."""
    seen = [(one, one.seen.evidence()) for one in plates]
    alone = [(one, posterior([found], calibration, Assumptions())) for one, found in seen if found is not None]
    return [(found.read_probability, found.read == one.truth) for one, found in alone]


def tails(calibration: Calibration, plates: Sequence[Labelled], assumed: Assumptions) -> dict[str, Tail]:
    """How the best wrong claim of each plate scores, by kind."""
    worst = {
        kind: [_worst(one, calibration, assumed) for one in plates if one.kind == kind] for kind in (CAR, MOTORCYCLE)
    }
    every = [score for scores in worst.values() for score in scores]
    return {kind: _tail(scores if len(scores) >= _LEAST_OF_A_KIND else every) for kind, scores in worst.items()}


def _worst(one: Labelled, calibration: Calibration, assumed: Assumptions) -> float:
    """The highest factor of a claim that is not the truth: among the likeliest other plates, as a camera might err.

    At every stage: a decision may fall at each.
    """
    worst = _NO_CLAIM
    for board in one.stages:
        seen = board.evidence()
        if seen is not None:
            mean = np.mean(seen.scores, axis=0)
            order = [seen.texts[place] for place in np.argsort(-mean) if seen.texts[place] != one.truth]
            worst = max([worst, *(_factor(board, claim, calibration, assumed) for claim in order[:_WORST_CLAIMS])])
    return worst


def _tail(scores: Sequence[float]) -> Tail:
    kept = min(len(scores), max(_LEAST_TAIL, round(_TAIL_SHARE * len(scores))))
    return Tail(len(scores), tuple(round(score, 4) for score in sorted(scores, reverse=True)[:kept]))
