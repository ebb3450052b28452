"""Applying what providers told us: in sets, and where a set fails callback by callback, then piece by piece."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from cakra.core.errors import StoreError
from cakra.core.ports import Callbacks, Receipt, Word
from cakra.delivery.canary.hearing import CanaryHeard, canaries_heard
from cakra.delivery.codes.hearing import CodeHeard, codes_heard
from cakra.delivery.proof.recognising import pause_before_next_look, problem_of, recognise
from cakra.delivery.proof.rules import ToldReceipt
from cakra.delivery.sending.rules import channel_of, read_tag
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.db import Connection, Pool, Row
from cakra.store.faults.aside import KeepInput, kind_of, rest_after
from cakra.store.faults.away import is_away
from cakra.store.faults.parts import in_parts
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.proof")
_TRIES = 4
_LONGEST_PROBLEM = 500
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word beside receipts, its channel and when it came."""

    channel: str
    word: Word
    received_at: datetime


@dataclass(frozen=True, slots=True)
class CallbackPart:
    """One piece of one callback."""

    callback_id: int
    said: ToldReceipt | CanaryHeard | CodeHeard | HeardWord


@dataclass(slots=True)
class Read:
    """One callback read.

    `unknown`: receipts whose message is not found (yet); `unread`: kind of part → how many say nothing that we know;
    `fault`: why it cannot be taken.
    """

    row: Row
    parts: Sequence[CallbackPart] = ()
    unknown: int = 0
    unread: Mapping[str, int] = field(default_factory=dict)
    fault: Exception | None = None
    kept: bool = False  # in quarantine

    @property
    def again_s(self) -> float | None:
        """Seconds until it is read again; None when it is done with."""
        if self.fault is not None:
            return rest_after(self.row["tries"]) if self.row["tries"] < _TRIES else None
        return pause_before_next_look(self.row["tries"]) if self.unknown else None

    @property
    def problem(self) -> str | None:
        """What the row says when it is done with."""
        if self.fault is not None:
            return kind_of(self.fault)[:_LONGEST_PROBLEM]
        return problem_of(self.unread, self.unknown)


async def read_callback(pool: Pool, reader: Callbacks, row: Row, raw: bytes) -> Read:
    """Everything that one callback says."""
    callback_id, at, channel = row["callback_id"], row["received_at"], channel_of(row["provider"])
    named, unknown = await recognise(pool, channel, reader.receipts(raw), at)
    said: list[ToldReceipt | CanaryHeard | CodeHeard | HeardWord] = [*told_of(channel, named, at)]
    said += [*canaries_heard(channel, named, at), *codes_heard(channel, named, at)]
    said += [HeardWord(channel, word, at) for word in reader.words(raw)]
    return Read(row, [CallbackPart(callback_id, one) for one in said], unknown, reader.unread(raw))


def told_of(channel: str, receipts: Sequence[Receipt], received_at: datetime) -> list[ToldReceipt]:
    """Those that carry a tag of ours."""
    return [
        ToldReceipt(*place, channel, receipt, received_at) for receipt in receipts if (place := read_tag(receipt.tag))
    ]


@dataclass(frozen=True, slots=True)
class Applying:
    """One claim of callbacks. `keep_all` writes pieces in the caller's transaction; doing so again is harmless."""

    pool: Pool
    read: Callable[[Row], Awaitable[Read]]
    keep_all: Callable[[Connection, Sequence[CallbackPart]], Awaitable[None]]
    keep_input: KeepInput | None
    sealed: Sealer

    async def apply(self, rows: Sequence[Row]) -> None:
        """Apply them; what cannot be read or kept is tried a few times, then put into quarantine."""
        await in_parts([await self._read(row) for row in rows], self._take, self._piece_by_piece)

    async def _read(self, row: Row) -> Read:
        try:
            return await self.read(row)
        except Exception as problem:
            if is_away(problem):
                raise
            return Read(row, fault=problem)

    async def _take(self, callbacks: Sequence[Read]) -> None:
        for one in callbacks:
            await self._put_aside(one)
        async with self.pool.acquire() as connection, connection.transaction():
            await self.keep_all(connection, [part for one in callbacks for part in one.parts])
            finished = [(one.row["callback_id"], one.problem) for one in callbacks if one.again_s is None]
            again = [(one.row["callback_id"], rest) for one in callbacks if (rest := one.again_s) is not None]
            for statement, done in ((SQL.finish_callbacks, finished), (SQL.read_callbacks_again, again)):
                if done:
                    await connection.execute(statement, *(list(column) for column in zip(*done, strict=True)))

    async def _piece_by_piece(self, one: Read, problem: Exception) -> None:
        """What stands beside the piece that cannot be kept is kept."""
        one.fault = problem

        async def keep(parts: Sequence[CallbackPart]) -> None:
            async with self.pool.acquire() as connection, connection.transaction():
                await self.keep_all(connection, parts)

        async def leave(_part: CallbackPart, fault: Exception) -> None:
            one.fault = fault

        await in_parts(one.parts, keep, leave)
        one.parts = ()
        await self._take([one])

    async def _put_aside(self, one: Read) -> None:
        if one.fault is None or one.kept:
            return
        row = one.row
        _log.error("callback_refused", callback=row["callback_id"], tries=row["tries"], kind=kind_of(one.fault))
        if self.keep_input is not None and one.again_s is None:
            raw = b""
            with suppress(StoreError):  # what does not open is kept by its row alone
                raw = self.sealed.open(row["raw"], row["callback_id"].to_bytes(8))
            if raw:
                await self.keep_input(f"callbacks:{row['provider']}", kind_of(one.fault), raw, row["received_at"])
        one.kept = True
