"""Which phones may carry a notice, how a chassis ending is read, which rows are sound; no database."""

from datetime import UTC, datetime, timedelta, timezone

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cakra.core.errors import InputError
from cakra.journey.ownership.rules import PhoneProblem, PhoneReading, chassis_last5, read_phone, seal_binding


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("0878-1717-4000", "+6287817174000"),
        ("082333343250", "+6282333343250"),
        ("6287817174000", "+6287817174000"),
        ("+62 0812 3456 789", "+628123456789"),
        ("(0812) 3456.789", "+628123456789"),
        ("8123456789", "+628123456789"),
        ("62812345678", "+62812345678"),  # shaped like a landline of area 0628 without its zero, but a mobile
        ("+62\u00a0810-0000-0001", "+6281000000001"),
    ],
)
def test_mobiles_are_normalised_however_they_are_written(written, e164):
    assert read_phone(written) == PhoneReading(e164, None)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", PhoneProblem.MISSING),
        (" - ", PhoneProblem.MISSING),
        ("(021) 5234 001", PhoneProblem.LANDLINE),
        ("0628 1234567", PhoneProblem.LANDLINE),
        ("+65 8123 4567", PhoneProblem.FOREIGN),
        ("+1 202 555 0123", PhoneProblem.FOREIGN),
        ("0800 1 234567", PhoneProblem.NOT_MOBILE),
        ("0801 2345 6789", PhoneProblem.MALFORMED),
        ("0842 1234 567", PhoneProblem.MALFORMED),
        ("0812", PhoneProblem.MALFORMED),
        ("0812 3456 789 / 0813 4567 890", PhoneProblem.MALFORMED),
        ("tidak ada", PhoneProblem.MALFORMED),
    ],
)
def test_what_is_no_indonesian_mobile_is_not_used_and_says_why(written, problem):
    assert read_phone(written) == PhoneReading(None, problem)


@given(st.sampled_from(["+62", "0"]), st.text("0123456789", min_size=1, max_size=13))
def test_the_quick_way_agrees_with_the_library(prefix, digits):
    assume(not (prefix + digits).startswith("628"))
    written = prefix + digits
    try:
        number = phonenumbers.parse(written, "ID")
    except phonenumbers.NumberParseException:
        assert read_phone(written).e164 is None
        return
    mobile = (
        phonenumbers.is_valid_number(number)
        and phonenumbers.region_code_for_number(number) == "ID"
        and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    )
    expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if mobile else None
    assert read_phone(written).e164 == expected


@given(st.text(max_size=30))
def test_any_text_as_phone_is_a_number_or_a_reason(text):
    reading = read_phone(text)
    assert (reading.e164 is None) != (reading.problem is None)
    if reading.e164:
        assert read_phone(reading.e164) == reading


@pytest.mark.parametrize(
    ("typed", "read"),
    [("MHKA4DB3JKJ012345", "12345"), ("o1-2 3.4", "01234"), ("abcde", "ABCDE"), ("IOQ12", "10012")],
)
def test_a_chassis_ending_is_read_as_people_type_it(typed, read):
    assert chassis_last5(typed) == read


@pytest.mark.parametrize("typed", ["", "1234", "12 34", "123é5", "     "])
def test_a_chassis_ending_that_is_none_is_refused_plainly(typed):
    with pytest.raises(InputError, match="STNK"):
        chassis_last5(typed)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-11, 11))
def test_the_binding_of_a_seal_does_not_depend_on_the_zone_an_instant_is_shown_in(instant, hours):
    assume(datetime(2, 1, 1, tzinfo=UTC) < instant < datetime(9998, 1, 1, tzinfo=UTC))
    shown = instant.astimezone(timezone(timedelta(hours=hours)))
    assert seal_binding("B1A", shown) == seal_binding("B1A", instant)
    assert seal_binding("B1A", instant + timedelta(microseconds=1)) != seal_binding("B1A", instant)
