"""One whole training of the finder: teach, then write the file that ships and its card."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path

import torch

from cakra.plates.training.finder.export import export_finder
from cakra.plates.training.finder.teach import HISTORY, FinderCourse, FinderProgress, teach_finder

__all__ = ["FinderCourse", "train_finder"]


def train_finder(folder: Path, course: FinderCourse, progress: Callable[[int, int | None], None]) -> FinderProgress:
    """Train until `course.scenes`, write `plate-finder.onnx` and its card into `folder`; returns the last figures."""

    def told(now: FinderProgress) -> None:
        progress(now.scenes, course.scenes)

    network = teach_finder(course, folder, told)
    last = json.loads((folder / HISTORY).read_text("utf-8").splitlines()[-1])
    figures = {
        "scenes": last["scenes"],
        "seed": course.seed,
        "repeats": course.repeats,
        "torch": torch.__version__,
        "machine": platform.machine(),
        "held_out": {name: last[name] for name in ("found", "false_marks", "corner_error")},
        "command": f"cakra plates train-finder --scenes {course.scenes} --seed {course.seed}",
    }
    export_finder(network, folder, figures)
    return FinderProgress(**last)
