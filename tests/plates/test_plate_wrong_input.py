"""What is no plate, another country's, damaged, or not there: a finding in words, no exception, no acceptance."""

import shutil
from functools import cache

import cv2
import numpy as np
import pytest
from tests.plates.drawn import drawn, whole
from tests.plates.rendered import rendered, scene

from cakra.core.errors import InputError, SetupError
from cakra.core.geometry import Box
from cakra.core.identifiers.plate import one_character_wrong, parse_plate
from cakra.core.law.vehicle import VehicleKind
from cakra.evidence.mask import View
from cakra.journey.screening.look import Shot, look_at
from cakra.plates.decision.calibration import CAR, MOTORCYCLE
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.rules import PlateOutcome, decide
from cakra.plates.model import FINDER, OWN_RECOGNITION, RECOGNITION, ModelMissingError, verified_bytes
from cakra.plates.reader import PlateReader

MODELS = (OWN_RECOGNITION, RECOGNITION, FINDER)
GENUINE = (("B", "1234", "XYZ"), ("AB", "567", "KL"), ("L", "4321", "HA"), ("D", "88", "UV"))


@pytest.fixture(scope="module")
def reader():
    opened = PlateReader()
    opened.open()
    return opened


def judged(reader, picture, box, claim):
    """The decision on one photograph, under the terms of cars."""
    return decide([reader.read(picture, box, claim)], reader.terms)


def never_accepted(reader, picture, box, *claims):
    """Held against claims, against what was read itself, as a car's and as a motorcycle's: words, no acceptance."""
    sight = reader.look(picture, box)
    read = reader.reading(sight, sight.board, None).text
    for claim in (*claims, *([read] if read else [])):
        reading = reader.reading(sight, sight.board.claiming([claim]), claim)
        for kind in (CAR, MOTORCYCLE):
            verdict = decide([reading], reader.terms, kind=kind)
            assert verdict.outcome is not PlateOutcome.ACCEPT, (claim, verdict)
            assert verdict.reason.endswith(".")
            assert verdict.key


def test_genuine_plates_are_mostly_accepted(reader):
    """Without this, a machine that accepts nothing would pass every other test here."""
    pictures = [(rendered(groups, seed), groups) for groups in GENUINE for seed in (1, 2, 3, 4, 5)]
    verdicts = [
        judged(reader, picture, whole(picture), " ".join(groups).lower()).outcome for picture, groups in pictures
    ]
    assert verdicts.count(PlateOutcome.ACCEPT) > 0.6 * len(pictures), verdicts
    assert PlateOutcome.MISMATCH not in verdicts


def test_a_wrong_claim_of_a_genuine_plate_is_contradicted(reader):
    picture = rendered(GENUINE[0])
    assert judged(reader, picture, whole(picture), "L777AB").outcome is PlateOutcome.MISMATCH
    sight = reader.look(picture, whole(picture))
    for claim in one_character_wrong(parse_plate("B1234XYZ")):
        reading = reader.reading(sight, sight.board.claiming([claim]), claim)
        assert decide([reading], reader.terms).outcome is not PlateOutcome.ACCEPT


BLANK = {
    "black": np.zeros((130, 520, 3), dtype=np.uint8),
    "white": np.full((130, 520, 3), 255, dtype=np.uint8),
    "noise": np.random.default_rng(7).integers(0, 255, (130, 520, 3), dtype=np.uint8),
    "one pixel": np.zeros((1, 1, 3), dtype=np.uint8),
    "one row": np.zeros((1, 700, 3), dtype=np.uint8),
    "one column": np.zeros((700, 1, 3), dtype=np.uint8),
}


@pytest.mark.parametrize("name", BLANK)
def test_a_picture_of_nothing_is_unreadable(reader, name):
    picture = BLANK[name]
    never_accepted(reader, picture, whole(picture), "B1234XYZ", "B1", "I1I")
    assert judged(reader, picture, whole(picture), "B1234XYZ").outcome is PlateOutcome.UNREADABLE


@pytest.mark.parametrize("name", BLANK)
def test_where_no_plate_can_be_found_it_says_so(reader, name):
    verdict = judged(reader, BLANK[name], None, "B1234XYZ")
    assert verdict.outcome is PlateOutcome.UNREADABLE
    assert verdict.reason.endswith(".")


NO_INDONESIAN_PLATE = {
    "Malaysia": ("WXY", "1234"),
    "Malaysia, a series": ("WXY", "1234", "Z"),
    "Penang": ("PKT", "4821"),
    "Singapore": ("SBA", "1234", "A"),
    "Munich": ("M", "AB", "1234"),
    "Thailand": ("1", "KX", "4583"),
    "letters only": ("ABCD", "XYZ"),
    "a word": ("SELAMAT",),
    "digits only": ("1234", "5678"),
    "a telephone number": ("08123456789",),
    "no region": ("1234", "XYZ"),
    "digits, letters, digits": ("12", "AB", "34"),
    "a leading zero": ("AB", "0123", "CD"),
}
NEAREST = {
    "Malaysia, a series": ("W1234Z",),
    "Penang": ("PK4821", "P4821KT"),
    "Singapore": ("S1234A",),
    "Munich": ("AB1234", "B1234"),
    "digits only": ("B1234",),
    "no region": ("B1234XYZ",),
    "a leading zero": ("AB123CD",),
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", NO_INDONESIAN_PLATE)
def test_what_is_no_indonesian_plate_is_never_accepted(reader, name, seed):
    picture = rendered(NO_INDONESIAN_PLATE[name], seed)
    never_accepted(reader, picture, whole(picture), "B1234XYZ", *NEAREST.get(name, ()))


def test_two_plates_in_one_box_are_neither(reader):
    picture, boxes = scene(rendered(GENUINE[0]), rendered(GENUINE[1]), spacing=6)
    both = Box(boxes[1][0], boxes[0][1], boxes[0][2], boxes[1][3])
    never_accepted(reader, picture, both, "B1234XYZ", "AB567KL")


def test_of_two_plates_none_is_accepted_while_the_camera_does_not_say_which(reader):
    picture, boxes = scene(rendered(GENUINE[0]), rendered(GENUINE[1]))
    for claim in ("B1234XYZ", "AB567KL", "B1234KL", "AB567XYZ", "B567KL", "L4321HA"):
        assert judged(reader, picture, None, claim).outcome is not PlateOutcome.ACCEPT
    assert "several" in {judged(reader, picture, None, claim).key for claim in ("B1234XYZ", "AB567KL")}
    assert judged(reader, picture, Box(*boxes[0]), "B1234XYZ").outcome is PlateOutcome.ACCEPT


@pytest.mark.parametrize("keep", [0.45, 0.7])
def test_half_a_plate_does_not_confirm_the_whole(reader, keep):
    picture = rendered(GENUINE[0])
    part = np.ascontiguousarray(picture[:, : round(picture.shape[1] * keep)])
    assert judged(reader, part, whole(part), "B1234XYZ").outcome is not PlateOutcome.ACCEPT


@pytest.mark.parametrize("claim", [None, "", "rubbish", "8369FQ"])
def test_a_claim_that_is_no_plate_goes_to_an_officer(reader, claim):
    picture = rendered(GENUINE[0])
    verdict = judged(reader, picture, whole(picture), claim)
    assert (verdict.outcome, verdict.key) == (PlateOutcome.REVIEW, "no_claim")


@pytest.mark.parametrize(("groups", "claim"), [(("5432", "03"), "5432-03"), (("CD", "12", "15"), "CD 12 15")])
def test_a_claim_of_a_special_plate_is_held_against_the_photograph(reader, groups, claim):
    special, civil = rendered(groups), rendered(GENUINE[0])
    assert judged(reader, special, whole(special), claim).outcome in {PlateOutcome.ACCEPT, PlateOutcome.REVIEW}
    assert judged(reader, civil, whole(civil), claim).outcome is PlateOutcome.MISMATCH
    assert judged(reader, special, whole(special), "B1234XYZ").outcome is not PlateOutcome.ACCEPT


def test_a_box_may_reach_over_the_edge_but_not_lie_outside(reader):
    picture = rendered(GENUINE[0])
    height, width = picture.shape[:2]
    assert reader.read(picture, Box(-40, -20, width + 40, height + 20), None).text == "B1234XYZ"
    with pytest.raises(InputError, match=f"outside the picture of {width} x {height}"):
        reader.read(picture, Box(width + 80, 10, width + 180, 40), "B1234XYZ")


@pytest.mark.parametrize("shape", [(0, 0, 3), (0, 100, 3), (40, 100), (40, 100, 4)])
def test_an_array_that_is_no_picture_is_named(reader, shape):
    with pytest.raises(InputError, match="needs shape"):
        reader.read(np.zeros(shape, dtype=np.uint8), None, None)


@pytest.mark.parametrize("kind", [np.uint16, np.float32, bool])
def test_a_picture_of_another_depth_is_named(reader, kind):
    with pytest.raises(InputError, match="8 bit"):
        reader.read(rendered(GENUINE[0]).astype(kind), None, None)


def shot(data, claim="B1234XYZ", box=None):
    return Shot(data, box and (box.x1, box.y1, box.x2, box.y2), None, VehicleKind.CAR, View.REAR, claim)


def encoded(picture, ending=".png"):
    return cv2.imencode(ending, picture)[1].tobytes()


@cache
def grey():
    return cv2.cvtColor(rendered(GENUINE[0]), cv2.COLOR_BGR2GRAY)


# Drawn when they are asked for: not by every process that collects the tests.
ODD_FILES = {
    "nothing": lambda: b"",
    "no picture": lambda: b"%PDF-1.7 a letter",
    "torn off": lambda: encoded(rendered(GENUINE[0]), ".jpg")[:400],
    "black": lambda: encoded(np.zeros((300, 400, 3), dtype=np.uint8)),
    "one pixel": lambda: encoded(np.zeros((1, 1, 3), dtype=np.uint8)),
    "16 bit": lambda: encoded(grey().astype(np.uint16) * 257),
    "grey": lambda: encoded(grey()),
    "a foreign plate": lambda: encoded(rendered(("WXY", "1234", "Z"))),
    "two plates": lambda: encoded(scene(rendered(GENUINE[1]), rendered(GENUINE[2]))[0]),
}


@pytest.mark.parametrize("boxed", [False, True], ids=["no box", "a box outside"])
@pytest.mark.parametrize("name", ODD_FILES)
def test_screening_looks_at_odd_files_and_accepts_none_for_another_plate(reader, name, boxed):
    box = Box(5000, 5000, 5100, 5040) if boxed else None
    seen = look_at([shot(ODD_FILES[name](), "D4217RT", box)], reader.terms, None)
    assert len(seen.readings) == 1
    readings = [reading for reading in seen.readings if reading is not None]
    assert bool(readings) == (name not in {"nothing", "no picture", "torn off"})
    if readings:
        assert decide(readings, reader.terms).outcome is not PlateOutcome.ACCEPT


@pytest.mark.parametrize("name", ["16 bit", "grey"])
def test_grey_and_16_bit_files_are_read_like_others(reader, name):
    box = Box(0, 0, grey().shape[1], grey().shape[0])
    (reading,) = look_at([shot(ODD_FILES[name](), box=box)], reader.terms, None).readings
    assert reading is not None
    assert reading.text == "B1234XYZ"


def test_missing_models_are_told_in_a_sentence(tmp_path):
    with pytest.raises(ModelMissingError, match=r"\.onnx is missing") as caught:
        PlateReader(model_dir=tmp_path).open()
    assert isinstance(caught.value, SetupError)
    assert "Install" in caught.value.sentence


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_damaged_model_is_refused_before_it_reads_anything(tmp_path, model, damage):
    for one in MODELS:
        (tmp_path / one.name).write_bytes(verified_bytes(one, None))
    content = bytearray(verified_bytes(model, None))
    content[len(content) // 2] ^= 1
    wrong = {"flipped": bytes(content), "cut": bytes(content[: len(content) // 2]), "empty": b""}[damage]
    (tmp_path / model.name).write_bytes(wrong)
    with pytest.raises(ModelMissingError, match=rf"{model.name}.*SHA-256"):
        PlateReader(model_dir=tmp_path).open()


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\xfe", b'{"format": 1}'])
def test_a_damaged_calibration_is_named(tmp_path, content):
    path = tmp_path / "calibration.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"calibration\.json cannot be"):
        load_calibration(path)


def test_models_are_found_in_a_folder_with_spaces(tmp_path):
    folder = tmp_path / "model pelat"
    folder.mkdir()
    for model in MODELS:
        (folder / model.name).write_bytes(verified_bytes(model, None))
    picture = rendered(GENUINE[0])
    assert PlateReader(model_dir=folder).read(picture, whole(picture), None).text == "B1234XYZ"
    shutil.rmtree(folder)


def test_words_drawn_in_another_letter_are_no_plate(reader):
    for text in ("SELAMAT", "B ABCD XYZ", "DILARANG PARKIR"):
        picture = drawn(text)
        never_accepted(reader, picture, whole(picture), "B1234XYZ")
