"""Instants and days as printed for people."""

from datetime import UTC, date, datetime

import pytest

from cakra.core.errors import InputError
from cakra.core.paper import day_begins, paper_date, paper_time

NIGHT = datetime(2026, 8, 20, 18, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "language", "printed"),
    [
        ("Asia/Jakarta", "id", "21 Agu 2026 01.01 WIB"),
        ("Asia/Jakarta", "en", "21 Aug 2026 01:01 WIB"),
        ("Asia/Makassar", "id", "21 Agu 2026 02.01 WITA"),
        ("Asia/Jayapura", "id", "21 Agu 2026 03.01 WIT"),
        ("Asia/Tokyo", "en", "21 Aug 2026 03:01 Asia/Tokyo"),
        ("Asia/Nowhere", "en", "20 Aug 2026 18:01 UTC"),
        ("", "id", "20 Agu 2026 18.01 UTC"),
    ],
)
def test_an_instant_in_the_zone_of_the_place(zone, language, printed) -> None:
    assert paper_time(NIGHT, zone, language) == printed


@pytest.mark.parametrize(
    ("month", "names"),
    [(1, ("Jan", "Jan")), (5, ("Mei", "May")), (8, ("Agu", "Aug")), (10, ("Okt", "Oct")), (12, ("Des", "Dec"))],
)
def test_months_have_their_short_names(month, names) -> None:
    assert (paper_date(date(2026, month, 9), "id"), paper_date(date(2026, month, 9), "en")) == tuple(
        f"9 {name} 2026" for name in names
    )


def test_a_day_begins_at_local_midnight() -> None:
    assert day_begins(date(2026, 11, 3), "Asia/Jakarta") == datetime(2026, 11, 2, 17, tzinfo=UTC)
    assert day_begins(date(2026, 11, 30), "Asia/Jayapura", later=1) == datetime(2026, 11, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "said"), [("Asia/Nowhere", "is no time zone"), ("../etc", "is no time zone")])
def test_a_zone_that_is_none_is_named(zone, said) -> None:
    with pytest.raises(InputError, match=said):
        day_begins(date(2026, 11, 3), zone)


def test_a_day_beyond_the_calendar_is_named() -> None:
    with pytest.raises(InputError, match="out of the calendar"):
        day_begins(date.max, "Asia/Jakarta", later=1)
