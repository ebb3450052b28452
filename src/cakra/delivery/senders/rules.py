"""When a sender rests and when it is back. Pure.

open → resting → tried with a few calls → open. It never rests on a single error, only on a share of its recent
calls; a rest that follows another soon is twice as long; and one failed trial sends it back to rest. Only what the
sender's side did counts: a person without WhatsApp, or a request of ours that was wrong, is an answer like any other.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cakra.core.ports import Action, SendResult, SendState

# Said by us about ourselves, before or instead of the provider: the message did not open, its picture is missing.
OUR_CODES = frozenset({"content", "picture", "fault"})


class Word(StrEnum):
    """What one call says about its sender."""

    OK = "ok"
    SLOW = "slow"
    FAULT = "fault"


_WEIGHT = {Word.OK: 0.0, Word.SLOW: 0.5, Word.FAULT: 1.0}


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """The settings `[health]`; seconds and shares."""

    window_s: float = 20.0
    least_calls: int = 5
    fault_share: float = 0.5
    slow_s: float = 5.0
    rest_s: float = 15.0
    longest_rest_s: float = 600.0
    calm_s: float = 300.0
    probe_calls: int = 3
    probe_wait_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call that says something about its sender: when it began, and what."""

    began: datetime
    word: Word


def word_of(result: SendResult, took_s: float, policy: HealthPolicy) -> Word | None:
    """What a call says about its sender; None when it says nothing (our own fault, a throttle, a recall).

    A throttle is the pace's affair: the sender is well, and only has to be asked less often.
    """
    if result.code in OUR_CODES or result.throttled or result.action is Action.RECALL:
        return None
    faulty = result.state is SendState.UNKNOWN or (
        result.state is SendState.REFUSED and result.action in {Action.RETRY, Action.STOP_SENDER}
    )
    if faulty:
        return Word.FAULT
    return Word.SLOW if took_s > policy.slow_s else Word.OK


def recent(calls: Sequence[Call], at: datetime, opened_at: datetime | None, policy: HealthPolicy) -> list[Call]:
    """The calls that still count: begun within the window, and not before the sender was opened again."""
    since = at - timedelta(seconds=policy.window_s)
    if opened_at is not None:
        since = max(since, opened_at)
    return [call for call in calls if call.began >= since]


def fault_share(words: Collection[Word]) -> float:
    """Faults among these calls, 0–1; a slow one is half a fault."""
    return sum(_WEIGHT[word] for word in words) / len(words) if words else 0.0


def must_rest(words: Collection[Word], policy: HealthPolicy) -> bool:
    """Whether these recent calls are too bad; never on a single one."""
    return len(words) >= policy.least_calls and fault_share(words) >= policy.fault_share


def next_rest(rests: int, opened_at: datetime, at: datetime, policy: HealthPolicy) -> tuple[int, float]:
    """(rests in a row with this one, its seconds). `rests`: in a row before it; a calm time makes it a first one."""
    if rests and at - opened_at > timedelta(seconds=policy.calm_s):
        rests = 0
    return rests + 1, min(policy.rest_s * 2**rests, policy.longest_rest_s)


def after_probes(words: Collection[Word], left: int) -> bool | None:
    """Whether trial calls open the sender (True) or send it back to rest (False); None: not known yet.

    `left`: trial calls without an answer.
    """
    if any(word is not Word.OK for word in words):
        return False
    return True if words and not left else None
