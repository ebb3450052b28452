"""Register files as streams of chunks: CSV in its usual encodings and separators, and Parquet, in constant memory."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from cakra.core.errors import InputError
from cakra.core.tables.encoding import EncodingJudge
from cakra.core.tables.headings import read_layout
from cakra.core.tables.records import delimiter_of, read_records
from cakra.core.tables.values import plain_text
from cakra.journey.ownership.reading.columns import REGISTER
from cakra.journey.ownership.reading.sealing import Chunk

CHUNK_ROWS = 4000
_READ_BYTES = 1 << 20
_LONGEST_HEADER = 1 << 16
_PARQUET_MAGIC = b"PAR1"
# Whole numbers above these have lost digits, by the type's width in bits.
_EXACT = {16: 1 << 11, 32: 1 << 24, 64: 1 << 53}
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decided about a file's columns: `columns` as `ours=heading`, `ignored`: headings not to use."""

    columns: Sequence[str] = ()
    ignored: Sequence[str] = ()


NO_CHOICES = Choices()


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
    encoding: str = "utf-8"
    header_line: int = 1

    def chunks(self) -> Iterator[Chunk]:
        """All rows from the beginning, each with its line (CSV) or row number (Parquet), from 1. InputError."""
        return _csv_chunks(self) if self.delimiter else _parquet_chunks(self)


def open_register(path: Path, choices: Choices = NO_CHOICES) -> RegisterFile:
    """Look at the file once (hash, length, encoding, header); InputError when it cannot be a register."""
    try:
        digest, lines, head, encoding = _measure(path)
        if not head:
            raise InputError(f"The register file {path} is empty.")
        if head.startswith(_PARQUET_MAGIC):
            header, rows = _parquet_header(path)
            layout = read_layout(path.name, header, REGISTER, choices.columns, choices.ignored)
            return RegisterFile(path, None, header, layout.places, layout.ignored, rows, digest)
        delimiter, header, line = _csv_header(path, encoding.name)
    except OSError as error:
        raise InputError(f"The register file {path} cannot be read: {error.strerror}.") from error
    layout = read_layout(path.name, header, REGISTER, choices.columns, choices.ignored)
    rows = max(lines - line, 0)
    return RegisterFile(path, delimiter, header, layout.places, layout.ignored, rows, digest, encoding.name, line)


def _measure(path: Path) -> tuple[bytes, int, bytes, EncodingJudge]:
    """SHA-256, number of lines, first bytes, encoding; one pass."""
    digest, lines, head, last = sha256(), 0, b"", b"\n"
    encoding = EncodingJudge(path.name)
    with path.open("rb") as stream:
        while block := stream.read(_READ_BYTES):
            digest.update(block)
            lines += block.count(b"\n")
            head, last = head or block[:64], block[-1:]
            if not head.startswith(_PARQUET_MAGIC):
                encoding.feed(block)
    return digest.digest(), lines + (last != b"\n"), head, encoding


# Bytes that the encoding does not know come through as surrogates, so that one bad row is reported, not the file lost.
def _open_csv(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, errors="surrogateescape", newline="")


def _csv_header(path: Path, encoding: str) -> tuple[str, tuple[str, ...], int]:
    """The delimiter, the headings, and the line they stand on: the first that is not empty."""
    try:
        with _open_csv(path, encoding) as stream:
            line, first, told = 0, "", ""
            while not first.strip():
                line, first = line + 1, stream.readline(_LONGEST_HEADER).removeprefix(_MARK)
                if not first:
                    break
                if first.lower().startswith("sep=") and not told:  # a spreadsheet's own first line
                    told, first = first[4:5], ""
    except UnicodeError as error:
        raise _unreadable(path, error) from error
    delimiter = told or delimiter_of(first)
    record = next(read_records([first], delimiter), None)
    headings = [_heading(text) for text in record.values] if record else []
    while headings and not headings[-1]:  # a separator at the end of the line heads no column
        headings.pop()
    return delimiter, tuple(headings), line


def _heading(text: str) -> str:
    """A heading as it is shown to people: nothing in it moves a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in plain_text(text))


def _csv_chunks(file: RegisterFile) -> Iterator[Chunk]:
    try:
        with _open_csv(file.path, file.encoding) as stream:
            for _ in range(file.header_line):
                stream.readline()
            records = read_records(stream, file.delimiter or ",", len(file.header), file.header_line + 1)
            while batch := list(islice(records, CHUNK_ROWS)):
                rows = [(record.line, record.values) for record in batch if not record.fault]
                broken = [(record.line, record.fault, record.values) for record in batch if record.fault]
                yield Chunk(rows, broken)
    except UnicodeError as error:
        raise _unreadable(file.path, error) from error
    except OSError as error:
        raise InputError(f"The register file {file.path} cannot be read: {error.strerror}.") from error


def _unreadable(path: Path, error: UnicodeError) -> InputError:
    return InputError(
        f"{path.name} is cut off or spoilt where it should be {getattr(error, 'encoding', 'text')}; "
        'save it as "CSV UTF-8" and import that.'
    )


def _parquet_header(path: Path) -> tuple[tuple[str, ...], int]:
    try:
        with pq.ParquetFile(path) as parquet:
            return tuple(_heading(name) for name in parquet.schema_arrow.names), parquet.metadata.num_rows
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
    """A column as texts: whole numbers as their digits whatever their type; a list or a struct as it prints."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_binary(kind) or _is_large_binary(kind):
        exact = _EXACT.get(kind.bit_width, 0) if pa.types.is_floating(kind) else 0
        return [_as_text(value, exact) for value in column.to_pylist()]
    try:
        values = column.cast(pa.string()).to_pylist()
    except pa.ArrowException:
        values = [None if value is None else str(value) for value in column.to_pylist()]
    return ["" if value is None else value for value in values]


def _is_large_binary(kind: Any) -> bool:
    return bool(pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _as_text(value: float | Decimal | bytes | None, exact: int) -> str:
    """A whole number is its digits; a float above `exact` is shown with an exponent: its digits are not all known."""
    match value:
        case None:
            return ""
        case bytes():
            return value.decode("utf-8", "surrogateescape")
        case Decimal():
            return format(value.normalize(), "f") if value.is_finite() else ""
        case _:
            if math.isfinite(value) and value == int(value):
                return str(int(value)) if abs(value) < exact else f"{value:.5e}"
            return "" if math.isnan(value) else repr(value)


def first_rows(file: RegisterFile, count: int) -> list[Sequence[str]]:
    """The first rows that have as many fields as the header."""
    rows = chain.from_iterable((values for _, values in chunk.rows) for chunk in file.chunks())
    return list(islice((values for values in rows if len(values) >= len(file.header)), count))
