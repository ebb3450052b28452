"""The recogniser that ships is the one its card describes; training is a command that survives being killed."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from importlib.resources import files

import cv2
import numpy as np
import onnxruntime as ort
import pytest

from cakra.plates.model import FINDER, OWN_RECOGNITION, ModelMissingError
from cakra.plates.own import FRAMES, HEIGHT, WIDTH, OwnRecogniser, network_input
from cakra.plates.texts.ctc import SYMBOLS
from cakra.plates.training.samples import Samples

_LARGEST = 5_000_000
_SAMPLES = 6_400
_PATIENCE_S = 400


@pytest.mark.parametrize("model", [OWN_RECOGNITION, FINDER])
def test_the_model_that_ships_is_the_one_its_card_describes(model):
    folder = files("cakra.plates") / "models"
    content = (folder / model.name).read_bytes()
    card = json.loads((folder / model.name).with_suffix(".json").read_text("utf-8"))
    assert hashlib.sha256(content).hexdigest() == model.sha256 == card["sha256"]
    assert len(content) <= _LARGEST
    assert card["data"].startswith("Synthetic")
    assert card["limits"]


def test_another_file_of_that_name_is_refused(tmp_path):
    (tmp_path / OWN_RECOGNITION.name).write_bytes(b"not a model")
    with pytest.raises(ModelMissingError, match="not the one that was measured"):
        OwnRecogniser(tmp_path, 1)


def test_the_same_seed_draws_the_same_plates_and_another_others():
    one, two, other = (Samples(seed) for seed in (5, 5, 6))
    for _ in range(20):
        left, right = one.draw(), two.draw()
        assert (left.labels, left.frames) == (right.labels, right.frames)
        assert np.array_equal(left.picture, right.picture)
    assert [one.draw().labels for _ in range(8)] != [other.draw().labels for _ in range(8)]


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (500, 7), (48, 176), (2000, 3000)])
@pytest.mark.parametrize("value", [0, 137, 255])
def test_a_crop_without_contrast_gives_the_network_nothing_to_see(shape, value):
    seen = network_input(np.full(shape, value, np.uint8))
    assert seen.shape == (HEIGHT, WIDTH)
    assert np.abs(seen).max() < 1e-3


def _training(folder, samples=_SAMPLES, **variables):
    arguments = [sys.executable, "-m", "cakra", "plates", "train", "--samples", str(samples), "--folder", str(folder)]
    return subprocess.Popen(
        arguments, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _history(folder):
    path = folder / "history.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def test_a_training_that_is_killed_goes_on_where_it_was_and_ends_with_a_model_that_reads_frames(tmp_path):
    first = _training(tmp_path)
    deadline = time.monotonic() + _PATIENCE_S
    while not (tmp_path / "checkpoint.pt").exists():
        assert first.poll() is None, first.communicate()[1]
        assert time.monotonic() < deadline, "no checkpoint"
        time.sleep(0.2)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    seen = _history(tmp_path)[-1]["samples"]
    assert 0 < seen < _SAMPLES

    second = _training(tmp_path)
    said, errors = second.communicate(timeout=_PATIENCE_S)
    assert second.returncode == 0, errors
    assert "held-out drawn plates are read whole" in said
    history = _history(tmp_path)
    resumed = [line["samples"] for line in history].index(seen) + 1
    assert 0 < history[resumed]["samples"] <= seen + _SAMPLES // 8 * 2, "it did not begin anew"
    told = [line["samples"] for line in history]
    assert told == sorted(set(told)), "what was done again after the checkpoint is told once"
    assert history[-1]["samples"] == _SAMPLES
    assert history[-1]["loss"] < 0.8 * history[0]["loss"], "it learned"

    card = json.loads((tmp_path / "plate-recogniser.json").read_text("utf-8"))
    model = (tmp_path / "plate-recogniser.onnx").read_bytes()
    assert card["sha256"] == hashlib.sha256(model).hexdigest()
    assert set(card["figures"]["held_out_exact"]) >= {"all", "series with O or Q"}
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    (answer,) = session.run(None, {"pictures": np.zeros((3, 1, HEIGHT, WIDTH), np.float32)})
    assert answer.shape == (3, FRAMES, SYMBOLS)
    assert np.allclose(answer.sum(axis=-1), 1, atol=1e-4)
    assert "<svg" in (tmp_path / "report.html").read_text("utf-8")
    assert cv2.imread(str(tmp_path / "samples.png")) is not None


def test_without_pytorch_the_command_says_what_to_install(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['torch'] = None\n", encoding="utf-8")
    told = _training(tmp_path / "training", PYTHONPATH=str(tmp_path))
    _, errors = told.communicate(timeout=_PATIENCE_S)
    assert told.returncode != 0
    assert "pip install -r requirements-train.txt" in errors
    assert "Traceback" not in errors
