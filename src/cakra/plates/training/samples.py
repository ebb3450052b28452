"""Training samples without end: what the network is shown, and what it should say where."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cakra.plates.own import FRAMES, HEIGHT, WIDTH, network_input
from cakra.plates.texts.ctc import COLUMN
from cakra.plates.training.drawing.face import draw_face
from cakra.plates.training.drawing.press import Press
from cakra.plates.training.drawing.shutter import photograph
from cakra.plates.training.drawing.wording import draw_groups

_PRESSES = 160
_EMPTY_SHARE = 0.02
"""So often there is no plate in the box, and the network should say nothing."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`picture` (HEIGHT, WIDTH) float32; `labels` the columns of its characters; `frames` where each stands."""

    picture: npt.NDArray[np.float32]
    labels: tuple[int, ...]
    frames: tuple[int, ...]
    height: int = HEIGHT
    """Of the crop before it was scaled, pixels."""


class Samples:
    """An endless, seeded stream; the presses change slowly, so that no plate is like another for long."""

    def __init__(self, seed: int | tuple[int, ...]) -> None:
        cv2.setNumThreads(1)
        self._rng = np.random.default_rng(seed)
        self._presses = [Press(self._rng) for _ in range(_PRESSES)]
        self._drawn = 0

    def draw(self) -> Sample:
        """The next sample."""
        rng = self._rng
        self._drawn += 1
        if self._drawn % 24 == 0:
            self._presses[int(rng.integers(_PRESSES))] = Press(rng)
        press = self._presses[int(rng.integers(_PRESSES))]
        groups = draw_groups(rng)
        if rng.random() < _EMPTY_SHARE:
            return _empty(rng)
        shot = photograph(draw_face(press, groups, rng), rng)
        tall, wide = shot.grey.shape
        frames = np.clip(shot.middles[:, 0] * FRAMES / wide, 0, FRAMES - 1).astype(int)
        labels = tuple(COLUMN[char] for char in "".join(groups))
        return Sample(network_input(shot.grey), labels, tuple(frames), tall)


def _empty(rng: np.random.Generator) -> Sample:
    """Light and dark without letters."""
    rough = rng.normal(0, 1, (int(rng.integers(2, 16)), int(rng.integers(2, 30)))).astype(np.float32)
    grey = 128 + 40 * cv2.resize(rough, (WIDTH, 48), interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(0, 6))):
        ends = rng.integers(0, WIDTH, 4)
        cv2.line(
            grey, (int(ends[0]), int(ends[1]) % 48), (int(ends[2]), int(ends[3]) % 48), float(rng.uniform(0, 255)), 2
        )
    return Sample(network_input(np.clip(grey, 0, 255).astype(np.uint8)), (), ())
