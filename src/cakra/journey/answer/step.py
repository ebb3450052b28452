"""Taking an answer: the row is locked, so of two answers at once the second finds the question closed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from cakra.core.states.case import Case, Record
from cakra.core.states.journey import State
from cakra.core.states.outcome import Outcome
from cakra.journey.answer.rules import Answer, AnswerKind, may_answer
from cakra.kit.ids import new_id
from cakra.kit.seal import Sealer
from cakra.store.cases import find_case, follow, move_one
from cakra.store.db import Connection, Database, Pool
from cakra.store.parties import PartyKey
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.answer")

Charge = Callable[[Connection, Case, datetime], Awaitable[Outcome]]
"""What follows an admission, inside its transaction: the payment stage's `ChargeDesk.charge`."""


@dataclass(frozen=True, slots=True)
class AnswerDesk:
    """What the stage needs: the pool, the answers' sealer, and the charge that an admission leads to."""

    pool: Pool
    answers: Sealer
    charge: Charge

    async def give(self, key: PartyKey, answer: Answer, at: datetime) -> bool:
        """Write the answer of a party and all that follows from it, or nothing.

        False when the question was closed already, or is another party's now.
        """
        cell, case_id, party_id = key
        async with self.pool.acquire() as connection, connection.transaction():
            case = await find_case(connection, cell, case_id, lock=True)
            if case is None or not await is_open(connection, case, party_id):
                return False
            chain = [*_reached(case), self._answered(case, answer, at)]
            if answer.kind is AnswerKind.DROVE:
                chain.append(await self.charge(connection, follow(case, chain[-1]), at))
            else:
                details = {"kind": answer.kind.value}
                chain.append(Outcome(*case.key, State.REVIEW, "answer_needs_officer", details))
            return await move_one(connection, case, chain, at)

    def _answered(self, case: Case, answer: Answer, at: datetime) -> Outcome:
        answer_id = new_id()
        row = {
            "answer_id": answer_id,
            "party_id": case.party_id,
            "at": at,
            "kind": answer.kind.value,
            "details": self.answers.seal_record(dict(answer.details), answer_id.to_bytes(8)),
        }
        return Outcome(
            *case.key,
            State.ANSWERED,
            "owner_answered",
            {"kind": answer.kind.value},
            actor="owner",
            records=(Record("answer", *case.key, row),),
        )


async def is_open(db: Database, case: Case, party_id: int) -> bool:
    """Whether this party of the case may still answer: it is its turn, and it was not charged."""
    if case.party_id != party_id:
        return False
    return may_answer(case.state, charged_before=await db.fetchval(SQL.was_charged, *case.key, party_id))


async def newest_answer(db: Database, key: PartyKey) -> AnswerKind | None:
    """What a party said last, if anything; the details stay sealed."""
    row = await db.fetchrow(SQL.newest_answer, *key)
    return None if row is None else AnswerKind(row["kind"])


def _reached(case: Case) -> list[Outcome]:
    if case.state is not State.UNDELIVERABLE:
        return []
    return [Outcome(*case.key, State.NOTIFYING, "owner_came_to_portal", actor="owner")]
