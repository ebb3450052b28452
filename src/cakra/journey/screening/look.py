"""Looking at photographs: the costly part, one task a case, run in image processes.

A picture that does not decode is a finding, not an exception; the original is never touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cakra.core.errors import InputError
from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind
from cakra.evidence.derive import Derived, notice_picture, plate_crop, vehicle_crop_masked
from cakra.evidence.mask import View
from cakra.evidence.picture import Photograph, decode
from cakra.plates.reader import PlateReader, PlateReading

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


@dataclass(frozen=True, slots=True)
class Seen:
    """What the shots of one case said: a reading or None (undecodable) each, and pictures from the best one."""

    readings: tuple[PlateReading | None, ...]
    derived: tuple[Derived, ...]


class Looker(Protocol):
    """Looks at the shots of many cases, one result a case."""

    async def look(self, cases: Sequence[Sequence[Shot]]) -> list[Seen]:
        """In the order given."""


_reader: PlateReader | None = None


def open_reader() -> None:
    """Open the models once per image process; ModelMissingError at start rather than at the first case."""
    global _reader  # noqa: PLW0603 - one reader a process: opening models takes seconds
    _reader = PlateReader()
    _reader.open()


def look_at(shots: Sequence[Shot], stamp: str | None) -> Seen:
    """Read every shot and derive the plate crop, the masked vehicle and the notice picture from the best."""
    if _reader is None:
        open_reader()
    assert _reader is not None
    readings: list[PlateReading | None] = []
    best: tuple[float, Photograph, Box, Shot] | None = None
    for shot in shots[:_MOST_PHOTOS]:
        try:
            photograph = decode(shot.data)
        except InputError:
            readings.append(None)
            continue
        picture = np.ascontiguousarray(np.asarray(photograph.pixels)[:, :, ::-1])
        try:
            reading = _reader.read(picture, shot.box, shot.claim)
        except InputError:  # the camera's box lies outside its picture: find the plate ourselves
            reading = _reader.read(picture, None, shot.claim)
        readings.append(reading)
        if reading.box is not None and (best is None or _worth(reading) > best[0]):
            best = (_worth(reading), photograph, reading.box, shot)
    return Seen(tuple(readings), () if best is None else _derive(best[1], best[2], best[3], stamp))


def _worth(reading: PlateReading) -> float:
    """A confirmed plate first, then the larger one."""
    margin = reading.claim_margin if reading.claim_margin is not None else -10.0
    return min(max(margin, -10.0), 10.0) * 100 + reading.height_px


def _derive(photograph: Photograph, plate: Box, shot: Shot, stamp: str | None) -> tuple[Derived, ...]:
    return (
        plate_crop(photograph, plate),
        vehicle_crop_masked(photograph, plate, shot.vehicle, shot.kind, shot.view),
        notice_picture(photograph, plate, shot.vehicle, shot.kind, shot.view, stamp=stamp),
    )
