"""Where the bars of a month stand: one a day, the channels upon each other. Pure; lengths are of the picture's box."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cakra.core.delivery.tariff import whole_rupiah
from cakra.delivery.costs.books import Books
from cakra.delivery.costs.rules import following

WIDTH, HEIGHT = 720.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 96.0, 4.0, 12.0, 26.0
_STEPS = (1, 2, 5)
_TICKS = 4
_LABEL_DAYS = frozenset({1, 5, 10, 15, 20, 25, 30})


@dataclass(frozen=True, slots=True)
class Bar:
    """One channel's part of one day."""

    channel: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Plot:
    """The picture: bars, the heights of rupiah on its left, the days beneath."""

    bars: Sequence[Bar]
    amounts: Sequence[tuple[float, int]]
    days: Sequence[tuple[float, int]]

    @property
    def box(self) -> str:
        """The picture's own coordinates."""
        return f"0 0 {WIDTH:.0f} {HEIGHT:.0f}"

    @property
    def floor(self) -> float:
        """Where nothing stands."""
        return HEIGHT - BOTTOM


def plot_of(books: Books) -> Plot:
    """The bars of a month; the scale ends at a round number above the highest day."""
    days = [books.month + timedelta(days=n) for n in range((following(books.month) - books.month).days)]
    stacks = {day: _amounts(books, day) for day in days}
    step = _step(max((sum(stack.values()) for stack in stacks.values()), default=0))
    top = max(step * _TICKS, 1)
    room, width = HEIGHT - TOP - BOTTOM, (WIDTH - LEFT - RIGHT) / len(days)
    bars: list[Bar] = []
    for place, day in enumerate(days):
        foot = HEIGHT - BOTTOM
        for channel, amount in stacks[day].items():
            height = room * amount / top
            foot -= height
            if amount:
                bars.append(
                    Bar(channel, round(LEFT + place * width + 1, 1), round(foot, 1), round(width - 2, 1), height)
                )
    amounts = [(round(HEIGHT - BOTTOM - room * step * tick / top, 1), step * tick) for tick in range(_TICKS + 1)]
    labels = [(round(LEFT + (n + 0.5) * width, 1), day.day) for n, day in enumerate(days) if day.day in _LABEL_DAYS]
    return Plot(bars, amounts, labels)


def _amounts(books: Books, day: date) -> Mapping[str, int]:
    return {one.channel: whole_rupiah(one.days[day].micro_rupiah) if day in one.days else 0 for one in books.channels}


def _step(highest: int) -> int:
    """The smallest of 1, 2, 5, 10, 20 … of which four reach the highest."""
    scale = 1
    while True:
        for step in _STEPS:
            if step * scale * _TICKS >= highest:
                return step * scale
        scale *= 10
