"""Reading the law's TOML text into typed rows, collecting every fault instead of stopping at the first."""

import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from cakra.core.errors import SetupError
from cakra.core.foreign import time_zone

Kind = TypeVar("Kind", bound=StrEnum)
Row = Mapping[str, object]


class LawDataInvalid(SetupError):
    """A law file contradicts itself or cannot be read; `problems` has one sentence for each fault."""

    code = "law_data"

    def __init__(self, problems: Sequence[str], what: str = "the law files cannot be used") -> None:
        super().__init__(f"{what}:\n- " + "\n- ".join(problems))
        self.problems = tuple(problems)


class Field:
    """One row of a law file. Each reader method notes a fault in `problems` and returns a harmless value."""

    def __init__(self, where: str, row: Row, problems: list[str]) -> None:
        self.where = where
        self._row = row
        self._problems = problems
        self._seen: set[str] = set()

    def fault(self, sentence: str) -> None:
        """Note what is wrong with this row."""
        self._problems.append(f"{self.where}: {sentence}")

    def _take(self, key: str, *, needed: bool) -> object:
        self._seen.add(key)
        value = self._row.get(key)
        if value is None and needed:
            self.fault(f"{key} is missing")
        return value

    def _wrong(self, key: str, value: object, wanted: str) -> None:
        self.fault(f"{key} = {value!r} is not {wanted}")

    def text(self, key: str, *, needed: bool = True) -> str:
        """A text, empty when absent; an empty text where one is needed is a fault."""
        value = self._take(key, needed=needed)
        if isinstance(value, str):
            if needed and not value.strip():
                self.fault(f"{key} is empty")
            return value.strip()
        if value is not None:
            self._wrong(key, value, "a text")
        return ""

    def number(self, key: str, *, needed: bool = True, most: int | None = None) -> int | None:
        """A whole number of zero or more, and at most `most`."""
        value = self._take(key, needed=needed)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong(key, value, "a whole number")
            return None
        if value < 0:
            self._wrong(key, value, "zero or more")
            return None
        if most is not None and value > most:
            self._wrong(key, value, f"{most} or less")
            return None
        return value

    def real(self, key: str, *, above: float, most: float) -> float:
        """A number greater than `above` and at most `most`; `most` itself where it is none."""
        value = self._take(key, needed=True)
        if value is None:
            return most
        if isinstance(value, bool) or not isinstance(value, int | float) or not above < value <= most:
            self._wrong(key, value, f"a number above {above:g} and at most {most:g}")
            return most
        return float(value)

    def day(self, key: str, *, needed: bool = True) -> date | None:
        """A TOML date, such as 2026-01-02."""
        value = self._take(key, needed=needed)
        if value is None:
            return None
        if type(value) is not date:
            self._wrong(key, value, "a date such as 2026-01-02")
            return None
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Either true or false."""
        value = self._take(key, needed=False)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._wrong(key, value, "true or false")
            return default
        return value

    def texts(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key, needed=needed)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._wrong(key, value, "a list of texts")
            return ()
        return tuple(value)

    def choice(self, key: str, kind: type[Kind]) -> Kind | None:
        """One word of a closed set."""
        value = self._take(key, needed=True)
        return None if value is None else self._member(key, value, kind)

    def choices(self, key: str, kind: type[Kind]) -> frozenset[Kind]:
        """Several words of a closed set."""
        members = (self._member(key, value, kind) for value in self.texts(key))
        return frozenset(member for member in members if member is not None)

    def _member(self, key: str, value: object, kind: type[Kind]) -> Kind | None:
        if isinstance(value, str) and value in tuple(kind):
            return kind(value)
        self._wrong(key, value, "one of " + ", ".join(kind))
        return None

    def span(self) -> tuple[date, date | None]:
        """`valid_from` and `valid_to`: inclusive days, open when the second is absent."""
        first, last = self.day("valid_from"), self.day("valid_to", needed=False)
        if first is not None and last is not None and last < first:
            self.fault(f"valid_to {last} is before valid_from {first}")
        return first or date.max, last

    def zone(self) -> ZoneInfo:
        """The row's `zone`, a name such as Asia/Jakarta."""
        name = self.text("zone")
        zone = time_zone(name or "UTC")
        if zone is None:
            self.fault(f"zone {name!r} is not a known time zone; write one such as Asia/Jakarta")
        return zone or ZoneInfo("UTC")

    def rows(self, key: str, named: str) -> Iterator["Field"]:
        """The tables under `key`, each a row of its own."""
        self._seen.add(key)
        yield from _rows(self._row.get(key), f"{self.where} {key}", named, self._problems)

    def finish(self) -> None:
        """Note keys nobody asked for: a misspelt key must not be silently ignored."""
        for key in self._row.keys() - self._seen:
            self.fault(f"{key} is not a known key")


def read_document(name: str, text: str, problems: list[str]) -> Field:
    """The file `name` as one row; a file that is no TOML is one fault and an empty row."""
    try:
        return Field(name, tomllib.loads(text), problems)
    except (ValueError, RecursionError) as error:  # tomllib's own error, a number of thousands of digits, deep nesting
        problems.append(f"{name}: not readable as TOML: {error}")
        return Field(name, {}, problems)


def refuse(problems: Sequence[str]) -> None:
    """Raise LawDataInvalid when there is any problem."""
    if problems:
        raise LawDataInvalid(problems)


def holds(first: date, last: date | None, day: date) -> bool:
    """Whether the day lies in the inclusive span (None: without end)."""
    return first <= day and (last is None or day <= last)


def overlapping(spans: Sequence[tuple[date, date | None]]) -> bool:
    """Whether two inclusive spans of days share a day (None: without end)."""
    ordered = sorted(spans, key=lambda span: span[0])
    return any(last is None or following <= last for (_, last), (following, _) in itertools.pairwise(ordered))


def _rows(value: object, where: str, named: str, problems: list[str]) -> Iterator[Field]:
    if value is None:
        return
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        problems.append(f"{where}: must be a list of tables")
        return
    for place, row in enumerate(value, start=1):
        yield Field(f"{where} {row.get(named, f'number {place}')}", row, problems)
