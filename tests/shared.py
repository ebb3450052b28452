"""Where the shared facts and photographs lie: they are read in place, never copied into the project."""

import os
from pathlib import Path

import pytest

from long import SOAK


def shared_dir() -> Path:
    """The folder of shared facts and photographs; a loud failure on CI, a loud skip elsewhere."""
    named = os.environ.get("CAKRA_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    if folder.is_dir():
        return folder
    message = f"SHARED FOLDER MISSING: {folder} (set CAKRA_SHARED to the folder with facts/ and plates/)"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def some_plates(into: Path) -> Path:
    """The folder of labelled photographs of plates; in `make test` one photograph in three, laid out in `into`."""
    whole = shared_dir() / "plates"
    if SOAK:
        return whole
    heading, *lines = (whole / "labels.csv").read_text("utf-8").splitlines(keepends=True)
    into.mkdir(parents=True, exist_ok=True)
    (into / "labels.csv").write_text(heading + "".join(lines[::3]), "utf-8")
    for kind in ("crops", "scenes"):
        (into / kind).symlink_to(whole / kind)
    return into
