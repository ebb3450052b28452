"""Proof: receipts in sets, late sends, and what they mean for the case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.core.case import Case
from cakra.core.deadline import DeadlinePolicy, confirm_by, policies_for
from cakra.core.errors import StoreError
from cakra.core.journey import State
from cakra.core.outcome import Outcome, Step
from cakra.core.ports import Callbacks, Receipt, ReceiptState
from cakra.journey.dispatch.rules import proof_moves_on, read_tag
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.cases import case_from_row, write_back
from cakra.store.db import Connection, Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.dispatch")
_log = get_logger(__name__)
_LEASE_S = 30.0
# Words of a notice before its hand-over is proved.
_UNPROVED = frozenset({"queued", "sending", "unknown", "unsettled", "held", "failed"})
_DELIVERED = frozenset({"delivered", "read"})
_REACHED = frozenset({ReceiptState.DELIVERED, ReceiptState.READ})


@dataclass(frozen=True, slots=True)
class _Told:
    """One receipt with its place in our tables and when it came."""

    cell: int
    notice_id: int
    attempt: int
    receipt: Receipt
    received_at: datetime

    @property
    def key(self) -> tuple[int, int, int]:
        return self.cell, self.notice_id, self.attempt


@dataclass(frozen=True, slots=True)
class ProofDesk:
    """Applies receipts and settles what stayed unproved."""

    pool: Pool
    sealed_callbacks: Sealer
    readers: Mapping[str, Callbacks]  # provider → its words
    policies: Sequence[DeadlinePolicy]
    settle_s: float
    channel: str = "whatsapp"

    async def apply(self, limit: int, worker: str) -> int:
        """Apply due callbacks; how many. A body that cannot be read is kept with its problem."""
        rows = await self.pool.fetch(SQL.claim_callbacks, limit, _LEASE_S, worker)
        if not rows:
            return 0
        told: list[_Told] = []
        finished: list[tuple[int, str | None]] = []
        for row in rows:
            try:
                told += self._read(row)
                finished.append((row["callback_id"], None))
            except (StoreError, ValueError, KeyError) as problem:
                _log.error("callback_unreadable", callback=row["callback_id"], problem=type(problem).__name__)
                finished.append((row["callback_id"], repr(problem)[:500]))
        async with self.pool.acquire() as connection, connection.transaction():
            if told:
                await self._prove(connection, told)
            await connection.execute(SQL.finish_callbacks, *(list(column) for column in zip(*finished, strict=True)))
        return len(rows)

    def _read(self, row: Row) -> list[_Told]:
        raw = self.sealed_callbacks.open(row["raw"], row["callback_id"].to_bytes(8))
        return [
            _Told(*place, receipt, row["received_at"])
            for receipt in self.readers[row["provider"]].receipts(raw)
            if (place := read_tag(receipt.tag))
        ]

    async def _prove(self, connection: Connection, told: Sequence[_Told]) -> None:
        keys = [list(column) for column in zip(*(one.key for one in told), strict=True)]
        known = {
            (row["cell"], row["notice_id"], row["attempt"]): row
            for row in await connection.fetch(SQL.lock_noticed, *keys, self.channel)
        }
        ours = [one for one in told if one.key in known]
        if not ours:
            return
        await self._keep(connection, ours)
        best: dict[tuple[int, int, int], _Told] = {}
        for one in ours:
            row, held = known[one.key], best.get(one.key)
            proof = held.receipt.state.value if held else row["proof"]
            if proof_moves_on(proof, one.receipt.state):
                best[one.key] = one
        if best:
            await self._prove_attempts(connection, list(best.values()))
            await self._prove_notices(connection, [(one, known[one.key]) for one in best.values()])

    async def _keep(self, connection: Connection, told: Sequence[_Told]) -> None:
        rows = [(*one.key, one.receipt.state.value, one.receipt.at, one.received_at, one.receipt.code) for one in told]
        columns = [list(column) for column in zip(*rows, strict=True)]
        await connection.execute(SQL.keep_receipts, *columns, self.channel)

    async def _prove_attempts(self, connection: Connection, told: Sequence[_Told]) -> None:
        rows = [
            (*one.key, one.receipt.state.value, one.receipt.at, one.receipt.provider_id, one.receipt.code)
            for one in told
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        await connection.execute(SQL.prove_attempts, *columns, self.channel)

    async def _prove_notices(self, connection: Connection, proved: Sequence[tuple[_Told, Row]]) -> None:
        at = now()
        moves: dict[tuple[int, int], tuple[object, ...]] = {}
        reached: dict[tuple[int, int], tuple[str, datetime | None, datetime | None]] = {}
        for one, row in proved:
            move = self._notice_move(one.receipt.state, row, at)
            if move is None:
                continue
            moves[one.cell, one.notice_id] = (*move, one.receipt.at, one.received_at)
            if row["purpose"] == "confirmation":
                delivered = one.receipt.at if one.receipt.state in _REACHED else None
                reached[one.cell, row["case_id"]] = (move[0], delivered, row["handed_over_at"] or one.received_at)
        if moves:
            rows = [(*key, *values) for key, values in moves.items()]
            await connection.execute(SQL.prove_notices, *(list(column) for column in zip(*rows, strict=True)))
            await self._tell_cases(connection, reached, at)

    def _notice_move(
        self, proof: ReceiptState, row: Row, at: datetime
    ) -> tuple[str, str | None, datetime | None] | None:
        """(state, step, due) of the notice, or None when the receipt changes nothing for it."""
        state: str = row["state"]
        match proof:
            case ReceiptState.READ:
                return "read", None, None
            case ReceiptState.DELIVERED:
                return None if state == "read" else ("delivered", None, None)
            case ReceiptState.SENT:
                return ("accepted", "settle", at + timedelta(seconds=self.settle_s)) if state in _UNPROVED else None
            case ReceiptState.FAILED:
                newest = row["attempt"] == row["attempts"]
                return ("failed", None, None) if newest and state not in _DELIVERED else None

    async def _tell_cases(
        self,
        connection: Connection,
        reached: Mapping[tuple[int, int], tuple[str, datetime | None, datetime | None]],
        at: datetime,
    ) -> None:
        if not reached:
            return
        columns = [list(column) for column in zip(*reached, strict=True)]
        cases = [case_from_row(row) for row in await connection.fetch(SQL.lock_cases, *columns)]
        chains = [self._case_moves(case, *reached[case.key]) for case in cases]
        moving = [(case, chain) for case, chain in zip(cases, chains, strict=True) if chain]
        await write_back(connection, [case for case, _ in moving], [chain for _, chain in moving], at)

    def _case_moves(self, case: Case, state: str, delivered: datetime | None, sent: datetime | None) -> list[Outcome]:
        chain: list[Outcome] = []
        if state in {*_DELIVERED, "accepted"} and case.state is State.UNDELIVERABLE:
            chain.append(Outcome(*case.key, State.NOTIFYING, "late_receipt", {"channel": self.channel}))
        notifying = case.state is State.NOTIFYING or bool(chain)
        if delivered is not None and notifying:
            chain.append(self._notified(case, delivered, sent))
        elif state == "failed" and case.state is State.NOTIFYING:
            chain.append(Outcome(*case.key, State.UNDELIVERABLE, "channel_failed", {"channel": self.channel}))
        elif state == "read" and case.state is State.NOTIFIED:
            # The timeline tells it; state, step and deadline stay as they are.
            chain.append(
                Outcome(
                    *case.key, None, "notice_read", {"channel": self.channel}, step=_step(case), due_at=case.confirm_by
                )
            )
        return chain

    def _notified(self, case: Case, delivered: datetime, sent: datetime | None) -> Outcome:
        policies = policies_for(self.policies, case.jurisdiction, delivered.date())
        until = confirm_by(policies, violation=case.occurred_at, sent=sent, delivered=delivered)
        return Outcome(
            *case.key,
            State.NOTIFIED,
            "delivery_proved",
            {"channel": self.channel, "confirm_by": until},
            {"delivered_at": delivered, "confirm_by": until},
            step=Step.DEADLINE if until else None,
            due_at=until,
        )

    async def settle(self, limit: int) -> int:
        """Sends whose time is up without proof end with an officer; how many."""
        async with self.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(SQL.due_to_settle, limit)
            if not rows:
                return 0
            await connection.execute(
                SQL.park_notices, [row["cell"] for row in rows], [row["notice_id"] for row in rows]
            )
            told = {
                (row["cell"], row["case_id"]): "send_unsettled" if row["state"] == "unknown" else "no_proof_of_delivery"
                for row in rows
                if row["purpose"] == "confirmation"
            }
            await give_up(connection, told)
        return len(rows)


async def expire_sends(pool: Pool, settle_s: float) -> int:
    """Sends whose lease ended without an answer become unknown; how many."""
    return len(await pool.fetch(SQL.expire_sends, settle_s))


async def give_up(connection: Connection, told: Mapping[tuple[int, int], str]) -> None:
    """Cases whose ladder ended: notifying → undeliverable, an officer is next. `told` by (cell, case id)."""
    if not told:
        return
    columns = [list(column) for column in zip(*told, strict=True)]
    cases = [case_from_row(row) for row in await connection.fetch(SQL.lock_cases, *columns)]
    waiting = [case for case in cases if case.state is State.NOTIFYING]
    chains = [[Outcome(*case.key, State.UNDELIVERABLE, told[case.key])] for case in waiting]
    await write_back(connection, waiting, chains, now())


def _step(case: Case) -> Step | None:
    return Step(case.step) if case.step else None
