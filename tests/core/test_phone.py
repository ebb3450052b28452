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
