"""Which edition is in force where and when, and what may be an edition at all."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy_kit import automation, book_of, packaged

from cakra.core.errors import InputError, NotFound, SetupError
from cakra.core.policy.automation import Mode
from cakra.core.policy.editions import Edition, Editions, read_label
from cakra.core.policy.kind import LONGEST, Scope
from cakra.core.policy.kinds import (
    AGES,
    AUTOMATION,
    CORE_KINDS,
    DEADLINES,
    LADDER,
    LIMITS,
    REMINDERS,
    RETENTION,
    THRESHOLDS,
    ZONES,
)
from cakra.journey.notice.wordings import TEMPLATES

PLACES = ("ID", "PMJ", "JTG")
DAYS = st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 3, 31))
FIRST = date(2026, 12, 1)


@st.composite
def shelves(draw):
    """Approved editions: at most one a place and day, numbered in any order."""
    begun = draw(st.sets(st.tuples(st.sampled_from(PLACES), DAYS), max_size=12))
    numbers = draw(st.permutations(range(1, len(begun) + 1)))
    modes = draw(st.lists(st.sampled_from(Mode), min_size=len(begun), max_size=len(begun)))
    return [
        Edition("automation", place, number, day, automation(mode.value))
        for (place, day), number, mode in zip(sorted(begun), numbers, modes, strict=True)
    ]


@given(shelves(), st.sampled_from((*PLACES, "NTT")), DAYS)
def test_exactly_one_edition_is_in_force_and_it_is_the_newest_begun(approved, place, day):
    editions = Editions(CORE_KINDS, packaged(), approved)
    found = editions.edition("automation", place, day)
    begun = [one for one in approved if one.valid_from <= day]
    own = [one for one in begun if one.jurisdiction == place]
    nations = [one for one in begun if one.jurisdiction == "ID"]
    expected = max(own or nations, key=lambda one: one.valid_from, default=None)
    assert found.label == (expected.label if expected else "automation:ID/0")
    held = editions.in_force(AUTOMATION, place, day)
    assert held.label == found.label
    assert held.content == AUTOMATION.parse(found.text), "what is in force says what its text says"
    assert editions.named(AUTOMATION, f"ages:ID/0 {held.label}") == held


@given(shelves(), DAYS)
def test_a_later_edition_changes_no_day_before_it(approved, day):
    """What was decided on a day stays explained: only days from its first on may change."""
    before = Editions(CORE_KINDS, packaged(), approved)
    later = Edition("automation", "PMJ", 99, day + timedelta(days=1), automation("human"))
    after = Editions(CORE_KINDS, packaged(), [*approved, later])
    assert before.edition("automation", "PMJ", day) == after.edition("automation", "PMJ", day)
    for one in approved:
        assert after.named(AUTOMATION, one.label).content == AUTOMATION.parse(one.text)


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Asia/Jakarta", "2026-12-24T16:59:59", date(2026, 12, 24)),
        ("Asia/Jakarta", "2026-12-24T17:00:00", date(2026, 12, 25)),
        ("Asia/Jayapura", "2026-12-24T15:00:00", date(2026, 12, 25)),
        ("Asia/Makassar", "2026-12-24T15:59:59", date(2026, 12, 24)),
    ],
)
def test_the_local_day_of_the_jurisdiction_chooses(zone, at, day):
    book = book_of()
    new = Edition("automation", "PMJ", 1, date(2026, 12, 25), automation("human"))
    book.renew(Editions(CORE_KINDS, packaged(), [new]), {"PMJ": ZoneInfo(zone)})
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert book.day_of("PMJ", instant) == day
    assert (book.at(AUTOMATION, "PMJ", instant).label == new.label) == (day >= new.valid_from)
    assert book.at(AUTOMATION, "JTG", instant).label == "automation:ID/0"


def test_a_book_that_was_renewed_remembers_nothing_old():
    book = book_of()
    assert book.in_force(AUTOMATION, "PMJ", FIRST).label == "automation:ID/0"
    book.renew(Editions(CORE_KINDS, packaged(), [Edition("automation", "PMJ", 1, FIRST, automation("auto"))]), {})
    assert book.in_force(AUTOMATION, "PMJ", FIRST).label == "automation:PMJ/1"
    assert book.day_of("PMJ", datetime.max.replace(tzinfo=UTC)) == date.max, "the edge of the calendar is no fault"


def test_an_edition_that_cannot_be_read_stops_only_who_needs_it():
    spoiled = Edition("automation", "PMJ", 1, FIRST, "mode = ")
    editions = Editions(CORE_KINDS, packaged(), [spoiled])
    assert list(editions.unreadable) == [spoiled.label]
    assert editions.in_force(AUTOMATION, "JTG", FIRST).label == "automation:ID/0"
    with pytest.raises(SetupError, match="automation:PMJ/1 cannot be read"):
        editions.in_force(AUTOMATION, "PMJ", FIRST)
    with pytest.raises(NotFound):
        editions.named(AUTOMATION, "automation:PMJ/7")


@pytest.mark.parametrize("kind", CORE_KINDS, ids=lambda kind: kind.name)
def test_the_packaged_edition_of_every_kind_may_be_the_nations(kind):
    offences = {"GANJIL_GENAP"}
    assert kind.faults(packaged()[kind.name], Scope("ID", FIRST, offences)) == []


@pytest.mark.parametrize("kind", CORE_KINDS, ids=lambda kind: kind.name)
@given(
    text=st.text(max_size=200)
    | st.from_regex(r'(\[\[?[a-z_]{1,9}\]\]?|[a-z_]{1,9} ?= ?["0-9a-z]{0,9})\n', fullmatch=True)
)
def test_no_text_breaks_a_reader(kind, text):
    """Whatever somebody drafts is told in sentences, never by a fault of the program."""
    for problem in kind.faults(text, Scope("PMJ", FIRST, ())):
        assert problem


ROW = '[[ladder]]\njurisdiction = "{}"\npurpose = "*"\noffence = "*"\neffective_from = {}\nsource = "t"\n'
RUNG = '[[ladder.rung]]\nchannel = "whatsapp"\nwait_for = "delivered"\nwithin_s = {}\n'
LADDERS = ROW.format("*", "2026-01-01") + RUNG.format(60)
REMINDED = packaged()["reminders"]


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (AUTOMATION, "mode = ", "not readable as TOML"),
        (AUTOMATION, "x = " + "9" * 5000, "not readable as TOML"),
        (AUTOMATION, "x = " + "[" * 5000, "not readable as TOML"),
        (AUTOMATION, "# " + "x" * LONGEST, "at most"),
        (AUTOMATION, "\x00", "NUL"),
        (AUTOMATION, automation("auto").replace("*", "BUSWAY"), "one row for every other offence"),
        (AUTOMATION, automation("auto") * 2, "given twice"),
        (AUTOMATION, automation("sometimes"), "not one of auto, hybrid, human"),
        (AUTOMATION, automation("auto") + 'colour = "red"\n', "colour is not a known key"),
        (AUTOMATION, automation("auto", BISWAY="human"), "the offence BISWAY, which no law on file knows"),
        (AGES, "oldest_days = 0", "a number above 0"),
        (AGES, "oldest_days = nan", "a number above 0"),
        (AGES, "oldest_days = 4000", "at most 3650"),
        (AGES, "", "oldest_days is missing"),
        (LIMITS, packaged()["limits"].replace("proofs_per_case = 50", "proofs_per_case = 4"), "is less than 5"),
        (
            LIMITS,
            packaged()["limits"].replace("proofs_in_a_row = 5", "proofs_in_a_row = 51"),
            "is more than proofs_per",
        ),
        (LIMITS, packaged()["limits"].replace("= 60", "= 9"), "is more than attempts_per_address"),
        (LIMITS, packaged()["limits"], "one for the whole nation"),
        (THRESHOLDS, packaged()["thresholds"].replace("= 1e-4", "= 0"), "wrong_notice_bound"),
        (THRESHOLDS, packaged()["thresholds"].replace("= 1000.0", "= inf"), "wrong_notice_costs"),
        (THRESHOLDS, packaged()["thresholds"].replace("= 1000.0", "= 2"), "a wrong notice is the worse mistake"),
        (THRESHOLDS, packaged()["thresholds"].replace("= []", '= ["QQ"]'), "no such region code"),
        (LADDER, ROW.format("JTG", "2026-01-01") + RUNG.format(60) + LADDERS, "names the jurisdiction JTG"),
        (LADDER, ROW.format("*", "2027-01-01") + RUNG.format(60), "no row has begun"),
        (LADDER, ROW.format("*", '"2026-01-01"') + RUNG.format(60), "effective_from must be a day"),
        (LADDER, LADDERS.replace("60", "inf"), "within_s must be positive"),
        (LADDER, LADDERS.replace("60", "1e300"), "within_s must be positive"),
        (LADDER, LADDERS + 'quiet = ["21:00", "21:00"]\n', "two different local hours"),
        (LADDER, LADDERS + 'quiet = ["21:00+07:00", "06:00"]\n', "two different local hours"),
        (LADDER, LADDERS + "patience = 3\n", "patience is not a known key"),
        (LADDER, "ladder = 3", "cannot be read"),
        (LADDER, LADDERS * 2, "contradicts itself: row 2 speaks of the same as an earlier one (*, *, *, 2026-01-01)"),
        (LADDER, LADDERS + LADDERS.replace("[[ladder]]", "[[ladders]]"), "ladders is not a known key"),
        (LADDER, LADDERS + 'by_choice = "false"\n', "by_choice true or false"),
        (LADDER, LADDERS + "basis = 1.5\n", "basis must be a text"),
        (REMINDERS, REMINDED * 2, "contradicts itself: row 2 speaks of the same as an earlier one (*, *, 2026-01-01)"),
        (REMINDERS, REMINDED + '[[reminder]]\njurisdiction = "PMJ"\n', "reminder is not a known key"),
        (REMINDERS, re.sub(r"days = .*", 'days = ""', REMINDED), "days must be a list of whole numbers"),
        (RETENTION, packaged()["retention"] + "[classes]\n", "classes is not a known key"),
        (TEMPLATES, packaged()["templates"] + "[templates]\n", "templates is not a known key"),
        (
            DEADLINES,
            packaged()["deadlines"].replace("confirm_days = 8", "confirm_days = 0", 1),
            "gives no day to answer",
        ),
        (DEADLINES, packaged()["deadlines"].replace("pay_days = 15", "pay_days = 0", 1), "gives no day to answer"),
        (LADDER, "[[ladder]]\nrung = 3\n", "not complete or not understood"),
        (DEADLINES, packaged()["deadlines"].replace("confirm_days = 8", "confirm_days = 99999", 1), "3650 or less"),
        (DEADLINES, packaged()["deadlines"], "names the jurisdiction kendari"),
        (ZONES, packaged()["zones"].replace('"PMJ"', '"JTG"'), "names the jurisdiction JTG"),
        (ZONES, packaged()["zones"].replace('"PMJ"', '"ID"'), "names no regional police"),
    ],
)
def test_what_contradicts_itself_or_its_scope_is_told(kind, text, told):
    assert told in "\n".join(kind.faults(text, Scope("PMJ", FIRST, {"GANJIL_GENAP"})))


def test_a_reminder_on_no_day_is_told():
    (kind,) = (one for one in CORE_KINDS if one.name == "reminders")
    assert kind.faults(REMINDED, Scope("PMJ", FIRST, ())) == []
    for change, told in (("5, 7, 13", "5.5, 7"), ("5, 7, 13", "true"), ("2026-01-01", "2027-01-01")):
        assert kind.faults(REMINDED.replace(change, told), Scope("PMJ", FIRST, ()))


def test_the_names_of_editions():
    assert read_label(" automation:PMJ/3 ") == ("automation", "PMJ", 3)
    assert read_label("automation") == ("automation", "ID", None)
    assert read_label("automation:PMJ") == ("automation", "PMJ", None)
    for wrong in ("", "automation:PMJ/", "automation:PMJ/x", "AUTO MATION", "a:b/9999999", "x" * 500):
        with pytest.raises(InputError, match="names no policy"):
            read_label(wrong)
