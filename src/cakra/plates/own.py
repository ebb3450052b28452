"""Our own recogniser: a plate box as a whole, expiry line and all, to the frame matrix that `ctc` reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cakra.plates.model import OWN_RECOGNITION, open_session, verified_bytes
from cakra.plates.pixels import Picture, evened, grey_of, shrunk
from cakra.plates.texts.ctc import SYMBOLS, Matrix
from cakra.plates.texts.sums import folded

HEIGHT, WIDTH = 48, 176
"""What the network sees, pixels: a car plate at its own proportions."""
FRAMES = 44
"""Columns of its answer, 4 pixels each."""


def reduced(grey: Picture) -> Picture:
    """A grey crop of any size as the (HEIGHT, WIDTH) that the network sees; such a one as it is."""
    height, width = grey.shape
    if (height, width) == (HEIGHT, WIDTH):
        return grey
    if height > HEIGHT or width > WIDTH:
        return shrunk(grey, WIDTH, HEIGHT)
    return np.asarray(cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR), np.uint8)


def network_input(grey: Picture) -> npt.NDArray[np.float32]:
    """A grey crop of any size as (HEIGHT, WIDTH) float32, its contrast brought to one measure."""
    return evened(reduced(grey))


_EACH = np.arange(SYMBOLS)
_FLOOR = 1e-6  # no character is impossible: bounds how much one bad frame can weigh


class OwnRecogniser:
    """The network trained by `cakra plates train`: some 3 ms a plate on one thread."""

    def __init__(self, folder: Path | None, threads: int) -> None:
        self._session = open_session(verified_bytes(OWN_RECOGNITION, folder), threads)

    def matrices(self, plates: Sequence[Picture]) -> list[Matrix]:
        """Probabilities of each plate, (FRAMES, SYMBOLS); BGR or grey of any size, expiry and all."""
        return [folded(raw, _EACH, _FLOOR) for raw in self.infer(prepared(plates))]

    def infer(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The bare model on a prepared batch: (n, FRAMES, SYMBOLS)."""
        result: npt.NDArray[np.float32] = self._session.run(None, {"pictures": batch})[0]
        return result


def prepared(plates: Sequence[Picture]) -> npt.NDArray[np.float32]:
    """A batch for `OwnRecogniser.infer`: (n, 1, HEIGHT, WIDTH) float32. The plates are BGR or grey."""
    batch = np.empty((len(plates), 1, HEIGHT, WIDTH), np.float32)
    for place, plate in enumerate(plates):
        batch[place, 0] = network_input(grey_of(plate))
    return batch
