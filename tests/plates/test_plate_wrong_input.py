"""Pictures without a plate, claims that are none, models that are not there: words, never an acceptance."""

import shutil

import numpy as np
import pytest
from tests.plates.drawn import drawn, whole

from cakra.core.errors import InputError, SetupError
from cakra.core.geometry import Box
from cakra.plates.model import DETECTION, RECOGNITION, ModelMissingError, verified_bytes
from cakra.plates.reader import PlateReader
from cakra.plates.rules import PlateOutcome, PlateThresholds, decide


@pytest.fixture(scope="module")
def reader():
    opened = PlateReader()
    opened.open()
    return opened


def judged(reader, picture, box, claim):
    return decide(reader.read(picture, box, claim), PlateThresholds())


def test_a_drawn_plate_is_read_and_accepted(reader):
    picture = drawn("B 1234 XYZ")
    reading = reader.read(picture, whole(picture), "b 1234 xyz")
    assert (reading.text, reading.claim) == ("B1234XYZ", "B1234XYZ")
    assert decide(reading, PlateThresholds()).outcome is PlateOutcome.ACCEPT
    assert judged(reader, picture, whole(picture), "B1734XYZ").outcome is PlateOutcome.MISMATCH


NOT_PLATES = {
    "black": np.zeros((130, 520, 3), dtype=np.uint8),
    "white": np.full((130, 520, 3), 255, dtype=np.uint8),
    "noise": np.random.default_rng(7).integers(0, 255, (130, 520, 3), dtype=np.uint8),
    "letters only": drawn("B ABCD XYZ"),
    "other words": drawn("SELAMAT"),
    "a telephone number": drawn("08123456789"),
    "one pixel": np.zeros((1, 1, 3), dtype=np.uint8),
    "one row": np.zeros((1, 700, 3), dtype=np.uint8),
    "one column": np.zeros((700, 1, 3), dtype=np.uint8),
}


@pytest.mark.parametrize("name", NOT_PLATES)
def test_what_is_no_plate_is_unreadable(reader, name):
    picture = NOT_PLATES[name]
    verdict = judged(reader, picture, whole(picture), "B1234XYZ")
    assert verdict.outcome is PlateOutcome.UNREADABLE
    assert verdict.reason.endswith(".")


@pytest.mark.parametrize("name", ["black", "other words", "one pixel"])
def test_where_no_plate_can_be_found_it_says_so(reader, name):
    reading = reader.read(NOT_PLATES[name], None, "B1234XYZ")
    assert (reading.text, reading.claim_margin) == (None, None)
    assert decide(reading, PlateThresholds()).outcome is PlateOutcome.UNREADABLE


@pytest.mark.parametrize("claim", [None, "", "rubbish", "8369FQ"])
def test_a_claim_that_is_no_plate_goes_to_an_officer(reader, claim):
    picture = drawn("B 1234 XYZ")
    verdict = judged(reader, picture, whole(picture), claim)
    assert (verdict.outcome, verdict.key) == (PlateOutcome.REVIEW, "no_claim")


@pytest.mark.parametrize("claim", ["5432-03", "CD 12 15", "RI 14"])
def test_a_claim_of_a_special_plate_is_held_against_the_photograph(reader, claim):
    special, civil = drawn(claim), drawn("B 1234 XYZ")
    assert judged(reader, special, whole(special), claim).outcome is PlateOutcome.ACCEPT
    assert judged(reader, civil, whole(civil), claim).outcome is PlateOutcome.MISMATCH
    assert judged(reader, special, whole(special), "B1234XYZ").outcome is not PlateOutcome.ACCEPT


def test_a_plate_with_another_region_or_none_is_not_accepted(reader):
    picture = drawn("1234 XYZ")
    assert judged(reader, picture, whole(picture), "B1234XYZ").outcome is not PlateOutcome.ACCEPT


def test_a_box_may_reach_over_the_edge_but_not_lie_outside(reader):
    picture = drawn("B 1234 XYZ")
    reaching = Box(-40, -20, picture.shape[1] + 40, picture.shape[0] + 20)
    assert reader.read(picture, reaching, None).text == "B1234XYZ"
    with pytest.raises(InputError, match="outside the picture of 520 x 130"):
        reader.read(picture, Box(600, 10, 700, 40), "B1234XYZ")


@pytest.mark.parametrize("shape", [(0, 0, 3), (40, 100), (40, 100, 4)])
def test_an_array_that_is_no_picture_is_named(reader, shape):
    with pytest.raises(InputError, match="needs shape"):
        reader.read(np.zeros(shape, dtype=np.uint8), None, None)


def test_a_missing_model_is_told_in_a_sentence(tmp_path):
    with pytest.raises(ModelMissingError, match=r"PP-OCRv6_rec_small\.onnx is missing") as caught:
        PlateReader(model_dir=tmp_path).open()
    assert isinstance(caught.value, SetupError)
    assert "Install" in caught.value.sentence


def test_a_damaged_model_is_refused_before_it_reads_anything(tmp_path):
    content = bytearray(verified_bytes(RECOGNITION, None))
    content[len(content) // 2] ^= 1
    (tmp_path / RECOGNITION.name).write_bytes(content)
    picture = drawn("B 1234 XYZ")
    with pytest.raises(ModelMissingError, match="SHA-256"):
        PlateReader(model_dir=tmp_path).read(picture, whole(picture), "B1234XYZ")


def test_only_a_search_needs_the_detector(tmp_path):
    (tmp_path / RECOGNITION.name).write_bytes(verified_bytes(RECOGNITION, None))
    picture = drawn("B 1234 XYZ")
    reader = PlateReader(model_dir=tmp_path)
    assert reader.read(picture, whole(picture), None).text == "B1234XYZ"
    with pytest.raises(ModelMissingError, match=DETECTION.name):
        reader.read(picture, None, None)


def test_models_are_found_in_a_folder_with_spaces(tmp_path):
    folder = tmp_path / "model pelat"
    folder.mkdir()
    (folder / RECOGNITION.name).write_bytes(verified_bytes(RECOGNITION, None))
    picture = drawn("B 1234 XYZ")
    assert PlateReader(model_dir=folder).read(picture, whole(picture), None).text == "B1234XYZ"
    shutil.rmtree(folder)
