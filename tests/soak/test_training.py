"""Training the recogniser is a command that survives being killed. Needs PyTorch (`tools/setup training`)."""

import hashlib
import json
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import onnxruntime as ort
import pytest

from cakra.plates.own import FRAMES, HEIGHT, WIDTH
from cakra.plates.texts.ctc import SYMBOLS

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
_SAMPLES = 6_400
_PATIENCE_S = 1_500


@pytest.fixture
def train(tmp_path):
    """Begins a training into the test's folder; none is left running, however the test ends."""
    begun = []

    def begin():
        arguments = [sys.executable, "-m", "cakra", "plates", "train", "--samples", str(_SAMPLES), "--folder", tmp_path]
        begun.append(subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return begun[-1]

    yield begin
    for process in begun:
        with process:  # closes its pipes and waits
            process.kill()


def _history(folder):
    path = folder / "history.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def test_a_training_that_is_killed_goes_on_where_it_was_and_ends_with_a_model_that_reads_frames(tmp_path, train):
    first = train()
    deadline = time.monotonic() + _PATIENCE_S
    while not (tmp_path / "checkpoint.pt").exists():
        assert first.poll() is None, first.communicate()[1]
        assert time.monotonic() < deadline, "no checkpoint"
        time.sleep(0.2)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    seen = _history(tmp_path)[-1]["samples"]
    assert 0 < seen < _SAMPLES

    second = train()
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
