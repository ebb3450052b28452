"""Boxes in pixels: known answers, and what every clamped or grown box obeys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.geometry import Box

SIDES = st.integers(min_value=-500, max_value=500)


@st.composite
def boxes(draw) -> Box:
    x1, y1 = draw(SIDES), draw(SIDES)
    return Box(x1, y1, x1 + draw(st.integers(1, 400)), y1 + draw(st.integers(1, 400)))


@pytest.mark.parametrize("turned", [(1, 1, 1, 5), (1, 1, 5, 1), (5, 1, 1, 5), (1, 5, 5, 1), (3, 3, 3, 3)])
def test_an_empty_or_turned_box_is_refused(turned) -> None:
    with pytest.raises(ValueError, match="a box needs x1 < x2 and y1 < y2"):
        Box(*turned)


def test_the_smallest_box_has_one_pixel() -> None:
    box = Box(4, 7, 5, 8)
    assert (box.width, box.height) == (1, 1)


def test_width_and_height_are_told_apart() -> None:
    box = Box(10, 20, 40, 100)
    assert (box.width, box.height) == (30, 80)


def test_a_box_is_cut_at_each_edge_of_the_picture() -> None:
    assert Box(-5, -7, 900, 800).clamped(640, 480) == Box(0, 0, 640, 480)
    assert Box(5, 7, 90, 80).clamped(640, 480) == Box(5, 7, 90, 80)
    with pytest.raises(ValueError, match="a box needs"):
        Box(640, 0, 700, 10).clamped(640, 480)


def test_a_margin_is_a_share_of_each_side_rounded_up() -> None:
    assert Box(100, 200, 140, 230).grown(0.25) == Box(90, 192, 150, 238)
    assert Box(0, 0, 10, 20).grown(0.0) == Box(0, 0, 10, 20)


@given(boxes(), st.integers(1, 600), st.integers(1, 600))
def test_a_cut_box_lies_in_box_and_picture(box, width, height) -> None:
    inside = max(box.x1, 0) < min(box.x2, width) and max(box.y1, 0) < min(box.y2, height)
    if not inside:
        with pytest.raises(ValueError, match="a box needs"):
            box.clamped(width, height)
        return
    cut = box.clamped(width, height)
    assert box.x1 <= cut.x1 < cut.x2 <= box.x2
    assert box.y1 <= cut.y1 < cut.y2 <= box.y2
    assert cut.x1 >= 0
    assert cut.y1 >= 0
    assert cut.x2 <= width
    assert cut.y2 <= height
    assert cut.clamped(width, height) == cut
