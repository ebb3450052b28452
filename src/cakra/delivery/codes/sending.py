"""Handing codes over: the intent is committed before the call, an unknown outcome is never sent again."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from cakra.core.delivery.official import sender_key
from cakra.core.delivery.tariff import FREE, ChannelTariff
from cakra.core.errors import StoreError
from cakra.core.foreign import storable
from cakra.core.ports import Action, Channel, Sender, SendResult, SendState
from cakra.delivery.codes.rules import code_tag
from cakra.delivery.codes.wording import CodeWords
from cakra.delivery.pause.pausing import MayLeave
from cakra.delivery.senders import stop_sender
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.cases import note_events
from cakra.store.db import Pool, Row
from cakra.store.faults.aside import kind_of
from cakra.store.faults.away import is_away
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.codes")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _STOPPED_S = 2.0, 60.0, 5.0
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CodeSending:
    """The codes of one sender.

    `lease_s`: longest life of one call; `max_tries`: calls while the provider says try again; `may_leave`: asked right
    before the call, as for any message.
    """

    pool: Pool
    codes: Sealer
    words: Mapping[str, CodeWords]
    channel: Channel
    sender: Sender
    lease_s: float
    max_tries: int
    tariff: ChannelTariff = FREE
    may_leave: MayLeave | None = None

    async def run(self, limit: int, worker: str) -> int:
        """Claim, call and record up to `limit` codes; how many."""
        begun = monotonic()
        rows = await self.claim(limit, worker)
        ends = await asyncio.gather(*(self._hand_over(row, begun) for row in rows), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return len(rows)

    async def claim(self, limit: int, worker: str) -> Sequence[Row]:
        """Due codes, each with its intent committed."""
        name = self.sender.name
        told = limit, self.lease_s, worker, self.channel.value, name, sender_key(self.channel.value, name)
        return await self.pool.fetch(SQL.claim_codes, *told, next(iter(self.words.values())).template)

    async def _hand_over(self, row: Row, claimed_at: float) -> None:
        """Call, and write what came of it; what cannot be written leaves its call unknown, no other's."""
        result = await self.call(row, claimed_at)
        try:
            await self.record(row, result)
        except Exception as problem:
            if is_away(problem):
                raise
            _log.error("code_not_recorded", code=row["code_id"], kind=kind_of(problem))
            # The provider's words may be what cannot be written.
            await self.record(row, replace(result, provider_id=None, code="unstorable", detail="", retry_after_s=None))

    async def call(self, row: Row, claimed_at: float) -> SendResult:
        """Make the call; what does not open stays surely unsent."""
        try:
            content = self.codes.open_record(row["content"], row["code_id"].to_bytes(8))
            message = self.words[row["language"]].read(content, code_tag(row["cell"], row["code_id"]))
        except (StoreError, KeyError, TypeError, ValueError, AttributeError) as problem:
            _log.error("code_unreadable", code=row["code_id"], problem=type(problem).__name__)
            return SendResult(SendState.REFUSED, Action.FIX_US, code="content", detail="the code does not open")
        if self.may_leave is not None:
            levels = self.channel.value, self.sender.name, row["jurisdiction"]
            message = replace(message, may_leave=partial(self.may_leave, *levels, claimed_at))
        try:
            return await self.sender.send(message)
        except Exception as problem:  # noqa: BLE001 - one call must never end the lane; nobody knows what the provider has
            # Without its trace: what stands there may be the message.
            _log.error("code_call_failed", code=row["code_id"], kind=kind_of(problem))
            return SendResult(SendState.UNKNOWN, Action.WAIT, code="fault", detail="our own fault in the call")

    async def record(self, row: Row, result: SendResult) -> None:
        """Write one code's outcome; only what was surely refused, and may pass, is tried again while the code lives."""
        at = now()
        again = self._again_at(result, row["calls"], at)
        state = "queued" if again else "accepted" if result.state is SendState.HELD else result.state.value
        async with self.pool.acquire() as connection, connection.transaction():
            kept = await connection.fetchval(
                SQL.record_code,
                row["cell"],
                row["code_id"],
                row["calls"],
                state,
                again,
                result.provider_id and storable(result.provider_id),
                storable(result.code) or None,
                at,
                self.tariff.charged(result, at),
                result.action is Action.RECALL,
            )
            if kept is not None and kept != "queued":
                told = "code_sent" if kept == "accepted" else "code_not_sent"
                note = row["cell"], row["case_id"], {"channel": self.channel.value}
                await note_events(connection, [note], at, told=told)
            if result.action is Action.STOP_SENDER:
                await stop_sender(connection, self.channel.value, self.sender.name, result.code, result.detail)
        if result.action is Action.FIX_US:
            _log.error("code_refused_by_our_fault", channel=self.channel.value, code=result.code)

    def _again_at(self, result: SendResult, calls: int, at: datetime) -> datetime | None:
        if result.state is not SendState.REFUSED:
            return None
        if result.action is Action.RECALL:
            return at
        if result.action is Action.STOP_SENDER:
            return at + timedelta(seconds=_STOPPED_S)  # not the message's fault: another sender may take it
        if result.action is not Action.RETRY or calls >= self.max_tries:
            return None
        pause = max(result.asked_s, min(_FIRST_PAUSE_S * 2 ** min(calls - 1, 5), _LONGEST_PAUSE_S))
        return at + timedelta(seconds=pause)


async def expire_codes(pool: Pool) -> int:
    """Codes whose lease ended without an outcome become unknown, those that came too late expire; how many."""
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(SQL.expire_codes)
        notes = [(row["cell"], row["case_id"], {"channel": row["channel"]}) for row in rows]
        await note_events(connection, notes, now(), told="code_not_sent")
    return len(rows)
