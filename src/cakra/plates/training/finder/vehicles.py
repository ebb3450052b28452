"""Cars and motorcycles as a few dozen shapes: enough that a plate is seen where plates are."""

from __future__ import annotations

import cv2
import numpy as np

from cakra.plates.training.finder.clutter import Picture8, grey


def car(canvas: Picture8, centre: tuple[float, float], wide: float, rng: np.random.Generator) -> None:
    """A car's front or back round a plate at `centre` that is `wide` pixels wide: body, glass, lamps, grille, wheels.

    A plate is about a quarter of a car's width, so most of a near car lies outside the picture.
    """
    x, y = centre
    half, tall = wide * rng.uniform(1.7, 2.4), wide * rng.uniform(0.9, 1.7)
    paint = grey(rng)
    top, bottom = y - tall * rng.uniform(0.6, 1.0), y + wide * rng.uniform(0.15, 0.6)
    _face(canvas, (x, top, bottom), (half * rng.uniform(0.8, 1.0), half), paint)
    if rng.random() < 0.7:
        glass = rng.uniform(0, 140)
        _face(canvas, (x, top - tall * rng.uniform(0.5, 0.9), top), (half * rng.uniform(0.6, 0.8), half * 0.9), paint)
        _face(canvas, (x, top - tall * rng.uniform(0.4, 0.8), top - 2), (half * 0.6, half * 0.8), glass)
    _sheen(canvas, (x, top, bottom), half, rng)
    for side in (-1, 1):
        _lamp(canvas, (x + side * half * rng.uniform(0.65, 0.85), y - wide * rng.uniform(0.0, 0.5)), wide, rng)
    if rng.random() < 0.7:
        _grille(canvas, (x, y - wide * rng.uniform(0.25, 0.55)), wide, rng)
    if rng.random() < 0.6:
        for _ in range(int(rng.integers(1, 5))):
            level = y + wide * rng.uniform(-0.5, 0.6)
            bend = int(wide * rng.uniform(0, 0.15))
            cv2.ellipse(
                canvas, _at(x, level), (int(half), bend + 1), 0, 0, 180, grey(rng), int(rng.integers(1, 5)), cv2.LINE_AA
            )
    shadow = np.array(
        [
            _at(x - half, bottom),
            _at(x + half, bottom),
            _at(x + half, bottom + wide * 0.25),
            _at(x - half, bottom + wide * 0.25),
        ]
    )
    cv2.fillConvexPoly(canvas, shadow, rng.uniform(0, 70), cv2.LINE_AA)
    for side in (-1, 1):
        cv2.ellipse(
            canvas, _at(x + side * half * 0.8, bottom), _at(wide * 0.22, wide * 0.4), 0, 0, 360, rng.uniform(0, 60), -1
        )


def motorcycle(canvas: Picture8, centre: tuple[float, float], wide: float, rng: np.random.Generator) -> None:
    """A motorcycle's mudguard, lamp, tubes and tyre round a plate; a plate is most of its width."""
    x, y = centre
    cv2.ellipse(
        canvas,
        _at(x, y + wide * 0.9),
        _at(wide * rng.uniform(0.12, 0.25), wide * 0.8),
        0,
        0,
        360,
        rng.uniform(0, 60),
        -1,
    )
    for _ in range(int(rng.integers(5, 14))):
        spot = (x + wide * rng.normal(0, 0.5), y + wide * rng.normal(0, 0.7))
        axes = np.exp(rng.uniform(np.log(0.06), np.log(0.6), 2)) * wide
        tone = rng.uniform(0, 110) if rng.random() < 0.6 else grey(rng)
        cv2.ellipse(canvas, _at(*spot), _at(*axes), float(rng.uniform(0, 180)), 0, 360, tone, -1, cv2.LINE_AA)
    for _ in range(int(rng.integers(2, 7))):
        ends = [_at(x + wide * rng.normal(0, 0.7), y + wide * rng.normal(0, 0.8)) for _ in range(2)]
        cv2.line(canvas, ends[0], ends[1], grey(rng), max(1, int(wide * rng.uniform(0.02, 0.1))), cv2.LINE_AA)


def _at(x: float, y: float) -> tuple[int, int]:
    return int(x), int(y)


def _face(canvas: Picture8, place: tuple[float, float, float], halves: tuple[float, float], tone: float) -> None:
    """A trapezium: (middle x, top, bottom), half its width above and below."""
    x, top, bottom = place
    points = [_at(x - halves[0], top), _at(x + halves[0], top), _at(x + halves[1], bottom), _at(x - halves[1], bottom)]
    cv2.fillConvexPoly(canvas, np.array(points), tone, cv2.LINE_AA)


def _sheen(canvas: Picture8, place: tuple[float, float, float], half: float, rng: np.random.Generator) -> None:
    """The sky in the paint: bands that grow lighter and darker down the body."""
    x, top, bottom = place
    left, right = max(0, int(x - half)), min(canvas.shape[1], int(x + half))
    first, last = max(0, int(top)), min(canvas.shape[0], int(bottom))
    if right - left < 2 or last - first < 2:
        return
    rough = rng.normal(0, rng.uniform(0, 30), (int(rng.integers(2, 7)), int(rng.integers(2, 5)))).astype(np.float32)
    light = cv2.resize(rough, (right - left, last - first), interpolation=cv2.INTER_CUBIC)
    part = canvas[first:last, left:right]
    part[:] = np.clip(part + light, 0, 255).astype(np.uint8)


def _lamp(canvas: Picture8, spot: tuple[float, float], wide: float, rng: np.random.Generator) -> None:
    axes = (wide * rng.uniform(0.15, 0.5), wide * rng.uniform(0.1, 0.3))
    turn = float(rng.uniform(-25, 25))
    for share in (1.0, 0.8, rng.uniform(0.2, 0.6)):
        cv2.ellipse(canvas, _at(*spot), _at(axes[0] * share, axes[1] * share), turn, 0, 360, grey(rng), -1, cv2.LINE_AA)


def _grille(canvas: Picture8, spot: tuple[float, float], wide: float, rng: np.random.Generator) -> None:
    x, y = spot
    half, tall = wide * rng.uniform(0.4, 1.2), wide * rng.uniform(0.08, 0.25)
    cv2.rectangle(canvas, _at(x - half, y - tall), _at(x + half, y + tall), rng.uniform(0, 90), -1)
    ink, pen = grey(rng), max(1, int(wide * rng.uniform(0.01, 0.05)))
    if rng.random() < 0.6:
        for level in np.linspace(y - tall, y + tall, int(rng.integers(3, 8))):
            cv2.line(canvas, _at(x - half, level), _at(x + half, level), ink, pen, cv2.LINE_AA)
    else:
        for across in np.linspace(x - half, x + half, int(rng.integers(6, 24))):
            cv2.line(canvas, _at(across, y - tall), _at(across, y + tall), ink, pen, cv2.LINE_AA)
    cv2.ellipse(canvas, _at(x, y), _at(wide * 0.12 + 1, wide * 0.1 + 1), 0, 0, 360, grey(rng), -1, cv2.LINE_AA)
