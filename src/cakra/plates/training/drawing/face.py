"""The face of a plate: where its number, its month of expiry, its rim and its screws are, and how it is painted."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cakra.plates.training.drawing.press import TALL, Line, Press, Spacing
from cakra.plates.training.drawing.wear import Grey, bent, dirt, frame, screws, sticker

_HEIGHT = 96
_CAR_ASPECT, _MOTORCYCLE_ASPECT = (2.9, 3.6), (2.25, 2.8)


@dataclass(frozen=True, slots=True)
class Face:
    """A painted plate, grey values 0-255; `middles` are the (x, y) of its characters on it, pixels."""

    grey: Grey
    middles: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Layout:
    left: int
    top: int
    scale: tuple[float, float]


def draw_face(press: Press, groups: list[str], rng: np.random.Generator, hardship: float = 1.0) -> Face:
    """A plate with that number, painted in one of the colours of the law and worn by the road.

    `hardship` as in `photograph`: how often mud, stickers, creases and worn paint hide a part of it.
    """
    motorcycle = rng.random() < 0.33
    aspect = rng.uniform(*(_MOTORCYCLE_ASPECT if motorcycle else _CAR_ASPECT))
    cover = np.zeros((_HEIGHT, int(_HEIGHT * aspect)), np.float32)
    line = press.line(groups, _spacing(rng), slashed=rng.random() < 0.7)  # the usual O is struck
    layout = _place(line, cover.shape, rng, motorcycle=motorcycle)
    _stamp(cover, line, layout)
    if rng.random() < 0.92:  # nearly all carry their expiry
        _stamp_expiry(cover, press, rng, motorcycle=motorcycle)
    _rim(cover, rng)
    middles = [(layout.left + x * layout.scale[0], layout.top + TALL * layout.scale[1] / 2) for x in line.middles]
    gaps = [layout.left + x * layout.scale[0] for x in press.gaps(groups, line)]
    return Face(_painted(cover, gaps, layout, rng, hardship), np.array(middles, np.float32))


def _spacing(rng: np.random.Generator) -> Spacing:
    """Letters stand close; groups a little to very far apart (a long plate with a short number)."""
    wide = rng.uniform(0.4, 1.2) if rng.random() < 0.6 else rng.uniform(1.0, 3.0)
    skew = rng.uniform(0.7, 1.4)
    return Spacing(rng.uniform(0.1, 0.42), (wide * skew, wide / skew))


def _place(line: Line, face: tuple[int, ...], rng: np.random.Generator, *, motorcycle: bool) -> _Layout:
    """The number across the plate: as wide as it needs, or stretched from rim to rim."""
    height, width = face
    top = rng.uniform(0.06, 0.18)
    bottom = rng.uniform(0.5, 0.66) if motorcycle else rng.uniform(0.58, 0.76)
    scale = (bottom - top) * height / TALL
    room = width * rng.uniform(0.85, 0.96)
    wide = line.ink.shape[1] * scale
    if wide > room or (wide > 0.6 * room and rng.random() < 0.45):
        wide = room
    left = (width - wide) / 2 + rng.normal(0, 0.012) * width
    left = float(np.clip(left, 1, width - wide - 1))
    return _Layout(int(left), int(top * height), (wide / line.ink.shape[1], scale))


def _stamp(cover: Grey, line: Line, layout: _Layout) -> None:
    width = cover.shape[1]
    tall = max(4, int(TALL * layout.scale[1]))
    wide = max(8, int(line.ink.shape[1] * layout.scale[0]))
    ink = cv2.resize(line.ink, (wide, tall), interpolation=cv2.INTER_AREA)
    part = cover[layout.top : layout.top + tall, layout.left : min(width, layout.left + wide)]
    np.maximum(part, ink[: part.shape[0], : part.shape[1]] / np.float32(255), out=part)


def _stamp_expiry(cover: Grey, press: Press, rng: np.random.Generator, *, motorcycle: bool) -> None:
    """MM.YY under the number: in the middle on cars, often at the right on motorcycles."""
    height, width = cover.shape
    month, year = f"{int(rng.integers(1, 13)):02d}", f"{int(rng.integers(15, 33)):02d}"
    mark = (".", "-", "")[int(rng.integers(3))]
    small = press.line([month + mark + year] if mark else [month, year], Spacing(0.25, (1.0, 1.0)))
    tall = height * (rng.uniform(0.16, 0.26) if motorcycle else rng.uniform(0.12, 0.2))
    scale = tall / TALL
    wide = small.ink.shape[1] * scale * rng.uniform(0.9, 1.6)
    right = motorcycle and rng.random() < 0.7
    left = width * rng.uniform(0.93, 0.97) - wide if right else (width - wide) / 2 + rng.normal(0, 0.04) * width
    top = min(height * rng.uniform(0.74, 0.84), height - tall - 2)
    if 0 < left < width - wide:
        _stamp(cover, small, _Layout(int(left), int(top), (wide / small.ink.shape[1], scale)))


def _rim(cover: Grey, rng: np.random.Generator) -> None:
    if rng.random() < 0.75:
        inset = int(rng.integers(1, 7))
        corner = (cover.shape[1] - 1 - inset, cover.shape[0] - 1 - inset)
        cv2.rectangle(cover, (inset, inset), corner, 1.0, int(rng.integers(1, 4)), cv2.LINE_AA)


def _painted(cover: Grey, gaps: list[float], layout: _Layout, rng: np.random.Generator, hardship: float) -> Grey:
    """Ground and ink by the plate's generation, then relief, wear, what hangs on it, uneven light."""
    ground, ink = _colours(rng)
    grey: Grey = ground + cover * np.float32(ink - ground)
    height, width = grey.shape
    if rng.random() < 0.5:  # pressed letters catch the light on one side
        shift = np.roll(cover, (int(rng.integers(1, 3)), int(rng.integers(-2, 3))), (0, 1))
        grey += np.clip(shift - cover, 0, 1) * np.float32(rng.uniform(-50, 50))
    if rng.random() < 0.15 * hardship:  # paint worn off
        worn = cv2.resize(rng.random((6, 16), np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        grey += cover * np.float32(ground - ink) * np.clip((worn - 0.75) * 4, 0, 0.8)
    if rng.random() < 0.06:  # the blue strip of electric vehicles
        tall = int(height * rng.uniform(0.06, 0.2))
        grey[height - tall :] = grey[height - tall :] * 0.6 + rng.uniform(0, 120)
    high = layout.top + TALL * layout.scale[1] * rng.uniform(0.05, 0.98)
    screws(grey, [(gap, high) for gap in gaps] if rng.random() < 0.5 else [], rng)
    if rng.random() < 0.15 * hardship:
        dirt(grey, rng)
    if rng.random() < 0.06 * hardship:
        sticker(grey, rng)
    if rng.random() < 0.25:
        frame(grey, rng)
    if rng.random() < 0.1 * hardship:
        grey = bent(grey, rng)
    slope = rng.normal(0, 0.15, 2).astype(np.float32)
    across, down = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    grey *= 1 + slope[0] * across[None] + slope[1] * down[:, None]
    if rng.random() < 0.15:  # the edge of a shadow
        side = across[None] * np.float32(rng.uniform(-1, 1)) + down[:, None] * np.float32(rng.uniform(-1, 1))
        grey *= np.where(side > rng.uniform(-0.3, 0.3), np.float32(rng.uniform(0.35, 0.8)), np.float32(1))
    return grey


def _colours(rng: np.random.Generator) -> tuple[float, float]:
    """Grey of ground and ink: white on black, red or green; black on white or yellow; faded now and then."""
    dark, light = rng.uniform(10, 85), rng.uniform(125, 250)
    ground, ink = (dark, light) if rng.random() < 0.52 else (rng.uniform(125, 250), rng.uniform(5, 75))
    if rng.random() < 0.15:
        middle, kept = (ground + ink) / 2, rng.uniform(0.2, 0.55)
        ground, ink = middle + (ground - middle) * kept, middle + (ink - middle) * kept
    return ground, ink
