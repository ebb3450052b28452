"""One whole training: teach, examine, export, report."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from cakra.plates.training.examination import Mark, examine
from cakra.plates.training.export import export
from cakra.plates.training.pupil import network_pictures
from cakra.plates.training.report import write_report
from cakra.plates.training.supply import Batch
from cakra.plates.training.teach import teach


@dataclass(frozen=True, slots=True)
class Graduation:
    """Where the finished model lies, and how it reads what it never saw."""

    folder: Path
    exact: float

    @property
    def sentence(self) -> str:
        """For the person who waited."""
        return f"{self.exact:.1%} of held-out drawn plates are read whole, without help of grammar or register."


def train_recogniser(folder: Path, samples: int, seed: int, progress: Callable[[int, int | None], None]) -> Graduation:
    """Train until `samples`, then write `plate-recogniser.onnx`, its card and `report.html` into `folder`."""
    network = teach(samples, seed, folder, lambda seen: progress(seen, samples))

    def read(batch: Batch) -> npt.NDArray[np.float32]:
        with torch.no_grad():
            parts = network_pictures(batch.pictures, torch.device("cpu")).split(128)
            return np.concatenate([network(part).softmax(-1).numpy() for part in parts])

    marks = examine(read)
    export(network, folder, _figures(samples, seed, marks))
    write_report(folder, marks)
    return Graduation(folder, marks[0].exact)


def _figures(samples: int, seed: int, marks: list[Mark]) -> dict[str, object]:
    return {
        "samples": samples,
        "seed": seed,
        "torch": torch.__version__,
        "machine": platform.machine(),
        "held_out_exact": {mark.condition: round(mark.exact, 4) for mark in marks},
    }
