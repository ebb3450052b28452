"""Pictures drawn for tests that need no photograph."""

import cv2
import numpy as np

from cakra.core.geometry import Box


def drawn(text, width=520, height=130):
    """White letters on black, as on an old plate, the expiry row included."""
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    cv2.putText(picture, text, (15, int(height * 0.6)), cv2.FONT_HERSHEY_DUPLEX, 2.1, (235, 235, 235), 4)
    cv2.putText(picture, "08.28", (width // 2 - 50, height - 8), cv2.FONT_HERSHEY_DUPLEX, 0.9, (235, 235, 235), 2)
    return picture


def whole(picture):
    return Box(0, 0, picture.shape[1], picture.shape[0])
