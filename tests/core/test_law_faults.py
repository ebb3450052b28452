"""Every fault of a law file is named where it stands: one spoiled file a row, and the sentence for it."""

import re
from datetime import date

import pytest
from tests.core.law_texts import law_texts

from cakra.core.law.book import LawBook, check_law
from cakra.core.law.deadlines import parse_deadline_policies
from cakra.core.law.exemptions import ExemptionRules
from cakra.core.law.lawtext import Field, LawDataInvalid, read_document
from cakra.core.law.offences import OffenceCatalogue
from cakra.core.law.speed import SpeedRules
from cakra.core.law.zones.holidays import HolidayCalendar, Override, read_overrides
from cakra.core.law.zones.oddeven import read_zones, unsettled_road
from cakra.core.policy.kind import Scope
from cakra.core.policy.kinds import DEADLINES

REGIME = '[[regime]]\nid = "one"\nvalid_from = 2009-06-22\nbasis = "test"\n'
OFFENCE = (
    '[[offence]]\ncode = "PONSEL"\nlabel_id = "a"\nlabel_en = "b"\narticle = "283"\nmaximum_deposit = 750000\n'
    "valid_from = 2009-06-22\n"
)
SPEED = 'tolerance_kmh = 5\ntolerance_percent = 3\ntolerance_source = "test"\n'
BASIS = (
    '[[basis]]\ncode = "AMBULANS"\nlabel_id = "a"\nlabel_en = "b"\nexempts = ["GANJIL_GENAP"]\nexempts_on_duty = []\n'
    'officer_decides = []\nsource = "test"\n'
)
OVERRIDE = '[[override]]\nday = 2026-05-12\nin_force = true\nsource = "SE 1"\n'
POLICY = (
    '[[policy]]\njurisdiction = "ID"\nvariant = "one"\neffective_from = 2026-01-01\nzone = "Asia/Jakarta"\n'
    'letter_days = 3\nletter_anchor = "violation"\nconfirm_days = 8\nconfirm_anchor = "delivered"\npay_days = 15\n'
    'pay_anchor = "code_issued"\nblock_grace_days = 0\nsource = "test"\n'
)


def said(name: str, text: str) -> str:
    if name == "deadlines.toml":
        return "\n".join(DEADLINES.faults(text, Scope("ID", date(2026, 12, 1), ())))
    return "\n".join(check_law(law_texts() | {f"data/{name}": text}))


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("offences.toml", OFFENCE, "no regime is given"),
        ("offences.toml", REGIME * 2 + OFFENCE, "two regimes are in force on the same day"),
        ("offences.toml", REGIME + OFFENCE.replace("750000", "0"), "maximum_deposit is zero"),
        ("offences.toml", REGIME + OFFENCE + "colour = 1\n", "colour"),
        ("offences.toml", REGIME + "colour = 1\n" + OFFENCE, "colour"),
        ("offences.toml", "colour = 1\n" + REGIME + OFFENCE, "colour"),
        ("offences.toml", REGIME + OFFENCE, "odd-even zones need the offence GANJIL_GENAP, which is missing"),
        ("offences.toml", REGIME + OFFENCE + "valid_to = 2009-06-21\n", "is before valid_from"),
        ("offences.toml", REGIME + OFFENCE.replace('article = "283"', "article = 283"), "is not a text"),
        ("offences.toml", REGIME + OFFENCE.replace("750000", "7.5"), "is not a whole number"),
        ("offences.toml", REGIME + OFFENCE.replace("750000", "true"), "is not a whole number"),
        ("offences.toml", REGIME + OFFENCE + 'needs = "SPEED"\n', "needs"),
        ("offences.toml", REGIME + OFFENCE + "needs = [3]\n", "needs"),
        ("speed.toml", "colour = 1\n" + SPEED, "colour"),
        ("speed.toml", SPEED.replace("5", "-5"), "tolerance_kmh = -5 is not zero or more"),
        ("exemptions.toml", BASIS * 2, "the code is given twice"),
        ("exemptions.toml", BASIS.replace('["GANJIL_GENAP"]', "[]"), "the basis reaches no offence"),
        ("exemptions.toml", BASIS + "colour = 1\n", "colour"),
        ("exemptions.toml", "colour = 1\n" + BASIS, "colour"),
        (
            "exemptions.toml",
            BASIS.replace("officer_decides = []", 'officer_decides = ["GANJIL_GENAP"]'),
            "stands in two of its lists",
        ),
        ("calendar.toml", OVERRIDE * 2, "2026-05-12 has two overrides"),
        ("calendar.toml", OVERRIDE + "colour = 1\n", "colour"),
        ("calendar.toml", "colour = 1\n" + OVERRIDE, "colour"),
        ("calendar.toml", OVERRIDE.replace("2026-05-12", '"later"'), "day"),
        ("deadlines.toml", POLICY * 2, "ID has variant one twice from the same day"),
        ("deadlines.toml", POLICY + "colour = 1\n", "colour"),
        ("deadlines.toml", "colour = 1\n" + POLICY, "colour"),
        ("deadlines.toml", POLICY + "in_use = false\n", "no policy is in use"),
        ("deadlines.toml", POLICY.replace('"ID"', '"PMJ"'), "no policy of jurisdiction ID is in use"),
        ("deadlines.toml", POLICY.replace("Asia/Jakarta", "Asia/Nowhere"), "zone"),
        ("deadlines.toml", POLICY.replace('"delivered"', '"violation_"'), "confirm_anchor"),
    ],
)
def test_a_spoiled_file_is_told(name, text, sentence) -> None:
    assert sentence in said(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("speed.toml", SPEED),
        ("exemptions.toml", BASIS),
        ("calendar.toml", OVERRIDE),
        ("deadlines.toml", POLICY),
    ],
)
def test_the_same_files_unspoiled_have_no_fault(name, text) -> None:
    assert said(name, text) == ""


def test_all_faults_stand_in_the_sentence_of_the_error() -> None:
    with pytest.raises(LawDataInvalid) as caught:
        SpeedRules.parse(SPEED.replace("5", "-5"))
    assert (
        caught.value.sentence == "the law files cannot be used:\n- speed.toml: tolerance_kmh = -5 is not zero or more"
    )
    assert caught.value.problems == ("speed.toml: tolerance_kmh = -5 is not zero or more",)


def test_what_a_file_leaves_out_is_the_mildest_reading() -> None:
    catalogue = OffenceCatalogue.parse(REGIME + OFFENCE)
    regime = catalogue.regimes[0]
    assert (regime.show_confinement, regime.minimum_fine, regime.needs_legal_signoff) == (False, 0, True)
    offence = catalogue.offences[0]
    assert offence.minimum_fine == 0
    assert [offence.needs_legal_signoff, offence.hidden_by_mask, offence.cakra] == [False] * 3
    assert offence.confinement_text is None


def test_a_regime_may_ask_no_lawyer() -> None:
    catalogue = OffenceCatalogue.parse(REGIME + "needs_legal_signoff = false\n" + OFFENCE)
    assert catalogue.at("PONSEL", date(2026, 11, 1)).needs_legal_signoff is False
    marked = OffenceCatalogue.parse(REGIME + "needs_legal_signoff = false\n" + OFFENCE + "needs_legal_signoff = true\n")
    assert marked.at("PONSEL", date(2026, 11, 1)).needs_legal_signoff is True


def test_the_numbers_of_each_file_arrive() -> None:
    rules = SpeedRules.parse(SPEED)
    assert (rules.tolerance_kmh, rules.tolerance_percent) == (5, 3)
    zero = SpeedRules.parse(SPEED.replace("5", "0").replace("3", "0"))
    assert (zero.tolerance_kmh, zero.tolerance_percent) == (0, 0)
    (policy,) = parse_deadline_policies(POLICY)
    assert (policy.letter_days, policy.confirm_days, policy.pay_days, policy.block_grace_days) == (3, 8, 15, 0)
    bases = ExemptionRules.parse(BASIS).bases
    assert bases["AMBULANS"].exempts == {"GANJIL_GENAP"}


def test_a_policy_of_zero_days_is_zero() -> None:
    zeros = re.sub(r"_days = \d+", "_days = 0", POLICY)
    (policy,) = parse_deadline_policies(zeros)
    assert (policy.letter_days, policy.confirm_days, policy.pay_days, policy.block_grace_days) == (0, 0, 0, 0)


def test_a_jurisdiction_of_its_own_beside_the_nations_is_no_fault() -> None:
    pair = POLICY + POLICY.replace('"ID"', '"PMJ"') + "in_use = false\n"
    assert [policy.jurisdiction for policy in parse_deadline_policies(pair)] == ["ID", "PMJ"]


def test_an_override_holds_unless_it_lifts() -> None:
    problems: list[str] = []
    found = read_overrides(OVERRIDE.replace("in_force = true\n", ""), problems)
    assert (problems, found) == ([], {date(2026, 5, 12): Override(in_force=True, source="SE 1")})
    lifted = read_overrides(OVERRIDE.replace("true", "false"), problems)
    assert lifted[date(2026, 5, 12)].in_force is False


def test_a_row_without_a_day_overrides_nothing() -> None:
    problems: list[str] = []
    assert read_overrides(OVERRIDE.replace("day = 2026-05-12\n", ""), problems) == {}
    assert problems == ["calendar.toml override number 1: day is missing"]


def test_joint_leave_and_unknown_years_are_told_apart() -> None:
    calendar = HolidayCalendar({date(2026, 1, 1): "Tahun Baru"}, {date(2026, 3, 20): "Cuti"})
    assert "joint leave" in calendar.in_force(date(2026, 3, 20)).reason_en
    assert "not a public holiday" in calendar.in_force(date(2026, 3, 23)).reason_en
    assert calendar.in_force(date(2025, 3, 20)).violates is None
    assert calendar.in_force(date(2026, 1, 1)).violates is False


def test_a_document_that_is_no_toml_has_one_fault() -> None:
    problems: list[str] = []
    document = read_document("exemptions.toml", "a = [", problems)
    assert list(document.rows("basis", "code")) == []
    assert len(problems) == 1


def test_a_row_of_the_wrong_shape_is_named() -> None:
    assert "basis: must be a list of tables" in said("exemptions.toml", 'basis = "AMBULANS"\n')
    assert "basis: must be a list of tables" in said("exemptions.toml", "basis = [1]\n")
    assert "basis: must be a list of tables" in said("exemptions.toml", 'basis = [{code = "AMBULANS"}, 1]\n')


def test_a_field_read_wrongly_gives_a_harmless_value() -> None:
    problems: list[str] = []
    row = Field("x", {"a": 3, "b": "t", "c": " "}, problems)
    assert row.text("a") == ""
    assert row.number("b") is None
    assert row.text("c") == ""
    assert problems[:3] == ["x: a = 3 is not a text", "x: b = 't' is not a whole number", "x: c is empty"]


@pytest.mark.parametrize(
    ("told", "number", "sentence"),
    [
        ({"a": 0}, 0, None),
        ({"a": 9}, 9, None),
        ({"a": 10}, None, "x: a = 10 is not 9 or less"),
        ({"a": -1}, None, "x: a = -1 is not zero or more"),
        ({"a": True}, None, "x: a = True is not a whole number"),
        ({}, None, "x: a is missing"),
    ],
)
def test_a_whole_number_is_bounded(told, number, sentence) -> None:
    problems: list[str] = []
    assert Field("x", told, problems).number("a", most=9) == number
    assert problems == ([] if sentence is None else [sentence])


@pytest.mark.parametrize(
    ("told", "number", "sentence"),
    [
        ({"a": 0.5}, 0.5, None),
        ({"a": 2}, 2.0, None),
        ({"a": 3.0}, 3.0, None),
        ({"a": 3.1}, 3.0, "x: a = 3.1 is not a number above 0 and at most 3"),
        ({"a": 0}, 3.0, "x: a = 0 is not a number above 0 and at most 3"),
        ({"a": True}, 3.0, "x: a = True is not a number above 0 and at most 3"),
        ({"a": "1"}, 3.0, "x: a = '1' is not a number above 0 and at most 3"),
        ({"a": float("nan")}, 3.0, "x: a = nan is not a number above 0 and at most 3"),
        ({}, 3.0, "x: a is missing"),
    ],
)
def test_a_number_is_bounded_and_a_wrong_one_gives_the_bound(told, number, sentence) -> None:
    problems: list[str] = []
    read = Field("x", told, problems).real("a", above=0, most=3)
    assert (read, type(read)) in {(number, float), (number, int)}
    assert problems == ([] if sentence is None else [sentence])


def test_switches_and_lists_of_the_wrong_kind_are_told_and_give_what_holds_without_them() -> None:
    problems: list[str] = []
    row = Field("x", {"a": "no", "b": ["p", 3], "c": ["p", "q"], "d": True}, problems)
    assert (row.flag("a", default=True), row.flag("d", default=False), row.flag("e", default=True)) == (True,) * 3
    assert (row.texts("b"), row.texts("c"), row.texts("e")) == ((), ("p", "q"), ())
    assert problems == ["x: a = 'no' is not true or false", "x: b = ['p', 3] is not a list of texts"]
    row.texts("e", needed=True)
    assert problems[2:] == ["x: e is missing"]


def test_the_last_day_may_be_the_first() -> None:
    problems: list[str] = []
    day = date(2026, 1, 2)
    assert Field("x", {"valid_from": day, "valid_to": day}, problems).span() == (day, day)
    assert problems == []


def test_the_whole_book_parses_or_raises() -> None:
    book = LawBook.parse(law_texts(), public_holidays={}, joint_leave={})
    assert isinstance(book, LawBook)
    assert book.exemptions.bases


def test_a_zone_that_nobody_knows_is_read_as_utc_and_told() -> None:
    problems: list[str] = []
    assert Field("x", {"zone": "Asia/Nowhere"}, problems).zone().key == "UTC"
    assert problems == ["x: zone 'Asia/Nowhere' is not a known time zone; write one such as Asia/Jakarta"]
    assert Field("x", {"zone": "Asia/Jayapura"}, problems).zone().key == "Asia/Jayapura"


def test_a_day_beside_an_estimated_holiday_waits_for_the_decree_and_no_other() -> None:
    guessed = date(2026, 3, 21)
    calendar = HolidayCalendar({guessed: "Idul Fitri"}, estimated=frozenset({guessed}))
    found = {day: calendar.in_force(date(2026, 3, day)).violates for day in range(18, 25)}
    assert found == {18: True, 19: True, 20: None, 21: None, 22: None, 23: True, 24: True}


ZONE = (
    '[[zone]]\nid = "uji"\njurisdiction = "PMJ"\nzone = "Asia/Jakarta"\nvalid_from = 2026-01-01\ndays = ["mon"]\n'
    'windows = ["06:00-10:00"]\nbasis = "uji"\n'
)
ROAD = '[[zone.road]]\nname = "Jl. Uji"\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ZONE + "colour = 1\n" + ROAD, "oddeven.toml zone uji: colour is not a known key"),
        (ZONE + ROAD + "colour = 1\n", "colour is not a known key"),
        ("colour = 1\n" + ZONE + ROAD, "oddeven.toml: colour is not a known key"),
        (ZONE.replace('windows = ["06:00-10:00"]\n', "") + ROAD, "oddeven.toml zone uji: windows is missing"),
        (ZONE.replace("10:00", "06:00") + ROAD, "ends before it starts"),
        (ZONE.replace("06:00-10:00", "pagi") + ROAD, "window 'pagi' is not written as 06:00-10:00"),
        (
            ZONE.replace('"06:00-10:00"', '"09:00-11:00", "06:00-10:00"') + ROAD,
            "windows overlap: one starts at 09:00 before another ends at 10:00",
        ),
        (ZONE, "the zone has no roads"),
    ],
)
def test_a_spoiled_zone_is_told(text, sentence) -> None:
    problems: list[str] = []

    read_zones(text, problems)
    assert sentence in "\n".join(problems)


def test_an_unspoiled_zone_pauses_on_holidays_and_is_surveyed() -> None:
    problems: list[str] = []
    (zone,) = read_zones(ZONE + ROAD, problems)
    assert problems == []
    assert zone.pauses_on_holidays
    assert not zone.roads[0].survey


def test_a_road_of_one_of_two_zones_is_settled() -> None:
    other = ZONE.replace('"uji"', '"lain"') + ROAD.replace("Uji", "Kuningan")
    zones = read_zones(ZONE + ROAD + other, [])
    assert unsettled_road(zones, "PMJ", "Jl. Uji") is None
    assert unsettled_road(zones, "PMJ", "Jl. Kuningan") is None
    assert unsettled_road(zones, "PMJ", "Jl. Gatot Subroto").violates is False
    assert unsettled_road(zones, "PMJ", "Jl. Kuninga").violates is None, "a name that resembles one is an officer's"
