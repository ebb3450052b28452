"""Importing a register file: stream, judge, seal, stage, and then one transaction that readers see whole or not.

A crash before the commit changes nothing: what was staged (sealed, too) is thrown away by the next import.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import asyncpg

from cakra.core.errors import Conflict, InputError, StoreError
from cakra.journey.ownership.files import RegisterFile, open_register, rows_at
from cakra.journey.ownership.report import ImportReport
from cakra.journey.ownership.rows import RowFault
from cakra.journey.ownership.sealing import (
    COPY_HEADER,
    COPY_TRAILER,
    STAGING_COLUMNS,
    Chunk,
    SealedChunk,
    Sealing,
    WrongRow,
    seal_in_worker,
    start_worker,
    unheard_interrupts,
)
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.db import Connection, Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.ownership")
log = get_logger(__name__)

PARALLEL_FROM_ROWS = 50_000  # below this, starting worker processes costs more than they save
_CHUNKS_AHEAD = 2
_LONG_S = 24 * 3600.0
_OVERLAP = RowFault(
    "valid_from",
    "the ownership spells of this plate overlap, in this file or with the register; none of its rows was taken",
)

Progress = Callable[[int, int | None], None]
"""Called with rows done and rows in all."""


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did; rows = inserted + updated + unchanged + wrong."""

    rows: int
    inserted: int
    updated: int
    unchanged: int
    wrong: int
    without_phone: int
    """Readable rows whose owner has no usable mobile number."""
    ignored_columns: tuple[str, ...]
    report: Path | None


@dataclass(frozen=True, slots=True)
class _Order:
    """What the caller asked for, beside the file."""

    source: str
    synthetic: bool
    progress: Progress


@dataclass(slots=True)
class _Tally:
    staged: int = 0
    without_phone: int = 0


async def import_register(
    pool: Pool,
    sealer: Sealer,
    path: Path,
    *,
    source: str,
    synthetic: bool,
    report: Path,
    progress: Progress = lambda _done, _total: None,
) -> ImportSummary:
    """Bring the register up to date with a CSV or Parquet file; spells the file does not name stay as they are.

    Wrong rows go to `report` (mode 0600) and do not stop the rest. InputError: unreadable file, unknown header,
    or not one row that can be taken. Conflict: another import is running, or synthetic and real would mix.
    """
    file = await asyncio.to_thread(open_register, path)
    sealing = Sealing(sealer, file.layout, len(file.header))
    try:
        async with pool.acquire() as connection, _alone(connection):
            await _refuse_mixing(connection, synthetic=synthetic)
            with ImportReport(report, file.header) as wrong:
                summary = await _import(connection, file, sealing, _Order(source, synthetic, progress), wrong)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError) as error:
        raise StoreError(
            f"The database stopped the import ({error}); it took effect whole or not at all: import the file again."
        ) from error
    return _judge(file, summary)


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


async def _import(
    connection: Connection, file: RegisterFile, sealing: Sealing, order: _Order, wrong: ImportReport
) -> ImportSummary:
    import_id, tally = new_id(), _Tally()
    await connection.execute("set statement_timeout = 0; set lock_timeout = 0; set work_mem = '128MB'")
    await connection.execute(SQL.begin_import, import_id, order.source, file.path.name, file.sha256, order.synthetic)
    await connection.execute("truncate register_staging")
    await connection.copy_to_table(
        "register_staging",
        source=_sealed_rows(file, sealing, tally, wrong, order.progress),
        columns=list(STAGING_COLUMNS),
        format="binary",
        timeout=_LONG_S,
    )
    await connection.execute("analyze register_staging", timeout=_LONG_S)
    async with connection.transaction():
        summary = await _merge(connection, file, tally, order, wrong)
        await connection.execute(
            SQL.finish_import,
            import_id,
            summary.rows,
            summary.inserted,
            summary.updated,
            summary.unchanged,
            summary.wrong,
            str(summary.report) if summary.report else None,
        )
    with suppress(asyncpg.PostgresError):  # committed: what is left is tidying, which the next import would do
        await connection.execute("truncate register_staging; analyze registration", timeout=_LONG_S)
    log.info(
        "register_imported",
        rows=summary.rows,
        inserted=summary.inserted,
        updated=summary.updated,
        unchanged=summary.unchanged,
        wrong=summary.wrong,
        synthetic=order.synthetic,
    )
    return summary


async def _merge(
    connection: Connection, file: RegisterFile, tally: _Tally, order: _Order, wrong: ImportReport
) -> ImportSummary:
    """From the staging into the register, inside the caller's transaction."""
    taken = tally.staged - await _refuse_overlaps(connection, file, wrong)
    wrong.flush()
    await connection.execute(SQL.drop_repeats, timeout=_LONG_S)
    done = await connection.fetchrow(SQL.merge_staging, order.source, timeout=_LONG_S)
    assert done is not None
    if taken:
        await connection.execute(SQL.set_kind, order.synthetic)
    return ImportSummary(
        rows=taken + wrong.rows,
        inserted=done["inserted"],
        updated=done["updated"],
        unchanged=taken - done["inserted"] - done["updated"],
        wrong=wrong.rows,
        without_phone=tally.without_phone,
        ignored_columns=file.ignored,
        report=wrong.path,
    )


def _judge(file: RegisterFile, summary: ImportSummary) -> ImportSummary:
    if summary.rows == 0:
        raise InputError(f"{file.path.name} has a header but no rows; nothing was imported.")
    if summary.wrong == summary.rows:
        raise InputError(
            f"Not one of the {summary.rows} rows of {file.path.name} can be taken; "
            f"{summary.report} says for each line why.",
            code="register_all_wrong",
        )
    return summary


async def _refuse_overlaps(connection: Connection, file: RegisterFile, wrong: ImportReport) -> int:
    """Take rows of plates with overlapping spells out of the staging; they are read again for the report."""
    lines = {row["line"] for row in await connection.fetch(SQL.refuse_overlaps, timeout=_LONG_S)}
    if lines:
        refused = (WrongRow(line, [_OVERLAP], values) for line, values in rows_at(file, lines))
        await asyncio.to_thread(wrong.write, refused)
    return len(lines)


async def _sealed_rows(
    file: RegisterFile, sealing: Sealing, tally: _Tally, wrong: ImportReport, progress: Progress
) -> AsyncIterator[bytes]:
    """The COPY stream; chunks are sealed ahead in order, at most a few at a time, so that memory stays flat."""
    loop, chunks = asyncio.get_running_loop(), file.chunks()
    pending: deque[asyncio.Future[SealedChunk]] = deque()
    yield COPY_HEADER
    with _sealers(file, sealing) as (executor, seal, ahead):
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
            tally.staged += sealed.count
            tally.without_phone += sealed.without_phone
            wrong.write(sealed.wrong)
            if sealed.copy_rows:
                yield sealed.copy_rows
            done = tally.staged + wrong.rows
            progress(done, max(file.rows, done))
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
