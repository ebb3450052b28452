"""Months of the books, forecasts, and when a budget alarms. Pure; amounts are whole millionths of a rupiah."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from cakra.core.delivery.tariff import BOOKS_ZONE, MICRO
from cakra.core.errors import InputError

NEAR_PERCENT = 80
RECENT_DAYS = 7
_TICK, _DAY = timedelta(microseconds=1), timedelta(days=1)
_DECEMBER = 12
_FIRST_YEAR, _LAST_YEAR = 2000, 2999  # a typing mistake beyond


class BudgetAlarm(StrEnum):
    """Why a budget asks for attention, mildest first."""

    FORECAST = "forecast"  # at this pace the month ends above it
    NEAR = "near"  # four fifths are spent
    REACHED = "reached"  # all of it is spent


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the month may cost in the end; None where it is too early to say.

    `straight_line`: as much an hour as the month had until now; `recent`: what is spent, and for the rest of the
    month the mean of the last complete days (`recent_days` of them, at most seven).
    """

    straight_line: int | None
    recent: int | None
    recent_days: int

    @property
    def highest(self) -> int | None:
        """The more careful of the two."""
        known = [amount for amount in (self.straight_line, self.recent) if amount is not None]
        return max(known, default=None)


def month_of(instant: datetime) -> date:
    """The first day of the month of the books that an instant falls into."""
    return instant.astimezone(BOOKS_ZONE).date().replace(day=1)


def following(month: date) -> date:
    """The first day of the month after this one."""
    return date(month.year + month.month // _DECEMBER, month.month % _DECEMBER + 1, 1)


def read_month(text: str) -> date:
    """A month as people type it, `2026-11`; InputError else."""
    try:
        month = datetime.strptime(text.strip(), "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError as problem:
        raise InputError(f"{text!r} is no month; write it as 2026-11.") from problem
    if not _FIRST_YEAR <= month.year <= _LAST_YEAR:
        raise InputError(f"{text!r} is no month of the books; write it as 2026-11.")
    return month


def begins(day: date) -> datetime:
    """The first instant of a day of the books, UTC."""
    return datetime.combine(day, time(), BOOKS_ZONE).astimezone(UTC)


def forecast(days: Mapping[date, int], month: date, at: datetime) -> Forecast:
    """From what each day cost, the month's and those of the week before it."""
    start, end = begins(month), begins(following(month))
    spent = sum(amount for day, amount in days.items() if month <= day < following(month))
    if at >= end:
        return Forecast(spent, spent, 0)
    span, gone = (end - start) // _TICK, (at - start) // _TICK
    straight = spent * span // gone if at - start >= _DAY else None
    today = at.astimezone(BOOKS_ZONE).date()
    first = min((day for day in days if day < today), default=today)
    recent_days = max(0, min(RECENT_DAYS, (today - first).days))
    if not recent_days or at < start:
        return Forecast(straight, None, 0)
    lately = sum(days.get(today - timedelta(days=back), 0) for back in range(1, recent_days + 1))
    left = (end - at) // _TICK
    return Forecast(straight, spent + lately * left // (recent_days * (_DAY // _TICK)), recent_days)


def alarms(spent: int, foreseen: Forecast, budget_rupiah: int) -> tuple[BudgetAlarm, ...]:
    """Every alarm that holds, mildest first."""
    limit = budget_rupiah * MICRO
    return tuple(
        alarm
        for alarm, holds in (
            (BudgetAlarm.FORECAST, (foreseen.highest or 0) > limit),
            (BudgetAlarm.NEAR, spent * 100 >= limit * NEAR_PERCENT),
            (BudgetAlarm.REACHED, spent >= limit),
        )
        if holds
    )
