"""How many cases there are: exact while they are few, else by the statistics; what waits is counted to a bound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cakra.core.states.journey import TABLE
from cakra.core.states.moves import Mover
from cakra.doors.officer.deps import OfficerDeps
from cakra.doors.officer.entrance.session import SQL
from cakra.store.db import Pool

MOST_WAITING = 1_000
"""More than this waiting in one state is only said to be more."""
_COUNTED = 20_000
_KEPT = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Pile:
    """What waits for an officer in one state, counted up to one more than `MOST_WAITING`."""

    cases: int
    oldest: datetime

    def __str__(self) -> str:
        return count_words(self.cases)


@dataclass(frozen=True, slots=True)
class Total:
    """Cases by state. `about`: estimated; then rare states may be missing and figures are round."""

    cases: Mapping[str, int] = field(default_factory=dict)
    about: bool = False

    @property
    def all(self) -> int:
        """Of every state."""
        return sum(self.cases.values())


class CaseCounts:
    """Cases by state, asked for at most once in a while of the same offices."""

    def __init__(self, deps: OfficerDeps) -> None:
        self._deps = deps
        self._known: dict[tuple[str, ...] | None, tuple[datetime, Total]] = {}

    async def read(self, jurisdictions: Sequence[str] | None = None) -> Total:
        """As it was at most fifteen seconds ago, in all offices or in those of `jurisdictions`."""
        at, key = self._deps.clock(), None if jurisdictions is None else tuple(jurisdictions)
        known = self._known.get(key)
        if known is None or not timedelta() <= at - known[0] < _KEPT:
            self._known = {old: one for old, one in self._known.items() if timedelta() <= at - one[0] < _KEPT}
            known = self._known[key] = at, await count_cases(self._deps.pool, jurisdictions=jurisdictions)
        return known[1]


async def count_cases(pool: Pool, most: int = _COUNTED, *, jurisdictions: Sequence[str] | None = None) -> Total:
    """Every case by state where there are at most so many; else about how many, as far as the statistics know.

    Without statistics of many cases, and of some offices only, the figures are those of the first `most`.
    """
    if jurisdictions is not None:
        found = {row["state"]: row["cases"] for row in await pool.fetch(SQL.count_states_of, most + 1, jurisdictions)}
        return Total(found, about=sum(found.values()) > most)
    about = {row["state"]: row["cases"] for row in await pool.fetch(SQL.about_states)}
    if sum(about.values()) > most:
        return Total({state: _rounded(cases) for state, cases in about.items()}, about=True)
    exact = {row["state"]: row["cases"] for row in await pool.fetch(SQL.count_states, most + 1)}
    return Total(exact, about=sum(exact.values()) > most)


async def read_piles(pool: Pool, jurisdictions: Sequence[str] | None = None) -> dict[str, Pile]:
    """State → what waits in it for an officer, in all offices or in those of `jurisdictions`."""
    rows = await pool.fetch(SQL.desk_counts, MOST_WAITING + 1, jurisdictions)
    return {row["state"]: Pile(row["cases"], row["oldest"]) for row in rows}


def count_words(cases: int) -> str:
    """A count as people read it."""
    return str(cases) if cases <= MOST_WAITING else f"{MOST_WAITING}+"


def by_mover(total: Total, piles: Mapping[str, Pile]) -> dict[str, list[tuple[str, int]]]:
    """Who has the next action → (state, cases). What the machine left to an officer in its own states is his."""
    movers: dict[str, list[tuple[str, int]]] = {}
    for state, stage in TABLE.items():
        waiting = piles[state.value].cases if state.value in piles else 0
        count = max(total.cases.get(state.value, 0), waiting) if total.about else total.cases.get(state.value, 0)
        left = min(count, waiting) if stage.mover is not Mover.OFFICER else 0
        for mover, cases in ((Mover.OFFICER.value, left), (stage.mover.value, count - left)):
            if cases:
                movers.setdefault(mover, []).append((state.value, cases))
    return movers


def _rounded(cases: int) -> int:
    """To two figures: a sample knows no more."""
    return round(cases, 2 - len(str(cases)))
