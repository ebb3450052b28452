"""Synthetic plates from the training renderer: no photograph, no person."""

from functools import cache

import cv2
import numpy as np

from cakra.plates.straighten import quality
from cakra.plates.training.drawing.face import draw_face
from cakra.plates.training.drawing.press import Press
from cakra.plates.training.drawing.shutter import photograph

_SHOTS = 24
_HARDSHIP = 0.25  # what is tried here is what the plate says, not bad light


def rendered(groups, seed=1, height=60):
    """A photographed plate with these groups on its number line: the plainest of some shots, (H, W, 3) BGR, to read."""
    return _rendered(tuple(groups), seed, height)


@cache
def _rendered(groups, seed, height):
    rng = np.random.default_rng((seed, *map(ord, "".join(groups))))
    shots = [_shot(groups, rng) for _ in range(_SHOTS)]
    upright = sorted(shots, key=lambda shot: shot.shape[1] / shot.shape[0])[_SHOTS // 2 :]  # a slant makes it taller
    plainest = max(upright, key=lambda shot: min(quality(shot).sharpness, 800) * float(shot.std()))
    picture = cv2.resize(plainest, (round(plainest.shape[1] * height / plainest.shape[0]), height))
    picture.setflags(write=False)  # all who ask for this plate share it
    return picture


def _shot(groups, rng):
    grey = photograph(draw_face(Press(rng), list(groups), rng), rng, hardship=_HARDSHIP).grey
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def scene(*plates, width=640, height=420, spacing=40):
    """The plates one above another on a grey road, and the box (x1, y1, x2, y2) of each."""
    road = np.random.default_rng(3).normal(110, 6, (height, width, 1)).clip(0, 255).astype(np.uint8).repeat(3, axis=2)
    boxes, top = [], 60
    for plate in plates:
        tall, wide = plate.shape[:2]
        left = (width - wide) // 2
        road[top : top + tall, left : left + wide] = plate
        boxes.append((left, top, left + wide, top + tall))
        top += tall + spacing
    return road, boxes
