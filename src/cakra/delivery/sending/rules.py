"""One send: claimed, answered, what the answer does to its notice, and the tag that its receipts echo. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cakra.core.delivery.ladder import NoticeMove, PlanPlace
from cakra.core.ports import Action, SendResult, SendState
from cakra.core.states.notice import NoticeState as N

_TAG = re.compile(r"n:([0-9]{1,5}):([0-9]{1,19}):([0-9]{1,4})")
_LARGEST_CELL, _LARGEST_ID = 2**15 - 1, 2**63 - 1  # smallint, bigint
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 300.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One claimed notice whose intent is committed, ready for its call; what it says stays sealed until then."""

    cell: int
    notice_id: int
    case_id: int
    attempt: int
    template: str
    language: str
    content: bytes = field(repr=False)
    picture: bytes | None  # digest; fetched right before the call
    tries: int  # attempts on this rung, this one included
    place: PlanPlace | None  # None: its plan cannot be read, so it is not sent
    jurisdiction: str = ""
    claimed_at: float = 0.0  # monotonic seconds, before the claim: nothing of it was paused then
    probe: bool = False  # a trial call of a sender that had rested

    @property
    def key(self) -> tuple[int, int]:
        """Cell and notice id."""
        return self.cell, self.notice_id


class Claimed(list[Outgoing]):
    """What one claim took. `again_s`: its sender's pace holds it back for so long; None: it took what it could."""

    def __init__(self, sends: Iterable[Outgoing] = (), again_s: float | None = None) -> None:
        super().__init__(sends)
        self.again_s = again_s


@dataclass(frozen=True, slots=True)
class Answered:
    """A call's result, when it came, and how many seconds the call took."""

    sent: Outgoing
    result: SendResult
    at: datetime
    took_s: float = 0.0


def make_tag(cell: int, notice_id: int, attempt: int) -> str:
    """Our opaque id of one attempt, echoed by the provider's receipts."""
    return f"n:{cell}:{notice_id}:{attempt}"


def read_tag(tag: str | None) -> tuple[int, int, int] | None:
    """(cell, notice id, attempt) of a tag of ours; None for anything else, numbers too large to be ours included."""
    match = _TAG.fullmatch(tag or "")
    if match is None:
        return None
    cell, notice_id, attempt = int(match[1]), int(match[2]), int(match[3])
    return (cell, notice_id, attempt) if cell <= _LARGEST_CELL and notice_id <= _LARGEST_ID else None


def channel_of(provider: str) -> str:
    """The channel of a callback's provider: `sms:infobip` and `sms:smpp` are SMS, `whatsapp` is its own."""
    return provider.partition(":")[0]


def after_answer(
    result: SendResult, attempt: int, at: datetime, *, settle_s: float, max_tries: int, elsewhere: bool = False
) -> NoticeMove:
    """The notice after one call. `attempt` counts from 1 on each rung; `settle_s`: how long proof is waited for.

    `elsewhere`: another sender of the channel may take at once what this one was refused for its own sake.
    """
    wait = at + timedelta(seconds=settle_s)
    match result.state:
        case SendState.ACCEPTED:
            return NoticeMove(N.ACCEPTED, "settle", wait, handed_over_at=at)
        case SendState.HELD:
            # What waits for a batch leaves however late that is: its clock starts at the receipt of the hand-over.
            in_batch = result.action is Action.WAIT
            return NoticeMove(N.HELD, None if in_batch else "settle", None if in_batch else wait)
        case SendState.UNKNOWN:
            return NoticeMove(N.UNKNOWN, "settle", wait)
        case SendState.REFUSED:
            return _after_refusal(result, attempt, at, max_tries, elsewhere=elsewhere)


def _after_refusal(result: SendResult, attempt: int, at: datetime, max_tries: int, *, elsewhere: bool) -> NoticeMove:
    if result.action is Action.RECALL:
        return NoticeMove(N.QUEUED, "dispatch", at, uncounted=1)
    if result.action is Action.STOP_SENDER:
        # Not the message's fault: it stays first in the queue until the sender is let go again.
        return NoticeMove(N.QUEUED, "dispatch", at if elsewhere else at + timedelta(seconds=_LONGEST_PAUSE_S))
    if result.action is Action.RETRY and attempt < max_tries:
        if result.throttled and elsewhere:
            return NoticeMove(N.QUEUED, "dispatch", at)
        pause = max(result.asked_s, min(_FIRST_PAUSE_S * 2 ** min(attempt - 1, 12), _LONGEST_PAUSE_S))
        return NoticeMove(N.QUEUED, "dispatch", at + timedelta(seconds=pause))
    return NoticeMove(N.FAILED, None, None, case_told="channel_failed")


def why_left(result: SendResult) -> str:
    """Why a refused notice leaves its rung; the timeline's key."""
    return {Action.RETRY: "tries", Action.FIX_US: "ours"}.get(result.action, "refused")
