"""What stands round a plate and is none: ground, walls, leaves, railings, panels, writing, shadows."""

from __future__ import annotations

from string import ascii_letters, digits

import cv2
import numpy as np
import numpy.typing as npt

Picture8 = npt.NDArray[np.uint8]

_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_PLAIN,
)
_CHARACTERS = ascii_letters + digits


def grey(rng: np.random.Generator) -> float:
    """Any grey, dark and light as often as the middle."""
    return float(rng.uniform(0, 255))


def ground(shape: tuple[int, int], rng: np.random.Generator) -> Picture8:
    """Light that changes slowly over the picture, rough at several scales."""
    height, width = shape
    canvas = np.full(shape, rng.uniform(30, 220), np.float32)
    for cells in (3, 9, 40):
        rough = rng.normal(0, rng.uniform(0, 60 / cells**0.4), (cells, cells)).astype(np.float32)
        canvas += cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(canvas, 0, 255).astype(np.uint8)


def scatter(canvas: Picture8, rng: np.random.Generator) -> None:
    """Between four and fourteen things of any kind, the later in front."""
    for _ in range(int(rng.integers(4, 15))):
        _THINGS[int(rng.integers(len(_THINGS)))](canvas, rng)


def panel(canvas: Picture8, rng: np.random.Generator) -> None:
    """A plain four-sided face: a wall, a door, a sign without words, a mudguard; often with a rim."""
    height, width = canvas.shape
    centre = rng.uniform(0, 1, 2) * [width, height]
    half = np.exp(rng.uniform(np.log(6), np.log(110), 2))
    turn = rng.normal(0, 0.12)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    corners = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points = np.round(corners + rng.normal(0, 0.06, (4, 2)) * half + centre).astype(np.int32)
    cv2.fillConvexPoly(canvas, points, grey(rng), cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.polylines(canvas, [points], True, grey(rng), int(rng.integers(1, 4)), cv2.LINE_AA)


def bars(canvas: Picture8, rng: np.random.Generator) -> None:
    """A railing, a grille, slats, a kerb's stripes: strokes in a row as on a plate, but all alike."""
    height, width = canvas.shape
    x, y = int(rng.uniform(-20, width)), int(rng.uniform(-20, height))
    wide, tall = (int(value) for value in np.exp(rng.uniform(np.log(14), np.log(150), 2)))
    if rng.random() < 0.5:
        cv2.rectangle(canvas, (x, y), (x + wide, y + tall), grey(rng), -1)
    step, pen, ink = int(rng.integers(3, 16)), int(rng.integers(1, 6)), grey(rng)
    upright, lean = rng.random() < 0.6, int(rng.normal(0, 4))
    for at in range(0, wide if upright else tall, step):
        one, other = ((x + at, y), (x + at + lean, y + tall)) if upright else ((x, y + at), (x + wide, y + at + lean))
        cv2.line(canvas, one, other, ink, pen, cv2.LINE_AA)


def leaves(canvas: Picture8, rng: np.random.Generator) -> None:
    """Foliage, gravel, a crowd far away: hard-edged noise over a part of the picture."""
    height, width = canvas.shape
    wide, tall = int(rng.uniform(20, width)), int(rng.uniform(16, height * 0.7))
    x, y = int(rng.integers(0, width - wide + 1)), int(rng.integers(0, height - tall + 1))
    cell = rng.uniform(1.5, 7)
    rough = rng.normal(0, 1, (int(tall / cell) + 2, int(wide / cell) + 2)).astype(np.float32)
    noise = cv2.resize(rough, (wide, tall), interpolation=cv2.INTER_LINEAR) * np.float32(rng.uniform(10, 60))
    part = canvas[y : y + tall, x : x + wide]
    shown = np.clip(part * 0.4 + 0.6 * rng.uniform(30, 170) + noise, 0, 255).astype(np.uint8)
    mask = np.zeros((tall, wide), np.uint8)
    cv2.ellipse(mask, (wide // 2, tall // 2), (wide // 2, tall // 2), 0, 0, 360, 255, -1)
    np.copyto(part, shown, where=mask > 0)


def lamp(canvas: Picture8, rng: np.random.Generator) -> None:
    """A head lamp, a mirror, a wheel, a helmet: ellipses in one another."""
    height, width = canvas.shape
    centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
    axes = np.exp(rng.uniform(np.log(3), np.log(42), 2))
    turn = float(rng.uniform(0, 180))
    for share in (1.0, rng.uniform(0.5, 0.9), rng.uniform(0.15, 0.5)):
        size = (max(1, int(axes[0] * share)), max(1, int(axes[1] * share)))
        cv2.ellipse(canvas, centre, size, turn, 0, 360, grey(rng), -1, cv2.LINE_AA)


def stroke(canvas: Picture8, rng: np.random.Generator) -> None:
    """Cables, poles, seams, the edges of shadows."""
    height, width = canvas.shape
    ends = rng.uniform(-0.1, 1.1, (2, 2)) * [width, height]
    one, other = np.round(ends).astype(int).tolist()
    cv2.line(canvas, one, other, grey(rng), int(np.exp(rng.uniform(0, 2.4))), cv2.LINE_AA)


def writing(canvas: Picture8, rng: np.random.Generator) -> None:
    """Shop signs, stickers, banners, the name of a make: lines of letters that are no plate's."""
    height, width = canvas.shape
    font, size = _FONTS[int(rng.integers(len(_FONTS)))], float(np.exp(rng.uniform(np.log(0.25), np.log(1.4))))
    pen, ink = int(rng.integers(1, 4)), grey(rng)
    x, y = int(rng.uniform(-20, width * 0.8)), int(rng.uniform(0, height))
    rows = int(rng.choice([1, 2, 3, 4], p=[0.4, 0.3, 0.2, 0.1]))
    lines = ["".join(rng.choice(list(_CHARACTERS), int(rng.integers(2, 14)))) for _ in range(rows)]
    if rng.random() < 0.3:
        lines = [line.upper() for line in lines]
    (wide, tall), _ = cv2.getTextSize(max(lines, key=len), font, size, pen)
    pitch = int(tall * rng.uniform(1.2, 1.9))
    if rng.random() < 0.6:
        edge = int(tall * rng.uniform(0.2, 1.2))
        foot = y + pitch * (rows - 1) + edge
        cv2.rectangle(canvas, (x - edge, y - tall - edge), (x + wide + edge, foot), grey(rng), -1)
    for place, line in enumerate(lines):
        cv2.putText(canvas, line, (x, y + place * pitch), font, size, ink, pen, cv2.LINE_AA)


def shade(canvas: Picture8, rng: np.random.Generator) -> None:
    """A shadow or a patch of sun: half the picture on one side of a line, darker or lighter."""
    height, width = canvas.shape
    points = np.round(rng.uniform(-0.2, 1.2, (4, 2)) * [width, height]).astype(np.int32)
    mask = np.zeros(canvas.shape, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(points), 255)
    factor = rng.uniform(0.4, 1.5)
    np.copyto(canvas, cv2.convertScaleAbs(canvas, alpha=factor), where=mask > 0)


_THINGS = (panel, panel, bars, bars, leaves, lamp, stroke, stroke, writing, writing, shade)
