"""Scenes as the network is taught by them: the picture, and what every cell should answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cakra.plates.pixels import evened
from cakra.plates.training.finder.network import REACH, STRIDE
from cakra.plates.training.finder.scenes import Corners, Scene, Scenes

SIDE = 256
"""Height and width of a training scene, pixels."""
_SPREAD = 0.13
"""How wide the hill over a plate's middle is, in sides of the plate."""
_NEAR = 0.3
"""Where the hill is at least this high, a cell must know the corners too."""


@dataclass(frozen=True, slots=True)
class SceneBatch:
    """`pictures` (n, SIDE, SIDE) float16; `hills` (n, h, w) 0-1; `ways` (n, 8, h, w); `weights` (n, h, w)."""

    pictures: npt.NDArray[np.float16]
    hills: npt.NDArray[np.float16]
    ways: npt.NDArray[np.float16]
    weights: npt.NDArray[np.float16]
    quads: list[Corners]


def drawn(scenes: Scenes, size: int) -> SceneBatch:
    """One batch, drawn here."""
    taken = [scenes.draw((SIDE, SIDE)) for _ in range(size)]
    answers = [_answers(scene) for scene in taken]
    hills, ways, weights = (np.stack(part).astype(np.float16) for part in zip(*answers, strict=True))
    pictures = np.stack([evened(scene.grey) for scene in taken]).astype(np.float16)
    return SceneBatch(pictures, hills, ways, weights, [scene.quads for scene in taken])


def _answers(scene: Scene) -> tuple[Corners, Corners, Corners]:
    """A hill over every plate; round its top the ways to the corners, weighted so that small plates count as much."""
    cells = SIDE // STRIDE
    hill = np.zeros((cells, cells), np.float32)
    ways = np.zeros((8, cells, cells), np.float32)
    weight = np.zeros((cells, cells), np.float32)
    middles = (np.arange(cells, dtype=np.float32) + 0.5) * STRIDE
    for quad in scene.quads:
        at = quad.mean(axis=0)
        along, down = (quad[1] + quad[2] - quad[0] - quad[3]) / 2, (quad[2] + quad[3] - quad[0] - quad[1]) / 2
        wide, tall = float(np.linalg.norm(along)), float(np.linalg.norm(down))
        x, y = middles[None] - at[0], middles[:, None] - at[1]
        far = (x * along[0] + y * along[1]) / wide, (y * along[0] - x * along[1]) / wide
        spread = max(5.0, _SPREAD * wide), max(4.5, 1.4 * _SPREAD * tall)
        one = np.exp(-0.5 * ((far[0] / spread[0]) ** 2 + (far[1] / spread[1]) ** 2))
        top = np.unravel_index(int(one.argmax()), one.shape)
        one[top] = 1.0
        near = (one > _NEAR) & (one >= hill)
        for corner in range(4):
            np.copyto(ways[2 * corner], (quad[corner, 0] - middles[None]) / REACH, where=near)
            np.copyto(ways[2 * corner + 1], (quad[corner, 1] - middles[:, None]) / REACH, where=near)
        np.copyto(weight, one * (REACH / tall), where=near)
        np.maximum(hill, one, out=hill)
    return hill, ways, weight
