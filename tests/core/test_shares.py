"""Shares as people read them, and how far a counted one can be trusted: known answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.shares import percent, wilson


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    # Wilson's formula (1927) worked out by hand with z = 1.959964.
    [(8, 10, 0.4901625, 0.9433178), (50, 100, 0.4038315, 0.5961685), (1, 240, 0.0007359, 0.0232201)],
)
def test_the_interval_of_a_share(hits, trials, low, high) -> None:
    assert wilson(hits, trials) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))


def test_nothing_tried_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 5000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_the_share_lies_in_its_interval(counted) -> None:
    hits, trials = counted
    low, high = wilson(hits, trials)
    assert 0 <= low <= hits / trials <= high <= 1
    assert low < high


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (1.0, "> 99,99 %"),
        (0.99995, "> 99,99 %"),
        (0.9999, "99,99 %"),
        (0.9995, "99,95 %"),
        (0.999, "99,9 %"),
        (0.9876, "98,8 %"),
        (0.5, "50,0 %"),
        (0.001, "0,1 %"),
        (0.0005, "0,05 %"),
        (0.0001, "0,01 %"),
        (0.00005, "< 0,01 %"),
        (0.0, "< 0,01 %"),
    ],
)
def test_no_share_is_shown_as_a_false_certainty(share, shown) -> None:
    assert percent(share) == shown
