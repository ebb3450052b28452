"""The plate grammar, by property: whatever the text, the answer is a plate or a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.identifiers.plate import (
    REGIONS,
    Plate,
    PlateError,
    PlateFault,
    PlateKind,
    candidates,
    class_hint,
    one_character_wrong,
    parse_plate,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
civil_texts = st.builds(
    lambda region, number, series: f"{region}{number}{series}",
    st.sampled_from(sorted(REGIONS)),
    st.integers(1, 9999),
    st.text(LETTERS, max_size=3),
)
special_texts = st.one_of(
    st.builds(lambda number, unit: f"{number}-{unit:02d}", st.integers(1000, 99999), st.integers(0, 99)),
    st.builds(lambda number, unit: f"{number}-{unit}", st.integers(1, 99999), st.sampled_from(["I", "VII", "XXIV"])),
    st.builds(
        lambda prefix, number: f"{prefix}{number}",
        st.sampled_from(["CD", "CC", "CH", "CS", "CN"]),
        st.integers(10, 999999),
    ),
    st.builds(lambda number: f"RI{number}", st.integers(1, 9999)),
)


def read_or_fault(text):
    try:
        return parse_plate(text)
    except PlateError as error:
        return error


@given(st.one_of(civil_texts, special_texts))
def test_every_plate_survives_its_own_spellings(text):
    plate = parse_plate(text)
    assert plate.text == text
    for spelling in (plate.text, plate.spaced, plate.text.lower(), f"  {plate.spaced}. "):
        assert parse_plate(spelling) == plate


@given(civil_texts)
def test_spaces_dots_and_hyphens_do_not_matter(text):
    assert parse_plate(".".join(text)) == parse_plate("-".join(text)) == parse_plate(text)


@given(st.text(max_size=40))
def test_any_text_is_a_plate_or_a_plate_error_with_a_sentence(text):
    read = read_or_fault(text)
    if isinstance(read, PlateError):
        assert read.sentence.endswith(".")
        assert read.code == f"plate_{read.fault}"
    else:
        assert parse_plate(read.text) == read
    assert len(candidates(text)) <= 16


@given(st.text("ABDGIOQSZ0123456789", max_size=9))
def test_candidates_are_valid_distinct_and_of_the_same_length(text):
    found = candidates(text)
    assert len({plate.text for plate in found}) == len(found)
    for plate in found:
        assert parse_plate(plate.text) == plate
        assert len(plate.text.replace("-", "")) == len(text)


@given(civil_texts, st.integers(1, 20))
def test_a_valid_plate_is_its_own_nearest_candidate(text, limit):
    found = candidates(text, limit)
    assert found[0].text == text
    assert len(found) <= limit


@given(civil_texts)
def test_one_character_wrong_is_exactly_that(text):
    wrong = list(one_character_wrong(parse_plate(text)))
    assert wrong
    assert len(set(wrong)) == len(wrong)
    for other in wrong:
        assert len(other) == len(text)
        assert sum(a != b for a, b in zip(other, text, strict=True)) == 1
        assert parse_plate(other).text == other


@given(civil_texts)
def test_the_mask_hides_the_number_and_its_length(text):
    plate = parse_plate(text)
    assert not any(char.isdigit() for char in plate.masked)
    assert plate.masked.split()[0] == plate.region
    longer = Plate(plate.region, plate.number + "1", plate.series, plate.kind)
    assert longer.masked == plate.masked


@pytest.mark.parametrize(
    ("text", "fault", "word"),
    [
        ("", PlateFault.EMPTY, "empty"),
        (" .- ", PlateFault.EMPTY, "empty"),
        ("8369FQ", PlateFault.REGION_MISSING, "region"),
        ("1234VII", PlateFault.REGION_MISSING, "region"),
        ("C123A", PlateFault.REGION_UNKNOWN, "C in C123A"),
        ("ABC123", PlateFault.REGION_UNKNOWN, "two region letters"),
        ("B0123AA", PlateFault.LEADING_ZERO, "zero"),
        ("B12345A", PlateFault.NUMBER_TOO_LONG, "four digits"),
        ("B1234ABCD", PlateFault.SERIES_TOO_LONG, "three letters"),
        ("BABA", PlateFault.NUMBER_MISSING, "no number"),
        ("B1A1", PlateFault.ORDER, "digits after"),
        ("B 12Ø4 XY", PlateFault.CHARACTER, "Ø"),
        ("B" * 5000, PlateFault.NUMBER_MISSING, "no number"),
    ],
)
def test_the_sentence_says_what_is_wrong(text, fault, word):
    with pytest.raises(PlateError, match=word) as caught:
        parse_plate(text)
    assert caught.value.fault is fault
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("text", "canonical", "kind"),
    [
        ("b 1234 xyz", "B1234XYZ", PlateKind.CIVIL),
        ("B 1703 ZZP", "B1703ZZP", PlateKind.CIVIL),
        ("AB 9", "AB9", PlateKind.CIVIL),
        ("B 1234 RFS", "B1234RFS", PlateKind.VOID),
        ("B 12 QH", "B12QH", PlateKind.VOID),
        ("B 1234 RF", "B1234RF", PlateKind.CIVIL),
        ("1234-00", "1234-00", PlateKind.MILITARY),
        ("12345 07", "12345-07", PlateKind.MILITARY),
        ("1234 - VII", "1234-VII", PlateKind.POLICE),
        ("CD 12 34", "CD1234", PlateKind.DIPLOMATIC),
        ("CC-14-5", "CC145", PlateKind.DIPLOMATIC),
        ("RI 1", "RI1", PlateKind.STATE),
    ],
)
def test_every_kind_is_recognised(text, canonical, kind):
    plate = parse_plate(text)
    assert (plate.text, plate.kind) == (canonical, kind)


def test_a_misread_region_or_digit_is_found_among_the_candidates():
    assert "B8369FQ" in [plate.text for plate in candidates("88369FQ")]
    assert candidates("B I2O4 XY")[0].text == "B1204XY"
    assert "B1234TOB" in [plate.text for plate in candidates("B1234TQB")]
    assert candidates("MMMMMM") == ()
    assert candidates("1234-VII")[0].kind is PlateKind.POLICE


def test_sixty_regions_each_with_area_and_police():
    assert len(REGIONS) == 60
    assert all(region.code == code and region.area and region.police for code, region in REGIONS.items())


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("B2999AA", "car"),
        ("AA2999AA", "motorcycle"),
        ("B7000AA", "bus"),
        ("D8000AA", "goods"),
        ("B9999AA", "goods/special"),
        ("1234-00", None),
    ],
)
def test_number_ranges_only_hint_at_a_class(text, hint):
    assert class_hint(parse_plate(text)) == hint
