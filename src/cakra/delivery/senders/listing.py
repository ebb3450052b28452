"""Every sender as it stands now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from cakra.core.delivery.official import sender_key
from cakra.store.db import Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.senders")


@dataclass(frozen=True, slots=True)
class SenderLine:
    """One sender. `waiting`: messages due on its channel; `tokens`: what it may send at once, None without a rate."""

    channel: str
    sender: str
    stopped: bool
    reason: str | None
    since: datetime
    waiting: int
    rate: float | None
    tokens: float | None
    rest_until: datetime | None
    rests: int
    official: bool
    paused: bool

    def state(self, at: datetime) -> str:
        """In one word: stopped, unofficial, paused, resting, probing or open."""
        if self.stopped:
            return "stopped"
        if not self.official:
            return "unofficial"
        if self.paused:
            return "paused"
        if self.rest_until is not None:
            return "resting" if self.rest_until > at else "probing"
        return "open"


@dataclass(frozen=True, slots=True)
class SenderEvent:
    """One decision about a sender; `facts` as JSON."""

    at: datetime
    channel: str
    sender: str
    told: str
    facts: str


async def list_senders(pool: Pool, in_use: Mapping[str, Collection[str]] | None = None) -> list[SenderLine]:
    """Every sender that ever worked here and those `in_use` (channel → names); stopped ones first."""
    names = [(channel, name) for channel, listed in (in_use or {}).items() for name in listed]
    rows = await pool.fetch(SQL.senders, [channel for channel, _ in names], [name for _, name in names])
    official = {(row["channel"], row["sender"]) for row in await pool.fetch(SQL.official_now)}
    return [
        SenderLine(**row, official=(row["channel"], sender_key(row["channel"], row["sender"])) in official)
        for row in rows
    ]


async def sender_events(pool: Pool, most: int = 50) -> list[SenderEvent]:
    """The newest decisions first."""
    return [SenderEvent(**row) for row in await pool.fetch(SQL.sender_events, most)]
