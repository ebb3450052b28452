"""When a sender rests and when it is back: the rules alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.ports import Action, SendResult, SendState, Throttle
from cakra.delivery.senders.rules import (
    Call,
    HealthPolicy,
    Word,
    after_probes,
    fault_share,
    must_rest,
    next_rest,
    recent,
    word_of,
)

POLICY = HealthPolicy()
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
OK, SLOW, FAULT = Word.OK, Word.SLOW, Word.FAULT
words = st.lists(st.sampled_from(Word), max_size=60)


@pytest.mark.parametrize(
    ("result", "took_s", "word"),
    [
        (SendResult(SendState.ACCEPTED, Action.NONE), 0.1, OK),
        (SendResult(SendState.HELD, Action.NONE), 0.1, OK),
        (SendResult(SendState.ACCEPTED, Action.NONE), 6.0, SLOW),
        (SendResult(SendState.REFUSED, Action.RETRY), 0.1, FAULT),
        (SendResult(SendState.REFUSED, Action.STOP_SENDER), 0.1, FAULT),
        (SendResult(SendState.UNKNOWN, Action.WAIT, code="timeout"), 10.0, FAULT),
        # The person's side, or ours: the sender did its work.
        (SendResult(SendState.REFUSED, Action.NEXT_CHANNEL), 0.1, OK),
        (SendResult(SendState.REFUSED, Action.FIX_US), 0.1, OK),
        (SendResult(SendState.REFUSED, Action.RETRY, code="picture"), 0.1, None),
        (SendResult(SendState.UNKNOWN, Action.WAIT, code="fault"), 0.1, None),
        (SendResult(SendState.REFUSED, Action.RECALL), 0.1, None),
        # Pace is not health.
        (SendResult(SendState.REFUSED, Action.RETRY, throttled=Throttle.PAIR), 0.1, None),
        (SendResult(SendState.REFUSED, Action.RETRY, throttled=Throttle.SENDER), 0.1, None),
    ],
)
def test_only_the_sender_s_own_side_counts(result, took_s, word):
    assert word_of(result, took_s, POLICY) is word


@given(words)
def test_no_few_calls_and_no_small_share_of_faults_ever_rest_a_sender(said):
    resting = must_rest(said, POLICY)
    assert not resting or len(said) >= POLICY.least_calls
    assert not resting or said.count(FAULT) + said.count(SLOW) >= 2, "never on a single error"
    assert resting == (len(said) >= POLICY.least_calls and fault_share(said) >= POLICY.fault_share)
    if said and set(said) == {FAULT} and len(said) >= POLICY.least_calls:
        assert resting


@given(words, st.sampled_from([OK, FAULT]))
def test_one_more_success_never_rests_it_and_one_more_fault_never_saves_it(said, more):
    if more is OK and len(said) >= POLICY.least_calls:
        assert must_rest(said, POLICY) or not must_rest([*said, OK], POLICY)
    if more is FAULT and must_rest(said, POLICY):
        assert must_rest([*said, FAULT], POLICY)


@given(st.integers(0, 30), st.floats(0, 2000))
def test_rests_that_follow_each_other_grow_to_a_limit_and_a_calm_time_forgets_them(rests, open_s):
    number, seconds = next_rest(rests, AT, AT + timedelta(seconds=open_s), POLICY)
    assert POLICY.rest_s <= seconds <= POLICY.longest_rest_s
    if rests and open_s > POLICY.calm_s:
        assert (number, seconds) == (1, POLICY.rest_s)
    else:
        assert number == rests + 1
        assert seconds == min(POLICY.rest_s * 2**rests, POLICY.longest_rest_s)


@given(st.lists(st.sampled_from(Word), max_size=5), st.integers(0, 3))
def test_a_trial_opens_only_when_every_call_of_it_went_well(said, left):
    verdict = after_probes(said, left)
    if FAULT in said or SLOW in said:
        assert verdict is False
    elif left or not said:
        assert verdict is None
    else:
        assert verdict is True


@given(st.lists(st.floats(0, 100), max_size=30), st.floats(0, 100))
def test_old_calls_and_those_from_before_the_sender_was_opened_again_do_not_count(ages, opened_ago):
    calls = [Call(AT - timedelta(seconds=age), FAULT) for age in ages]
    opened_at = AT - timedelta(seconds=opened_ago)
    kept = recent(calls, AT, opened_at, POLICY)
    assert kept == [call for call in calls if AT - call.began <= timedelta(seconds=20) and call.began >= opened_at]
    assert recent(calls, AT, None, POLICY) == [call for call in calls if AT - call.began <= timedelta(seconds=20)]
