"""What the camera writes into its own picture: the data bar at the bottom, and the stamp CONTOH."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from cakra.sandbox.cameras.drawing.road import WIDTH
from cakra.sandbox.cameras.passage import DrawnPassage

BAR_HEIGHT = 46


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType; install the wheel from the lock file")
    return font


def data_bar(passage: DrawnPassage, frame: int) -> NDArray[np.uint8]:
    """The bar, RGB, 46 px high and as wide as the picture: when, where, which camera, what was measured."""
    bar = Image.new("RGB", (WIDTH, BAR_HEIGHT), (10, 11, 13))
    draw = ImageDraw.Draw(bar)
    moment = passage.frame_at(frame)
    stamp = f"{moment:%d-%m-%Y  %H:%M:%S}.{moment.microsecond // 1000:03d} WIB"
    draw.text((14, 3), stamp, fill=(246, 246, 240), font=_font(19))
    draw.text((14, 25), f"{passage.road}   Lajur {passage.lane}", fill=(190, 194, 198), font=_font(15))
    right = f"Kamera {passage.camera}   Foto {frame + 1}/{max(passage.frames, frame + 1)}"
    draw.text((WIDTH - 14, 3), right, fill=(246, 246, 240), font=_font(19), anchor="ra")
    draw.text((WIDTH - 14, 25), _measured(passage), fill=(255, 204, 96), font=_font(15), anchor="ra")
    return np.asarray(bar)


def _measured(passage: DrawnPassage) -> str:
    parts = [passage.offence.replace("_", " ")]
    if passage.speed_kmh is not None:
        parts.append(f"Laju {passage.speed_kmh:.1f} km/j")
    if passage.speed_limit_kmh is not None:
        parts.append(f"Batas {passage.speed_limit_kmh} km/j")
    if passage.red_light_s is not None:
        parts.append(f"Merah {passage.red_light_s:.1f} dtk")
    return "   ".join(parts)


@lru_cache(maxsize=1)
def stamp() -> NDArray[np.float32]:
    """The stamp CONTOH, RGBA 0–1, to be laid in a corner."""
    picture = Image.new("RGBA", (236, 62))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((2, 2, 233, 59), 10, outline=(255, 72, 60, 255), width=5, fill=(20, 16, 16, 150))
    draw.text((118, 31), "CONTOH", fill=(255, 92, 80, 255), font=_font(40), anchor="mm", stroke_width=1.2)
    return np.asarray(picture).astype(np.float32) / np.float32(255)
