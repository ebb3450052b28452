"""The models: our own in the package, others inside the installed `rapidocr` wheel; all checked by hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import onnxruntime as ort

from cakra.core.errors import SetupError

_OWN_FOLDER = Path(__file__).parent / "models"


class ModelMissingError(SetupError):
    """A model file is not there or is not the one whose readings were measured."""

    code = "model_missing"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model file by name and content: another content would read with margins nobody measured.

    `own` models were trained here and lie in `cakra/plates/models`, each with its card (.json) beside it.
    """

    name: str
    sha256: str
    own: bool = False


RECOGNITION = ModelFile("PP-OCRv6_rec_small.onnx", "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884")
OWN_RECOGNITION = ModelFile(
    "plate-recogniser.onnx", "14efc67032a5b07b29bdb7029159b54b3efdbb476f05b560685fb65d88fe383e", own=True
)
FINDER = ModelFile("plate-finder.onnx", "ffa70d9dc007911ccc807ee5b92294054b2fcceaee77a1930cd467e2cdd7acf2", own=True)


MODELS: Mapping[str, str] = MappingProxyType(
    {"own": OWN_RECOGNITION.sha256, "generic": RECOGNITION.sha256, "finder": FINDER.sha256}
)
"""The models in use, by their names in a calibration."""


def verified_bytes(model: ModelFile, folder: Path | None) -> bytes:
    """The model's content from `folder`, or from the installed package when None.

    Raises ModelMissingError when it is not there, cannot be read, or has another SHA-256.
    """
    path = (folder or (_OWN_FOLDER if model.own else _package_folder())) / model.name
    source = "cakra" if model.own else "rapidocr==3.10.0"
    mend = f"Install {source} again (make demo does)."
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise ModelMissingError(f"The plate model {path} is missing ({reason}). {mend}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != model.sha256:
        message = (
            f"The plate model {path} is not the one that was measured: its SHA-256 begins {found[:12]}, "
            f"{model.sha256[:12]} was expected. {mend}"
        )
        raise ModelMissingError(message)
    return content


def open_session(
    content: bytes, threads: int, instead: Mapping[str, ort.OrtValue] = MappingProxyType({})
) -> ort.InferenceSession:
    """An inference session on the CPU with that many threads.

    `instead`: weights by name in the place of the model's own; the caller keeps them as long as the session.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    for name, weights in instead.items():
        options.add_initializer(name, weights)
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _package_folder() -> Path:
    """Where the wheel keeps its models; found without importing the package (it would load much more)."""
    spec = find_spec("rapidocr")
    if spec is None or not spec.submodule_search_locations:
        message = "The package rapidocr, which carries the plate models, is not installed. Run: make demo"
        raise ModelMissingError(message)
    return Path(spec.submodule_search_locations[0]) / "models"
