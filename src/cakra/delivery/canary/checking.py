"""Sending canaries: whichever worker is first takes the turn, commits the intent, calls, and writes what came of it.

A canary is no case and costs no case; the books count it apart. What is paused or stopped has none.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from cakra.core.delivery.tariff import FREE, ChannelTariff
from cakra.core.foreign import storable
from cakra.core.ports import Action, Channel, Message, Sender, SendResult, SendState
from cakra.delivery.canary.hearing import SQL, canary_tag, tell_silent
from cakra.delivery.pause.pausing import MayLeave
from cakra.delivery.senders.stopping import stop_sender
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Pool

_KEPT_DAYS = 30
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """How one sender is checked. `message`: tag and time → the message to our own test address."""

    channel: Channel
    sender: Sender
    message: Callable[[str, datetime], Message]
    tariff: ChannelTariff = FREE
    proved_by: str = "delivered"  # or accepted, on a channel that proves no more


@dataclass(frozen=True, slots=True)
class CanaryDesk:
    """The canaries of one worker. `may_leave`: asked right before the call, as for any message."""

    pool: Pool
    checks: Sequence[Check]
    every_s: float
    proof_within_s: float
    may_leave: MayLeave | None = None

    def works(self) -> dict[str, Callable[[], Awaitable[int]]]:
        """One sender's canary each, by channel and sender: send what is due, tell of those that were not heard."""
        return {f"{check.channel}:{check.sender.name}": partial(self._look, check) for check in self.checks}

    async def check(self) -> int:
        """All of them; 0, for the next one is minutes away."""
        for check in self.checks:
            await self._look(check)
        return 0

    async def _look(self, check: Check) -> int:
        await self._send_canary(check)
        await tell_silent(self.pool, check.channel.value, check.sender.name, check.proved_by, self.proof_within_s)
        await self.pool.execute(SQL.forget_canaries, check.channel.value, check.sender.name, _KEPT_DAYS)
        return 0

    async def _send_canary(self, check: Check) -> None:
        canary_id, begun = new_id(), time.monotonic()
        channel, sender = check.channel.value, check.sender.name
        async with self.pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(SQL.take_turn, f"canary:{channel}:{sender}"):
                return
            if await connection.fetchval(SQL.begin_canary, canary_id, channel, sender, self.every_s) is None:
                return
        message = check.message(canary_tag(canary_id), now())
        if self.may_leave is not None:
            may_leave = self.may_leave
            message = replace(message, may_leave=lambda: may_leave(channel, sender, "", begun))
        called = time.monotonic()
        result = await check.sender.send(message)
        await self._record(check, canary_id, result, round((time.monotonic() - called) * 1000))

    async def _record(self, check: Check, canary_id: int, result: SendResult, ms: int) -> None:
        channel, sender = check.channel.value, check.sender.name
        recalled = result.action is Action.RECALL
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                SQL.record_canary,
                canary_id,
                "recalled" if recalled else result.state.value,
                storable(result.code),
                result.provider_id and storable(result.provider_id),
                ms,
                check.tariff.charged(result, now()),
            )
            if result.action is Action.STOP_SENDER:
                await stop_sender(connection, channel, sender, result.code, result.detail)
        if recalled or result.state is SendState.ACCEPTED:
            _log.info("canary_sent", channel=channel, state=result.state.value, ms=ms)
        else:
            _log.warning("canary_not_taken", channel=channel, state=result.state.value, code=result.code, ms=ms)
