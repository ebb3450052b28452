"""One whole training of the finder: teach, then write the file that ships and its card."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path

import torch

from cakra.plates.training.finder.export import export_finder
from cakra.plates.training.finder.teach import FIGURES, HISTORY, REPEATS, teach_finder


def train_finder(folder: Path, scenes: int, seed: int, progress: Callable[[int, int | None], None]) -> float | None:
    """Train until `scenes`, then write `plate-finder.onnx` and its card into `folder`.

    Returns the share of plates in held-out drawn scenes that is marked.
    """
    network = teach_finder(scenes, seed, folder, lambda seen: progress(seen, scenes))
    last = json.loads((folder / HISTORY).read_text("utf-8").splitlines()[-1])
    figures = {
        "scenes": last["scenes"],
        "seed": seed,
        "repeats": REPEATS,
        "torch": torch.__version__,
        "machine": platform.machine(),
        "held_out": {name: last[name] for name in FIGURES},
        "command": f"cakra plates train-finder --scenes {scenes} --seed {seed}",
    }
    export_finder(network, folder, figures)
    found: float | None = last["found"]
    return found
