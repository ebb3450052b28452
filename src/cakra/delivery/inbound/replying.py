"""Handing answers over: the intent is committed before the call, an unknown outcome is never sent again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cakra.core.errors import StoreError
from cakra.core.ports import Action, Replier, Reply, SendResult, SendState
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.db import Connection, Pool, Row
from cakra.store.faults.aside import kind_of, rest_after
from cakra.store.faults.away import is_away
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.inbound")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 300.0
_WRITES, _LONGEST_WAIT_S = 5, 5.0
_log = get_logger(__name__)

StopSender = Callable[[Connection, str, str, str, str], Awaitable[None]]
"""Dispatch's `stop_sender`: connection, channel, sender, code, detail."""


@dataclass(frozen=True, slots=True)
class ReplyDesk:
    """The answers of one sender: what reached one number is answered by that number.

    `lease_s`: longest life of one call; `max_tries`: calls while the provider says try again.
    """

    pool: Pool
    replies: Sealer
    channel: str
    replier: Replier
    stop: StopSender
    lease_s: float
    max_tries: int

    async def run(self, limit: int, worker: str) -> int:
        """Claim, call and record up to `limit` answers; how many."""
        rows = await self.claim(limit, worker)
        ends = await asyncio.gather(*(self._answer(row) for row in rows), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return len(rows)

    async def _answer(self, row: Row) -> None:
        """Call, and write what came of it; an answer that cannot be written leaves its call unknown, no other's."""
        result = await self.call(row)
        for tries in range(1, _WRITES + 1):
            try:
                await self.record(row, result)
            except Exception as problem:
                if not is_away(problem):
                    # The provider's words may be what cannot be written.
                    result = replace(result, provider_id=None, code="unstorable", detail="", retry_after_s=None)
                _log.error("reply_not_recorded", reply=row["reply_id"], tries=tries, kind=kind_of(problem))
                if tries == _WRITES:
                    raise
                await asyncio.sleep(rest_after(tries, _LONGEST_WAIT_S))
            else:
                return

    async def claim(self, limit: int, worker: str) -> Sequence[Row]:
        """Due answers, each with its intent committed."""
        told = limit, self.lease_s, worker, self.channel, self.replier.name
        return await self.pool.fetch(SQL.claim_replies, *told)

    async def call(self, row: Row) -> SendResult:
        """Make the call; what does not open stays surely unsent."""
        try:
            content = self.replies.open_record(row["content"], row["reply_id"].to_bytes(8))
            reply = Reply(f"r:{row['reply_id']}", content["person"], content["text"], content["about"])
        except (StoreError, KeyError, TypeError, ValueError) as problem:
            _log.error("reply_unreadable", reply=row["reply_id"], problem=type(problem).__name__)
            return SendResult(SendState.REFUSED, Action.FIX_US, code="content", detail="the answer does not open")
        try:
            return await self.replier.reply(reply)
        except Exception:  # noqa: BLE001 - one call must never end the lane; nobody knows what the provider has
            _log.exception("reply_failed", reply=row["reply_id"])
            return SendResult(SendState.UNKNOWN, Action.WAIT, code="fault", detail="our own fault in the call")

    async def record(self, row: Row, result: SendResult) -> None:
        """Write one answer's outcome. Only what was surely refused, and may pass, is tried again."""
        at = now()
        again = self._again_at(result, row["tries"], at)
        state = "queued" if again else "accepted" if result.state is SendState.HELD else result.state.value
        step = "send" if again else None
        code = result.code.encode("ascii", "replace").decode() or None
        told = row["reply_id"], state, step, again, result.provider_id, code, at, row["tries"]
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.record_reply, *told)
            if result.action is Action.STOP_SENDER:
                await self.stop(connection, self.channel, self.replier.name, result.code, result.detail)
        if result.action is Action.FIX_US:
            _log.error("reply_refused_by_our_fault", channel=self.channel, code=result.code)

    def _again_at(self, result: SendResult, tries: int, at: datetime) -> datetime | None:
        if result.state is not SendState.REFUSED:
            return None
        if result.action is Action.STOP_SENDER:
            # Not the message's fault: it waits for the sender, as long as its window is open.
            return at + timedelta(seconds=_LONGEST_PAUSE_S)
        if result.action is not Action.RETRY or tries >= self.max_tries:
            return None
        pause = max(result.asked_s, min(_FIRST_PAUSE_S * 2 ** min(tries - 1, 12), _LONGEST_PAUSE_S))
        return at + timedelta(seconds=pause)


async def expire_replies(pool: Pool) -> int:
    """Answers whose lease ended without an outcome become unknown, those whose window closed expire; how many."""
    return len(await pool.fetch(SQL.expire_replies))
