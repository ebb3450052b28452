"""Notices on one channel's rung, its real desks, and what must hold after every case."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from channel_kit import PATIENCE_S, until

from cakra.core.delivery.ladder import Rung
from cakra.core.ports import Channel
from cakra.core.states.journey import State
from cakra.delivery.pause.pausing import open_pauses, pause, resume
from cakra.engine.alarm import Alarm
from cakra.engine.sending import SendingLane
from dispatch_kit import Ground, Queued
from officers import put_officer
from official_kit import make_official

# Where a notice may stand: it waits for a step of its own, or it has ended in one of these.
ENDED = {"delivered", "read", "accepted", "held", "unsettled", "failed"}
_TABLES = "notice, attempt, receipt, callback, case_file, case_event, pause, sender_state, sender_event, pair_pace"


@dataclass(frozen=True)
class Sent(Queued):
    """A notice and what it says."""

    content: Any = None


class SuiteGround(Ground):
    """One channel's kit on a database."""

    def __init__(self, pool, database_url, photos, kit):
        self.kit, self.database_url, self.all = kit, database_url, []
        self.next = Channel.EMAIL if kit.channel is Channel.LETTER else Channel.LETTER
        super().__init__(pool, None, photos, None)
        self.proofs = replace(self.proofs, readers={**self.proofs.readers, **kit.readers})

    def desk_of(self, **changes):
        return super().desk_of(**({"channel": self.kit.channel, "sender": getattr(self.kit, "sender", None)} | changes))

    async def clear(self):
        """As if the database were new."""
        await self.pool.execute(f"truncate {_TABLES} cascade")

    async def register(self):
        """Our sender is an official one."""
        await make_official(self.pool, self.kit.channel, self.kit.sender.name)

    async def queue_one(self, *, absent=False, alone=False):
        """A notice on this channel's rung; below it another rung, unless `alone`."""
        content = self.kit.content(absent=absent)
        rungs = (Rung(self.kit.channel, "delivered", 600.0), Rung(self.next, "delivered", 7200.0))
        queued = await self.queue(content=content, plan=rungs[:1] if alone else rungs)
        self.all.append(Sent(queued.cell, queued.notice_id, queued.case_id, content))
        return self.all[-1]

    async def send_due(self):
        """What is due on this channel, called and recorded."""
        return await self.send(self.desk_of())

    async def handed_over(self, **about):
        """A notice that the peer has."""
        one = await self.queue_one(**about)
        await self.send_due()
        assert (await self.notice(one))["state"] == self.kit.handed
        return one

    @asynccontextmanager
    async def lane(self, in_flight=4):
        """The real sending lane; leaving stops it."""
        alarm, stopping = Alarm(self.database_url, 0.05), asyncio.Event()
        lane = SendingLane(self.desk_of(), alarm, worker="tester", cells=None, in_flight=in_flight, flush_s=0.01)
        task = asyncio.create_task(lane.run(stopping))
        try:
            yield
        finally:
            await self.kit.answer_now()
            stopping.set()
            async with asyncio.timeout(PATIENCE_S):
                await task

    async def reaches(self, one, state):
        """Wait until a notice is in this state."""

        async def there():
            return (await self.notice(one))["state"] == state

        await until(there, f"the notice became {state}")

    async def time_passes(self, *notices):
        """Whatever they wait for, and every rest of the sender, is over."""
        await self.pool.execute("delete from pair_pace")
        await self.pool.execute("update sender_state set rest_until = null, tokens = burst")
        for one in notices:
            await self.pool.execute("update notice set due_at = now() where notice_id = $1", one.notice_id)

    async def lease_ends(self, one):
        """Nobody answered for a claimed notice."""
        await self.pass_time(one, "sending")
        assert await self.expire() == 1

    async def silence(self, one):
        """The time for proof is up."""
        await self.pass_time(one, "settle")
        assert await self.proofs.settle(50) == 1

    async def hears(self, one, *states, forged=False):
        """The provider's later words, one after the other, applied as they come."""
        for state in states:
            await self.kit.tell(one, state, forged=forged)
            await self.kit.hear(self)

    async def taken(self, one, expected):
        """The peer took a notice's message so many times (its own books may lag)."""

        async def there():
            return await self.kit.taken(one) >= expected

        await until(there, "the peer took it")
        assert await self.kit.taken(one) == expected

    async def left_for_the_next_rung(self, one, why):
        """It waits on the next rung, and the timeline says why."""
        notice = await self.notice(one)
        assert (notice["channel"], notice["state"], notice["step"]) == (self.next.value, "queued", "dispatch")
        told = await self.pool.fetchrow(
            "select details ->> 'channel' as channel, details ->> 'why' as why, details ->> 'next' as next"
            " from case_event where case_id = $1 and told = 'channel_left'",
            one.case_id,
        )
        assert tuple(told) == (self.kit.channel.value, why, self.next.value)

    async def holding(self):
        """Wait until the slow peer has the message and keeps its answer back."""
        await until(self.kit.holds_back, "the peer keeps an answer back")

    async def pause(self):
        """Two officers; one pauses this channel."""
        for name in ("komandan", "wakil"):
            await put_officer(self.pool, name, "commander")
        await pause(self.pool, "channel", self.kit.channel.value, by="komandan", reason="Tried by the suite")

    async def resume(self):
        """The other one ends it."""
        for one in await open_pauses(self.pool):
            await resume(self.pool, one.pause_id, by="wakil", reason="Tried by the suite")

    async def check(self):
        """What holds after every case: at most once at the peer, nothing lost, every move told."""
        for one in self.all:
            assert await self.kit.taken(one) <= 1, "the peer has it twice"
            notice, case = await self.notice(one), await self.case(one)
            assert notice["step"] is not None or notice["state"] in ENDED, f"lost in {notice['state']}"
            told = await self.told(one)
            assert bool(told) == (case.state is not State.NOTIFYING or notice["channel"] != self.kit.channel.value)
            assert (case.state is State.NOTIFIED) == ("delivery_proved" in told)
            assert (case.confirm_by is not None) == (case.state is State.NOTIFIED), "deadlines run by proof alone"
