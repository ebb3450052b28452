"""The officer's decisions against the state table, and the order of a timeline, for every case there can be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.states.journey import FINAL, TABLE, State, may_move
from cakra.core.states.moves import Mover
from cakra.core.states.outcome import Step
from cakra.doors.officer.cases.reading import in_order
from cakra.journey.review.rules import (
    REASONS,
    Decision,
    Sending,
    moves_of,
    names_person,
    open_decisions,
    sending_of,
)

EVERY = [(state, contacted, sending) for state in State for contacted in (True, False) for sending in Sending]


@pytest.mark.parametrize(("state", "contacted", "sending"), EVERY)
def test_every_open_decision_is_a_path_of_the_table(state, contacted, sending):
    for decision in open_decisions(state, contacted=contacted, sending=sending):
        here = state
        for move in moves_of(decision, state):
            assert may_move(here, move.to), (state, decision, here, move.to)
            here = move.to
        assert move.step is (Step.OWNERSHIP if here is State.VALIDATED else None)
        if here is not State.REVIEW:
            assert TABLE[here].mover is not Mover.OFFICER


@pytest.mark.parametrize(("state", "contacted", "sending"), EVERY)
def test_who_was_contacted_is_never_rejected_and_who_was_not_never_withdrawn_from_review(state, contacted, sending):
    decisions = open_decisions(state, contacted=contacted, sending=sending)
    assert not (contacted and Decision.REJECT in decisions)
    if state in {State.REVIEW, State.UNIDENTIFIED}:
        assert (Decision.WITHDRAW in decisions) is contacted
    if state in FINAL:
        assert decisions == ()


def test_every_state_that_waits_for_an_officer_has_a_way_out():
    for state, stage in TABLE.items():
        if stage.mover is Mover.OFFICER:
            for contacted in (True, False):
                for sending in Sending:
                    assert open_decisions(state, contacted=contacted, sending=sending), state


@pytest.mark.parametrize("notice", ["accepted", "held", "delivered", "read", None])
def test_nothing_the_provider_may_hold_is_queued_again(notice):
    decisions = open_decisions(State.UNDELIVERABLE, contacted=True, sending=sending_of(notice))
    assert Decision.QUEUE_AGAIN not in decisions


def test_every_decision_has_reasons_and_the_free_one_is_last():
    assert REASONS.keys() == set(Decision)
    assert all(reasons[-1] == "other" and len(set(reasons)) == len(reasons) for reasons in REASONS.values())


@pytest.mark.parametrize("note", ["0812 3456 7890", "NIK 3171234567890123", "+62-812-345-678", "12.34.56.78"])
def test_numbers_of_people_are_noticed(note):
    assert names_person(note)


@given(st.text(alphabet=st.characters(exclude_categories=["Nd"])))
def test_words_are_not(note):
    assert not names_person(note)
    assert not names_person(f"{note} pasal 287 ayat 1, B 1234 XYZ")


PATHS = st.lists(st.integers(0, 20), max_size=12)


@given(PATHS, st.randoms(use_true_random=False))
def test_a_timeline_is_told_in_the_order_of_its_moves(choices, random):
    """However the events of one write are shuffled, each move follows the one that led to it."""
    at, state, events = datetime(2026, 11, 21, tzinfo=UTC), State.RECEIVED, []
    for place, choice in enumerate(choices):
        onward = sorted(TABLE[state].leaves_to)
        if not onward:
            break
        following = onward[choice % len(onward)]
        if following in {event["from_state"] for event in events}:
            break  # a write passes no state twice
        events.append({"at": at + timedelta(seconds=place // 4), "from_state": state, "to_state": following})
        state = following
    told = [{**event, "event_id": random.random()} for event in events]
    ordered = in_order(random.sample(told, len(told)))
    assert [(event["from_state"], event["to_state"]) for event in ordered] == [
        (event["from_state"], event["to_state"]) for event in events
    ]
