"""What a set of answers says about the sender that got them, and whether another one may take what it was refused."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cakra.core.ports import Action, SendResult, Throttle
from cakra.delivery.senders.health import CallAnswer, HealthWatch
from cakra.delivery.senders.pace import hold_pairs, hold_throttled
from cakra.delivery.senders.stopping import stop_sender
from cakra.store.db import Connection, Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.senders")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Whether another sender of the channel is open, and whether this one's bucket holds it back by itself."""

    open: bool = False
    paced: bool = False

    def takes(self, result: SendResult) -> bool:
        """Whether what was refused may be due at once: another one takes it, and this one cannot."""
        if not self.open:
            return False
        return result.action is Action.STOP_SENDER or (
            result.throttled is Throttle.PAIR or (result.throttled is Throttle.SENDER and self.paced)
        )


async def elsewhere(
    pool: Pool, channel: str, sender: str, senders: Collection[str], results: Sequence[SendResult]
) -> Elsewhere:
    """Asked only when one of these results may be taken by another sender of the channel."""
    others = [name for name in senders if name != sender]
    if not others or not any(one.throttled or one.action is Action.STOP_SENDER for one in results):
        return Elsewhere()
    row = await pool.fetchrow(SQL.elsewhere, channel, sender, others)
    assert row is not None
    return Elsewhere(row["open"], row["paced"])


async def take_answers(
    connection: Connection, channel: str, sender: str, watch: HealthWatch, heard: Sequence[CallAnswer]
) -> None:
    """Stop, hold back or rest the sender as its answers say, in the caller's transaction."""
    results = [one.result for one in heard]
    stops = [one for one in results if one.action is Action.STOP_SENDER]
    if stops:
        await stop_sender(connection, channel, sender, stops[0].code, stops[0].detail)
    held = [one.asked_s for one in results if one.throttled is Throttle.SENDER]
    if held:
        await hold_throttled(connection, channel, sender, max(held))
    pairs = [one for one in heard if one.result.throttled is Throttle.PAIR]
    if pairs:
        pause = max(one.result.asked_s for one in pairs)
        await hold_pairs(connection, channel, sender, [one.notice for one in pairs], pause)
    await watch.hear(connection, channel, sender, heard)
