"""Pictures as the networks want them."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Picture: TypeAlias = npt.NDArray[np.uint8]
"""(H, W, 3) BGR, or (H, W) grey where that is said."""

_LEVELS = np.arange(256, dtype=np.float64)
_LEAST_SPREAD = 6.0  # grey levels; below this there is nothing but noise to amplify


def grey_of(picture: Picture) -> Picture:
    """(H, W) of a picture that is BGR, or grey already."""
    return picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)  # noqa: PLR2004 - two axes


def evened(grey: Picture) -> npt.NDArray[np.float32]:
    """Grey levels as (H, W) float32 of mean 0 and spread 1; what is hardly more than noise stays weak."""
    mean, spread = cv2.meanStdDev(grey)
    levels = (_LEVELS - float(mean[0, 0])) / max(_LEAST_SPREAD, float(spread[0, 0]))
    return np.asarray(cv2.LUT(grey, levels.astype(np.float32)), np.float32)


def shrunk(grey: Picture, width: int, height: int) -> Picture:
    """A grey picture made smaller, each pixel the mean of what it covers: halved first, which costs least.

    At each halving an odd last row or column is left out.
    """
    while grey.shape[0] >= 2 * height and grey.shape[1] >= 2 * width:
        tall, wide = grey.shape[0] // 2, grey.shape[1] // 2
        even = grey[: 2 * tall, : 2 * wide]
        grey = np.asarray(cv2.resize(even, (wide, tall), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def at_most(grey: Picture, widest: int) -> Picture:
    """A grey picture made smaller, to that width, if it is wider: all that looks at it later costs less."""
    height, width = grey.shape
    return grey if width <= widest else shrunk(grey, widest, max(1, round(height * widest / width)))
