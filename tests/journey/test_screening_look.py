"""Which photographs of a passage are looked at, and how much of each the reader is shown."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from tests.plates.rendered import rendered, scene

from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind
from cakra.evidence.mask import View
from cakra.journey.screening import look
from cakra.journey.screening.look import Shot, look_at
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.terms import terms_of
from cakra.plates.reader import PlateReader

TERMS = terms_of(load_calibration())
CLAIM, OTHER = "B1234XYZ", "L4321HA"
PLATE = rendered(("B", "1234", "XYZ"))


def encoded(picture):
    return cv2.imencode(".png", picture)[1].tobytes()


STREET, ((X1, Y1, X2, Y2),) = scene(PLATE)
PHOTOGRAPH, WHOLE = encoded(STREET), Box(X1, Y1, X2, Y2)
TORN = encoded(STREET)[:300]


def shot(event=0, claim=OTHER, data=PHOTOGRAPH, box=WHOLE):
    """A photograph of B1234XYZ; under another claim no photograph settles its event."""
    return Shot(data, box and corners(box), None, VehicleKind.CAR, View.REAR, claim, event)


def corners(box):
    return [box.x1, box.y1, box.x2, box.y2]


def looked_at(*shots):
    return [reading is not None for reading in look_at(shots, TERMS, None).readings]


@pytest.mark.parametrize(
    ("events", "looked"),
    [
        ((0,), (1,)),
        ((0, 0), (1, 1)),
        ((0, 0, 1, 1), (1, 1, 1, 1)),
        ((0, 0, 1, 1, 2, 2), (1, 1, 1, 0, 1, 0)),
        ((0, 1, 1, 2, 2), (1, 1, 1, 1, 0)),
        ((0, 1, 2, 3, 4, 5), (1, 1, 1, 1, 1, 1)),
        ((0, 0, 1, 1, 2, 2, 3, 3, 4, 4), (1, 0) * 5),
        ((), ()),
    ],
)
def test_the_events_of_a_passage_take_turns_and_none_is_left_out(events, looked):
    assert looked_at(*(shot(event) for event in events)) == [bool(one) for one in looked]


def test_a_photograph_that_does_not_decode_leaves_its_turn_to_the_next_of_its_event():
    assert looked_at(shot(0), shot(1), shot(2), shot(3), shot(4, data=TORN), shot(4)) == [True] * 4 + [False, True]
    assert looked_at(shot(0, data=b""), shot(0, data=TORN)) == [False, False]


def test_an_event_whose_plate_is_confirmed_leaves_its_turns_to_the_others():
    sure = [shot(event, CLAIM) for event in (0, 0, 1, 1, 2, 2)]
    assert looked_at(*sure) == [True, False] * 3
    doubtful = [replace(one, claim=OTHER) if one.event == 2 else one for one in sure]
    assert looked_at(*doubtful) == [True, False, True, False, True, True]


@pytest.fixture
def shown(monkeypatch):
    """The shape of each picture that the reader is given."""
    shapes, read = [], PlateReader.read

    def noting(self, picture, *more):
        shapes.append(picture.shape)
        return read(self, picture, *more)

    monkeypatch.setattr(PlateReader, "read", noting)
    return shapes


def frame(at, size=(1500, 2200)):
    """A large frame with the plate at (x, y), and the plate's box in it."""
    noise = np.random.default_rng(5).normal(110, 6, (*size, 1)).clip(0, 255).astype(np.uint8)
    picture, (height, width) = noise.repeat(3, axis=2), PLATE.shape[:2]
    picture[at[1] : at[1] + height, at[0] : at[0] + width] = PLATE
    return picture, Box(at[0], at[1], at[0] + width, at[1] + height)


def of_place(where):
    """(x, y) of the plate in the frame: in a corner of it, or free of its edges."""
    height, width = PLATE.shape[:2]
    return {"middle": (900, 700), "top left": (0, 0), "bottom right": (2200 - width, 1500 - height)}[where]


@pytest.mark.parametrize("where", ["middle", "top left", "bottom right"])
@pytest.mark.parametrize("wrong_by", [0, 12], ids=["exact", "shifted"])
def test_only_what_lies_round_the_box_is_shown_to_the_reader_and_it_reads_the_same(shown, where, wrong_by):
    picture, exact = frame(of_place(where))
    box = Box(exact.x1 - wrong_by, exact.y1, exact.x2 - wrong_by, exact.y2 + wrong_by)
    whole = PlateReader(terms=TERMS).read(picture, box, CLAIM)
    shown.clear()
    (reading,) = look_at([shot(data=encoded(picture), claim=CLAIM, box=box)], TERMS, None).readings
    ((height, width, _),) = shown
    assert height * width < 0.2 * picture.shape[0] * picture.shape[1]
    assert reading.text == whole.text == CLAIM
    assert reading.box == whole.box == box.clamped(2200, 1500)
    assert (reading.height_px, reading.sharpness) == (whole.height_px, whole.sharpness)
    assert reading.evidence.texts == whole.evidence.texts
    assert np.allclose(reading.evidence.scores, whole.evidence.scores, rtol=1e-3, atol=1e-3)


def test_corners_are_sought_beyond_the_box_as_in_the_whole_picture(shown):
    """A box that cuts the plate's sides off: what is read is read from outside it."""
    picture, exact = frame(of_place("middle"))
    tilt = cv2.getRotationMatrix2D((900 + exact.width / 2, 700 + exact.height / 2), 14, 1)
    picture = cv2.warpAffine(picture, tilt, (2200, 1500), borderMode=cv2.BORDER_REPLICATE)
    box = Box(exact.x1 + 14, exact.y1 - 8, exact.x2 - 14, exact.y2 + 8)
    reader = PlateReader(terms=TERMS)
    whole = reader.read(picture, box, CLAIM)
    assert len(reader.look(picture, box).board.looks) > 1, "a plain first look would have sought no corners"
    shown.clear()
    (reading,) = look_at([shot(data=encoded(picture), claim=CLAIM, box=box)], TERMS, None).readings
    assert len(shown) == 1
    assert (reading.text, reading.box) == (whole.text, whole.box)
    assert np.allclose(reading.evidence.scores, whole.evidence.scores, rtol=1e-3, atol=1e-3)


def test_the_whole_picture_is_searched_where_no_box_is_given_or_it_lies_outside(shown):
    picture, exact = frame((300, 200), (600, 900))
    for box in (None, Box(5000, 5000, 5100, 5040)):
        shown.clear()
        (reading,) = look_at([shot(data=encoded(picture), claim=CLAIM, box=box)], TERMS, None).readings
        assert shown == [(600, 900, 3)]
        assert reading.text == CLAIM
        assert abs(reading.box.x1 - exact.x1) < 20


def test_pictures_are_derived_from_the_place_of_the_plate_in_the_whole_photograph(monkeypatch):
    boxes = []
    monkeypatch.setattr(look, "_derive", lambda _photograph, plate, *_more: boxes.append(plate) or ())
    picture, exact = frame(of_place("middle"))
    look_at([shot(data=encoded(picture), claim=CLAIM, box=exact)], TERMS, None)
    assert boxes == [exact]
