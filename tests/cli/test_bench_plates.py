"""What `cakra bench plates` refuses, and how it says so; what it measures is shown in tests/plates."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.cli.conftest import Shell

from policy_kit import packaged


def refusal(folder: Path, *more: str | Path, **settings: str) -> str:
    """What it said, on one line; without --data among `more`, a folder that is not looked at."""
    data = () if "--data" in more else ("--data", folder / "data")
    return Shell(folder, settings).refusal("bench", "plates", *data, *more).replace("\n", " ")


def test_a_report_is_never_written_into_a_working_copy(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inside = tmp_path / "docs" / "report"
    said = refusal(tmp_path, "--report", inside)
    assert "must not be committed" in said
    assert str(tmp_path) in said
    assert not inside.exists()


def test_a_report_does_not_bury_other_files(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    assert "holds other files" in refusal(tmp_path, "--report", tmp_path)
    assert "is a file" in refusal(tmp_path, "--report", tmp_path / "letter.txt")
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_earlier_figures_that_are_none_are_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "figures.json"
    if content is not None:
        path.write_text(content)
    assert "figures.json" in refusal(tmp_path, "--before", path)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (None, "cannot be read"),
        ("file,plate\n", "has no column kind"),
        ("file,plate,kind,meta\n", "names no photograph"),
        ("file,plate,kind,meta\na.jpg,8369FQ,crop,\n", "line 2: 8369FQ has no region"),
        ("file,plate,kind,meta\na.jpg,1234-00,crop,\n", "no photograph of a civil plate"),
        ("file,plate,kind,meta\na.jpg,1234-00,crop,\nb.jpg,8369FQ,crop,\n", "line 3: 8369FQ has no region"),
        ("file,plate,kind,meta\na.jpg,B1A,scene,9 9 1 1 K2\n", "plate box 9 9 1 1"),
        ("file,plate,kind,meta\nmissing.jpg,B1A,crop,\n", "missing.jpg cannot be read"),
        ("file,plate,kind,meta\nlabels.csv,B1A,crop,\n", "is not a picture"),
    ],
)
def test_a_folder_that_cannot_be_measured_is_named(tmp_path: Path, table: str | None, sentence: str) -> None:
    if table is not None:
        (tmp_path / "labels.csv").write_text(table)
    assert sentence in refusal(tmp_path, "--data", tmp_path)


def test_plates_too_small_to_damage_are_told(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "small.png"), np.full((30, 100, 3), 128, np.uint8))
    (tmp_path / "labels.csv").write_text("file,plate,kind,meta\nsmall.png,B1234XYZ,crop,\n")
    assert "at least 40 pixels" in refusal(tmp_path, "--data", tmp_path, "--robustness")


def test_terms_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    named = tmp_path / "named.json"
    assert "own.json cannot be read" in refusal(tmp_path, "--calibration", tmp_path / "own.json")
    assert "named.json cannot be read" in refusal(tmp_path, CAKRA_PLATES__CALIBRATION_FILE=str(named))
    assert "named.toml cannot be read" in refusal(tmp_path, "--thresholds", tmp_path / "named.toml")
    (tmp_path / "own.toml").write_text(packaged()["thresholds"].replace("home_regions = []", 'home_regions = ["XX"]'))
    assert "home_regions names 'XX'" in refusal(tmp_path, "--thresholds", tmp_path / "own.toml")
