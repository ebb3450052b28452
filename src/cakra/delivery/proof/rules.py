"""What the proofs of its attempts make of a notice, and what that does to its case. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from cakra.core.delivery.reminders import due_next, reminder_times
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kinds import DEADLINES, REMINDERS
from cakra.core.ports import PROOF_ORDER, Receipt, ReceiptState
from cakra.core.states.case import Case
from cakra.core.states.deadline import confirm_by, policies_for
from cakra.core.states.journey import State
from cakra.core.states.notice import PROVED
from cakra.core.states.notice import NoticeState as N
from cakra.core.states.outcome import Outcome, Step

# States before the hand-over is proved.
_UNPROVED = frozenset({N.QUEUED, N.SENDING, N.UNKNOWN, N.UNSETTLED, N.HELD, N.FAILED})
# A late failure ends these; a notice that waits for its next attempt goes on.
_UNDER_WAY = frozenset({N.SENDING, N.UNKNOWN, N.UNSETTLED, N.HELD, N.ACCEPTED})
_ENDED_BY = {"failed": _UNDER_WAY, "returned": _UNDER_WAY | {N.DELIVERED}}
# Deadlines that ran on the strength of a letter which came back stand still again.
_RAN_ON_IT = frozenset({State.NOTIFYING, State.NOTIFIED, State.LAPSED, State.BLOCKED})


@dataclass(frozen=True, slots=True)
class ToldReceipt:
    """One receipt with its place in our tables and when it came."""

    cell: int
    notice_id: int
    attempt: int
    channel: str
    receipt: Receipt
    received_at: datetime

    @property
    def key(self) -> tuple[int, int, int]:
        """(cell, notice id, attempt)."""
        return self.cell, self.notice_id, self.attempt

    @property
    def notice(self) -> tuple[int, int]:
        """(cell, notice id)."""
        return self.cell, self.notice_id

    @property
    def rank(self) -> int:
        """How far its proof goes."""
        return PROOF_ORDER[self.receipt.state.value]

    @property
    def returned(self) -> bool:
        """Whether the post brought the letter back."""
        return self.receipt.state is ReceiptState.RETURNED

    def since(self, intended_at: datetime) -> "ToldReceipt":
        """Its time held between our intent and our receipt of it: deadlines never rest on a wrong clock."""
        at = max(min(self.receipt.at, self.received_at), intended_at)
        return replace(self, receipt=replace(self.receipt, at=at))


def proofs_that_count(proofs: Mapping[int, tuple[str, str | None]], channel: str) -> Mapping[int, str | None]:
    """Attempt → proof, for `after_proofs`, of attempt → (its channel, proof).

    Delivery on any rung is delivery. That an earlier rung's message is on its way, or failed, neither stops nor
    ends the rung that stands now.
    """
    return {attempt: proof if of == channel or proof in PROVED else None for attempt, (of, proof) in proofs.items()}


def proof_moves_on(known: str | None, new: ReceiptState) -> bool:
    """Whether a receipt says more than what is known already."""
    return PROOF_ORDER[new.value] > PROOF_ORDER.get(known or "", 0)


def after_proofs(state: N, proofs: Mapping[int, str | None], newest: int) -> N | None:
    """The state of a notice by the proofs of all its attempts (attempt → proof); None when they change nothing.

    One attempt that arrived is enough. A failure counts for the newest attempt only, and not while an
    earlier one is on its way, so that the order in which receipts come does not matter.
    """
    said = set(proofs.values())
    reached = state
    if "read" in said:
        reached = N.READ
    elif "delivered" in said:
        reached = state if state == N.READ else N.DELIVERED
    elif "sent" in said:
        reached = N.ACCEPTED if state in _UNPROVED else state
    elif state in _ENDED_BY.get(proofs.get(newest) or "", frozenset()):
        reached = N.FAILED
    return None if reached == state else reached


@dataclass(frozen=True, slots=True)
class Reached:
    """What a case hears of its notice: the state, on which channel, since when delivered, when handed over.

    `zone`: whose local day of the violation chooses the law. `returned`: the post brought the letter back, so what it
    had proved is taken back too; `goes_on`: the notice has a further rung.
    """

    state: N
    channel: str
    delivered: datetime | None
    sent: datetime | None
    zone: tzinfo
    returned: bool = False
    goes_on: bool = False


def is_only_read(case: Case, reached: Reached) -> bool:
    """Whether the timeline tells it and nothing else: state, step and timer of the case stay as they are."""
    return reached.state is N.READ and not reached.returned and case.state is State.NOTIFIED


def case_moves(case: Case, reached: Reached, policies: PolicyBook) -> list[Outcome]:
    """The chain of outcomes; empty when the case does not change."""
    if reached.returned:
        return _taken_back(case, reached)
    chain: list[Outcome] = []
    state, channel = reached.state, {"channel": reached.channel}
    if state in {*PROVED, N.ACCEPTED} and case.state is State.UNDELIVERABLE:
        chain.append(Outcome(*case.key, State.NOTIFYING, "late_receipt", channel))
    notifying = case.state is State.NOTIFYING or bool(chain)
    if reached.delivered is not None and notifying:
        chain.append(_notified(case, reached, reached.delivered, policies))
    elif state is N.FAILED and case.state is State.NOTIFYING:
        chain.append(Outcome(*case.key, State.UNDELIVERABLE, "channel_failed", channel))
    return chain


def _taken_back(case: Case, reached: Reached) -> list[Outcome]:
    if case.state not in _RAN_ON_IT or (case.state is State.NOTIFYING and reached.goes_on):
        return []
    channel = {"channel": reached.channel}
    chain = [Outcome(*case.key, State.UNDELIVERABLE, "letter_returned", channel)]
    if reached.goes_on:
        chain.append(Outcome(*case.key, State.NOTIFYING, "notice_goes_on", channel))
    return chain


def _notified(case: Case, reached: Reached, delivered: datetime, policies: PolicyBook) -> Outcome:
    day = case.occurred_at.astimezone(reached.zone).date()
    deadlines = policies.in_force(DEADLINES, case.jurisdiction, day)
    reminders = policies.in_force(REMINDERS, case.jurisdiction, day)
    in_force = policies_for(deadlines.content, case.jurisdiction, day)
    until = confirm_by(in_force, violation=case.occurred_at, sent=reached.sent, delivered=delivered)
    first = until
    if until is not None:
        about = case.jurisdiction, case.offences, delivered, until, in_force[0].zone, case.case_id
        first = due_next(reminder_times(reminders.content, *about), until, delivered)
    return Outcome(
        *case.key,
        State.NOTIFIED,
        "delivery_proved",
        {"channel": reached.channel, "confirm_by": until, "editions": f"{deadlines.label} {reminders.label}"},
        {"delivered_at": delivered, "confirm_by": until},
        step=Step.DEADLINE if until else None,
        due_at=first,
    )
