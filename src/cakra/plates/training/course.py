"""A course of training: seeded, resumable at any step, on a GPU if there is one and on all cores otherwise."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from cakra.plates.training.pupil import LearningPace, Network, Pupil
from cakra.plates.training.supply import OpenStream, supply


class Pictured(Protocol):
    """A batch of any kind: pictures, and what the network should say of them."""

    @property
    def pictures(self) -> npt.NDArray[np.float16]:
        """(n, height, width)."""


Batch = TypeVar("Batch", bound=Pictured)


@dataclass(frozen=True, slots=True)
class Course:
    """How long and with what: `examples` in all (a resumed course may be lengthened), the seed, examples a step.

    Every `told_every` steps a line of history; every `saved_every` one with the held-out figures, and a checkpoint:
    what a power cut may cost.
    """

    examples: int
    seed: int
    batch: int
    told_every: int
    saved_every: int


@dataclass(frozen=True, slots=True)
class Subject(Generic[Network, Batch]):
    """What is taught."""

    checkpoint: str
    history: str
    """File names. A line of history says the examples (by the name `unit`), loss, `figures`, examples a second."""
    unit: str
    figures: tuple[str, ...]
    new: Callable[[], Network]
    pace: LearningPace
    open_stream: OpenStream[Batch]
    choose: Callable[[Iterator[Batch], int], Batch]
    """From the fresh batches and the step to the batch that is learned from."""
    loss: Callable[[Batch, int, Any], torch.Tensor]
    """Of a batch, the examples seen before it, and the network's answer."""
    measure: Callable[[Network], tuple[float, ...]]
    """The `figures` of a network, on held-out examples."""


def train(subject: Subject[Network, Batch], course: Course, folder: Path, told: Callable[[int], None]) -> Network:
    """Train in `folder`, from its checkpoint if there is one; returns the averaged network, on the CPU.

    `told` hears now and then how many examples were seen.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cores = os.cpu_count() or 1
    torch.set_num_threads(cores)
    torch.manual_seed(course.seed)
    pupil = Pupil(subject.new, subject.pace, folder / subject.checkpoint)
    history = folder / subject.history
    began_at, seen, started = pupil.step, pupil.step * course.batch, time.monotonic()
    _forget(history, subject.unit, seen)
    with supply(subject.open_stream, course.seed, pupil.step, course.batch, max(1, cores // 2)) as fresh:
        while seen < course.examples:
            batch = subject.choose(fresh, pupil.step)
            loss = pupil.learn(batch.pictures, partial(subject.loss, batch, seen), seen / course.examples)
            seen = pupil.step * course.batch
            is_save = pupil.step % course.saved_every == 0 or seen >= course.examples
            if pupil.step % course.told_every and not is_save:
                continue
            figures: dict[str, float | None] = dict.fromkeys(subject.figures)
            if is_save:
                figures.update(zip(subject.figures, subject.measure(pupil.average), strict=True))
            speed = (pupil.step - began_at) * course.batch / (time.monotonic() - started)
            _write(history, {subject.unit: seen, "loss": loss, **figures, "per_second": speed})
            if is_save:
                pupil.save()
            told(seen)
    return pupil.average.cpu().eval()


def _forget(history: Path, unit: str, seen: int) -> None:
    """Take away what was told after the checkpoint, at `seen` examples: it is done, and told, again."""
    if not history.exists():
        return
    lines = [line for line in history.read_text("utf-8").splitlines() if line.endswith("}")]  # a kill may cut the last
    kept = [line for line in lines if json.loads(line)[unit] <= seen]
    history.write_text("".join(line + "\n" for line in kept), encoding="utf-8")


def _write(history: Path, line: Mapping[str, float | None]) -> None:
    with history.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
