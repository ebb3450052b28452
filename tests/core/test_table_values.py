"""What stands in one field, by known answers: nothing, whole numbers, years, flags, days and clocks, ends, refusals."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from cakra.core.errors import InputError
from cakra.core.tables.values import (
    day_or_instant_of,
    decimal_of,
    end_of,
    flag_of,
    instant_of,
    is_month_first,
    is_nothing,
    is_plain,
    is_scientific,
    plain_text,
    whole_digits,
    year_of,
)

WIB = timezone(timedelta(hours=7))


def said(read, text):
    with pytest.raises(InputError) as caught:
        read(text)
    return caught.value.sentence


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("", ""), ("'", ""), ("''0812", "0812"), ("` 12", "12"), ("´12", "12"), ("‘12", "12"), ("12'", "12'"),
        ('="a ""b"" c"', 'a "b" c'), ('=" 1 "', "1"), ('="\'1"', "1"), ('="1" x', '="1" x'), ("=1", "=1"),
        ("e\u0301", "\u00e9"),
    ],
)  # fmt: skip
def test_a_plain_text_is_what_was_meant(text, plain):
    assert plain_text(text) == plain


@pytest.mark.parametrize("texts", [["'1"], ["a", "`"], ['="1"'], ["é"], ["a", "\u200b"]])
def test_fields_with_something_to_take_away_are_not_plain(texts):
    assert not is_plain(texts)


@pytest.mark.parametrize("texts", [[], ["a b", "=1"], ['"', "="]])
def test_fields_with_nothing_to_take_away_are_plain(texts):
    assert is_plain(texts)


@pytest.mark.parametrize(
    "text",
    ["NO TDK ADA", "Nomor: NULL", "nama tidak diketahui", "0.0", "00-00", "0/0", "tdk diketahui", "t.a.", "N.A",
     "X X", "xXx", "-" * 40, "#REF!", "#NAME?", "#n/a", "TIDAK ADA NAMA", "tanpa alamat", "TDK PUNYA HP", "belum"],
)  # fmt: skip
def test_nothing_is_said_in_many_ways(text):
    assert is_nothing(text)


@pytest.mark.parametrize(
    "text",
    ["x", "X1", "alamat", "nama ani", "0 1", "0812", "00x", "-" * 41, "Nullah", "-5", "null 7", "Alamat Tidak Ada 2",
     "empty street", "A", "(021)", "nama alamat kosong"],
)  # fmt: skip
def test_what_says_something_is_not_nothing(text):
    assert not is_nothing(text)


@pytest.mark.parametrize("text", ["8.12E+10", "8E+1", "8,5e10", "-1.5E-3", "+1e+2"])
def test_a_number_with_an_exponent_is_seen(text):
    assert is_scientific(text)


@pytest.mark.parametrize("text", ["8E1", "E+10", "8.E+1", "81234", "8.1E+", "x8E+1"])
def test_what_is_no_number_with_an_exponent(text):
    assert not is_scientific(text)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("81234567890.0", "81234567890"), ("81234567890,00", "81234567890"), ("81.234.567.890,00", "81234567890"),
        ("8.1234567890E+10", "81234567890"), ("8,1234567890000e10", "81234567890"), ("8E0", "8"), ("+8.12E2", "+812"),
        ("1.234.567", "1234567"), ("1 234 567", "1234567"), ("1,234.00", "1234"), ("12.0", "12"), ("1234.0", "1234"),
        ("1.234", None), ("1.234,0", "1234"), ("1234.000", None), ("1234.5", None), ("12", None), ("", None),
        ("x", None), ("0812-345", None), ("1.234.56", None), ("1.234 567", None),
    ],
)  # fmt: skip
def test_the_whole_number_that_a_spreadsheet_made_a_decimal_of(text, digits):
    assert whole_digits(text) == digits


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("8.12E+10", "only some digits"), ("8.125E2", "only some digits"), ("8E1", "only some digits"),
        ("1.234,5", "no whole number"), ("1.234.567,01", "no whole number"), ("1,234,567.10", "no whole number"),
    ],
)  # fmt: skip
def test_a_number_that_is_not_whole_is_refused(text, why):
    assert why in said(whole_digits, text)


@pytest.mark.parametrize(("text", "year"), [("1900", 1900), ("2100", 2100), ("2,019", 2019), ("2019,00", 2019)])
def test_a_year(text, year):
    assert year_of(text) == year


@pytest.mark.parametrize("text", ["1899", "2101", "20190000000", "20", "dua ribu", "20x9", "٢٠١٩", "2019²", "2019.5"])
def test_what_is_not_a_year(text):
    assert said(year_of, text) == "is not a year"


@pytest.mark.parametrize(("text", "number"), [("1,5", 1.5), ("1.5", 1.5), ("-3", -3.0)])
def test_a_decimal_mark_is_a_dot_or_one_comma(text, number):
    assert decimal_of(text) == number


@pytest.mark.parametrize("text", ["1,2,3", "1.234,5", "", "lima"])
def test_no_decimal_is_guessed(text):
    assert said(decimal_of, text) == "is no number"


@pytest.mark.parametrize(
    ("text", "flag"),
    [("YA", True), ("1", True), ("1.0", True), ("1,0", True), ("x", True), ("Tidak", False), ("0", False),
     ("0.0", False), ("0,0", False), ("", None), ("2", None), ("2.0", None), ("mungkin", None)],
)  # fmt: skip
def test_yes_no_or_neither(text, flag):
    assert flag_of(text) is flag


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026-11-21 08:05", (2026, 11, 21, 8, 5)),
        ("2026/11/21T08.05.09", (2026, 11, 21, 8, 5, 9)),
        ("21/11/2026 8:05:09.5", (2026, 11, 21, 8, 5, 9, 500_000)),
        ("21.11.2026 08:05:09,123456789", (2026, 11, 21, 8, 5, 9, 123_456)),
        ("1-2-2026", (2026, 2, 1)),
        ("2026-2-1", (2026, 2, 1)),
        ("9 Agu 2026", (2026, 8, 9)),
        ("9 Ags 2026", (2026, 8, 9)),
        ("9-AUG-2026 17:00", (2026, 8, 9, 17)),
        ("17 Nop 2026", (2026, 11, 17)),
        ("3 Peb 2026", (2026, 2, 3)),
        ("3 Mrt 2026", (2026, 3, 3)),
        ("20261121", (2026, 11, 21)),
        ("20261121.0", (2026, 11, 21)),
        ("20261121083000", (2026, 11, 21, 8, 30)),
        ("21 / 11 / 2026", (2026, 11, 21)),
        ("Sabtu, 21 November 2026", (2026, 11, 21)),
        ("Nov 21, 2026 08:05", (2026, 11, 21, 8, 5)),
        ("21 Nopember 2026", (2026, 11, 21)),
        ("1 Pebruari 2026", (2026, 2, 1)),
        ("9 Agt 2026", (2026, 8, 9)),
        ("2026-11-21 08:05:00 WIB", (2026, 11, 21, 8, 5)),
        ("Sat, 21 Nov 2026 01:05:00 GMT", (2026, 11, 21, 8, 5)),
        ("1900-01-02", (1900, 1, 2)),
        ("2100-12-31", (2100, 12, 31)),
    ],
)
def test_a_day_and_a_clock_are_those_of_jakarta(text, local):
    assert instant_of(text) == datetime(*local, tzinfo=WIB)
    assert instant_of(text).tzinfo is UTC


def test_an_instant_with_its_own_zone_keeps_it():
    assert instant_of("2026-11-21T08:00:00+09:00") == datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert end_of("2026-11-21T08:00:00Z") == datetime(2026, 11, 21, 8, tzinfo=UTC)


EMPTY_DAYS = (
    "01-JAN-0001",
    "1969-12-31T17:00:00Z",
    "1753-01-01",
    "30/12/1899",
    "31-12-1899",
    "1900-01-01 00:00:00",
    "1 Jan 1970",
)
ZERO_DAYS = ("0000-00-00 00:00:00", "0001-01-01", "01/01/0001", "1/1/0001 00:00", "1900-01-00", "00/01/1900")


@pytest.mark.parametrize("text", [*EMPTY_DAYS, *ZERO_DAYS])
def test_a_day_that_databases_write_for_none_begins_nothing_and_ends_nothing(text):
    assert said(instant_of, text) == "is the day that databases write where there is none; write the real one"
    assert end_of(text) is None


@pytest.mark.parametrize("day", ["1753-01-02", "1753-02-01", "1899-12-29", "1899-11-30"])
def test_the_days_beside_them_are_no_empty_days_and_too_early(day):
    assert said(instant_of, day) == said(end_of, day) == "is not between 1900 and 2100"


@pytest.mark.parametrize("day", ["1900-01-02", "1970-01-02", "1970-02-01", "1971-01-01", "1900-12-31"])
def test_days_near_an_empty_day_are_days(day):
    assert instant_of(day) == end_of(day)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty; write a day as YYYY-MM-DD"),
        ("NULL", "is empty; write a day as YYYY-MM-DD"),
        ("0000-00-00", "is empty; write a day as YYYY-MM-DD"),
        ("2101-01-01", "is not between 1900 and 2100"),
        ("1899-01-01", "is not between 1900 and 2100"),
        ("45000", "is a spreadsheet's day number; format the column as a date (YYYY-MM-DD) and save again"),
        ("45000,5", "is a spreadsheet's day number; format the column as a date (YYYY-MM-DD) and save again"),
        ("21/11/26", "has a year of two digits; write YYYY-MM-DD"),
        ("21 Nov 26", "has a year of two digits; write YYYY-MM-DD"),
        ("2026-02-30", "is no day or instant; write YYYY-MM-DD"),
        ("12 Foo 2026", "is no day or instant; write YYYY-MM-DD"),
        ("12-11/2026", "is no day or instant; write YYYY-MM-DD"),
        ("2026-11-21 25:00", "is no day or instant; write YYYY-MM-DD"),
        ("1983020800000", "is no day or instant; write YYYY-MM-DD"),
        ("9 WIB", "is no day or instant; write YYYY-MM-DD"),
        ("9999-12-31T23:59:59Z", "is not between 1900 and 2100"),
    ],
)
def test_what_is_no_day_says_why(text, why):
    assert said(instant_of, text) == why


@pytest.mark.parametrize(
    "text",
    ["", "-", "infinity", "+Infinity", "Sekarang", "s/d sekarang", "masih", "seumur hidup", "9999-12-31", "2050-01-01",
     "2079-06-06T23:59:00Z", "31/12/9999", "31 Des 2999", "9999-99-99", "31-Foo-9999 23:59",
     "December 31, 9999", "Fri Dec 31 23:59:59 WIB 9999", "99991231235959", "99991231.0", "31129999", "2958465",
     "253402300799", "253402300799000.0", "aktif", "masih milik", "belum dijual", "s/d skrg", "sampai dengan sekarang",
     "until now", "saat ini", "no end date"],
)  # fmt: skip
def test_a_spell_that_has_no_end_yet(text):
    assert end_of(text) is None


def test_the_last_end_that_is_one():
    assert end_of("2049-12-31") == datetime(2049, 12, 31, tzinfo=WIB)
    assert said(end_of, "besok") == "is no day or instant; write YYYY-MM-DD"
    assert said(end_of, "2026-02-30") == "is no day or instant; write YYYY-MM-DD"
    assert end_of("1900-01-02") == datetime(1900, 1, 2, tzinfo=WIB)


def test_a_day_stays_a_day_and_an_instant_an_instant():
    assert day_or_instant_of("21/11/2026") == date(2026, 11, 21)
    assert type(day_or_instant_of("21/11/2026")) is date
    assert day_or_instant_of("21/11/2026 08:00").isoformat() == "2026-11-21T08:00:00"
    assert day_or_instant_of("2026-11-21T08.00").isoformat() == "2026-11-21T08:00:00"
    assert day_or_instant_of("21-11-2026 08.00").isoformat() == "2026-11-21T08:00:00"
    assert day_or_instant_of("20261121080000").isoformat() == "2026-11-21T08:00:00"
    assert day_or_instant_of("21 OKTOBER 2026") == date(2026, 10, 21)
    assert type(day_or_instant_of("21 OKTOBER 2026")) is date


@pytest.mark.parametrize(
    ("text", "american"),
    [("12/13/2026", True), ("1-31-2026", True), ("12/31/2026 10:00", True), ("13/13/2026", False),
     ("12/12/2026", False), ("0/13/2026", False), ("12/32/2026", False), ("31/12/2026", False),
     ("2026-12-13", False), ("x", False)],
)  # fmt: skip
def test_a_month_before_its_day_is_seen_where_nothing_else_fits(text, american):
    assert is_month_first(text) is american
