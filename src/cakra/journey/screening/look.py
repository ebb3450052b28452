"""Looking at photographs: the costly part, one task a case, run in image processes.

A picture that does not decode is a finding, not an exception; the original is never touched.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil
from typing import Protocol

import numpy as np
from PIL import Image

from cakra.core.errors import InputError
from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind
from cakra.evidence.derive import Derived, faces_near, notice_picture, plate_crop, vehicle_crop_masked
from cakra.evidence.faces import FaceFinder
from cakra.evidence.mask import View
from cakra.evidence.picture import Photograph, decode
from cakra.journey.screening.checking.boxes import AS_GIVEN, BoxSaid, BoxWord, box_of, meaning_of, meanings
from cakra.journey.screening.checking.facts import plate_shape
from cakra.plates.decision.rules import PlateOutcome, PlateVerdict, decide
from cakra.plates.decision.terms import DecisionTerms
from cakra.plates.pixels import Picture
from cakra.plates.reader import PlateReader
from cakra.plates.reading import PlateReading

_MOST_PHOTOS = 4
"""So many photographs of a passage are looked at; but of each event one that decodes, however many events there are."""
_MOST_MEANINGS = 8
"""So many places that a wrong box may mean are read where the whole picture showed no plate."""
_ROUND = 1.0
"""What the reader is shown round a box, in the box's widths: it seeks the plate's corners up to 0.75 of one away."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One photograph to look at: its bytes, the camera's boxes and the claim to hold against it.

    `box`: the four numbers that the camera sent for the plate, in pixels if it is right.
    """

    data: bytes
    box: Sequence[float] | None
    vehicle: Box | None
    kind: VehicleKind
    view: View
    claim: str | None
    event: int = 0  # which camera event of the passage it belongs to


@dataclass(frozen=True, slots=True)
class Seen:
    """What the shots of one case said, and pictures from the best one.

    A reading for each shot, or None: it does not decode, or was not looked at because another photograph of its
    event had settled the plate or was looked at when there were enough. So where an event has no reading at all,
    none of its photographs decodes. `boxes`: what became of the camera's box of each shot that was looked at.
    """

    readings: tuple[PlateReading | None, ...]
    derived: tuple[Derived, ...]
    boxes: tuple[BoxSaid | None, ...] = ()
    too_slow: bool = False
    """Its pictures took longer than they may, and the look was ended."""


class Looker(Protocol):
    """Looks at the shots of many cases, one result a case."""

    async def look(self, cases: Sequence[Sequence[Shot]], terms: Sequence[DecisionTerms]) -> list[Seen]:
        """In the order given; `terms`: on which each case is decided."""


_reader: PlateReader | None = None
_finder: FaceFinder | None = None


def open_reader(terms: DecisionTerms) -> None:
    """Open the models once per image process; ModelMissingError at start rather than at the first case."""
    global _reader, _finder  # one of each a process: opening models takes seconds
    reader = PlateReader(terms=terms)
    reader.open()
    _reader, _finder = reader, FaceFinder()  # all or nothing: a process whose models were damaged tries again


def look_at(shots: Sequence[Shot], terms: DecisionTerms, stamp: str | None) -> Seen:
    """Read the shots and derive the plate crop, the masked vehicle and the notice picture from the best.

    The events take turns. When the shots of an event confirm the claim, its other shots are not looked at.
    """
    readings: list[PlateReading | None] = [None] * len(shots)
    boxes: list[BoxSaid | None] = [None] * len(shots)
    mine: dict[int, list[PlateReading]] = defaultdict(list)
    settled: set[int] = set()
    best: tuple[float, Photograph, Box, Shot] | None = None
    looked = 0
    for place in _in_turns(shots):
        shot = shots[place]
        enough = looked >= _MOST_PHOTOS and shot.event in mine
        photograph = None if enough or shot.event in settled else _decoded(shot)
        if photograph is None:
            continue
        looked += 1
        one = _read(shot, photograph, terms)
        reading = readings[place] = one.reading
        boxes[place] = one.said
        mine[shot.event].append(reading)
        if reading.box is None:
            continue
        several = len(mine[shot.event]) > 1
        together = decide(mine[shot.event], terms, kind=plate_shape(shot.kind)) if several else one.alone
        worth = _worth(reading, one.alone)
        if best is None or worth > best[0]:
            # Where the plate's box is of another measure, so is the vehicle's.
            plain = shot if one.said.word is BoxWord.USED else replace(shot, vehicle=None, view=View.UNKNOWN)
            best = (worth, photograph, reading.box, plain)
        if together.outcome is PlateOutcome.ACCEPT:
            settled.add(shot.event)
    derived = () if best is None else _derive(best[1], best[2], best[3], stamp)
    return Seen(tuple(readings), derived, tuple(boxes))


def _in_turns(shots: Sequence[Shot]) -> list[int]:
    """Places of the shots: the first of each event, then the second of each, and so on."""
    shown: Counter[int] = Counter()
    turns = []
    for place, shot in enumerate(shots):
        turns.append((shown[shot.event], place))
        shown[shot.event] += 1
    return [place for _, place in sorted(turns)]


def _decoded(shot: Shot) -> Photograph | None:
    try:
        return decode(shot.data)
    except InputError:
        return None


@dataclass(frozen=True, slots=True)
class _Look:
    """One photograph read, what that decides by itself, and what became of the camera's box."""

    reading: PlateReading
    alone: PlateVerdict
    said: BoxSaid

    @property
    def legible(self) -> bool:
        return self.alone.outcome is not PlateOutcome.UNREADABLE

    @property
    def confirms(self) -> bool:
        return self.alone.outcome is PlateOutcome.ACCEPT

    @property
    def shows_a_plate(self) -> bool:
        """Whether the plate that was claimed, or plainly another, is where it was looked for."""
        settled = self.alone.outcome in {PlateOutcome.ACCEPT, PlateOutcome.MISMATCH}
        return settled or (self.legible and self.reading.text in {None, self.reading.claim})


def _read(shot: Shot, photograph: Photograph, terms: DecisionTerms) -> _Look:
    """What is read in the camera's box; where no plate is, what is found in the whole picture or where it may point.

    A plate that is only found must be confirmed to count for more than what the box shows.
    """

    def looked(box: Box | None, said: BoxSaid) -> _Look:
        reading = _read_in(box, shot, photograph, terms)
        return _Look(reading, decide([reading], terms, kind=plate_shape(shot.kind)), said)

    size, corners = photograph.pixels.size, shot.box
    inside, used = box_of(corners, *size), BoxSaid(BoxWord.USED)
    first = None if inside is None else looked(inside, used)
    if first is not None and first.shows_a_plate:
        return first
    found = looked(None, used)
    if corners is None:
        return found
    meaning = found.reading.box and meaning_of(corners, found.reading.box, *size, photograph.turned)
    instead = first is None or not first.legible
    if meaning == AS_GIVEN:
        return found if instead and (first is None or found.legible) else first or found
    if found.confirms or (found.legible and (instead or meaning)):
        return replace(found, said=BoxSaid(BoxWord.MENDED, meaning) if meaning else BoxSaid(BoxWord.IGNORED))
    for name, box in islice(meanings(corners, *size, photograph.turned), _MOST_MEANINGS):
        there = looked(box, BoxSaid(BoxWord.MENDED, name))
        if there.confirms:
            return there
    return replace(first or found, said=BoxSaid(BoxWord.DOUBTED) if instead else used)


def _read_in(inside: Box | None, shot: Shot, photograph: Photograph, terms: DecisionTerms) -> PlateReading:
    """What is read in a box that lies in the picture; None: wherever in the whole picture."""
    reader, kind, pixels = _opened(terms), plate_shape(shot.kind), photograph.pixels
    if inside is None:
        return reader.read(_bgr(pixels), None, shot.claim, kind)
    # Only what the reader will look at is copied: a frame is ten to a hundred times larger.
    near = _round(inside, *pixels.size)
    part = pixels.crop((near.x1, near.y1, near.x2, near.y2))
    reading = reader.read(_bgr(part), _moved(inside, -near.x1, -near.y1), shot.claim, kind)
    return replace(reading, box=reading.box and _moved(reading.box, near.x1, near.y1))


def _opened(terms: DecisionTerms) -> PlateReader:
    if _reader is None or _reader.terms.calibration != terms.calibration:
        open_reader(terms)
    assert _reader is not None
    _reader.terms = terms
    return _reader


def _bgr(image: Image.Image) -> Picture:
    return np.ascontiguousarray(np.asarray(image, np.uint8)[:, :, ::-1])


def _round(box: Box, width: int, height: int) -> Box:
    """A box in a picture of that size and what lies round it."""
    more = ceil(_ROUND * box.width)
    return Box(box.x1 - more, box.y1 - more, box.x2 + more, box.y2 + more).clamped(width, height)


def _moved(box: Box, right: int, down: int) -> Box:
    return Box(box.x1 + right, box.y1 + down, box.x2 + right, box.y2 + down)


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
