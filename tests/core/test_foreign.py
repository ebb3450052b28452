"""Values of strangers: by type, within bounds, and never an exception."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core import foreign

AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
WIB = timezone(timedelta(hours=7))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(ANYTHING)
def test_no_value_raises_and_each_answer_is_of_its_kind(value):
    assert len(foreign.text(value, 20)) <= 20
    assert "\n" not in foreign.line(value)
    assert len(foreign.identifier(value, 20)) <= 20
    assert foreign.integer(value, -5, 5) in {None, *range(-5, 6)}
    assert foreign.flag(value) in {None, True, False}
    instants = foreign.unix_instant(value), foreign.iso_instant(value, WIB), foreign.mail_instant(value)
    for at in (*instants, foreign.written_instant(value, "%y%m%d%H%M", WIB)):
        assert at is None or foreign.EARLIEST <= at < foreign.LATEST
    pause = foreign.pause_s(value, AT)
    assert pause is None or 0 <= pause <= 3600
    assert isinstance(foreign.record(value), dict)
    assert all(isinstance(one, dict) for one in foreign.records(value))
    assert isinstance(foreign.each(value), list)
    foreign.member(value, "a", "b")


@given(st.binary(max_size=60) | ANYTHING.map(lambda value: json.dumps(value, default=repr).encode()))
def test_a_document_is_an_object(raw):
    assert isinstance(foreign.document(raw), dict)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 12 ", 12.0),
        (3, 3.0),
        ("99999999999999999", 3600.0),
        ("9" * 5000, 3600.0),
        (99999999999, 3600.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ([], None),
        (True, None),
        (float("nan"), None),
        (float("inf"), 3600.0),
        ("Sat, 21 Nov 2026 01:02:00 GMT", 120.0),
        ("Sat, 21 Nov 2026 00:02:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Fri, 31 Dec 2099 23:59:59 GMT", 3600.0),
        ("Sat, 21 Nov 2026 01:02:00 +99999999999999999999", None),
    ],
)
def test_the_pause_that_a_server_asks_for_is_never_long(value, seconds):
    assert foreign.pause_s(value, AT) == seconds


@pytest.mark.parametrize(
    "value", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026", 7, None, "10000-01-01", "x" * 5000]
)
def test_an_instant_that_cannot_be_is_none(value):
    assert foreign.iso_instant(value, WIB) is None


def test_an_instant_without_an_offset_is_local_or_none():
    assert foreign.iso_instant("2026-11-21T08:00:00", WIB) == AT
    assert foreign.iso_instant("2026-11-21T08:00:00") is None


@pytest.mark.parametrize("value", ["1795222800", 1795222800, 1795222800.9])
def test_unix_seconds_in_every_type(value):
    assert foreign.unix_instant(value) == datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("value", [-1, "-1", 10**30, "1" * 400, 1e300, True, [], "0x10", "1.5"])
def test_seconds_that_cannot_be_are_none(value):
    assert foreign.unix_instant(value) is None


def test_controls_and_turned_letters_are_taken_out():
    assert foreign.line("A\x00b\u202ec\nd\te\ud800\x9f") == "Abc d e"
    assert foreign.identifier("wamid.\x00") == ""
    assert foreign.identifier("a" * 513) == ""
