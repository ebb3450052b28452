"""People are never recognisable in derived pictures: by construction, and on every sample scene."""

import csv
from io import BytesIO

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.shared import shared_dir

from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind
from cakra.evidence.derive import faces_near, notice_picture, plate_crop, vehicle_crop_masked
from cakra.evidence.faces import FaceFinder, FaceModelError
from cakra.evidence.mask import Masking, View, hide_faces, masked, plan_masking
from cakra.evidence.picture import Photograph, decode

SIZE = (320, 240)
CARS = {VehicleKind.CAR, VehicleKind.BUS, VehicleKind.TRUCK}
boxes = st.builds(
    lambda x, y, width, height: Box(x, y, x + width, y + height),
    st.integers(-40, 300),
    st.integers(-40, 220),
    st.integers(8, 200),
    st.integers(4, 120),
)


@pytest.fixture(scope="module")
def finder():
    return FaceFinder()


@pytest.fixture(scope="module")
def scenes():
    """Every labelled scene: photograph, plate box, kind and the name of its file."""
    folder = shared_dir() / "plates"
    found = []
    with (folder / "labels.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            if row["kind"] == "scene":
                *box, group = row["meta"].split()
                kind = VehicleKind.MOTORCYCLE if group in {"K1", "K2"} else VehicleKind.CAR
                found.append((decode((folder / row["file"]).read_bytes()), Box(*map(int, box)), kind, row["file"]))
    assert len(found) == 54
    return found


def turned_within_cells(picture: Image.Image, masking: Masking) -> Image.Image:
    """Another picture with the same colour in each cell: what lies wholly inside a cell is turned upside down."""
    pixels, extent = np.asarray(picture).copy(), masking.extent
    across, down = max(1, extent.width // (2 * masking.cell)), max(1, extent.height // masking.cell)
    for row in range(down):
        for column in range(across):
            left = extent.x1 + -(-extent.width * column // across)
            right = extent.x1 + extent.width * (column + 1) // across
            top = extent.y1 + -(-extent.height * row // down)
            bottom = extent.y1 + extent.height * (row + 1) // down
            pixels[top:bottom, left:right] = pixels[top:bottom, left:right][::-1, ::-1].copy()
    return Image.fromarray(pixels)


def outside(shown: Image.Image, masking: Masking) -> np.ndarray:
    """The pixels that are not clear, signed."""
    pixels = np.asarray(shown).astype(int)
    if masking.clear is not None:
        extent, clear = masking.extent, masking.clear
        pixels[clear.y1 - extent.y1 : clear.y2 - extent.y1, clear.x1 - extent.x1 : clear.x2 - extent.x1] = 0
    return pixels


@settings(max_examples=60, deadline=None)
@given(
    plate=boxes,
    vehicle=st.none() | boxes,
    kind=st.sampled_from(VehicleKind),
    view=st.sampled_from(View),
    seed=st.integers(0, 2**32 - 1),
)
def test_nothing_finer_than_a_cell_survives_outside_the_clear_zone(plate, vehicle, kind, view, seed):
    """Two pictures with the same colours a cell and all detail turned around are the same when masked."""
    assume(plate.x1 < SIZE[0] - 3 and plate.x2 > 3 and plate.y1 < SIZE[1] - 3 and plate.y2 > 3)
    noise = np.random.default_rng(seed).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    picture = Image.fromarray(noise)
    masking = plan_masking(SIZE, plate, vehicle, kind, view)
    one, other = (masked(each, masking) for each in (picture, turned_within_cells(picture, masking)))
    # Pillow's mean may round a colour to the next of 32 levels (8 of 255), which the blending overshoots a little.
    assert np.abs(outside(one, masking) - outside(other, masking)).max() <= 12


@given(plate=boxes, vehicle=st.none() | boxes, kind=st.sampled_from(VehicleKind), view=st.sampled_from(View))
def test_a_cell_is_at_least_a_head_high(plate, vehicle, kind, view):
    """By the plate's width and by the widest vehicle there is: a face (150 by 220 mm) lies on four cells at most."""
    assume(plate.x1 < SIZE[0] and plate.x2 > 0 and plate.y1 < SIZE[1] and plate.y2 > 0)
    masking = plan_masking(SIZE, plate, vehicle, kind, view)
    assert masking.cell >= plate.clamped(*SIZE).width * 240 / (430 if kind in CARS else 275)
    if vehicle is not None:
        assert masking.cell >= vehicle.width * 240 / 2500


def test_no_second_plate_fits_beside_or_below_the_first():
    """A motorcycle's plate beside or before a car is 0.64 plate widths wide and 0.26 high, or larger."""
    plate = Box(400, 500, 500, 530)
    for view in View:
        clear = plan_masking((1000, 800), plate, None, VehicleKind.CAR, view).clear
        assert clear is not None
        assert plate.x1 - clear.x1 < 64
        assert clear.x2 - plate.x2 < 64
        assert clear.y2 - plate.y2 < 26


def test_a_face_in_the_clear_zone_takes_it_away():
    picture = Image.new("RGB", (600, 600), (40, 90, 160))
    plate = Box(250, 400, 350, 430)
    plan = plan_masking(picture.size, plate, None, VehicleKind.CAR, View.FRONT)
    beside = hide_faces(plan, plate, [Box(355, 370, 380, 395)])
    assert beside.clear == plate
    assert hide_faces(plan, plate, [Box(300, 405, 330, 440)]).clear is None
    far = hide_faces(plan, plate, [Box(120, 150, 160, 200)])
    assert far.clear == plan.clear
    picture.paste((230, 180, 150), (120, 150, 160, 200))
    skin, hidden = (np.asarray(masked(picture, each)).astype(int) for each in (plan, far))
    spot = slice(150 - plan.extent.y1, 200 - plan.extent.y1), slice(120 - plan.extent.x1, 160 - plan.extent.x1)
    assert skin[spot][..., 0].max() - skin[-5:, :, 0].max() > 30  # its colour was there
    assert abs(int(hidden[spot][..., 0].max()) - int(hidden[-5:, :, 0].max())) <= 12


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB")


def whole(picture: Image.Image) -> Box:
    return Box(0, 0, *picture.size)


def test_no_face_is_found_in_any_picture_made_of_the_sample_scenes(finder, scenes):
    seen, left = set(), set()
    for photograph, plate, kind, name in scenes:
        faces = faces_near(photograph, finder, plate, vehicle=None, kind=kind, view=View.FRONT)
        seen |= {name for _ in faces}
        assert all(face.y2 <= plate.y1 for face in faces), name  # no plate is taken for a face
        made = vehicle_crop_masked(photograph, plate, None, kind, View.FRONT, faces=faces)
        plan = plan_masking(photograph.pixels.size, plate, None, kind, View.FRONT)
        shown = opened(made.data)
        left |= {name for _ in finder.find(shown, whole(shown), plan.cell)}
    assert "scenes/ex_003.jpg" in seen  # the only face in plain view so near to a plate
    assert len(seen) <= 3
    assert left <= {"scenes/ex_001.jpg"}  # looked at by a person: the scooter's lamp below the plate


def test_a_box_that_holds_a_face_shows_nothing(finder, scenes):
    """Somebody's box is wrong: the rider's face is taken for the plate."""
    photograph = next(photograph for photograph, _, _, name in scenes if name.endswith("ex_003.jpg"))
    wrong = Box(215, 4, 305, 44)
    faces = faces_near(photograph, finder, wrong, vehicle=None, kind=VehicleKind.MOTORCYCLE, view=View.FRONT)
    assert faces
    for derived in (
        plate_crop(photograph, wrong, faces),
        vehicle_crop_masked(photograph, wrong, None, VehicleKind.MOTORCYCLE, View.FRONT, faces=faces),
        notice_picture(photograph, wrong, None, VehicleKind.MOTORCYCLE, View.FRONT, faces=faces),
    ):
        shown = opened(derived.data)
        assert finder.find(shown, whole(shown), 60) == []
        assert "faces=" in derived.recipe
    unguarded = opened(plate_crop(photograph, wrong).data)
    assert finder.find(unguarded, whole(unguarded), 60) or finder.find(photograph.pixels, wrong, 60)


def test_another_model_is_refused(tmp_path):
    missing, other = tmp_path / "missing.tflite", tmp_path / "other.tflite"
    other.write_bytes(b"not the measured one")
    with pytest.raises(FaceModelError, match="cannot be read"):
        FaceFinder(missing)
    with pytest.raises(FaceModelError, match="not the one that was measured"):
        FaceFinder(other)


def test_a_picture_without_anybody_has_no_face(finder):
    grey = Photograph(Image.new("RGB", (200, 100), (90, 90, 90)), b"")
    plate = Box(60, 40, 120, 60)
    assert faces_near(grey, finder, plate, vehicle=None, kind=VehicleKind.CAR, view=View.REAR) == ()
