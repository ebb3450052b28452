import csv
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.shared import shared_dir

from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind
from cakra.evidence.derive import NOTICE_MAX_BYTES, Derived, notice_picture, plate_crop, vehicle_crop_masked
from cakra.evidence.hashes import sha256
from cakra.evidence.mask import View, plan_masking
from cakra.evidence.picture import Photograph, decode


@dataclass
class Scene:
    photograph: Photograph
    plate: Box
    kind: VehicleKind
    view: View


def scenes() -> list[Scene]:
    folder = shared_dir() / "plates"
    found = []
    with (folder / "labels.csv").open() as labels:
        for row in csv.DictReader(labels):
            if row["kind"] == "scene":
                *box, vehicle = row["meta"].split()
                kind = VehicleKind.MOTORCYCLE if vehicle in {"K1", "K2"} else VehicleKind.CAR
                view = View.FRONT if vehicle == "K3" else View.UNKNOWN
                found.append(Scene(decode((folder / row["file"]).read_bytes()), Box(*map(int, box)), kind, view))
    assert len(found) == 54
    return found


def pixels(derived: Derived) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(derived.data)), dtype=np.float64)


def detail(area: np.ndarray) -> float:
    """How much neighbouring pixels differ: edges of a face, letters of a plate."""
    return float(np.abs(np.diff(area, axis=0)).mean() + np.abs(np.diff(area, axis=1)).mean())


def part(image: np.ndarray, box: Box, origin: Box) -> np.ndarray:
    return image[box.y1 - origin.y1 : box.y2 - origin.y1, box.x1 - origin.x1 : box.x2 - origin.x1]


def test_real_scenes_keep_the_plate_and_lose_what_is_above_it():
    for scene in scenes():
        masking = plan_masking(scene.photograph.pixels.size, scene.plate, None, scene.kind, scene.view)
        shown = pixels(vehicle_crop_masked(scene.photograph, scene.plate, None, scene.kind, scene.view))
        extent = masking.extent
        assert shown.shape == (extent.height, extent.width, 3)
        original = part(np.asarray(scene.photograph.pixels, dtype=np.float64), extent, Box(0, 0, 1, 1))
        plate_before, plate_after = part(original, scene.plate, extent), part(shown, scene.plate, extent)
        assert np.abs(plate_before - plate_after).mean() < 6  # of 255: JPEG only
        assert detail(plate_after) > 0.8 * detail(plate_before)
        above_before = original[: masking.clear.y1 - extent.y1]
        above_after = shown[: masking.clear.y1 - extent.y1]
        assert detail(above_after) < 0.45 * detail(above_before) or detail(above_before) < 4
        assert np.abs(above_before - above_after).mean() > 1


def test_derived_pictures_carry_no_metadata_and_name_their_original():
    buffer = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "camera 7, Jalan Contoh"
    picture = Image.effect_noise((800, 600), 50).convert("RGB")
    picture.save(buffer, "JPEG", exif=exif, comment=b"operator", icc_profile=b"profile" * 40)
    photograph, plate = decode(buffer.getvalue()), Box(350, 400, 460, 435)
    for derived in (
        plate_crop(photograph, plate),
        vehicle_crop_masked(photograph, plate),
        notice_picture(photograph, plate),
    ):
        shown = Image.open(BytesIO(derived.data))
        assert (shown.format, shown.mode) == ("JPEG", "RGB")
        assert not shown.getexif()
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert b"Contoh" not in derived.data
        assert derived.sha256 == sha256(derived.data)
        assert derived.parent_sha256 == sha256(buffer.getvalue())
    assert photograph.pixels.tobytes() == decode(buffer.getvalue()).pixels.tobytes()


def test_the_same_recipe_gives_the_same_picture():
    scene = scenes()[0]
    made = [notice_picture(scene.photograph, scene.plate, None, scene.kind, scene.view) for _ in range(2)]
    assert made[0] == made[1]
    assert "crop=" in made[0].recipe
    assert "clear=" in made[0].recipe


def test_a_notice_picture_fits_its_message_and_can_be_stamped():
    noise = np.random.default_rng(7).integers(0, 256, (2160, 3840, 3), np.uint8)
    photograph = Photograph(Image.fromarray(noise), sha256(b"4K"))
    plate, vehicle = Box(1700, 1500, 2300, 1690), Box(200, 100, 3600, 2100)
    plain = notice_picture(photograph, plate, vehicle, VehicleKind.CAR, View.FRONT)
    stamped = notice_picture(photograph, plate, vehicle, VehicleKind.CAR, View.FRONT, stamp="CONTOH")
    for picture in (plain, stamped):
        assert len(picture.data) <= NOTICE_MAX_BYTES
        assert max(Image.open(BytesIO(picture.data)).size) <= 1280
    band = pixels(stamped)[2:10, :40].mean(axis=(0, 1))
    assert band[0] > band[1] + 80
    assert "stamp=CONTOH" in stamped.recipe
    with pytest.raises(ValueError, match="fits into 10 bytes"):
        notice_picture(photograph, plate, vehicle, max_bytes=10)


def test_unsure_geometry_leaves_the_plate_alone_clear():
    size, plate = (1000, 800), Box(400, 500, 520, 540)
    sure = plan_masking(size, plate, None, VehicleKind.CAR, View.FRONT).clear
    assert sure.y1 < plate.y1 - 40
    far_vehicle = Box(0, 0, 200, 200)
    for clear in (
        plan_masking(size, plate, None, VehicleKind.UNKNOWN, View.FRONT).clear,
        plan_masking(size, plate, far_vehicle, VehicleKind.CAR, View.FRONT).clear,
        plan_masking(size, plate, None, VehicleKind.SPECIAL, View.FRONT).clear,
    ):
        assert clear.y1 >= plate.y1 - 5
        assert clear.x1 >= plate.x1 - 7
        assert clear.y2 <= plate.y2 + 7
    face_shaped = Box(400, 300, 500, 420)
    clear = plan_masking(size, face_shaped, None, VehicleKind.CAR, View.FRONT).clear
    assert clear.height <= face_shaped.height * 1.15


def test_a_motorcycle_shows_nothing_beside_or_above_its_plate():
    plate = Box(300, 400, 420, 450)
    clear = plan_masking((800, 800), plate, None, VehicleKind.MOTORCYCLE, View.FRONT).clear
    assert (clear.x1, clear.x2) == (plate.x1, plate.x2)
    assert plate.y1 - 5 <= clear.y1 <= plate.y1


def test_the_clear_zone_never_leaves_the_vehicle():
    vehicle = Box(390, 100, 530, 600)
    plate = Box(400, 500, 520, 540)
    clear = plan_masking((1000, 800), plate, vehicle, VehicleKind.CAR, View.FRONT).clear
    assert (clear.x1, clear.x2) == (vehicle.x1, vehicle.x2)


sides = st.integers(-50, 900)


boxes = st.builds(
    lambda x, y, width, height: Box(x, y, x + width, y + height),
    sides,
    sides,
    st.integers(1, 900),
    st.integers(1, 900),
)


@given(plate=boxes, vehicle=st.none() | boxes, kind=st.sampled_from(VehicleKind), view=st.sampled_from(View))
def test_any_box_gives_a_plan_inside_the_picture_or_an_error(plate, vehicle, kind, view):
    size = (800, 600)
    try:
        seen = plate.clamped(*size)
    except ValueError:
        with pytest.raises(ValueError, match="a box needs"):
            plan_masking(size, plate, vehicle, kind, view)
        return
    masking = plan_masking(size, plate, vehicle, kind, view)
    for box in (masking.extent, masking.clear):
        assert box == box.clamped(*size)
    assert masking.clear.y1 >= seen.y1 - 0.46 * seen.width - 1
    assert masking.cell >= 12


@given(
    x1=st.integers(-100, 100),
    y1=st.integers(-100, 100),
    width=st.integers(1, 100),
    height=st.integers(1, 100),
    fraction=st.floats(0, 2),
)
def test_boxes_grow_around_themselves_and_stay_inside_when_clamped(x1, y1, width, height, fraction):
    box = Box(x1, y1, x1 + width, y1 + height)
    grown = box.grown(fraction)
    assert grown.x1 <= box.x1
    assert grown.y2 >= box.y2
    assert grown.width >= box.width * (1 + 2 * fraction) - 1e-6
    assert (box.width, box.height) == (width, height)
    if x1 + width > 0 and y1 + height > 0 and x1 < 50 and y1 < 50:
        clamped = box.clamped(50, 50)
        assert clamped.x1 >= 0
        assert clamped.y2 <= 50


@pytest.mark.parametrize("corners", [(3, 3, 3, 9), (5, 5, 2, 9), (1, 9, 4, 9)])
def test_an_empty_or_turned_box_is_refused(corners):
    with pytest.raises(ValueError, match="x1 < x2"):
        Box(*corners)
