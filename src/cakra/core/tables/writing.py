"""CSV in which no formula comes alive: the only writer of CSV that the product has."""

import csv
import unicodedata
from collections.abc import Iterable
from typing import Any, Protocol

_FORMULA_SIGNS = frozenset("=+-@\t\r\n")


class TextSink(Protocol):
    """What text can be written to."""

    def write(self, text: str, /) -> object:
        """Take the text."""


class TableWriter:
    """Writes rows as CSV to `sink`; texts that a spreadsheet would take for a formula get an apostrophe before them."""

    def __init__(self, sink: TextSink) -> None:
        self._writer = csv.writer(sink)

    def row(self, values: Iterable[Any]) -> None:
        """One row."""
        self._writer.writerow([defused(value) if isinstance(value, str) else value for value in values])

    def rows(self, rows: Iterable[Iterable[Any]]) -> None:
        """Several rows."""
        for values in rows:
            self.row(values)


class _Joined:
    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> None:
        self.parts.append(text)


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """The rows as one text."""
    sink = _Joined()
    TableWriter(sink).rows(rows)
    return "".join(sink.parts)


def defused(text: str) -> str:
    """The text, behind an apostrophe if a spreadsheet might run it (`=`, `+`, `-`, `@`, tab, line end, full-width)."""
    for sign in text:
        if unicodedata.category(sign) in {"Cf", "Zs"}:  # blanks and invisible signs before it do not help
            continue
        plain = unicodedata.normalize("NFKC", sign)[:1]
        return f"'{text}" if plain in _FORMULA_SIGNS or sign == "\u2212" else text
    return text
