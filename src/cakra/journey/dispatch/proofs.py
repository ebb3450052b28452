"""Proof: receipts in sets, late sends, and what they mean for the case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cakra.core.case import Case
from cakra.core.deadline import DeadlinePolicy, confirm_by, policies_for
from cakra.core.errors import StoreError
from cakra.core.journey import State
from cakra.core.outcome import Outcome, Step
from cakra.core.ports import Action, Callbacks, Receipt, ReceiptState
from cakra.journey.dispatch.rules import PROOF_ORDER, after_proofs, proof_moves_on, read_tag, storable
from cakra.journey.dispatch.senders import stop_sender
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.cases import case_from_row, write_back
from cakra.store.db import Connection, Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.dispatch")
_log = get_logger(__name__)
_LEASE_S = 30.0
_DELIVERED = frozenset({"delivered", "read"})


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

    @property
    def rank(self) -> int:
        return PROOF_ORDER[self.receipt.state.value]

    def since(self, intended_at: datetime) -> "_Told":
        """Its time held between our intent and our receipt of it: deadlines never rest on a wrong clock."""
        at = max(min(self.receipt.at, self.received_at), intended_at)
        return replace(self, receipt=replace(self.receipt, at=at))


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
        ours = [one.since(known[one.key]["intended_at"]) for one in told if one.key in known]
        if not ours:
            return
        await self._keep(connection, ours)
        new = [(one, known[one.key]) for one in _furthest(ours, known)]
        if new:
            await self._prove_attempts(connection, [one for one, _ in new])
            await self._stop_senders(connection, new)
            await self._prove_notices(connection, new)

    async def _keep(self, connection: Connection, told: Sequence[_Told]) -> None:
        rows = [
            (*one.key, one.receipt.state.value, one.receipt.at, one.received_at, storable(one.receipt.code))
            for one in told
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        await connection.execute(SQL.keep_receipts, *columns, self.channel)

    async def _prove_attempts(self, connection: Connection, told: Sequence[_Told]) -> None:
        rows = [
            (
                *one.key,
                one.receipt.state.value,
                one.receipt.at,
                storable(one.receipt.provider_id),
                storable(one.receipt.code),
            )
            for one in told
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        await connection.execute(SQL.prove_attempts, *columns, self.channel)

    async def _stop_senders(self, connection: Connection, new: Sequence[tuple[_Told, Row]]) -> None:
        """A late failure may be the account's, not the message's: the rest would fail alike."""
        for one, row in new:
            if one.receipt.action is Action.STOP_SENDER:
                await stop_sender(connection, self.channel, row["sender"], one.receipt.code, one.receipt.detail)

    async def _prove_notices(self, connection: Connection, new: Sequence[tuple[_Told, Row]]) -> None:
        at = now()
        waiting = at + timedelta(seconds=self.settle_s)
        proofs = await self._proofs(connection, new)
        moves: list[tuple[object, ...]] = []
        reached: dict[tuple[int, int], tuple[str, datetime | None, datetime | None]] = {}
        # The furthest receipt of each notice comes last and stands for it.
        by_rank = sorted(new, key=lambda pair: pair[0].rank)
        for one, row in {told.key[:2]: (told, row) for told, row in by_rank}.values():
            state = after_proofs(row["state"], proofs[one.key[:2]], row["attempts"])
            if state is None:
                continue
            wait = ("settle", waiting) if state == "accepted" else (None, None)
            moves.append((*one.key[:2], state, *wait, one.receipt.at, one.received_at))
            if row["leads"]:
                delivered = one.receipt.at if state in _DELIVERED else None
                reached[one.cell, row["case_id"]] = (state, delivered, row["handed_over_at"] or one.received_at)
        if moves:
            await connection.execute(SQL.prove_notices, *(list(column) for column in zip(*moves, strict=True)))
            await self._tell_cases(connection, reached, at)

    async def _proofs(
        self, connection: Connection, new: Sequence[tuple[_Told, Row]]
    ) -> Mapping[tuple[int, int], Mapping[int, str | None]]:
        """What is proved of every attempt of these notices; most have only the one that the receipt speaks of."""
        proofs: dict[tuple[int, int], dict[int, str | None]] = {}
        for one, _ in new:
            proofs.setdefault(one.key[:2], {})[one.attempt] = one.receipt.state.value
        several = [one.key[:2] for one, row in new if row["attempts"] > 1]
        if several:
            columns = [list(column) for column in zip(*several, strict=True)]
            for row in await connection.fetch(SQL.proofs_of, *columns, self.channel):
                proofs[row["cell"], row["notice_id"]][row["attempt"]] = row["proof"]
        return proofs

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
        policies = policies_for(self.policies, case.jurisdiction, case.occurred_at.date())
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
                if row["leads"]
            }
            await give_up(connection, told)
        return len(rows)


def _furthest(told: Sequence[_Told], known: Mapping[tuple[int, int, int], Row]) -> list[_Told]:
    """The furthest receipt of each attempt that says more than was known; received when its first proof was."""
    best: dict[tuple[int, int, int], _Told] = {}
    first: dict[tuple[int, int, int], datetime] = {}
    for one in told:
        proof = best[one.key].receipt.state.value if one.key in best else known[one.key]["proof"]
        if proof_moves_on(proof, one.receipt.state):
            best[one.key] = one
        if one.receipt.state is not ReceiptState.FAILED:
            first[one.key] = min(one.received_at, first.get(one.key, one.received_at))
    return [replace(one, received_at=first.get(key, one.received_at)) for key, one in best.items()]


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
