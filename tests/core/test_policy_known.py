"""Policy by known answers: bounds of every figure, what is told of a wrong edition, how editions are found again."""

import math
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.policy_kit import automation, packaged

from cakra.core.errors import NotFound, SetupError
from cakra.core.policy.automation import Mode
from cakra.core.policy.editions import Edition, Editions, PolicyBook
from cakra.core.policy.kind import ANY, LONGEST, Scope
from cakra.core.policy.kinds import AGES, AUTOMATION, CORE_KINDS, DEADLINES, LIMITS, REMINDERS, RETENTION, THRESHOLDS
from cakra.core.states.deadline import NATIONAL

DAY = date(2027, 1, 1)
NATION, PMJ = Scope(NATIONAL, DAY, ("PONSEL",)), Scope("PMJ", DAY, ("PONSEL",))
CERTAIN = packaged()["thresholds"]
PACKAGED = {kind.name: packaged()[kind.name] for kind in CORE_KINDS}


def with_figure(name, value):
    lines = [f"{name} = {value}" if line.startswith(f"{name} ") else line for line in CERTAIN.splitlines()]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "above", "most"),
    [
        ("min_audited_precision", "0", "1"),
        ("wrong_notice_bound", "0", "0.5"),
        ("camera_error_rate", "0", "0.49"),
        ("wrong_notice_costs", "1", "1e9"),
        ("wrong_contradiction_costs", "1", "1e9"),
        ("unregistered_odds", "0", "1"),
        ("away_odds", "0", "1"),
        ("min_evidence", "0", "0.99"),
    ],
)
def test_each_figure_of_certainty_is_bounded(name, above, most) -> None:
    def own(value):
        return [told for told in THRESHOLDS.faults(with_figure(name, value), NATION) if "worse mistake" not in told]

    assert own(most) == []
    assert own(above) == own(above)[:1]
    assert "is not a number above" in own(above)[0]
    assert own(float(above) + 0.4) == []
    assert f"{name} = " in own(math.nextafter(float(most), math.inf))[0]
    assert "is missing" in THRESHOLDS.faults(with_figure(name, "1\n#").replace(f"{name} = 1", "#"), NATION)[0]


def test_a_wrong_notice_is_never_the_lesser_mistake() -> None:
    assert THRESHOLDS.faults(with_figure("wrong_contradiction_costs", 1000), NATION) == []
    (told,) = THRESHOLDS.faults(with_figure("wrong_contradiction_costs", 1001), NATION)
    assert "a wrong notice is the worse mistake" in told


def test_home_regions_are_needed_and_known() -> None:
    assert THRESHOLDS.parse(with_figure("home_regions", '[" b", "AB"]')).home_regions == {"B", "AB"}
    assert "'ZZ', 'ZZZ'" in THRESHOLDS.faults(with_figure("home_regions", '["ZZZ", "B", "ZZ"]'), NATION)[0]
    without = "\n".join(line for line in CERTAIN.splitlines() if not line.startswith("home_regions"))
    assert any("home_regions is missing" in told for told in THRESHOLDS.faults(without, NATION))


def test_an_offence_has_its_own_mode_or_that_of_all() -> None:
    told = AUTOMATION.parse(automation("human", PONSEL="auto"))
    assert (told.of("PONSEL"), told.of("BUSWAY")) == (Mode.AUTO, Mode.HUMAN)
    wrong = '[[automation]]\noffence = "*"\nmode = "fully"\n'
    assert "one of auto, hybrid, human" in AUTOMATION.faults(wrong, NATION)[0]


def test_what_no_text_may_be_is_told_before_it_is_read() -> None:
    text = automation("human")
    longest = text + "#" * (LONGEST - len(text))
    assert AUTOMATION.faults(longest, PMJ) == []
    assert AUTOMATION.faults(longest + "#", PMJ) == [
        f"it has {LONGEST + 1} characters, and an edition has at most 200000"
    ]
    assert AUTOMATION.faults(text + "# \x00", PMJ) == ["it holds a NUL character, which no text has"]
    assert RETENTION.faults("", NATION) == RETENTION.faults("", NATION)[:1]


def test_one_for_the_nation_is_no_jurisdictions() -> None:
    assert RETENTION.faults(packaged()["retention"], PMJ) == [
        "retention are one for the whole nation; give it the jurisdiction ID"
    ]


def test_strangers_and_unknown_offences_are_named_in_order() -> None:
    assert list(PMJ.strangers(["JTG", "PMJ", NATIONAL, ANY, "BALI"])) == [
        f"it names the jurisdiction {code}, and an edition of PMJ speaks of no other" for code in ("BALI", "JTG")
    ]
    assert list(NATION.strangers(["JTG", "BALI"])) == []
    assert list(NATION.unknown_offences(["PONSEL", ANY, "TERBANG"])) == [
        "it names the offence TERBANG, which no law on file knows"
    ]


def of_automation(*dated):
    """Editions 1, 2 … of a jurisdiction from a day on, with their modes."""
    return [
        Edition("automation", place, number, first, automation(mode))
        for number, (place, first, mode) in enumerate(dated, 1)
    ]


def test_what_an_edition_takes_the_place_of() -> None:
    later = DAY + timedelta(days=9)
    editions = Editions(
        CORE_KINDS, PACKAGED, of_automation(("PMJ", DAY, "human"), ("PMJ", later, "auto"), (NATIONAL, DAY, "auto"))
    )
    assert editions.replaced("automation", "PMJ", later).label == "automation:PMJ/1"
    assert editions.replaced("automation", "PMJ", DAY).label == "automation:ID/3", "the nation's, which began that day"
    assert editions.replaced("automation", "PMJ", DAY - timedelta(days=1)).label == "automation:ID/0"
    assert editions.replaced("automation", "JTG", DAY).label == "automation:ID/3"
    assert [one.label for one in editions.of("automation")] == [
        "automation:ID/0", "automation:ID/3", "automation:PMJ/1", "automation:PMJ/2",
    ]  # fmt: skip
    assert [one.label for one in editions.of("limits")] == ["limits:ID/0"]
    said = [told.of("PONSEL") for told in editions.contents(AUTOMATION)]
    assert said[1:] == [Mode.AUTO, Mode.HUMAN, Mode.AUTO]


def test_an_edition_is_found_by_its_name_among_those_that_a_decision_kept() -> None:
    editions = Editions(CORE_KINDS, PACKAGED, of_automation(("PMJ", DAY, "human")))
    assert editions.named(AUTOMATION, "thresholds:ID/0 automation:PMJ/1").label == "automation:PMJ/1"
    for none in ("", "thresholds:ID/0", "automation:PMJ/7", "automations:PMJ/1"):
        with pytest.raises(NotFound, match="No edition of automation"):
            editions.named(AUTOMATION, none)


def test_a_packaged_edition_that_cannot_be_read_is_refused_at_once_and_an_approved_one_when_it_is_needed() -> None:
    with pytest.raises(SetupError):
        Editions(CORE_KINDS, PACKAGED | {"automation": "mode = 1"})
    newer = [Edition("automation", "PMJ", 1, DAY, "mode = 1"), Edition("weather", "PMJ", 1, DAY, "rain = 1")]
    editions = Editions(CORE_KINDS, PACKAGED, newer)
    assert set(editions.unreadable) == {"automation:PMJ/1"}
    assert len(editions.contents(AUTOMATION)) == 1
    with pytest.raises(SetupError, match="automation:PMJ/1 cannot be read"):
        editions.in_force(AUTOMATION, "PMJ", DAY)


def test_a_book_knows_its_places_and_counts_days_there() -> None:
    book = PolicyBook(Editions(CORE_KINDS, PACKAGED), {"PAPUA": ZoneInfo("Asia/Jayapura")})
    assert (book.knows("PAPUA"), book.knows("PMJ")) == (True, False)
    late = datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert (book.day_of("PAPUA", late), book.day_of("PMJ", late)) == (DAY, DAY - timedelta(days=1))
    assert book.nation(RETENTION, late) == RETENTION.parse(packaged()["retention"])
    assert "retention" not in repr(book).split("zones", 1)[1], "what it remembers is not shown"


def test_an_edition_does_not_show_its_text() -> None:
    assert "hybrid" not in repr(Edition("automation", "PMJ", 1, DAY, 'mode = "hybrid"'))


@pytest.mark.parametrize(
    ("name", "least"),
    [("attempts_per_reference", 1), ("attempts_per_address", 1), ("proofs_in_a_row", 1), ("proofs_per_case", 5)],
)
def test_tries_are_bounded(name, least) -> None:
    def told(number):
        figures = {"attempts_per_reference": 1, "attempts_per_address": 9, "proofs_in_a_row": 1, "proofs_per_case": 9}
        return LIMITS.faults("\n".join(f"{key} = {one}" for key, one in (figures | {name: number}).items()), NATION)

    assert [fault for fault in told(least) if "less than" in fault] == []
    assert told(least - 1)[0].endswith(f"{name} = {least - 1} is less than {least}")
    assert [fault for fault in told(1_000_000) if "or less" in fault] == []
    assert "1000000 or less" in told(1_000_001)[0]


def test_what_one_person_may_do_is_at_most_what_closes_the_case() -> None:
    def told(*figures):
        names = ("attempts_per_reference", "attempts_per_address", "proofs_in_a_row", "proofs_per_case")
        text = "\n".join(f"{name} = {figure}" for name, figure in zip(names, figures, strict=True))
        return [fault.split(" =")[0] for fault in LIMITS.faults(text, NATION)]

    assert told(5, 5, 7, 7) == []
    assert told(6, 5, 8, 7) == ["proofs_in_a_row", "attempts_per_reference"]


def test_some_row_reminds_of_every_offence_from_the_first_day_on() -> None:
    text = packaged()["reminders"]
    first = max(row.effective_from for row in REMINDERS.parse(text) if row.offence == ANY)
    assert REMINDERS.faults(text, Scope(NATIONAL, first, ("PONSEL",))) == []
    (told,) = REMINDERS.faults(text, Scope(NATIONAL, first - timedelta(days=1), ("PONSEL",)))
    assert f"no row for every offence has begun on {first - timedelta(days=1)}" in told
    more = text + text[text.index("[[") :].replace('offence = "*"', 'offence = "PONSEL"')
    assert REMINDERS.faults(more, Scope(NATIONAL, first, ("PONSEL",))) == []


def test_a_key_of_the_file_itself_is_known_or_told() -> None:
    assert AGES.faults("oldest_days = 30", PMJ) == []
    (told,) = AGES.faults('oldest_days = 30\ncolour = "red"', PMJ)
    assert "colour is not a known key" in told


def test_of_a_kind_that_this_program_does_not_know_no_edition_is_in_force() -> None:
    with pytest.raises(KeyError, match="weather"):
        Editions(CORE_KINDS, PACKAGED).edition("weather", "PMJ", DAY)


def test_only_some_kinds_are_one_for_the_nation() -> None:
    assert {kind.name for kind in CORE_KINDS if kind.national} == {"limits", "retention"}


@pytest.mark.parametrize("term", ["letter_days", "confirm_days", "pay_days", "block_grace_days"])
def test_no_term_is_longer_than_ten_years(term) -> None:
    def told(days):
        return DEADLINES.faults(
            re.sub(rf"^{term} = .*", f"{term} = {days}", packaged()["deadlines"], flags=re.MULTILINE), NATION
        )

    assert told(3650) == []
    assert told(3651)[0].endswith(f"{term} = 3651 is not 3650 or less")
