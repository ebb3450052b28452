"""The editions of every kind, and which of them is in force where on which local day. Pure.

A jurisdiction's own edition comes before the nation's; of each the newest that has begun. Edition 0, the packaged
file, has always begun, so that exactly one is in force for every jurisdiction and day.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from cakra.core.errors import InputError, NotFound, SetupError
from cakra.core.policy.kind import PolicyKind
from cakra.core.states.deadline import NATIONAL

T = TypeVar("T")
_LABEL = re.compile(r"(?P<kind>[a-z_]{1,40})(:(?P<place>[A-Za-z0-9_-]{1,20})(/(?P<number>[0-9]{1,6}))?)?")
_CAPITAL = ZoneInfo("Asia/Jakarta")
_MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Edition:
    """One approved edition. Named `kind:jurisdiction/number`, as what was decided keeps it."""

    kind: str
    jurisdiction: str
    number: int
    valid_from: date
    text: str = field(repr=False)

    @property
    def label(self) -> str:
        """Its name, as `automation:PMJ/3`."""
        return f"{self.kind}:{self.jurisdiction}/{self.number}"


def read_label(text: str) -> tuple[str, str, int | None]:
    """Kind, jurisdiction and number of `automation:PMJ/3`; the nation where none is named. InputError."""
    found = _LABEL.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text[:80]!r} names no policy; write KIND:JURISDICTION/EDITION, as automation:PMJ/3.")
    return found["kind"], found["place"] or NATIONAL, None if found["number"] is None else int(found["number"])


@dataclass(frozen=True, slots=True)
class InForce(Generic[T]):
    """What an edition says, and its name."""

    label: str
    content: T


class Editions:
    """All approved editions with the packaged ones; never changed once made.

    `unreadable`: approved editions that this version of the program cannot read, with why; whoever needs one gets a
    SetupError, others are decided. SetupError at once for a packaged one.
    """

    def __init__(
        self, kinds: Iterable[PolicyKind[Any]], packaged: Mapping[str, str], approved: Iterable[Edition] = ()
    ) -> None:
        self.kinds = {kind.name: kind for kind in kinds}
        shelves: dict[tuple[str, str], list[Edition]] = defaultdict(list)
        for edition in approved:
            if edition.kind in self.kinds:  # of a newer program: nobody here asks for it
                shelves[edition.kind, edition.jurisdiction].append(edition)
        for name in self.kinds:
            shelves[name, NATIONAL].append(Edition(name, NATIONAL, 0, date.min, packaged[name]))
        self._shelves = {key: tuple(sorted(one, key=lambda each: each.valid_from)) for key, one in shelves.items()}
        self._days = {key: [one.valid_from for one in shelf] for key, shelf in self._shelves.items()}
        self.unreadable: dict[str, str] = {}
        self._read: dict[str, InForce[Any]] = {}
        for shelf in self._shelves.values():
            for edition in shelf:
                self._keep(edition)

    def _keep(self, edition: Edition) -> None:
        try:
            content = self.kinds[edition.kind].parse(edition.text)
        except SetupError as problem:
            if not edition.number:
                raise
            self.unreadable[edition.label] = problem.sentence
        else:
            self._read[edition.label] = InForce(edition.label, content)

    def _readable(self, label: str) -> InForce[Any]:
        if label in self.unreadable:
            raise SetupError(f"The policy {label} cannot be read: {self.unreadable[label]}")
        return self._read[label]

    def edition(self, kind: str, jurisdiction: str, day: date) -> Edition:
        """The edition in force there on that local day."""
        for code in (jurisdiction, NATIONAL):
            begun = bisect_right(self._days.get((kind, code), ()), day)
            if begun:
                return self._shelves[kind, code][begun - 1]
        raise KeyError(kind)

    def replaced(self, kind: str, jurisdiction: str, day: date) -> Edition:
        """What would be in force there on a day, had no edition of the jurisdiction's begun on that very day."""
        own = [one for one in self._shelves.get((kind, jurisdiction), ()) if one.valid_from < day]
        return own[-1] if own else self.edition(kind, NATIONAL, day)

    def in_force(self, kind: PolicyKind[T], jurisdiction: str, day: date) -> InForce[T]:
        """What is in force there on that local day."""
        return self._readable(self.edition(kind.name, jurisdiction, day).label)

    def of(self, kind: str) -> Sequence[Edition]:
        """Every edition of a kind, the packaged one first, then by jurisdiction and day."""
        found = [one for (name, _), shelf in self._shelves.items() if name == kind for one in shelf]
        return sorted(found, key=lambda one: (one.number != 0, one.jurisdiction, one.valid_from))

    def contents(self, kind: PolicyKind[T]) -> list[T]:
        """What every readable edition of a kind says, past and coming ones too."""
        return [self._read[one.label].content for one in self.of(kind.name) if one.label in self._read]

    def named(self, kind: PolicyKind[T], labels: str) -> InForce[T]:
        """The edition of that kind among the names that a decision kept; NotFound when it is not there."""
        for label in labels.split():
            if label.startswith(f"{kind.name}:") and label in self._read:
                return self._read[label]
        raise NotFound(f"No edition of {kind.name} is named in {labels!r}, or it is not on file.")


@dataclass(slots=True)
class PolicyBook:
    """The editions as this process knows them now; the store renews them when one is approved.

    `zones`: the time zone of each jurisdiction on file; until the store was read only the packaged editions are known.
    """

    editions: Editions
    zones: Mapping[str, tzinfo] = field(default_factory=dict)
    version: object = None
    _remembered: dict[tuple[str, str, date], InForce[Any]] = field(default_factory=dict, repr=False)

    def renew(self, editions: Editions, zones: Mapping[str, tzinfo], version: object = None) -> None:
        """From now on these hold. `version`: by which the store knows whether they are the newest."""
        self.editions, self.zones, self.version, self._remembered = editions, zones, version, {}

    def knows(self, jurisdiction: str) -> bool:
        """Whether the jurisdiction is on file."""
        return jurisdiction in self.zones

    def day_of(self, jurisdiction: str, instant: datetime) -> date:
        """The local day of an instant there; of the capital where the jurisdiction is not on file."""
        try:
            return instant.astimezone(self.zones.get(jurisdiction, _CAPITAL)).date()
        except OverflowError:  # at the edge of the calendar
            return instant.astimezone(UTC).date()

    def in_force(self, kind: PolicyKind[T], jurisdiction: str, day: date) -> InForce[T]:
        """What is in force there on that local day."""
        key = kind.name, jurisdiction, day
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = self.editions.in_force(kind, jurisdiction, day)
        return found

    def at(self, kind: PolicyKind[T], jurisdiction: str, instant: datetime) -> InForce[T]:
        """What is in force there on the local day of an instant: of a case, its violation."""
        return self.in_force(kind, jurisdiction, self.day_of(jurisdiction, instant))

    def nation(self, kind: PolicyKind[T], instant: datetime) -> T:
        """What the nation's edition says on that day in the capital."""
        return self.in_force(kind, NATIONAL, instant.astimezone(_CAPITAL).date()).content
