from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.doors.cameras.hikvision.reading.clock import Witnesses, read_clock
from cakra.doors.cameras.hikvision.reading.names import read_name
from cakra.doors.cameras.hikvision.reading.record import records_of
from cakra.doors.cameras.hikvision.reading.text import read_documents

JAKARTA = ZoneInfo("Asia/Jakarta")
LATER = datetime(2026, 5, 1, tzinfo=UTC)
TRUE = datetime(2026, 2, 3, 4, 10, 21, tzinfo=UTC)  # 11:10:21 in Jakarta


@pytest.mark.parametrize(
    ("text", "pictures", "received_at", "instant", "checks"),
    [
        ("2026-02-03T11:10:21+07:00", [], LATER, TRUE, []),
        ("2026-02-03T11:10:21", [], LATER, TRUE, []),
        # The offset lies: the pictures' wall clock, or our own receipt, says so.
        ("2026-02-03T11:10:21+00:00", ["20260203111021709"], LATER, TRUE, ["zone_suspect"]),
        ("2026-02-03T11:10:21Z", [], TRUE + timedelta(seconds=3), TRUE, ["zone_suspect"]),
        # An honest camera that writes UTC.
        ("2026-02-03T04:10:21Z", ["20260203111021"], LATER, TRUE, []),
        ("2026-02-03T04:10:21Z", [], TRUE + timedelta(seconds=3), TRUE, []),
        # Nothing fits: the text is believed, and somebody is told.
        ("2026-02-03T04:10:21Z", [], LATER, TRUE, ["zone_suspect"]),
        ("", ["20260203111021"], LATER, TRUE, ["time_from_picture"]),
    ],
)
def test_the_camera_zone_decides_when_the_offset_lies(text, pictures, received_at, instant, checks):
    read = read_clock(text, Witnesses.of(pictures), JAKARTA, received_at)
    assert read.instant == instant
    assert [note.check for note in read.notes] == checks


WALL = datetime(2026, 2, 3, 11, 10, 21)  # noqa: DTZ001 - a file's name has no zone


@pytest.mark.parametrize(
    ("text", "instant", "checks"),
    [
        # The zone lies, and the file's name knows it.
        ("2026-02-03T11:10:21Z", TRUE, ["zone_suspect"]),
        ("2026-02-03T04:10:21+00:00", TRUE, []),
        # The clock was reset, or the text is none: the name is believed, and somebody is told.
        ("1970-01-01T00:00:12+07:00", TRUE, ["time_from_name"]),
        ("0001-01-01T00:00:00+07:00", TRUE, ["time_from_name"]),
        ("9999-12-31T23:59:59-12:00", TRUE, ["time_from_name"]),
        ("2026-02-30T25:61:61+07:00", TRUE, ["time_from_name"]),
        ("yesterday", TRUE, ["time_from_name"]),
        # Other spellings of the same.
        ("2026/02/03 11:10:21", TRUE, []),
        ("20260203T111021+0700", TRUE, []),
        ("2026-02-03 11:10:21.5 +07:00", TRUE + timedelta(seconds=0.5), []),
        ("20260203111021500", TRUE + timedelta(seconds=0.5), []),
        ("2026-02-03T11:10:21+7:00", TRUE, []),
        ("2026-02-03T11:10:21+07", TRUE, []),
    ],
)
def test_a_name_that_knows_better_is_believed(text, instant, checks):
    read = read_clock(text, Witnesses.of([], [WALL]), JAKARTA, LATER)
    assert (read.instant, [note.check for note in read.notes]) == (instant, checks)


@pytest.mark.parametrize(
    ("text", "instant", "checks"),
    [
        ("yesterday", LATER, ["time_unreadable"]),
        ("2026-13-01T00:00:00+07:00", LATER, ["time_unreadable"]),
        ("2026-02-03T11:10:21+99:00", LATER, ["time_unreadable"]),
        ("2031-01-01T00:00:00+07:00", LATER, ["clock_future"]),
        ("9999-12-31T23:59:59-12:00", LATER, ["clock_future"]),
        ("1970-01-01T00:00:12+07:00", datetime(1969, 12, 31, 17, 0, 12, tzinfo=UTC), []),  # noted by intake
        ("0001-01-01T00:00:00+07:00", datetime(1, 1, 1, tzinfo=UTC), []),
    ],
)
def test_no_clock_is_so_wrong_that_the_record_is_lost(text, instant, checks):
    read = read_clock(text, Witnesses(), JAKARTA, LATER)
    assert (read.instant, [note.check for note in read.notes]) == (instant, checks)


@pytest.mark.parametrize(
    ("name", "plate"),
    [
        ("CAM_20260203111021000_B9001ZZZ.xml", "B9001ZZZ"),
        ("CAM_20260203111021000_L1_B9001ZZZ.xml", "B9001ZZZ"),  # a lane
        ("CAM_20260203111021000_A1_LANE2_B9001ZZZ_D2.xml", "B9001ZZZ"),
        ("CAM_20260203111021000_L1.xml", None),
        ("CAM_20260203111021000_B9001ZZZ (1).xml", "B9001ZZZ"),
        ("CAM_20260203111021000_B9001ZZZ - Copy.xml", "B9001ZZZ"),
        ("CAM_20260203111021000_noPlate.xml", None),
    ],
)
def test_the_plate_in_a_name_is_the_longest_that_is_one(name, plate):
    assert (read_name(name).wall, read_name(name).plate) == (WALL, plate)


@pytest.mark.parametrize("said", ["0", "1", "2", "unknown", ""])
def test_a_number_says_nothing_of_a_belt_or_a_phone(said):
    xml = f"<FTP><pilotsafebelt>{said}</pilotsafebelt><uphone>{said}</uphone><helmet>{said}</helmet></FTP>"
    (document,) = read_documents(xml.encode())
    assert records_of(document.root)[0].attributes == {}


@given(
    st.text(max_size=40)
    | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?", fullmatch=True)
)
def test_every_text_is_an_instant_and_none_of_the_future(text):
    read = read_clock(text, Witnesses(), JAKARTA, LATER)
    assert read.instant.utcoffset() == timedelta(0)
    assert read.instant <= LATER + timedelta(seconds=10)
