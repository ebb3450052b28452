"""From a plate box to straight text lines: undo the tilt, cut the expiry line off, measure the picture."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt

from cakra.plates.pixels import Picture, grey_of, shrunk

# A car plate is about three times as wide as high; its number line alone about five times.
_LINE_ONLY_RATIO = 4.8
_NUMBER_LINE = 0.72  # the number's share of the height, above the expiry MM.YY, where no bare strip is seen
_GAP_FROM, _GAP_TO = 0.5, 0.86  # where the bare strip between number and expiry may lie, in heights of the plate
_GAP_EMPTY = 0.5  # strokes there against the number's own, above which there is no bare strip to be seen
_PROFILE_ROWS = 64
_CONTRAST = 64.0
_SLOPES, _FINER = (-0.36, -0.27, -0.18, -0.09, 0.0, 0.09, 0.18, 0.27, 0.36), (-0.06, -0.03, 0.03, 0.06)
"""Slopes tried at first, and round the best of them."""
_WORTH = 1.05  # straightening must sharpen the rows by this much to be believed
_LEAST_SLOPE = 0.02


@dataclass(frozen=True, slots=True)
class Quality:
    """What the picture allows: variance of the weaker second derivative, and mean grey (0-255)."""

    sharpness: float
    luminance: float


def quality(plate: Picture) -> Quality:
    """Measured on the plate scaled to 160x48 grey, contrast brought to a standard deviation of `_CONTRAST`.

    The derivatives across and along the plate are taken apart: a car's motion wipes out the upright strokes and
    leaves the level ones, so that a plain Laplacian calls the picture sharp.
    """
    grey = shrunk(grey_of(plate), 160, 48)
    mean, spread = (float(value[0, 0]) for value in cv2.meanStdDev(grey))
    if spread < 1.0:  # a uniform area has no edges to speak of
        return Quality(0.0, mean)
    across = cv2.Sobel(grey, cv2.CV_32F, 2, 0, ksize=1)[:, 1:-1]
    along = cv2.Sobel(grey, cv2.CV_32F, 0, 2, ksize=1)[1:-1]
    weaker = min(float(cv2.meanStdDev(edges)[1][0, 0]) for edges in (across, along))
    return Quality((weaker * _CONTRAST / spread) ** 2, mean)


def number_line(level: Picture) -> Picture:
    """The number line of a levelled plate box (which may cover the expiry line too)."""
    height, width = level.shape[:2]
    if width >= _LINE_ONLY_RATIO * height:
        return level
    return level[: max(1, round(height * (_gap(level) or _NUMBER_LINE)))]


def _gap(straight: Picture) -> float | None:
    """Foot of the number line in heights of the plate: the first bare row under it, if there is a plain one."""
    grey = cv2.resize(grey_of(straight), (192, _PROFILE_ROWS)).astype(np.float32)
    inner = grey[:, 12:-12]  # without the rim
    strokes = cv2.GaussianBlur(np.abs(np.diff(inner, axis=1)).mean(axis=1)[:, None], (1, 5), 0)[:, 0]
    seen: list[float] = strokes.tolist()
    number = median(seen[round(0.2 * _PROFILE_ROWS) : round(0.5 * _PROFILE_ROWS)])
    for row in range(round(_GAP_FROM * _PROFILE_ROWS), round(_GAP_TO * _PROFILE_ROWS)):
        if seen[row] < _GAP_EMPTY * number and seen[row] < seen[row - 1] and seen[row] <= seen[row + 1]:
            return (row + 1.5) / _PROFILE_ROWS
    return None


def levelled(plate: Picture, slope: float | None = None) -> Picture:
    """The plate sheared so that its rows lie level, the corners that the tilt added cut off.

    `slope`: how its rows rise, pixels per pixel; sought when None.
    """
    if slope is None:
        slope = _slope(plate)
    if abs(slope) < _LEAST_SLOPE:
        return plate
    height, width = plate.shape[:2]
    shear = np.array([[1.0, 0.0, 0.0], [-slope, 1.0, slope * width / 2]], dtype=np.float32)
    level = cv2.warpAffine(plate, shear, (width, height), borderMode=cv2.BORDER_REPLICATE)
    lost = min(int(0.4 * abs(slope) * width), int(0.3 * height))
    return np.asarray(level[lost : height - lost], dtype=np.uint8)


def _slope(plate: Picture) -> float:
    """Rise of the rows per pixel: the shear at which horizontal edges gather in the fewest rows."""
    height, width = plate.shape[:2]
    small_width = 160
    small_height = int(np.clip(round(small_width * height / width), 24, 96))
    grey = cv2.resize(grey_of(plate), (small_width, small_height)).astype(np.float32)
    edges = np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    gathered = {slope: _gathering(edges, slope) for slope in _SLOPES}
    coarse = max(gathered, key=lambda slope: gathered[slope])
    gathered |= {coarse + more: _gathering(edges, coarse + more) for more in _FINER}
    best = max(gathered, key=lambda slope: gathered[slope])
    if gathered[best] < _WORTH * gathered[0.0]:
        return 0.0
    return float(best * (small_width / width) / (small_height / height))


def _gathering(edges: npt.NDArray[np.float32], slope: float) -> float:
    height, width = edges.shape
    shear = np.array([[1.0, 0.0, 0.0], [-slope, 1.0, slope * width / 2]], dtype=np.float32)
    sheared = cv2.warpAffine(edges, shear, (width, height), flags=cv2.INTER_NEAREST)
    return float(cv2.norm(cv2.reduce(sheared, 1, cv2.REDUCE_SUM), cv2.NORM_L2SQR))
