"""Our own recogniser: a plate box as a whole, expiry line and all, to the frame matrix that `ctc` reads."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

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
