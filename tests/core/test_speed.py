import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.law_texts import law_book

RULES = law_book().speed
SPEEDS = st.floats(min_value=0, max_value=350)


def judge(measured, *, limit=50.0, trigger=None, calibrated=True):
    return RULES.judge(measured, limit_kmh=limit, trigger_kmh=trigger, calibrated=calibrated).violates


@pytest.mark.parametrize(
    ("measured", "limit", "trigger", "violates"),
    [
        (55, 50, None, False),
        (55.1, 50, None, True),
        (50, 50, None, False),
        (121, 80, 120, True),
        (119.9, 80, 120, False),
        (120, 80, 120, True),
        (206.1, 200, None, False),
        (206.3, 200, None, True),
    ],
)
def test_tolerance_is_the_drivers_and_the_trigger_the_cameras(measured, limit, trigger, violates):
    assert judge(measured, limit=limit, trigger=trigger) is violates


@pytest.mark.parametrize(
    "unknown",
    [
        {"measured": None},
        {"measured": math.nan},
        {"measured": math.inf},
        {"measured": -1.0},
        {"measured": 120, "limit": None},
        {"measured": 120, "limit": 0},
        {"measured": 120, "limit": -50},
        {"measured": 120, "limit": math.nan},
        {"measured": 120, "limit": math.inf},
        {"measured": 350.1},
        {"measured": 120, "calibrated": False},
    ],
)
def test_what_is_not_known_is_an_officers(unknown):
    assert judge(**unknown) is None


@given(SPEEDS, SPEEDS, st.floats(min_value=10, max_value=120))
def test_a_faster_passage_is_never_judged_milder(one, other, limit):
    slower, faster = sorted((one, other))
    assert judge(slower, limit=limit) <= judge(faster, limit=limit)


@given(SPEEDS)
def test_the_correction_never_adds_speed_and_never_goes_below_zero(measured):
    assert 0 <= RULES.corrected(measured) <= measured


def test_the_tolerance_is_the_one_on_file():
    assert [RULES.corrected(speed) for speed in (0, 4, 5, 60, 100, 200, 300)] == [0, 0, 0, 55, 95, 194, 291]


def test_the_reason_shows_all_three_figures():
    finding = RULES.judge(72, limit_kmh=50, calibrated=True)
    assert finding.reason_en == "Over the limit: measured 72 km/h, after tolerance 67 km/h, limit 50 km/h"


def test_the_fastest_speed_there_is_can_be_measured_and_set_as_a_limit():
    assert judge(350, limit=50) is True
    assert judge(350.1, limit=50) is None
    assert judge(350, limit=350) is False
    assert judge(100, limit=350.1) is None
    assert judge(100, limit=1) is True
    assert judge(0, limit=1) is False
