"""Reading a calibration from its file: the one that ships, or an agency's own. The only I/O of this room."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cakra.core.errors import InputError
from cakra.plates.decision.calibration import Calibration, read

SHIPPED = Path(__file__).parent.parent / "models" / "calibration.json"


@lru_cache(maxsize=4)
def load_calibration(path: Path | None = None) -> Calibration:
    """The calibration in `path`, or the one that ships (fitted on synthetic plates) when None; InputError."""
    source = path or SHIPPED
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"The plate calibration {source} cannot be read: {error}. Make it with `cakra plates calibrate`."
        raise InputError(message, code="calibration_missing") from error
    return read(text, str(source))
