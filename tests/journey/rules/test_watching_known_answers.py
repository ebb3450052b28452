"""The watch over a camera against tables and numbers worked out by hand."""

from math import log

import pytest

from cakra.journey.watching.rules import (
    BUCKETS,
    EDGES,
    TRUST,
    Agreement,
    CameraTrust,
    Cause,
    Judgement,
    Limits,
    Shift,
    _chi_square_999,
    judge,
    shift_of,
    suspicion_after,
)

LIMITS = Limits()
ALARM, STOP = log(1_000), log(10_000)
A_SHIFT, NO_SHIFT, BETWEEN = Shift(0.3, 0.25, lower=True), Shift(0.1, 0.25, lower=True), Shift(0.2, 0.25, lower=True)


@pytest.mark.parametrize(("freedom", "point"), [(10, 29.588), (12, 32.909), (20, 45.315)])
def test_the_point_that_chance_exceeds_once_in_a_thousand(freedom, point) -> None:
    # Abramowitz and Stegun, table 26.8.
    assert _chi_square_999(freedom) == pytest.approx(point, rel=0.01)


def test_the_agreed_limits_are_the_stated_ones() -> None:
    assert (LIMITS.agreed, LIMITS.poor, LIMITS.alarm_run, LIMITS.fall_back_run) == (0.95, 0.80, 1_000.0, 10_000.0)
    assert (LIMITS.shift, LIMITS.least_readings) == (0.25, 300)
    assert (LIMITS.reference_days, LIMITS.window_days) == (14, 7)
    # Counts of earlier days are kept by bucket: with other edges they would be compared with another thing.
    assert EDGES == (-8.0, -4.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0)
    assert len(EDGES) + 2 == BUCKETS == 13


def test_one_decision_moves_the_sum_by_its_likelihood_ratio() -> None:
    wrong, right = log(0.20 / 0.05), log(0.80 / 0.95)
    assert suspicion_after(0.0, [False], LIMITS) == pytest.approx(wrong)
    assert suspicion_after(2.0, [True], LIMITS) == pytest.approx(2.0 + right)
    assert suspicion_after(0.0, [True], LIMITS) == 0.0
    assert suspicion_after(0.0, [False, True, False], LIMITS) == pytest.approx(2 * wrong + right)
    assert suspicion_after(STOP, [True, True], LIMITS) == STOP


def test_how_long_a_poor_camera_takes() -> None:
    drift = 0.8 * log(0.8 / 0.95) + 0.2 * log(0.2 / 0.05)
    assert LIMITS.usual_delay == pytest.approx(STOP / drift)
    assert 60 < LIMITS.usual_delay < 75


@pytest.mark.parametrize(
    "changes", [{"alarm_run": 1.0}, {"alarm_run": 0.5}, {"poor": 0.95}, {"poor": 0.0}, {"agreed": 1.0}]
)
def test_limits_at_their_edges_decide_nothing(changes) -> None:
    with pytest.raises(ValueError, match="camera watch"):
        Limits(**changes)


def test_alarm_and_fall_back_may_be_one() -> None:
    assert Limits(alarm_run=500.0, fall_back_run=500.0).alarm_run == 500.0


def test_the_share_of_agreement() -> None:
    assert Agreement(0, 0).share is None
    assert Agreement(3, 4).share == 0.75


def test_the_index_of_two_windows() -> None:
    reference = [100] * BUCKETS
    window = [200] * 6 + [100] * 1 + [50] * 6
    n, m = sum(reference), sum(window)
    index = 0.0
    for before, after in zip(reference, window, strict=True):
        p, q = (before + 0.5) / (n + 6.5), (after + 0.5) / (m + 6.5)
        index += (q - p) * log(q / p)
    shift = shift_of(reference, window, LIMITS)
    assert shift.index == pytest.approx(index)
    assert shift.limit == 0.25
    assert (shift.found, shift.over, shift.lower) == (True, False, True)
    assert shift_of(window, reference, LIMITS).lower is False


def test_few_readings_are_given_what_chance_may_do() -> None:
    few = Limits(least_readings=10)
    shift = shift_of([1] * BUCKETS, [1] * BUCKETS, few)
    assert shift.limit == pytest.approx(2 / BUCKETS * _chi_square_999(BUCKETS - 1))
    assert shift_of([0] * 12 + [299], [100] * BUCKETS, LIMITS) is None
    assert shift_of([0] * 12 + [300], [100] * BUCKETS, LIMITS) is not None
    assert shift_of([100] * BUCKETS, [0] * 12 + [299], LIMITS) is None


@pytest.mark.parametrize(
    ("index", "found", "over"), [(0.25, True, False), (0.2, False, False), (0.125, False, False), (0.12, False, True)]
)
def test_where_a_shift_begins_and_where_it_is_over(index, found, over) -> None:
    shift = Shift(index, 0.25, lower=False)
    assert (shift.found, shift.over) == (found, over)


def alarmed(*causes: Cause) -> Judgement:
    return Judgement(CameraTrust.ALARM, frozenset(causes))


@pytest.mark.parametrize(
    ("before", "suspicion", "shift", "after"),
    [
        (TRUST, 0.0, None, TRUST),
        (TRUST, ALARM, None, alarmed(Cause.AGREEMENT)),
        (TRUST, ALARM - 0.01, None, TRUST),
        (alarmed(Cause.AGREEMENT), ALARM / 2, None, alarmed(Cause.AGREEMENT)),
        (alarmed(Cause.AGREEMENT), ALARM / 2 - 0.01, None, TRUST),
        (alarmed(Cause.SCORES), ALARM / 2, None, alarmed(Cause.SCORES)),
        (TRUST, 0.0, A_SHIFT, alarmed(Cause.SCORES)),
        (TRUST, 0.0, BETWEEN, TRUST),
        (TRUST, 0.0, NO_SHIFT, TRUST),
        (alarmed(Cause.SCORES), 0.0, BETWEEN, alarmed(Cause.SCORES)),
        (alarmed(Cause.SCORES), 0.0, NO_SHIFT, TRUST),
        (alarmed(Cause.AGREEMENT), 0.0, BETWEEN, TRUST),
        (TRUST, ALARM, A_SHIFT, alarmed(Cause.AGREEMENT, Cause.SCORES)),
        (TRUST, STOP, None, Judgement(CameraTrust.HUMAN, frozenset({Cause.AGREEMENT}))),
        (TRUST, STOP, A_SHIFT, Judgement(CameraTrust.HUMAN, frozenset(Cause))),
    ],
)
def test_where_a_camera_stands(before, suspicion, shift, after) -> None:
    assert judge(before, suspicion, shift, LIMITS) == after


def test_a_sum_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no number"):
        judge(TRUST, float("nan"), None, LIMITS)
