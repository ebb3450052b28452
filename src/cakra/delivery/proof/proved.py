"""What the proof of a notice does to its case. Pure."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from cakra.core.case import Case
from cakra.core.deadline import confirm_by, policies_for
from cakra.core.journey import State
from cakra.core.outcome import Outcome, Step
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kinds import DEADLINES, REMINDERS
from cakra.core.reminders import due_next, reminder_times

DELIVERED = frozenset({"delivered", "read"})
# Deadlines that ran on the strength of a letter which came back stand still again.
_RAN_ON_IT = frozenset({State.NOTIFYING, State.NOTIFIED, State.LAPSED, State.BLOCKED})


@dataclass(frozen=True, slots=True)
class Reached:
    """What a case hears of its notice: the state, on which channel, since when delivered, when handed over.

    `zone`: whose local day of the violation chooses the law. `returned`: the post brought the letter back, so what it
    had proved is taken back too; `goes_on`: the notice has a further rung.
    """

    state: str
    channel: str
    delivered: datetime | None
    sent: datetime | None
    zone: tzinfo
    returned: bool = False
    goes_on: bool = False


def is_only_read(case: Case, reached: Reached) -> bool:
    """Whether the timeline tells it and nothing else: state, step and timer of the case stay as they are."""
    return reached.state == "read" and not reached.returned and case.state is State.NOTIFIED


def case_moves(case: Case, reached: Reached, policies: PolicyBook) -> list[Outcome]:
    """The chain of outcomes; empty when the case does not change."""
    if reached.returned:
        return _taken_back(case, reached)
    chain: list[Outcome] = []
    state, channel = reached.state, {"channel": reached.channel}
    if state in {*DELIVERED, "accepted"} and case.state is State.UNDELIVERABLE:
        chain.append(Outcome(*case.key, State.NOTIFYING, "late_receipt", channel))
    notifying = case.state is State.NOTIFYING or bool(chain)
    if reached.delivered is not None and notifying:
        chain.append(_notified(case, reached, reached.delivered, policies))
    elif state == "failed" and case.state is State.NOTIFYING:
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
