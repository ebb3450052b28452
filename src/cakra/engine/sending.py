"""The sending lane: intents are committed in sets, calls run side by side, answers are written as they come.

Answers are gathered for a few tens of milliseconds, so that one slow call holds up nobody else and the
database sees sets. The number of calls in flight is bounded; so is what a killed process can leave unknown.
"""

import asyncio
from collections.abc import Sequence

from cakra.core.ports import Action, SendResult, SendState
from cakra.engine.alarm import Alarm
from cakra.journey.dispatch.sends import Answered, Claimed, DispatchDesk, Outgoing
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.db import FAULTS

_log = get_logger(__name__)
_REST_S = 0.02
_BREATH_S = 0.1
_LONGEST_PAUSE_S = 5.0


class SendingLane:
    """Claims, sends and records the notices of one sender until told to stop; calls in flight finish."""

    def __init__(
        self,
        desk: DispatchDesk,
        alarm: Alarm,
        *,
        worker: str,
        cells: Sequence[int] | None,
        in_flight: int,
        flush_s: float,
    ) -> None:
        self._desk = desk
        self._alarm = alarm
        self._worker = worker
        self._cells = cells
        self._in_flight = in_flight
        self._flush_s = flush_s
        self._answers: asyncio.Queue[Answered] = asyncio.Queue()
        self._calls: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; then no new claims, and what is in flight is answered and written."""
        claimed_all = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write_answers(claimed_all), name="answers")
            await self._claim(stopping)
            await asyncio.gather(*self._calls)
            claimed_all.set()

    async def _claim(self, stopping: asyncio.Event) -> None:
        pause = 0.1
        while not stopping.is_set():
            # Only what can be called at once is claimed: a killed process leaves no uncalled intent unknown.
            wanted = self._in_flight - len(self._calls)
            if wanted <= self._in_flight // 2:
                # Wait for a set worth claiming, but not for calls that hang.
                done, _ = await asyncio.wait(self._calls, timeout=_REST_S, return_when=asyncio.FIRST_COMPLETED)
                if done or not wanted:
                    continue
            try:
                claimed = await self._desk.claim(wanted, self._worker, self._cells)
                pause = 0.1
            except FAULTS as reason:
                _log.warning("sending_waits_for_database", reason=repr(reason))
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                continue
            for outgoing in claimed:
                task = asyncio.create_task(self._call(outgoing))
                self._calls.add(task)
                task.add_done_callback(self._calls.discard)
            await self._rest(claimed)

    async def _rest(self, claimed: Claimed) -> None:
        """Held back by its pace, it asks again when that gives more; else at once, or when something becomes due."""
        again_s = claimed.again_s
        if again_s is None and claimed:
            return
        if again_s is not None:
            # Whatever becomes due meanwhile, it is not asked more often.
            await asyncio.sleep(min(again_s, _BREATH_S))
            again_s -= _BREATH_S
        if again_s is None or again_s > 0:
            await self._alarm.wait(f"dispatch:{self._desk.channel}:{self._desk.sender.name}", again_s)

    async def _call(self, outgoing: Outgoing) -> None:
        try:
            answer = await self._desk.send(outgoing)
        except Exception:  # noqa: BLE001 - one call must never end the lane; nobody knows what the provider has
            _log.exception("call_failed", notice=outgoing.notice_id)
            fault = SendResult(SendState.UNKNOWN, Action.WAIT, code="fault", detail="our own fault in the call")
            answer = Answered(outgoing, fault, now())
        self._answers.put_nowait(answer)

    async def _write_answers(self, claimed_all: asyncio.Event) -> None:
        while not (claimed_all.is_set() and self._answers.empty()):
            try:
                async with asyncio.timeout(0.2):
                    batch = [await self._answers.get()]
            except TimeoutError:
                continue
            await asyncio.sleep(self._flush_s)
            while not self._answers.empty():
                batch.append(self._answers.get_nowait())
            await self._record(batch)

    async def _record(self, batch: Sequence[Answered]) -> None:
        pause = 0.1
        while True:
            try:
                await self._desk.record(batch)
            except FAULTS as reason:
                # The answers stay here until the database is back; a kill now leaves them unknown, not lost.
                _log.warning("answers_wait_for_database", answers=len(batch), reason=repr(reason))
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            else:
                return
