"""How long what is kept is kept, and from when a case may be erased. Pure. Source: the policy `retention`.

`class_of` says which class a case belongs to, `erasable_from` from which instant it may be erased (None: it may not).
"""

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import product
from typing import Any

from cakra.core.errors import SetupError
from cakra.core.policy.kind import Scope
from cakra.core.states.journey import State
from cakra.core.tables.toml import only_table

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_MOST_DAYS, _MOST_YEARS = 36_500, 100
_SOME_DAY = datetime(2027, 1, 1, tzinfo=UTC)
"""Times in days and in years are compared from here: the first day of a year of 365 days, the shortest."""


class RetentionClass(StrEnum):
    """What is kept for one time: four classes of rows beside six of cases."""

    REJECTED = "rejected"  # no offence, or not proved; nobody was ever told
    DIVERTED = "diverted"  # another authority's vehicle; nobody was ever told
    WITHDRAWN = "withdrawn"  # taken back after somebody was told
    UNANSWERED = "unanswered"  # nobody answered, or nobody could be reached, and nothing was charged
    UNPAID = "unpaid"  # charged, and nobody paid
    SETTLED = "settled"  # verdict and refund are over
    PAYMENT = "payment"  # deposit codes and what was paid on them
    STAFF_LOG = "staff_log"  # what officers looked at, did in quarantine, and were refused
    AGREEMENT = "agreement"  # whether an officer confirmed a camera's reading
    RUN = "run"  # the list of erasures itself, and holds that have ended


OF_CASES = tuple(RetentionClass)[:6]
OF_RECORDS = tuple(RetentionClass)[6:]
# Of the two, the second must not be kept for a shorter time than the first.
_RISING = (
    (RetentionClass.REJECTED, RetentionClass.WITHDRAWN),
    (RetentionClass.UNANSWERED, RetentionClass.UNPAID),
    (RetentionClass.SETTLED, RetentionClass.PAYMENT),
    (RetentionClass.UNPAID, RetentionClass.PAYMENT),
    (RetentionClass.WITHDRAWN, RetentionClass.PAYMENT),
)


@dataclass(frozen=True, slots=True)
class Span:
    """So many days, or so many calendar years; one of the two is 0."""

    days: int = 0
    years: int = 0

    def after(self, at: datetime) -> datetime:
        """The instant (UTC) this long after `at`; 29 February and some years is 1 March where there is none."""
        at = at.astimezone(UTC)
        try:
            if not self.years:
                return at + timedelta(days=self.days)
            year = at.year + self.years
            if (at.month, at.day) == (2, 29) and not calendar.isleap(year):
                return at.replace(year=year, month=3, day=1)
            return at.replace(year=year)
        except (OverflowError, ValueError):
            return _LAST

    def before(self, at: datetime) -> datetime:
        """The latest instant (UTC) that is known to lie this long before `at`: `after` of it is not later than `at`."""
        at = at.astimezone(UTC)
        try:
            if not self.years:
                return at - timedelta(days=self.days)
            year = at.year - self.years
            if (at.month, at.day) == (2, 29) and not calendar.isleap(year):
                return at.replace(year=year, day=28)
            return at.replace(year=year)
        except (OverflowError, ValueError):
            return _FIRST

    def __str__(self) -> str:
        """As an operator reads it."""
        number, unit = (self.years, "year") if self.years else (self.days, "day")
        return f"{number} {unit}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long one class is kept. `certain`: a published source says so; else it is our own, to be confirmed."""

    name: RetentionClass
    span: Span
    certain: bool
    source: str


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """One rule for every class."""

    rules: Mapping[RetentionClass, RetentionRule]

    def span(self, which: RetentionClass) -> Span:
        """How long this class is kept."""
        return self.rules[which].span


@dataclass(frozen=True, slots=True)
class KeptCase:
    """What decides about one case. `since`: when it came to its state.

    `told`: a notice was ever made, or its delivery proved; `charged`: a payment record (deposit code) exists; `waits`:
    the machine still has something to do with it, or with a notice of it; `held`: a legal hold stands.
    """

    state: State
    since: datetime
    told: bool
    charged: bool
    waits: bool = False
    held: bool = False


# No edition goes below: payment data by the national payment standard (SNAP), the log because its table refuses.
_LEAST: Mapping[RetentionClass, Span] = {
    RetentionClass.PAYMENT: Span(years=10),
    RetentionClass.STAFF_LOG: Span(years=1),
}


def class_of(state: State, *, told: bool, charged: bool) -> RetentionClass | None:
    """The class of a case that stands in this state; None while somebody still owes it something."""
    match state:
        case State.REJECTED | State.DIVERTED | State.WITHDRAWN if told or charged:
            return RetentionClass.WITHDRAWN
        case State.REJECTED | State.WITHDRAWN:
            return RetentionClass.REJECTED
        case State.DIVERTED:
            return RetentionClass.DIVERTED
        case State.LAPSED | State.UNDELIVERABLE:
            return RetentionClass.UNPAID if charged else RetentionClass.UNANSWERED
        case State.CLOSED | State.REFUNDED | State.FORFEITED:
            return RetentionClass.SETTLED
        case _:
            return None


def erasable_from(policy: RetentionPolicy, kept: KeptCase) -> datetime | None:
    """The instant (UTC) from which the case may be erased; None: not as it stands."""
    which = class_of(kept.state, told=kept.told, charged=kept.charged)
    if which is None or kept.held or kept.waits:
        return None
    return policy.span(which).after(kept.since)


def states_of(which: RetentionClass) -> tuple[State, ...]:
    """The states in which a case can belong to this class."""
    both = (False, True)
    return tuple(
        state
        for state in State
        if any(class_of(state, told=told, charged=charged) is which for told, charged in product(both, both))
    )


def parse_retention(text: str) -> RetentionPolicy:
    """The policy of a TOML file; SetupError names the row and what is wrong with it."""
    try:
        rows = only_table(text, "class")
    except (ValueError, RecursionError, KeyError) as problem:
        raise SetupError(f"The file of retention times cannot be read: {problem}.") from problem
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SetupError("The file of retention times cannot be read: it is no list of [[class]] tables.")
    found = [_rule(place, row) for place, row in enumerate(rows, 1)]
    rules = {rule.name: rule for rule in found}
    if len(rules) < len(found):
        raise SetupError("The file of retention times names a class twice; leave one row for each.")
    if missing := [name for name in RetentionClass if name not in rules]:
        raise SetupError(f"The file of retention times has no row for {', '.join(missing)}.")
    _check_order(rules)
    return RetentionPolicy(rules)


def _rule(place: int, row: dict[str, Any]) -> RetentionRule:
    where = f"Row {place} of the retention times"
    if unknown := row.keys() - {"name", "days", "years", "certain", "source"}:
        raise SetupError(f"{where} has an unknown key: {', '.join(sorted(unknown))}.")
    try:
        name = RetentionClass(row.get("name", ""))
    except ValueError:
        raise SetupError(f"{where} names no class; known are {', '.join(RetentionClass)}.") from None
    return RetentionRule(name, _span(where, row), *_grounds(where, row))


def _span(where: str, row: Mapping[str, Any]) -> Span:
    told = {unit: row[unit] for unit in ("days", "years") if unit in row}
    if len(told) != 1:
        raise SetupError(f"{where} must say either days or years.")
    ((unit, number),) = told.items()
    most = _MOST_DAYS if unit == "days" else _MOST_YEARS
    if type(number) is not int or not 1 <= number <= most:
        raise SetupError(f"{where}: {unit} must be a whole number from 1 to {most}.")
    return Span(**{unit: number})


def _grounds(where: str, row: Mapping[str, Any]) -> tuple[bool, str]:
    certain, source = row.get("certain"), row.get("source")
    if type(certain) is not bool or not isinstance(source, str) or not source.strip():
        raise SetupError(f"{where} must say its source, and certain = true or false.")
    return certain, source


def check_retention(policy: RetentionPolicy, _scope: Scope) -> Iterator[str]:
    """What is kept for a shorter time than a standard or the table allows, a sentence each."""
    for which, least in _LEAST.items():
        if policy.span(which).after(_SOME_DAY) < least.after(_SOME_DAY):
            yield f"{which} is kept {policy.span(which)}, and {least} is the least"


def _check_order(rules: Mapping[RetentionClass, RetentionRule]) -> None:
    """A longer duty must not end before a shorter one."""
    for shorter, longer in _RISING:
        if rules[longer].span.after(_SOME_DAY) < rules[shorter].span.after(_SOME_DAY):
            raise SetupError(
                f"The retention times contradict each other: {longer} ({rules[longer].span}) must not end before "
                f"{shorter} ({rules[shorter].span})."
            )
