"""Importing a register file: stream, judge, seal, stage, and then one transaction that readers see whole or not.

A crash before the commit changes nothing: what was staged (sealed, too) is thrown away by the next import.
"""

import asyncio
import os
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

import asyncpg

from cakra.core.errors import Conflict, InputError, StoreError
from cakra.journey.ownership.importing.merging import LONG_S, SQL, Merged, last_held, merge, note_unread
from cakra.journey.ownership.importing.report import ImportReport
from cakra.journey.ownership.importing.summary import Held, ImportSummary, alarms, is_month_first
from cakra.journey.ownership.reading.files import NO_CHOICES, Choices, RegisterFile, open_register
from cakra.journey.ownership.reading.sealing import (
    COPY_HEADER,
    COPY_TRAILER,
    MONTH_FIRST,
    STAGING_COLUMNS,
    Chunk,
    SealedChunk,
    Sealing,
    seal_in_worker,
    start_worker,
    unheard_interrupts,
)
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.db import Connection, Pool

log = get_logger(__name__)

PARALLEL_FROM_ROWS = 50_000  # below this, starting worker processes costs more than they save
_CHUNKS_AHEAD = 2
_MOST_UNREAD = 200_000  # kept in memory; a file with more refused spells is an export to be mended, not a register

__all__ = ["ImportOrder", "ImportSummary", "import_register", "judge", "run_import"]

Progress = Callable[[int, int | None], None]
"""Called with rows done and rows in all."""


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What the caller asked for, beside the file. `report` is not written in a preview (`dry_run`)."""

    source: str
    synthetic: bool
    report: Path
    progress: Progress = lambda _done, _total: None
    allow_fewer: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class _Run:
    """One import under way: what it reads, what was asked, and what it has counted so far."""

    file: RegisterFile
    order: ImportOrder
    wrong: ImportReport
    import_id: int = field(default_factory=new_id)
    staged: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    unread: set[tuple[str, datetime]] = field(default_factory=set)
    """Spells that the file begins and does not make readable."""

    @property
    def held(self) -> Held:
        return Held(self.staged, self.counts["phone"], self.counts["email"], self.counts["number"])


async def import_register(
    pool: Pool,
    sealer: Sealer,
    path: Path,
    *,
    source: str,
    synthetic: bool,
    report: Path,
    progress: Progress = lambda _done, _total: None,
    choices: Choices = NO_CHOICES,
    allow_fewer: bool = False,
) -> ImportSummary:
    """Bring the register up to date with a CSV or Parquet file; spells the file does not name stay as they are.

    Wrong rows go to `report` (mode 0600) and do not stop the rest. InputError: unreadable file, unknown header, not
    one row that can be taken, or far fewer contacts than the last import (unless `allow_fewer`). Conflict: another
    import is running, or synthetic and real would mix.
    """
    file = await asyncio.to_thread(open_register, path, choices)
    order = ImportOrder(source, synthetic, report, progress, allow_fewer=allow_fewer)
    return judge(file, await run_import(pool, sealer, file, order))


async def run_import(pool: Pool, sealer: Sealer, file: RegisterFile, order: ImportOrder) -> ImportSummary:
    """Import a file that was opened, or (`order.dry_run`) see what that would do and undo it. Errors as above."""
    sealing = Sealing(sealer, file.layout, len(file.header))
    try:
        async with pool.acquire() as connection, _alone(connection):
            await _refuse_mixing(connection, synthetic=order.synthetic)
            with ImportReport(None if order.dry_run else order.report) as wrong:
                return await _import(connection, _Run(file, order, wrong), sealing)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError) as error:
        raise StoreError(
            f"The database stopped the import ({error}); it took effect whole or not at all: import the file again."
        ) from error


@asynccontextmanager
async def _alone(connection: Connection) -> AsyncIterator[None]:
    """Nobody else imports meanwhile; a session that ends gives the lock back by itself."""
    if not await connection.fetchval(SQL.lock_import):
        raise Conflict("Another import of the register is running; wait until it has ended.")
    try:
        yield
    finally:
        with suppress(asyncpg.InterfaceError, asyncpg.PostgresError):
            await connection.fetchval(SQL.unlock_import)


async def _refuse_mixing(connection: Connection, *, synthetic: bool) -> None:
    known = await connection.fetchval(SQL.known_kind)
    if known is not None and known != synthetic:
        held, brought = ("synthetic", "real") if known else ("real", "synthetic")
        raise Conflict(
            f"The register holds {held} owners and this import brings {brought} ones; they must never mix. "
            "Use another database.",
            code="register_kind",
        )


async def _import(connection: Connection, run: _Run, sealing: Sealing) -> ImportSummary:
    file, order = run.file, run.order
    await connection.execute("set statement_timeout = 0; set lock_timeout = 0; set work_mem = '128MB'")
    if not order.dry_run:
        begun = (run.import_id, order.source, file.path.name, file.sha256, order.synthetic)
        await connection.execute(SQL.begin_import, *begun)
    await connection.execute("truncate register_staging")
    await connection.copy_to_table(
        "register_staging",
        source=_sealed_rows(run, sealing),
        columns=list(STAGING_COLUMNS),
        format="binary",
        timeout=LONG_S,
    )
    try:
        last = await last_held(connection)
        told = _alarms(run, last)
        await connection.execute("analyze register_staging", timeout=LONG_S)
        summary = await _merge(connection, run)
    finally:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError):  # tidying, which the next import would do
            await connection.execute("truncate register_staging; analyze registration", timeout=LONG_S)
    return replace(summary, last=last, alarms=told)


class _Undone(Exception):
    """A preview has seen what it wanted."""


async def _merge(connection: Connection, run: _Run) -> ImportSummary:
    """One transaction, which a preview undoes."""
    summary = None
    with suppress(_Undone):
        async with connection.transaction():
            merged = await merge(connection, run.wrong, run.order.source, run.import_id)
            if run.staged > merged.refused:
                await note_unread(connection, run.unread, run.import_id)
            summary = _summary(run, merged)
            if run.order.dry_run:
                raise _Undone
            await _finish(connection, run, summary)
    assert summary is not None
    return summary


async def _finish(connection: Connection, run: _Run, summary: ImportSummary) -> None:
    held, report = run.held, str(summary.report) if summary.report else None
    if summary.rows > summary.wrong:
        await connection.execute(SQL.set_kind, run.order.synthetic)
    done = (summary.rows, summary.inserted, summary.updated, summary.unchanged, summary.wrong)
    counted = (held.taken, held.phone, held.email, held.number)
    await connection.execute(SQL.finish_import, run.import_id, *done, report, *counted, summary.ended)
    log.info(
        "register_imported",
        rows=summary.rows,
        inserted=summary.inserted,
        updated=summary.updated,
        unchanged=summary.unchanged,
        wrong=summary.wrong,
        ended=summary.ended,
        synthetic=run.order.synthetic,
    )


def _summary(run: _Run, merged: Merged) -> ImportSummary:
    taken, wrong = run.staged - merged.refused, run.wrong
    return ImportSummary(
        rows=taken + wrong.rows,
        inserted=merged.inserted,
        updated=merged.updated,
        unchanged=taken - merged.inserted - merged.updated,
        wrong=wrong.rows,
        without_phone=run.staged - run.counts["phone"],
        ignored_columns=run.file.ignored,
        report=wrong.path,
        ended=merged.ended,
        counts=run.counts,
        reasons=wrong.reasons,
        held=run.held,
    )


def _alarms(run: _Run, last: Held | None) -> tuple[str, ...]:
    """What a person must say is meant; raised as InputError unless it is a preview or allowed."""
    if is_month_first(run.staged + run.wrong.rows, run.counts[MONTH_FIRST]):
        raise InputError(
            f"{run.file.path.name} writes its days with the month first ({run.counts[MONTH_FIRST]:,} rows can only be "
            "read so), and the others would be read wrong. Nothing was changed; write days as YYYY-MM-DD.",
            code="register_days",
        )
    told = tuple(alarms(run.held, last, run.counts))
    if told and not (run.order.dry_run or run.order.allow_fewer):
        raise InputError(
            f"{run.file.path.name} was not imported, and nothing was changed. {' '.join(told)} Look at its columns "
            "with `cakra registry import FILE --dry-run`; if it is meant, import it with --allow-fewer-contacts.",
            code="register_fewer",
        )
    return told


def judge(file: RegisterFile, summary: ImportSummary) -> ImportSummary:
    """The summary; InputError when the file gave nothing at all."""
    if summary.rows == 0:
        raise InputError(f"{file.path.name} has a header but no rows; nothing was imported.")
    if summary.wrong == summary.rows:
        raise InputError(
            f"Not one of the {summary.rows} rows of {file.path.name} can be taken; "
            f"{summary.report} says for each line why.",
            code="register_all_wrong",
        )
    return summary


async def _sealed_rows(run: _Run, sealing: Sealing) -> AsyncIterator[bytes]:
    """The COPY stream; chunks are sealed ahead in order, at most a few at a time, so that memory stays flat."""
    loop, chunks = asyncio.get_running_loop(), run.file.chunks()
    pending: deque[asyncio.Future[SealedChunk]] = deque()
    yield COPY_HEADER
    with _sealers(run.file, sealing) as (executor, seal, ahead):
        chunk = await asyncio.to_thread(next, chunks, None)
        while chunk is not None or pending:
            while chunk is not None and len(pending) < ahead:
                with unheard_interrupts():
                    pending.append(loop.run_in_executor(executor, seal, chunk))
                chunk = await asyncio.to_thread(next, chunks, None)
            try:
                sealed = await pending.popleft()
            except BrokenProcessPool as error:
                raise StoreError("A sealing process ended unexpectedly; nothing was imported.") from error
            run.staged += sealed.count
            run.counts.update(sealed.counts)
            run.unread.update(sealed.unread[: _MOST_UNREAD - len(run.unread)])
            run.wrong.write(sealed.wrong)
            if sealed.copy_rows:
                yield sealed.copy_rows
            done = run.staged + run.wrong.rows
            run.order.progress(done, max(run.file.rows, done))
    yield COPY_TRAILER


@contextmanager
def _sealers(file: RegisterFile, sealing: Sealing) -> Iterator[tuple[Executor, Callable[[Chunk], SealedChunk], int]]:
    """Who seals, by which call, and how many chunks may be under way: a process a core for large files."""
    cores = os.cpu_count() or 1
    executor: Executor
    if file.rows > PARALLEL_FROM_ROWS and cores > 1:
        executor = ProcessPoolExecutor(cores, get_context("spawn"), start_worker, (sealing,))
        seal, ahead = seal_in_worker, cores * _CHUNKS_AHEAD
    else:
        executor, seal, ahead = ThreadPoolExecutor(1), sealing.seal_chunk, _CHUNKS_AHEAD
    try:
        yield executor, seal, ahead
    finally:
        executor.shutdown(cancel_futures=True)
