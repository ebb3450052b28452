"""The sums: what each channel cost in a month, with its budget and where it is going."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cakra.core.delivery.tariff import BOOKS_ZONE, ChannelTariff, Tariff, whole_rupiah
from cakra.core.ports import Channel
from cakra.delivery.costs.rules import RECENT_DAYS, BudgetAlarm, Forecast, alarms, following, forecast, month_of
from cakra.kit.clock import now
from cakra.store.db import Database, Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.costs")
FOLDED_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Budget:
    """What a channel may cost a month, from a month on. `policy`: alarm, or hold (then the next rung)."""

    budget_id: int
    channel: str
    from_month: date
    rupiah: int
    policy: str
    set_by: str
    set_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Spent:
    """How many messages, and what they cost in millionths of a rupiah."""

    messages: int = 0
    micro_rupiah: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.messages + other.messages, self.micro_rupiah + other.micro_rupiah)

    @property
    def rupiah(self) -> int:
        """Rounded, for showing."""
        return whole_rupiah(self.micro_rupiah)


@dataclass(frozen=True, slots=True)
class ChannelBooks:
    """One channel in one month. `total` includes canaries; `days`: every day until now or the month's end."""

    channel: str
    total: Spent
    canaries: Spent
    by_sender: Mapping[str, Spent]
    by_jurisdiction: Mapping[str, Spent]
    days: Mapping[date, Spent]
    forecast: Forecast
    budget: Budget | None
    alarms: tuple[BudgetAlarm, ...]
    held: bool
    tariff: Tariff | None

    @property
    def share(self) -> float | None:
        """Part of the budget that is spent."""
        return self.total.micro_rupiah / (self.budget.rupiah * 1e6) if self.budget else None


@dataclass(frozen=True, slots=True)
class Books:
    """All channels in one month, as seen at one instant."""

    month: date
    at: datetime
    channels: tuple[ChannelBooks, ...]

    @property
    def total(self) -> Spent:
        """Everything together."""
        return sum((one.total for one in self.channels), Spent())


async def fold_entries(pool: Pool) -> int:
    """Turn entries into sums; how many. A report is right before and after."""
    folded: int = await pool.fetchval(SQL.fold_entries, FOLDED_AT_ONCE)
    return folded


async def read_books(
    database: Database,
    tariffs: Mapping[str, ChannelTariff],
    month: date | None = None,
    at: datetime | None = None,
    *,
    jurisdictions: Collection[str] | None = None,
) -> Books:
    """The books of a month (this one when None is named): channels that were used, have a price or a budget.

    `jurisdictions`: what was spent for these offices only, without budgets and holds, which are the nation's.
    """
    at = at or now()
    month = month or month_of(at)
    rows = await database.fetch(SQL.spent, month - timedelta(days=RECENT_DAYS), following(month))
    budgets: dict[str, Budget] = {}
    held: set[str] = set()
    if jurisdictions is None:
        budgets = {row["channel"]: Budget(**row) for row in await database.fetch(SQL.budgets_in_force, month)}
        held = {row["channel"] for row in await database.fetch(SQL.holds) if row["month"] == month}
    else:
        rows = [row for row in rows if row["jurisdiction"] in jurisdictions]
    channels = [
        _channel(
            channel.value,
            [row for row in rows if row["channel"] == channel.value],
            month,
            at,
            budgets.get(channel.value),
            held=channel.value in held,
            tariff=tariffs[channel.value].at(at) if channel.value in tariffs else None,
        )
        for channel in Channel
    ]
    return Books(month, at, tuple(channels))


def _channel(
    channel: str,
    rows: Sequence[Row],
    month: date,
    at: datetime,
    budget: Budget | None,
    *,
    held: bool,
    tariff: Tariff | None,
) -> ChannelBooks:
    inside = [row for row in rows if row["day"] >= month]
    cases = [row for row in inside if row["kind"] == "case"]
    total = _sum(inside)
    amounts = {day: spent.micro_rupiah for day, spent in _by(rows, "day").items()}
    foreseen = forecast(amounts, month, at)
    return ChannelBooks(
        channel,
        total,
        _sum([row for row in inside if row["kind"] == "canary"]),
        _by(inside, "sender"),
        _by(cases, "jurisdiction"),
        _every_day(_by(inside, "day"), month, at),
        foreseen,
        budget,
        alarms(total.micro_rupiah, foreseen, budget.rupiah) if budget else (),
        held,
        tariff,
    )


def _sum(rows: Sequence[Row]) -> Spent:
    return sum((Spent(row["messages"], row["micro_rupiah"]) for row in rows), Spent())


def _by(rows: Sequence[Row], column: str) -> dict[Any, Spent]:
    sums: dict[Any, Spent] = {}
    for row in rows:
        sums[row[column]] = sums.get(row[column], Spent()) + Spent(row["messages"], row["micro_rupiah"])
    return sums


def _every_day(known: Mapping[date, Spent], month: date, at: datetime) -> dict[date, Spent]:
    """Days without a message too: a gap in a plot says something."""
    last = following(month) - timedelta(days=1)
    today = min(last, max(month, at.astimezone(BOOKS_ZONE).date(), *known))
    return {
        day: known.get(day, Spent()) for day in (month + timedelta(days=n) for n in range((today - month).days + 1))
    }
