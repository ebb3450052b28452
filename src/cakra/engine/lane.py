"""A lane claims due cases of its steps, runs each through its chain, and writes the whole set at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.core.case import Case
from cakra.core.journey import State, may_move
from cakra.core.outcome import Outcome, Step
from cakra.engine.alarm import Alarm
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.cases import SQL, claim, follow, write_back
from cakra.store.db import FAULTS, Pool

RunStep = Callable[[Sequence[Case], datetime], Awaitable[Sequence[Outcome]]]
_log = get_logger(__name__)
_LONGEST_PAUSE_S = 3600.0
_TRIES_BEFORE_REVIEW = 6


@dataclass(frozen=True, slots=True)
class Lane:
    """Which steps it claims, how many cases at once, and every step a chain may run through here."""

    name: str
    claims: tuple[str, ...]
    runs: Mapping[str, RunStep]
    batch: int
    wakes: tuple[str, ...]  # steps (or notice steps) rung after a write
    at_once: int = 1  # claims in work side by side
    lease_s: float = 30.0


class LaneRunner:
    """Runs one lane until it is told to stop; unfinished leases of a killed process expire by themselves."""

    def __init__(self, lane: Lane, pool: Pool, alarm: Alarm, *, worker: str, cells: Sequence[int] | None) -> None:
        self._lane = lane
        self._pool = pool
        self._alarm = alarm
        self._worker = worker
        self._cells = cells

    async def run(self, stopping: asyncio.Event) -> None:
        """Claim and work until `stopping`; database faults are waited out."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._lane.at_once):
                group.create_task(self._loop(stopping))

    async def _loop(self, stopping: asyncio.Event) -> None:
        pause = 0.1
        while not stopping.is_set():
            try:
                worked = await self.once()
                pause = 0.1
            except FAULTS as reason:
                _log.warning("lane_waits_for_database", lane=self._lane.name, reason=repr(reason))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
                continue
            if not worked:
                await self._alarm.wait(self._lane.claims[0])

    async def once(self) -> int:
        """One claim, worked and written; how many cases it held."""
        lane = self._lane
        cases = await claim(
            self._pool, self._cells, lane.claims, limit=lane.batch, lease_s=lane.lease_s, by=self._worker
        )
        if not cases:
            return 0
        at = now()
        chains = await self._work(cases, at)
        async with self._pool.acquire() as connection, connection.transaction():
            written = await write_back(connection, cases, chains, now())
            for step in lane.wakes:
                await connection.execute(SQL.wake, step)
        if written.lost:
            _log.warning("lease_lost", lane=lane.name, cases=len(written.lost))
        for step in lane.wakes:
            self._alarm.ring(step)
        return len(cases)

    async def _work(self, cases: Sequence[Case], at: datetime) -> list[list[Outcome]]:
        chains: dict[tuple[int, int], list[Outcome]] = {case.key: [] for case in cases}
        waiting = list(cases)
        while waiting:
            step = waiting[0].step or ""
            now_running = [case for case in waiting if case.step == step]
            waiting = [case for case in waiting if case.step != step]
            outcomes = await self._run_step(step, now_running, at)
            for case, outcome in zip(now_running, outcomes, strict=True):
                chains[case.key].append(outcome)
                if outcome.step in self._lane.runs and (outcome.due_at is None or outcome.due_at <= at):
                    waiting.append(follow(case, outcome))
        return list(chains.values())

    async def _run_step(self, step: str, cases: Sequence[Case], at: datetime) -> Sequence[Outcome]:
        run = self._lane.runs[step]
        try:
            return await run(cases, at)
        except FAULTS:
            raise
        except Exception:  # noqa: BLE001 - one bad case must never stop a lane; it is logged and set aside
            if len(cases) == 1:
                _log.exception("step_failed", step=step, case=cases[0].case_id, tries=cases[0].tries)
                return [_set_aside(cases[0], step)]
            # One bad case must not hold up the others: find it by running them singly.
            _log.warning("step_failed_for_set", step=step, cases=len(cases))
            return [outcome for case in cases for outcome in await self._run_step(step, [case], at)]


def _set_aside(case: Case, step: str) -> Outcome:
    """Try again later, longer each time; after several tries an officer looks, where the table allows it.

    The pause begins now, when the try has ended: a slow failure is not tried again at once.
    """
    if case.tries >= _TRIES_BEFORE_REVIEW and may_move(case.state, State.REVIEW):
        return Outcome(case.cell, case.case_id, State.REVIEW, "step_failed", {"step": step})
    pause = timedelta(seconds=min(2.0**case.tries, _LONGEST_PAUSE_S))
    return Outcome(case.cell, case.case_id, None, "step_delayed", {"step": step}, step=Step(step), due_at=now() + pause)
