"""Plates by known answers: how each kind is printed, the bounds of every range, and which misreadings are nearest."""

import pytest

from cakra.core.identifiers.plate import (
    PlateError,
    PlateFault,
    PlateKind,
    candidates,
    class_hint,
    is_civil,
    is_plate,
    one_character_wrong,
    parse_plate,
)


@pytest.mark.parametrize(
    ("text", "spaced", "masked", "last"),
    [
        ("B1234XYZ", "B 1234 XYZ", "B ** XYZ", 4),
        ("AB9", "AB 9", "AB **", 9),
        ("1234-00", "1234-00", "**-00", 4),
        ("1234-VII", "1234-VII", "**-VII", 4),
        ("CD1234567", "CD 12 34567", "CD **", 7),
        ("CD12", "CD 12", "CD **", 2),
        ("RI10", "RI 10", "RI **", 0),
    ],
)
def test_a_plate_as_it_is_printed_masked_and_counted(text, spaced, masked, last):
    plate = parse_plate(text)
    assert (plate.text, plate.spaced, plate.masked, plate.last_digit) == (text, spaced, masked, last)


@pytest.mark.parametrize(
    ("number", "greater_jakarta", "elsewhere"),
    [
        (1, "car", "car"), (1999, "car", "car"), (2000, "car", "motorcycle"), (2999, "car", "motorcycle"),
        (3000, "motorcycle", "motorcycle"), (6999, "motorcycle", "motorcycle"), (7000, "bus", "bus"),
        (7999, "bus", "bus"), (8000, "car/goods", "goods"), (8999, "car/goods", "goods"),
        (9000, "goods/special", "special"), (9999, "goods/special", "special"),
    ],
)  # fmt: skip
def test_the_ranges_of_numbers(number, greater_jakarta, elsewhere):
    assert class_hint(parse_plate(f"B{number}XYZ")) == greater_jakarta
    assert class_hint(parse_plate(f"D{number}XYZ")) == elsewhere


def test_only_the_civil_series_has_ranges_a_void_one_among_them():
    assert class_hint(parse_plate("B1234RFS")) == "car"
    assert [class_hint(parse_plate(text)) for text in ("RI1", "CD1234", "1234-VII", "12345-07")] == [None] * 4


@pytest.mark.parametrize(
    "text", ["B0123", "B1A23", "1-", "-VII", "123456-VII", "1234-IIII", "1234-VX", "CD1", "CD12345678", "RI0", "123-00"]
)
def test_what_is_near_a_plate_and_none(text):
    with pytest.raises(PlateError):
        parse_plate(text)


@pytest.mark.parametrize("unit", ["I", "IV", "VIII", "IX", "XIX", "XXXIX", "XL", "XLIX"])
def test_a_police_unit_is_a_roman_number(unit):
    assert parse_plate(f" 12-{unit}.").kind is PlateKind.POLICE


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("AB0123", PlateFault.LEADING_ZERO),
        ("AB12345", PlateFault.NUMBER_TOO_LONG),
        ("ABC1234", PlateFault.REGION_UNKNOWN),
        ("AB1234CD5", PlateFault.ORDER),
        ("AB1234CDEF", PlateFault.SERIES_TOO_LONG),
    ],
)
def test_the_fault_of_a_plate_with_two_region_letters_is_its_own(text, fault):
    with pytest.raises(PlateError) as caught:
        parse_plate(text)
    assert caught.value.fault is fault


def test_a_police_plate_without_its_hyphen_lacks_its_region():
    with pytest.raises(PlateError) as caught:
        parse_plate("1234VII")
    assert caught.value.fault is PlateFault.REGION_MISSING


def test_a_long_text_is_shown_short_and_one_of_sixteen_signs_whole():
    with pytest.raises(PlateError, match="series of B1234ABCDEFGHIJK has"):
        parse_plate("B1234ABCDEFGHIJK")
    with pytest.raises(PlateError, match="series of B1234ABCD… has"):
        parse_plate("B1234ABCDEFGHIJKL")


def test_a_field_of_two_hundred_signs_is_a_plate_and_a_longer_one_is_none():
    assert parse_plate("B 1234 XYZ".ljust(200)).text == "B1234XYZ"
    with pytest.raises(PlateError):
        parse_plate("B 1234 XYZ".ljust(201))


def test_a_strange_region_is_shown_and_the_strange_sign_named():
    with pytest.raises(PlateError, match="ZZ in ZZ12 is not a region") as caught:
        parse_plate("ZZ 12")
    assert caught.value.fault is PlateFault.REGION_UNKNOWN
    with pytest.raises(PlateError, match="contains '!'; only"):
        parse_plate("B1!2?")


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("B1234TQB", ["B1234TQB", "B1234TOB", "B1234TQO", "B1234TDB", "B1234TQD"]),
        ("8I", ["B1"]),
        ("81", ["B1", "B4", "B7"]),
        ("BA1234ABC", ["BA1234ABC", "BA1234AOC", "BA1234ABG"]),
        ("B", []),
        ("BA1234ABCD", []),
        ("1234-00", ["1234-00"]),
        ("B12?", []),
    ],
)
def test_the_nearest_misreadings_come_first(seen, meant):
    assert [plate.text for plate in candidates(seen, max(len(meant), 1))] == meant


def test_so_many_candidates_as_are_asked_for_and_sixteen_else():
    assert candidates("B1234XYZ", 0) == candidates("B1234XYZ", -1) == ()
    assert len(candidates("B1234XYZ", 1)) == 1
    assert len(candidates("B1234XYZ")) == 16
    assert len(candidates("88369FQ", 40)) == 40


def test_no_candidate_has_a_zero_at_the_beginning_of_its_number():
    found = [plate.text for plate in candidates("BO12", 400)]
    assert "BO12" not in found
    assert found
    assert not any(text.startswith(("B0", "D0")) for text in found)


def test_every_place_of_a_plate_may_be_the_wrong_one():
    wrong = set(one_character_wrong(parse_plate("B12X")))
    assert {"D12X", "B92X", "B10X", "B12A", "B124", "BE2X", "B1EX"} <= wrong
    assert wrong.isdisjoint({"B02X", "B12X", "112X", "X12X"})
    assert all("-" not in other or other[-3] == "-" for other in one_character_wrong(parse_plate("1234-00")))


@pytest.mark.parametrize("text", ["B1234XYZ", "B1234RFS", "AB9"])
def test_a_civil_form(text):
    assert is_civil(text)
    assert is_plate(text)


@pytest.mark.parametrize("text", ["1234-00", "1234-VII", "CD1234", "RI1"])
def test_another_form_is_a_plate_and_not_civil(text):
    assert not is_civil(text)
    assert is_plate(text)


@pytest.mark.parametrize("text", ["", "ZZ12", "B0", "1234", "1234-IIX"])
def test_no_form_of_a_plate(text):
    assert not is_civil(text)
    assert not is_plate(text)
