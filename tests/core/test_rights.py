"""Roles, grants and orders as pure rules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.access.orders import APPROVING, LASTS, PROPOSING, Kind, check_decidable, check_second
from cakra.core.access.rights import (
    ROLES,
    TWO_PEOPLE,
    Act,
    Foreign,
    Grant,
    NotAllowed,
    Role,
    jurisdictions,
    may,
    refusal,
    roles_with,
)
from cakra.core.errors import Conflict, InputError

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OFFICES = ("PMJ", "PJT", "PJB")
GRANTS = st.lists(
    st.builds(
        Grant,
        st.sampled_from(Role),
        st.sampled_from([None, *OFFICES]),
        st.sampled_from([AT - MINUTE, AT, AT + MINUTE]),
        st.sampled_from([None, AT - MINUTE, AT, AT + MINUTE]),
    ),
    max_size=4,
)
# What each of the five roles could do before grants were kept; it must stay possible.
BEFORE = {
    Role.REVIEWER: {"read_cases", "see_owner", "decide_cases", "tell_again", "open_second_factor"},
    Role.SUPERVISOR: {"read_cases", "decide_cases", "take_over_cases", "see_provider_answers", "pause_sending"},
    Role.COMMANDER: {"pause_sending", "resume_sending", "trust_cameras", "settle_quarantine", "set_budgets"},
    Role.AUDITOR: {"read_cases", "see_owner", "see_provider_answers"},
    Role.ADMINISTRATOR: {"pause_sending", "resume_sending", "release_senders", "publish_official", "set_budgets"},
}


@pytest.mark.parametrize("role", BEFORE)
def test_what_five_roles_could_do_stays_possible(role):
    seeing = {"enter", "see_sending", "see_cameras", "see_quarantine", "see_books"}
    assert {act.value for act in ROLES[role]} >= BEFORE[role] | seeing


def test_every_role_enters_and_every_act_is_somebodys():
    assert ROLES.keys() == set(Role)
    assert all(Act.ENTER in acts for acts in ROLES.values())
    assert frozenset().union(*ROLES.values()) == set(Act)
    assert Act.DECIDE_CASES not in ROLES[Role.AUDITOR] | ROLES[Role.ADMINISTRATOR]
    assert {Role.COMMANDER, Role.ADMINISTRATOR} == TWO_PEOPLE


@pytest.mark.parametrize(
    ("begins", "ends", "held"),
    [
        (AT - MINUTE, None, True),
        (AT, None, True),
        (AT + MINUTE, None, False),
        (AT - 2 * MINUTE, AT - MINUTE, False),
        (AT - MINUTE, AT, False),
        (AT - MINUTE, AT + MINUTE, True),
    ],
)
def test_a_grant_holds_from_its_first_instant_until_before_its_last(begins, ends, held):
    grants = [Grant(Role.REVIEWER, "PMJ", begins, ends)]
    assert may(grants, Act.DECIDE_CASES, "PMJ", AT) is held
    assert jurisdictions(grants, Act.DECIDE_CASES, AT) == (frozenset({"PMJ"}) if held else frozenset())
    assert not may(grants, Act.DECIDE_CASES, "PJT", AT)
    assert not may(grants, Act.DECIDE_CASES, None, AT), "an office's grant is none for the nation"
    assert not may(grants, Act.SET_BUDGETS, "PMJ", AT)


def test_a_nations_grant_is_one_for_every_office():
    grants = [Grant(Role.SUPERVISOR, None, AT)]
    assert all(may(grants, Act.PAUSE_SENDING, place, AT) for place in (None, *OFFICES))
    assert jurisdictions([*grants, Grant(Role.SUPERVISOR, "PMJ", AT)], Act.PAUSE_SENDING, AT) is None


@given(GRANTS, st.sampled_from(Act), st.sampled_from([None, *OFFICES]))
def test_places_and_may_say_the_same(grants, act, place):
    found = jurisdictions(grants, act, AT)
    assert may(grants, act, place, AT) is (found is None or (place is not None and place in found))


@given(GRANTS, GRANTS, st.sampled_from(Act), st.sampled_from([None, *OFFICES]))
def test_another_grant_never_takes_a_right_away(some, more, act, place):
    assert may([*some, *more], act, place, AT) is (may(some, act, place, AT) or may(more, act, place, AT))


def test_a_refusal_is_a_sentence_with_whom_to_ask():
    told = refusal("rina", Act.SET_BUDGETS, None)
    assert told.startswith("rina holds no grant in force for set_budgets for the nation (roles that carry it: ")
    assert "treasurer" in told
    assert "in PMJ" in refusal("rina", Act.DECIDE_CASES, "PMJ")
    refused = NotAllowed("rina", Act.DECIDE_CASES, "PMJ")
    assert refused.sentence == refusal("rina", Act.DECIDE_CASES, "PMJ")
    hidden = Foreign("There is no case 7.", "rina", Act.READ_CASES, "PJT", code="no_such_case")
    assert (hidden.sentence, hidden.code) == ("There is no case 7.", "no_such_case")


def test_one_grant_in_force_is_enough_beside_others_that_are_not():
    ended = Grant(Role.REVIEWER, "PMJ", AT - 2 * MINUTE, AT - MINUTE)
    assert may([ended, Grant(Role.REVIEWER, "PMJ", AT)], Act.DECIDE_CASES, "PMJ", AT)


def test_an_order_needs_a_second_person_in_time_and_once():
    assert PROPOSING.keys() == APPROVING.keys() == set(Kind)
    assert all(roles_with(act) for act in (*PROPOSING.values(), *APPROVING.values()))
    check_second("rina", "budi", done="proposed it", needed="another officer approves it")
    with pytest.raises(InputError, match="rina proposed it; another officer approves it") as refused:
        check_second("rina", "rina", done="proposed it", needed="another officer approves it")
    assert refused.value.code == "same_person"
    check_decidable(None, AT + MINUTE, AT)
    for settled, expires in (("approved", AT + MINUTE), ("rejected", AT + MINUTE), (None, AT), (None, AT - MINUTE)):
        with pytest.raises(Conflict):
            check_decidable(settled, expires, AT)


def test_an_order_waits_a_week() -> None:
    assert timedelta(weeks=1) == LASTS
