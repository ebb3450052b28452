"""The recogniser that ships is the one its card describes, and what it learned from is drawn alike from a seed."""

import hashlib
import json
import os
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from cakra.plates.model import FINDER, OWN_RECOGNITION, ModelMissingError
from cakra.plates.own import HEIGHT, WIDTH, OwnRecogniser, network_input
from cakra.plates.training.samples import Samples

_LARGEST = 5_000_000
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


def test_without_pytorch_the_command_says_what_to_install(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['torch'] = None\n", encoding="utf-8")
    arguments = ["plates", "train", "--samples", "6400", "--folder", str(tmp_path / "training")]
    told = subprocess.run(
        [sys.executable, "-m", "cakra", *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert told.returncode != 0
    assert "pip install -r requirements-train.txt" in told.stderr
    assert "Traceback" not in told.stderr
