"""Real photographs of Indonesian plates: what is accepted is right, whatever look-alike is claimed."""

import csv
import json

import pytest
from tests.shared import shared_dir, some_plates

from cakra.core.geometry import Box
from cakra.plates.decision.rules import decide
from cakra.plates.measuring.bench import measure_plates
from cakra.plates.measuring.figures import wilson
from cakra.plates.measuring.samples import read_picture
from cakra.plates.reader import PlateReader
from long import long_or

# Measured once for all tests of this file, also when several processes share the run.
pytestmark = pytest.mark.xdist_group("photographs")
SCENES, CROPS = long_or((54, 96), (18, 32))
PHOTOGRAPHS = SCENES + CROPS


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    seen = []
    folder = some_plates(tmp_path_factory.mktemp("photographs") / "plates")
    figures = measure_plates(folder, lambda done, total: seen.append((done, total))).figures
    tried = PHOTOGRAPHS + SCENES  # scenes once more without box
    assert seen == [(done, tried) for done in range(1, tried + 1)]
    return figures


def test_no_one_character_wrong_claim_is_accepted(result):
    assert (result["by_kind"]["scene"]["images"], result["by_kind"]["crop"]["images"]) == (SCENES, CROPS)
    assert result["wrong_claims"] > 100 * PHOTOGRAPHS
    assert (result["wrong_claims_accepted"], result["wrongly_accepted_images"]) == (0, 0)


def test_most_plates_are_read_and_most_claims_need_no_officer(result):
    for kind in ("scene", "crop"):
        figures = result["by_kind"][kind]
        assert figures["exact_match"] > 0.8
        assert figures["character_error"] < 0.03
        low, high = figures["accepted_share_interval"]
        assert low < figures["accepted_share"] < high
        assert figures["accepted_share"] > 0.5


def test_o_and_q_are_told_apart_from_the_rest(result):
    assert result["suffix_oq"]["images"] > PHOTOGRAPHS // 15
    assert result["suffix_oq"]["images"] + result["suffix_without_oq"]["images"] == PHOTOGRAPHS
    assert result["suffix_oq"]["wrong_claims_accepted"] == 0


def test_the_figures_are_ready_for_one_json_line(result):
    assert set(json.loads(json.dumps(result))) >= {
        "images",
        "exact_match",
        "character_error",
        "accepted_share",
        "wrongly_accepted_images",
        "wrong_claims",
        "wrong_claims_accepted",
        "by_kind",
        "suffix_oq",
        "scenes_without_box",
        "at_zero_wrong_acceptances",
        "calibration_error",
        "ms_per_decision",
        "ms_ratio_to_inference",
    }


def test_a_plate_is_found_in_a_scene_without_a_box():
    folder = shared_dir() / "plates"
    with (folder / "labels.csv").open(newline="") as lines:
        scenes = [row for row in csv.DictReader(lines) if row["kind"] == "scene"][:8]
    reader, found = PlateReader(), 0
    for row in scenes:
        reading = reader.read(read_picture(folder / row["file"]), None, row["plate"])
        assert decide([reading], reader.terms).outcome != "mismatch"
        found += reading.box is not None and reading.text == row["plate"] and overlap(reading.box, row["meta"]) > 0.5
    assert found >= 6


def overlap(box, meta):
    """Intersection over union with the labelled box."""
    x1, y1, x2, y2 = (int(number) for number in meta.split()[:4])
    truth = Box(x1, y1, x2, y2)
    width = max(0, min(box.x2, x2) - max(box.x1, x1))
    height = max(0, min(box.y2, y2) - max(box.y1, y1))
    both = width * height
    return both / (box.width * box.height + truth.width * truth.height - both)


def test_the_interval_is_wilsons():
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(0, 96) == pytest.approx((0.0, 0.0385), abs=1e-4)
