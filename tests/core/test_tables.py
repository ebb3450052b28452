"""Tables of people and spreadsheets: numbers, days, nothing, headings, encodings, quotes, and CSV without formulas."""

import csv
import io
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.errors import InputError
from cakra.core.tables.encoding import EncodingJudge, decode_table
from cakra.core.tables.headings import key_of
from cakra.core.tables.records import delimiter_of, read_records
from cakra.core.tables.values import (
    decimal_of,
    end_of,
    instant_of,
    is_month_first,
    is_nothing,
    plain_code,
    plain_text,
    whole_digits,
    year_of,
)
from cakra.core.tables.writing import csv_text, defused  # fmt: skip

WIB = timezone(timedelta(hours=7))


@given(st.integers(0, 10**17), st.sampled_from(["{}.0", "{}.00", "{},0", "{:,}.00", "{:.17E}"]))
def test_a_decimal_is_its_digits_or_nothing_never_another_number(number, form):
    shown = form.format(number)
    try:
        digits = whole_digits(shown)
    except InputError:
        digits = None
    if digits is not None:
        assert int(digits) == (number if "E" not in form else int(float(shown))) or number > 2**53
    assert digits is not None or "E" in form or number < 1000


@pytest.mark.parametrize("text", ["8.12E+10", "1,5E+3", "1.234.567,5", "1E+16"])
def test_a_number_of_which_digits_are_missing_is_none(text):
    with pytest.raises(InputError):
        whole_digits(text)


NOTHING = (
    *(
        "",
        "-",
        "--",
        "NULL",
        "(null)",
        "[NULL]",
        r"\N",
        "NaT",
        "nan",
        "<NA>",
        "#N/A",
        "n/a",
        "None",
        "XXX",
        "xx",
        "000",
        "0",
    ),
    *("Tidak Ada", "TDK ADA", "kosong", "Alamat tidak diketahui", "?", "."),
)


@pytest.mark.parametrize("text", NOTHING)
def test_words_for_nothing(text):
    assert is_nothing(plain_text(text))


@pytest.mark.parametrize("text", ["Nani", "Xena", "Ana", "Noel", "Jl. Kosong 1", "10", "Tidak Ada Duanya", "Nona"])
def test_a_name_that_is_near_a_word_for_nothing_is_a_name(text):
    assert not is_nothing(text)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("'0812", "0812"), ('="0812"', "0812"), ("  a \n b ", "a b"), ("\ufeffB 1", "B 1"), ("B\u00a01", "B 1"),
        ("\u200bB1", "B1"), ("’31", "31"), ("O'Neil", "O'Neil"),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_adds_is_taken_away(written, plain):
    assert plain_text(written) == plain


def test_full_width_signs_become_plain_in_codes_and_stay_in_names():
    assert plain_code("Ｂ　１２３４") == "B 1234"
    assert plain_text("½ Ａ") == "½ Ａ"


MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)
SHORT = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@given(st.dates(date(1901, 1, 1), date(2049, 12, 31)))
def test_every_spelling_of_a_day_is_the_day(day):
    spellings = [
        f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}", f"{day:%Y%m%d}", f"{day:%d/%m/%Y}", f"{day.day}/{day.month}/{day.year}",
        f"{day:%d-%m-%Y}", f"{day:%d.%m.%Y}", f"{day.day} {MONTHS[day.month - 1]} {day.year}",
        f"{day:%d}-{SHORT[day.month - 1]}-{day.year}", f"{day:%Y-%m-%d} 00:00:00", f"{day:%Y-%m-%d}T00:00:00",
        f"{day:%Y-%m-%d} 00:00:00.000", f"{day:%d/%m/%Y} 0:00", f"{day:%d/%m/%Y} 00:00:00",
    ]  # fmt: skip
    if (day.year, day.month, day.day) == (1970, 1, 1):
        return
    wanted = datetime(day.year, day.month, day.day, tzinfo=WIB).astimezone(UTC)
    assert {instant_of(plain_code(one)) for one in spellings} == {wanted}
    assert {end_of(plain_code(one)) for one in spellings} == {wanted}


@given(st.text("0123456789-/. TZ:+NULEADECn\\", max_size=24))
def test_any_text_as_an_end_is_an_instant_or_none_or_a_sentence(text):
    told, read = "", None
    try:
        read = end_of(plain_code(text))
    except InputError as refusal:
        told = refusal.sentence
    assert told or read is None or (read.tzinfo is UTC and read.year < 2050)


@pytest.mark.parametrize("text", ["03/25/2020", "3-31-2020 10:00"])
def test_a_day_with_its_month_first_is_seen_and_not_read(text):
    assert is_month_first(text)
    with pytest.raises(InputError):
        instant_of(text)
    assert not is_month_first("25/03/2020")


def test_years_and_decimals():
    assert [year_of(one) for one in ("2019", "2019.0", "2.019", "", "NULL", "0")] == [
        2019,
        2019,
        2019,
        None,
        None,
        None,
    ]
    assert [decimal_of(one) for one in ("0.99", "-6,2", "80.0", "5")] == [0.99, -6.2, 80, 5]
    for wrong in ("1,234.5", "x"):
        with pytest.raises(InputError):
            decimal_of(wrong)


@pytest.mark.parametrize(
    "heading", ["No. Telepon", "NO TELEPON", "no_telepon", " No  Telepon ", "NO.TELEPON", "No-Telepon"]
)
def test_dots_blanks_and_case_of_a_heading_do_not_matter(heading):
    assert key_of(heading) == "no_telepon"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_an_encoding_is_recognised_in_blocks_of_any_size(encoding, size):
    text = "nama;alamat\nAndré Ma’ruf;Jl. Çelik\n" * 20
    raw = text.encode(encoding)
    judge = EncodingJudge("x.csv")
    for start in range(0, len(raw), size):
        judge.feed(raw[start : start + size])
    assert raw.decode(judge.name).removeprefix("\ufeff") == decode_table(raw, "x.csv") == text


@pytest.mark.parametrize("raw", [b"PK\x03\x04abc", b"%PDF-1.7", b"\x1f\x8bxx", b"nama\nAndr\x82\n"])
def test_what_is_no_table_in_text_is_told_for_the_whole_file(raw):
    with pytest.raises(InputError, match="CSV UTF-8"):
        decode_table(raw, "x.csv")


_LINES = st.lists(st.text('ab;"\n', max_size=12).map(lambda text: text.replace("\n", "") + "\n"), max_size=25)


@given(_LINES, st.integers(0, 4))
def test_every_line_is_in_one_row_and_none_is_lost(lines, width):
    at = 1
    for record in read_records(lines, ";", width):
        assert record.line >= at
        assert all(line == "\n" for line in lines[at - 1 : record.line - 1]), "only blank lines are passed over"
        at = record.line + 1
        if not record.fault:  # a row may have further lines, inside its quotes
            at += sum(value.count("\n") for value in record.values)
    assert all(line == "\n" for line in lines[at - 1 :])


@pytest.mark.parametrize(
    ("header", "sign"), [("a;b,c;d", ";"), ("a,b,c", ","), ("a\tb", "\t"), ("a|b|c", "|"), ("a", ",")]
)
def test_the_delimiter_is_the_one_that_parts_the_header(header, sign):
    assert delimiter_of(header) == sign


@pytest.mark.parametrize(
    "text", ["=1+1", "+62", "-1", "@A1", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＋1", "－1", "＠a", "\u200b=1", "−1"]
)
def test_a_formula_is_text_behind_an_apostrophe(text):
    assert defused(text) == f"'{text}"
    assert plain_text(defused(text)) == plain_text(text), "our own reading takes it away again"


@given(st.lists(st.lists(st.one_of(st.text(max_size=8), st.integers()), min_size=1, max_size=4), max_size=5))
def test_no_field_that_is_written_begins_a_formula(rows):
    written = csv_text(rows)
    signs = "=+-@\t\r＝＋－＠"
    for values, told in zip(csv.reader(io.StringIO(written, newline="")), rows, strict=False):
        for value, original in zip(values, told, strict=False):
            assert isinstance(original, int) or not value.lstrip() or value.lstrip(" \u00a0")[0] not in signs
