"""`cakra cost …`: what delivery costs, against which budget, and where the month is going."""

import json
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.core.delivery.tariff import whole_rupiah
from cakra.core.money import format_rupiah, parse_rupiah, rupiah
from cakra.core.ports import Channel
from cakra.delivery.costs.books import Books, ChannelBooks, Spent, read_books
from cakra.delivery.costs.budgets import list_budgets, set_budget
from cakra.delivery.costs.rules import read_month
from cakra.kit.console import say, say_table
from cakra.wiring.outgoing.money import channel_tariffs
from cakra.wiring.world import World

cost = App(name="cost", help="See what delivery costs, and set budgets.")
budget = App(name="budget", help="What a channel may cost a month, and what happens when it is spent.")
cost.command(budget)
Month = Annotated[str, Parameter(help="The month, such as 2026-11; this one when left out.")]
_ALARMS = {"forecast": "will exceed", "near": "nearly spent", "reached": "SPENT"}


@cost.command
def report(
    *,
    month: Month = "",
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print everything as JSON.")] = False,
) -> None:
    """What each channel cost in a month, its budget, and two forecasts of the month's end.

    `straight` goes on as the month did until now, `recent` as its last complete days, at most seven. Prices that no
    contract confirms are planning figures and marked «planned».
    """
    wanted = read_month(month) if month else None
    books = in_world(lambda world: read_books(world.pool, channel_tariffs(world.settings), wanted), "cost")
    if as_json:
        say(json.dumps(_record(books), ensure_ascii=False))
        return
    columns = ["channel", "messages", "spent", "budget", "used", "straight", "recent", "price", "state"]
    rows = [_line(one) for one in books.channels]
    total = ["all", str(books.total.messages), format_rupiah(books.total.rupiah), "", "", "", "", "", ""]
    say_table(f"Delivery in {books.month:%Y-%m}", columns, [*rows, total])


def _line(one: ChannelBooks) -> list[str]:
    state = ", ".join(_ALARMS[alarm.value] for alarm in one.alarms)
    return [
        one.channel,
        str(one.total.messages),
        format_rupiah(one.total.rupiah),
        format_rupiah(one.budget.rupiah) if one.budget else "none",
        "" if one.share is None else f"{one.share:.0%}",
        _amount(one.forecast.straight_line),
        _amount(one.forecast.recent),
        _price(one),
        f"{state or 'ok'}{', held' if one.held else ''}",
    ]


def _amount(micro: int | None) -> str:
    return "too early" if micro is None else format_rupiah(whole_rupiah(micro))


def _price(one: ChannelBooks) -> str:
    if one.tariff is None:
        return "unknown"
    told = format_rupiah(whole_rupiah(one.tariff.each))
    return told if one.tariff.confirmed else f"{told} planned"


def _record(books: Books) -> dict[str, Any]:
    return {
        "month": f"{books.month:%Y-%m}",
        "at": books.at.isoformat(),
        "total": _spent(books.total),
        "channels": {one.channel: _channel(one) for one in books.channels},
    }


def _channel(one: ChannelBooks) -> dict[str, Any]:
    set_ = one.budget
    return {
        **_spent(one.total),
        "canaries": _spent(one.canaries),
        "senders": {name: _spent(spent) for name, spent in one.by_sender.items()},
        "jurisdictions": {name: _spent(spent) for name, spent in one.by_jurisdiction.items()},
        "days": {day.isoformat(): _spent(spent) for day, spent in one.days.items()},
        "forecast": {
            "straight_line_rupiah": _rounded(one.forecast.straight_line),
            "recent_rupiah": _rounded(one.forecast.recent),
            "recent_days": one.forecast.recent_days,
        },
        "budget": set_ and {"rupiah": set_.rupiah, "policy": set_.policy, "by": set_.set_by, "reason": set_.reason},
        "alarms": [alarm.value for alarm in one.alarms],
        "held": one.held,
        "price": one.tariff
        and {
            "micro_rupiah": one.tariff.each,
            "confirmed": one.tariff.confirmed,
            "charged_when": one.tariff.charged_when,
            "source": one.tariff.source,
        },
    }


def _spent(spent: Spent) -> dict[str, int]:
    return {"messages": spent.messages, "micro_rupiah": spent.micro_rupiah, "rupiah": spent.rupiah}


def _rounded(micro: int | None) -> int | None:
    return None if micro is None else whole_rupiah(micro)


@budget.command(name="set")
def set_one(
    channel: Annotated[Channel, Parameter(help="The channel.")],
    amount: Annotated[str, Parameter(help="Rupiah a month: 50000000 or Rp50.000.000.")],
    *,
    reason: Annotated[str, Parameter(help="Why; it is kept with the budget.")],
    username: ActingOfficer,
    policy: Annotated[
        Literal["alarm", "hold"],
        Parameter(help="When it is spent: only alarm, or leave the channel where another way is open."),
    ] = "alarm",
    month: Annotated[str, Parameter(help="The first month it holds for; this one when left out.")] = "",
) -> None:
    """Set a channel's budget from a month on, in a person's name; the password is asked for, or read from input."""
    money = rupiah(int(amount)) if amount.isdecimal() else parse_rupiah(amount)
    first = read_month(month) if month else None

    async def work(world: World) -> int:
        return await set_budget(world.pool, channel.value, money, policy, username, reason, from_month=first)

    acting(username, "cost budget set", work)
    say(f"{channel.value} has a budget of {format_rupiah(money)} a month; policy: {policy}.")


@budget.command(name="list")
def show_budgets() -> None:
    """List every budget that was ever set, by whom and why."""
    rows = [
        [
            one.channel,
            f"{one.from_month:%Y-%m}",
            format_rupiah(one.rupiah),
            one.policy,
            one.set_by,
            one.set_at.isoformat(" ", "seconds"),
            one.reason,
        ]
        for one in in_world(lambda world: list_budgets(world.pool), "cost")
    ]
    say_table("Budgets", ["channel", "from", "a month", "policy", "by", "set", "reason"], rows)
