"""Teaching the finder: seeded, resumable at any step, on a GPU if there is one and on all cores otherwise."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from cakra.plates.training.finder.batches import SceneBatch, drawn
from cakra.plates.training.finder.network import FinderNetwork
from cakra.plates.training.finder.scenes import Scenes
from cakra.plates.training.supply import supply

_STEEPEST = 3e-3  # learning rate after the warm-up
_WARM_UP = 200  # steps
_COOLING = 0.5  # the last share of the scenes, over which the rate sinks to nothing
_AVERAGED = 0.997  # a step's weight in the average that is kept
_CLIP = 5.0
_CORNERS_WEIGH = 1.0
_SHELF = 60  # batches kept for another time
_VALIDATION_SEED = 7_919
CHECKPOINT, HISTORY = "finder.pt", "finder.jsonl"


@dataclass(frozen=True, slots=True)
class FinderCourse:
    """How long and with what: `scenes` in all (a resumed course may be lengthened), the seed, the batch.

    Drawing a scene costs more than learning from it, so every batch is learned from `repeats` times, spread out.
    """

    scenes: int
    seed: int = 1
    batch: int = 16
    repeats: int = 3
    validation: int = 192
    save_every: int = 100
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class FinderProgress:
    """Where a course stands, on held-out synthetic scenes.

    `found` is the share of plates whose middle is marked above one half, `false_marks` those a scene that are no
    plate's, `corner_error` the mean of x and y in heights of the plate.
    """

    scenes: int
    loss: float
    found: float | None
    false_marks: float | None
    corner_error: float | None
    per_second: float


def teach_finder(course: FinderCourse, folder: Path, told: Callable[[FinderProgress], None]) -> FinderNetwork:
    """Train in `folder`, from its checkpoint if there is one; returns the averaged network, on the CPU."""
    folder.mkdir(parents=True, exist_ok=True)
    cores = os.cpu_count() or 1
    torch.set_num_threads(course.threads or cores)
    torch.manual_seed(course.seed)
    pupil = _Pupil(course, folder)
    held_out = drawn(Scenes(_VALIDATION_SEED), course.validation)
    shelf = _Shelf(course)
    started, began_at = time.monotonic(), pupil.step
    with supply(streets, course.seed, pupil.step, course.batch, max(1, cores // 2)) as batches:
        while pupil.step * course.batch < course.scenes:
            loss = pupil.learn(shelf.next(batches, pupil.step))
            finished = pupil.step * course.batch >= course.scenes
            if pupil.step % 25 and not finished:
                continue
            measured: tuple[float | None, float | None, float | None] = (None, None, None)
            if pupil.step % course.save_every == 0 or finished:
                measured = measure(pupil.average, held_out)
                pupil.save()
            speed = (pupil.step - began_at) * course.batch / (time.monotonic() - started)
            progress = FinderProgress(pupil.step * course.batch, loss, *measured, speed)
            with (folder / HISTORY).open("a", encoding="utf-8") as history:
                history.write(json.dumps(asdict(progress)) + "\n")
            told(progress)
    return pupil.average.cpu().eval()


def streets(seed: tuple[int, ...]) -> Callable[[int], SceneBatch]:
    """A stream of scene batches."""
    return partial(drawn, Scenes(seed))


class _Shelf:
    """The last batches, to be learned from again."""

    def __init__(self, course: FinderCourse) -> None:
        self._course = course
        self._kept: list[SceneBatch] = []

    def next(self, fresh: Iterator[SceneBatch], step: int) -> SceneBatch:
        """A fresh batch once in `repeats` steps, an earlier one otherwise."""
        if step % self._course.repeats == 0 or not self._kept:
            self._kept = [*self._kept[1 - _SHELF :], next(fresh)]
            return self._kept[-1]
        rng = np.random.default_rng((self._course.seed, step))
        return self._kept[int(rng.integers(len(self._kept)))]


class _Pupil:
    """The network in training, its optimiser and its running average."""

    def __init__(self, course: FinderCourse, folder: Path) -> None:
        self.course, self._file = course, folder / CHECKPOINT
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = FinderNetwork().to(self._device)
        self.average = FinderNetwork().to(self._device)
        self._optimiser = torch.optim.AdamW(self.network.parameters(), lr=_STEEPEST, weight_decay=0.02)
        self.step, self._loss = 0, float("nan")
        if self._file.exists():
            self._load()
        else:
            self.average.load_state_dict(self.network.state_dict())

    def learn(self, batch: SceneBatch) -> float:
        """One step; returns the running loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        self.network.train()
        with torch.autocast(self._device.type, torch.bfloat16):
            logits, ways = self.network(_pictures(batch, self._device))
        loss = _loss(logits.float(), ways.float(), batch)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self._optimiser.step()
        self.step += 1
        self._follow()
        now = float(loss.detach())
        self._loss = now if self._loss != self._loss else 0.98 * self._loss + 0.02 * now
        return self._loss

    def save(self) -> None:
        """All that a later run needs, written whole or not at all."""
        state: dict[str, Any] = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
            "loss": self._loss,
        }
        fresh = self._file.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(self._file)

    def _load(self) -> None:
        state = torch.load(self._file, map_location=self._device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step, self._loss = state["step"], state["loss"]

    def _rate(self) -> float:
        done = self.step * self.course.batch / self.course.scenes
        return _STEEPEST * min(1.0, (self.step + 1) / _WARM_UP, max(0.002, (1 - done) / _COOLING))

    @torch.no_grad()
    def _follow(self) -> None:
        """The average of the last hundreds of steps finds better than any single one."""
        kept = min(_AVERAGED, (self.step + 1) / (self.step + 20))
        for mine, theirs in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, 1 - kept)
            else:
                mine.copy_(theirs)


def measure(network: FinderNetwork, batch: SceneBatch) -> tuple[float, float, float]:
    """(share found, false marks a scene, corner error in heights): the figures of `FinderProgress`."""
    network.eval()
    device = next(network.parameters()).device
    with torch.no_grad():
        answers = [network(part) for part in _pictures(batch, device).split(32)]
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


def _pictures(batch: SceneBatch, device: torch.device) -> torch.Tensor:
    pictures = torch.from_numpy(batch.pictures.astype(np.float32))[:, None]
    return pictures.to(device, memory_format=torch.channels_last)


def _loss(logits: torch.Tensor, ways: torch.Tensor, batch: SceneBatch) -> torch.Tensor:
    """Penalty-reduced focal loss on the hills (Law & Deng 2018, CornerNet), weighted L1 on the ways to the corners."""
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
