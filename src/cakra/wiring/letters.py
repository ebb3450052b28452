"""Letters: what sets and keeps them, and the print house's day."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from cakra.core.errors import CakraError, InputError, SetupError
from cakra.core.ports import Channel, Receipt, ReceiptState
from cakra.delivery.pause.pausing import may_leave
from cakra.delivery.post import cancel_letters, lost_letters, put_back, standing_of
from cakra.delivery.proof.proofs import ProofDesk
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.settings import Letter
from cakra.outside.letter import (
    Batch,
    BatchDesk,
    LetterPress,
    LetterSender,
    LetterSpool,
    PrintHouse,
    Quarantined,
    keep_refused,
    keep_response,
    known_responses,
    packaged_offices,
    read_batch_key,
    read_offices,
    read_signer,
    receive_responses,
)
from cakra.store.connect import connect
from cakra.store.parts import in_parts
from cakra.wiring.keeping.spool import require_own_spool
from cakra.wiring.world import World, offences_today

LETTER = Channel.LETTER.value
_LOCK = "select pg_try_advisory_lock(hashtext('cakra.letters'))"
_log = get_logger(__name__)


def letter_spool(told: Letter) -> LetterSpool:
    """Where letters wait; SetupError when the folder cannot be used."""
    return LetterSpool(told.spool, prefix=told.prefix, zone=told.zone)


def letter_days(told: Letter) -> list[tuple[date, str, int, str]]:
    """Each day with letters: its batch, how many, and what became of them."""
    spool, days = letter_spool(told), []
    for day in spool.days():
        frozen = spool.frozen(day)
        closed = "with the print house" if spool.handed_over(day).exists() else "closed, not handed over"
        letters = len(frozen) if frozen else len(spool.waiting(day))
        days.append((day, spool.batch_name(day), letters, closed if frozen else "open"))
    return days


def kept_letters(told: Letter, day: date) -> list[tuple[str, Path | None]]:
    """The references of a day's letters, each with its PDF as long as it is kept."""
    spool = letter_spool(told)
    files = [
        (one.reference, spool.folder(day) / f"{one.reference}.pdf") for one in spool.frozen(day) or spool.waiting(day)
    ]
    return [(reference, file if file.exists() else None) for reference, file in files]


def letter_sender(world: World) -> LetterSender:
    """The office that sets, signs and keeps letters; SetupError names the file that cannot be read."""
    told = world.settings.letter
    signer = read_signer(told.certificate, told.passphrase) if told.certificate else None
    return LetterSender(told.sender, letter_press(world), letter_spool(told), signer)


def letter_press(world: World) -> LetterPress:
    """What sets the letters of our offices; SetupError names the file that cannot be read."""
    told = world.settings.letter
    try:
        offices = read_offices(told.offices.read_text("utf-8")) if told.offices else packaged_offices()
    except (OSError, UnicodeDecodeError) as problem:
        raise SetupError(f"The offices of CAKRA_LETTER__OFFICES cannot be read: {problem}.") from problem
    signed = told.certificate is not None
    return LetterPress(offices, citations(world), demo=world.settings.demo, signed=signed, zone=told.zone)


def citations(world: World) -> Mapping[str, str]:
    """Offence as worded in a message → the article that a letter cites, as the law of today has it."""
    return {label: one.citation for one in offences_today(world) for label in (one.label_id, one.label_en)}


def print_house(told: Letter) -> PrintHouse | None:
    """The account at the print house, None without one; SetupError names what is missing."""
    if not told.host:
        return None
    if told.key_file is None or told.known_hosts is None:
        missing = "KEY_FILE" if told.key_file is None else "KNOWN_HOSTS"
        raise SetupError(f"CAKRA_LETTER__{missing} is empty: a print house is met with a key and its own host key.")
    return PrintHouse(told.host, told.port, told.user, told.key_file, told.known_hosts, told.folder, told.timeout_s)


@dataclass(frozen=True, slots=True)
class Handed:
    """What one look at the print house's day did. `unusable`: lines of responses that say nothing we can use."""

    batches: Sequence[Batch] = ()
    receipts: int = 0
    unusable: Sequence[tuple[str, Quarantined]] = ()
    paused: bool = False


@dataclass(slots=True)
class PrintDay:
    """The print house's day: at the cut-off the day's letters leave as one batch, and what comes back is believed.

    Of several workers one does it at a time. Each step looks whether it was done, so a crash or a print house that
    does not answer costs nothing but a later try.
    """

    world: World
    proofs: ProofDesk
    spool: LetterSpool
    house: PrintHouse | None
    desk: BatchDesk | None
    _next: datetime | None = field(default=None, init=False)

    @classmethod
    def open(cls, world: World, proofs: ProofDesk) -> "PrintDay":
        """As configured; SetupError names the setting that is wrong. Without a print house letters are only kept."""
        told = world.settings.letter
        spool, house, desk = letter_spool(told), print_house(told), None
        if house is not None:
            if told.signing_key is None:
                raise SetupError(
                    "CAKRA_LETTER__SIGNING_KEY is empty: a batch is signed. Make one with openssl genpkey."
                )
            desk = BatchDesk(spool, house, read_batch_key(told.signing_key), told.service_class)
        return cls(world, proofs, spool, house, desk)

    async def run(self) -> int:
        """One look when it is time for it; a fault is told in the log and tried again at the next."""
        at = now()
        if self._next is not None and at < self._next:
            return 0
        self._next = at + timedelta(seconds=self.world.settings.letter.look_every_s)
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
        lost = await lost_letters(self.world.pool)
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
        return await put_back(self.world.pool, kept, out)

    async def hand_over(self, at: datetime, day: date | None = None) -> Handed:
        """Hand over every day that is due at `at`, or this one; a pause holds them.

        CakraError as `BatchDesk.close_batch`, and SetupError without a print house.
        """
        if self.desk is None:
            return Handed()
        batches: list[Batch] = []
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
        if self.house is None:
            return Handed()
        told = self.world.settings.letter
        known = await asyncio.to_thread(known_responses, self.spool)
        receipts, unusable = 0, list[tuple[str, Quarantined]]()
        for file, raw in (await self.house.responses(told.responses, known)).items():
            try:
                said = await asyncio.to_thread(receive_responses, self.spool, file.name, raw, at, told.zone)
            except (InputError, ValueError, LookupError, TypeError, OverflowError) as problem:
                why = problem.sentence if isinstance(problem, InputError) else f"{type(problem).__name__} in reading it"
                await asyncio.to_thread(keep_refused, self.spool, file.name, raw, why)
                unusable.append((file.name, Quarantined(0, why, "")))
            else:
                refused = await self._take(said.receipts)
                if refused:
                    await asyncio.to_thread(
                        keep_refused, self.spool, file.name, raw, f"{refused} lines cannot be kept."
                    )
                receipts += len(said.receipts) - refused
                unusable += [(file.name, line) for line in said.quarantined]
            await asyncio.to_thread(keep_response, self.spool, file, raw)
        return Handed(receipts=receipts, unusable=unusable)

    async def forget(self, at: datetime) -> int:
        """Erase letters whose batch was handed over long ago; how many files."""
        oldest = self._local(at).date() - timedelta(days=self.world.settings.letter.keep_days)
        return await asyncio.to_thread(self.spool.forget_before, oldest)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[bool]:
        """Whether no other worker is at it. The lock has a connection of its own: none of the pool waits on a line.

        SetupError when letters wait in another spool than this one.
        """
        await require_own_spool(self.world.pool, self.spool)
        connection = await connect(self.world.url, name="cakra letters")
        try:
            yield bool(await connection.fetchval(_LOCK))
        finally:
            await connection.close()

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.world.settings.letter.zone))

    def _due(self, at: datetime, day: date | None) -> Sequence[date]:
        if day is not None:
            return [day]
        local = self._local(at)
        after = local.time() >= self.world.settings.letter.cut_off
        return [one for one in self.spool.waiting_days() if one < local.date() or (after and one == local.date())]

    async def _may_leave(self) -> bool:
        leaves = await may_leave(self.world.pool, LETTER, self.world.settings.letter.sender, "")
        if not leaves:
            _log.warning("letter_batch_held_by_pause")
        return leaves

    async def _sift(self, day: date) -> None:
        """Letters that nobody needs any more are taken out, those of a paused jurisdiction wait for the next day."""
        tags = [letter.tag for letter in await asyncio.to_thread(self.spool.waiting, day)]
        standing = await standing_of(self.world.pool, tags)
        await cancel_letters(self.world.pool, standing.needless)
        await asyncio.to_thread(self.spool.withdraw, standing.needless)
        await asyncio.to_thread(self.spool.postpone, standing.paused)

    async def _tell(self) -> None:
        """What the print house has is handed over: only now proof is waited for."""
        for day in self.spool.days():
            if self.spool.told(day).exists() or not self.spool.handed_over(day).exists():
                continue
            since = datetime.fromtimestamp(self.spool.handed_over(day).stat().st_mtime, UTC)
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
