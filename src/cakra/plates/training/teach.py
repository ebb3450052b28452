"""Training: seeded, resumable at any step, on a GPU if there is one and on all cores otherwise."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from cakra.plates.ctc import ALPHABET
from cakra.plates.training.network import PlateNetwork
from cakra.plates.training.samples import Samples
from cakra.plates.training.supply import Batch, drawn, plates, supply

_STEEPEST = 2e-3  # learning rate after the warm-up
_WARM_UP = 300  # steps
_COOLING = 0.35  # the last share of the samples, over which the rate sinks to nothing
_HINTING = 60_000  # samples over which the places of the characters are told, ever more softly
_AVERAGED = 0.999  # a step's weight in the average that is kept
_CLIP = 5.0
_SAVE_EVERY = 400
_VALIDATION_SEED = 7_919
CHECKPOINT, HISTORY = "checkpoint.pt", "history.jsonl"


@dataclass(frozen=True, slots=True)
class Course:
    """How long and with what: `samples` in all (a resumed course may be lengthened), the seed, the batch."""

    samples: int
    seed: int = 1
    batch: int = 64
    validation: int = 1024

    @property
    def save_every(self) -> int:
        """Steps between checkpoints: what a power cut may cost, and never more than an eighth of the whole."""
        return min(_SAVE_EVERY, max(1, self.samples // self.batch // 8))


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a course stands; `exact` is the share of held-out synthetic plates read whole, without grammar."""

    samples: int
    loss: float
    exact: float | None
    per_second: float


def teach(course: Course, folder: Path, told: Callable[[Progress], None]) -> PlateNetwork:
    """Train in `folder`, from its checkpoint if there is one; returns the averaged network, on the CPU."""
    folder.mkdir(parents=True, exist_ok=True)
    cores = os.cpu_count() or 1
    torch.set_num_threads(cores)
    torch.manual_seed(course.seed)
    pupil = _Pupil(course, folder)
    held_out = drawn(Samples(_VALIDATION_SEED), course.validation)
    started, began_at = time.monotonic(), pupil.step
    with supply(plates, course.seed, pupil.step, course.batch, max(1, cores // 2)) as batches:
        while pupil.step * course.batch < course.samples:
            loss = pupil.learn(next(batches))
            finished = pupil.step * course.batch >= course.samples
            if pupil.step % min(50, course.save_every) and not finished:
                continue
            exact = None
            if pupil.step % course.save_every == 0 or finished:
                exact = exact_share(pupil.average, held_out)
                pupil.save()
            speed = (pupil.step - began_at) * course.batch / (time.monotonic() - started)
            progress = Progress(pupil.step * course.batch, loss, exact, speed)
            with (folder / HISTORY).open("a", encoding="utf-8") as history:
                history.write(json.dumps(asdict(progress)) + "\n")
            told(progress)
    return pupil.average.cpu().eval()


class _Pupil:
    """The network in training, its optimiser and its running average."""

    def __init__(self, course: Course, folder: Path) -> None:
        self.course, self._file = course, folder / CHECKPOINT
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network, self.average = self._new(), self._new()
        self._optimiser = torch.optim.AdamW(self.network.parameters(), lr=_STEEPEST, weight_decay=0.02)
        self.step, self._loss = 0, float("nan")
        if self._file.exists():
            self._load()
        else:
            self.average.load_state_dict(self.network.state_dict())

    def _new(self) -> PlateNetwork:
        network = PlateNetwork().to(self._device)
        return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # its stubs lack it

    def learn(self, batch: Batch) -> float:
        """One step; returns the running loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        self.network.train()
        with torch.autocast(self._device.type, torch.bfloat16):
            logits = self.network(pictures(batch, self._device))
        loss = _loss(logits.float().log_softmax(-1), batch, self._hint())
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self._optimiser.step()
        self.step += 1
        self._follow()
        now = float(loss.detach())
        self._loss = now if self._loss != self._loss else 0.98 * self._loss + 0.02 * now  # NaN at first
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
        done = self.step * self.course.batch / self.course.samples
        return _STEEPEST * min(1.0, (self.step + 1) / _WARM_UP, max(0.002, (1 - done) / _COOLING))

    def _hint(self) -> float:
        return max(0.0, 1.0 - self.step * self.course.batch / _HINTING)

    @torch.no_grad()
    def _follow(self) -> None:
        """The average of the last thousand steps reads better than any single one."""
        kept = min(_AVERAGED, (self.step + 1) / (self.step + 20))
        for mine, theirs in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, 1 - kept)
            else:
                mine.copy_(theirs)


def pictures(batch: Batch, device: torch.device) -> torch.Tensor:
    """A batch's pictures as the network wants them."""
    return torch.from_numpy(batch.pictures.astype(np.float32))[:, None].to(device, memory_format=torch.channels_last)


def exact_share(network: PlateNetwork, batch: Batch) -> float:
    """The share of a batch read whole by the likeliest symbol of each frame; no grammar."""
    network.eval()
    device = next(network.parameters()).device
    with torch.no_grad():
        paths = torch.cat([network(part).argmax(-1).cpu() for part in pictures(batch, device).split(128)])
    read = [_collapsed(path) for path in paths.tolist()]
    return sum(one == two for one, two in zip(read, batch.labels, strict=True)) / len(read)


def spelled(labels: tuple[int, ...]) -> str:
    """Columns as text."""
    return "".join(ALPHABET[label - 1] for label in labels)


def _collapsed(path: list[int]) -> tuple[int, ...]:
    return tuple(now for before, now in zip([0, *path], path, strict=False) if now and now != before)


def _loss(log_probabilities: torch.Tensor, batch: Batch, hint: float) -> torch.Tensor:
    """CTC; at first also the characters at their known places, which spares the long search for an alignment."""
    device = log_probabilities.device
    targets = torch.tensor([label for labels in batch.labels for label in labels], device=device)
    lengths = torch.tensor([len(labels) for labels in batch.labels], device=device)
    frames = torch.full((len(batch.labels),), log_probabilities.shape[1], device=device)
    loss = functional.ctc_loss(
        log_probabilities.permute(1, 0, 2), targets, frames, lengths, reduction="none", zero_infinity=True
    )
    total = (loss / lengths.clamp(min=4)).mean()
    if hint > 0:
        rows = torch.tensor([row for row, places in enumerate(batch.frames) for _ in places], device=device)
        columns = torch.tensor([place for places in batch.frames for place in places], device=device)
        total = total + hint * functional.nll_loss(log_probabilities[rows, columns], targets)
    return total
