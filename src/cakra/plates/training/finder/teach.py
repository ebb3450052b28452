"""Teaching the finder: what a missed plate and a crooked corner cost, and how much it finds of what it never saw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from cakra.plates.training.course import Course, Subject, train
from cakra.plates.training.finder.batches import SceneBatch, drawn
from cakra.plates.training.finder.network import FinderNetwork
from cakra.plates.training.finder.scenes import Scenes
from cakra.plates.training.pupil import LearningPace, network_pictures

_PACE = LearningPace(steepest=3e-3, warm_up=200, cooling=0.5, averaged=0.997)
_CORNERS_WEIGH = 1.0
_BATCH, _HELD_OUT = 16, 192
_TOLD_EVERY, _SAVED_EVERY = 25, 100
REPEATS = 3
"""Drawing a scene costs more than learning from it, so every batch is learned from so often, spread out."""
_SHELF = 60  # batches kept for another time
_VALIDATION_SEED = 7_919
HISTORY = "finder.jsonl"
FIGURES = ("found", "false_marks", "corner_error")
"""On held-out synthetic scenes: the share of plates whose middle is marked above one half; marks a scene that are no
plate's; the mean of x and y by which corners are off, in heights of the plate."""


def teach_finder(scenes: int, seed: int, folder: Path, told: Callable[[int], None]) -> FinderNetwork:
    """Train until `scenes` in `folder`; see `train`. The history tells `FIGURES`."""
    held_out = drawn(Scenes(_VALIDATION_SEED), _HELD_OUT)
    finding = Subject(
        checkpoint="finder.pt",
        history=HISTORY,
        unit="scenes",
        figures=FIGURES,
        new=FinderNetwork,
        pace=_PACE,
        open_stream=streets,
        choose=_Shelf(seed).next,
        loss=_loss,
        measure=lambda network: measure(network, held_out),
    )
    return train(finding, Course(scenes, seed, _BATCH, _TOLD_EVERY, _SAVED_EVERY), folder, told)


def streets(seed: tuple[int, ...]) -> Callable[[int], SceneBatch]:
    """A stream of scene batches."""
    return partial(drawn, Scenes(seed))


class _Shelf:
    """The last batches, to be learned from again."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._kept: list[SceneBatch] = []

    def next(self, fresh: Iterator[SceneBatch], step: int) -> SceneBatch:
        """A fresh batch once in `REPEATS` steps, an earlier one otherwise."""
        if step % REPEATS == 0 or not self._kept:
            self._kept = [*self._kept[1 - _SHELF :], next(fresh)]
            return self._kept[-1]
        rng = np.random.default_rng((self._seed, step))
        return self._kept[int(rng.integers(len(self._kept)))]


def measure(network: FinderNetwork, batch: SceneBatch) -> tuple[float, float, float]:
    """(share found, false marks a scene, corner error in heights): `FIGURES`."""
    network.eval()
    device = next(network.parameters()).device
    with torch.no_grad():
        answers = [network(part) for part in network_pictures(batch.pictures, device).split(32)]
    marked = torch.cat([logits for logits, _ in answers])[:, 0].float().cpu().numpy() > 0
    ways = torch.cat([ways for _, ways in answers]).float().cpu().numpy()
    tops, hilly = batch.hills > 0.999, batch.hills > 0.05
    weights = batch.weights.astype(np.float32) * tops
    errors = np.abs(ways - batch.ways.astype(np.float32)).mean(axis=1) * weights
    return (
        float((marked & tops).sum() / max(1, tops.sum())),
        float((marked & ~hilly).sum() / len(marked)),
        float(errors.sum() / max(1, (weights > 0).sum())),
    )


def _loss(batch: SceneBatch, _seen: int, answer: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Penalty-reduced focal loss on the hills (Law & Deng 2018, CornerNet), weighted L1 on the ways to the corners."""
    logits, ways = (part.float() for part in answer)
    device = logits.device
    hills = torch.from_numpy(batch.hills.astype(np.float32)).to(device)
    truth = torch.from_numpy(batch.ways.astype(np.float32)).to(device)
    weights = torch.from_numpy(batch.weights.astype(np.float32)).to(device)
    scores = logits[:, 0]
    sure = scores.sigmoid()
    is_top = (hills > 0.999).float()
    at_top = functional.logsigmoid(scores) * (1 - sure) ** 2 * is_top
    elsewhere = functional.logsigmoid(-scores) * sure**2 * (1 - hills) ** 4 * (1 - is_top)
    focal = -(at_top + elsewhere).sum() / is_top.sum().clamp(min=1)
    off = ((ways - truth).abs().mean(dim=1) * weights).sum() / weights.sum().clamp(min=1)
    return focal + _CORNERS_WEIGH * off * 4
