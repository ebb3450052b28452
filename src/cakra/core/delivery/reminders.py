"""When an owner is reminded. Pure. Source: `policy/data/reminders.toml`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cakra.core.delivery.ladder import ANY, require_rows
from cakra.core.errors import SetupError
from cakra.core.tables.toml import only_table, require_apart

_LATEST_DAY = 365
_KEYS = frozenset({"jurisdiction", "offence", "effective_from", "days", "from", "until", "source"})


@dataclass(frozen=True, slots=True)
class ReminderPolicy:
    """On which days after proved delivery, and in which local hours of them."""

    jurisdiction: str
    offence: str
    effective_from: date
    days: tuple[int, ...]
    from_: time
    until: time
    source: str

    def times(self, delivered: datetime, deadline: datetime, zone: ZoneInfo, spread: int) -> tuple[datetime, ...]:
        """The instants (UTC) of reminder 1, 2 …; only those before the deadline.

        `spread`: any number of the case's own; it chooses the second within the hours.
        """
        day = delivered.astimezone(zone).date()
        seconds = _seconds(self.until) - _seconds(self.from_)
        at = timedelta(seconds=_seconds(self.from_) + spread % seconds)
        midnight = [datetime.combine(day + timedelta(days=days), time()) for days in self.days]
        instants = [(local + at).replace(tzinfo=zone).astimezone(UTC) for local in midnight]
        return tuple(instant for instant in instants if instant < deadline)


def _seconds(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def parse_reminders(text: str) -> tuple[ReminderPolicy, ...]:
    """The policies of a TOML file; SetupError names the row and what is wrong with it."""
    try:
        rows = only_table(text, "reminders")
        policies = tuple(_policy(place, row) for place, row in enumerate(rows, 1))
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise SetupError(f"The file of reminders cannot be read: {problem}.") from problem
    if not any((one.jurisdiction, one.offence) == (ANY, ANY) for one in policies):
        raise SetupError("The file of reminders needs one row for everything: jurisdiction and offence «*».")
    require_apart("The file of reminders", [(one.jurisdiction, one.offence, one.effective_from) for one in policies])
    return policies


def _policy(place: int, row: dict[str, Any]) -> ReminderPolicy:
    try:
        require_rows(row, _KEYS)
        policy = ReminderPolicy(
            row["jurisdiction"],
            row["offence"],
            row["effective_from"],
            tuple(row["days"]),
            row["from"],
            row["until"],
            row["source"],
        )
        _check(policy)
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise SetupError(f"Row {place} of the reminders is not complete or not understood: {problem!r}.") from problem
    return policy


def _check(policy: ReminderPolicy) -> None:
    if list(policy.days) != sorted({int(day) for day in policy.days if type(day) is int and 0 < day <= _LATEST_DAY}):
        raise ValueError(f"days must be whole, rising and between 1 and {_LATEST_DAY}")
    if not (isinstance(policy.from_, time) and isinstance(policy.until, time) and policy.from_ < policy.until):
        raise ValueError("from and until must be two hours of one day, as 09:00:00 and 17:00:00")


def reminder_times(  # noqa: PLR0917 - one case, placed in its policies
    policies: Sequence[ReminderPolicy],
    jurisdiction: str,
    offences: Collection[str],
    delivered: datetime,
    deadline: datetime,
    zone: ZoneInfo,
    spread: int,
) -> tuple[datetime, ...]:
    """The instants of a case's reminders by the policy in force on the day of its delivery."""
    day = delivered.astimezone(zone).date()
    fitting = [
        one
        for one in policies
        if one.jurisdiction in {ANY, jurisdiction}
        and (one.offence == ANY or one.offence in offences)
        and one.effective_from <= day
    ]
    if not fitting:
        return ()
    chosen = max(fitting, key=lambda one: (one.jurisdiction != ANY, one.offence != ANY, one.effective_from))
    return chosen.times(delivered, deadline, zone, spread)


def due_now(times: Sequence[datetime], made: int, at: datetime) -> int:
    """The number of the reminder to make now, 0 for none. Of several that were missed only the last is made."""
    return max((number for number, due in enumerate(times, 1) if made < number and due <= at), default=0)


def due_next(times: Sequence[datetime], deadline: datetime, after: datetime) -> datetime:
    """When the case has to be looked at again: its next reminder, else its deadline."""
    return next((due for due in times if due > after), deadline)
