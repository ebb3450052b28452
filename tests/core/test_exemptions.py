from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.law_texts import law_book

from cakra.core.law.exemptions import Exemption, ExemptionEffect, ExemptionRules
from cakra.core.law.lawtext import LawDataInvalid

BOOK = law_book()
RULES = BOOK.exemptions
NOON = datetime(2026, 11, 3, 5, tzinfo=UTC)
EXEMPT, OFFICER, NONE = ExemptionEffect


def entry(basis="AMBULANS", *offences, plate="B1234XYZ", proof=False, start=NOON, end=None):
    return Exemption(plate, basis, frozenset(offences), start, end, "S/12/2026", "AKBP Contoh", proof)


def effect(offence, *entries, plate="B1234XYZ", instant=NOON):
    return RULES.applies(entries, plate=plate, offence=offence, instant=instant).effect


@pytest.mark.parametrize(
    ("basis", "offence", "expected"),
    [
        ("AMBULANS", "GANJIL_GENAP", EXEMPT),
        ("AMBULANS", "LAMPU_MERAH", OFFICER),
        ("AMBULANS", "BUSWAY", OFFICER),
        ("AMBULANS", "BATAS_KECEPATAN", OFFICER),
        ("AMBULANS", "MARKA_RAMBU", OFFICER),
        ("JENAZAH", "GANJIL_GENAP", OFFICER),
        ("LISTRIK", "GANJIL_GENAP", EXEMPT),
        ("LISTRIK", "LAMPU_MERAH", NONE),
        ("NO_SUCH", "LAMPU_MERAH", OFFICER),
    ],
)
def test_what_a_ground_reaches(basis, offence, expected):
    assert effect(offence, entry(basis)) is expected


@pytest.mark.parametrize("offence", ["TANPA_HELM", "TANPA_HELM_PENUMPANG", "TANPA_SABUK", "PONSEL", "BONCENGAN"])
@pytest.mark.parametrize("basis", sorted(RULES.bases))
def test_no_ground_excuses_helmet_belt_phone_or_passengers(basis, offence):
    assert effect(offence, entry(basis, offence)) is NONE


def test_an_entry_that_asks_for_proof_of_duty_goes_to_an_officer():
    assert effect("GANJIL_GENAP", entry(proof=True)) is OFFICER


def test_an_entry_holds_only_for_its_plate_and_its_offences():
    assert effect("GANJIL_GENAP", entry(), plate="B9999XYZ") is NONE
    assert effect("GANJIL_GENAP", entry("AMBULANS", "BUSWAY")) is NONE


@given(st.timedeltas(min_value=timedelta(-9), max_value=timedelta(9)))
def test_an_entry_holds_from_its_start_until_before_its_end(offset):
    end = NOON + timedelta(days=3)
    inside = timedelta(0) <= offset < timedelta(days=3)
    assert effect("GANJIL_GENAP", entry(end=end), instant=NOON + offset) is (EXEMPT if inside else NONE)


@given(st.permutations([entry("LISTRIK"), entry("JENAZAH"), entry("BUS_JALUR")]))
def test_the_strongest_of_several_entries_counts_in_any_order(entries):
    assert effect("GANJIL_GENAP", *entries) is EXEMPT


@given(st.permutations([entry("LISTRIK", "BUSWAY"), entry("JENAZAH"), entry("LISTRIK", "PONSEL")]))
def test_an_open_question_of_one_entry_stands_whatever_the_others_do_not_reach(entries):
    assert effect("GANJIL_GENAP", *entries) is OFFICER


def test_the_reason_names_ground_and_document():
    finding = RULES.applies([entry()], plate="B1234XYZ", offence="GANJIL_GENAP", instant=NOON)
    assert finding.reason_en == "Ambulance: exempt by document S/12/2026"
    assert finding.entry == entry()


def test_an_entry_beyond_its_ground_may_not_be_approved():
    wrong = Exemption("B1XYZ", "LISTRIK", frozenset({"PONSEL"}), NOON, NOON, " ", "AKBP Contoh")
    assert RULES.problems(wrong) == [
        "basis LISTRIK does not reach PONSEL",
        "the exemption ends before it begins",
        "document is missing",
    ]
    assert RULES.problems(entry("NO_SUCH"))[0].startswith("basis 'NO_SUCH' is not known; known: DAMKAR")
    assert RULES.problems(entry()) == []


def test_a_ground_that_says_two_things_of_one_offence_is_refused():
    text = """
    [[basis]]
    code = "A"
    label_id = "a"
    label_en = "a"
    exempts = ["BUSWAY"]
    officer_decides = ["BUSWAY"]
    source = "test"
    """
    with pytest.raises(LawDataInvalid, match="one offence stands in two of its lists"):
        ExemptionRules.parse(text)


def test_the_last_moment_before_the_end_is_the_last_that_holds():
    last = NOON + timedelta(days=3, microseconds=-1)
    held = entry(end=NOON + timedelta(days=3))
    assert [effect("GANJIL_GENAP", held, instant=last + timedelta(microseconds=extra)) for extra in (0, 1)] == [
        EXEMPT,
        NONE,
    ]


def test_an_entry_that_says_nothing_of_proof_asks_for_it():
    silent = Exemption("B1234XYZ", "AMBULANS", frozenset(), NOON, None, "S/12/2026", "AKBP Contoh")
    assert effect("GANJIL_GENAP", silent) is OFFICER
