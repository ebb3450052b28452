from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.errors import InputError
from cakra.doors.cameras.hikvision.clock import read_clock

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
    read, notes = read_clock(text, pictures, JAKARTA, received_at)
    assert read == instant
    assert [note.check for note in notes] == checks


@given(
    st.text(max_size=40)
    | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?", fullmatch=True)
)
def test_every_text_is_an_instant_or_a_refusal(text):
    try:
        instant, _ = read_clock(text, [], JAKARTA, LATER)
    except InputError:
        return
    assert instant.utcoffset() == timedelta(0)
