import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.law_texts import law_book, law_texts
from tests.shared import shared_dir

from cakra.core.law.lawtext import LawDataInvalid
from cakra.core.law.offences import DepositRule, Need, OffenceCatalogue, UnknownOffence
from cakra.core.law.vehicle import VehicleKind

CATALOGUE = law_book().offences
DAYS = st.dates(min_value=date(2009, 6, 22), max_value=date(2040, 1, 1))
CODES = st.sets(st.sampled_from(CATALOGUE.codes), min_size=1)
CAKRA = [
    "GANJIL_GENAP",
    "MARKA_RAMBU",
    "BATAS_KECEPATAN",
    "LAMPU_MERAH",
    "LAWAN_ARUS",
    "TANPA_HELM",
    "TANPA_HELM_PENUMPANG",
    "TANPA_SABUK",
    "PONSEL",
    "BUSWAY",
    "BONCENGAN",
]


def test_the_ten_cakra_types_come_first():
    assert list(CATALOGUE.codes[: len(CAKRA)]) == CAKRA
    assert {offence.code for offence in CATALOGUE.offences if offence.cakra} == set(CAKRA)


def test_articles_and_maxima_agree_with_the_fact_sheet():
    facts = json.loads((shared_dir() / "facts" / "domain.json").read_text())["violations"]
    day = date(2026, 11, 1)
    ours = {
        code: (CATALOGUE.at(code, day).article, CATALOGUE.at(code, day).maximum_deposit) for code in CATALOGUE.codes
    }
    assert ours == {fact["code"]: (fact["article"], fact["max_fine_idr"]) for fact in facts}


@pytest.mark.parametrize("code", CATALOGUE.codes)
def test_confinement_disappears_on_the_day_it_was_abolished(code):
    before, after = CATALOGUE.at(code, date(2026, 1, 1)), CATALOGUE.at(code, date(2026, 1, 2))
    assert before.confinement_text is not None
    assert (after.confinement_text, after.minimum_fine, after.needs_legal_signoff) == (None, 50_000, True)


def test_cited_as_on_a_letter():
    offence = CATALOGUE.at("GANJIL_GENAP", date(2026, 11, 1))
    assert offence.citation == "Pasal 287 ayat (1) jo. Pasal 106 ayat (4) huruf a"


def test_what_the_masks_hide_is_marked():
    hidden = {offence.code for offence in CATALOGUE.offences if offence.hidden_by_mask}
    assert hidden == {"TANPA_HELM", "TANPA_HELM_PENUMPANG", "TANPA_SABUK", "PONSEL", "BONCENGAN"}


def test_speed_needs_a_calibrated_measurement():
    needs = CATALOGUE.at("BATAS_KECEPATAN", date(2026, 11, 1)).needs
    assert needs >= {Need.SPEED, Need.SPEED_LIMIT, Need.CALIBRATION}


@pytest.mark.parametrize(
    ("code", "kind", "fits"),
    [
        ("TANPA_HELM", VehicleKind.MOTORCYCLE, True),
        ("TANPA_HELM", VehicleKind.CAR, False),
        ("TANPA_HELM", VehicleKind.UNKNOWN, None),
        ("LAMPU_MERAH", VehicleKind.UNKNOWN, True),
        ("TANPA_SABUK", VehicleKind.MOTORCYCLE, False),
    ],
)
def test_which_vehicles_can_commit_it(code, kind, fits):
    assert CATALOGUE.at(code, date(2026, 11, 1)).fits(kind) is fits


def test_an_unknown_code_names_the_known_ones():
    with pytest.raises(UnknownOffence, match="'MELAYANG' is not known; known codes: GANJIL_GENAP, MARKA_RAMBU"):
        CATALOGUE.at("MELAYANG", date(2026, 11, 1))


def test_a_day_before_the_law_has_no_offence():
    with pytest.raises(UnknownOffence, match="not in force on 2009-06-21"):
        CATALOGUE.at("PONSEL", date(2009, 6, 21))


@given(CODES, DAYS)
def test_the_deposit_lies_between_its_parts_and_their_sum(codes, day):
    single = [CATALOGUE.deposit([code], day) for code in codes]
    highest = CATALOGUE.deposit(codes, day)
    assert highest == max(single)
    assert CATALOGUE.deposit(codes, day, DepositRule.SUM) == sum(single)
    assert CATALOGUE.deposit([*codes, *codes], day, DepositRule.SUM) == sum(single)


def test_no_offence_is_no_deposit():
    with pytest.raises(UnknownOffence, match="at least one"):
        CATALOGUE.deposit([], date(2026, 11, 1))


OLD_AND_NEW = """
[[regime]]
id = "only"
valid_from = 2009-06-22
show_confinement = true
basis = "test"

[[offence]]
code = "PONSEL"
label_id = "lama"
label_en = "old"
article = "283"
maximum_deposit = 750000
valid_from = 2009-06-22
valid_to = 2026-06-30

[[offence]]
code = "PONSEL"
label_id = "baru"
label_en = "new"
article = "283a"
maximum_deposit = 1000000
valid_from = 2026-07-01
"""


@given(DAYS)
def test_exactly_one_version_of_the_law_holds_on_any_day(day):
    offence = OffenceCatalogue.parse(OLD_AND_NEW).at("PONSEL", day)
    assert offence.label_id == ("lama" if day <= date(2026, 6, 30) else "baru")


def test_two_versions_on_one_day_are_refused():
    with pytest.raises(LawDataInvalid, match="PONSEL has two entries in force on the same day"):
        OffenceCatalogue.parse(OLD_AND_NEW.replace("2026-06-30", "2026-07-01"))


WITH_A_GAP = OLD_AND_NEW.replace("2026-06-30", "2026-05-31").replace(
    "valid_from = 2026-07-01", "valid_from = 2026-07-01\nvalid_to = 2026-12-31"
)


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2009, 1, 1), "lama"),  # before the first: as it will stand
        (date(2009, 6, 22), "lama"),
        (date(2026, 5, 31), "lama"),
        (date(2026, 6, 15), "lama"),  # between the two: as it stood last
        (date(2026, 7, 1), "baru"),
        (date(2026, 12, 31), "baru"),
        (date(2031, 1, 1), "baru"),
    ],
)
def test_of_an_offence_that_is_not_in_force_the_nearest_law_is_shown(day, label):
    assert OffenceCatalogue.parse(WITH_A_GAP).nearest("PONSEL", day).label_id == label


def test_an_offence_that_nobody_knows_has_no_nearest_law():
    with pytest.raises(UnknownOffence, match="is not known"):
        CATALOGUE.nearest("TERBANG", date(2026, 11, 1))


def test_a_day_before_every_regime_has_no_law():
    with pytest.raises(UnknownOffence, match="no law on file is in force on 2009-06-21"):
        CATALOGUE.regime(date(2009, 6, 21))


def test_the_whole_file_is_checked_at_once():
    text = law_texts()["data/offences.toml"]
    spoiled = text.replace('article = "283"', "", 1).replace("maximum_deposit = 750000", "maximum_deposit = -5", 1)
    with pytest.raises(LawDataInvalid) as caught:
        OffenceCatalogue.parse(spoiled)
    assert caught.value.problems == (
        "offences.toml offence PONSEL: maximum_deposit = -5 is not zero or more",
        "offences.toml offence PONSEL: article is missing",
    )


def test_one_passage_deposits_its_highest_offence_unless_all_are_summed():
    both, day = ["PONSEL", "LAMPU_MERAH", "PONSEL"], date(2026, 11, 1)
    assert CATALOGUE.deposit(both, day) == 750_000
    assert CATALOGUE.deposit(both, day, DepositRule.SUM) == 1_250_000


def test_an_article_of_another_shape_is_cited_as_it_stands():
    text = OLD_AND_NEW.replace('article = "283a"', 'article = "283 bis"\njo = "106(1)"')
    assert OffenceCatalogue.parse(text).at("PONSEL", date(2026, 7, 1)).citation == "283 bis jo. Pasal 106 ayat (1)"
