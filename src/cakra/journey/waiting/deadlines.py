"""The timer of a case that waits for its owner: reminders first, and at last the deadline that passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cakra.core.delivery.reminders import due_next, due_now, reminder_times
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kinds import REMINDERS
from cakra.core.states.case import Case
from cakra.core.states.journey import State
from cakra.core.states.notice import Purpose
from cakra.core.states.outcome import Outcome, Step
from cakra.store.db import Pool, Row
from cakra.store.notices import later_notice
from cakra.store.parties import ask_owners_again
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.waiting")
_LAPSES = {State.NOTIFIED: "confirmation_lapsed", State.CHARGED: "payment_lapsed"}


@dataclass(frozen=True, slots=True)
class WaitingDesk:
    """What the step needs: the pool, and when owners are reminded."""

    pool: Pool
    policies: PolicyBook

    async def run(self, cases: Sequence[Case], at: datetime) -> list[Outcome]:
        """notified or charged → lapsed when the date is over; before it a reminder, while nobody answered.

        A date that was extended is waited for again. Of a named person who was silent: → identified, the owner's turn.
        """
        keys = [case.cell for case in cases], [case.case_id for case in cases]
        rows = {(row["cell"], row["case_id"]): row for row in await self.pool.fetch(SQL.reminded, *keys)}
        silent = [case for case in cases if _is_over(case, at) and case.state is State.NOTIFIED and case.may_be_named]
        again = await ask_owners_again(self.pool, silent, "silent", at) if silent else {}
        return [
            again.get(case.key) or (_lapse(case) if _is_over(case, at) else self._wait(case, rows.get(case.key), at))
            for case in cases
        ]

    def _wait(self, case: Case, row: "Row | None", at: datetime) -> Outcome:
        until = _until(case)
        if row is None or until is None or case.state is not State.NOTIFIED or case.delivered_at is None:
            return Outcome(*case.key, None, "deadline_kept", step=Step.DEADLINE if until else None, due_at=until)
        zone = ZoneInfo(row["zone"])
        reminders = self.policies.in_force(REMINDERS, case.jurisdiction, case.occurred_at.astimezone(zone).date())
        times = reminder_times(
            reminders.content, case.jurisdiction, case.offences, case.delivered_at, until, zone, case.case_id
        )
        again = due_next(times, until, at)
        number = due_now(times, row["made"], at)
        if not number:
            return Outcome(*case.key, None, "deadline_kept", step=Step.DEADLINE, due_at=again)
        told = {"number": number, "of": len(times), "editions": reminders.label}
        reminder = later_notice(case, Purpose.REMINDER, at, number=number)
        return Outcome(*case.key, None, "reminder_due", told, step=Step.DEADLINE, due_at=again, records=(reminder,))


def _until(case: Case) -> datetime | None:
    if case.state not in _LAPSES:
        return None
    return case.pay_by if case.state is State.CHARGED else case.confirm_by


def _is_over(case: Case, at: datetime) -> bool:
    until = _until(case)
    return until is not None and at >= until


def _lapse(case: Case) -> Outcome:
    return Outcome(*case.key, State.LAPSED, _LAPSES[case.state], {"deadline": _until(case)})
