from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.core.law_texts import law_book, law_texts, odd_even_rules

from cakra.core.identifiers.plate import parse_plate
from cakra.core.law.book import LawBook
from cakra.core.law.exemptions import Exemption
from cakra.core.law.lawtext import LawDataInvalid
from cakra.core.law.vehicle import PlateColour, VehicleFacts, VehicleKind
from cakra.core.law.zones.holidays import HolidayCalendar
from cakra.core.law.zones.oddeven import OFFENCE, OddEvenRules, read_zones, unsettled_road
from cakra.core.law.zones.roads import normalise_road
from cakra.kit.indonesian_holidays import indonesian_holidays
from policy_kit import packaged

JAKARTA = ZoneInfo("Asia/Jakarta")
RULES = odd_even_rules()
CAR = VehicleFacts(VehicleKind.CAR, PlateColour.WHITE, electric=False)
ROAD = "Jl. Jenderal Sudirman"
EVEN, ODD = parse_plate("B 1234 XYZ"), parse_plate("B 1235 XYZ")
TUESDAY = "2026-11-03T08:00:00"
"""An odd date, an ordinary weekday, in the morning window."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA).astimezone(UTC)


def judge(when=TUESDAY, *, plate=EVEN, road=ROAD, vehicle=CAR, **more):
    return RULES.judge(plate, at(when), road, vehicle, **more)


def near_an_estimate(day):
    return any(abs((day - guessed).days) <= 1 for guessed in RULES.holidays.estimated)


def test_an_even_plate_on_an_odd_date_violates():
    finding = judge()
    assert finding.violates is True
    assert finding.reason_en == "The date 2026-11-03 is odd, the plate ends in 4, time 08:00"


def test_zero_is_even():
    assert judge(plate=parse_plate("B 10 A")).violates is True
    assert judge("2026-11-04T08:00:00", plate=parse_plate("B 10 A")).violates is False


@given(
    st.dates(min_value=date(2024, 1, 1), max_value=date(2027, 12, 31)),
    st.times(),
    st.integers(min_value=1, max_value=9999),
)
def test_the_rule_is_what_the_regulation_says(day, clock, number):
    calendar = RULES.holidays
    assume(day not in calendar.overrides and not near_an_estimate(day))
    inside = time(6) <= clock < time(10) or time(16) <= clock < time(21)
    pauses = day.weekday() >= 5 or day in calendar.public
    expected = inside and not pauses and number % 2 != day.day % 2
    instant = datetime.combine(day, clock, JAKARTA).astimezone(UTC)
    finding = RULES.judge(parse_plate(f"B {number} XYZ"), instant, ROAD, CAR)
    assert finding.violates is expected


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=1459)))
def test_odd_and_even_plates_never_violate_at_the_same_moment(since):
    instant = datetime(2024, 1, 1, tzinfo=UTC) + since
    assume(not near_an_estimate(instant.astimezone(JAKARTA).date()))
    found = [RULES.judge(plate, instant, ROAD, CAR).violates for plate in (ODD, EVEN)]
    assert found.count(True) <= 1
    assert None not in found


@pytest.mark.parametrize(
    ("clock", "violates"),
    [
        ("05:59:59", False),
        ("06:00:00", True),
        ("09:59:59", True),
        ("10:00:00", False),
        ("15:59:59", False),
        ("16:00:00", True),
        ("20:59:59", True),
        ("21:00:00", False),
    ],
)
def test_the_edges_of_the_windows(clock, violates):
    assert judge(f"2026-11-03T{clock}").violates is violates


@pytest.mark.parametrize(
    ("when", "plate", "violates", "why"),
    [
        ("2026-08-17T08:00:00", EVEN, False, "public holiday"),
        ("2026-11-07T08:00:00", EVEN, False, "weekday"),
        ("2025-05-13T08:00:00", EVEN, False, "lifted"),
        ("2024-12-26T08:00:00", ODD, False, "lifted"),
        ("2025-12-29T08:00:00", EVEN, True, "odd"),
        ("2026-03-20T08:00:00", ODD, True, "even"),
        ("2031-01-07T08:00:00", EVEN, None, "holidays of 2031 are not on file"),
    ],
)
def test_holidays_joint_leave_and_single_decisions(when, plate, violates, why):
    finding = judge(when, plate=plate)
    assert (finding.violates, why in finding.reason_en) == (violates, True), finding


@pytest.mark.parametrize(
    ("vehicle", "plate", "violates"),
    [
        (VehicleFacts(VehicleKind.MOTORCYCLE, PlateColour.WHITE, electric=False), EVEN, False),
        (VehicleFacts(VehicleKind.CAR, PlateColour.WHITE, electric=True), EVEN, False),
        (VehicleFacts(VehicleKind.BUS, PlateColour.YELLOW, electric=False), EVEN, False),
        (VehicleFacts(VehicleKind.CAR, PlateColour.RED, electric=False), EVEN, False),
        (CAR, parse_plate("1234-00"), False),
        (CAR, parse_plate("RI 2"), False),
        (CAR, parse_plate("CD 12 34"), None),
        (CAR, parse_plate("B 1234 RFS"), None),
        (CAR, parse_plate("B 1234 ZZH"), True),
        (VehicleFacts(VehicleKind.UNKNOWN, PlateColour.WHITE, electric=False), EVEN, None),
        (VehicleFacts(VehicleKind.CAR, PlateColour.UNKNOWN, electric=False), EVEN, None),
        (VehicleFacts(VehicleKind.CAR, PlateColour.WHITE, electric=None), EVEN, None),
        (VehicleFacts(VehicleKind.MOTORCYCLE), EVEN, False),
    ],
)
def test_who_is_exempt_and_what_is_not_known(vehicle, plate, violates):
    assert judge(plate=plate, vehicle=vehicle).violates is violates


def test_unknown_facts_do_not_matter_when_the_date_acquits():
    assert judge(plate=ODD, vehicle=VehicleFacts()).violates is False


@pytest.mark.parametrize(
    ("basis", "proof", "violates"),
    [("BBM_BBG", False, False), ("BBM_BBG", True, None), ("JENAZAH", False, None), ("BUS_JALUR", False, True)],
)
def test_a_registered_exemption_acquits_or_goes_to_an_officer(basis, proof, violates):
    entry = Exemption(EVEN.text, basis, frozenset(), at("2026-01-01"), None, "S/1", "AKBP Contoh", proof)
    found = law_book().exemptions.applies([entry], plate=EVEN.text, offence=OFFENCE, instant=at(TUESDAY))
    assert judge(exemption=found).violates is violates


def test_the_list_has_its_26_roads():
    assert len([road for zone in RULES.zones for road in zone.roads]) == 26


@pytest.mark.parametrize(
    ("road", "violates"),
    [
        ("Jl. Jend. Sudirman arah Semanggi", True),
        ("JALAN M.H. THAMRIN, Jakarta Pusat", True),
        ("Jln HR Rasuna Said (depan KPK)", True),
        ("Jl. Gatot Subroto", True),
        ("Jl. MT. Haryono", True),
        ("Jl. Salemba Raya sisi Barat", True),
        ("Jl. Salemba Raya", None),
        ("Jl. MH. Thamrin", True),
        ("Jl. MH. Thamrin No. 1", None),
        ("Jl.M.H.Thamrin", True),
        ("Jl. Mohamad Husni Thamrin", True),
        ("Jl. R.S. Fatmawati Raya", None),
        ("Jl. Jenderal Sudirman - Semanggi", None),
        ("Jl. Jenderal Sudirman – Semanggi", None),
        ("Simpang Sarinah, Jl. MH Thamrin", None),
        ("Simpang Sarinah (Jl. MH Thamrin)", None),
        ("JPO Bendungan Hilir / Jend. Sudirman", None),
        ("Jl. Sudirman Thamrin", None),
        ("JL JENDSUDIRMAN KAV 52", None),
        ("Jl. Jenderal Sudirman, Tangerang", None),
        ("Jl. Jenderal Sudirman (Bekasi)", None),
        ("Jl. Casablanca arah Sudirman", None),
        ("SIMPANG GATOT SOEBROTO KUNINGAN", None),
        ("Jl. Haryonno", None),
        ("Jl. Jend. Gatot Subroto arah Cawang KM 3", True),
        ("Ｊｌ. Gatot Subroto", True),
        ("Jl. Gatót Subroto", True),
        (" ", None),
        ("Jl.", None),
        ("沙", None),
        ("Bundaran Senayan", None),
        ("Simpang Slipi", None),
        ("Salemba", None),
        ("Jl. Kramat", None),
        ("Jl. Gn. Sahari", True),
        ("Soerjopranoto", None),
        ("Jl. Gatot Subroto Km 5 Tangerang", None),
        ("Jl. Raya Bogor", False),
        ("Jl. Jendral Sudirmen", None),
        ("", None),
        ("Jl. Casablanca", False),
        ("Jl. Daan Mogot", False),
    ],
)
def test_roads_as_people_write_them(road, violates):
    assert judge(road=road).violates is violates


WORDS_OF_ROADS = st.lists(
    st.sampled_from(["Jl.", "Jalan", "J", "L", "K.M.", "arah", "depan", "SP", "Merdeka", "7", ","])
)


@given(st.text() | WORDS_OF_ROADS.map(" ".join))
@example("J:L")
@example("Jl. Jl. Sudirman")
def test_a_road_name_has_one_form(text):
    once = normalise_road(text)
    assert normalise_road(f"Jl. {once}") == normalise_road(once)


@pytest.mark.parametrize(
    ("roads", "violates"),
    [
        (["Jl. Jenderal Sudirman"], True),
        (["Jl. Jenderal Sudirman", "Jl. Sudirman"], True),
        (["Jl. Jenderal Sudirman", "Jl. Casablanca"], True),
        (["Simpang Semanggi, Jl. Sudirman", "Jl. Sudirman"], None),
        (["Jl. Casablanca", "Jl. Jenderal Sudirman"], None),
        (["Jl. Casablanca", "Jl. Daan Mogot"], False),
        ([], None),
    ],
)
def test_a_name_does_not_acquit_where_another_of_the_place_would_not(roads, violates):
    assert judge(road=roads).violates is violates
    assert judge(road=roads, plate=ODD).violates is False, "the date acquits whatever the road is called"


@given(
    st.text(max_size=40),
    st.sampled_from(sorted(key for zone in RULES.zones for road in zone.roads for key in road.keys)),
)
def test_a_name_that_holds_a_listed_one_is_never_outside(text, key):
    for name in (f"{text} {key}", f"{key} {text}", f"{text}, Jl. {key}", f"{text} ({key}) {text}"):
        assert judge(road=name).violates is not False


@given(st.text())
def test_no_name_is_too_odd_to_be_judged(text):
    assert judge(road=text).violates in {True, False, None}


def test_an_empty_name_of_a_zones_road_is_a_fault_and_never_matches():
    with pytest.raises(LawDataInvalid, match="a name of the road is empty"):
        OddEvenRules.parse(TEMPORARY + 'also = ["Jl."]\n', HolidayCalendar())
    problems = []
    zones = read_zones(TEMPORARY + 'also = ["Jl."]\n', problems)
    assert problems
    for road in ("", "Jl.", "Jalan"):
        finding = OddEvenRules(zones, HolidayCalendar()).judge(EVEN, at("2026-03-21T12:00:00"), road, CAR)
        assert finding.violates is None


def test_a_camera_is_told_at_its_set_up_when_its_road_is_no_zones():
    assert unsettled_road(RULES.zones, "PMJ", "Jl. M.H. Thamrin") is None
    assert unsettled_road(RULES.zones, "PMJ", "Jl. Daan Mogot").violates is False
    assert unsettled_road(RULES.zones, "PMJ", "Simpang Sarinah, Jl. MH Thamrin").violates is None
    assert unsettled_road(RULES.zones, "JABAR", "Jl. Daan Mogot") is None


ESTIMATED = ["2027-03-09", "2027-03-10", "2027-03-11", "2027-03-12", "2027-05-16", "2027-05-17", "2027-05-18"]


@pytest.mark.parametrize("day", ESTIMATED)
@pytest.mark.parametrize("plate", [EVEN, ODD])
def test_an_estimated_day_and_its_neighbours_wait_for_the_decree(day, plate):
    weekend = date.fromisoformat(day).weekday() >= 5
    right_parity = plate.last_digit % 2 == date.fromisoformat(day).day % 2
    finding = judge(f"{day}T08:00:00", plate=plate)
    assert finding.violates is (False if weekend or right_parity else None)
    if finding.violates is None:
        assert "waits for the decree" in finding.reason_en
    assert judge(f"{day}T12:00:00", plate=plate).violates is False, "outside the hours no calendar matters"


def test_the_days_before_and_after_the_estimates_are_certain():
    assert judge("2027-03-15T08:00:00").violates is True
    assert judge("2027-05-19T08:00:00").violates is True
    assert judge("2027-03-08T08:00:00", plate=ODD).violates is False, "Nyepi is no estimate"


def test_a_decree_settles_the_estimated_day_and_its_neighbours():
    def ruled(text, day, plate):
        texts = law_texts()
        texts["data/calendar.toml"] += text
        found = indonesian_holidays([2026, 2027])
        book = LawBook.parse(
            texts, public_holidays=found.public, joint_leave=found.joint_leave, estimated=found.estimated
        )
        return replace(RULES, holidays=book.holidays).judge(plate, at(f"{day}T08:00:00"), ROAD, CAR).violates

    def decree(day, in_force):
        return f'\n[[override]]\nday = {day}\nin_force = {in_force}\nsource = "SKB"\n'

    kept = decree("2027-05-17", "false")
    assert [ruled(kept, f"2027-05-{day}", EVEN if day % 2 else ODD) for day in (17, 18)] == [False, True]
    moved = decree("2027-05-17", "true") + decree("2027-05-18", "false")
    assert [ruled(moved, f"2027-05-{day}", EVEN if day % 2 else ODD) for day in (17, 18, 19)] == [True, False, True]
    unsaid = decree("2027-05-17", "true")
    assert ruled(unsaid, "2027-05-18", ODD) is None, "the holiday must be on one of its neighbours"


def test_another_jurisdictions_road_of_the_same_name_is_no_zone():
    assert judge(jurisdiction="PMJ").violates is True
    assert judge(jurisdiction="JABAR").violates is False


TEMPORARY = """
[[zone]]
id = "lebaran"
jurisdiction = "ID"
zone = "Asia/Jakarta"
valid_from = 2026-03-14
valid_to = 2026-03-29
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
windows = ["00:00-23:59"]
pauses_on_holidays = false
basis = "a decision for one season"

[[zone.road]]
name = "Tol Jakarta-Cikampek"
"""


def test_a_zone_has_a_name_of_its_own():
    problems = []
    assert len(read_zones(TEMPORARY + TEMPORARY.replace('"lebaran"', '"natal"'), problems)) == 2
    assert problems == []
    read_zones(TEMPORARY * 3 + TEMPORARY.replace('"lebaran"', '"natal"'), problems)
    assert problems == ["oddeven.toml: zone lebaran is given twice"]


def test_a_temporary_zone_holds_in_its_days_only_and_through_holidays():
    rules = OddEvenRules.parse(TEMPORARY, HolidayCalendar())
    holiday = at("2026-03-21T12:00:00")
    assert rules.judge(EVEN, holiday, "Tol Jakarta Cikampek", CAR).violates is True
    for outside in ("2026-03-13T12:00:00", "2026-03-31T12:00:00"):
        assert rules.judge(EVEN, at(outside), "Tol Jakarta Cikampek", CAR).violates is False


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('"16:00-21:00"', '"09:00-21:00"'), "windows overlap: one starts at 09:00"),
        (('"16:00-21:00"', '"16:00"'), "window '16:00' is not written as"),
        (('"16:00-21:00"', '"21:00-16:00"'), "ends before it starts"),
        (('"fri"', '"jumat"'), "'jumat' is not one of mon, tue"),
        (('name = "Jl. Majapahit"', 'name = "Jl. Gajah Mada"'), "GAJAH MADA belongs to two roads"),
        (("valid_from = 2022-06-13", 'valid_from = "13-06-2022"'), "not a date such as"),
    ],
)
def test_a_wrong_zone_file_is_refused(change, complaint):
    text = packaged()["zones"]
    assert change[0] in text
    with pytest.raises(LawDataInvalid, match=complaint):
        OddEvenRules.parse(text.replace(*change), HolidayCalendar())


@given(st.integers(min_value=0, max_value=400))
def test_the_zone_follows_jakartas_clock_not_utc(days):
    # 23:30 UTC is 06:30 of the next day in Jakarta: the parity is that of Jakarta's date.
    instant = datetime(2026, 1, 1, 23, 30, tzinfo=UTC) + timedelta(days=days)
    local = instant.astimezone(JAKARTA).date()
    assume(local.weekday() < 5 and local not in RULES.holidays.public and local not in RULES.holidays.overrides)
    breaks = EVEN if local.day % 2 else ODD
    assert RULES.judge(breaks, instant, ROAD, CAR).violates is True


def test_windows_may_touch():
    rules = OddEvenRules.parse(TEMPORARY.replace('"00:00-23:59"', '"06:00-10:00", "10:00-12:00"'), HolidayCalendar())
    assert rules.judge(EVEN, at("2026-03-21T10:00:00"), "Tol Jakarta Cikampek", CAR).violates is True


def test_one_broken_zone_is_enough_where_zones_overlap():
    unsure = TEMPORARY.replace('"lebaran"', '"unsurveyed"') + "survey = true\n"
    for text in (TEMPORARY + unsure, unsure + TEMPORARY):
        rules = OddEvenRules.parse(text, HolidayCalendar())
        assert rules.judge(EVEN, at("2026-03-21T12:00:00"), "Tol Jakarta Cikampek", CAR).violates is True
