"""The report of wrong rows: a CSV a clerk can mend and import again; readable by its owner alone."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from cakra.core.errors import StoreError
from cakra.journey.ownership.sealing import WrongRow

_OWNER_ONLY = 0o600


class ImportReport:
    """Opened with the first wrong row; the row's values stand behind line, column and reason as they came."""

    def __init__(self, path: Path, header: tuple[str, ...]) -> None:
        self._path = path
        self._header = header
        self._stream: TextIO | None = None
        self._writer: Any = None
        self.rows = 0

    @property
    def path(self) -> Path | None:
        """Where the wrong rows are; None while there are none."""
        return self._path if self.rows else None

    def write(self, wrong: Iterable[WrongRow]) -> None:
        """Append rows; StoreError when the report cannot be written."""
        try:
            for row in wrong:
                if self._stream is None:
                    self._open()
                columns = " | ".join(dict.fromkeys(fault.column for fault in row.faults))
                reasons = " | ".join(
                    f"{fault.column}: {fault.reason}" if fault.column else fault.reason for fault in row.faults
                )
                self._writer.writerow([row.line, columns, reasons, *row.values])
                self.rows += 1
        except OSError as error:
            raise StoreError(f"The report {self._path} cannot be written: {error.strerror}.") from error

    def flush(self) -> None:
        """Put what was written on disk, before the import it explains is committed."""
        if self._stream is not None:
            self._stream.flush()
            os.fsync(self._stream.fileno())

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        os.fchmod(handle, _OWNER_ONLY)
        self._stream = os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="")
        self._writer = csv.writer(self._stream)
        self._writer.writerow(["line", "column", "reason", *self._header])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
