"""Which phones may carry a notice, how a chassis ending is read, which rows are sound; no database."""

from datetime import UTC, datetime, timedelta, timezone

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cakra.core.errors import InputError
from cakra.core.tables.headings import read_layout
from cakra.journey.ownership.reading.columns import REGISTER
from cakra.journey.ownership.reading.rows import read_row
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
        ("0812 3456 789 / 0813 4567 890", "+628123456789"),
        ("081234567890/081987654321", "+6281234567890"),
        ("081234567890 081987654321", "+6281234567890"),
        ("(021) 5234 001; 081234567890", "+6281234567890"),
        ("0812 3456 7890 (istri)", "+6281234567890"),
        ("081234567890 (2)", "+6281234567890"),
        ("HP: 081234567890", "+6281234567890"),
        ("0062 812 3456 7890", "+6281234567890"),
        ("81234567890.0", "+6281234567890"),
        ("6281234567890,00", "+6281234567890"),
        ("8.1234567890E+10", "+6281234567890"),
        ("81.234.567.890,00", "+6281234567890"),
        ("'081234567890", "+6281234567890"),
        ('="081234567890"', "+6281234567890"),
        ("\uff10\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10", "+6281234567890"),
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
        ("tidak ada", PhoneProblem.MISSING),
        ("NULL", PhoneProblem.MISSING),
        ("0", PhoneProblem.MISSING),
        ("8.12346E+10", PhoneProblem.MALFORMED),
        ("8.123456789E10", PhoneProblem.MALFORMED),
        ("81234567890.5", PhoneProblem.MALFORMED),
        ("0812345678.000", PhoneProblem.MALFORMED),
        ("081234567890-2", PhoneProblem.MALFORMED),
        ("081234567890 (salah sambung)", PhoneProblem.MALFORMED),
        ("0812O4567890", PhoneProblem.MALFORMED),
        ("0812345678901234567", PhoneProblem.MALFORMED),
        ("0812345 081987654321", PhoneProblem.MALFORMED),
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


@given(
    st.integers(8_100_000_000, 899_999_999_999),
    st.sampled_from(["{}.0", "{}.00", "62{}.0", "{},0", "+62{}.0", "'{}.0", "{}.0/081987654321.0", "0{} (istri)"]),
)
def test_a_spreadsheets_number_is_the_number_or_none(national, form):
    alone = read_phone(f"0{national}").e164
    assert read_phone(form.format(national)).e164 in {alone, "+6281987654321" if "/" in form and not alone else alone}


@given(st.integers(8_100_000_000, 899_999_999_999), st.integers(4, 13))
def test_a_number_with_an_exponent_is_whole_or_malformed(national, digits):
    shown = f"{national:.{digits}E}"
    reading = read_phone(shown).e164
    assert reading in {None, read_phone(f"0{national}").e164}
    if digits >= len(str(national)) - 1:
        assert reading == read_phone(f"0{national}").e164


@pytest.mark.parametrize("written", ["MHKA4DB3JKJ0000**", "MHKA4DB3JKJ****52", "MHKA4DB3JKJ000052\u00b2"])
def test_hidden_and_raised_signs_are_no_end_of_a_chassis_number(written):
    with pytest.raises(InputError):
        chassis_last5(written)


@pytest.mark.parametrize("written", ["1,234,567.00", "1.234.567,00", "1234567.0", "*1234567*"])
def test_a_chassis_number_that_a_spreadsheet_grouped_is_the_number(written):
    assert chassis_last5(written) == "34567"


@given(st.text(max_size=30))
def test_any_text_as_phone_is_a_number_or_a_reason(text):
    reading = read_phone(text)
    assert (reading.e164 is None) != (reading.problem is None)
    if reading.e164:
        assert read_phone(reading.e164) == reading


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("MHKA4DB3JKJ012345", "12345"),
        ("o1-2 3.4", "01234"),
        ("abcde", "ABCDE"),
        ("IOQ12", "10012"),
        ("12345678789.0", "78789"),
        ("MHKA4DB3JKJ012345.0", "12345"),
        ("'MHKA4DB3JKJ0１2345", "12345"),
    ],
)
def test_a_chassis_ending_is_read_as_people_type_it(typed, read):
    assert chassis_last5(typed) == read


@pytest.mark.parametrize("typed", ["", "1234", "12 34", "123é5", "     ", "1.23457E+16", "1E+16"])
def test_a_chassis_ending_that_is_none_is_refused_plainly(typed):
    with pytest.raises(InputError, match="STNK"):
        chassis_last5(typed)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-11, 11))
def test_the_binding_of_a_seal_does_not_depend_on_the_zone_an_instant_is_shown_in(instant, hours):
    assume(datetime(2, 1, 1, tzinfo=UTC) < instant < datetime(9998, 1, 1, tzinfo=UTC))
    shown = instant.astimezone(timezone(timedelta(hours=hours)))
    assert seal_binding("B1A", shown) == seal_binding("B1A", instant)
    assert seal_binding("B1A", instant + timedelta(microseconds=1)) != seal_binding("B1A", instant)


HEADINGS = ("NO POLISI", "MILIK SEJAK", "JENIS", "WARNA TNKB", "NO RANGKA", "NAMA PEMILIK", "NIK", "ALAMAT")


@pytest.mark.parametrize(
    ("chassis", "why"),
    [
        ("TIDAK ADA", "stands for no chassis number"),
        ("0000000", "stands for no chassis number"),
        ("MHKA4DB3JKJ000052 / 4A91-123456", "more than a chassis number"),
        ("MHKA4DB3JKJ000052 RUBAH BENTUK", "does not end in digits"),
    ],
)
def test_a_word_is_nobodys_second_factor(chassis, why):
    cells = ("B 1 A", "2020-03-01", "mobil", "hitam", chassis, "Warga Contoh", "", "Jl. Contoh 7")
    faults = read_row(cells, read_layout("r.csv", HEADINGS, REGISTER).places)
    assert [fault.column for fault in faults] == ["chassis"]
    assert why in faults[0].reason


@pytest.mark.parametrize(
    ("heading", "ours"),
    [
        *((heading, "phone") for heading in ("HP1", "notlp", "telp2", "Cell", "NoHandphone")),
        *((heading, "valid_to") for heading in ("S/D", "BERLAKU S/D", "TGL JUAL", "TGL LAPOR JUAL", "EXPIRED", "TO")),
    ],
)
def test_a_heading_that_may_be_a_phone_or_an_end_is_asked_about(heading, ours):
    with pytest.raises(InputError, match=f"looks like {ours}"):
        read_layout("r.csv", (*HEADINGS, heading), REGISTER)


@pytest.mark.parametrize("heading", ["NILAI JUAL", "MASA BERLAKU STNK", "TGL AKHIR PKB", "NO FAX"])
def test_a_heading_of_taxes_and_prices_is_none_of_ours(heading):
    assert read_layout("r.csv", (*HEADINGS, heading), REGISTER).ignored == (heading,)
