"""What the networks learn on: every kind of plate, and everything that the road, the light and a camera do to it."""

from collections import Counter

import numpy as np
import pytest

from cakra.core.identifiers.plate import PlateError, PlateKind, parse_plate
from cakra.plates.training.drawing.face import draw_face
from cakra.plates.training.drawing.press import Press
from cakra.plates.training.drawing.shutter import by_infra_red, photograph
from cakra.plates.training.drawing.wear import bent, dirt, frame, screws, sticker
from cakra.plates.training.drawing.wording import draw_groups

_DRAWN = 6000
_LEAST = 20


def kinds_of(groups):
    """What a drawn number is an example of."""
    try:
        plate = parse_plate(("-" if groups[0].isdigit() else "").join(groups))
    except PlateError:
        return ["no region of ours"]
    found = [plate.kind.value]
    if plate.kind is PlateKind.CIVIL:
        found += ["no series"] if not plate.series else ["ZZ"] if plate.series.startswith("ZZ") else []
        found += ["one digit"] if len(plate.number) == 1 else []
    return found


def test_every_kind_of_plate_is_drawn():
    rng = np.random.default_rng(1)
    found = Counter(kind for _ in range(_DRAWN) for kind in kinds_of(draw_groups(rng)))
    wanted = [kind.value for kind in PlateKind if kind is not PlateKind.VOID]
    assert {kind: found[kind] for kind in [*wanted, "no series", "ZZ", "one digit"] if found[kind] < _LEAST} == {}


def test_plates_are_light_on_dark_and_dark_on_light_for_cars_and_for_motorcycles():
    rng = np.random.default_rng(2)
    press = Press(rng)
    faces = [draw_face(press, ["B", "1234", "XYZ"], rng).grey for _ in range(60)]
    dark = {bool(np.median(grey) < 110) for grey in faces}
    motorcycles = {grey.shape[1] < 2.85 * grey.shape[0] for grey in faces}
    assert (dark, motorcycles) == ({True, False}, {True, False})


@pytest.mark.parametrize(
    "hang",
    [dirt, sticker, frame, lambda grey, rng: screws(grey, [(150.0, 40.0)], rng)],
    ids=["dirt", "sticker", "frame", "screws"],
)
def test_what_hangs_on_a_plate_hides_a_part_of_it(hang):
    shares = []
    for seed in range(20):
        grey = np.full((96, 300), 128, np.float32)
        hang(grey, np.random.default_rng(seed))
        shares.append(float((np.abs(grey - 128) > 1).mean()))
    assert 0 < np.mean(shares) < 0.4
    assert max(shares) < 0.7


def test_the_rows_of_a_bent_sheet_rise_and_fall():
    grey = np.tile(np.linspace(0, 255, 96, dtype=np.float32)[:, None], (1, 300))
    sheet = bent(grey, np.random.default_rng(3))
    straight = np.ptp(grey, axis=1).max()
    assert sheet.shape == grey.shape
    assert straight == 0 < np.ptp(sheet[30:60], axis=1).min()


def test_by_infra_red_a_bright_ground_glares_and_no_ink_grows_darker():
    grey = np.full((96, 300), 230, np.float32)
    grey[30:60, 100:110] = 20
    lit = by_infra_red(grey, np.random.default_rng(4))
    assert lit.max() <= 255
    assert (lit >= grey - 1e-3).all() or np.ptp(lit) < np.ptp(grey), "brighter, or colours nearly alike"


def test_hardship_is_in_the_pictures():
    press = Press(np.random.default_rng(5))

    def mean_height(hardship):
        rng = np.random.default_rng(6)
        shots = [photograph(draw_face(press, ["B", "1234", "XYZ"], rng), rng, hardship) for _ in range(300)]
        return np.mean([shot.grey.shape[0] for shot in shots])

    assert mean_height(0.0) > mean_height(1.0)
