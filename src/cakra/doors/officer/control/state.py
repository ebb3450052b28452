"""What the control room shows: every channel and sender, what waits, what left, and the pauses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cakra.core.ports import Channel
from cakra.delivery.pause.pausing import ChannelNow, channels_now
from cakra.doors.officer.deps import OfficerDeps
from cakra.store.db import Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.doors.officer.control", "views.sql")
_LATELY = timedelta(hours=1)
_COUNTS_KEPT = timedelta(seconds=5)
SHOWN = 50


@dataclass(frozen=True, slots=True)
class SenderRow:
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
    senders: tuple[SenderRow, ...]


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """Messages that wait, by (channel, jurisdiction); attempts of the last hour, by (channel, sender)."""

    at: datetime
    waiting: Mapping[tuple[str, str], int]
    attempts: Mapping[tuple[str, str], tuple[int, int]]

    def of(self, jurisdictions: Sequence[str] | None) -> "MessageCounts":
        """The same with what waits in these offices only; None: in all."""
        if jurisdictions is None:
            return self
        return replace(self, waiting={key: count for key, count in self.waiting.items() if key[1] in jurisdictions})

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
        self._counts: MessageCounts | None = None

    async def read(self) -> MessageCounts:
        """The counts as of the last few seconds."""
        at = self._deps.clock()
        if self._counts is None or not timedelta() <= at - self._counts.at < _COUNTS_KEPT:
            waiting = await self._deps.pool.fetch(SQL.waiting)
            attempts = await self._deps.pool.fetch(SQL.left_lately, at - _LATELY)
            self._counts = MessageCounts(
                at,
                {(row["channel"], row["jurisdiction"]): row["waiting"] for row in waiting},
                {(row["channel"], row["sender"]): (row["handed_over"], row["refused"]) for row in attempts},
            )
        return self._counts


async def read_channels(deps: OfficerDeps, counts: MessageCounts) -> list[ChannelLine]:
    """Every channel there is, those in use first, each with its senders."""
    now = {one.channel: one for one in await channels_now(deps.pool, deps.senders)}
    known = {(row["channel"], row["sender"]): row for row in await deps.pool.fetch(SQL.sender_states)}
    pauses = {row["key"]: row["paused_at"] for row in await read_pauses(deps) if _is_of_sender(row)}
    lines = []
    for channel in (*deps.senders, *(one.value for one in Channel if one.value not in deps.senders)):
        here = now.get(channel, ChannelNow(channel, "off"))
        whole = here.since if here.state == "paused" else None
        senders = [
            _sender(deps.clock(), counts, (channel, name), known.get((channel, name)), pauses.get(name) or whole)
            for name in deps.senders.get(channel, ())
        ]
        waiting = sum(count for (of, _), count in counts.waiting.items() if of == channel)
        left = sum(done for (of, _), (done, _) in counts.attempts.items() if of == channel)
        lines.append(ChannelLine(channel, here.state, here.since, waiting, left, tuple(senders)))
    return lines


def _is_of_sender(row: Row) -> bool:
    return row["level"] == "sender" and row["resumed_at"] is None


async def read_pauses(deps: OfficerDeps, jurisdictions: Sequence[str] | None = None) -> list[Row]:
    """Pauses in force, then the newest that ended: the nation's, and those of all offices or of `jurisdictions`."""
    return await deps.pool.fetch(SQL.pauses, SHOWN, jurisdictions)


def _sender(
    at: datetime, counts: MessageCounts, key: tuple[str, str], known: "Row | None", paused: datetime | None
) -> SenderRow:
    """A stop outweighs a pause: it needs another remedy."""
    name, attempts = key[1], counts.attempts.get(key, (0, 0))
    if known is not None and known["stopped"]:
        return SenderRow(name, "stopped", known["since"], None, known["reason"] or "", *attempts)
    if paused is not None:
        return SenderRow(name, "paused", paused, None, "", *attempts)
    rest: datetime | None = known.get("rest_until") if known is not None else None
    if rest is not None and rest > at:
        return SenderRow(name, "resting", None, rest, "", *attempts)
    return SenderRow(name, "open", None, None, "", *attempts)
