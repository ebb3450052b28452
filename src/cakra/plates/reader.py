"""Reading a plate from a photograph a second time, independent of the camera that claims it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cakra.core.errors import InputError
from cakra.core.geometry import Box
from cakra.core.plate import Plate, PlateError, parse_plate
from cakra.plates.board import Board, Look
from cakra.plates.detector import Detector, Line
from cakra.plates.model import RECOGNITION
from cakra.plates.reading import PlateReading
from cakra.plates.recogniser import Picture, Recogniser, tensor
from cakra.plates.straighten import Quality, number_lines, quality

__all__ = ["PlateReader", "PlateReading", "Sight"]

_SURE_LEAD = 6.0
"""One look is enough when the best reading leads by this much; otherwise two looks are averaged."""
_READABLE_PER_CHARACTER = -1.5
"""Below this log-probability a character the best reading is noise; real plates of the sample stand above -0.9."""
_ROUND_LINE = (0.9, 0.2, 0.9, 0.6)
"""What a plate has left of, above, right of and below its number line, in heights of that line."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One plate as seen: everything the model contributed, so that many claims can be held against it."""

    box: Box | None
    looks: tuple[Look, ...]
    height_px: float
    quality: Quality
    ms: float


class PlateReader:
    """One per process; opens its models at the first need. Not for several threads at a time.

    Raises ModelMissingError at the first reading when a model is missing or differs; `open` does so at start.
    """

    def __init__(self, threads: int = 1, model_dir: Path | None = None) -> None:
        self._threads = threads
        self._folder = model_dir
        self._recogniser: Recogniser | None = None
        self._detector: Detector | None = None
        self.model_hash = RECOGNITION.sha256

    def open(self) -> None:
        """Open both models now, so that a missing one is told at start and the first case is not slow."""
        self._recognition()
        self._detection()

    def read(self, picture: Picture, box: Box | None, claim: str | None) -> PlateReading:
        """Read the plate in `box` of an (H, W, 3) BGR picture, or find it (some 20 times slower) when None.

        Raises InputError when the picture has another shape or the box lies outside it. A claim that is no
        plate is left out: the reading then stands for itself. Military, police and diplomatic plates are not
        searched for, but a claim of one is held against the photograph like any other.
        """
        plate = _weighable(claim)
        sight = self.look(picture, box)
        started = time.perf_counter()
        board = Board(sight.looks, [plate.text], [plate]) if plate else Board(sight.looks)
        reading = self.reading(sight, board, plate.text if plate else None)
        spent = sight.ms + (time.perf_counter() - started) * 1000
        return replace(reading, ms=spent)

    def look(self, picture: Picture, box: Box | None) -> Sight:
        """Run the models; `reading` then holds claims against what was seen."""
        started = time.perf_counter()
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:  # noqa: PLR2004 - three axes, three colours
            message = f"A picture needs shape (height, width, 3) in 8 bit, but this one is {picture.shape}."
            raise InputError(message)
        if box is None:
            return self._found(picture, started)
        height, width = picture.shape[:2]
        try:
            inside = box.clamped(width, height)
        except ValueError as error:
            message = f"The plate box {box} lies outside the picture of {width} x {height} pixels."
            raise InputError(message, code="box_outside") from error
        return self._seen(picture, inside, started)

    def bare_inference(self, picture: Picture, box: Box) -> Callable[[], object]:
        """The model alone on the plate in `box` (inside the picture), prepared: the limit that benchmarks name."""
        batch = tensor(number_lines(picture[box.y1 : box.y2, box.x1 : box.x2])[0])
        recogniser = self._recognition()
        return lambda: recogniser.infer(batch)

    def reading(self, sight: Sight, board: Board, claim: str | None) -> PlateReading:
        """What one sight says of one claim (in canonical spelling, on the board)."""
        best = board.best if sight.looks else None
        if best is None or best[1] < _READABLE_PER_CHARACTER * len(best[0]):
            return self._unreadable(sight, claim, best[1] if best else float("-inf"))
        text, score = best
        standing = board.standing(claim) if claim else None
        rival, rival_score = (standing.rival, standing.rival_log_probability) if standing else board.rival(text)
        return PlateReading(
            box=sight.box,
            text=text,
            log_probability=score,
            rival=rival,
            rival_log_probability=rival_score,
            claim=claim,
            claim_margin=standing.margin if standing else None,
            height_px=sight.height_px,
            sharpness=sight.quality.sharpness,
            luminance=sight.quality.luminance,
            ms=sight.ms,
            model_hash=self.model_hash,
            ambiguous=standing.ambiguous if standing else (),
            claim_log_probability=standing.log_probability if standing else None,
        )

    def _looks(self, first: Picture, second: Picture) -> tuple[Look, ...]:
        """One look where the plate is plain, two where the first leaves doubt."""
        look = Look.of(self._recognition().matrix(first))
        if Board([look]).lead >= _SURE_LEAD:
            return (look,)
        return (look, Look.of(self._recognition().matrix(second)))

    def _found(self, picture: Picture, started: float) -> Sight:
        """The line of text in the picture that reads most like a plate, read again with its surroundings.

        The detector may lose a worn first or last letter; the plate's own box gives it back.
        """
        best: tuple[float, Line] | None = None
        for line in self._detection().lines(picture):
            top = Board([Look.of(self._recognition().matrix(line.crop))]).best
            if top is not None and (best is None or top[1] > best[0]):
                best = (top[1], line)
        if best is None:
            return Sight(None, (), 0.0, quality(picture), (time.perf_counter() - started) * 1000)
        return self._seen(picture, _plate_box(best[1], picture), started)

    def _seen(self, picture: Picture, box: Box, started: float) -> Sight:
        """The plate in a box that lies inside the picture."""
        crop = picture[box.y1 : box.y2, box.x1 : box.x2]
        looks = self._looks(*number_lines(crop))
        spent = (time.perf_counter() - started) * 1000
        return Sight(box, looks, float(box.height), quality(crop), spent)

    def _unreadable(self, sight: Sight, claim: str | None, score: float) -> PlateReading:
        return PlateReading(
            box=sight.box,
            text=None,
            log_probability=score,
            rival=None,
            rival_log_probability=float("-inf"),
            claim=claim,
            claim_margin=None,
            height_px=sight.height_px,
            sharpness=sight.quality.sharpness,
            luminance=sight.quality.luminance,
            ms=sight.ms,
            model_hash=self.model_hash,
        )

    def _recognition(self) -> Recogniser:
        if self._recogniser is None:
            self._recogniser = Recogniser(self._folder, self._threads)
        return self._recogniser

    def _detection(self) -> Detector:
        if self._detector is None:
            self._detector = Detector(self._folder, self._threads)
        return self._detector


def _weighable(claim: str | None) -> Plate | None:
    """The claim as a plate of any kind; None for what no plate can say."""
    if claim is None:
        return None
    try:
        return parse_plate(claim)
    except PlateError:
        return None


def _plate_box(line: Line, picture: Picture) -> Box:
    """The whole plate round a number line, as a camera would box it."""
    left, above, right, below = (round(share * line.height_px) for share in _ROUND_LINE)
    grown = Box(line.box.x1 - left, line.box.y1 - above, line.box.x2 + right, line.box.y2 + below)
    return grown.clamped(picture.shape[1], picture.shape[0])
