"""Register files as streams of chunks: CSV (`;` or `,`, UTF-8) and Parquet, in constant memory."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cakra.core.errors import InputError
from cakra.journey.ownership.rows import COLUMNS, REQUIRED
from cakra.journey.ownership.sealing import Chunk

CHUNK_ROWS = 4000
_READ_BYTES = 1 << 20
_PARQUET_MAGIC = b"PAR1"


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """A file whose header was understood. `rows` is its length: exact (Parquet) or at most (CSV)."""

    path: Path
    delimiter: str | None
    """None: Parquet."""
    header: tuple[str, ...]
    layout: Mapping[str, int]
    """Our column name to its place in a row."""
    ignored: tuple[str, ...]
    rows: int
    sha256: bytes

    def chunks(self) -> Iterator[Chunk]:
        """All rows from the beginning, each with its line (CSV) or row number (Parquet), from 1."""
        return _csv_chunks(self) if self.delimiter else _parquet_chunks(self)


def open_register(path: Path) -> RegisterFile:
    """Look at the file once (hash, length, header); InputError when it cannot be a register."""
    try:
        digest, lines, head = _measure(path)
    except OSError as error:
        raise InputError(f"The register file {path} cannot be read: {error.strerror}.") from error
    if not head:
        raise InputError(f"The register file {path} is empty.")
    if head.startswith(_PARQUET_MAGIC):
        header, rows = _parquet_header(path)
        delimiter = None
    else:
        delimiter, header = _csv_header(path)
        rows = max(lines - 1, 0)
    layout, ignored = _layout(path, header)
    return RegisterFile(path, delimiter, header, layout, ignored, rows, digest)


def _measure(path: Path) -> tuple[bytes, int, bytes]:
    """SHA-256, number of lines, first bytes; one pass."""
    digest, lines, head, last = sha256(), 0, b"", b"\n"
    with path.open("rb") as stream:
        while block := stream.read(_READ_BYTES):
            digest.update(block)
            lines += block.count(b"\n")
            head, last = head or block[:64], block[-1:]
    return digest.digest(), lines + (last != b"\n"), head


def _layout(path: Path, header: tuple[str, ...]) -> tuple[dict[str, int], tuple[str, ...]]:
    names = {alias: ours for ours, aliases in COLUMNS.items() for alias in (ours, *aliases)}
    layout: dict[str, int] = {}
    ignored = []
    for place, heading in enumerate(header):
        ours = names.get("_".join(heading.lower().replace(".", " ").split()))
        if ours is None:
            ignored.append(heading)
        elif ours in layout:
            raise InputError(
                f"{path.name} has two columns for {ours}: {header[layout[ours]]!r} and {heading!r}; keep one."
            )
        else:
            layout[ours] = place
    missing = [name for name in REQUIRED if name not in layout]
    if missing:
        raise InputError(
            f"{path.name} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; its header must name "
            f"{', '.join(REQUIRED)} and may name {', '.join(name for name in COLUMNS if name not in REQUIRED)}.",
            code="register_header",
        )
    return layout, tuple(ignored)


# Bytes that are not UTF-8 come through as surrogates, so that one bad row is reported, not the whole file lost.
def _open_csv(path: Path) -> Any:
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _csv_header(path: Path) -> tuple[str, tuple[str, ...]]:
    with _open_csv(path) as stream:
        first = stream.readline(_READ_BYTES)
        delimiter = ";" if first.count(";") > first.count(",") else ","
        stream.seek(0)
        try:
            header = next(csv.reader(stream, delimiter=delimiter), [])
        except csv.Error as error:
            raise InputError(f"The header of {path.name} cannot be read: {error}.") from error
    return delimiter, tuple(heading.strip() for heading in header)


def _csv_chunks(file: RegisterFile) -> Iterator[Chunk]:
    with _open_csv(file.path) as stream:
        reader = csv.reader(stream, delimiter=file.delimiter or ",")
        next(reader)
        rows: list[tuple[int, list[str]]] = []
        broken: list[tuple[int, str]] = []
        while True:
            line = reader.line_num + 1
            try:
                values = next(reader, None)
            except csv.Error as error:
                # A quote that is never closed swallows lines up to the field limit; reading goes on behind it.
                broken.append((line, f"lines {line} to {reader.line_num} cannot be read: {error}"))
                continue
            if values:
                rows.append((line, values))
            if len(rows) + len(broken) >= CHUNK_ROWS or (values is None and (rows or broken)):
                yield Chunk(rows, broken)
                rows, broken = [], []
            if values is None:
                return


def _parquet_header(path: Path) -> tuple[tuple[str, ...], int]:
    try:
        with pq.ParquetFile(path) as parquet:
            return tuple(parquet.schema_arrow.names), parquet.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path.name} begins like a Parquet file but cannot be read: {error}") from error


def _parquet_chunks(file: RegisterFile) -> Iterator[Chunk]:
    line = 0
    try:
        with pq.ParquetFile(file.path, buffer_size=_READ_BYTES, pre_buffer=False) as parquet:
            for batch in _batches(parquet):
                columns = [_texts(column) for column in batch.columns]
                rows = zip(*columns, strict=True)
                yield Chunk([(line + place, values) for place, values in enumerate(rows, 1)])
                line += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file.path.name} cannot be read after row {line}: {error}") from error


def _batches(parquet: Any) -> Iterator[Any]:
    # One row group at a time: a reader over all of them keeps what it has read.
    for group in range(parquet.num_row_groups):
        yield from parquet.iter_batches(CHUNK_ROWS, row_groups=[group], use_threads=False)


def _texts(column: Any) -> list[str]:
    """A column as texts; a type that has none (a list, a struct) as its printed values."""
    try:
        values = column.cast(pa.string()).to_pylist()
    except pa.ArrowException:
        values = [None if value is None else str(value) for value in column.to_pylist()]
    return ["" if value is None else value for value in values]


def rows_at(file: RegisterFile, lines: set[int]) -> Iterator[tuple[int, list[str]]]:
    """The rows that stand at these lines, read again from the file."""
    found = ((line, list(values)) for chunk in file.chunks() for line, values in chunk.rows if line in lines)
    return islice(found, len(lines))
