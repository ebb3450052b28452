"""What the control room shows: every channel and sender, what waits, what left, and the pauses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.core.ports import Channel
from cakra.doors.officer.deps import OfficerDeps
from cakra.journey.dispatch.pausing import channels_now
from cakra.store.db import Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.doors.officer.control", "views.sql")
_LATELY = timedelta(hours=1)
_COUNTS_KEPT = timedelta(seconds=5)
SHOWN = 50


@dataclass(frozen=True, slots=True)
class SenderLine:
    """One official sender. `state`: open | paused | stopped | resting; `waits_until`: of a rest."""

    name: str
    state: str
    since: datetime | None
    waits_until: datetime | None
    reason: str
    handed_over: int
    refused: int


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One channel. `state`: open | paused | stopped | off (not used here); `waiting`: due and not claimed."""

    channel: str
    state: str
    since: datetime | None
    waiting: int
    handed_over: int
    senders: tuple[SenderLine, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages that wait, by (channel, jurisdiction); attempts of the last hour, by (channel, sender)."""

    at: datetime
    waiting: Mapping[tuple[str, str], int]
    attempts: Mapping[tuple[str, str], tuple[int, int]]

    def waiting_for(self, level: str, key: str, senders: Mapping[str, Sequence[str]]) -> int:
        """How many a pause holds; of a sender, what waits on its channel."""
        return sum(
            count for (channel, place), count in self.waiting.items() if _is_held(level, key, channel, place, senders)
        )


def _is_held(level: str, key: str, channel: str, place: str, senders: Mapping[str, Sequence[str]]) -> bool:
    match level:
        case "jurisdiction":
            return place == key
        case "channel":
            return channel == key
        case "sender":
            return key in senders.get(channel, ())
        case _:
            return True


class Counting:
    """Counts, read at most once in five seconds by one process: they cost as much as there is waiting."""

    def __init__(self, deps: OfficerDeps) -> None:
        self._deps = deps
        self._counts: Counts | None = None

    async def read(self) -> Counts:
        """The counts as of the last few seconds."""
        at = self._deps.clock()
        if self._counts is None or not timedelta() <= at - self._counts.at < _COUNTS_KEPT:
            waiting = await self._deps.pool.fetch(SQL.waiting)
            attempts = await self._deps.pool.fetch(SQL.left_lately, at - _LATELY)
            self._counts = Counts(
                at,
                {(row["channel"], row["jurisdiction"]): row["waiting"] for row in waiting},
                {(row["channel"], row["sender"]): (row["handed_over"], row["refused"]) for row in attempts},
            )
        return self._counts


async def read_channels(deps: OfficerDeps, counts: Counts) -> list[ChannelLine]:
    """Every channel there is, those in use first, each with its senders."""
    now = {one.channel: one for one in await channels_now(deps.pool, deps.senders)}
    known = {(row["channel"], row["sender"]): row for row in await deps.pool.fetch(SQL.sender_states)}
    paused = {row["key"]: row for row in await read_pauses(deps) if row["level"] == "sender" and not row["resumed_at"]}
    order = [*deps.senders, *(one.value for one in Channel if one.value not in deps.senders)]
    return [
        ChannelLine(
            channel,
            now[channel].state if channel in now else "off",
            now[channel].since if channel in now else None,
            sum(count for (of, _), count in counts.waiting.items() if of == channel),
            sum(done for (of, _), (done, _) in counts.attempts.items() if of == channel),
            tuple(
                _sender(
                    deps.clock(),
                    name,
                    known.get((channel, name)),
                    paused.get(name),
                    counts.attempts.get((channel, name)),
                )
                for name in deps.senders.get(channel, ())
            ),
        )
        for channel in order
    ]


async def read_pauses(deps: OfficerDeps) -> list[Row]:
    """Pauses in force, then the newest that ended."""
    return await deps.pool.fetch(SQL.pauses, SHOWN)


def _sender(
    at: datetime, name: str, known: "Row | None", pause: "Row | None", attempts: tuple[int, int] | None
) -> SenderLine:
    rest: datetime | None = known.get("rest_until") if known else None
    state, since, reason = "open", None, ""
    if known is not None and known["stopped"]:
        state, since, reason = "stopped", known["since"], known["reason"] or ""
    elif pause is not None:
        state, since, reason = "paused", pause["paused_at"], ""
    elif rest is not None and rest > at:
        state = "resting"
    return SenderLine(name, state, since, rest if state == "resting" else None, reason, *(attempts or (0, 0)))
