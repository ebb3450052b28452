"""What a camera's record becomes: its time, its plate, its boxes, its cell, and what is refused; known answers."""

from datetime import UTC, datetime, timedelta
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.errors import InputError
from cakra.core.identifiers.plate import PlateFault, parse_plate
from cakra.journey.intake.event import Camera, EventClaim, PhotoClaim
from cakra.journey.intake.rules import (
    EARLIEST,
    MAX_RECORD_BYTES,
    PLAUSIBLE,
    canonical_json,
    cell_of,
    check_clock,
    check_event,
    claimed_plate,
)
from cakra.kit.settings import Intake

AT = datetime(2026, 11, 3, 3, tzinfo=UTC)
CAMERA = Camera("K1", "PMJ", 100, 16, "Asia/Jakarta", 5.0, {})
LIMITS = Intake(max_photos=2, future_tolerance_s=10.0)
DIGEST = bytes(range(32))


def photo(role="scene", **more) -> PhotoClaim:
    return PhotoClaim(**({"sha256": DIGEST, "role": role, "bytes": 9, "width": 100, "height": 50} | more))


def claim(**more) -> EventClaim:
    known = {
        "event_id": "e1",
        "raw_time": "2026-11-03T10:00:00+07:00",
        "occurred_at": AT,
        "offence": "PONSEL",
        "plate": "b 1234 xyz",
        "plate_box": None,
        "vehicle_kind": "car",
        "record": {"a": 1},
        "photos": (photo(),),
    }
    return EventClaim(**(known | more))


def checked(limits=LIMITS, received_at=AT, **more):
    return check_event(
        claim(**more),
        CAMERA,
        door="events",
        raw_sha256=b"raw",
        received_at=received_at,
        limits=limits,
        offences={"PONSEL", "BUSWAY"},
    )


def refused(code: str, told: str, **more) -> None:
    with pytest.raises(InputError, match=told) as problem:
        checked(**more)
    assert problem.value.code == code


# ---------------------------------------------------------------- what is written as it was told
def test_a_clean_record_is_written_as_it_was_told() -> None:
    event = checked(companion_of="e0", original=b"<xml>")
    assert (event.camera, event.event_id, event.key) == ("K1", "e1", ("K1", "e1"))
    assert (event.jurisdiction, event.door, event.offence, event.vehicle_kind) == ("PMJ", "events", "PONSEL", "car")
    assert (event.plate, event.occurred_at, event.received_at) == ("B1234XYZ", AT, AT)
    assert (event.raw_sha256, event.raw_time, event.original) == (b"raw", "2026-11-03T10:00:00+07:00", b"<xml>")
    assert (event.notes, event.joins, event.companion_of) == ((), True, "e0")
    assert event.record == {
        "a": 1,
        "photos": [{"sha256": DIGEST.hex(), "role": "scene", "taken_at": None, "box": None}],
    }


def test_the_same_record_has_one_content_hash_and_another_photograph_another() -> None:
    first, other = checked().content_hash, photo(sha256=b"y" * 32)
    assert first == checked().content_hash
    assert len(first) == 32
    assert len({first, checked(photos=(other,)).content_hash, checked(record={"a": 2}).content_hash}) == 3
    # Boxes belong to what was claimed: the same picture with another box is another record.
    assert checked(photos=(photo(box=(1.0, 2.0, 3.0, 4.0)),)).content_hash != first


def test_a_photograph_keeps_its_claim_in_the_record() -> None:
    claimed = photo(box=(1.0, 2.0, 3.0, 4.0), rect=(0.1, 0.2, 0.3, 0.4), rect_unit="fraction", taken_at="10.00")
    (kept,) = checked(photos=(claimed,)).record["photos"]
    assert (kept["sha256"], kept["role"], kept["taken_at"]) == (DIGEST.hex(), "scene", "10.00")
    assert kept["box"] == [1.0, 2.0, 3.0, 4.0]
    assert (kept["rect"], kept["rect_unit"]) == ([0.1, 0.2, 0.3, 0.4], "fraction")


def test_a_text_for_the_time_is_kept_to_64_characters_and_can_be_stored() -> None:
    assert checked(raw_time="\x00" + "9" * 80).raw_time == "\ufffd" + "9" * 63
    assert checked(raw_time="9" * 64).raw_time == "9" * 64


# ---------------------------------------------------------------- what is refused
def test_an_offence_of_no_catalogue_is_refused_and_the_known_ones_are_named() -> None:
    refused("offence_unknown", "one of BUSWAY, PONSEL", offence="TERBANG")


def test_there_is_one_photograph_and_no_more_than_allowed() -> None:
    refused("photo_missing", "between 1 and 2", photos=())
    assert len(checked(photos=(photo(), photo("context"))).photos) == 2
    refused("photo_too_many", "3 photographs, 2 are allowed", photos=(photo(), photo("plate"), photo("context")))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_json_cannot_hold_is_refused(value) -> None:
    refused("event_unstorable", "cannot be stored", record={"extra": value})


def test_a_nul_character_is_refused_wherever_it_stands() -> None:
    refused("event_unstorable", "NUL", record={"extra": {"a\x00": 1}})


def test_a_record_may_have_64_kibibytes_to_the_byte() -> None:
    assert MAX_RECORD_BYTES == 65_536
    around = len(canonical_json({"a": ""}))
    assert len(canonical_json({"a": "x" * (MAX_RECORD_BYTES - around)})) == MAX_RECORD_BYTES
    with pytest.raises(InputError, match="65537 bytes, 65536 are allowed") as problem:
        canonical_json({"a": "x" * (MAX_RECORD_BYTES - around + 1)})
    assert problem.value.code == "event_too_long"


def test_equal_content_has_one_spelling() -> None:
    assert canonical_json({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()


# ---------------------------------------------------------------- the cell
def test_two_records_of_one_plate_lie_in_one_cell_of_the_jurisdiction() -> None:
    cell = 100 + crc32(b"B1234XYZ") % 16
    assert cell_of(100, 16, "B1234XYZ") == cell
    assert checked().cell == checked(event_id="e2", plate="B.1234-xyz", companion_of="e1").cell == cell


@pytest.mark.parametrize(
    ("more", "joins"),
    [
        ({"plate": None}, False),
        ({"plate": "1234"}, False),
        ({"occurred_at": PLAUSIBLE - timedelta(seconds=1)}, False),
        ({"occurred_at": PLAUSIBLE}, True),
    ],
)
def test_a_record_without_a_sure_plate_and_time_joins_nobody_elses(more, joins) -> None:
    event = checked(**more)
    assert event.joins is joins
    if not joins:
        assert event.cell == 100 + crc32(b"K1/e1") % 16
        # The other offences of the same record stay with the first.
        assert checked(event_id="e2", companion_of="e1", **more).cell == event.cell


@given(st.integers(0, 32_000), st.integers(1, 256), st.text(max_size=20))
def test_a_cell_is_one_of_the_jurisdictions_own(first, cells, key) -> None:
    assert first <= cell_of(first, cells, key) < first + cells


# ---------------------------------------------------------------- the clock
def clocked(**more):
    at, notes = check_clock(claim(**more), AT, CAMERA, LIMITS)
    return at, [(note.check, note.verdict) for note in notes]


@pytest.mark.parametrize(
    ("told", "stored", "check"),
    [
        (AT, AT, None),
        (AT - timedelta(seconds=5), AT - timedelta(seconds=5), None),
        (AT - timedelta(seconds=5.1), AT - timedelta(seconds=5.1), "clock_suspect"),
        (AT + timedelta(seconds=5), AT + timedelta(seconds=5), None),
        (AT + timedelta(seconds=10), AT + timedelta(seconds=10), "clock_suspect"),
        (AT + timedelta(seconds=10.1), AT, "clock_future"),
        (PLAUSIBLE, PLAUSIBLE, "clock_suspect"),
        (PLAUSIBLE - timedelta(seconds=1), PLAUSIBLE - timedelta(seconds=1), "clock_impossible"),
        (EARLIEST - timedelta(days=400_000), EARLIEST, "clock_impossible"),
    ],
)
def test_no_clock_refuses_anybody_and_every_odd_one_is_told(told, stored, check) -> None:
    assert clocked(occurred_at=told) == (stored, [(check, "doubt")] if check else [])


def test_the_first_instants_are_those_of_the_epoch_and_of_our_first_camera() -> None:
    assert datetime.fromtimestamp(0, UTC) == EARLIEST
    assert datetime(2010, 1, 1, tzinfo=UTC) == PLAUSIBLE


def test_a_record_kept_back_while_the_network_was_away_is_late_and_not_suspect() -> None:
    old = AT - timedelta(days=2)
    assert clocked(occurred_at=old, sent_at=AT) == (old, [])
    assert clocked(occurred_at=old, sent_at=AT - timedelta(minutes=1)) == (old, [("clock_suspect", "doubt")])


def test_a_suspect_clock_says_by_how_much() -> None:
    _, (note,) = check_clock(claim(occurred_at=AT - timedelta(seconds=61.2346)), AT, CAMERA, LIMITS)
    assert note.facts == {"delta_s": 61.235, "tolerance_s": 5.0}
    assert "berselisih 61 detik" in note.words_id


def test_an_impossible_clock_shows_what_the_camera_wrote_in_64_characters() -> None:
    _, (note,) = check_clock(claim(occurred_at=EARLIEST, raw_time="7" * 70), AT, CAMERA, LIMITS)
    assert note.facts == {"text": "7" * 64}
    assert note.words_id.endswith(f"({'7' * 64}).")
    assert note.words_en.endswith(f"({'7' * 64}).")


# ---------------------------------------------------------------- the plate
@pytest.mark.parametrize("text", [None, "", "unknown", "-"])
def test_no_plate_is_no_plate_and_nothing_odd(text) -> None:
    assert claimed_plate(text) == (None, ())


@pytest.mark.parametrize(
    ("text", "kept", "fault", "words"),
    [
        ("1234 xyz", "1234XYZ", PlateFault.REGION_MISSING, "huruf kode wilayah tidak ada"),
        ("qq 12 a", "QQ12A", PlateFault.REGION_UNKNOWN, "kode wilayah tidak dikenal"),
        ("b xyz", "BXYZ", PlateFault.NUMBER_MISSING, "angka tidak ada"),
        ("b 12345 xyz", "B12345XYZ", PlateFault.NUMBER_TOO_LONG, "susunannya bukan TNKB"),
    ],
)
def test_a_misread_plate_is_kept_as_claimed_with_a_note(text, kept, fault, words) -> None:
    plate, (note,) = claimed_plate(text)
    assert (plate, note.check, note.verdict) == (kept, "plate_grammar", "doubt")
    assert note.facts == {"fault": str(fault), "claimed": text}
    assert words in note.words_id


def test_a_long_text_for_a_plate_is_kept_to_32_characters() -> None:
    plate, notes = claimed_plate("b" * 40)
    assert (plate, len(notes)) == ("B" * 32, 1)


@given(st.text(max_size=60))
def test_whatever_a_camera_calls_a_plate_is_a_valid_one_or_noted(text) -> None:
    plate, notes = claimed_plate(text)
    if notes:
        assert plate is not None
        assert len(plate) <= 32
    elif plate is not None:
        assert parse_plate(text).text == plate


# ---------------------------------------------------------------- boxes
@pytest.mark.parametrize(
    ("box", "inside"),
    [
        ((10.2, 20.2, 30.8, 40.8), (10, 20, 31, 41)),
        ((-5.0, -5.0, 500.0, 500.0), (0, 0, 100, 50)),
        ((0.0, 0.0, 1.0, 1.0), (0, 0, 1, 1)),
    ],
)
def test_a_box_is_widened_to_whole_pixels_within_its_photograph(box, inside) -> None:
    event = checked(photos=(photo(box=box),))
    assert (event.photos[0].box, event.notes) == (inside, ())


@pytest.mark.parametrize("box", [(100.0, 0.0, 120.0, 10.0), (30.0, 10.0, 10.0, 20.0)])
def test_a_box_outside_is_left_away_and_told(box) -> None:
    event = checked(photos=(photo(box=box), photo("plate", box=(1.0, 1.0, 9.0, 9.0))))
    assert [one.box for one in event.photos] == [None, (1, 1, 9, 9)]
    (note,) = event.notes
    assert (note.check, note.verdict) == ("box_outside", "doubt")
    assert note.facts == {"box": list(box), "width": 100, "height": 50}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_an_events_box_of_no_number_is_left_away_and_told(number) -> None:
    event = checked(plate_box=(number, 0.0, 1.0, 1.0))
    assert (event.photos[0].box, [note.check for note in event.notes]) == (None, ["box_outside"])


def test_the_events_own_box_belongs_to_the_first_scene() -> None:
    photos = (photo("plate"), photo("scene", sha256=b"a" * 32))
    event = checked(photos=photos, plate_box=(1.0, 2.0, 30.0, 40.0))
    assert [one.box for one in event.photos] == [None, (1, 2, 30, 40)]
    two = (photo("scene"), photo("scene", sha256=b"a" * 32))
    assert [one.box for one in checked(photos=two, plate_box=(1.0, 2.0, 30.0, 40.0)).photos] == [(1, 2, 30, 40), None]
    own = (photo("scene", box=(5.0, 5.0, 6.0, 6.0)),)
    assert checked(photos=own, plate_box=(1.0, 2.0, 30.0, 40.0)).photos[0].box == (5, 5, 6, 6)


def test_notes_of_the_door_clock_plate_and_boxes_come_in_this_order() -> None:
    (told,) = claimed_plate("1234")[1]
    event = checked(
        notes=(told,),
        plate="1234 xyz",
        received_at=AT + timedelta(hours=1),
        photos=(photo(box=(100.0, 0.0, 120.0, 10.0)),),
    )
    assert [note.check for note in event.notes] == ["plate_grammar", "clock_suspect", "plate_grammar", "box_outside"]
