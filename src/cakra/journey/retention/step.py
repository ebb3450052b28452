"""Looking through what is kept, a class at a time and a bounded set at a time, and erasing what is past its time.

A look goes through the cases of a class from the oldest on, once every few hours, whichever worker begins it. Each set
is one transaction: the cases are locked, judged as they stand then (a hold placed meanwhile is seen), erased, counted.
A case that cannot be erased is set aside, and the others of its set go.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cakra.core.errors import Conflict
from cakra.core.policy.retention import (
    OF_CASES,
    OF_RECORDS,
    KeptCase,
    RetentionClass,
    RetentionPolicy,
    class_of,
    erasable_from,
    states_of,
)
from cakra.core.ports import PhotoStore
from cakra.core.states.journey import State
from cakra.journey.retention.alone import SQL, alone
from cakra.journey.retention.pictures import erase_pictures
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Pool
from cakra.store.faults.aside import RETENTION, kind_of, mark_aside
from cakra.store.faults.parts import in_parts
from cakra.store.upkeep.erasing import Erased, erase_cases, lock_cases

_EVERY = timedelta(hours=3)
_SET = 500
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Candidate:
    cell: int
    case_id: int
    version: int
    state_since: datetime

    @property
    def key(self) -> tuple[int, int]:
        return self.cell, self.case_id


@dataclass(slots=True)
class _Look:
    """A look that is under way: through which class, up to when, which states are left, behind which case it is."""

    which: RetentionClass
    cutoff: datetime
    states: list[State]
    erasure_id: int = 0
    behind: tuple[datetime, int] = (_EARLIEST, -1)

    def next_state(self) -> None:
        del self.states[0]
        self.behind = (_EARLIEST, -1)


@dataclass(slots=True)
class Eraser:
    """Erases by the policy of the day. `most`: how many cases, pictures or records one set holds."""

    pool: Pool
    policy: Callable[[datetime], RetentionPolicy]
    most: int = _SET
    _look: _Look | None = field(default=None, init=False)

    async def erase_cases(self, at: datetime) -> int:
        """One set of the look under way, or of the next that is due; how many cases were looked at, 0: none is due."""
        async with alone(self.pool) as connection:
            if connection is None:
                return 0
            while (look := self._look or await self._next(connection, at)) is not None:
                self._look = look
                if not look.states:
                    await _end(connection, look, at)
                    self._look = None
                elif looked := await _one_set(connection, self.policy(at), look, at, self.most):
                    return looked
        return 0

    async def _next(self, connection: Connection, at: datetime) -> _Look | None:
        which = await _due(connection, OF_CASES, at)
        return None if which is None else await _begin(connection, self.policy(at), which, at)

    async def erase_records(self, at: datetime) -> int:
        """Everything past its time of the next class that is due, in bounded sets; how many records were erased."""
        async with alone(self.pool) as connection:
            if connection is None:
                return 0
            while (which := await _due(connection, OF_RECORDS, at)) is not None:
                if gone := await _all_records(connection, self.policy(at), which, at, self.most):
                    return gone
        return 0


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a whole run erased: class → cases or records; pictures that left the store or stayed with another case."""

    erased: Mapping[RetentionClass, int]
    pictures: int


async def run_all(
    pool: Pool, photos: PhotoStore, policy: RetentionPolicy, at: datetime, most: int = _SET
) -> RunSummary:
    """Look through everything now, whenever it was looked at last. Conflict while somebody else erases; StoreAway."""
    erased: dict[RetentionClass, int] = {}
    async with alone(pool) as connection:
        if connection is None:
            raise Conflict("A worker erases at this moment; try again in a minute.", code="erasing_already")
        for which in OF_CASES:
            look = await _begin(connection, policy, which, at)
            while look.states:
                await _one_set(connection, policy, look, at, most)
            erased[which] = await _end(connection, look, at)
        for which in OF_RECORDS:
            erased[which] = await _all_records(connection, policy, which, at, most)
    pictures = 0
    while some := await erase_pictures(pool, photos, at, most=most):
        pictures += some
    return RunSummary(erased, pictures)


async def count_due(pool: Pool, policy: RetentionPolicy, at: datetime, most: int = _SET) -> dict[RetentionClass, int]:
    """How many cases of each class would be erased now; changes nothing."""
    due = dict.fromkeys(OF_CASES, 0)
    async with pool.acquire() as connection:
        for which in OF_CASES:
            look = _Look(which, policy.span(which).before(at), list(states_of(which)))
            while look.states:
                found = await _candidates(connection, look, most)
                due[which] += len(await _judge(connection, policy, which, [one.key for one in found], at))
    return due


async def _due(connection: Connection, classes: Sequence[RetentionClass], at: datetime) -> RetentionClass | None:
    found = await connection.fetchval(SQL.class_to_look_at, list(classes), at - _EVERY)
    return None if found is None else RetentionClass(found)


async def _begin(connection: Connection, policy: RetentionPolicy, which: RetentionClass, at: datetime) -> _Look:
    look = _Look(which, policy.span(which).before(at), list(states_of(which)), new_id())
    await connection.execute(SQL.begin_look, look.erasure_id, which, at, look.cutoff)
    return look


async def _end(connection: Connection, look: _Look, at: datetime) -> int:
    """The look is over; how many it erased."""
    cases: int = await connection.fetchval(SQL.end_look, look.erasure_id, at)
    await connection.execute(SQL.forget_empty_looks, look.which, at - timedelta(days=2), look.erasure_id)
    return cases


async def _candidates(connection: Connection, look: _Look, most: int) -> list[_Candidate]:
    """The next cases of the look; it stands behind them afterwards, or at its next state."""
    rows = await connection.fetch(SQL.candidates, look.states[0], look.cutoff, *look.behind, most)
    found = [_Candidate(**row) for row in rows]
    if len(found) < most:
        look.next_state()
    else:
        look.behind = (found[-1].state_since, found[-1].case_id)
    return found


async def _one_set(connection: Connection, policy: RetentionPolicy, look: _Look, at: datetime, most: int) -> int:
    found = await _candidates(connection, look, most)
    which, erasure_id = look.which, look.erasure_id

    async def work(cases: Sequence[_Candidate]) -> None:
        async with connection.transaction():
            locked = await lock_cases(connection, [one.key for one in cases])
            gone = await erase_cases(connection, await _judge(connection, policy, which, locked, at))
            if gone.cases:
                await connection.execute(SQL.count_erased, erasure_id, gone.cases, gone.photographs, gone.bytes)
        _tell(which, gone)

    async def refused(case: _Candidate, problem: Exception) -> None:
        _log.error("case_not_erased", case=case.case_id, kind=kind_of(problem))
        await mark_aside(connection, case.key, RETENTION, case.version, problem)
        await connection.execute(SQL.count_failed, erasure_id, kind_of(problem))

    await in_parts(found, work, refused)
    return len(found)


async def _judge(
    connection: Connection,
    policy: RetentionPolicy,
    which: RetentionClass,
    cases: Sequence[tuple[int, int]],
    at: datetime,
) -> list[tuple[int, int]]:
    """Of these cases those of the class whose time is over."""
    if not cases:
        return []
    cells, case_ids = [cell for cell, _ in cases], [case_id for _, case_id in cases]
    rows = await connection.fetch(SQL.kept, cells, case_ids)
    return sorted((row["cell"], row["case_id"]) for row in rows if _is_over(policy, which, row, at))


def _is_over(policy: RetentionPolicy, which: RetentionClass, row: Any, at: datetime) -> bool:
    kept = KeptCase(State(row["state"]), row["since"], row["told"], row["charged"], row["waits"], row["held"])
    since = erasable_from(policy, kept)
    return since is not None and since <= at and class_of(kept.state, told=kept.told, charged=kept.charged) is which


_Batch = Callable[[Connection, datetime, int], Awaitable[int]]


async def _payments(connection: Connection, cutoff: datetime, most: int) -> int:
    return len(await connection.fetch(SQL.erase_payments, cutoff, most))


async def _agreements(connection: Connection, cutoff: datetime, most: int) -> int:
    return len(await connection.fetch(SQL.erase_agreements, cutoff, most))


async def _staff_log(connection: Connection, cutoff: datetime, most: int) -> int:
    return int(await connection.fetchval(SQL.erase_staff_log, cutoff, most))


async def _runs(connection: Connection, cutoff: datetime, most: int) -> int:
    holds = await connection.fetch(SQL.erase_holds, cutoff)
    return len(holds) + len(await connection.fetch(SQL.erase_runs, cutoff, most))


_RECORDS: Mapping[RetentionClass, _Batch] = {
    RetentionClass.PAYMENT: _payments,
    RetentionClass.STAFF_LOG: _staff_log,
    RetentionClass.AGREEMENT: _agreements,
    RetentionClass.RUN: _runs,
}


async def _all_records(
    connection: Connection, policy: RetentionPolicy, which: RetentionClass, at: datetime, most: int
) -> int:
    look = await _begin(connection, policy, which, at)
    while True:
        async with connection.transaction():
            gone = await _RECORDS[which](connection, look.cutoff, most)
            await connection.execute(SQL.count_erased, look.erasure_id, gone, 0, 0)
        if not gone:
            break
    look.states = []
    return await _end(connection, look, at)


def _tell(which: RetentionClass, gone: Erased) -> None:
    if gone.cases:
        _log.info("cases_erased", retention=which.value, cases=gone.cases, photographs=gone.photographs)
