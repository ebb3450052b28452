"""A second guard: faces in plain view, where the geometry of the mask would leave the picture clear.

The geometry hides people without looking at them, since no finder sees faces behind glass and in helmets
reliably. This one sees a face that stands where none should: a wrong box, somebody before the vehicle.
"""

import hashlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from cakra.core.errors import SetupError
from cakra.core.geometry import Box

_MODEL = Path(__file__).parent / "models" / "face-finder.tflite"
_SHA256 = "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3"
_OUTPUTS = ("reshaped_regressor_face_4", "reshaped_classifier_face_4")
_SIDE, _CELLS = 192, 48
_SURE = 0.5  # no false face around a plate in 54 street photographs; faces in plain view score 0.8 and more
_HEADS_ACROSS = 4  # a look this many heads wide shows each in a quarter of its pixels


class FaceModelError(SetupError):
    """The face finder's model is not there or is not the one that was measured."""

    code = "face_model_missing"


class FaceFinder:
    """BlazeFace (full range) in OpenCV on one thread; one for each process, not shared between threads.

    Raises FaceModelError when the package's model file is missing or has another SHA-256.
    """

    def __init__(self, model: Path = _MODEL) -> None:
        try:
            content = model.read_bytes()
        except OSError as error:
            raise FaceModelError(f"The face finder {model} cannot be read. Install cakra again.") from error
        if hashlib.sha256(content).hexdigest() != _SHA256:
            raise FaceModelError(f"The face finder {model} is not the one that was measured. Install cakra again.")
        cv2.setNumThreads(1)
        # By path: OpenCV 5.0 forgets which engine was asked for when it is handed bytes.
        self._network = cv2.dnn.readNetFromTFLite(str(model), cv2.dnn.ENGINE_CLASSIC)
        steps = (np.arange(_CELLS) + 0.5) / _CELLS
        self._anchors = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)

    def find(self, picture: Image.Image, around: Box, head: int) -> list[Box]:
        """Faces in a square look around a box (pixels of `picture`, RGB), `head` pixels being a head's width.

        Boxes are the picture's pixels and lie in it; several may be the same face.
        """
        side = max(around.width, around.height, _HEADS_ACROSS * head) + 2 * head
        left, top = (around.x1 + around.x2 - side) // 2, (around.y1 + around.y2 - side) // 2
        look = picture.crop((left, top, left + side, top + side))  # black beyond the picture's edge
        values = np.asarray(look.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR), np.float32) / 127.5 - 1
        self._network.setInput(np.ascontiguousarray(values.transpose(2, 0, 1))[np.newaxis])
        places, logits = self._network.forward(_OUTPUTS)
        sure = 1 / (1 + np.exp(-np.clip(logits.reshape(-1), -80, 80))) > _SURE
        middles = self._anchors[sure] + places.reshape(-1, 16)[sure, :2] / _SIDE
        halves = places.reshape(-1, 16)[sure, 2:4] / (2 * _SIDE)
        corners = np.concatenate([middles - halves, middles + halves], axis=1) * side
        found = (_inside(corner, picture.size) for corner in corners + np.array([left, top, left, top]))
        return [box for box in found if box is not None]


def _inside(corner: np.ndarray, size: tuple[int, int]) -> Box | None:
    """The box of these corners as far as it lies in the picture."""
    x1, y1 = (int(value) for value in np.floor(corner[:2]))
    x2, y2 = (int(value) for value in np.ceil(corner[2:]))
    try:
        return Box(x1, y1, x2, y2).clamped(*size)
    except ValueError:
        return None
