"""Deadlines that passed without an answer or a payment."""

from collections.abc import Sequence
from datetime import datetime

from cakra.core.case import Case
from cakra.core.journey import State
from cakra.core.outcome import Outcome, Step

_LAPSES = {State.NOTIFIED: "confirmation_lapsed", State.CHARGED: "payment_lapsed"}


async def run_deadlines(cases: Sequence[Case], at: datetime) -> list[Outcome]:
    """notified or charged → lapsed when the date is over; an extended date is waited for again."""
    return [_lapse(case, at) for case in cases]


def _lapse(case: Case, at: datetime) -> Outcome:
    until = case.pay_by if case.state is State.CHARGED else case.confirm_by
    if case.state in _LAPSES and until is not None and until <= at:
        return Outcome(*case.key, State.LAPSED, _LAPSES[case.state], {"deadline": until})
    waiting = until if case.state in _LAPSES else None
    return Outcome(*case.key, None, "deadline_kept", step=Step.DEADLINE if waiting else None, due_at=waiting)
