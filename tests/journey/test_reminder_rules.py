"""When an owner is reminded: on which days, at which hours, never after the deadline."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.delivery.reminders import (
    ReminderPolicy,
    due_next,
    due_now,
    parse_reminders,
    reminder_times,
)
from cakra.core.errors import SetupError
from cakra.core.states.deadline import end_of_day
from cakra.core.states.journey import State, allowed_moves
from cakra.core.states.notice import Purpose, is_worth_telling, stopped_by
from policy_kit import packaged

SHIPPED = packaged()["reminders"]
ROW = """
[[reminders]]
jurisdiction = "{0}"
offence = "{1}"
effective_from = {2}
days = {3}
from = 09:00:00
until = 17:00:00
source = "test"
"""
GENERAL = ROW.format("*", "*", "2026-01-01", "[5, 7, 13]")
JAKARTA = ZoneInfo("Asia/Jakarta")
zones = st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "UTC", "America/New_York"]).map(ZoneInfo)
instants = st.datetimes(datetime(2026, 1, 2), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
days = st.lists(st.integers(1, 60), unique=True, max_size=5).map(lambda found: tuple(sorted(found)))


def policy(found=(5, 7, 13), begin=time(9), end=time(17)):
    return ReminderPolicy("*", "*", date(2026, 1, 1), found, begin, end, "test")


def test_the_shipped_reminders_come_on_days_5_7_and_13_by_day():
    delivered = datetime(2026, 11, 2, 16, 59, 59, tzinfo=UTC)  # 23.59 in Jakarta: still the second
    times = parse_reminders(SHIPPED)[0].times(delivered, delivered + timedelta(days=30), JAKARTA, 0)
    assert [moment.astimezone(JAKARTA).isoformat() for moment in times] == [
        "2026-11-07T09:00:00+07:00",
        "2026-11-09T09:00:00+07:00",
        "2026-11-15T09:00:00+07:00",
    ]


def test_a_deadline_of_eight_days_leaves_room_for_two():
    delivered = datetime(2026, 11, 2, 1, tzinfo=UTC)
    assert len(policy().times(delivered, end_of_day(delivered, JAKARTA, 8), JAKARTA, 0)) == 2


@given(days, instants, st.integers(1, 90), zones, st.integers(0, 2**63 - 1))
def test_each_reminder_stands_on_its_local_day_within_the_hours_and_before_the_deadline(
    found, delivered, term, zone, spread
):
    deadline = end_of_day(delivered, zone, term)
    times = policy(found).times(delivered, deadline, zone, spread)
    local = [moment.astimezone(zone) for moment in times]
    day = delivered.astimezone(zone).date()
    assert [(moment.date() - day).days for moment in local] == [one for one in found if one <= term]
    assert all(time(9) <= moment.time() < time(17) for moment in local)
    assert all(delivered < moment < deadline for moment in times)
    assert list(times) == sorted(times)


@given(days, instants, zones, st.lists(st.integers(1, 40 * 86_400), max_size=12))
def test_however_often_and_late_the_timer_looks_no_reminder_comes_twice_and_the_deadline_is_reached(
    found, delivered, zone, waits
):
    """The timer wakes when it is due or, now and then, much later; the deadline ends it."""
    deadline = end_of_day(delivered, zone, 20)
    times = policy(found).times(delivered, deadline, zone, 0)
    made, at, late = [], due_next(times, deadline, delivered), iter(waits)
    while at < deadline:
        if number := due_now(times, made[-1] if made else 0, at):
            assert times[number - 1] <= at
            made.append(number)
        following = due_next(times, deadline, at)
        assert following > at
        at = following + timedelta(seconds=next(late, 0))
    assert made == sorted(set(made))
    if not waits:
        assert made == list(range(1, len(times) + 1))


def test_of_several_that_were_missed_only_the_last_is_made():
    times = policy().times(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC), JAKARTA, 0)
    assert due_now(times, 0, times[1] + timedelta(hours=1)) == 2
    assert due_now(times, 2, times[1] + timedelta(hours=1)) == 0


def test_the_most_specific_and_newest_row_in_force_holds():
    policies = parse_reminders(
        GENERAL
        + ROW.format("*", "*", "2026-06-01", "[4]")
        + ROW.format("PMJ", "*", "2026-01-01", "[3]")
        + ROW.format("PMJ", "PONSEL", "2026-01-01", "[]")
    )

    def count(jurisdiction, offences, delivered):
        found = reminder_times(policies, jurisdiction, offences, delivered, delivered + timedelta(days=90), JAKARTA, 0)
        return [(moment.astimezone(JAKARTA).date() - delivered.date()).days for moment in found]

    march, july = datetime(2026, 3, 1, 3, tzinfo=UTC), datetime(2026, 7, 1, 3, tzinfo=UTC)
    assert count("JTG", {"BUSWAY"}, march) == [5, 7, 13]
    assert count("JTG", {"BUSWAY"}, july) == [4]
    assert count("PMJ", {"BUSWAY"}, july) == [3]
    assert count("PMJ", {"BUSWAY", "PONSEL"}, july) == []
    assert count("PMJ", {"BUSWAY"}, datetime(2025, 3, 1, tzinfo=UTC)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[reminders", "cannot be read"),
        (ROW.format("PMJ", "*", "2026-01-01", "[5]"), "one row for everything"),
        (ROW.format("*", "*", "2026-01-01", "[7, 5]"), "Row 1 of the reminders.*rising"),
        (ROW.format("*", "*", "2026-01-01", "[0]"), "between 1 and 365"),
        (ROW.format("*", "*", "2026-01-01", '["five"]'), "Row 1"),
        (ROW.format("*", "*", '"soon"', "[5]"), "must be a day"),
        (GENERAL.replace("17:00:00", "08:00:00"), "two hours of one day"),
        (GENERAL.replace('source = "test"', ""), "source"),
    ],
)
def test_a_wrong_file_refuses_to_start(text, said):
    with pytest.raises(SetupError, match=said):
        parse_reminders(text)


# ---------------------------------------------------------------- what is still worth telling
@pytest.mark.parametrize("target", [State.ANSWERED, State.DISPUTED, State.LAPSED, State.WITHDRAWN, State.UNDELIVERABLE])
def test_a_case_that_is_no_longer_waited_for_is_not_reminded(target):
    assert Purpose.REMINDER in stopped_by(State.NOTIFIED, target)


@given(st.sampled_from(sorted(allowed_moves())))
def test_a_move_stops_only_what_it_makes_pointless(move):
    origin, target = move
    for purpose in Purpose:
        stopped = purpose in stopped_by(origin, target)
        assert stopped == (is_worth_telling(purpose, origin) and not is_worth_telling(purpose, target))
    assert not stopped_by(origin, target) & {Purpose.WITHDRAWAL, Purpose.DECISION, Purpose.VERDICT, Purpose.REFUND}
