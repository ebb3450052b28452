"""Looking at photographs: the costly part, one task a case, run in image processes.

A picture that does not decode is a finding, not an exception; the original is never touched.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cakra.core.errors import InputError
from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind
from cakra.evidence.derive import Derived, faces_near, notice_picture, plate_crop, vehicle_crop_masked
from cakra.evidence.faces import FaceFinder
from cakra.evidence.mask import View
from cakra.evidence.picture import Photograph, decode
from cakra.journey.screening.facts import plate_shape
from cakra.plates.decision.rules import PlateOutcome, PlateVerdict, decide
from cakra.plates.decision.terms import DecisionTerms
from cakra.plates.reader import PlateReader
from cakra.plates.reading import PlateReading

_MOST_PHOTOS = 4


@dataclass(frozen=True, slots=True)
class Shot:
    """One photograph to look at: its bytes, the camera's boxes (pixels) and the claim to hold against it."""

    data: bytes
    box: Box | None
    vehicle: Box | None
    kind: VehicleKind
    view: View
    claim: str | None
    event: int = 0  # which camera event of the passage it belongs to


@dataclass(frozen=True, slots=True)
class Seen:
    """What the shots of one case said, and pictures from the best one.

    A reading for each shot, or None: it does not decode, or an earlier shot of its event had settled the plate.
    """

    readings: tuple[PlateReading | None, ...]
    derived: tuple[Derived, ...]


class Looker(Protocol):
    """Looks at the shots of many cases, one result a case."""

    async def look(self, cases: Sequence[Sequence[Shot]]) -> list[Seen]:
        """In the order given."""


_reader: PlateReader | None = None
_finder: FaceFinder | None = None


def open_reader(terms: DecisionTerms) -> None:
    """Open the models once per image process; ModelMissingError at start rather than at the first case."""
    global _reader, _finder  # noqa: PLW0603 - one reader a process: opening models takes seconds
    _reader = PlateReader(terms=terms)
    _reader.open()
    _finder = FaceFinder()


def look_at(shots: Sequence[Shot], terms: DecisionTerms, stamp: str | None) -> Seen:
    """Read the shots and derive the plate crop, the masked vehicle and the notice picture from the best.

    When the shots of an event confirm the claim, its other shots are not looked at.
    """
    readings: list[PlateReading | None] = []
    mine: dict[int, list[PlateReading]] = defaultdict(list)
    settled: set[int] = set()
    best: tuple[float, Photograph, Box, Shot] | None = None
    for shot in shots[:_MOST_PHOTOS]:
        photograph = None if shot.event in settled else _decoded(shot)
        reading = None if photograph is None else _read(shot, photograph, terms)
        readings.append(reading)
        if reading is None or photograph is None or reading.box is None:
            continue
        mine[shot.event].append(reading)
        kind = plate_shape(shot.kind)
        alone = decide([reading], terms, kind=kind)
        together = decide(mine[shot.event], terms, kind=kind) if len(mine[shot.event]) > 1 else alone
        worth = _worth(reading, alone)
        if best is None or worth > best[0]:
            best = (worth, photograph, reading.box, shot)
        if together.outcome is PlateOutcome.ACCEPT:
            settled.add(shot.event)
    return Seen(tuple(readings), () if best is None else _derive(best[1], best[2], best[3], stamp))


def _decoded(shot: Shot) -> Photograph | None:
    try:
        return decode(shot.data)
    except InputError:
        return None


def _read(shot: Shot, photograph: Photograph, terms: DecisionTerms) -> PlateReading:
    if _reader is None or _reader.terms != terms:
        open_reader(terms)
    assert _reader is not None
    kind = plate_shape(shot.kind)
    picture = np.ascontiguousarray(np.asarray(photograph.pixels)[:, :, ::-1])
    try:
        return _reader.read(picture, shot.box, shot.claim, kind)
    except InputError:  # the camera's box lies outside its picture: find the plate ourselves
        return _reader.read(picture, None, shot.claim, kind)


def _worth(reading: PlateReading, alone: PlateVerdict) -> float:
    """The plate that is surest to show the claim first, then the larger one."""
    score = alone.facts.get("score")
    return (-10.0 if score is None else min(max(float(score), -10.0), 10.0)) * 100 + reading.height_px


def _derive(photograph: Photograph, plate: Box, shot: Shot, stamp: str | None) -> tuple[Derived, ...]:
    assert _finder is not None
    faces = faces_near(photograph, _finder, plate, vehicle=shot.vehicle, kind=shot.kind, view=shot.view)
    return (
        plate_crop(photograph, plate, faces),
        vehicle_crop_masked(photograph, plate, shot.vehicle, shot.kind, shot.view, faces=faces),
        notice_picture(photograph, plate, shot.vehicle, shot.kind, shot.view, faces=faces, stamp=stamp),
    )
