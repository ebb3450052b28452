"""The recognition model, from a straightened plate to the frame matrix that `ctc` reads."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from cakra.plates.model import RECOGNITION, open_session, verified_bytes
from cakra.plates.pixels import Picture
from cakra.plates.texts.ctc import COLUMN, Matrix
from cakra.plates.texts.sums import Indices, folded

_HEIGHT = 48  # the model's fixed input height
_NARROWEST, _WIDEST = 128, 640  # at least 16 frames, at most 80
_SQUEEZED = 0.8
"""Of its own width: plates are lettered widely, are read as well and cost a fifth less (decision 0025)."""
_FLOOR = 1e-5  # no character is impossible: bounds how much one bad frame can weigh
_SEPARATORS = frozenset(" .-·•‧・–—_:,'`|")
_SAME_GLYPH = MappingProxyType(
    dict(zip("ØøΘ∅⊘ΔАВЕКМНОРСТХУЅІЈΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "OOOOOAABEKMHOPCTXYSIJABEZHIKMNOPTYX", strict=True))
)
_HEAD = {"linear_8.w_0": (120, -1), "linear_8.b_0": (-1,)}
"""The weights of the model's last layer, a column a class, and their shapes."""


class Recogniser:
    """PP-OCRv6 small, told only of the classes that spell plates, which are folded to blank, A-Z and 0-9.

    Of its 18,710 classes 206 are left: an eighth of its time goes into the others. Every alignment passes every frame
    once, so that all texts gain by the same factor and their odds are those of the whole model.
    """

    def __init__(self, folder: Path | None, threads: int) -> None:
        content = verified_bytes(RECOGNITION, folder)
        self.classes, self._columns = _folding(_field(content, b"\n\x09character\x12").decode("utf-8").splitlines())
        self._head = {
            name: ort.OrtValue.ortvalue_from_numpy(
                np.ascontiguousarray(_weights(content, name, shape)[..., self.classes])
            )
            for name, shape in _HEAD.items()
        }
        self._session = open_session(content, threads, self._head)
        self._input = self._session.get_inputs()[0].name

    def matrix(self, line: Picture) -> Matrix:
        """Probabilities of one text line, (frames, SYMBOLS); `line` is (H, W) grey of any size."""
        return folded(self.infer(tensor(line)), self._columns, _FLOOR)

    def infer(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The bare model on one prepared tensor: (frames, classes)."""
        result: npt.NDArray[np.float32] = self._session.run(None, {self._input: batch})[0][0]
        return result


def tensor(line: Picture) -> npt.NDArray[np.float32]:
    """A grey (H, W) line resized to the model's height, squeezed, scaled to -1..1: (1, 3, 48, W) float32."""
    height, width = line.shape
    scaled = int(min(max(round(_SQUEEZED * _HEIGHT * width / height), _NARROWEST), _WIDEST))
    grey = cv2.resize(line, (scaled, _HEIGHT), interpolation=cv2.INTER_LINEAR) * np.float32(1 / 127.5) - np.float32(1)
    return np.repeat(grey[None, None], 3, axis=1)


def _field(content: bytes, tags: bytes) -> bytes:
    """The field of a protobuf message whose length follows `tags`; the content is known by its hash, so it is there."""
    place = content.index(tags) + len(tags)
    length = shift = 0
    while True:
        byte = content[place]
        length |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint
            return content[place : place + length]


def _weights(content: bytes, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """The float weights that a model calls `name`: TensorProto's field 8, and field 9 right behind it."""
    raw = _field(content, b"B" + bytes([len(name)]) + name.encode() + b"J")
    return np.frombuffer(raw, "<f4").reshape(shape)


def _folding(dictionary: Sequence[str]) -> tuple[Indices, Indices]:
    """Which model classes count, and the column of a matrix that each is added to.

    Case and look-alike alphabets fold onto A-Z, the slashed O onto O, separators onto blank.
    """
    columns = {0: 0}
    for index, char in enumerate([*dictionary, " "], start=1):
        if char in _SEPARATORS:
            columns[index] = 0
            continue
        folded = _SAME_GLYPH.get(char) or unicodedata.normalize("NFKC", char).upper()
        if folded in COLUMN:
            columns[index] = COLUMN[folded]
    return np.array(list(columns), dtype=np.intp), np.array(list(columns.values()), dtype=np.intp)
