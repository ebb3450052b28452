"""What a calibration is fitted on: photographs whose plate is known, read by every reader that will be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from cakra.core.geometry import Box
from cakra.core.identifiers.plate import is_plate, parse_plate
from cakra.plates.decision.calibration import CAR, MOTORCYCLE, OWN, is_plain
from cakra.plates.measuring.samples import READ_KINDS, read_picture, read_samples
from cakra.plates.pixels import Picture
from cakra.plates.reader import PlateReader
from cakra.plates.texts.board import Board
from cakra.plates.training.drawing.face import draw_face
from cakra.plates.training.drawing.press import Press
from cakra.plates.training.drawing.shutter import photograph
from cakra.plates.training.drawing.wording import draw_groups

_PRESSES = 120
_HARDSHIP = 0.5
"""Half of what the networks learn on: frames of approved cameras. Stated, as the share of bad frames is not known."""
_MOTORCYCLE_ASPECT = 2.85
"""A drawn plate narrower than this is a motorcycle's (27.5 x 11 cm against 43 x 13.5)."""

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Frame:
    """One labelled plate; `box` None: it must be found."""

    picture: Picture
    box: Box | None
    truth: str
    kind: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """What the readers made of one frame, left to themselves; a decision may fall at each of the `stages`.

    After the first look of our own reader, after all its looks, after all readers that were asked.
    """

    stages: tuple[Board, ...]
    truth: str
    kind: str

    @classmethod
    def of(cls, seen: Board, truth: str, kind: str) -> Labelled:
        """Looks stand in the order in which they were taken."""
        ours = sum(look.reader == OWN for look in seen.looks)
        stops = dict.fromkeys((1, ours, len(seen.looks)))
        return cls(tuple(Board(seen.looks[:stop]) for stop in stops), truth, kind)

    @property
    def first(self) -> Board:
        """The first look."""
        return self.stages[0]

    @property
    def seen(self) -> Board:
        """Everything."""
        return self.stages[-1]

    @property
    def is_settled(self) -> bool:
        """Whether our own was plain enough alone."""
        return self.seen.looks[-1].reader == OWN


def drawn_frames(seed: int, count: int) -> Iterator[Frame]:
    """Plates that nobody was trained on: other presses, other numbers, every sort of bad light; only civil ones."""
    rng = np.random.default_rng((seed, 20))
    presses = [Press(rng) for _ in range(_PRESSES)]
    made = 0
    while made < count:
        groups = draw_groups(rng)
        truth = "".join(groups)
        if not is_plate(truth) or parse_plate(truth).kind not in READ_KINDS:
            continue
        face = draw_face(presses[int(rng.integers(_PRESSES))], groups, rng, _HARDSHIP)
        shot = photograph(face, rng, _HARDSHIP)
        kind = MOTORCYCLE if face.grey.shape[1] < _MOTORCYCLE_ASPECT * face.grey.shape[0] else CAR
        height, width = shot.grey.shape
        picture = np.asarray(cv2.cvtColor(shot.grey, cv2.COLOR_GRAY2BGR), np.uint8)
        yield Frame(picture, Box(0, 0, width, height), truth, kind)
        made += 1


def folder_frames(data: Path) -> tuple[int, Iterator[Frame]]:
    """How many frames `data`/labels.csv names, and these; InputError for a table, row or picture that is wrong."""
    samples = read_samples(data)

    def frames() -> Iterator[Frame]:
        for sample in samples:
            picture = read_picture(data / sample.file)
            yield Frame(picture, sample.plate_box(picture), sample.plate.text, sample.plate_shape)

    return len(samples), frames()


def labelled(frames: Iterator[Frame], count: int, reader: PlateReader, told: Told) -> list[Labelled]:
    """Read the frames; one in which no plate was found, or that is too poor to be decided on, is left out."""
    found = []
    for done, frame in enumerate(frames, start=1):
        sight = reader.look(frame.picture, frame.box, frame.kind)
        if not is_plain(sight.height_px, sight.quality.sharpness):
            told(done, count)
            continue
        if sight.board.evidence() is not None:
            found.append(Labelled.of(sight.board, frame.truth, frame.kind))
        told(done, count)
    return found
