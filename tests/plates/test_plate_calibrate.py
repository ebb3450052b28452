"""`cakra plates calibrate` as a person runs it, on folders of rendered plates."""

import json
from dataclasses import replace

import cv2
import pytest

from cakra.core.errors import InputError
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.terms import terms_of
from cakra.plates.fitting.frames import drawn_frames
from cakra.plates.reader import PlateReader
from zygote import run_cakra


def folder_of(path, frames, change=lambda row: row):
    """A labelled folder as an agency would send it."""
    path.mkdir()
    rows = ["file,plate,kind,meta"]
    for place, frame in enumerate(frames):
        cv2.imwrite(str(path / f"{place}.png"), frame.picture)
        rows.append(change(f"{place}.png,{frame.truth},{'motorcycle' if frame.kind == 'motorcycle' else 'crop'},"))
    (path / "labels.csv").write_text("\n".join(rows) + "\n")
    return path


def calibrated(folder, *arguments):
    return run_cakra(("plates", "calibrate", *map(str, arguments)), folder=folder, variables={}, stdin="")


def test_a_folder_of_labelled_frames_becomes_a_calibration_that_can_be_set(tmp_path):
    frames = [frame for frame in drawn_frames(77, 150) if frame.picture.shape[0] > 16]
    data = folder_of(tmp_path / "frames", frames)
    done = calibrated(tmp_path, data, "--out", tmp_path / "own.json")
    assert done.returncode == 0, done.stderr
    assert "held out" in done.stdout
    assert "alone can exclude" in done.stdout
    made = load_calibration(tmp_path / "own.json")
    assert made.fitted_on == "frames in frames"
    assert made.plates <= len(frames)
    assert 0 <= made.error_after <= 1
    assert made.weights["own"] == 1.0, "labelled frames are taken as they are"
    assert load_calibration().weights["own"] < 1.0, "drawn plates are what it learnt on"
    assert json.loads((tmp_path / "own.json").read_text())["models"].keys() == {"own", "generic", "finder"}


def test_a_calibration_of_other_models_is_refused(tmp_path):
    made = replace(load_calibration(), models={**load_calibration().models, "own": "0" * 64})
    with pytest.raises(InputError, match="another own model than the one in use"):
        PlateReader(terms=terms_of(made))
    PlateReader(terms=terms_of(replace(made, models={})))


def too_few(tmp_path):
    return (folder_of(tmp_path / "frames", drawn_frames(77, 3)),), "at least 100 frames"


def no_column(tmp_path):
    data = folder_of(tmp_path / "frames", drawn_frames(77, 2))
    (data / "labels.csv").write_text("file,plate\n0.png,B1A\n")
    return (data,), "has no column kind"


def wrong_label(tmp_path):
    return (folder_of(tmp_path / "frames", drawn_frames(77, 2), lambda row: row.replace(",", ",99", 1)),), "line 2"


def no_folder(tmp_path):
    return (tmp_path / "nowhere",), "cannot be read"


def nothing_named(_):
    return (), "Name the folder of labelled frames"


def no_place_to_write(tmp_path):
    return ("--drawn", 100, "--out", tmp_path / "no" / "where.json"), "in a folder that exists"


@pytest.mark.parametrize("wrong", [too_few, no_column, wrong_label, no_folder, nothing_named, no_place_to_write])
def test_what_cannot_be_fitted_is_named_and_nothing_is_written(tmp_path, wrong):
    arguments, words = wrong(tmp_path)
    if "--out" not in arguments:
        arguments = (*arguments, "--out", tmp_path / "own.json")
    done = calibrated(tmp_path, *arguments)
    assert done.returncode != 0
    assert words in " ".join(done.stderr.split())
    assert not (tmp_path / "own.json").exists()
