"""The rows of a CSV file, each with the line it begins on; what an open quote swallows is given back."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

DELIMITERS = ";,\t|"
_MOST_LINES = 40  # of one row: a quoted address may hold a few line ends, a forgotten quote holds the rest of the file


class TableRecord(NamedTuple):
    """A row of a table: its first line (from 1) and its fields; or, with `fault`, a line that could not be split."""

    line: int
    values: Sequence[str]
    fault: str = ""


class _Lines:
    """Physical lines; what a row wrongly took can be put back."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else next(self._source, None)
            if line is None:
                return
            self.taken.append(line)
            if len(self.taken) > _MOST_LINES:
                raise csv.Error("a quotation mark is not closed")
            yield line

    def put_back(self) -> None:
        """All but the first line that was taken."""
        self._again.extendleft(reversed(self.taken[1:]))


def read_records(lines: Iterable[str], delimiter: str, width: int = 0, first_line: int = 1) -> Iterator[TableRecord]:
    """Every row of the lines; blank lines are none. `width`: how many fields a row has, 0 when that is not known.

    A row over several lines is taken only when its quotes are sound and it does not look like several rows; else its
    first line alone is a fault, which names the lines that the quote reached, and reading goes on with the second.
    """
    source = _Lines(iter(lines))
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True)
    line = first_line
    taken = source.taken
    while True:
        fault = ""
        values: Sequence[str] | None
        try:
            values = next(reader, None)
        except csv.Error as error:
            values, fault = [], f"cannot be split into fields ({error})"
        if values is None:
            return
        if len(taken) > 1 and (fault or not _is_one_row(taken, values, delimiter, width)):
            reach = line + len(taken) - 1
            yield TableRecord(
                line,
                _cells_of(taken[0], delimiter),
                f"lines {line} to {reach}: a quotation mark opened on line {line} is not closed where its field ends; "
                f"line {line} was not taken, those after it were read each for itself",
            )
            source.put_back()
            reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True)
            line += 1
        else:
            if fault:
                yield TableRecord(line, [], f"line {line} {fault}")
            elif values:
                yield TableRecord(line, values)
            line += len(taken)
        taken.clear()


def _is_one_row(lines: Sequence[str], values: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether these lines together are one row with line ends inside its quotes."""
    if width and (len(values) < width or any(values[width:])):
        return False
    inside = sum(value.count(delimiter) for value in values if "\n" in value or "\r" in value)
    if inside >= max(width - 1, 1) * (len(lines) - 1) and width != 1:
        return False  # whole rows lie inside the quotes
    try:
        strict = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        return False
    return len(strict) == 1


def _cells_of(line: str, delimiter: str) -> list[str]:
    """The fields of a line whose quotes mean nothing, to find its row by."""
    return [cell.strip().strip('"') for cell in line.split(delimiter)]


def delimiter_of(header: str) -> str:
    """The sign between the fields of a header line: the one that parts it into the most fields."""
    return max(DELIMITERS, key=header.count) if any(sign in header for sign in DELIMITERS) else ","
