"""Values of strangers by known answers: each type that is taken, each bound and what lies just beyond it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cakra.core import foreign

AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
WIB = timezone(timedelta(hours=7))
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_text_is_cut_at_its_bound():
    assert foreign.text("abcdef", 3) == "abc"
    assert foreign.text("x" * 5000) == "x" * 4096
    assert foreign.text("a\x00b", 2) == "a", "what is taken out makes room for nothing"
    assert foreign.text("a\n\tb\r\x07") == "a\n\tb"


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), (-7, "-7"), (10**20 - 1, "9" * 20), (10**20, ""), (-(10**20), ""), (True, ""), (1.5, ""), (None, ""),
     ([], ""), (b"x", "")],
)  # fmt: skip
def test_a_whole_number_is_a_text_too(value, text):
    assert foreign.text(value) == text


def test_a_line_has_single_blanks_and_its_bound():
    assert foreign.line("  a\n\n b\t ") == "a b"
    assert foreign.line("\ufeffabc\u200f") == "abc"
    assert foreign.line("abcdef", 3) == "abc"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("wamid.1", "wamid.1"),
        (12, "12"),
        ("a" * 512, "a" * 512),
        ("a" * 513, ""),
        ("a\x07", ""),
        (None, ""),
        (" a", " a"),
    ],
)
def test_a_name_for_machines_is_whole_or_none(value, name):
    assert foreign.identifier(value) == name


def test_the_bound_of_a_name_is_the_callers():
    assert foreign.identifier("abc", 3) == "abc"
    assert foreign.identifier("abcd", 3) == ""


@pytest.mark.parametrize(
    ("value", "number"),
    [(0, 0), (9, 9), (10, None), (-5, -5), (-6, None), ("7", 7), (" 7 ", 7), ("-5", -5), ("-6", None), ("--5", None),
     ("+7", None), ("", None), ("7.0", None), ("٧", None), ("²", None), (7.0, 7), (7.5, None), (-5.0, -5),
     (float("nan"), None), (float("inf"), None), (float("-inf"), None), (1e20, None), (True, None), (None, None),
     ([], None)],
)  # fmt: skip
def test_a_whole_number_within_its_bounds(value, number):
    assert foreign.integer(value, -5, 9) == number


def test_a_number_has_twenty_digits_at_most():
    assert foreign.integer("9" * 20, 0, 10**30) == 10**20 - 1
    assert foreign.integer("0" * 21, 0, 10**30) is None
    assert foreign.integer(1e19, 0, 10**30) == 10**19
    assert foreign.integer(1e20, 0, 10**30) is None
    assert foreign.integer(-1e20, -(10**30), 0) is None


@pytest.mark.parametrize(("value", "flag"), [(True, True), (False, False), (1, None), (0, None), ("true", None)])
def test_a_flag_is_true_or_false_as_such(value, flag):
    assert foreign.flag(value) is flag


def test_unix_seconds_from_2000_to_2099():
    first, last = int(FIRST.timestamp()), int(LAST.timestamp())
    assert foreign.unix_instant(first) == FIRST
    assert foreign.unix_instant(str(first)) == FIRST
    assert foreign.unix_instant(first - 1) is None
    assert foreign.unix_instant(last) == LAST
    assert foreign.unix_instant(last + 1) is None
    assert foreign.unix_instant(last + 0.9) == LAST
    assert foreign.unix_instant(last + 1.0) is None


def test_instants_of_the_years_2000_to_2099_and_none_beside_them():
    assert foreign.iso_instant("2000-01-01T00:00:00Z") == FIRST
    assert foreign.iso_instant("1999-12-31T23:59:59Z") is None
    assert foreign.iso_instant("2099-12-31T23:59:59Z") == LAST
    assert foreign.iso_instant("2100-01-01T00:00:00Z") is None


def test_an_iso_instant_keeps_its_own_offset_and_is_told_in_utc():
    read = foreign.iso_instant("  2026-11-21T10:00:00+09:00 ", WIB)
    assert read == AT
    assert read.tzinfo is UTC
    assert foreign.iso_instant("2026-11-21T01:00:00Z".ljust(64)) == AT
    assert foreign.iso_instant("2026-11-21T01:00:00Z".ljust(65)) is None


def test_an_instant_in_a_form_is_local():
    assert foreign.written_instant("2611210800", "%y%m%d%H%M", WIB) == AT
    assert foreign.written_instant("26112108", "%y%m%d%H%M%S", WIB) != AT
    assert foreign.written_instant("x", "%y%m%d%H%M", WIB) is None
    assert foreign.written_instant(2611210800, "%y%m%d%H%M", WIB) is None
    assert foreign.written_instant("2026-11-21".ljust(64), "%Y-%m-%d ", WIB) == AT - timedelta(hours=8)
    assert foreign.written_instant("2026-11-21".ljust(65), "%Y-%m-%d ", WIB) is None


def test_the_date_of_a_mail():
    written = "Sat, 21 Nov 2026 08:00:00 +0700"
    assert foreign.mail_instant(written) == AT
    assert foreign.mail_instant("Sat, 21 Nov 2026 01:00:00") == AT, "without a zone it is UTC"
    assert foreign.mail_instant(f"{written} (WIB)".ljust(128)) == AT
    assert foreign.mail_instant(f"{written} (WIB)".ljust(129)) is None
    assert foreign.mail_instant("yesterday") is None
    assert foreign.mail_instant(5) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(0, 0.0), (0.5, 0.5), (-0.5, None), (-1, None), (3600.5, 3600.0), ("0", 0.0), ("0" * 20, 0.0), ("0" * 21, 3600.0),
     (" Sat, 21 Nov 2026 01:00:30 GMT ", 30.0), (False, None)],
)  # fmt: skip
def test_a_pause_by_its_bounds(value, seconds):
    assert foreign.pause_s(value, AT) == seconds


def test_the_longest_pause_is_the_callers():
    for value in ("50", 50, "Sat, 21 Nov 2026 01:00:50 GMT", "9" * 30):
        assert foreign.pause_s(value, AT, 10.0) == 10.0


@pytest.mark.parametrize(
    ("raw", "found"),
    [(b'{"a": 1}', {"a": 1}), (b"[1]", {}), (b"", {}), (b"\xff", {}), (b"[" * 100_000, {}), (b"{", {})],
)
def test_a_document_is_an_object_or_empty(raw, found):
    assert foreign.document(raw) == found


def test_a_member_is_found_along_its_path_or_none():
    told = {"a": {"b": [1], "c": None}}
    assert foreign.member(told, "a", "b") == [1]
    assert foreign.member(told) is told
    assert foreign.member(told, "a", "x", "y") is None
    assert foreign.member(told, "a", "b", "c") is None
    assert foreign.member([told], "a") is None


def test_lists_and_objects_are_of_their_kind_and_bounded():
    assert foreign.record({"a": 1}) == {"a": 1}
    assert foreign.record([1]) == {}
    assert foreign.items([1, 2, 3], 2) == [1, 2]
    assert foreign.items({"a": 1}) == []
    assert len(foreign.items([0] * 10_001)) == 10_000
    assert foreign.records([{"a": 1}, 2, {}, {"b": 1}], 3) == [{"a": 1}, {}]
    assert len(foreign.records([{}] * 10_001)) == 10_000
    assert foreign.each([1, 2, 3], 2) == [1, 2]
    assert foreign.each({"a": 1}) == [{"a": 1}]
    assert foreign.each(0) == [0]
    assert foreign.each(None) == []
    assert len(foreign.each([0] * 10_001)) == 10_000


def test_the_first_text_that_says_something():
    assert foreign.first_text([None, " ", 7, "b"]) == "7"
    assert foreign.first_text(["abc"], 2) == "ab"
    assert foreign.first_text([[], " "]) == ""


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Asia/Jakarta", "Asia/Jakarta"),
        ("UTC", "UTC"),
        ("Etc/GMT+7", "Etc/GMT+7"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Asia", None),  # a folder of zones
        ("Asia/Nowhere", None),
        ("../Asia/Jakarta", None),
        ("/etc/passwd", None),
        ("Asia/Jakarta\x00", None),
        ("Asia/Jakarta\n", None),
        ("0.10" * 400, None),  # a module's name of 400 parts
        ("A" * 10_000, None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_a_time_zone_is_the_name_of_one_or_none(name: object, zone: str | None) -> None:
    found = foreign.time_zone(name)
    assert (found.key if found else None) == zone


def test_a_providers_text_is_made_storable() -> None:
    assert foreign.storable("a\x00b\udcffc – é") == "a?b?c – é"
