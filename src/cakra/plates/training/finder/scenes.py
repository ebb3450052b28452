"""Streets without end: what the finder is shown, and where the plates in it are."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cakra.plates.training.drawing.face import Face, draw_face
from cakra.plates.training.drawing.press import Press
from cakra.plates.training.drawing.wording import draw_groups
from cakra.plates.training.finder.clutter import Picture8, grey, ground, scatter, shade
from cakra.plates.training.finder.vehicles import car, motorcycle

Corners = npt.NDArray[np.float32]

_FACES, _PRESSES = 320, 60
_NARROWEST, _WIDEST = 24.0, 170.0
"""Width of a plate in the picture, pixels; what is larger or smaller is the other scales' to find."""
_LEAST_APART = 0.55
_TRIES = 12


@dataclass(frozen=True, slots=True)
class Scene:
    """An 8-bit grey picture; `quads` (n, 4, 2) corners of its plates, from the top left clockwise, pixels."""

    grey: Picture8
    quads: Corners


class Scenes:
    """An endless, seeded stream. Plates are drawn into a pool that changes slowly: drawing one costs most."""

    def __init__(self, seed: int | tuple[int, ...]) -> None:
        cv2.setNumThreads(1)
        self._rng = np.random.default_rng(seed)
        self._presses = [Press(self._rng) for _ in range(_PRESSES)]
        self._faces = [self._face() for _ in range(_FACES)]
        self._drawn = 0

    def draw(self, shape: tuple[int, int]) -> Scene:
        """The next scene of that height and width, with none to four plates."""
        rng = self._rng
        self._drawn += 1
        self._faces[int(rng.integers(_FACES))] = self._face()
        if self._drawn % 64 == 0:
            self._presses[int(rng.integers(_PRESSES))] = Press(rng)
        canvas = ground(shape, rng)
        scatter(canvas, rng)
        count = int(rng.choice([0, 1, 2, 3, 4], p=[0.06, 0.24, 0.3, 0.25, 0.15]))
        quads: list[Corners] = []
        for _ in range(count):
            self._mount(canvas, quads)
        if rng.random() < 0.25:
            shade(canvas, rng)
        return Scene(_taken(canvas, rng), np.array(quads, np.float32).reshape(-1, 4, 2))

    def _face(self) -> Face:
        rng = self._rng
        return draw_face(self._presses[int(rng.integers(_PRESSES))], draw_groups(rng), rng)

    def _mount(self, canvas: Picture8, quads: list[Corners]) -> None:
        """One more plate, mostly on a vehicle, where it covers no other and lies inside."""
        rng = self._rng
        face = self._faces[int(rng.integers(_FACES))].grey
        height, width = canvas.shape
        for _ in range(_TRIES):
            wide = float(np.exp(rng.uniform(np.log(_NARROWEST), np.log(_WIDEST))))
            spot = (float(rng.uniform(0, width)), float(rng.uniform(0, height)))
            quad = _quad(spot, wide, face.shape[1] / face.shape[0], rng)
            if _inside(quad, canvas.shape) and all(_apart(quad, other) for other in quads):
                break
        else:
            return
        kind = rng.random()
        if not quads and kind < 0.55:
            car(canvas, spot, wide, rng)
        elif not quads and kind < 0.8:
            motorcycle(canvas, spot, wide, rng)
        _fix(canvas, quad, face, rng)
        quads.append(quad)


def _quad(spot: tuple[float, float], wide: float, aspect: float, rng: np.random.Generator) -> Corners:
    """Corners round `spot`: a side view narrows, a view from above flattens; rotation, a lean, a trapezium."""
    tall = wide / (aspect * rng.uniform(0.72, 1.3))
    half = np.array([wide / 2, tall / 2])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    steep = rng.random() < 0.2
    turn = np.deg2rad(rng.uniform(-24, 24) if steep else rng.normal(0, 4))
    lean = rng.normal(0, 0.3 if steep else 0.07)
    shear = np.array([[1, 0], [lean, 1]]) if rng.random() < 0.5 else np.array([[1, lean * 0.6], [0, 1]])
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = corners @ shear @ rotation + rng.normal(0, 0.02, (4, 2)) * [tall, tall]
    return np.asarray(corners + spot, np.float32)


def _inside(quad: Corners, shape: tuple[int, ...]) -> bool:
    low, high = quad.min(axis=0), quad.max(axis=0)
    return bool((low >= -1).all() and high[0] <= shape[1] and high[1] <= shape[0])


def _apart(one: Corners, other: Corners) -> bool:
    gap = np.abs(one.mean(axis=0) - other.mean(axis=0))
    reach = (np.ptp(one, axis=0) + np.ptp(other, axis=0)) * _LEAST_APART
    return bool((gap > reach).any())


def _fix(canvas: Picture8, quad: Corners, face: npt.NDArray[np.float32], rng: np.random.Generator) -> None:
    """The plate into the picture, often in a recess or frame of another shade."""
    if rng.random() < 0.55:
        middle = quad.mean(axis=0)
        edge = (quad - middle) * (1 + rng.uniform(0.03, 0.4, 2)) + middle + rng.normal(0, 1, 2)
        cv2.fillConvexPoly(canvas, np.round(edge).astype(np.int32), grey(rng), cv2.LINE_AA)
    height, width = face.shape
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    first = np.maximum(np.floor(quad.min(axis=0)).astype(int) - 1, 0)
    last = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + 2, canvas.shape[::-1])
    over = 2
    matrix = cv2.getPerspectiveTransform(frame, ((quad - first) * over).astype(np.float32))
    size = (int(last[0] - first[0]), int(last[1] - first[1]))
    large = (size[0] * over, size[1] * over)
    tall = float(np.linalg.norm(quad[3] - quad[0]))
    if height > 2 * tall * over:
        face = np.asarray(cv2.GaussianBlur(face, (0, 0), 0.25 * height / (tall * over)), np.float32)
    plate = cv2.warpPerspective(face, matrix, large, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(_blank(face.shape, rng), matrix, large)
    plate, cover = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (plate, cover))
    part = canvas[first[1] : last[1], first[0] : last[0]]
    part[:] = np.clip(part + (plate - part) * cover, 0, 255).astype(np.uint8)


def _blank(shape: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Where the plate is: all of it, or without the tips of its corners."""
    cover = np.ones(shape, np.float32)
    if rng.random() < 0.5:
        cut = int(rng.integers(4, 18))
        height, width = shape
        for x, y in ((0, 0), (width, 0), (width, height), (0, height)):
            inward = (x - cut if x else x + cut, y - cut if y else y + cut)
            cv2.fillConvexPoly(cover, np.array([(x, y), (inward[0], y), (x, inward[1])]), 0.0)
    return cover


def _taken(canvas: Picture8, rng: np.random.Generator) -> Picture8:
    """Optics, motion, gain, noise, JPEG."""
    shot = canvas
    if rng.random() < 0.6:
        shot = np.asarray(cv2.GaussianBlur(shot, (0, 0), abs(rng.normal(0, 0.8)) + 0.2), np.uint8)
    if rng.random() < 0.1:
        length = int(rng.integers(2, 6))
        kernel = np.zeros((length, length), np.float32)
        cv2.line(kernel, (0, int(rng.integers(length))), (length - 1, int(rng.integers(length))), 1.0)
        shot = np.asarray(cv2.filter2D(shot, -1, kernel / kernel.sum()), np.uint8)
    gain, lift = (rng.uniform(0.12, 0.6), 0.0) if rng.random() < 0.25 else (rng.uniform(0.6, 1.3), rng.uniform(-30, 40))
    noise = rng.normal(0, rng.uniform(0.3, 7), (64, 512)).astype(np.float32)
    noisy = np.resize(noise, shot.shape)
    shot = np.clip(shot * np.float32(gain) + noisy + np.float32(lift), 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 95))]
        shot = np.asarray(cv2.imdecode(cv2.imencode(".jpg", shot, quality)[1], cv2.IMREAD_GRAYSCALE), np.uint8)
    return shot
