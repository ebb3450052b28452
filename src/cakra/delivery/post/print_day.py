"""The print house's day: the day's letters leave as one batch at the cut-off, and what comes back is believed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from cakra.core.delivery.print_house import Batches, LetterBatch, ResponseFolder, Spool
from cakra.core.errors import CakraError, InputError
from cakra.core.ports import Channel, Receipt, ReceiptState
from cakra.delivery.pause.pausing import may_leave
from cakra.delivery.post.spool import require_own_spool
from cakra.delivery.post.standing import cancel_letters, lost_letters, put_back, standing_of
from cakra.delivery.proof.proofs import ProofDesk
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.connect import connect
from cakra.store.db import Pool
from cakra.store.faults.parts import in_parts

LETTER = Channel.LETTER.value
_LOCK = "select pg_try_advisory_lock(hashtext('cakra.letters'))"
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Handed:
    """What one look at the print house's day did.

    `unusable`: of what says nothing we can use the file, the line (0: all of it) and why.
    """

    batches: Sequence[LetterBatch] = ()
    receipts: int = 0
    unusable: Sequence[tuple[str, int, str]] = ()
    paused: bool = False


@dataclass(frozen=True, slots=True)
class PrintRules:
    """`sender`: who may be paused; days and `cut_off` (local time after which a day leaves) are those of `zone`."""

    sender: str
    zone: ZoneInfo
    cut_off: time
    look_every: timedelta
    kept: timedelta


@dataclass(slots=True)
class PrintDay:
    """The print house's day: at the cut-off the day's letters leave as one batch, and what comes back is believed.

    Of several workers one does it at a time. Each step looks whether it was done, so a crash or a print house that
    does not answer costs nothing but a later try. `url`: of the database, for the lock; without a print house
    (`desk`, `responses` None) letters are only kept.
    """

    pool: Pool
    url: str
    proofs: ProofDesk
    spool: Spool
    desk: Batches | None
    responses: ResponseFolder | None
    rules: PrintRules
    _next: datetime | None = field(default=None, init=False)

    async def run(self) -> int:
        """One look when it is time for it; a fault is told in the log and tried again at the next."""
        at = now()
        if self._next is not None and at < self._next:
            return 0
        self._next = at + self.rules.look_every
        faults: list[Exception] = []
        async with self.alone() as mine:
            for step in (self.recover, self.hand_over, self.read_responses, self.forget) if mine else ():
                try:
                    await step(at)
                except Exception as problem:  # noqa: BLE001 - each step for itself; told here and to the doctor
                    told = problem.sentence if isinstance(problem, CakraError) else type(problem).__name__
                    _log.error("letters_not_done", step=step.__name__, told=told)
                    faults.append(problem)
        if unforeseen := [problem for problem in faults if not isinstance(problem, CakraError)]:
            raise unforeseen[0]
        return 0

    async def recover(self, _at: datetime | None = None) -> int:
        """Letters that a killed process left unanswered: kept ones are held, others are set anew. How many."""
        lost = await lost_letters(self.pool)
        kept: set[str] = set()
        barred: set[str] = set()
        for tag in lost:
            try:
                mark = await asyncio.to_thread(self.spool.find, tag)
            except (ValueError, LookupError, TypeError):  # it stays unknown, and an officer is asked
                _log.error("letter_mark_unreadable", tag=tag)
                continue
            (kept if mark is not None and not mark.withdrawn else barred).add(tag)
        # A process that is only slow could keep it still: the spool refuses from here on.
        out = await asyncio.to_thread(self.spool.withdraw, barred)
        return await put_back(self.pool, kept, out)

    async def hand_over(self, at: datetime, day: date | None = None) -> Handed:
        """Hand over every day that is due at `at`, or this one; a pause holds them.

        CakraError as `Batches.close_batch`. Without a print house nothing is done.
        """
        if self.desk is None:
            return Handed()
        batches: list[LetterBatch] = []
        paused = not await self._may_leave()
        faults: list[Exception] = []
        for each in () if paused else self._due(at, day):
            try:
                await self._sift(each)
                batch = await self.desk.close_batch(each, self._may_leave)
            except Exception as problem:  # noqa: BLE001 - raised below, when the other days have left
                _log.error("letter_day_held_up", day=each.isoformat(), kind=type(problem).__name__)
                faults.append(problem)
                continue
            if batch is not None:
                batches.append(batch)
        await self._tell()
        if faults:
            raise faults[0]
        return Handed(batches, paused=paused)

    async def read_responses(self, at: datetime) -> Handed:
        """Apply what the print house and the post said since; what cannot be used is kept and told."""
        receipts, unusable = 0, list[tuple[str, int, str]]()
        for file in await self.responses.fetch() if self.responses else ():
            try:
                said = await file.read(at)
            except (InputError, ValueError, LookupError, TypeError, OverflowError) as problem:
                why = problem.sentence if isinstance(problem, InputError) else f"{type(problem).__name__} in reading it"
                await file.refuse(why)
                unusable.append((file.name, 0, why))
            else:
                refused = await self._take(said.receipts)
                if refused:
                    await file.refuse(f"{refused} lines cannot be kept.")
                receipts += len(said.receipts) - refused
                unusable += [(file.name, line.line, line.why) for line in said.quarantined]
            await file.done()
        return Handed(receipts=receipts, unusable=unusable)

    async def forget(self, at: datetime) -> int:
        """Erase letters whose batch was handed over long ago; how many files."""
        oldest = self._local(at).date() - self.rules.kept
        return await asyncio.to_thread(self.spool.forget_before, oldest)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[bool]:
        """Whether no other worker is at it. The lock has a connection of its own: none of the pool waits on a line.

        SetupError when letters wait in another spool than this one.
        """
        await require_own_spool(self.pool, self.spool)
        connection = await connect(self.url, name="cakra letters")
        try:
            yield bool(await connection.fetchval(_LOCK))
        finally:
            await connection.close()

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.rules.zone)

    def _due(self, at: datetime, day: date | None) -> Sequence[date]:
        if day is not None:
            return [day]
        local = self._local(at)
        after = local.time() >= self.rules.cut_off
        return [one for one in self.spool.waiting_days() if one < local.date() or (after and one == local.date())]

    async def _may_leave(self) -> bool:
        leaves = await may_leave(self.pool, LETTER, self.rules.sender, "")
        if not leaves:
            _log.warning("letter_batch_held_by_pause")
        return leaves

    async def _sift(self, day: date) -> None:
        """Letters that nobody needs any more are taken out, those of a paused jurisdiction wait for the next day."""
        tags = [letter.tag for letter in await asyncio.to_thread(self.spool.waiting, day)]
        standing = await standing_of(self.pool, tags)
        await cancel_letters(self.pool, standing.needless)
        await asyncio.to_thread(self.spool.withdraw, standing.needless)
        await asyncio.to_thread(self.spool.postpone, standing.paused)

    async def _tell(self) -> None:
        """What the print house has is handed over: only now proof is waited for."""
        for day in self.spool.days():
            since = self.spool.handed_over_at(day)
            if since is None or self.spool.is_told(day):
                continue
            name = self.spool.batch_name(day)
            receipts = [
                Receipt(one.tag, f"{name}/{one.reference}", ReceiptState.SENT, since, code="handed_over", detail=name)
                for one in await asyncio.to_thread(self.spool.frozen, day)
            ]
            await self._take(receipts)
            await asyncio.to_thread(self.spool.mark_told, day)

    async def _take(self, receipts: Sequence[Receipt]) -> int:
        """Record what was said; how many of it cannot be recorded, told in the log."""
        refused: list[Receipt] = []

        async def refuse(one: Receipt, problem: Exception) -> None:
            _log.error("letter_receipt_refused", letter=one.provider_id, kind=type(problem).__name__)
            refused.append(one)

        await in_parts(receipts, partial(self.proofs.take, LETTER), refuse)
        return len(refused)
