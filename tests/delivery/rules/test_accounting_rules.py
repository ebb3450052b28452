"""The months of the books, forecasts and alarms: known answers. Jakarta's day begins at 17:00 UTC of the day before."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cakra.core.delivery.tariff import MICRO
from cakra.core.errors import InputError
from cakra.delivery.costs.rules import (
    BudgetAlarm,
    Forecast,
    alarms,
    begins,
    following,
    forecast,
    month_of,
    read_month,
)

NOVEMBER = date(2026, 11, 1)


def at(day: int, hour: int = 0) -> datetime:
    """An hour of a November day in Jakarta."""
    return begins(date(2026, 11, day)) + timedelta(hours=hour)


def test_a_day_of_the_books_begins_at_jakartas_midnight() -> None:
    assert begins(date(2026, 11, 3)) == datetime(2026, 11, 2, 17, tzinfo=UTC)


def test_a_month_is_jakartas() -> None:
    assert month_of(datetime(2026, 10, 31, 16, 59, tzinfo=UTC)) == date(2026, 10, 1)
    assert month_of(datetime(2026, 10, 31, 17, 0, tzinfo=UTC)) == NOVEMBER


@pytest.mark.parametrize(
    ("month", "after"),
    [((2026, 1), (2026, 2)), ((2026, 11), (2026, 12)), ((2026, 12), (2027, 1)), ((2027, 6), (2027, 7))],
)
def test_the_month_after(month, after) -> None:
    assert following(date(*month, 1)) == date(*after, 1)


def test_a_month_is_read_as_people_type_it() -> None:
    assert read_month(" 2026-11 ") == NOVEMBER
    assert read_month("2000-01") == date(2000, 1, 1)
    assert read_month("2999-12") == date(2999, 12, 1)


@pytest.mark.parametrize("text", ["1999-12", "3000-01", "2026-13", "November", "", "2026"])
def test_what_is_no_month_is_named(text) -> None:
    with pytest.raises(InputError, match="is no month"):
        read_month(text)


def test_nothing_is_foreseen_on_the_first_day() -> None:
    assert forecast({}, NOVEMBER, at(1, 23)) == Forecast(None, None, 0)
    assert Forecast(None, None, 0).highest is None


def test_a_straight_line_from_the_second_day_on() -> None:
    found = forecast({date(2026, 11, 1): 100}, NOVEMBER, at(2))
    assert found == Forecast(3000, 100 + 100 * 29, 1)
    assert found.highest == 3000


def test_the_last_days_may_foresee_more_than_the_month_until_now() -> None:
    days = {date(2026, 11, day): 10 for day in range(1, 11)} | {date(2026, 11, day): 70 for day in range(11, 18)}
    found = forecast(days, NOVEMBER, at(18))
    spent = 10 * 10 + 7 * 70
    assert (found.straight_line, found.recent_days) == (spent * 30 // 17, 7)
    assert found.recent == spent + 70 * 13
    assert found.highest == found.recent


def test_days_of_the_month_before_count_as_lately_and_not_as_spent() -> None:
    days = {date(2026, 10, day): 50 for day in range(28, 32)}
    assert forecast(days, NOVEMBER, at(1, 12)) == Forecast(None, 50 * 4 * (29 * 2 + 1) // (4 * 2), 4)


def test_half_a_day_counts_as_half() -> None:
    found = forecast({date(2026, 11, 1): 100, date(2026, 11, 2): 40}, NOVEMBER, at(2, 12))
    assert found == Forecast(140 * 60 // 3, 140 + 100 * 57 // 2, 1)


def test_a_month_that_is_over_cost_what_it_cost() -> None:
    days = {date(2026, 11, 30): 7, date(2026, 12, 1): 900, date(2026, 10, 31): 900}
    assert forecast(days, NOVEMBER, begins(date(2026, 12, 1))) == Forecast(7, 7, 0)


def test_a_month_that_has_not_begun_is_not_foreseen_by_the_days_before() -> None:
    found = forecast({date(2026, 10, 20): 50}, NOVEMBER, begins(date(2026, 10, 25)))
    assert found == Forecast(None, None, 0)


@pytest.mark.parametrize(
    ("spent", "foreseen", "expected"),
    [
        (0, None, ()),
        (0, 1001, (BudgetAlarm.FORECAST,)),
        (0, 1000, ()),
        (799, 1000, ()),
        (800, 1000, (BudgetAlarm.NEAR,)),
        (999, 2000, (BudgetAlarm.FORECAST, BudgetAlarm.NEAR)),
        (1000, 1000, (BudgetAlarm.NEAR, BudgetAlarm.REACHED)),
        (1200, 1300, (BudgetAlarm.FORECAST, BudgetAlarm.NEAR, BudgetAlarm.REACHED)),
    ],
)
def test_which_alarms_hold(spent, foreseen, expected) -> None:
    told = Forecast(None if foreseen is None else foreseen * MICRO, None, 0)
    assert alarms(spent * MICRO, told, 1000) == expected
