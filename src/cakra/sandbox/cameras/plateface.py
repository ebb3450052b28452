"""The face of a number plate (TNKB) as a flat picture, before it is put on a vehicle.

Car plates are 430 × 135 mm, motorcycle plates 275 × 110 mm, two lines: the number, and below it the month
and year in which it expires. Colours by Perpol 7/2021 art. 45: white with black letters since 2022, black
with white letters until their expiry, yellow public, red government, green free-trade zone; electric vehicles
carry a blue strip behind the expiry.
"""

import re
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from cakra.sandbox.cameras.drawing.glyphs import text_mask

Picture = NDArray[np.uint8]
PlateColour = Literal["white", "black", "yellow", "red", "green", "military"]

CAR_MM = (430, 135)
MOTORCYCLE_MM = (275, 110)
_PX_PER_MM = 1.6
_INKS: dict[PlateColour, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "white": ((238, 239, 236), (24, 24, 27)),
    "black": ((27, 27, 30), (228, 229, 226)),
    "yellow": ((242, 186, 32), (26, 24, 22)),
    "red": ((172, 26, 32), (238, 238, 236)),
    "green": ((26, 128, 72), (22, 24, 22)),
    "military": ((44, 66, 42), (232, 205, 92)),
}
_ELECTRIC_BLUE = (28, 96, 186)
_PARTS = re.compile(r"^([A-Z]{1,2})(\d{1,4})([A-Z]{0,3})$")


@dataclass(frozen=True, slots=True)
class StampedPlate:
    """What is stamped on a plate: ``text`` without spaces (``B1234XYZ``, ``CD1213``, ``5432-03``)."""

    text: str
    expiry: str  # MM.YY
    colour: PlateColour = "white"
    motorcycle: bool = False
    electric: bool = False


def spaced(text: str) -> tuple[str, str]:
    """The number as it is stamped, and its suffix: ``B1234XYZ`` → (``B 1234 XYZ``, ``XYZ``)."""
    found = _PARTS.match(text)
    if not found:
        return text, ""
    region, number, suffix = found.groups()
    if region in {"CD", "CC"} and not suffix:
        return f"{region} {number[:2]} {number[2:]}".strip(), ""
    return f"{region} {number} {suffix}".strip(), suffix


def render_face(plate: StampedPlate, rng: np.random.Generator) -> Picture:
    """The flat face, RGB uint8, height × width × 3, 1.6 px a millimetre."""
    size = MOTORCYCLE_MM if plate.motorcycle else CAR_MM
    width, height = (round(side * _PX_PER_MM) for side in size)
    ground, ink = _INKS[plate.colour]
    face = np.empty((height, width, 3), np.float32)
    face[:] = ground
    _border(face, ink)
    row_ink = ink
    if plate.electric:
        face[round(height * 0.72) : round(height * 0.95), round(width * 0.02) : -round(width * 0.02)] = _ELECTRIC_BLUE
        row_ink = (240, 240, 240)
    number, suffix = spaced(plate.text)
    _stamp(face, number, suffix, (0.12, 0.66), 0.88, ink)
    _stamp(face, plate.expiry, "", (0.755, 0.91), 0.34, row_ink)
    _screws(face, motorcycle=plate.motorcycle)
    _weather(face, rng)
    return np.clip(face, 0, 255).astype(np.uint8)


def _border(face: NDArray[np.float32], ink: tuple[int, int, int]) -> None:
    height, width = face.shape[:2]
    inset = round(height * 0.035)
    cv2.rectangle(face, (inset, inset), (width - 1 - inset, height - 1 - inset), ink, 2, cv2.LINE_AA)


def _stamp(
    face: NDArray[np.float32],
    text: str,
    suffix: str,
    rows: tuple[float, float],
    widest: float,
    ink: tuple[int, int, int],
) -> None:
    """Press a line of text between two heights (shares of the face), with the light edge of the relief."""
    height, width = face.shape[:2]
    top, bottom = (round(height * share) for share in rows)
    tall = bottom - top
    letter = round(tall * 0.50)
    mask = text_mask(text, letter, tall, tall * 0.135, suffix)
    room = round(width * widest)
    if mask.shape[1] > room:  # long plates are set narrower, as the press does
        mask = np.asarray(cv2.resize(mask, (room, tall), interpolation=cv2.INTER_AREA), np.uint8)
    left = (width - mask.shape[1]) // 2
    cover = (mask.astype(np.float32) / 255)[..., None]
    area = (slice(top, top + tall), slice(left, left + mask.shape[1]))
    lit = (slice(top + 1, top + 1 + tall), slice(left + 2, left + 2 + mask.shape[1]))
    face[lit] += cover * (-26 if ink[0] < 128 else 20)
    face[area] += cover * (np.asarray(ink, np.float32) - face[area])


def _screws(face: NDArray[np.float32], *, motorcycle: bool) -> None:
    height, width = face.shape[:2]
    across = (0.12, 0.88) if motorcycle else (0.215, 0.785)
    for share in across:
        spot = (round(width * share), round(height * (0.86 if motorcycle else 0.84)))
        cv2.circle(face, spot, round(height * 0.032), (92, 94, 98), -1, cv2.LINE_AA)
        cv2.circle(face, (spot[0] - 1, spot[1] - 1), round(height * 0.014), (182, 184, 188), -1, cv2.LINE_AA)


def _weather(face: NDArray[np.float32], rng: np.random.Generator) -> None:
    """A slope of light, dust that gathers low, and a few splashes."""
    height, width = face.shape[:2]
    light = np.linspace(1.03, 0.93, height, dtype=np.float32)[:, None, None]
    coarse = rng.normal(0, 1, (5, 12)).astype(np.float32)
    dust = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    low = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None, None] ** 2
    face *= light
    face += dust * 4.0 + low * (np.asarray((128, 112, 92), np.float32) - face) * 0.10
    for _ in range(int(rng.integers(2, 7))):
        spot = (int(rng.integers(0, width)), int(rng.integers(height // 2, height)))
        cv2.circle(face, spot, int(rng.integers(1, 4)), (118, 104, 86), -1, cv2.LINE_AA)
