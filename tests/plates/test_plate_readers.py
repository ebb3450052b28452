"""What is spared in reading changes nothing that is read."""

from dataclasses import replace
from math import inf

import cv2
import numba
import numpy as np
import onnxruntime as ort
import pytest
from tests.plates.rendered import rendered

from cakra.core.geometry import Box
from cakra.kit.compiled import compiled
from cakra.plates.decision.calibration import GENERIC, OWN
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.posterior import posterior
from cakra.plates.decision.terms import terms_of
from cakra.plates.model import RECOGNITION, verified_bytes
from cakra.plates.pixels import at_most, evened, grey_of, shrunk
from cakra.plates.reader import PlateReader
from cakra.plates.recogniser import Recogniser, tensor
from cakra.plates.texts.board import Board


@pytest.fixture(scope="module")
def whole_model():
    options = ort.SessionOptions()
    options.log_severity_level = 3
    return ort.InferenceSession(verified_bytes(RECOGNITION, None), options, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("groups", [("B", "1234", "XYZ"), ("AB", "1205", "O"), ("SELAMAT",)])
def test_the_general_reader_gives_the_classes_of_plates_the_odds_of_the_whole_model(whole_model, groups):
    line = tensor(grey_of(rendered(groups)))
    reader = Recogniser(None, 1)
    ours = reader.infer(line)
    (every,) = whole_model.run(None, {"x": line})
    theirs = every[0][:, reader.classes]
    assert ours.shape[1] < 0.02 * every.shape[2]
    assert ours == pytest.approx(theirs / theirs.sum(axis=1, keepdims=True), rel=1e-3, abs=1e-6)


def test_contrast_is_brought_to_one_measure_and_noise_is_left_weak():
    seen = evened(np.random.default_rng(1).integers(60, 180, (48, 176)).astype(np.uint8))
    assert (float(seen.mean()), float(seen.std())) == pytest.approx((0.0, 1.0), abs=1e-3)
    assert np.abs(evened(np.random.default_rng(1).integers(99, 101, (48, 176)).astype(np.uint8))).max() < 0.2


@pytest.mark.parametrize(("height", "width"), [(189, 601), (96, 352), (48, 177), (500, 20)])
def test_a_picture_made_smaller_has_the_mean_of_what_it_covers(height, width):
    rising = np.linspace(0, 255, width).astype(np.uint8)[None].repeat(height, axis=0)
    small = shrunk(rising, 16, 8)
    assert small.shape == (8, 16)
    assert small.mean() == pytest.approx(rising.mean(), abs=3)
    assert at_most(rising, 352).shape[1] == min(width, 352)


def test_sums_are_compiled_anew_where_no_folder_can_be_written(monkeypatch):
    real = numba.njit

    def nowhere(*functions, **asked):
        if "cache" in asked:
            raise RuntimeError("cannot cache function: no locator available")
        return real(*functions, **asked)

    monkeypatch.setattr(numba, "njit", nowhere)

    @compiled
    def doubled(number: float) -> float:
        return 2 * number

    assert doubled(2.5) == 5.0
    assert doubled.made().nopython_signatures, "it is machine code all the same"


def test_the_plate_is_looked_at_again_only_while_the_looks_so_far_are_not_enough():
    plate = rendered(("B", "1234", "XYZ"))
    height, width = plate.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -12, 1)
    slanting = cv2.warpAffine(plate, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    whole = Box(0, 0, width, height)
    shipped = terms_of(load_calibration())

    def seen(needed):
        accept = dict.fromkeys(shipped.thresholds.accept, needed)
        reader = PlateReader(terms=replace(shipped, thresholds=replace(shipped.thresholds, accept=accept)))
        return reader.look(slanting, whole).board.looks

    def sure_of(looks):
        evidence = Board(looks, ["B1234XYZ"]).evidence()
        return posterior([evidence], shipped.calibration, shipped.assumed, "B1234XYZ").factor

    every = seen(inf)
    assert [look.reader for look in every] == [OWN, OWN, GENERIC]
    once, twice = sure_of(every[:1]), sure_of(every[:2])
    assert once < twice, "laid flat it is plainer"
    assert [look.reader for look in seen(once - 0.1)] == [OWN]
    assert [look.reader for look in seen(twice - 0.1)] == [OWN, OWN]
    assert [look.reader for look in seen(twice + 0.1)] == [OWN, OWN, GENERIC]
