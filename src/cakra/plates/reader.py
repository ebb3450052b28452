"""Reading a plate from a photograph a second time, independent of the camera that claims it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf, log
from pathlib import Path
from pickle import UnpicklingError

import cv2
import numpy as np

from cakra.core.errors import InputError, SetupError
from cakra.core.geometry import Box
from cakra.core.identifiers.plate import Plate, PlateError, parse_plate
from cakra.plates.decision.calibration import CAR, GENERIC, OWN
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.posterior import posterior
from cakra.plates.decision.terms import DecisionTerms, terms_of
from cakra.plates.finder import PlateFinder, Quad, flat_grey
from cakra.plates.model import MODELS, OWN_RECOGNITION
from cakra.plates.own import WIDTH, OwnRecogniser, prepared
from cakra.plates.pixels import Picture, at_most, grey_of
from cakra.plates.reading import Evidence, PlateReading
from cakra.plates.recogniser import Recogniser, tensor
from cakra.plates.straighten import Quality, levelled, number_line, quality
from cakra.plates.texts.board import Board, ReaderLook
from cakra.plates.texts.ctc import spelled

__all__ = ["PlateReader", "PlateReading", "Sight"]

_WIDEST = 2 * WIDTH
"""Pixels of a plate's width from which no reader has more."""
_SQUAREST = 1.8
"""Width by height of a box under which it holds a slanting plate, or more than a plate: one look is not enough."""
_READ = 0.3
"""Probability of its best plate from which a mark in a picture is a plate."""
_TIGHT, _LOOSE = 0.03, 0.06
"""Margins of a rectified plate, in its own width and height: corners may be a little off, and a letter cut off
reads like a shorter plate."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One plate as seen: everything the model contributed, so that many claims can be held against it."""

    box: Box | None
    board: Board
    height_px: float
    quality: Quality
    ms: float
    beside: int = 0
    """Other plates that read as plates, where no box was given or a box has room for them."""


class PlateReader:
    """One per process; opens its models at the first need. Not for several threads at a time.

    Our own recogniser reads first; where the terms would not let the best plate be accepted, it looks again at the
    plate laid flat, and if that is not enough either the general one (some five times slower) is asked. Raises
    ModelMissingError at the first reading when a model is missing or differs; `open` does so at start. InputError for
    a calibration of other models.
    """

    def __init__(self, threads: int = 1, model_dir: Path | None = None, terms: DecisionTerms | None = None) -> None:
        self._threads = threads
        cv2.setNumThreads(threads)  # of the process: OpenCV's pool costs more than it saves on a plate
        self._folder = model_dir
        self._own: OwnRecogniser | None = None
        self._recogniser: Recogniser | None = None
        self._finder: PlateFinder | None = None
        self.terms = terms or terms_of(load_calibration())
        _require_same_models(self.terms)
        self.model_hash = OWN_RECOGNITION.sha256

    def open(self) -> None:
        """Open all models now, so that a missing one is told at start, and compile: the first case is not slow."""
        self._own_recognition()
        self._recognition()
        self._finding()
        try:
            self.look(np.zeros((48, 160, 3), np.uint8), Box(0, 0, 160, 48))
            for plainness in (0.99, 0.5):
                self._is_settled(Board([ReaderLook.of(OWN, spelled("B1234XYZ", plainness))]), CAR)
        except (OSError, EOFError, UnpicklingError) as problem:
            message = (
                "The compiled sums, kept beside the program or in the user's cache, cannot be read or written: "
                f"{problem}. Delete the files *.nbi and *.nbc there, see that the disk is not full, and start again."
            )
            raise SetupError(message) from problem

    def read(self, picture: Picture, box: Box | None, claim: str | None, kind: str = CAR) -> PlateReading:
        """Read the plate in `box` of an (H, W, 3) BGR picture, or find it (some three times slower) when None.

        Raises InputError when the picture has another shape or the box lies outside it. A claim that is no
        plate is left out: the reading then stands for itself. Military, police and diplomatic plates are not
        searched for, but a claim of one is held against the photograph like any other. `kind` (`car` or
        `motorcycle`) tells how sure a first look must be to be the last.
        """
        plate = _weighable(claim)
        text = plate.text if plate else None
        sight = self.look(picture, box, kind)
        started = time.perf_counter()
        reading = self.reading(sight, sight.board.claiming([text] if text else []), text)
        return replace(reading, ms=sight.ms + (time.perf_counter() - started) * 1000)

    def look(self, picture: Picture, box: Box | None, kind: str = CAR) -> Sight:
        """Run the models; `reading` then holds claims against what was seen."""
        started = time.perf_counter()
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:  # noqa: PLR2004 - three axes, three colours
            message = f"A picture needs shape (height, width, 3) in 8 bit, but this one is {picture.shape}."
            raise InputError(message)
        if box is None:
            return self._found(picture, kind, started)
        height, width = picture.shape[:2]
        try:
            inside = box.clamped(width, height)
        except ValueError as error:
            message = f"The plate box {box} lies outside the picture of {width} x {height} pixels."
            raise InputError(message, code="box_outside") from error
        return self._seen(picture, inside, kind, started)

    def bare_inference(self, picture: Picture, sight: Sight) -> Callable[[], object]:
        """The bare models that this sight needed, prepared, as often as they were run: the limit of any speed.

        Of a sight in a given box; the search where none was given is not counted.
        """
        if sight.box is None:
            return lambda: None
        box = sight.box
        grey = at_most(grey_of(picture[box.y1 : box.y2, box.x1 : box.x2]), _WIDEST)
        runs: list[Callable[[], object]] = []
        for look in sight.board.looks:
            if look.reader == OWN:
                runs.append(partial(self._own_recognition().infer, prepared([grey])))
            else:
                runs.append(partial(self._recognition().infer, tensor(number_line(levelled(grey)))))
        if len(sight.board.looks) > 1:
            runs.append(self._finding().bare_near(picture, box))
        return lambda: [run() for run in runs]

    def reading(self, sight: Sight, board: Board, claim: str | None) -> PlateReading:
        """What one sight says of one claim (in canonical spelling, on the board)."""
        evidence = board.evidence()
        return PlateReading(
            box=sight.box,
            text=self._text(evidence),
            claim=claim,
            evidence=evidence,
            height_px=sight.height_px,
            sharpness=sight.quality.sharpness,
            luminance=sight.quality.luminance,
            ms=sight.ms,
            model_hash=self.model_hash,
            foreign=board.foreign,
            beside=sight.beside,
        )

    def _text(self, evidence: Evidence | None) -> str | None:
        """The likeliest plate, if the photograph by itself shows one."""
        if evidence is None:
            return None
        alone = posterior([evidence], self.terms.calibration, self.terms.assumed)
        return alone.read if self.terms.is_readable([evidence], alone) else None

    def _seen_again(self, board: Board, flat: Picture | None, level: Picture, kind: str | None) -> Board:
        """With our own look at the plate laid `flat` (None: it is), and the general reader's at the `level` box.

        The latter only where our own is not enough for a plate of this `kind`, or none is named. The general reader
        gets the box as it came: corners that cut a letter off must not cut it off twice.
        """
        if flat is not None:
            board = Board([*board.looks, *self._own_look([flat])])
            if kind and self._is_settled(board, kind):
                return board
        return Board([*board.looks, ReaderLook.of(GENERIC, self._recognition().matrix(number_line(level)))])

    def _own_look(self, crops: Sequence[Picture]) -> list[ReaderLook]:
        return [ReaderLook.of(OWN, matrix) for matrix in self._own_recognition().matrices(crops)]

    def _is_settled(self, board: Board, kind: str) -> bool:
        """Whether a claim of what was read would be accepted: then any other claim is plainly contradicted."""
        evidence = board.evidence()
        if evidence is None or not evidence.reads_as_plate:
            return False
        best = evidence.texts[int(np.argmax(evidence.scores[0]))]
        factor = posterior([evidence], self.terms.calibration, self.terms.assumed, best).factor
        return factor is not None and factor >= self.terms.thresholds.accept[kind]

    def _found(self, picture: Picture, kind: str, started: float) -> Sight:
        """Of what the finder marks, that which reads most like a plate; in doubt seen again with more round it."""
        quads, looks = self._marked(picture)
        marks = [
            max(look.scores.values(), default=-inf) + log(quad.score) for quad, look in zip(quads, looks, strict=True)
        ]
        height, width = picture.shape[:2]
        if not marks or max(marks) == -inf:
            return Sight(None, Board([]), 0.0, quality(picture), (time.perf_counter() - started) * 1000)
        best = int(np.argmax(marks))
        loose = flat_grey(picture, quads[best], _LOOSE, _WIDEST)
        board = Board([looks[best]])
        seen = board if self._is_settled(board, kind) else self._seen_again(board, loose, levelled(loose), kind)
        beside = _others(looks, looks[best])
        spent = (time.perf_counter() - started) * 1000
        return Sight(quads[best].box(width, height), seen, quads[best].tall, quality(loose), spent, beside)

    def _marked(self, picture: Picture) -> tuple[list[Quad], list[ReaderLook]]:
        """What the finder takes for plates, and what our own network reads there."""
        quads = self._finding().quads(picture)
        return quads, self._own_look([flat_grey(picture, quad, _TIGHT, _WIDEST) for quad in quads]) if quads else []

    def _seen(self, picture: Picture, box: Box, kind: str, started: float) -> Sight:
        """The plate in a box inside the picture; its corners, or other plates, are sought if a look is not enough."""
        crop = picture[box.y1 : box.y2, box.x1 : box.x2]
        whole = grey_of(crop)
        grey = at_most(whole, _WIDEST)
        board = Board(self._own_look([grey]))
        is_square = box.width < _SQUAREST * box.height
        beside = _others(self._marked(crop)[1], board.looks[0]) if is_square else 0
        if is_square or not self._is_settled(board, kind):
            if whole.shape == picture.shape[:2]:
                picture = whole  # there is nothing round it, and grey it is already
            quad = self._finding().corners_in(picture, box)
            level = levelled(grey, quad.slope if quad and quad.is_level else None)
            flat = flat_grey(picture, quad, _LOOSE, _WIDEST) if quad else level
            board = self._seen_again(board, None if flat is grey else flat, level, None if is_square else kind)
        spent = (time.perf_counter() - started) * 1000
        return Sight(box, board, float(box.height), quality(whole), spent, beside)

    def _own_recognition(self) -> OwnRecogniser:
        if self._own is None:
            self._own = OwnRecogniser(self._folder, self._threads)
        return self._own

    def _recognition(self) -> Recogniser:
        if self._recogniser is None:
            self._recogniser = Recogniser(self._folder, self._threads)
        return self._recogniser

    def _finding(self) -> PlateFinder:
        if self._finder is None:
            self._finder = PlateFinder(self._folder, self._threads)
        return self._finder


def _others(looks: Sequence[ReaderLook], read: ReaderLook) -> int:
    """How many of these show plainly a plate that the one that was read does not think of."""
    return sum(_is_read(look) and max(look.scores, key=look.scores.__getitem__) not in read.scores for look in looks)


def _is_read(look: ReaderLook) -> bool:
    """Whether it shows a plate, and not a thing that the finder took for one."""
    return max(look.scores.values(), default=-inf) > log(_READ)


def _require_same_models(terms: DecisionTerms) -> None:
    fitted = terms.calibration.models
    if other := [name for name, sha256 in MODELS.items() if fitted and fitted.get(name) != sha256]:
        message = (
            f"The plate calibration ({terms.calibration.name}) was fitted on another {other[0]} model than the one in "
            "use, whose probabilities mean something else. Make it anew with `cakra plates calibrate`."
        )
        raise InputError(message, code="calibration_wrong")


def _weighable(claim: str | None) -> Plate | None:
    """The claim as a plate of any kind; None for what no plate can say."""
    if claim is None:
        return None
    try:
        return parse_plate(claim)
    except PlateError:
        return None
