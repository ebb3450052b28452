"""What the road does to a plate and what hangs on it: screws, mud, stickers, a frame, a bent sheet."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.float32]
"""Grey values 0-255."""


def screws(grey: Grey, between: Sequence[tuple[float, float]], rng: np.random.Generator) -> None:
    """Screws `between` the groups (x, y), where they look like letters; spots anywhere, some with a streak below."""
    height, width = grey.shape
    spots = [(x + rng.normal(0, 0.03) * width, y + rng.normal(0, 2)) for x, y in between]
    spots += [(rng.uniform(0, width), rng.uniform(0, height)) for _ in range(int(rng.integers(0, 4)))]
    for x, y in spots:
        size, value = int(rng.integers(1, 6)), rng.uniform(0, 255)
        cv2.circle(grey, (int(x), int(y)), size, value, -1, cv2.LINE_AA)
        if rng.random() < 0.25:
            end = (int(x + rng.normal(0, 3)), int(y + rng.uniform(0.1, 0.5) * height))
            cv2.line(grey, (int(x), int(y)), end, value, max(1, size // 2), cv2.LINE_AA)


def dirt(grey: Grey, rng: np.random.Generator) -> None:
    """Mud, rust or a hanging thing over a part of a letter: patches without a form, more or less opaque."""
    height, width = grey.shape
    cover = np.zeros_like(grey)
    for _ in range(int(rng.integers(1, 4))):
        turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(4, 9))))
        reach = height * rng.uniform(0.04, 0.16) * rng.uniform(0.5, 1.4, (turns.size, 2))
        middle = np.array([rng.uniform(0.02, 0.98) * width, rng.uniform(0, 0.75) * height])
        patch = middle + np.stack([np.cos(turns), np.sin(turns)], axis=1) * reach
        cv2.fillPoly(cover, [np.round(patch).astype(np.int32)], float(rng.uniform(0.4, 1.0)), cv2.LINE_AA)
    soft = np.asarray(cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.5, 3)), np.float32)
    grey += soft * (np.float32(rng.uniform(0, 160)) - grey)


def sticker(grey: Grey, rng: np.random.Generator) -> None:
    """A small slanting label anywhere, a letter's edge under it or not, with stripes where its print is."""
    height, width = grey.shape
    wide, tall = height * rng.uniform(0.12, 0.4), height * rng.uniform(0.08, 0.25)
    middle = (rng.uniform(0.02, 0.98) * width, rng.uniform(0.03, 0.97) * height)
    corners = cv2.boxPoints((middle, (wide, tall), rng.normal(0, 12)))
    label = np.zeros_like(grey)
    cv2.fillConvexPoly(label, np.round(corners).astype(np.int32), 1.0, cv2.LINE_AA)
    stripes = np.sin(np.arange(height, dtype=np.float32) * np.float32(rng.uniform(0.3, 1.2)))[:, None]
    paper = np.float32(rng.uniform(20, 240)) + np.float32(rng.uniform(0, 60)) * stripes
    grey += label * (paper - grey)


def frame(grey: Grey, rng: np.random.Generator) -> None:
    """What holds the plate: a frame of another tone over its edges, on all sides or only beside it."""
    height, width = grey.shape
    thick, value = int(rng.integers(2, 9)), rng.uniform(0, 255)
    grey[:, :thick] = grey[:, width - thick :] = value
    if rng.random() < 0.7:
        grey[:thick] = grey[height - thick :] = value


def bent(grey: Grey, rng: np.random.Generator) -> Grey:
    """The sheet curled from side to side, or with a crease: its rows rise and fall, and the light with them."""
    height, width = grey.shape
    across = np.linspace(-1, 1, width, dtype=np.float32)
    crease = np.float32(rng.uniform(-0.8, 0.8))
    rise = np.square(across) if rng.random() < 0.5 else np.abs(across - crease)
    rise -= rise.mean()
    rows = np.arange(height, dtype=np.float32)[:, None] + np.float32(rng.normal(0, 0.06) * height) * rise[None]
    columns = np.broadcast_to(np.arange(width, dtype=np.float32), grey.shape)
    sheet = cv2.remap(grey, np.ascontiguousarray(columns), rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    light = np.float32(1) + np.float32(rng.normal(0, 0.12)) * np.sign(across - crease)[None]
    return np.asarray(sheet * light, np.float32)
