"""Labelled photographs: the table, its rows, the pictures; everything that is wrong with them is named."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from cakra.core.errors import InputError
from cakra.core.geometry import Box
from cakra.core.identifiers.plate import Plate, PlateError, PlateKind, parse_plate
from cakra.plates.decision.calibration import CAR, MOTORCYCLE
from cakra.plates.pixels import Picture

_COLUMNS = ("file", "plate", "kind", "meta")
_MOTORCYCLE_WORDS = frozenset({"motorcycle", "motor", "k2"})
READ_KINDS = frozenset({PlateKind.CIVIL, PlateKind.VOID})
"""Plates the readers search for; others are only held against a claim."""
_SPECIAL = "special plates"


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled photograph; `box` in its pixels, None where the table gives none."""

    file: str
    plate: Plate
    kind: str
    box: Box | None
    motorcycle: bool

    @property
    def plate_shape(self) -> str:
        """`car` or `motorcycle`, as the decision is told."""
        return MOTORCYCLE if self.motorcycle else CAR

    @property
    def has_twin_letters(self) -> bool:
        """The series holds O or Q, which glyphs alone may not settle."""
        return bool({"O", "Q"} & set(self.plate.series))

    def plate_box(self, picture: Picture) -> Box | None:
        """The given box; a `crop` without one is all plate; None: the plate must be found."""
        height, width = picture.shape[:2]
        return self.box or (Box(0, 0, width, height) if self.kind == "crop" else None)


@dataclass(frozen=True, slots=True)
class Labels:
    """A table's photographs that can be measured, and how many rows were left out, by name of the reason."""

    samples: tuple[Sample, ...]
    left_out: Mapping[str, int]


def read_samples(data: Path) -> list[Sample]:
    """The photographs of `read_labels` that can be measured; InputError likewise."""
    return list(read_labels(data).samples)


def read_labels(data: Path) -> Labels:
    """The rows of `data`/labels.csv (file, plate, kind, meta).

    `meta` begins with the plate box `x1 y1 x2 y2`, if there is one; a word `motorcycle` (or `K2`) in it, or the kind
    `motorcycle`, tells the vehicle. Military, police, diplomatic and state plates are left out, and counted.
    Raises InputError for a table or row that cannot be used, naming it, and when no photograph is left.
    """
    table = data / "labels.csv"
    try:
        with table.open(newline="", encoding="utf-8") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(f"{table} has no column {missing[0]}; it needs file,plate,kind,meta.")
            rows = [_sample(row, table, reader.line_num) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table} cannot be read: {error}.") from error
    samples = tuple(sample for sample in rows if sample is not None)
    if not rows:
        raise InputError(f"{table} names no photograph.")
    if not samples:
        raise InputError(f"{table} names no photograph of a civil plate; only these are read.")
    return Labels(samples, {_SPECIAL: len(rows) - len(samples)})


def _sample(row: Mapping[str, str | None], table: Path, line: int) -> Sample | None:
    """The row, or None for a special plate; InputError for a row that cannot be used."""
    try:
        plate = parse_plate(row["plate"] or "")
    except PlateError as error:
        raise InputError(f"{table}, line {line}: {error.sentence}") from error
    if plate.kind not in READ_KINDS:
        return None
    kind, words = row["kind"] or "", (row["meta"] or "").split()
    motorcycle = bool(_MOTORCYCLE_WORDS & {kind.lower(), *(word.lower() for word in words)})
    return Sample(row["file"] or "", plate, kind, _box(words[:4], table, line), motorcycle)


def _box(numbers: list[str], table: Path, line: int) -> Box | None:
    if len(numbers) < 4:  # noqa: PLR2004 - x1 y1 x2 y2
        return None
    try:
        return Box(*(int(number) for number in numbers))
    except ValueError as error:
        message = f"{table}, line {line}: the plate box {' '.join(numbers)} is wrong ({error})."
        raise InputError(message) from error


def read_picture(path: Path) -> Picture:
    """Decode one photograph to (H, W, 3) BGR; InputError when it is missing or no picture."""
    try:
        decoded = cv2.imdecode(np.frombuffer(path.read_bytes(), dtype=np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error) as error:
        raise InputError(f"The photograph {path} cannot be read: {error}.") from error
    if decoded is None:
        raise InputError(f"The photograph {path} is not a picture.")
    return np.asarray(decoded, dtype=np.uint8)
