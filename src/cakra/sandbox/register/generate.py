"""Write the generated register to a file: the same rows, seed and day give the same rows."""

import random
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cakra.core.errors import InputError
from cakra.core.tables.writing import TableWriter
from cakra.kit.clock import now
from cakra.sandbox.register.population import Population
from cakra.sandbox.register.samples import Generated

COLUMNS = (
    "plate", "valid_from", "valid_to", "vehicle_kind", "brand", "model", "colour", "year", "plate_colour",
    "electric", "chassis", "owner_name", "owner_number", "address", "phone", "email",
)  # fmt: skip
_BATCH = 10_000

Progress = Callable[[int, int | None], None]
"""Called with rows done and rows in all."""


def generate(
    rows: int,
    seed: int,
    path: Path,
    progress: Progress = lambda _done, _total: None,
    *,
    today: date | None = None,
) -> Generated:
    """Write `rows` ownership spells as Parquet (a path ending in .parquet) or CSV; sales lie before `today`."""
    if rows < 1:
        raise InputError(f"A register needs at least one row, not {rows}.")
    people = Population(random.Random(seed), today or now().date())  # noqa: S311 - play data, repeatable
    batches = _batches(people, rows, progress)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        _write_parquet(path, batches)
    else:
        _write_text(path, batches)
    return Generated(path, rows, tuple(people.samples))


def _batches(people: Population, rows: int, progress: Progress) -> Iterator[list[tuple[str, ...]]]:
    done, spells = 0, people.spells()
    while done < rows:
        batch = list(islice(spells, min(_BATCH, rows - done)))
        done += len(batch)
        yield batch
        progress(done, rows)


def _write_text(path: Path, batches: Iterator[list[tuple[str, ...]]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = TableWriter(stream)
        table.row(COLUMNS)
        for batch in batches:
            table.rows(batch)


def _write_parquet(path: Path, batches: Iterator[list[tuple[str, ...]]]) -> None:
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    with pq.ParquetWriter(path, schema) as writer:
        for batch in batches:
            writer.write_table(pa.table([list(values) for values in zip(*batch, strict=True)], schema=schema))
