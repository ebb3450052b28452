"""How well the reader reads and decides, on any folder of labelled photographs; nothing is printed here.

Every photograph is seen once; then the true plate and every plate that differs from it in one character are held
against what was seen, by the decision the product takes.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cakra.core.errors import InputError
from cakra.core.geometry import Box
from cakra.core.plate import Plate, PlateError, PlateKind, one_character_wrong, parse_plate
from cakra.plates.board import Board
from cakra.plates.reader import PlateReader, Sight
from cakra.plates.reading import PlateReading
from cakra.plates.recogniser import Picture
from cakra.plates.rules import PlateOutcome, PlateThresholds, PlateVerdict, decide

_COLUMNS = ("file", "plate", "kind", "meta")


@dataclass(frozen=True, slots=True)
class _Sample:
    file: str
    plate: Plate
    kind: str
    box: Box | None


@dataclass(frozen=True, slots=True)
class _Tried:
    """One photograph: what was read, the verdict on the true claim, and how the wrong ones fared."""

    sample: _Sample
    read: str
    verdict: PlateVerdict
    wrong_claims: int
    wrong_accepted: tuple[str, ...]
    ms: float
    inference_ms: float


def bench_plates(
    data: Path, progress: Callable[[int, int], None], thresholds: PlateThresholds | None = None
) -> dict[str, Any]:
    """Measure on `data`, a folder with `labels.csv` (file, plate, kind, meta).

    `meta` begins with the plate box `x1 y1 x2 y2` in pixels; without it a `crop` is all plate and any other kind
    is searched for its plate. `progress` is told (done, all). Times are CPU milliseconds of one thread.
    Raises InputError for a folder, table, row or picture that cannot be used, naming it.
    """
    samples = _samples(data)
    reader = PlateReader()
    reader.open()
    tried = []
    for done, sample in enumerate(samples, start=1):
        picture = read_picture(data / sample.file)
        tried.append(_try(reader, picture, sample, thresholds or PlateThresholds()))
        progress(done, len(samples))
    return _summary(tried, reader.model_hash)


def _samples(data: Path) -> list[_Sample]:
    table = data / "labels.csv"
    try:
        with table.open(newline="", encoding="utf-8") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(f"{table} has no column {missing[0]}; it needs file,plate,kind,meta.")
            samples = [_sample(row, table, reader.line_num) for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{table} cannot be read: {error}.") from error
    if not samples:
        raise InputError(f"{table} names no photograph.")
    return samples


def _sample(row: Mapping[str, str | None], table: Path, line: int) -> _Sample:
    try:
        plate = parse_plate(row["plate"] or "")
    except PlateError as error:
        raise InputError(f"{table}, line {line}: {error.sentence}") from error
    if plate.kind not in {PlateKind.CIVIL, PlateKind.VOID}:
        raise InputError(f"{table}, line {line}: {plate.text} is not a civil plate; only these are read.")
    numbers = (row["meta"] or "").split()[:4]
    try:
        box = Box(*(int(number) for number in numbers)) if len(numbers) == 4 else None  # noqa: PLR2004 - x1 y1 x2 y2
    except ValueError as error:
        message = f"{table}, line {line}: the plate box {' '.join(numbers)} is wrong ({error})."
        raise InputError(message) from error
    return _Sample(row["file"] or "", plate, row["kind"] or "", box)


def read_picture(path: Path) -> Picture:
    """Decode one photograph to (H, W, 3) BGR; InputError when it is missing or no picture."""
    try:
        decoded = cv2.imdecode(np.frombuffer(path.read_bytes(), dtype=np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error) as error:
        raise InputError(f"The photograph {path} cannot be read: {error}.") from error
    if decoded is None:
        raise InputError(f"The photograph {path} is not a picture.")
    return np.asarray(decoded, dtype=np.uint8)


def _try(reader: PlateReader, picture: Picture, sample: _Sample, thresholds: PlateThresholds) -> _Tried:
    height, width = picture.shape[:2]
    box = sample.box or (Box(0, 0, width, height) if sample.kind == "crop" else None)
    truth = sample.plate.text
    started = time.process_time()
    reading = reader.read(picture, box, truth)
    verdict = decide(reading, thresholds)
    spent = (time.process_time() - started) * 1000
    sight = reader.look(picture, box)
    wrong = [text for text in one_character_wrong(sample.plate) if _is_civil(text)]
    board = Board(sight.looks, [truth, *wrong], [sample.plate])
    accepted = tuple(claim for claim in wrong if _accepted(reader.reading(sight, board, claim), thresholds))
    inference = _inference_ms(reader, picture, sight)
    return _Tried(sample, reading.text or "", verdict, len(wrong), accepted, spent, inference)


def _is_civil(text: str) -> bool:
    return parse_plate(text).kind in {PlateKind.CIVIL, PlateKind.VOID}


def _accepted(reading: PlateReading, thresholds: PlateThresholds) -> bool:
    return decide(reading, thresholds).outcome is PlateOutcome.ACCEPT


def _inference_ms(reader: PlateReader, picture: Picture, sight: Sight) -> float:
    """The limit: the bare model, once, on the same plate."""
    if sight.box is None:
        return 0.0
    bare = reader.bare_inference(picture, sight.box)
    started = time.process_time()
    bare()
    return (time.process_time() - started) * 1000


def _summary(tried: list[_Tried], model_hash: str) -> dict[str, Any]:
    kinds = sorted({one.sample.kind for one in tried})
    ms = sum(one.ms for one in tried) / len(tried)
    bare = [one.inference_ms for one in tried if one.inference_ms > 0]
    return {
        **_shares(tried),
        "by_kind": {kind: _shares([one for one in tried if one.sample.kind == kind]) for kind in kinds},
        "suffix_oq": _shares([one for one in tried if {"O", "Q"} & set(one.sample.plate.series)]),
        "held_back": dict(Counter(one.verdict.key for one in tried if not _is_accept(one)).most_common()),
        "ms_per_decision": ms,
        "ms_ratio_to_inference": ms / (sum(bare) / len(bare)) if bare else None,
        "model_hash": model_hash,
    }


def _shares(tried: list[_Tried]) -> dict[str, Any]:
    accepted = sum(map(_is_accept, tried))
    letters = sum(len(one.sample.plate.text) for one in tried)
    wrong = sum(_edits(one.read, one.sample.plate.text) for one in tried)
    exact = sum(one.read == one.sample.plate.text for one in tried)
    return {
        "images": len(tried),
        "exact_match": exact / len(tried) if tried else None,
        "character_error": wrong / letters if letters else None,
        "accepted_share": accepted / len(tried) if tried else None,
        "accepted_share_interval": wilson(accepted, len(tried)),
        "wrongly_accepted_images": sum(bool(one.wrong_accepted) for one in tried),
        "wrong_claims": sum(one.wrong_claims for one in tried),
        "wrong_claims_accepted": sum(len(one.wrong_accepted) for one in tried),
    }


def _is_accept(one: _Tried) -> bool:
    return one.verdict.outcome is PlateOutcome.ACCEPT


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); (0, 1) when nothing was tried."""
    if trials == 0:
        return 0.0, 1.0
    z = 1.959964
    centre = (hits + z * z / 2) / (trials + z * z)
    half = z * sqrt(hits * (trials - hits) / trials + z * z / 4) / (trials + z * z)
    return max(0.0, centre - half), min(1.0, centre + half)


def _edits(read: str, truth: str) -> int:
    """Levenshtein distance, for the character error rate."""
    row: Iterable[int] = range(len(truth) + 1)
    for place, char in enumerate(read, start=1):
        before, current = list(row), [place]
        for index, true in enumerate(truth, start=1):
            change = before[index - 1] + (char != true)
            current.append(min(before[index] + 1, current[-1] + 1, change))
        row = current
    return list(row)[-1]
