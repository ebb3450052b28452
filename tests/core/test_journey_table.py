"""The state table: by example, and by walking it at random."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cakra.core.errors import ForbiddenMove
from cakra.core.states.journey import (
    AFTER_CONTACT,
    BEFORE_CONTACT,
    FINAL,
    TABLE,
    State,
    allowed_moves,
    check_move,
    may_move,
)
from cakra.core.states.moves import Mover


def reachable(origins: Iterable[State]) -> set[State]:
    """Every state that some chain of allowed moves leads to."""
    seen, waiting = set(origins), list(origins)
    while waiting:
        here = waiting.pop()
        onward = {to for origin, to in allowed_moves() if origin is here} - seen
        seen |= onward
        waiting += onward
    return seen


def test_every_state_has_a_line_and_every_line_names_states() -> None:
    assert set(TABLE) == set(State)
    assert len(list(allowed_moves())) == len(set(allowed_moves())), "a move is listed twice"


def test_final_states_are_those_nobody_moves() -> None:
    assert {state for state, stage in TABLE.items() if stage.mover is Mover.NOBODY} == FINAL
    assert {
        State.REJECTED,
        State.DIVERTED,
        State.WITHDRAWN,
        State.CLOSED,
        State.REFUNDED,
        State.FORFEITED,
    } == FINAL


def test_every_state_is_reached_from_the_first() -> None:
    assert reachable([State.RECEIVED]) == set(State)


@pytest.mark.parametrize("state", sorted(set(State) - FINAL))
def test_every_state_that_is_not_final_leads_to_a_final_one(state: State) -> None:
    assert reachable([state]) & FINAL


def test_no_case_is_rejected_after_contact_and_none_withdrawn_before() -> None:
    assert {origin for origin, to in allowed_moves() if to is State.REJECTED} <= BEFORE_CONTACT
    assert {origin for origin, to in allowed_moves() if to is State.WITHDRAWN} == AFTER_CONTACT | {State.REVIEW}


def test_only_proof_or_a_refused_objection_makes_a_case_notified_and_only_a_charge_is_paid_first() -> None:
    assert {origin for origin, to in allowed_moves() if to is State.NOTIFIED} == {State.NOTIFYING, State.DISPUTED}
    assert {origin for origin, to in allowed_moves() if to is State.CHARGED} == {State.ANSWERED, State.DISPUTED}


def test_an_answer_is_let_in_from_the_first_message_on_and_not_after_a_charge() -> None:
    into = {origin for origin, to in allowed_moves() if to is State.ANSWERED}
    assert into == {State.NOTIFYING, State.NOTIFIED, State.LAPSED, State.BLOCKED}


def test_a_refused_move_says_what_is_allowed() -> None:
    with pytest.raises(ForbiddenMove, match="from paid to received; allowed from paid: decided, withdrawn") as refused:
        check_move(State.PAID, State.RECEIVED)
    assert refused.value.code == "forbidden_move"
    with pytest.raises(ForbiddenMove, match="none \\(it is final\\)"):
        check_move(State.CLOSED, State.DECIDED)


@given(st.sampled_from(State), st.sampled_from(State))
def test_a_move_is_checked_as_it_is_listed(origin: State, target: State) -> None:
    listed = (origin, target) in set(allowed_moves())
    assert may_move(origin, target) is listed
    if listed:
        check_move(origin, target)
    else:
        with pytest.raises(ForbiddenMove):
            check_move(origin, target)


class CaseWalk(RuleBasedStateMachine):
    """A case that is asked to go anywhere: it goes where the table allows, and nowhere else."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.RECEIVED
        self.contacted = False
        self.path = [self.state]

    @rule(target_state=st.sampled_from(State))
    def ask(self, target_state: State) -> None:
        before = self.state
        try:
            check_move(before, target_state)
        except ForbiddenMove:
            assert target_state not in TABLE[before].leaves_to
            return
        self.state = target_state
        self.contacted |= target_state in AFTER_CONTACT
        self.path.append(target_state)

    @precondition(lambda self: self.state not in FINAL)
    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        onward = sorted(to for origin, to in allowed_moves() if origin is self.state)
        self.ask(data.draw(st.sampled_from(onward)))
        assert self.path[-1] is self.state

    @precondition(lambda self: self.state in FINAL)
    @rule(target_state=st.sampled_from(State))
    def stay(self, target_state: State) -> None:
        with pytest.raises(ForbiddenMove):
            check_move(self.state, target_state)

    @invariant()
    def final_states_end_the_path(self) -> None:
        assert not FINAL & set(self.path[:-1])

    @invariant()
    def a_way_out_is_left(self) -> None:
        assert reachable([self.state]) & FINAL

    @invariant()
    def money_only_after_contact(self) -> None:
        if self.state in {State.CHARGED, State.PAID, State.REFUND_DUE, State.REFUNDED}:
            assert self.contacted


TestCaseWalk = CaseWalk.TestCase
TestCaseWalk.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
