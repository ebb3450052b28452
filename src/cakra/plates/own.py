"""Our own recogniser: a plate box as a whole, expiry line and all, to the frame matrix that `ctc` reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cakra.plates.ctc import SYMBOLS, Matrix
from cakra.plates.model import OWN_RECOGNITION, open_session

Picture = npt.NDArray[np.uint8]

HEIGHT, WIDTH = 48, 176
"""What the network sees, pixels: a car plate at its own proportions."""
FRAMES = 44
"""Columns of its answer, 4 pixels each."""
_LEAST_SPREAD = 6.0  # grey levels; below this there is nothing but noise to amplify


def network_input(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """A grey crop of any size as (HEIGHT, WIDTH) float32, its contrast brought to one measure."""
    shrinks = grey.shape[0] > HEIGHT or grey.shape[1] > WIDTH
    small = cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    values = small.astype(np.float32)
    return np.asarray((values - values.mean()) / max(_LEAST_SPREAD, float(values.std())), np.float32)


_FLOOR = 1e-6  # no character is impossible: bounds how much one bad frame can weigh


class OwnRecogniser:
    """The network trained by `cakra plates train`: some 3 ms a plate on one thread."""

    def __init__(self, folder: Path | None, threads: int) -> None:
        self._session = open_session(OWN_RECOGNITION, folder, threads)

    def matrices(self, plates: Sequence[Picture]) -> list[Matrix]:
        """Probabilities of each plate, (FRAMES, SYMBOLS); the plates are (H, W, 3) BGR of any size, expiry and all."""
        raw = self.infer(prepared(plates)).astype(np.float64)
        return list((raw + _FLOOR / SYMBOLS) / (1 + _FLOOR))

    def infer(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The bare model on a prepared batch: (n, FRAMES, SYMBOLS)."""
        result: npt.NDArray[np.float32] = self._session.run(None, {"pictures": batch})[0]
        return result


def prepared(plates: Sequence[Picture]) -> npt.NDArray[np.float32]:
    """A batch for `OwnRecogniser.infer`: (n, 1, HEIGHT, WIDTH) float32."""
    greys = [np.asarray(cv2.cvtColor(plate, cv2.COLOR_BGR2GRAY), np.uint8) for plate in plates]
    return np.stack([network_input(grey) for grey in greys])[:, None]
