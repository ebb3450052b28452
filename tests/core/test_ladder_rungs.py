"""A notice on its ladder: known answers for hours, waiting, descent and preference."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.journey.test_ladder import GENERAL, ROW

from cakra.core.delivery.ladder import (
    DEFAULT_WITHIN_S,
    Descent,
    NoticeMove,
    PlanPlace,
    Rung,
    descent_to,
    ladder_for,
    parse_ladders,
    place_of,
    plan,
    reachable,
    read_plan,
    write_plan,
)
from cakra.core.errors import SetupError
from cakra.core.ports import Channel
from cakra.core.states.notice import NoticeState

JAKARTA = ZoneInfo("Asia/Jakarta")
AT = datetime(2026, 11, 3, 3, tzinfo=UTC)  # 10.00 in Jakarta
NIGHT = (time(21), time(6))
WHATSAPP = Rung(Channel.WHATSAPP, "delivered", 60, NIGHT)
EMAIL = Rung(Channel.EMAIL, "accepted", 120)
LETTER = Rung(Channel.LETTER, "accepted", 240)


def local(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, 3, hour, minute, second, tzinfo=JAKARTA).astimezone(UTC)


def test_half_an_hour_is_waited_where_nothing_is_told() -> None:
    assert timedelta(seconds=DEFAULT_WITHIN_S) == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        (local(10), local(10)),
        (local(20, 59, 59), local(20, 59, 59)),
        (local(21), local(6) + timedelta(days=1)),
        (local(23, 30), local(6) + timedelta(days=1)),
        (local(0, 30), local(6)),
        (local(5, 59, 59), local(6)),
        (local(6), local(6)),
    ],
)
def test_quiet_hours_over_midnight(at, leaves) -> None:
    assert WHATSAPP.may_leave_at(at, JAKARTA) == leaves


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        (local(11, 59), local(11, 59)),
        (local(12), local(13)),
        (local(12, 59), local(13)),
        (local(13), local(13)),
        (local(23), local(23)),
        (local(1), local(1)),
    ],
)
def test_quiet_hours_within_a_day(at, leaves) -> None:
    assert Rung(Channel.SMS, "delivered", 60, (time(12), time(13))).may_leave_at(at, JAKARTA) == leaves


def test_without_quiet_hours_it_leaves_at_once() -> None:
    assert EMAIL.may_leave_at(local(23), JAKARTA) == local(23)


def test_how_long_a_sender_is_waited_for() -> None:
    assert EMAIL.hand_over_by(AT) is None
    assert Rung(Channel.EMAIL, "accepted", 60, hand_over_s=90).hand_over_by(AT) == AT + timedelta(seconds=90)


def test_proof_is_waited_for_as_the_rung_says_or_as_overridden() -> None:
    place = PlanPlace((WHATSAPP, EMAIL), 1, JAKARTA)
    assert place.here == EMAIL
    assert place.wait_s(None) == 120
    assert place.wait_s(5.0) == 5.0


def test_the_next_rung_is_told_with_the_hour_at_which_it_may_leave() -> None:
    place = PlanPlace((EMAIL, WHATSAPP, LETTER), 0, JAKARTA)
    assert place.below(local(22)) == Descent(1, Channel.WHATSAPP, local(6) + timedelta(days=1))
    assert place.below(local(22), {Channel.WHATSAPP}) == Descent(2, Channel.LETTER, local(22))
    assert PlanPlace((EMAIL, LETTER), 1, JAKARTA).below(AT) is None


def test_a_place_is_read_back_in_its_zone_or_the_capitals() -> None:
    kept = write_plan([WHATSAPP, EMAIL])
    assert place_of(kept, 1, "Asia/Makassar") == PlanPlace((WHATSAPP, EMAIL), 1, ZoneInfo("Asia/Makassar"))
    assert place_of(kept, 0, None).zone == JAKARTA
    assert place_of(kept, 0, "").zone == JAKARTA


def test_what_is_kept_of_a_rung_is_only_what_was_told() -> None:
    assert EMAIL.as_record() == {"channel": "email", "wait_for": "accepted", "within_s": 120, "quiet": None}
    told = Rung(Channel.EMAIL, "read", 60.0, NIGHT, "consent", hand_over_s=9.0).as_record()
    assert told == {
        "channel": "email",
        "wait_for": "read",
        "within_s": 60.0,
        "quiet": ["21:00:00", "06:00:00"],
        "basis": "consent",
        "hand_over_s": 9.0,
    }


def test_the_owners_choice_comes_first_where_the_policy_leaves_it() -> None:
    text = GENERAL + "[[ladder.rung]]\nchannel = 'email'\nwait_for = 'read'\nwithin_s = 9\nby_choice = false\n"
    text += "[[ladder.rung]]\nchannel = 'letter'\nwait_for = 'accepted'\nwithin_s = 9\n"
    ladder = parse_ladders(text)[0]

    def order(preferred):
        return [rung.channel for rung in plan(ladder, set(Channel), set(Channel), preferred)]

    assert order(None) == [Channel.WHATSAPP, Channel.EMAIL, Channel.LETTER]
    assert order("letter") == [Channel.LETTER, Channel.WHATSAPP, Channel.EMAIL]
    assert order("email") == [Channel.WHATSAPP, Channel.EMAIL, Channel.LETTER]


def test_only_contacts_known_and_channels_in_use_are_planned() -> None:
    ladder = parse_ladders(GENERAL + "[[ladder.rung]]\nchannel = 'email'\nwait_for = 'read'\nwithin_s = 9\n")[0]
    assert [rung.channel for rung in plan(ladder, {Channel.EMAIL}, set(Channel))] == [Channel.EMAIL]
    assert [rung.channel for rung in plan(ladder, set(Channel), {Channel.WHATSAPP})] == [Channel.WHATSAPP]
    assert plan(ladder, {Channel.EMAIL}, {Channel.WHATSAPP}) == ()


def test_a_phone_reaches_by_two_channels_and_an_empty_contact_by_none() -> None:
    assert reachable({"phone": "+62800", "email": "", "address": None}) == {Channel.WHATSAPP, Channel.SMS}
    assert reachable({"email": "a@b.example", "address": "Jl. Contoh 7"}) == {Channel.EMAIL, Channel.LETTER}
    assert reachable({}) == frozenset()


def test_a_row_holds_from_its_first_day_on() -> None:
    ladders = parse_ladders(GENERAL + ROW.format("PMJ", "reminder", "*", "2026-06-01", "email"))

    def channel(jurisdiction, purpose, day):
        return ladder_for(ladders, jurisdiction, purpose, {"BUSWAY"}, day).rungs[0].channel

    assert channel("PMJ", "reminder", date(2026, 5, 31)) is Channel.WHATSAPP
    assert channel("PMJ", "reminder", date(2026, 6, 1)) is Channel.EMAIL
    assert channel("PMJ", "confirmation", date(2026, 6, 1)) is Channel.WHATSAPP
    assert channel("JTG", "reminder", date(2026, 6, 1)) is Channel.WHATSAPP


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GENERAL + "quiet = ['21:00']\n", "a start and an end"),
        (GENERAL + "hand_over_s = 0\n", "hand_over_s must be positive"),
        (GENERAL + "quiet = ['21:00', '06:00', '07:00']\n", "a start and an end"),
        (GENERAL + "quiet = ['21:00', '21:00']\n", "two different local hours"),
        (GENERAL + "quiet = ['21:00+07:00', '06:00']\n", "two different local hours"),
        (GENERAL + "quiet = ['21:00', '06:00Z']\n", "two different local hours"),
        (GENERAL + "hand_over_s = -1\n", "hand_over_s must be positive"),
        (GENERAL + "hand_over_s = true\n", "hand_over_s must be positive"),
        (GENERAL + "hand_over_s = '60'\n", "hand_over_s must be positive"),
        (GENERAL + "hand_over_s = nan\n", "hand_over_s must be positive"),
        (GENERAL + "hand_over_s = 31622401\n", "at most 31622400 seconds"),
        (GENERAL.replace("within_s = 60", "within_s = 31622401"), "within_s must be positive and at most 31622400"),
        (GENERAL.replace("within_s = 60", "within_s = true"), "within_s must be positive"),
        (GENERAL.replace("within_s = 60\n", ""), "Ladder 1 is not complete"),
        (GENERAL + "unit = 's'\n", "unit is not a known key"),
        (GENERAL.replace('source = "test"', 'source = "test"\nedition = 3'), "edition is not a known key"),
        (GENERAL.replace('source = "test"', 'source = " "'), "source must be a text"),
        (GENERAL.replace('source = "test"', "source = 7"), "source must be a text"),
        (GENERAL.replace('jurisdiction = "*"', "jurisdiction = ''"), "jurisdiction must be a text"),
        (GENERAL.replace('offence = "*"', "offence = 1"), "offence must be a text"),
        (GENERAL.replace('purpose = "*"', "purpose = 1"), "purpose must be a text"),
        (GENERAL.replace("2026-01-01", "2026-01-01T00:00:00"), "effective_from must be a day"),
        (GENERAL.replace("2026-01-01", '"2026-01-01"'), "effective_from must be a day"),
        (GENERAL.replace('purpose = "*"', 'purpose = "greeting"'), "Ladder 1"),
        (GENERAL.split("[[ladder.rung]]", maxsplit=1)[0] + "rung = []\n", "at least one rung"),
    ],
)
def test_a_rung_that_is_not_understood_refuses_to_start(text, said) -> None:
    with pytest.raises(SetupError, match=said):
        parse_ladders(text)


def test_an_hour_of_hand_over_is_kept() -> None:
    rung = parse_ladders(GENERAL + "hand_over_s = 0.5\nbasis = 'SK 1'\n")[0].rungs[0]
    assert (rung.hand_over_s, rung.basis, rung.by_choice) == (0.5, "SK 1", True)


def test_a_rung_may_wait_for_a_leap_year_and_no_longer() -> None:
    longest = 366 * 86_400
    rung = parse_ladders(GENERAL.replace("within_s = 60", f"within_s = {longest}") + f"hand_over_s = {longest}\n")[
        0
    ].rungs[0]
    assert (rung.within_s, rung.hand_over_s) == (longest, longest)


def test_whose_choice_a_rung_was_is_no_part_of_what_a_notice_keeps() -> None:
    assert Rung(Channel.EMAIL, "read", 1.0).by_choice is True
    assert Rung(Channel.EMAIL, "read", 1.0, by_choice=False) == Rung(Channel.EMAIL, "read", 1.0)


def test_quiet_hours_end_at_their_own_instant_and_begin_with_it() -> None:
    day = Rung(Channel.SMS, "read", 1.0, (time(12), time(13)))
    assert day.may_leave_at(local(12), JAKARTA) == local(13)
    assert day.may_leave_at(local(13), JAKARTA) == local(13)


def test_what_failed_here_goes_a_rung_down_and_what_did_not_stays() -> None:
    place = PlanPlace((WHATSAPP, EMAIL), 0, JAKARTA)
    failed = NoticeMove(NoticeState.FAILED, case_told="undeliverable", takes_back=True)
    below = Descent(1, Channel.EMAIL, AT)
    assert descent_to(below) == NoticeMove(NoticeState.QUEUED, "dispatch", AT, below=below)
    assert failed.or_below(place, AT) == replace(descent_to(below), takes_back=True)
    assert replace(failed, takes_back=False).or_below(place, AT) == descent_to(below)
    assert failed.or_below(PlanPlace((WHATSAPP, EMAIL), 1, JAKARTA), AT) is failed
    read = NoticeMove(NoticeState.READ)
    assert read.or_below(place, AT) is read
    assert (read.uncounted, read.takes_back, read.step, read.below) == (0, False, None, None)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"within_s": 0}, "within_s positive"),
        ({"within_s": -1}, "within_s positive"),
        ({"wait_for": "seen"}, "one of accepted, delivered, read"),
        ({"hand_over_s": 0}, "hand_over_s must be positive"),
        ({"quiet": ["21:00"]}, "a start and an end"),
    ],
)
def test_a_kept_plan_that_no_notice_could_follow_is_refused(more, said) -> None:
    with pytest.raises(ValueError, match=said):
        read_plan(json.dumps([WHATSAPP.as_record() | more]))


def test_a_kept_plan_is_read_back_down_to_half_a_second() -> None:
    hasty = Rung(Channel.SMS, "read", 0.5, hand_over_s=0.5)
    assert read_plan(write_plan([WHATSAPP, hasty])) == (WHATSAPP, hasty)
