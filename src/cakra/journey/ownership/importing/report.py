"""The report of an import: a CSV of the rows refused and the ends that were set, readable by its owner alone.

It holds what finds a row again (its line, and its plate where that can be one) and no more of anybody's data.
"""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from cakra.core.errors import StoreError
from cakra.core.tables.writing import TableWriter
from cakra.journey.ownership.reading.sealing import WrongRow

COLUMNS = ("line", "plate", "result", "column", "reason")
REFUSED, ENDED = "refused", "ended"
_OWNER_ONLY = 0o600


class ImportReport:
    """Opened with the first thing to tell. `path` None: nothing is written, only counted (a preview)."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stream: TextIO | None = None
        self._table: TableWriter | None = None
        self.rows = 0
        self.reasons: Counter[str] = Counter()
        """How many rows were refused for what; a row with two faults counts under both."""

    @property
    def path(self) -> Path | None:
        """Where it is; None while there is nothing to tell."""
        return self._path if self._stream is not None else None

    def write(self, wrong: Iterable[WrongRow]) -> None:
        """Append refused rows; StoreError when the report cannot be written."""
        for row in wrong:
            columns = " | ".join(dict.fromkeys(fault.column for fault in row.faults))
            reasons = " | ".join(
                f"{fault.column}: {fault.reason}" if fault.column else fault.reason for fault in row.faults
            )
            self._append(row.line, row.plate, REFUSED, columns, reasons)
            self.rows += 1
            self.reasons.update(fault.kind or fault.reason for fault in row.faults)

    def tell_end(self, line: int, plate: str, sentence: str) -> None:
        """Append an end that was set: the row at `line` was taken. StoreError."""
        self._append(line, plate, ENDED, "valid_to", sentence)

    def flush(self) -> None:
        """Put what was written on disk, before the import it explains is committed."""
        if self._stream is not None:
            self._stream.flush()
            os.fsync(self._stream.fileno())

    def _append(self, *values: int | str) -> None:
        if self._path is None:
            return
        try:
            if self._table is None:
                self._table = self._open(self._path)
            self._table.row(values)
        except OSError as error:
            raise StoreError(f"The report {self._path} cannot be written: {error.strerror}.") from error

    def _open(self, path: Path) -> TableWriter:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        os.fchmod(handle, _OWNER_ONLY)
        self._stream = os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="")
        table = TableWriter(self._stream)
        table.row(COLUMNS)
        return table

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
