"""When a camera is no longer believed: rare where it is as agreed, soon where it is not, and never to and fro."""

import random
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.journey.watching.rules import (
    BUCKETS,
    EDGES,
    TRUST,
    Agreement,
    CameraTrust,
    Cause,
    Judgement,
    Limits,
    judge,
    shift_of,
    suspicion_after,
)

LIMITS = Limits()
STOP = log(LIMITS.fall_back_run)
COUNTS = st.lists(st.integers(0, 5000), min_size=BUCKETS, max_size=BUCKETS)


def drawn(share, count, seed):
    source = random.Random(seed)
    return [source.random() < share for _ in range(count)]


def fall_backs(share, decisions, seed):
    """How often one camera falls back, each time trusted again at once."""
    suspicion, found = 0.0, 0
    for agreed in drawn(share, decisions, seed):
        suspicion = suspicion_after(suspicion, [agreed], LIMITS)
        if suspicion >= STOP:
            suspicion, found = 0.0, found + 1
    return found


def decisions_until_human(share, seed):
    suspicion = 0.0
    for place, agreed in enumerate(drawn(share, 2000, seed), 1):
        suspicion = suspicion_after(suspicion, [agreed], LIMITS)
        if judge(TRUST, suspicion, None, LIMITS).outcome is CameraTrust.HUMAN:
            return place
    return None


def test_cameras_just_as_agreed_fall_back_no_oftener_than_is_stated():
    cameras, decisions = 200, 1000
    found = sum(fall_backs(LIMITS.agreed, decisions, seed) for seed in range(cameras))
    assert 0 < found <= cameras * decisions / LIMITS.fall_back_run


def test_cameras_better_than_agreed_never_fell_back():
    assert not any(fall_backs(0.98, 1000, seed) for seed in range(60))


def test_a_drop_to_four_fifths_is_caught_within_130_decisions_in_nine_of_ten_cameras():
    told = [decisions_until_human(0.80, seed) for seed in range(300)]
    assert all(told), "every one is caught in the end"
    assert sorted(told)[len(told) * 9 // 10] <= 130
    assert sum(told) / len(told) == pytest.approx(LIMITS.usual_delay, rel=0.15)


def test_a_handful_of_errors_decides_nothing():
    assert suspicion_after(0.0, [False] * 4, LIMITS) < log(LIMITS.alarm_run)
    assert suspicion_after(0.0, [False] * 6, LIMITS) < STOP
    assert suspicion_after(0.0, [False] * 7, LIMITS) >= STOP


@given(st.floats(0, 30), st.lists(st.booleans(), max_size=60))
def test_the_sum_is_never_negative_and_stays_once_it_stopped(suspicion, words):
    after = suspicion_after(suspicion, words, LIMITS)
    assert after >= 0
    if suspicion >= STOP:
        assert after == suspicion


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_the_interval_holds_the_share(one, other):
    agreed, decided = min(one, other), max(one, other)
    low, high = Agreement(agreed, decided).interval
    assert 0 <= low <= high <= 1
    if decided:
        assert low - 1e-9 <= agreed / decided <= high + 1e-9


def test_the_interval_is_wilson_s():
    # 81 of 263, 95 %: 0.2553 to 0.3662 (Newcombe 1998, Statistics in Medicine 17, table I, method 3).
    assert Agreement(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=5e-5)


@given(COUNTS)
def test_the_same_scores_are_no_shift(counts):
    shift = shift_of(counts, counts, LIMITS)
    if sum(counts) < LIMITS.least_readings:
        assert shift is None
    else:
        assert shift.index == pytest.approx(0)
        assert not shift.found


@given(COUNTS, COUNTS)
def test_a_shift_is_no_less_than_nothing_and_its_limit_no_less_than_agreed(one, other):
    shift = shift_of(one, other, LIMITS)
    if shift is not None:
        assert shift.index >= 0
        assert shift.limit >= LIMITS.shift
        assert not (shift.found and shift.over)


def histogram(mean, count, seed):
    source = random.Random(seed)
    counts = [0] * BUCKETS
    for _ in range(count):
        score = source.gauss(mean, 4)
        counts[1 + sum(score >= edge for edge in EDGES)] += 1
    return counts


def test_chance_alone_hardly_ever_alarms_and_weaker_scores_do():
    reference = histogram(9, 800, 0)
    chance = [shift_of(reference, histogram(9, 400, seed), LIMITS).found for seed in range(1, 201)]
    assert sum(chance) <= 1
    weaker = shift_of(reference, histogram(5, 400, 1), LIMITS)
    assert weaker.found
    assert weaker.lower
    assert not shift_of(reference, histogram(12, 400, 1), LIMITS).lower


@given(st.floats(0, 40), st.sets(st.sampled_from(Cause)))
def test_nothing_but_an_officer_ends_a_fall_back(suspicion, causes):
    before = Judgement(CameraTrust.HUMAN, frozenset(causes))
    assert judge(before, suspicion, None, LIMITS) == before


@given(st.floats(0, 40), COUNTS, COUNTS)
def test_scores_never_make_a_camera_fall_back(suspicion, one, other):
    after = judge(TRUST, suspicion, shift_of(one, other, LIMITS), LIMITS)
    assert (after.outcome is CameraTrust.HUMAN) == (suspicion >= STOP)
    assert (after.outcome is CameraTrust.TRUSTED) == (not after.causes)


def test_an_alarm_does_not_flap_about_its_limit():
    limit = log(LIMITS.alarm_run)
    alarmed = judge(TRUST, limit, None, LIMITS)
    assert alarmed == Judgement(CameraTrust.ALARM, frozenset({Cause.AGREEMENT}))
    assert judge(TRUST, limit - 0.1, None, LIMITS) == TRUST
    assert judge(alarmed, limit - 0.1, None, LIMITS) == alarmed
    assert judge(alarmed, limit / 2 - 0.1, None, LIMITS) == TRUST


@pytest.mark.parametrize("changes", [{"poor": 0.96}, {"agreed": 1.0}, {"alarm_run": 20_000.0}, {"poor": 0.0}])
def test_limits_that_decide_nothing_are_refused(changes):
    with pytest.raises(ValueError, match="camera watch"):
        Limits(**changes)
