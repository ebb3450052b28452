"""Proof: receipts in sets, and what they mean for notice and case."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from cakra.core.delivery.ladder import NoticeMove, place_of
from cakra.core.delivery.tariff import ChannelTariff
from cakra.core.foreign import storable
from cakra.core.policy.editions import PolicyBook
from cakra.core.ports import FAILURES, Action, Callbacks, Receipt, Word
from cakra.core.states.journey import State
from cakra.core.states.notice import PROVED, NoticeState
from cakra.delivery.canary.hearing import CanaryHeard, canaries_heard, hear_canaries
from cakra.delivery.codes.hearing import CodeHeard, codes_heard, hear_codes
from cakra.delivery.costs.correcting import correct_costs
from cakra.delivery.ladder import settle
from cakra.delivery.proof.callbacks import Applying, CallbackPart, HeardWord, Read, read_callback, told_of
from cakra.delivery.proof.rules import (
    Reached,
    ToldReceipt,
    after_proofs,
    case_moves,
    is_only_read,
    proof_moves_on,
    proofs_that_count,
)
from cakra.delivery.senders import stop_sender
from cakra.delivery.sending.sends import tell_descents
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.cases import lock_cases, note_events, unprove, write_back
from cakra.store.db import Connection, Pool, Row
from cakra.store.faults.aside import KeepInput
from cakra.store.faults.parts import again_when_crosswise
from cakra.store.notices import leading, move_notices, stamp_hand_over
from cakra.store.parties import ask_owners_again
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.proof")
_log = get_logger(__name__)
_LEASE_S = 30.0
_LOST = State.UNDELIVERABLE

Hear = Callable[[Connection, str, Sequence[tuple[Word, datetime]]], Awaitable[None]]
"""What takes a channel's words, each with when it came, inside the caller's transaction."""


@dataclass(frozen=True, slots=True)
class ProofDesk:
    """Applies callbacks and settles what stayed unproved.

    `settle_s`: waited for proof instead of the rung's time; `hearers`: what a provider says beside receipts is handed
    to each of them in the transaction that finishes the callback, so that nothing acknowledged is lost.
    """

    pool: Pool
    sealed_callbacks: Sealer
    readers: Mapping[str, Callbacks]  # provider (its channel, or channel:name) → how its words are read
    policies: PolicyBook  # deadlines, and when an owner who was reached is looked at again
    settle_s: float | None = None
    tariffs: Mapping[str, ChannelTariff] = field(default_factory=dict)  # channel → what a message costs there
    code_tariffs: Mapping[str, ChannelTariff] = field(default_factory=dict)  # channel → what a one-time code costs
    hearers: Sequence[Hear] = ()
    keep_input: KeepInput | None = None  # where a callback goes that cannot be applied

    async def apply(self, limit: int, worker: str) -> int:
        """Apply due callbacks; how many. A body that cannot be read, or taken, is set aside."""
        rows = await self.pool.fetch(SQL.claim_callbacks, limit, _LEASE_S, worker)
        if rows:
            await Applying(self.pool, self._read, self._keep_all, self.keep_input, self.sealed_callbacks).apply(rows)
        return len(rows)

    async def _read(self, row: Row) -> Read:
        raw = self.sealed_callbacks.open(row["raw"], row["callback_id"].to_bytes(8))
        return await read_callback(self.pool, self.readers[row["provider"]], row, raw)

    async def _keep_all(self, connection: Connection, parts: Sequence[CallbackPart]) -> None:
        """What some callbacks say, in the caller's transaction."""
        if told := [part.said for part in parts if isinstance(part.said, ToldReceipt)]:
            await self._prove(connection, told)
        await hear_canaries(
            connection, [part.said for part in parts if isinstance(part.said, CanaryHeard)], self.tariffs
        )
        await hear_codes(
            connection, [part.said for part in parts if isinstance(part.said, CodeHeard)], self.code_tariffs
        )
        words: dict[str, list[tuple[Word, datetime]]] = {}
        for part in parts:
            if isinstance(part.said, HeardWord):
                words.setdefault(part.said.channel, []).append((part.said.word, part.said.received_at))
        for channel, heard in words.items():
            for hear in self.hearers:
                await hear(connection, channel, heard)

    async def take(self, channel: str, receipts: Sequence[Receipt]) -> None:
        """Apply receipts that came another way than a callback; returns when they are durable."""
        at = now()
        told, canaries = told_of(channel, receipts, at), canaries_heard(channel, receipts, at)
        codes = codes_heard(channel, receipts, at)
        if told or canaries or codes:
            await again_when_crosswise(partial(self._take, told, canaries, codes))

    async def _take(
        self, told: Sequence[ToldReceipt], canaries: Sequence[CanaryHeard], codes: Sequence[CodeHeard]
    ) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            if told:
                await self._prove(connection, told)
            await hear_canaries(connection, canaries, self.tariffs)
            await hear_codes(connection, codes, self.code_tariffs)

    async def _prove(self, connection: Connection, told: Sequence[ToldReceipt]) -> None:
        keys = [list(column) for column in zip(*((*one.key, one.channel) for one in told), strict=True)]
        known = {
            (row["cell"], row["notice_id"], row["attempt"]): row
            for row in await connection.fetch(SQL.lock_noticed, *keys)
        }
        ours = [one.since(known[one.key]["intended_at"]) for one in told if one.key in known]
        if not ours:
            return
        await self._keep(connection, ours)
        await correct_costs(connection, self.tariffs, ((one.key, one.channel, one.receipt) for one in ours), known)
        new = [(one, known[one.key]) for one in _furthest(ours, known)]
        if new:
            await self._prove_attempts(connection, [one for one, _ in new])
            await self._stop_senders(connection, new)
            await self._prove_notices(connection, new)

    async def _keep(self, connection: Connection, told: Sequence[ToldReceipt]) -> None:
        rows = [
            (
                *one.key,
                one.channel,
                one.receipt.state.value,
                one.receipt.at,
                one.received_at,
                storable(one.receipt.code),
            )
            for one in told
        ]
        await connection.execute(SQL.keep_receipts, *(list(column) for column in zip(*rows, strict=True)))

    async def _prove_attempts(self, connection: Connection, told: Sequence[ToldReceipt]) -> None:
        rows = [
            (
                *one.key,
                one.channel,
                one.receipt.state.value,
                one.receipt.at,
                storable(one.receipt.provider_id),
                storable(one.receipt.code),
            )
            for one in told
        ]
        await connection.execute(SQL.prove_attempts, *(list(column) for column in zip(*rows, strict=True)))

    async def _stop_senders(self, connection: Connection, new: Sequence[tuple[ToldReceipt, Row]]) -> None:
        """A late failure may be the account's, not the message's: the rest would fail alike."""
        for one, row in new:
            if one.receipt.action is Action.STOP_SENDER:
                await stop_sender(connection, one.channel, row["sender"], one.receipt.code, one.receipt.detail)

    async def _prove_notices(self, connection: Connection, new: Sequence[tuple[ToldReceipt, Row]]) -> None:
        at = now()
        proofs = await self._proofs(connection, new)
        moves: list[tuple[ToldReceipt, Row, NoticeMove]] = []
        overtaken: list[tuple[tuple[int, int], datetime]] = []
        # The furthest receipt of each notice comes last and stands for it.
        by_rank = sorted(new, key=lambda pair: pair[0].rank)
        for one, row in {told.notice: (told, row) for told, row in by_rank}.values():
            said = proofs_that_count(proofs[one.notice], row["channel"])
            state = after_proofs(NoticeState(row["state"]), said, row["attempts"])
            if state is not None:
                moves.append((one, row, self._move(state, one, row, at)))
            elif one.receipt.state not in FAILURES and row["handed_over_at"] is None:
                overtaken.append((one.notice, one.received_at))
        await stamp_hand_over(connection, overtaken)
        await move_notices(connection, [(one.notice, move) for one, _, move in moves])
        await self._tell_cases(connection, moves, at)
        left = [
            (one.cell, row["case_id"], row["channel"], "returned" if one.returned else "refused", move.below.channel)
            for one, row, move in moves
            if move.below
        ]
        if left:
            await tell_descents(connection, left, at)

    def _move(self, state: NoticeState, one: ToldReceipt, row: Row, at: datetime) -> NoticeMove:
        """The hand-over is timed by our own clock, delivery by the provider's."""
        place = place_of(row["plan"], row["rung"], row["zone"])
        proved = state in PROVED
        move = NoticeMove(
            state,
            handed_over_at=one.received_at if proved or state is NoticeState.ACCEPTED else None,
            delivered_at=one.receipt.at if proved else None,
            takes_back=one.returned and not proved,
        )
        # Where reading is waited for, delivery starts the deadlines but does not end the ladder.
        if state is NoticeState.ACCEPTED or (state is NoticeState.DELIVERED and place.here.wait_for == "read"):
            return replace(move, step="settle", due_at=at + timedelta(seconds=place.wait_s(self.settle_s)))
        return move.or_below(place, at)

    async def _proofs(
        self, connection: Connection, new: Sequence[tuple[ToldReceipt, Row]]
    ) -> Mapping[tuple[int, int], Mapping[int, tuple[str, str | None]]]:
        """Channel and proof of every attempt of these notices; most have only the one that the receipt speaks of."""
        proofs: dict[tuple[int, int], dict[int, tuple[str, str | None]]] = {}
        for one, _ in new:
            proofs.setdefault(one.notice, {})[one.attempt] = (one.channel, one.receipt.state.value)
        several = [one.notice for one, row in new if row["attempts"] > 1]
        if several:
            columns = [list(column) for column in zip(*several, strict=True)]
            for row in await connection.fetch(SQL.proofs_of, *columns):
                proofs[row["cell"], row["notice_id"]][row["attempt"]] = (row["channel"], row["proof"])
        return proofs

    async def _tell_cases(
        self, connection: Connection, moves: Sequence[tuple[ToldReceipt, Row, NoticeMove]], at: datetime
    ) -> None:
        """What the cases learn that hang on these notices; a rung that is left is no news to them."""
        heard = {one.notice: reached_of(one, row, move) for one, row, move in moves if one.returned or not move.below}
        leads = await leading(connection, heard)
        reached = {(row["cell"], row["case_id"]): heard[one.notice] for one, row, _ in moves if one.notice in leads}
        cases = await lock_cases(connection, reached)
        chains = [case_moves(case, reached[case.key], self.policies) for case in cases]
        lost = [case for case, chain in zip(cases, chains, strict=True) if chain and chain[-1].move is _LOST]
        named = [case for case in lost if case.may_be_named]
        again = await ask_owners_again(connection, named, "unreachable", at) if named else {}
        chains = [
            [*chain, again[case.key]] if case.key in again else chain for case, chain in zip(cases, chains, strict=True)
        ]
        moving = [(case, chain) for case, chain in zip(cases, chains, strict=True) if chain]
        await write_back(connection, [case for case, _ in moving], [chain for _, chain in moving], at)
        read = [case.key for case in cases if is_only_read(case, reached[case.key])]
        notes = [(*key, {"channel": reached[key].channel}) for key in read]
        await note_events(connection, notes, at, told="notice_read")
        await unprove(connection, [case.key for case, _ in moving if reached[case.key].returned])

    async def settle(self, limit: int) -> int:
        """Sends whose time is up without proof go to the next rung, or end with an officer; how many."""
        return await settle(self.pool, limit)


def reached_of(one: ToldReceipt, row: Row, move: NoticeMove) -> Reached:
    """What a case hears of its notice's move."""
    state = NoticeState.FAILED if move.below else move.state
    sent, zone = row["handed_over_at"] or one.received_at, place_of(row["plan"], row["rung"], row["zone"]).zone
    return Reached(state, one.channel, move.delivered_at, sent, zone, one.returned, goes_on=move.below is not None)


def _furthest(told: Sequence[ToldReceipt], known: Mapping[tuple[int, int, int], Row]) -> list[ToldReceipt]:
    """The furthest receipt of each attempt that says more than was known; received when its first proof was."""
    best: dict[tuple[int, int, int], ToldReceipt] = {}
    first: dict[tuple[int, int, int], datetime] = {}
    for one in told:
        proof = best[one.key].receipt.state.value if one.key in best else known[one.key]["proof"]
        if proof_moves_on(proof, one.receipt.state):
            best[one.key] = one
        if one.receipt.state not in FAILURES:
            first[one.key] = min(one.received_at, first.get(one.key, one.received_at))
    return [replace(one, received_at=first.get(key, one.received_at)) for key, one in best.items()]
