"""A lane claims due cases of its steps, runs each through its chain, and writes the whole set at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.core.errors import StoreError
from cakra.core.states.case import Case
from cakra.core.states.journey import State, may_move
from cakra.core.states.outcome import Outcome, Step
from cakra.engine.alarm import Alarm
from cakra.engine.patience import Patience, Tell, nobody_told
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.cases import SQL, claim, follow, release, write_back
from cakra.store.db import Pool
from cakra.store.faults.aside import TRIES, kind_of, mark_aside, rest_after
from cakra.store.faults.away import is_away, is_schemas
from cakra.store.faults.parts import in_parts

RunStep = Callable[[Sequence[Case], datetime], Awaitable[Sequence[Outcome]]]
_log = get_logger(__name__)
_Chain = tuple[Case, list[Outcome]]
_LONGEST_CHAIN = 20
_AWAY_S = 2.0  # a case whose step met a store that is away is looked at again after so long


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

    def __init__(
        self,
        lane: Lane,
        pool: Pool,
        alarm: Alarm,
        *,
        worker: str,
        cells: Sequence[int] | None,
        tell: Tell = nobody_told,
    ) -> None:
        self._lane = lane
        self._pool = pool
        self._alarm = alarm
        self._worker = worker
        self._cells = cells
        self._tell = tell

    async def run(self, stopping: asyncio.Event) -> None:
        """Claim and work until `stopping`; what is away is waited out, what fails is set aside."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._lane.at_once):
                group.create_task(self._loop(stopping))

    async def _loop(self, stopping: asyncio.Event) -> None:
        patience = Patience(self._lane.name, self._tell)
        while not stopping.is_set():
            try:
                worked = await self.once()
            except Exception as problem:  # noqa: BLE001 - logged and told by the patience
                await patience.bear(problem, stopping)
                continue
            patience.well()
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
        try:
            await in_parts(await self._work(cases, now()), self._write, self._refuse)
        except Exception as problem:
            if is_away(problem):
                # Written ones have moved on; the others wait without a try lost.
                with suppress(Exception):
                    await release(self._pool, cases, _AWAY_S)
            raise
        for step in lane.wakes:
            self._alarm.ring(step)
        return len(cases)

    async def _write(self, chains: Sequence[_Chain]) -> None:
        cases, outcomes = zip(*chains, strict=True)
        async with self._pool.acquire() as connection, connection.transaction():
            written = await write_back(connection, cases, outcomes, now())
            for step in self._lane.wakes:
                await connection.execute(SQL.wake, step)
        if written.lost:
            _log.warning("lease_lost", lane=self._lane.name, cases=len(written.lost))

    async def _refuse(self, chain: _Chain, problem: Exception) -> None:
        """What came of this case cannot be written: it is tried again later, then an officer's."""
        case, step = chain[0], chain[0].step or ""
        _log.error("outcome_refused", step=step, case=case.case_id, tries=case.tries, kind=kind_of(problem))
        try:
            await self._write([(case, [_set_aside(case, step, problem)])])
        except Exception as fault:
            if is_away(fault):
                raise
            # Not even that: its lease ends by itself, and whoever looks finds it among what was set aside.
            await mark_aside(self._pool, case.key, step, case.version, problem)
            return
        await self._mark(case, step, problem)

    async def _mark(self, case: Case, step: str, problem: Exception) -> None:
        if case.tries >= TRIES and not _is_an_officers(case, problem):
            await mark_aside(self._pool, case.key, step, case.version + 1, problem)

    async def _work(self, cases: Sequence[Case], at: datetime) -> list[_Chain]:
        chains: dict[tuple[int, int], _Chain] = {case.key: (case, []) for case in cases}
        waiting = list(cases)
        while waiting:
            step = waiting[0].step or ""
            now_running = [case for case in waiting if case.step == step]
            waiting = [case for case in waiting if case.step != step]
            for case, outcome in zip(now_running, await self._run_step(step, now_running, at), strict=True):
                chain = chains[case.key][1]
                chain.append(outcome)
                goes_on = outcome.step in self._lane.runs and (outcome.due_at is None or outcome.due_at <= at)
                if goes_on and len(chain) < _LONGEST_CHAIN:
                    waiting.append(follow(case, outcome))
        return list(chains.values())

    async def _run_step(self, step: str, cases: Sequence[Case], at: datetime) -> Sequence[Outcome]:
        try:
            return await self._outcomes(step, cases, at)
        except Exception as problem:
            # A single case that only took too long is not told apart from a busy database by waiting for ever.
            if is_away(problem) and (
                isinstance(problem, StoreError) if len(cases) == 1 else not await self._works_for_some(step, cases, at)
            ):
                raise
            if len(cases) == 1:
                return [await self._failed(step, cases[0], problem)]
            # One bad case must not hold up the others: find it by running them singly.
            _log.warning("step_failed_for_set", step=step, cases=len(cases), kind=kind_of(problem))
        return [await self._alone(step, case, at) for case in cases]

    async def _alone(self, step: str, case: Case, at: datetime) -> Outcome:
        try:
            return (await self._outcomes(step, [case], at))[0]
        except Exception as problem:  # noqa: BLE001 - one bad case must never stop a lane; it is logged and set aside
            return await self._failed(step, case, problem)

    async def _outcomes(self, step: str, cases: Sequence[Case], at: datetime) -> Sequence[Outcome]:
        outcomes = await self._lane.runs[step](cases, at)
        if [(one.cell, one.case_id) for one in outcomes] != [case.key for case in cases]:
            raise RuntimeError(f"the step {step} has no outcome for each of its cases")
        for case, outcome in zip(cases, outcomes, strict=True):
            follow(case, outcome)  # a fact that no step can carry on is found while the case can be told apart
        return outcomes

    async def _works_for_some(self, step: str, cases: Sequence[Case], at: datetime) -> bool:
        """Whether what is said to be away is there for the first or the last case: then one of them is at fault."""
        for case in (cases[0], cases[-1]):
            with suppress(Exception):
                await self._outcomes(step, [case], at)
                return True
        return False

    async def _failed(self, step: str, case: Case, problem: Exception) -> Outcome:
        _log.error("step_failed", step=step, case=case.case_id, tries=case.tries, exc_info=problem)
        await self._mark(case, step, problem)
        return _set_aside(case, step, problem)


def _is_an_officers(case: Case, problem: Exception) -> bool:
    """A fault that all cases share, as a column that is missing, would only fill the officers' queue."""
    return may_move(case.state, State.REVIEW) and not is_schemas(problem)


def _set_aside(case: Case, step: str, problem: Exception) -> Outcome:
    """Try again later, longer each time; after several tries an officer looks, where the table allows it.

    The pause begins now, when the try has ended: a slow failure is not tried again at once.
    """
    if case.tries >= TRIES and _is_an_officers(case, problem):
        return Outcome(case.cell, case.case_id, State.REVIEW, "step_failed", {"step": step})
    due_at = now() + timedelta(seconds=rest_after(case.tries))
    return Outcome(case.cell, case.case_id, None, "step_delayed", {"step": step}, step=Step(step), due_at=due_at)
