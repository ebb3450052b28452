"""When an owner is reminded, to the second, and which files of reminders are refused: known answers."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cakra.core.delivery.reminders import ReminderPolicy, due_next, due_now, parse_reminders, reminder_times
from cakra.core.errors import SetupError

JAKARTA = ZoneInfo("Asia/Jakarta")
DELIVERED = datetime(2026, 11, 2, 3, tzinfo=UTC)
FAR = DELIVERED + timedelta(days=400)


def policy(days=(5,), *, from_=time(9), until=time(17), jurisdiction="*", offence="*", since=date(2026, 1, 1)):
    return ReminderPolicy(jurisdiction, offence, since, days, from_, until, "test")


def local(policy_, spread=0, deadline=FAR):
    return [at.astimezone(JAKARTA) for at in policy_.times(DELIVERED, deadline, JAKARTA, spread)]


def at(day, hour, minute=0, second=0):
    return datetime(2026, 11, day, hour, minute, second, tzinfo=JAKARTA)


# ---------------------------------------------------------------- the instant
@pytest.mark.parametrize(
    ("spread", "expected"),
    [
        (0, at(7, 9, 1, 2)),
        (1, at(7, 9, 1, 3)),
        (3661, at(7, 10, 2, 3)),
        (28_800, at(7, 17, 1, 2)),
        (28_860, at(7, 17, 2, 2)),
        (28_861, at(7, 9, 1, 2)),
        (28_862, at(7, 9, 1, 3)),
    ],
)
def test_the_spread_chooses_the_second_within_the_hours_and_never_their_end(spread, expected) -> None:
    assert local(policy(from_=time(9, 1, 2), until=time(17, 2, 3)), spread) == [expected]


def test_a_reminder_on_the_very_deadline_is_too_late() -> None:
    assert local(policy(), deadline=at(7, 9)) == []
    assert local(policy(), deadline=at(7, 9, 0, 1)) == [at(7, 9)]


def test_the_instants_are_universal() -> None:
    (instant,) = policy().times(DELIVERED, FAR, JAKARTA, 0)
    assert instant.isoformat() == "2026-11-07T02:00:00+00:00"


# ---------------------------------------------------------------- which policy
def reminded(policies, offences=("BUSWAY",), jurisdiction="PMJ", delivered=DELIVERED, spread=0):
    found = reminder_times(policies, jurisdiction, offences, delivered, FAR, JAKARTA, spread)
    return [(instant.astimezone(JAKARTA) - at(2, 9)).days for instant in found]


def test_of_a_directorates_and_an_offences_row_the_directorates_holds() -> None:
    rows = (policy((5,)), policy((4,), offence="BUSWAY"), policy((3,), jurisdiction="PMJ"))
    assert reminded(rows) == [3]
    assert reminded(rows[:2]) == [4]
    assert reminded((*rows, policy((2,), jurisdiction="PMJ", offence="BUSWAY"))) == [2]
    assert reminded(rows, jurisdiction="JTG", offences=("HELM",)) == [5]


def test_no_row_of_another_directorate_or_offence_holds() -> None:
    rows = (policy(jurisdiction="JTG"), policy(offence="HELM"), policy(since=date(2026, 11, 3)))
    assert reminded(rows) == []


def test_a_row_holds_from_its_first_local_day_on() -> None:
    row = policy(since=date(2026, 11, 3))
    midnight = datetime(2026, 11, 2, 17, tzinfo=UTC)  # 00.00 of the third in Jakarta
    assert reminded((row,), delivered=midnight) == [6]
    assert reminded((row,), delivered=midnight - timedelta(seconds=1)) == []
    older = policy((1,), since=date(2025, 1, 1))
    assert reminded((row, older), delivered=midnight) == [6]


def test_the_spread_of_a_case_reaches_its_reminders() -> None:
    (instant,) = reminder_times((policy(),), "PMJ", ["BUSWAY"], DELIVERED, FAR, JAKARTA, 61)
    assert instant.astimezone(JAKARTA) == at(7, 9, 1, 1)


# ---------------------------------------------------------------- what is due
TIMES = (at(7, 9), at(9, 9), at(15, 9))


@pytest.mark.parametrize(
    ("made", "when", "number"),
    [
        (0, at(7, 8, 59, 59), 0),
        (0, at(7, 9), 1),
        (1, at(7, 9), 0),
        (0, at(9, 9), 2),
        (1, at(9, 9), 2),
        (2, at(9, 9), 0),
        (0, at(20, 9), 3),
        (3, at(20, 9), 0),
    ],
)
def test_the_last_reminder_that_is_due_and_was_not_made_is_made(made, when, number) -> None:
    assert due_now(TIMES, made, when) == number


def test_without_reminders_nothing_is_due() -> None:
    assert due_now((), 0, at(7, 9)) == 0
    assert due_next((), at(20, 9), at(7, 9)) == at(20, 9)


@pytest.mark.parametrize(
    ("after", "following"), [(at(1, 1), TIMES[0]), (TIMES[0], TIMES[1]), (at(14, 9), TIMES[2]), (TIMES[2], at(20, 9))]
)
def test_the_case_is_looked_at_again_at_its_next_reminder_and_at_last_at_its_deadline(after, following) -> None:
    assert due_next(TIMES, at(20, 9), after) == following


# ---------------------------------------------------------------- the file
def row(days="[5]", *, from_="09:00:00", until="17:00:00", since="2026-01-01", jurisdiction="*", offence="*"):
    return (
        f'[[reminders]]\njurisdiction = "{jurisdiction}"\noffence = "{offence}"\neffective_from = {since}\n'
        f'days = {days}\nfrom = {from_}\nuntil = {until}\nsource = "s"\n'
    )


def test_a_file_is_read_as_it_stands() -> None:
    first, second = parse_reminders(row("[1, 365]") + row("[]", jurisdiction="PMJ", offence="HELM"))
    assert first == ReminderPolicy("*", "*", date(2026, 1, 1), (1, 365), time(9), time(17), "s")
    assert (second.jurisdiction, second.offence, second.days) == ("PMJ", "HELM", ())


@pytest.mark.parametrize("days", ["[0]", "[366]", "[5, 5]", "[7, 5]", "[1.5]", '["x"]', "5"])
def test_days_are_whole_rising_and_within_a_year(days) -> None:
    with pytest.raises(SetupError, match="Row 1 of the reminders"):
        parse_reminders(row(days))


@pytest.mark.parametrize(
    "more",
    [
        {"from_": "17:00:00"},
        {"from_": "18:00:00"},
        {"from_": '"09"'},
        {"until": '"17"'},
        {"until": "2026-01-01"},
        {"since": "2026-01-01T00:00:00Z"},
        {"since": '"2026-01-01"'},
    ],
)
def test_hours_are_two_of_one_day_and_a_start_is_a_day(more) -> None:
    with pytest.raises(SetupError, match="Row 1 of the reminders"):
        parse_reminders(row(**more))


def test_the_wrong_row_is_named_by_its_place() -> None:
    with pytest.raises(SetupError, match="Row 2 of the reminders"):
        parse_reminders(row() + row("[0]"))


@pytest.mark.parametrize(("jurisdiction", "offence"), [("PMJ", "*"), ("*", "HELM"), ("PMJ", "HELM")])
def test_a_file_needs_a_row_for_everything(jurisdiction, offence) -> None:
    with pytest.raises(SetupError, match="one row for everything"):
        parse_reminders(row(jurisdiction=jurisdiction, offence=offence))
    assert len(parse_reminders(row(jurisdiction=jurisdiction, offence=offence) + row())) == 2
