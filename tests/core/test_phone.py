"""Which phone a register's field holds: the bounds of what is read, and numbers beside which something else stands."""

import pytest

from cakra.core.identifiers.phone import PhoneProblem, PhoneReading, read_phone

MOBILE = PhoneReading("+6281234567890", None)
MALFORMED = PhoneReading(None, PhoneProblem.MALFORMED)


def test_a_reading_does_not_show_the_number_in_a_log():
    assert "81234567890" not in repr(MOBILE)


def test_a_field_of_two_hundred_characters_is_read_and_a_longer_one_is_not():
    assert read_phone("081234567890 ".ljust(200, "a")) == MOBILE
    assert read_phone("081234567890 ".ljust(201, "a")) == MALFORMED


def test_the_eighth_number_of_a_field_is_read_and_the_ninth_is_not():
    assert read_phone("12 / " * 7 + "081234567890") == MOBILE
    assert read_phone("12 / " * 8 + "081234567890") == MALFORMED


@pytest.mark.parametrize(
    "written",
    [
        *("0812345678**", "0812345678 xx", "0812345678...", "0812345678\u2022\u2022", "**0812345678", "0812345678__"),
        *("0812345678_90", "0812345678--", "0812345678?", '="0812345678" & "90"'),
    ],
)
def test_of_a_number_whose_digits_are_hidden_or_doubted_no_shorter_one_is_made(written):
    assert read_phone(written) == MALFORMED


@pytest.mark.parametrize(
    "written",
    [
        "0812 3456 7890.0",
        "62 81234567890.0",
        "+62 812-3456-789,00",
        "8123456789.0E0",
        "81.234567E+9",
        "081234567890 1 ",
    ],
)
def test_what_a_spreadsheet_added_is_never_a_digit_of_another_number(written):
    assert read_phone(written) == MALFORMED


@pytest.mark.parametrize("written", ["081234567890\u00b2", "0812\u00b234567890", "081234567890\u2460"])
def test_a_raised_or_circled_digit_is_none(written):
    assert read_phone(written) == MALFORMED


@pytest.mark.parametrize("written", ["081111111111", "081200000000", "+62 899 9999 9999"])
def test_a_number_of_one_digit_fills_a_field_and_calls_nobody(written):
    assert read_phone(written) == MALFORMED


@pytest.mark.parametrize(
    "remark",
    [
        "tdk aktif",
        "gak aktif",
        "jangan dihubungi",
        "sdh pindah tangan",
        "dulu",
        "off",
        "alm.",
        "dealer",
        "biro jasa",
        "nonaktif",
    ],
)
def test_a_remark_that_takes_a_number_back_is_heard(remark):
    assert read_phone(f"081234567890 ({remark})") == MALFORMED


@pytest.mark.parametrize("written", ["0812_3456_7890", "0812-3456-7890.00", " 081234567890 "])
def test_groups_and_blanks_do_not_matter(written):
    assert read_phone(written) == MOBILE


@pytest.mark.parametrize(
    "written", ["rumah b081234567890", "081234567890x y", "0812 3456 789 0x", "a b081234567890 x", "081234567890-000"]
)
def test_a_number_that_touches_something_else_is_none(written):
    assert read_phone(written) == MALFORMED


def test_zeros_behind_a_mark_that_cannot_be_the_numbers_end_are_a_fraction():
    assert read_phone("081234567890.000") == MOBILE
    assert read_phone("081234567890,0000") == MOBILE
    assert read_phone("0812345678.000") == MALFORMED, "0812345678000 is a number, too"


def test_of_several_that_are_no_mobiles_the_first_that_is_a_number_at_all_says_why():
    assert read_phone("12 / (021) 5234 001 / +65 8123 4567").problem is PhoneProblem.LANDLINE
    assert read_phone("12 / +65 8123 4567 / (021) 5234 001").problem is PhoneProblem.FOREIGN
    assert read_phone("0215234001 08001234567").problem is PhoneProblem.LANDLINE


def test_a_mobile_goes_before_a_landline_wherever_it_stands():
    assert read_phone("0215234001 081234567890") == MOBILE
    assert read_phone("081234567890 / 0215234001") == MOBILE
