"""The plate finder on streets drawn by our own press: found where drawn, corners near the true ones, never a crash."""

import cv2
import numpy as np
import pytest

from cakra.core.geometry import Box
from cakra.plates.finder import PlateFinder, Quad, rectified
from cakra.plates.model import FINDER, ModelMissingError, verified_bytes
from cakra.plates.training.drawing.face import draw_face
from cakra.plates.training.drawing.press import Press

NOTHING = {
    "black": np.zeros((300, 400, 3), np.uint8),
    "white": np.full((300, 400, 3), 255, np.uint8),
    "one pixel": np.zeros((1, 1, 3), np.uint8),
    "one row": np.zeros((1, 900, 3), np.uint8),
    "one column": np.zeros((900, 1, 3), np.uint8),
}


@pytest.fixture(scope="module")
def finder():
    return PlateFinder()


def street(seed, wide=150, turn=0.0, shape=(420, 560)):
    """A plain street with one plate in a recess: the picture and the plate's corners."""
    rng = np.random.default_rng(seed)
    face = draw_face(Press(rng), ["B", str(rng.integers(1000, 9999)), "XKT"], rng).grey
    face = np.clip((face - face.min()) * 230 / np.ptp(face), 0, 255).astype(np.uint8)
    tall = wide * face.shape[0] / face.shape[1]
    spot = rng.uniform(0.35, 0.65, 2) * shape[::-1]
    half = np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]]) / 2
    cos, sin = np.cos(turn), np.sin(turn)
    quad = (half @ np.array([[cos, sin], [-sin, cos]]) + spot).astype(np.float32)
    picture = np.full(shape, 120, np.uint8)
    cv2.rectangle(picture, (60, 40), (shape[1] - 60, shape[0] - 40), 90, -1)
    recess = (spot + half * 1.3).astype(np.int32)
    cv2.fillConvexPoly(picture, recess, 60)
    high, across = face.shape
    matrix = cv2.getPerspectiveTransform(np.array([[0, 0], [across, 0], [across, high], [0, high]], np.float32), quad)
    soft = cv2.GaussianBlur(face, (0, 0), 1.0)
    cv2.warpPerspective(soft, matrix, shape[::-1], picture, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), quad


def overlap(one, other):
    low, high = np.maximum(one.min(axis=0), other.min(axis=0)), np.minimum(one.max(axis=0), other.max(axis=0))
    common = np.prod(np.maximum(0, high - low))
    return common / (np.prod(np.ptp(one, axis=0)) + np.prod(np.ptp(other, axis=0)) - common)


def test_plates_are_found_where_they_were_drawn(finder):
    streets = [street(seed, wide=110 + 12 * seed) for seed in range(8)]
    found = [finder.quads(picture) for picture, _ in streets]
    hits = [
        bool(quads) and overlap(quads[0].corners, quad) > 0.5 for quads, (_, quad) in zip(found, streets, strict=True)
    ]
    assert sum(hits) >= 7
    assert all(len(quads) <= 5 for quads in found)
    assert all(list(quads) == sorted(quads, key=lambda quad: -quad.score) for quads in found)


@pytest.mark.parametrize("turn", [-0.18, 0.0, 0.18])
def test_the_corners_follow_a_tilted_plate(finder, turn):
    errors = []
    for seed in range(4):
        picture, quad = street(seed, turn=turn)
        (left, top), (right, bottom) = np.floor(quad.min(axis=0)), np.ceil(quad.max(axis=0))
        seen = finder.corners_in(picture, Box(int(left), int(top), int(right), int(bottom)))
        if seen is not None:
            errors.append(np.linalg.norm(seen.corners - quad, axis=1).mean() / seen.tall)
    assert len(errors) >= 3
    assert np.median(errors) < 0.3


@pytest.mark.parametrize("times", [2, 5])
def test_the_corners_of_a_large_plate_are_those_of_a_small_one(finder, times):
    found = []
    for seed in range(6):
        picture, quad = street(seed, wide=110)
        large = cv2.resize(picture, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
        for one, corners in ((picture, quad), (large, quad * times)):
            (left, top), (right, bottom) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
            seen = finder.corners_in(one, Box(int(left), int(top), int(right), int(bottom)))
            found.append(None if seen is None else seen.corners / (times if one is large else 1))
    pairs = [(small, big) for small, big in zip(found[::2], found[1::2], strict=True) if small is not None]
    assert len(pairs) >= 3
    assert sum(big is not None and np.abs(big - small).max() < 6 for small, big in pairs) >= len(pairs) - 1


def test_a_large_photograph_is_searched_too(finder):
    picture, quad = street(3, wide=150)
    large = np.full((1500, 2400, 3), 110, np.uint8)
    large[700 : 700 + picture.shape[0], 1100 : 1100 + picture.shape[1]] = picture
    quads = finder.quads(large)
    assert any(overlap(one.corners, quad + np.float32([1100, 700])) > 0.4 for one in quads)


def test_a_rectified_plate_has_its_own_size_and_lies_flat():
    picture = np.zeros((200, 300, 3), np.uint8)
    corners = np.array([[60, 80], [220, 100], [216, 150], [56, 130]], np.float32)
    cv2.fillConvexPoly(picture, corners.astype(np.int32), (255, 255, 255))
    quad = Quad(corners, 1.0)
    flat = rectified(picture, quad, 0.0)
    assert flat.shape == (round(quad.tall), round(quad.wide), 3)
    assert flat[3:-3, 3:-3].mean() > 250
    assert rectified(picture, quad, 0.1).shape[1] == pytest.approx(1.2 * quad.wide, abs=1)
    small = rectified(picture, quad, 0.0, widest=80)
    assert small.shape[1] == 80
    assert small.shape[0] == pytest.approx(80 * quad.tall / quad.wide, abs=1)
    assert small[3:-3, 3:-3].mean() > 250


@pytest.mark.parametrize("name", NOTHING)
def test_where_there_is_nothing_nothing_is_found(finder, name):
    picture = NOTHING[name]
    assert finder.quads(picture) == []
    assert finder.corners_in(picture, Box(0, 0, picture.shape[1], picture.shape[0])) is None


def test_a_damaged_finder_is_refused(tmp_path):
    content = bytearray(verified_bytes(FINDER, None))
    content[len(content) // 2] ^= 1
    (tmp_path / FINDER.name).write_bytes(content)
    with pytest.raises(ModelMissingError, match=r"plate-finder\.onnx is not the one that was measured"):
        PlateFinder(tmp_path)


def test_a_missing_finder_is_told_with_what_to_install(tmp_path):
    with pytest.raises(ModelMissingError, match="Install cakra again"):
        PlateFinder(tmp_path)
