"""What distance, motion, night, glare and tilt do to the decision: every sample damaged by a known measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np

from cakra.core.errors import InputError
from cakra.core.geometry import Box
from cakra.core.shares import wilson
from cakra.plates.measuring.measure import Examiner, Tried
from cakra.plates.measuring.samples import Sample, read_picture
from cakra.plates.pixels import Picture

BASE_HEIGHT = 40
"""Pixels of plate height for all damages but `height`, so that one thing changes at a time."""
AMOUNTS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "height": (48, 40, 32, 24, 20, 16, 14, 12),
        "motion": (0, 3, 5, 7),
        "darkness": (1.0, 0.5, 0.25, 0.1),
        "glare": (0, 80, 160, 240),
        "tilt": (0, 5, 10, 15),
    }
)
"""Pixels of height; pixels of blur along the road; gain; grey levels added; degrees."""
UNITS = MappingProxyType({"height": "px", "motion": "px", "darkness": "× light", "glare": "grey", "tilt": "°"})
_READ_NOISE, _SHOT_NOISE = 2.0, 0.35  # grey levels; times the root of the signal
_SEED = 20261122


@dataclass(frozen=True, slots=True)
class CutPlate:
    """One sample's plate, cut from its photograph."""

    sample: Sample
    crop: Picture


def cut_plates(data: Path, samples: Sequence[Sample], limit: int | None) -> list[CutPlate]:
    """The plates at least as high as the base, evenly thinned to `limit`; InputError when there is none.

    Crops alone where there are any: scenes may show the same plates again.
    """
    plates = []
    crops = [sample for sample in samples if sample.kind == "crop"]
    for sample in crops or samples:
        picture = read_picture(data / sample.file)
        box = sample.plate_box(picture)
        if box is not None and box.height >= BASE_HEIGHT:
            inside = box.clamped(picture.shape[1], picture.shape[0])
            plates.append(CutPlate(sample, picture[inside.y1 : inside.y2, inside.x1 : inside.x2]))
    if not plates:
        raise InputError(f"{data} has no plate of at least {BASE_HEIGHT} pixels of height to be damaged.")
    if limit is None or limit >= len(plates):
        return plates
    return [plates[place * len(plates) // limit] for place in range(limit)]


def bench_robustness(
    examiner: Examiner, plates: Sequence[CutPlate], progress: Callable[[int, int], None]
) -> dict[str, list[dict[str, Any]]]:
    """For every damage and amount: images, exact, accepted and wrongly accepted, with 95 % intervals.

    A plate enters a row only when it is at least as high as the row asks: nothing is enlarged.
    """
    steps = [(damage, amount) for damage, amounts in AMOUNTS.items() for amount in amounts]
    rows: dict[str, list[dict[str, Any]]] = {damage: [] for damage in AMOUNTS}
    for done, (damage, amount) in enumerate(steps):
        tried = []
        for place, plate in enumerate(plates):
            if plate.crop.shape[0] >= _height(damage, amount):
                picture = damaged(plate.crop, damage, amount, np.random.default_rng((_SEED, place)))
                whole = Box(0, 0, picture.shape[1], picture.shape[0])
                tried.append(examiner.examine(picture, whole, plate.sample))
            progress(done * len(plates) + place + 1, len(steps) * len(plates))
        rows[damage].append(_row(amount, tried))
    return rows


def damaged(crop: Picture, damage: str, amount: float, rng: np.random.Generator) -> Picture:
    """The plate (H, W, 3) as such a photograph would show it; the same `rng` gives the same picture."""
    scaled = _scaled(crop, _height(damage, amount))
    match damage:
        case "height":
            return scaled
        case "motion":
            return _moved(scaled, int(amount))
        case "darkness":
            return _dimmed(scaled, amount, rng)
        case "glare":
            return _glaring(scaled, amount, rng)
        case "tilt":
            return _tilted(scaled, amount if rng.random() < 0.5 else -amount)  # noqa: PLR2004 - to either side
    raise InputError(f"{damage} is not one of {', '.join(AMOUNTS)}.")


def _height(damage: str, amount: float) -> int:
    return int(amount) if damage == "height" else BASE_HEIGHT


def _scaled(crop: Picture, height: int) -> Picture:
    width = max(8, round(crop.shape[1] * height / crop.shape[0]))
    return np.asarray(cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _moved(plate: Picture, pixels: int) -> Picture:
    """The vehicle moved that far while the shutter was open."""
    if pixels <= 1:  # one pixel is no motion
        return plate
    kernel = np.full((1, pixels), 1 / pixels, np.float32)
    return np.asarray(cv2.filter2D(plate, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)


def _dimmed(plate: Picture, gain: float, rng: np.random.Generator) -> Picture:
    """Less light on the same sensor: the noise of the light and of reading it out stay."""
    light = plate.astype(np.float32) * np.float32(gain)
    if gain >= 1:
        return plate
    spread = np.sqrt(_READ_NOISE**2 + _SHOT_NOISE**2 * light)
    noisy = light + rng.normal(0, 1, light.shape) * spread
    return np.asarray(np.clip(np.round(noisy), 0, 255), np.uint8)


def _glaring(plate: Picture, strength: float, rng: np.random.Generator) -> Picture:
    """A lamp's reflection, a sixth of the plate wide, somewhere on its number."""
    height, width = plate.shape[:2]
    x, y = rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.6) * height
    across = (np.arange(width) - x) / (width / 6)
    down = (np.arange(height) - y) / (height / 2)
    spot = strength * np.exp(-(across[None] ** 2 + down[:, None] ** 2))
    return np.asarray(np.clip(plate + spot[:, :, None], 0, 255), np.uint8)


def _tilted(plate: Picture, degrees: float) -> Picture:
    """Turned about its middle; the box grows round it, as a camera's upright box would."""
    height, width = plate.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    wide, tall = round(width * cos + height * sin), round(width * sin + height * cos)
    turn[:, 2] += [(wide - width) / 2, (tall - height) / 2]
    turned = cv2.warpAffine(plate, turn, (wide, tall), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8)


def _row(amount: float, tried: Sequence[Tried]) -> dict[str, Any]:
    exact, accepted = sum(one.exact for one in tried), sum(one.accepted for one in tried)
    return {
        "amount": amount,
        "images": len(tried),
        "exact": exact / len(tried) if tried else None,
        "exact_interval": wilson(exact, len(tried)),
        "accepted": accepted / len(tried) if tried else None,
        "accepted_interval": wilson(accepted, len(tried)),
        "wrongly_accepted_images": sum(bool(one.wrongly_accepted) for one in tried),
        "wrong_claims_accepted": sum(len(one.wrongly_accepted) for one in tried),
    }
