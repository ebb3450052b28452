"""The photograph of a plate: the box a camera draws round it, perspective, optics, light, sensor, JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cakra.plates.training.drawing.face import Face
from cakra.plates.training.drawing.wear import Grey

Picture8 = npt.NDArray[np.uint8]

_USUAL, _SMALL = (20, 66), (12, 22)
"""Height of the photographed box, pixels: from a near camera, from one too far away."""
_SMALL_SHARE = 0.15
_SHADED_SHARE, _SLANTING_SHARE, _INFRA_RED_SHARE = 0.12, 0.2, 0.08
"""Plates in the shade of a bumper that is itself in the light; seen from far aside or on a turned fork; at night by
the camera's own lamp."""


@dataclass(frozen=True, slots=True)
class Shot:
    """An 8-bit grey crop; `middles` are the (x, y) of the plate's characters in it, pixels."""

    grey: Picture8
    middles: npt.NDArray[np.float32]


def photograph(face: Face, rng: np.random.Generator, hardship: float = 1.0) -> Shot:
    """One crop as a camera or a plate finder would hand it on, 12 to 66 pixels high.

    `hardship` scales how often and how much a picture suffers (too small, slanting, shaded, blurred, glaring, noisy):
    1 is what the networks learn on, harder than the road; an approved enforcement camera delivers less.
    """
    height, width = face.grey.shape
    tall = int(np.exp(rng.uniform(*np.log(_SMALL if rng.random() < _SMALL_SHARE * hardship else _USUAL))))
    wide = max(28, int(tall * width / height * rng.uniform(0.85, 1.15)))
    corners = _corners(wide, tall, rng, slanting=rng.random() < _SLANTING_SHARE * hardship)
    over = 2 if tall < 40 else 1  # small crops are drawn twice as large and averaged down
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(frame, (corners * over).astype(np.float32)), np.float64)
    shape = (wide * over, tall * over)
    shrink = height / (tall * over)
    grey = _softened(face.grey, 0.3 * shrink) if shrink > 2.2 else face.grey  # linear sampling would skip rows
    around = rng.uniform(0, 255)
    if rng.random() < _INFRA_RED_SHARE:
        grey, around = by_infra_red(grey, rng), rng.uniform(0, 40)
    elif rng.random() < _SHADED_SHARE * hardship:
        grey = np.multiply(grey, rng.uniform(0.1, 0.6), dtype=np.float32)
    shot = _warped(grey, matrix, shape, around)
    if rng.random() < 0.6:  # bumpers and frames are not flat grey
        beside = np.float32(1) - _warped(np.ones_like(grey), matrix, shape, 0)
        shot += np.multiply(_surroundings(shape, rng), beside, dtype=np.float32)
    if over > 1:
        shot = np.asarray(cv2.resize(shot, (wide, tall), interpolation=cv2.INTER_AREA), np.float32)
    middles = cv2.perspectiveTransform(face.middles[None], matrix)[0] / over
    seen = _sensed(_lit(_blurred(shot, rng, hardship), rng, hardship), rng, hardship)
    return Shot(seen, middles.astype(np.float32))


def by_infra_red(grey: Grey, rng: np.random.Generator) -> Grey:
    """Paints look alike but for black, and a ground that throws the lamp back glares into the strokes."""
    if rng.random() < 0.35:  # red, yellow or green: ground and ink nearly alike
        middle = grey.mean()
        grey = middle + (grey - middle) * np.float32(rng.uniform(0.15, 0.5))
    lit = grey * np.float32(rng.uniform(1.0, 1.9))
    glare = _softened(np.asarray(np.maximum(lit - 190, 0), np.float32), rng.uniform(1, 4))
    return np.asarray(np.minimum(lit + np.float32(rng.uniform(0.2, 0.9)) * glare, 255), np.float32)


def _softened(grey: Grey, sigma: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.float32)


def _warped(grey: Grey, matrix: npt.NDArray[np.float64], shape: tuple[int, int], around: float) -> Grey:
    seen = cv2.warpPerspective(grey, matrix, shape, borderMode=cv2.BORDER_CONSTANT, borderValue=around)
    return np.asarray(seen, np.float32)


def _corners(wide: int, tall: int, rng: np.random.Generator, *, slanting: bool) -> Grey:
    """Where the plate's corners fall in the box: margins, rotation, a lean, the trapezium of a side view."""
    margin = rng.uniform(-0.03, 0.17, 4) if rng.random() < 0.5 else rng.uniform(-0.035, 0.06, 4)
    left, right = margin[0] * wide, wide * (1 - margin[1])
    top, bottom = margin[2] * tall, tall * (1 - margin[3])
    middle, half = (top + bottom) / 2, (bottom - top) / 2
    tilt = np.tan(np.deg2rad(rng.uniform(-20, 20) if slanting else rng.normal(0, 4)))
    lean = tilt * (right - left) / 2
    if rng.random() < 0.8:  # the box usually holds the whole tilted plate
        half *= max(0.45, 1 - abs(lean) / half)
    points = np.array(
        [
            [left, middle - half - lean],
            [right, middle - half + lean],
            [right, middle + half + lean],
            [left, middle + half - lean],
        ]
    )
    shear = (rng.uniform(-0.3, 0.3) if slanting else rng.normal(0, 0.07)) * tall
    points[:2, 0] += shear
    points[2:, 0] -= shear
    return np.asarray(points + rng.normal(0, 0.013, (4, 2)) * [wide, tall], np.float32)


def _surroundings(shape: tuple[int, int], rng: np.random.Generator) -> Grey:
    coarse = (int(rng.integers(2, 7)), int(rng.integers(3, 12)))
    rough = rng.normal(0, rng.uniform(5, 45), coarse).astype(np.float32)
    return np.asarray(cv2.resize(rough, shape, interpolation=cv2.INTER_LINEAR), np.float32)


def _blurred(shot: Grey, rng: np.random.Generator, hardship: float) -> Grey:
    tall = shot.shape[0]
    sigma = abs(rng.normal(0, 0.5)) * tall / 32 * hardship
    if sigma > 0.25:  # less is not seen
        shot = _softened(shot, sigma)
    if rng.random() < 0.15 * hardship:  # the vehicle or the camera moved
        length = int(rng.integers(2, max(3, tall // 8 + 2)))
        kernel = np.zeros((length, length), np.float32)
        cv2.line(kernel, (0, int(rng.integers(length))), (length - 1, int(rng.integers(length))), 1.0)
        shot = np.asarray(cv2.filter2D(shot, -1, kernel / kernel.sum()), np.float32)
    return shot


def _lit(shot: Grey, rng: np.random.Generator, hardship: float) -> Grey:
    """Glare of a lamp, night, and what a camera's own gain makes of both."""
    tall, wide = shot.shape
    if rng.random() < 0.1 * hardship:
        across = (np.arange(wide, dtype=np.float32) - rng.uniform(0, wide)) / (wide * rng.uniform(0.05, 0.25))
        down = (np.arange(tall, dtype=np.float32) - rng.uniform(0, tall)) / (tall * rng.uniform(0.2, 0.6))
        shot = shot + rng.uniform(50, 170) * np.exp(-(across[None] ** 2 + down[:, None] ** 2))
    if rng.random() < 0.25:  # night
        shot = shot * rng.uniform(0.1, 0.5)
    elif rng.random() < 0.2 * hardship:  # overexposed: strokes drown in the ground
        shot = np.clip(shot * rng.uniform(1.1, 2.2) + rng.uniform(0, 60), 0, 255)
        shot = _softened(shot.astype(np.float32), rng.uniform(0.2, 0.7))
    return np.asarray(shot, np.float32)


def _sensed(shot: Grey, rng: np.random.Generator, hardship: float) -> Picture8:
    noise = hardship * rng.uniform(0, 7) * min(1.0, 0.3 + float(shot.std()) / 60)  # a dark picture is not all noise
    shot = shot + rng.normal(0, noise, shot.shape).astype(np.float32)
    grey = np.clip(shot, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:  # most pictures arrive as JPEG
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 95))]
        grey = np.asarray(cv2.imdecode(cv2.imencode(".jpg", grey, quality)[1], cv2.IMREAD_GRAYSCALE), np.uint8)
    return grey
