"""A folder of labelled photographs, measured whole; nothing is printed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cakra.plates.decision.terms import DecisionTerms
from cakra.plates.measuring.figures import summary, without_box
from cakra.plates.measuring.measure import Examiner, Tried
from cakra.plates.measuring.robustness import AMOUNTS, bench_robustness, cut_plates
from cakra.plates.measuring.samples import Sample, read_labels, read_picture
from cakra.plates.model import FINDER, OWN_RECOGNITION, RECOGNITION
from cakra.plates.reader import PlateReader

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: every photograph with the box it came with, every scene once more without, and the figures."""

    data: Path
    tried: tuple[Tried, ...]
    found: tuple[Tried, ...]
    figures: Mapping[str, Any]


def measure_plates(
    data: Path, progress: Progress, terms: DecisionTerms | None = None, *, robustness: int = 0
) -> Measured:
    """Measure on `data`, a folder with `labels.csv` (see `read_labels`), on `terms`; None: the default ones.

    A scene whose box is known is measured with it and once more without. `robustness` damages up to that many
    plates in every way. Special plates are left out of every figure but `left_out`. `progress` is told (done, all).
    Times are CPU milliseconds of one thread, the least of three.
    Raises InputError for a folder, table, row or picture that cannot be used, naming it.
    """
    labels = read_labels(data)
    samples = labels.samples
    scenes = [sample for sample in samples if sample.box is not None and sample.kind != "crop"]
    reader = PlateReader(terms=terms)
    reader.open()
    examiner = Examiner(reader)
    plates = cut_plates(data, samples, robustness) if robustness else []
    looks = len(samples) + len(scenes)
    damages = len(plates) * sum(map(len, AMOUNTS.values()))
    tried: list[Tried] = []
    for place, (sample, boxed) in enumerate([*((s, True) for s in samples), *((s, False) for s in scenes)], start=1):
        tried.append(_examined(examiner, data, sample, boxed=boxed))
        progress(place, looks + damages)
    given, found = tried[: len(samples)], tried[len(samples) :]
    figures = {
        **summary(given),
        "scenes_without_box": without_box(found),
        "left_out": dict(labels.left_out),
        "stated_bound": _stated(reader.terms),
        "models": {model.name: model.sha256 for model in (OWN_RECOGNITION, RECOGNITION, FINDER)},
        "calibration": {"name": reader.terms.calibration.name, "sha256": reader.terms.calibration.sha256},
    }
    if plates:
        rows = bench_robustness(examiner, plates, lambda done, _: progress(looks + done, looks + damages))
        figures["robustness"] = {"plates": len(plates), "damages": rows}
    return Measured(data, tuple(given), tuple(found), figures)


def _examined(examiner: Examiner, data: Path, sample: Sample, *, boxed: bool) -> Tried:
    picture = read_picture(data / sample.file)
    return examiner.examine(picture, sample.plate_box(picture) if boxed else None, sample)


def _stated(terms: DecisionTerms) -> dict[str, Any]:
    """What the accepted shares were accepted at: the bound asked for, and for each kind what stands behind it."""
    return {
        "wrong_notices": terms.harm.wrong_notice_bound,
        "kinds": {kind: {**asdict(bound), "probability": terms.needed(kind)} for kind, bound in terms.bounds().items()},
    }
