"""Which text stands in for a stopped one, and when a sender rests: known answers."""

from datetime import UTC, datetime, timedelta

import pytest

from cakra.core.ports import Action, SendResult, SendState, Throttle
from cakra.delivery.provider.rules import Variant, replacement
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
AT = datetime(2026, 11, 3, 3, tzinfo=UTC)


def text(
    name: str, *, picture: bool = True, purpose: str = "confirmation", variables: str = "ab", language: str = "id"
):
    return Variant(name, language, purpose, frozenset(variables), picture)


def test_a_stopped_text_is_replaced_by_its_like() -> None:
    texts = [text("a"), text("b"), text("c", picture=False), text("d", variables="abc"), text("e", purpose="reminder")]
    assert replacement(("a", "id"), texts, {("a", "id")}) == texts[1]
    assert replacement(("a", "id"), texts, {("a", "id"), ("b", "id")}) == texts[2]
    assert replacement(("a", "id"), texts, {(name, "id") for name in "abc"}) is None
    assert replacement(("c", "id"), texts, {("c", "id")}) is None
    assert replacement(("z", "id"), texts, set()) is None


def test_a_text_without_a_picture_is_replaced_by_one_without_first() -> None:
    texts = [text("a", picture=False), text("b"), text("c", picture=False), text("d", picture=False, language="en")]
    assert replacement(("a", "id"), texts, {("a", "id")}) == texts[2]
    assert replacement(("d", "en"), texts, {("d", "en")}) is None


@pytest.mark.parametrize(
    ("result", "took", "word"),
    [
        (SendResult(SendState.ACCEPTED, Action.NONE), 5.0, Word.OK),
        (SendResult(SendState.ACCEPTED, Action.NONE), 5.1, Word.SLOW),
        (SendResult(SendState.HELD, Action.WAIT), 1.0, Word.OK),
        (SendResult(SendState.UNKNOWN, Action.WAIT), 1.0, Word.FAULT),
        (SendResult(SendState.REFUSED, Action.RETRY), 1.0, Word.FAULT),
        (SendResult(SendState.REFUSED, Action.STOP_SENDER), 1.0, Word.FAULT),
        (SendResult(SendState.REFUSED, Action.NEXT_CHANNEL), 1.0, Word.OK),
        (SendResult(SendState.REFUSED, Action.NEXT_CHANNEL), 9.0, Word.SLOW),
        (SendResult(SendState.REFUSED, Action.RETRY, throttled=Throttle.SENDER), 1.0, None),
        (SendResult(SendState.REFUSED, Action.RECALL), 1.0, None),
        (SendResult(SendState.REFUSED, Action.RETRY, code="content"), 1.0, None),
        (SendResult(SendState.UNKNOWN, Action.WAIT, code="fault"), 9.0, None),
    ],
)
def test_what_a_call_says_of_its_sender(result, took, word) -> None:
    assert word_of(result, took, POLICY) is word


def test_only_recent_calls_count_and_none_from_before_it_was_opened() -> None:
    calls = [Call(AT - timedelta(seconds=back), Word.FAULT) for back in (21, 20, 10, 5)]
    assert recent(calls, AT, None, POLICY) == calls[1:]
    assert recent(calls, AT, AT - timedelta(seconds=10), POLICY) == calls[2:]
    assert recent(calls, AT, AT - timedelta(seconds=60), POLICY) == calls[1:]


def test_a_slow_call_is_half_a_fault() -> None:
    assert fault_share([]) == 0.0
    assert fault_share([Word.FAULT, Word.SLOW, Word.OK, Word.OK]) == pytest.approx(0.375)


@pytest.mark.parametrize(
    ("faults", "calls", "rests"),
    [(4, 4, False), (5, 5, True), (2, 5, False), (3, 5, True), (3, 6, True), (3, 7, False)],
)
def test_it_rests_on_a_share_of_enough_calls(faults, calls, rests) -> None:
    assert must_rest([Word.FAULT] * faults + [Word.OK] * (calls - faults), POLICY) is rests


@pytest.mark.parametrize(
    ("rests", "open_s", "expected"),
    [
        (0, 10, (1, 15.0)),
        (1, 10, (2, 30.0)),
        (2, 300, (3, 60.0)),
        (2, 301, (1, 15.0)),
        (5, 10, (6, 480.0)),
        (6, 10, (7, 600.0)),
        (20, 10, (21, 600.0)),
    ],
)
def test_rests_grow_until_a_calm_time(rests, open_s, expected) -> None:
    assert next_rest(rests, AT - timedelta(seconds=open_s), AT, POLICY) == expected


@pytest.mark.parametrize(
    ("words", "left", "opens"),
    [
        ([], 3, None),
        ([], 0, None),
        ([Word.OK], 2, None),
        ([Word.OK] * 3, 0, True),
        ([Word.OK, Word.SLOW], 1, False),
        ([Word.FAULT], 2, False),
    ],
)
def test_trial_calls_open_a_sender_or_send_it_back(words, left, opens) -> None:
    assert after_probes(words, left) is opens


def test_the_policy_is_the_stated_one() -> None:
    assert (POLICY.window_s, POLICY.least_calls, POLICY.fault_share, POLICY.slow_s) == (20.0, 5, 0.5, 5.0)
    assert (POLICY.rest_s, POLICY.longest_rest_s, POLICY.calm_s) == (15.0, 600.0, 300.0)
    assert (POLICY.probe_calls, POLICY.probe_wait_s) == (3, 15.0)
