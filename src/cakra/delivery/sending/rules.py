"""What a provider's word does to a notice. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.core.ladder import Descent, Place
from cakra.core.ports import Action, ReceiptState, SendResult, SendState

_TAG = re.compile(r"n:([0-9]{1,5}):([0-9]{1,19}):([0-9]{1,4})")
_LARGEST_CELL, _LARGEST_ID = 2**15 - 1, 2**63 - 1  # smallint, bigint
# Proof only moves forward; a failure after delivery says nothing, but a letter that came back was not delivered.
PROOF_ORDER = {"sent": 1, "failed": 2, "delivered": 3, "read": 4, "returned": 5}
# Words of a notice before its hand-over is proved.
_UNPROVED = frozenset({"queued", "sending", "unknown", "unsettled", "held", "failed"})
# A late failure ends these; a notice that waits for its next attempt goes on.
_UNDER_WAY = frozenset({"sending", "unknown", "unsettled", "held", "accepted"})
_ENDED_BY = {"failed": _UNDER_WAY, "returned": _UNDER_WAY | {"delivered"}}
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 300.0


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


def storable(text: str) -> str:
    """A provider's text as PostgreSQL can keep it: no NUL, no half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")


@dataclass(frozen=True, slots=True)
class NoticeMove:
    """Where a notice goes after a provider's answer. `case_told`: no rung is left, an officer is next."""

    state: str
    step: str | None
    due_at: datetime | None
    case_told: str | None = None
    below: Descent | None = None  # it left its rung for this one
    uncounted: int = 0  # tries that were none


def after_answer(
    result: SendResult, attempt: int, at: datetime, *, settle_s: float, max_tries: int, elsewhere: bool = False
) -> NoticeMove:
    """The notice after one call. `attempt` counts from 1 on each rung; `settle_s`: how long proof is waited for.

    `elsewhere`: another sender of the channel may take at once what this one was refused for its own sake.
    """
    wait = at + timedelta(seconds=settle_s)
    match result.state:
        case SendState.ACCEPTED:
            return NoticeMove("accepted", "settle", wait)
        case SendState.HELD:
            # What waits for a batch leaves however late that is: its clock starts at the receipt of the hand-over.
            in_batch = result.action is Action.WAIT
            return NoticeMove("held", None if in_batch else "settle", None if in_batch else wait)
        case SendState.UNKNOWN:
            return NoticeMove("unknown", "settle", wait)
        case SendState.REFUSED:
            return _after_refusal(result, attempt, at, max_tries, elsewhere=elsewhere)


def _after_refusal(result: SendResult, attempt: int, at: datetime, max_tries: int, *, elsewhere: bool) -> NoticeMove:
    if result.action is Action.RECALL:
        return NoticeMove("queued", "dispatch", at, uncounted=1)
    if result.action is Action.STOP_SENDER:
        # Not the message's fault: it stays first in the queue until the sender is let go again.
        return NoticeMove("queued", "dispatch", at if elsewhere else at + timedelta(seconds=_LONGEST_PAUSE_S))
    if result.action is Action.RETRY and attempt < max_tries:
        if result.throttled and elsewhere:
            return NoticeMove("queued", "dispatch", at)
        pause = max(result.asked_s, min(_FIRST_PAUSE_S * 2 ** min(attempt - 1, 12), _LONGEST_PAUSE_S))
        return NoticeMove("queued", "dispatch", at + timedelta(seconds=pause))
    return NoticeMove("failed", None, None, case_told="channel_failed")


def climb_down(move: NoticeMove, place: Place, at: datetime) -> NoticeMove:
    """A notice that failed on one rung goes to the next at once, as long as there is one."""
    below = place.below(at) if move.state == "failed" else None
    return move if below is None else NoticeMove("queued", "dispatch", below.due_at, below=below)


def why_left(result: SendResult) -> str:
    """Why a refused notice leaves its rung; the timeline's key."""
    return {Action.RETRY: "tries", Action.FIX_US: "ours"}.get(result.action, "refused")


def proofs_that_count(proofs: Mapping[int, tuple[str, str | None]], channel: str) -> Mapping[int, str | None]:
    """Attempt → proof, for `after_proofs`, of attempt → (its channel, proof).

    Delivery on any rung is delivery. That an earlier rung's message is on its way, or failed, neither stops nor
    ends the rung that stands now.
    """
    return {
        attempt: proof if of == channel or proof in {"delivered", "read"} else None
        for attempt, (of, proof) in proofs.items()
    }


def proof_moves_on(known: str | None, new: ReceiptState) -> bool:
    """Whether a receipt says more than what is known already."""
    return PROOF_ORDER[new.value] > PROOF_ORDER.get(known or "", 0)


def after_proofs(state: str, proofs: Mapping[int, str | None], newest: int) -> str | None:
    """The state of a notice by the proofs of all its attempts (attempt → proof); None when they change nothing.

    One attempt that arrived is enough. A failure counts for the newest attempt only, and not while an
    earlier one is on its way, so that the order in which receipts come does not matter.
    """
    said = set(proofs.values())
    reached = state
    if "read" in said:
        reached = "read"
    elif "delivered" in said:
        reached = "delivered"
    elif "sent" in said:
        reached = "accepted" if state in _UNPROVED else state
    elif state in _ENDED_BY.get(proofs.get(newest) or "", frozenset()):
        reached = "failed"
    return None if reached == state else reached
