"""The ladder as data: which row holds, which rungs are open, and that climbing down always ends."""

import json
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.delivery.ladder import Rung, ladder_for, next_rung, parse_ladders, place_of, plan, read_plan, write_plan
from cakra.core.errors import SetupError
from cakra.core.ports import Channel
from policy_kit import packaged

SHIPPED = packaged()["ladder"]
ROW = """
[[ladder]]
jurisdiction = "{0}"
purpose = "{1}"
offence = "{2}"
effective_from = {3}
source = "test"
[[ladder.rung]]
channel = "{4}"
wait_for = "delivered"
within_s = 60
"""
GENERAL = ROW.format("*", "*", "*", "2026-01-01", "whatsapp")
JAKARTA = ZoneInfo("Asia/Jakarta")
rungs = st.lists(
    st.builds(Rung, st.sampled_from(Channel), st.sampled_from(["accepted", "delivered", "read"]), st.floats(1, 1e6)),
    unique_by=lambda rung: rung.channel,
)


def test_the_shipped_ladder_ends_with_post_and_has_no_sms():
    channels = [rung.channel for rung in parse_ladders(SHIPPED)[0].rungs]
    assert channels == [Channel.WHATSAPP, Channel.EMAIL, Channel.LETTER]


def test_the_most_specific_and_newest_row_holds():
    ladders = parse_ladders(
        GENERAL
        + ROW.format("*", "*", "*", "2026-06-01", "email")
        + ROW.format("PMJ", "*", "*", "2026-01-01", "letter")
        + ROW.format("PMJ", "*", "PONSEL", "2026-01-01", "sms")
    )

    def first(jurisdiction, offences, day):
        return ladder_for(ladders, jurisdiction, "confirmation", offences, day).rungs[0].channel

    assert first("JTG", {"BUSWAY"}, date(2026, 3, 1)) is Channel.WHATSAPP
    assert first("JTG", {"BUSWAY"}, date(2026, 7, 1)) is Channel.EMAIL
    assert first("PMJ", {"BUSWAY"}, date(2026, 7, 1)) is Channel.LETTER
    assert first("PMJ", {"BUSWAY", "PONSEL"}, date(2026, 7, 1)) is Channel.SMS
    with pytest.raises(SetupError, match="No ladder is in force"):
        first("PMJ", {"BUSWAY"}, date(2025, 1, 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[ladder", "cannot be read"),
        (ROW.format("PMJ", "*", "*", "2026-01-01", "whatsapp"), "one row for everything"),
        (ROW.format("*", "*", "*", "2026-01-01", "pigeon"), "Ladder 1"),
        (GENERAL.replace("within_s = 60", "within_s = 0"), "within_s must be positive"),
        (GENERAL.replace('"delivered"', '"hoped"'), "wait_for"),
        (GENERAL + "[[ladder.rung]]\nchannel = 'whatsapp'\nwait_for = 'read'\nwithin_s = 9\n", "at most once"),
    ],
)
def test_a_wrong_ladder_refuses_to_start(text, said):
    with pytest.raises(SetupError, match=said):
        parse_ladders(text)


@given(rungs, st.sets(st.sampled_from(Channel)))
def test_climbing_down_visits_each_open_rung_once_and_ends(rungs, paused):
    place, visited = -1, []
    while (place := next_rung(rungs, place, paused)) is not None:
        visited.append(rungs[place].channel)
    assert visited == [rung.channel for rung in rungs if rung.channel not in paused]


@given(rungs)
def test_a_plan_is_kept_as_it_was(rungs):
    assert read_plan(write_plan(rungs)) == tuple(rungs)
    json.loads(write_plan(rungs))


@given(st.sets(st.sampled_from(Channel)), st.sets(st.sampled_from(Channel)))
def test_only_known_contacts_on_channels_in_use_are_planned(reachable, enabled):
    ladder = parse_ladders(SHIPPED)[0]
    there = {rung.channel for rung in ladder.rungs}
    assert {rung.channel for rung in plan(ladder, reachable, enabled)} == there & reachable & enabled


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_nothing_leaves_in_quiet_hours_and_nothing_waits_longer_than_they_last(at):
    rung = Rung(Channel.WHATSAPP, "delivered", 60, (time(21), time(6)))
    leaves = rung.may_leave_at(at, JAKARTA)
    assert 6 <= leaves.astimezone(JAKARTA).hour < 21
    assert 0 <= (leaves - at).total_seconds() <= 9 * 3600
    assert rung.may_leave_at(leaves, JAKARTA) == leaves


def test_a_rung_below_a_plan_that_became_shorter_is_its_last():
    whole = parse_ladders(SHIPPED)[0].rungs
    place = place_of(write_plan(whole[:1]), 2, None)
    assert (place.here.channel, place.below(datetime(2026, 11, 2, tzinfo=UTC))) == (whole[0].channel, None)
