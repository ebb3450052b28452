"""What a message costs, as data that has a day from which it holds. Pure; whole millionths of a rupiah.

A price that nobody confirmed is a planning figure and is shown as one. What is estimated when the provider takes a
message is corrected by its receipts: some messages are free, some are charged only once delivered.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NewType
from zoneinfo import ZoneInfo

from cakra.core.errors import SetupError
from cakra.core.ports import Channel, SendResult, SendState

MicroRupiah = NewType("MicroRupiah", int)
"""A millionth of a rupiah: a provider's price has fractions of a rupiah, our sums have none of a micro-rupiah."""

ANY = "*"
MICRO = 1_000_000
BOOKS_ZONE = ZoneInfo("Asia/Jakarta")
"""Whose days and months the books know."""

ChargedWhen = Literal["accepted", "delivered"]
_CHARGED: dict[str, ChargedWhen] = {"accepted": "accepted", "delivered": "delivered"}


@dataclass(frozen=True, slots=True)
class Tariff:
    """One price from a day on. `each`: of a message; `further`: of each page or segment after the first."""

    channel: Channel
    provider: str
    category: str
    effective_from: date
    each: MicroRupiah
    further: MicroRupiah
    charged_when: ChargedWhen
    confirmed: bool
    source: str

    def price(self, units: int) -> MicroRupiah:
        """What one message of so many pages or segments costs."""
        return MicroRupiah(self.each + max(0, units - 1) * self.further)


@dataclass(frozen=True, slots=True)
class ChannelTariff:
    """The prices of one channel through one provider, in one category, newest first."""

    rows: tuple[Tariff, ...] = ()

    def at(self, instant: datetime) -> Tariff | None:
        """The row in force on that day of the books; None without any."""
        day = instant.astimezone(BOOKS_ZONE).date()
        return next((row for row in self.rows if row.effective_from <= day), None)

    def estimate(self, instant: datetime, units: int = 1) -> MicroRupiah:
        """What a message taken then will cost; zero where no price is known."""
        row = self.at(instant)
        return MicroRupiah(0) if row is None else row.price(units)

    def charged(self, result: SendResult, instant: datetime) -> MicroRupiah | None:
        """What a provider's answer costs, as far as is known then; None for what it did not take."""
        return self.estimate(instant, result.units) if result.state is SendState.ACCEPTED else None

    def free_when_failed(self, instant: datetime) -> bool:
        """Whether a message that was taken and then failed costs nothing."""
        row = self.at(instant)
        return row is None or row.charged_when == "delivered"

    def cost(
        self, known: int | None, instant: datetime, *, taken: bool, proof: str | None, billable: bool | None
    ) -> MicroRupiah | None:
        """What one attempt costs by all that is known of it now; None: nothing was charged as far as we know.

        `known`: its cost until now; `taken`: the provider accepted it; `proof`: the furthest receipt; `billable`: the
        provider's own word. The order in which these came does not matter: any receipt, of a failure too, shows that
        the provider had taken the message.
        """
        if billable is False:
            return MicroRupiah(0)
        if proof == "failed" and billable is None and self.free_when_failed(instant):
            return MicroRupiah(0)
        if taken or billable or proof:
            return MicroRupiah(known or self.estimate(instant))
        return None if known is None else MicroRupiah(known)


FREE = ChannelTariff()
"""No price is known."""


@dataclass(frozen=True, slots=True)
class Tariffs:
    """All prices of one file."""

    rows: tuple[Tariff, ...] = ()

    def of(self, channel: Channel, provider: str = ANY, category: str = ANY) -> ChannelTariff:
        """The prices of a channel; rows that name the provider and the category come before those for any."""
        fitting = [
            row
            for row in self.rows
            if row.channel is channel and row.provider in {ANY, provider} and row.category in {ANY, category}
        ]
        best = max(((row.provider != ANY, row.category != ANY) for row in fitting), default=None)
        chosen = [row for row in fitting if (row.provider != ANY, row.category != ANY) == best]
        return ChannelTariff(tuple(sorted(chosen, key=lambda row: row.effective_from, reverse=True)))


def parse_tariffs(text: str) -> Tariffs:
    """The prices of a TOML file; SetupError names the row and what is wrong with it."""
    try:
        rows = list(tomllib.loads(text, parse_float=Decimal)["tariff"])
    except (ValueError, ArithmeticError, RecursionError, KeyError, TypeError) as problem:
        raise SetupError(f"The tariff file cannot be read: {problem}.") from problem
    tariffs = tuple(_tariff(place, row) for place, row in enumerate(rows, 1))
    marks = [(row.channel, row.provider, row.category, row.effective_from) for row in tariffs]
    if doubled := next((mark for mark in marks if marks.count(mark) > 1), None):
        told = ", ".join(str(part) for part in doubled)
        raise SetupError(f"Two tariffs hold for {told}; keep one.")
    return Tariffs(tariffs)


def _tariff(place: int, row: dict[str, Any]) -> Tariff:
    try:
        return Tariff(
            Channel(row["channel"]),
            row.get("provider", ANY),
            row.get("category", ANY),
            row["effective_from"],
            micro_rupiah(row["rupiah"]),
            micro_rupiah(row.get("rupiah_further", 0)),
            _CHARGED[row["charged_when"]],
            row["confirmed"] is True,
            row["source"],
        )
    except (KeyError, ValueError, TypeError) as problem:
        raise SetupError(f"Tariff {place} is not complete or not understood: {problem!r}.") from problem


def micro_rupiah(amount: object) -> MicroRupiah:
    """A price in rupiah as written, `356.65`, in millionths; ValueError below zero or with more than six decimals."""
    try:
        exact = Decimal(str(amount)) * MICRO
        whole = int(exact)
    except (InvalidOperation, OverflowError, ValueError) as problem:
        raise ValueError(f"{amount!r} is no price in rupiah; write it as 356.65") from problem
    if exact < 0 or exact != whole:
        raise ValueError(f"{amount!r} rupiah is below zero or has more than six decimals")
    return MicroRupiah(whole)


def whole_rupiah(micro: int) -> int:
    """Millionths rounded to the nearest rupiah, halves away from zero; for showing sums, never for adding them."""
    half = MICRO // 2
    return (micro + half) // MICRO if micro >= 0 else -((-micro + half) // MICRO)
