"""The recognition model, from a straightened plate to the frame matrix that `ctc` reads."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from cakra.plates.ctc import COLUMN, SYMBOLS, Matrix
from cakra.plates.model import RECOGNITION, open_session

Picture = npt.NDArray[np.uint8]

_HEIGHT = 48  # the model's fixed input height
_NARROWEST, _WIDEST = 128, 640  # at least 16 frames, at most 80
_SQUEEZED = 0.8
"""Of its own width: plates are lettered widely, are read as well and cost a fifth less (decision 0025)."""
_FLOOR = 1e-5  # no character is impossible: bounds how much one bad frame can weigh
_SEPARATORS = frozenset(" .-·•‧・–—_:,'`|")
_SAME_GLYPH = MappingProxyType(
    dict(zip("ØøΘ∅⊘ΔАВЕКМНОРСТХУЅІЈΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "OOOOOAABEKMHOPCTXYSIJABEZHIKMNOPTYX", strict=True))
)


class Recogniser:
    """PP-OCRv6 small, its 18,710 classes folded to blank, A-Z and 0-9."""

    def __init__(self, folder: Path | None, threads: int) -> None:
        self._session = open_session(RECOGNITION, folder, threads)
        self._input = self._session.get_inputs()[0].name
        self._classes, self._fold = _folding(self._session)

    def matrix(self, line: Picture) -> Matrix:
        """Probabilities of one text line, (frames, SYMBOLS); `line` is (H, W, 3) BGR of any size."""
        return self._folded(self.infer(tensor(line)))

    def infer(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The bare model on one prepared tensor: (frames, classes)."""
        result: npt.NDArray[np.float32] = self._session.run(None, {self._input: batch})[0][0]
        return result

    def _folded(self, raw: npt.NDArray[np.float32]) -> Matrix:
        matrix: Matrix = raw[:, self._classes].astype(np.float64) @ self._fold
        return (matrix + _FLOOR / SYMBOLS) / (1 + _FLOOR)


def tensor(line: Picture) -> npt.NDArray[np.float32]:
    """Resize to the model's height, squeezed, and scale to -1..1: (1, 3, 48, W) float32."""
    height, width = line.shape[:2]
    scaled = int(np.clip(round(_SQUEEZED * _HEIGHT * width / height), _NARROWEST, _WIDEST))
    resized = cv2.resize(line, (scaled, _HEIGHT), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    chw = np.ascontiguousarray((resized / 127.5 - 1.0).transpose(2, 0, 1)[None])
    return chw.astype(np.float32, copy=False)


def _folding(session: ort.InferenceSession) -> tuple[npt.NDArray[np.intp], Matrix]:
    """Which model classes count, and the 0/1 matrix (classes that count, SYMBOLS) that adds them up.

    Case and look-alike alphabets fold onto A-Z, the slashed O onto O, separators onto blank.
    """
    dictionary = session.get_modelmeta().custom_metadata_map["character"].splitlines()
    columns = {0: 0}
    for index, char in enumerate([*dictionary, " "], start=1):
        if char in _SEPARATORS:
            columns[index] = 0
            continue
        folded = _SAME_GLYPH.get(char) or unicodedata.normalize("NFKC", char).upper()
        if folded in COLUMN:
            columns[index] = COLUMN[folded]
    fold = np.zeros((len(columns), SYMBOLS))
    fold[np.arange(len(columns)), list(columns.values())] = 1.0
    return np.array(list(columns), dtype=np.intp), fold
