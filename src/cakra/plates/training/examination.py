"""How a network reads drawn plates it never saw: all together, by height, and by whether the series has an O or Q."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cakra.plates.texts.ctc import COLUMN, collapsed
from cakra.plates.training.samples import Sample, Samples
from cakra.plates.training.supply import Batch, batch_of

_SEED = 104_729
_PLATES = 2_000
_HEIGHTS = ((0, 16), (16, 24), (24, 36), (36, 100))
_O, _Q = COLUMN["O"], COLUMN["Q"]

Read = Callable[[Batch], npt.NDArray[np.float32]]
"""A batch to its probabilities, (n, FRAMES, SYMBOLS)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Of `plates` plates under `condition`, the share read whole, the likeliest symbol of each frame taken."""

    condition: str
    plates: int
    exact: float


def examine(read: Read, plates: int = _PLATES) -> list[Mark]:
    """Marks over the same held-out plates for every network; the first is over all of them."""
    stream = Samples(_SEED)
    drawn = [one for one in (stream.draw() for _ in range(plates)) if one.labels]
    batch = batch_of(drawn)
    right = read_whole(read(batch).argmax(-1), batch)
    marks = [_mark("all", right, np.ones(len(drawn), bool))]
    heights = np.array([one.height for one in drawn])
    for low, high in _HEIGHTS:
        marks.append(_mark(f"{low}-{high} px high", right, (heights >= low) & (heights < high)))
    twins = np.array([_has_twin(one) for one in drawn])
    return [*marks, _mark("series with O or Q", right, twins), _mark("series without", right, ~twins)]


def read_whole(paths: npt.NDArray[np.intp], batch: Batch) -> npt.NDArray[np.bool_]:
    """(n,): which plates of a batch the paths (n, FRAMES) of likeliest symbols spell exactly."""
    spelled = [collapsed(path) for path in paths.tolist()]
    return np.array([one == labels for one, labels in zip(spelled, batch.labels, strict=True)])


def _has_twin(sample: Sample) -> bool:
    return bool({_O, _Q} & set(sample.labels[-3:]))


def _mark(condition: str, right: npt.NDArray[np.bool_], chosen: npt.NDArray[np.bool_]) -> Mark:
    count = int(chosen.sum())
    return Mark(condition, count, float(right[chosen].mean()) if count else 0.0)
