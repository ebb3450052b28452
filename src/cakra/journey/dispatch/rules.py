"""What a provider's word does to a notice. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.core.ports import Action, ReceiptState, SendResult, SendState

_TAG = re.compile(r"n:(\d{1,5}):(\d{1,19}):(\d{1,4})")
# Proof only moves forward; a failure after delivery says nothing.
PROOF_ORDER = {"sent": 1, "failed": 2, "delivered": 3, "read": 4}
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 300.0


def make_tag(cell: int, notice_id: int, attempt: int) -> str:
    """Our opaque id of one attempt, echoed by the provider's receipts."""
    return f"n:{cell}:{notice_id}:{attempt}"


def read_tag(tag: str | None) -> tuple[int, int, int] | None:
    """(cell, notice id, attempt) of a tag of ours; None for anything else."""
    match = _TAG.fullmatch(tag or "")
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


@dataclass(frozen=True, slots=True)
class NoticeMove:
    """Where a notice goes after a provider's answer. `case_told`: the ladder ended, an officer is next."""

    state: str
    step: str | None
    due_at: datetime | None
    case_told: str | None = None


def after_answer(result: SendResult, attempt: int, at: datetime, *, settle_s: float, max_tries: int) -> NoticeMove:
    """The notice after one call. `attempt` counts from 1; `settle_s`: how long proof is waited for."""
    wait = at + timedelta(seconds=settle_s)
    match result.state:
        case SendState.ACCEPTED:
            return NoticeMove("accepted", "settle", wait)
        case SendState.HELD:
            return NoticeMove("held", "settle", wait)
        case SendState.UNKNOWN:
            return NoticeMove("unknown", "settle", wait)
        case SendState.REFUSED:
            pass
    if result.action is Action.STOP_SENDER:
        # Not the message's fault: it stays first in the queue until the sender is let go again.
        return NoticeMove("queued", "dispatch", at + timedelta(seconds=_LONGEST_PAUSE_S))
    if result.action is Action.RETRY and attempt < max_tries:
        pause = max(result.retry_after_s or 0.0, min(_FIRST_PAUSE_S * 2 ** (attempt - 1), _LONGEST_PAUSE_S))
        return NoticeMove("queued", "dispatch", at + timedelta(seconds=pause))
    return NoticeMove("failed", None, None, case_told="channel_failed")


def proof_moves_on(known: str | None, new: ReceiptState) -> bool:
    """Whether a receipt says more than what is known already."""
    return PROOF_ORDER[new.value] > PROOF_ORDER.get(known or "", 0)
