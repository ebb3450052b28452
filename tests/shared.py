"""Where the shared facts and photographs lie: they are read in place, never copied into the project."""

import os
from pathlib import Path

import pytest


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
