"""How a sender's calls went: one watch a worker, one decision for all hosts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cakra.core.ports import SendResult
from cakra.delivery.senders.events import note_sender
from cakra.delivery.senders.rules import (
    Call,
    HealthPolicy,
    Word,
    after_probes,
    must_rest,
    next_rest,
    recent,
    word_of,
)
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.senders")
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """One call's answer to a notice (cell, id), when it came, how long it took.

    `probe`: a trial call of a sender that had rested.
    """

    notice: tuple[int, int]
    result: SendResult
    at: datetime
    took_s: float
    probe: bool = False


class HealthWatch:
    """The recent calls of one sender as this worker made them; what it decides is written for all hosts."""

    def __init__(self, policy: HealthPolicy | None = None) -> None:
        self._policy = policy or HealthPolicy()
        self._calls: list[Call] = []
        self._probes: list[Word] = []
        self._probes_left = 0

    def probing(self, calls: int) -> None:
        """So many trial calls were claimed; what is still out of an earlier trial is no longer waited for."""
        self._probes, self._probes_left = [], calls

    async def hear(self, connection: Connection, channel: str, sender: str, heard: Sequence[CallAnswer]) -> None:
        """Take in a set of answers and write what follows, in the caller's transaction."""
        at = max(one.at for one in heard)
        tried = [one for one in heard if one.probe]
        spoken = [(one, word) for one in heard if (word := word_of(one.result, one.took_s, self._policy))]
        # A set that is written again after a fault of the database is heard once.
        known = set(self._calls)
        calls = [Call(one.at - timedelta(seconds=one.took_s), word) for one, word in spoken if not one.probe]
        self._calls += [call for call in calls if call not in known]
        self._calls = recent(self._calls, at, None, self._policy)
        if tried:
            self._probes_left = max(0, self._probes_left - len(tried))
            self._probes += [word for one, word in spoken if one.probe]
            await self._after_trial(connection, channel, sender, at)
        elif must_rest([call.word for call in self._calls], self._policy):
            await self._rest(connection, channel, sender, at)

    async def _rest(self, connection: Connection, channel: str, sender: str, at: datetime) -> None:
        row = await connection.fetchrow(SQL.lock_health, channel, sender)
        if row is None or row["rest_until"] is not None:
            return  # another host saw it first
        self._calls = recent(self._calls, at, row["opened_at"], self._policy)
        words = [call.word for call in self._calls]
        if must_rest(words, self._policy):
            self._calls = []
            await self._write_rest(connection, row, at, {"window_s": self._policy.window_s, **_count(words)})

    async def _after_trial(self, connection: Connection, channel: str, sender: str, at: datetime) -> None:
        verdict = after_probes(self._probes, self._probes_left)
        if verdict is None:
            return
        row = await connection.fetchrow(SQL.lock_health, channel, sender)
        if row is None or row["rest_until"] is None:
            return
        facts = {"trial": True, **_count(self._probes)}
        self._calls, self._probes, self._probes_left = [], [], 0
        if not verdict:
            await self._write_rest(connection, row, at, facts)
            return
        await connection.execute(SQL.open_again, channel, sender, at)
        await note_sender(connection, channel, sender, "opened", facts)
        await connection.execute("select pg_notify('cakra_due', 'dispatch')")
        _log.warning("sender_opened", channel=channel, sender=sender)

    async def _write_rest(self, connection: Connection, row: Row, at: datetime, facts: Mapping[str, Any]) -> None:
        channel, sender = row["channel"], row["sender"]
        rests, seconds = next_rest(row["rests"], row["opened_at"], at, self._policy)
        until = at + timedelta(seconds=seconds)
        await connection.execute(SQL.rest_sender, channel, sender, until, rests)
        await note_sender(connection, channel, sender, "rested", {"seconds": seconds, "in_a_row": rests, **facts})
        _log.error("sender_rested", channel=channel, sender=sender, seconds=seconds, **facts)


def _count(words: Sequence[Word]) -> dict[str, Any]:
    return {word.value: number for word, number in Counter(words).items()}
