"""The sending lane: intents are committed in sets, calls run side by side, answers are written as they come.

Answers are gathered for a few tens of milliseconds, so that one slow call holds up nobody else and the
database sees sets. The number of calls in flight is bounded; so is what a killed process can leave unknown.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from cakra.core.ports import Action, SendResult, SendState
from cakra.delivery.sending.rules import Answered, Claimed, Outgoing
from cakra.delivery.sending.sends import DispatchDesk
from cakra.engine.alarm import Alarm
from cakra.engine.patience import Patience, Tell, nobody_told
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.faults.aside import kind_of, rest_after
from cakra.store.faults.parts import in_parts

_log = get_logger(__name__)
_REST_S = 0.02
_BREATH_S = 0.1
_UNRECORDED_TRIES = 4


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
        tell: Tell = nobody_told,
    ) -> None:
        self._desk = desk
        self._alarm = alarm
        self._worker = worker
        self._cells = cells
        self._in_flight = in_flight
        self._flush_s = flush_s
        self._tell = tell
        self._name = f"sending:{desk.channel}:{desk.sender.name}"
        self._answers: asyncio.Queue[Answered] = asyncio.Queue()
        self._calls: set[asyncio.Task[None]] = set()
        self._stubborn: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; then no new claims, and what is in flight is answered and written."""
        claimed_all = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write_answers(claimed_all), name="answers")
            await self._claim(stopping)
            await asyncio.gather(*self._calls)
            claimed_all.set()
        await asyncio.gather(*self._stubborn)

    async def _claim(self, stopping: asyncio.Event) -> None:
        patience = Patience(self._name, self._tell)
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
            except Exception as problem:  # noqa: BLE001 - logged and told by the patience
                await patience.bear(problem, stopping)
                continue
            patience.well()
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
        """Until they are written. They stay here until the database is back; a kill leaves them unknown, not lost."""
        patience, left = Patience(f"{self._name}:answers", self._tell), list(batch)

        async def write(answers: Sequence[Answered]) -> None:
            await self._desk.record(answers)
            done = set(map(id, answers))
            left[:] = [answer for answer in left if id(answer) not in done]

        async def refuse(answer: Answered, problem: Exception) -> None:
            left.remove(answer)
            self._later(answer, problem)

        while left:
            try:
                await in_parts(tuple(left), write, refuse)
            except Exception as problem:  # noqa: BLE001 - logged and told by the patience
                await patience.bear(problem)
            else:
                return

    def _later(self, answer: Answered, problem: Exception) -> None:
        """One answer that cannot be written holds up no other: it is written apart, with less in it."""
        _log.error("answer_refused", notice=answer.sent.notice_id, kind=kind_of(problem))
        task = asyncio.create_task(self._record_bare(answer))
        self._stubborn.add(task)
        task.add_done_callback(self._stubborn.discard)

    async def _record_bare(self, answer: Answered) -> None:
        """What became of the message, without the provider's words. Else its lease ends, and it is unknown."""
        bare = replace(answer.result, provider_id=None, code="unstorable", detail="", raw=b"", retry_after_s=None)
        for tries in range(1, _UNRECORDED_TRIES + 1):
            try:
                await self._desk.record([replace(answer, result=bare)])
            except Exception as problem:  # noqa: BLE001 - told at the end; nobody waits for this task
                if tries == _UNRECORDED_TRIES:
                    _log.error("answer_not_written", notice=answer.sent.notice_id, kind=kind_of(problem))
                    await self._tell(f"{self._name}:answers", problem)
                    return
                await asyncio.sleep(rest_after(tries))
            else:
                return
