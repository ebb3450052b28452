"""The sweep over all cameras: fold scores, weigh officers' words, write what changed. Any number of workers may."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cakra.journey.watching.rules import (
    BUCKETS,
    EDGES,
    Agreement,
    CameraTrust,
    Cause,
    Judgement,
    Limits,
    Shift,
    judge,
    shift_of,
    suspicion_after,
)
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Database, Pool, Row
from cakra.store.faults.aside import kind_of
from cakra.store.faults.parts import in_parts
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.watching")
SHOWN = timedelta(days=30)
_AT_ONCE = 5000
_log = get_logger(__name__)


class CameraWatch:
    """Looks at every camera once in `every_s` seconds."""

    def __init__(self, pool: Pool, limits: Limits, every_s: float) -> None:
        self._pool = pool
        self._limits = limits
        self._every = timedelta(seconds=every_s)
        self._next: datetime | None = None

    async def look(self) -> int:
        """Fold, weigh and judge when it is time; 0 when nothing more is to be counted now."""
        at = now()
        if self._next is not None and at < self._next:
            return 0
        if (folded := await self._pool.fetchval(SQL.fold_scores, _AT_ONCE, list(EDGES))) == _AT_ONCE:
            return _AT_ONCE
        weighed = await self._weigh()
        await self.judge(at)
        if weighed == _AT_ONCE:
            return weighed
        self._next = at + self._every
        if folded or weighed:
            _log.debug("cameras_watched", scores=folded, decisions=weighed)
        return 0

    async def _weigh(self) -> int:
        """Each officer's word goes into its camera's sum once, in the order they were given."""
        async with self._pool.acquire() as connection, connection.transaction():
            words = await connection.fetch(SQL.take_agreements, _AT_ONCE)
            if not words:
                return 0
            words.sort(key=lambda row: row["at"])
            first = {row["camera"]: row["at"] for row in reversed(words)}
            await connection.execute(SQL.begin_standings, list(first), list(first.values()))
            sums = {}
            for standing in await connection.fetch(SQL.lock_standings, sorted(first)):
                if standing["outcome"] == CameraTrust.HUMAN:
                    continue  # decided already; what officers say meanwhile is shown and not weighed
                camera, begun = standing["camera"], standing["window_from"]
                said = [word["agreed"] for word in words if word["camera"] == camera and word["at"] >= begun]
                sums[camera] = suspicion_after(standing["suspicion"], said, self._limits)
            await connection.execute(SQL.save_suspicion, list(sums), list(sums.values()))
        return len(words)

    async def judge(self, at: datetime) -> None:
        """Write every change of a standing and tell it. A camera that cannot be judged is raised, after all others."""
        faults: list[Exception] = []
        async with self._pool.acquire() as connection, connection.transaction():
            standings = await connection.fetch(SQL.lock_standings, None)
            references, windows = await self._counts(connection, standings, at.astimezone(UTC).date())

            async def some(rows: Sequence[Row]) -> None:
                async with connection.transaction():
                    await self._judge(connection, rows, references, windows, at)

            async def leave(row: Row, problem: Exception) -> None:
                _log.error("camera_not_judged", camera=row["camera"], kind=kind_of(problem))
                faults.append(problem)

            await in_parts(standings, some, leave)
        if faults:
            raise faults[0]

    async def _judge(
        self,
        connection: Connection,
        standings: Sequence[Row],
        references: Mapping[str, Sequence[int]],
        windows: Mapping[str, Sequence[int]],
        at: datetime,
    ) -> None:
        changed = []
        for row in standings:
            before, camera = Judgement(CameraTrust(row["outcome"]), frozenset(map(Cause, row["causes"]))), row["camera"]
            shift = None
            if camera in windows and camera in references:
                shift = shift_of(references[camera], windows[camera], self._limits)
            after = judge(before, row["suspicion"], shift, self._limits)
            if after != before:
                changed.append((row, before, after, shift))
        if changed:
            agreements = await agreements_lately(connection, at)
            for row, before, after, shift in changed:
                figures = _figures(agreements.get(row["camera"], Agreement(0, 0)), row["suspicion"], shift)
                await _tell(connection, row["camera"], after, figures, at)
                _say(row["camera"], before, after, figures)

    async def _counts(
        self, connection: Connection, standings: Sequence[Row], today: date
    ) -> tuple[Mapping[str, Sequence[int]], Mapping[str, Sequence[int]]]:
        """Readings a bucket of each camera's full reference, and of its full window."""
        references = {row["camera"]: row["reference"] for row in standings if row["reference"]}
        for camera, counts in (await references_so_far(connection, today)).items():
            begun = next((row["window_from"] for row in standings if row["camera"] == camera), None)
            if begun is None:
                continue
            days = (today - begun.astimezone(UTC).date()).days - 1
            if days >= self._limits.reference_days and sum(counts) >= self._limits.least_readings:
                await connection.execute(SQL.keep_reference, camera, list(counts), today - timedelta(days=1))
        return references, await windows_now(connection, today, self._limits)


async def references_so_far(database: Database, today: date) -> Mapping[str, Sequence[int]]:
    """Camera → readings a bucket of a reference that is not full yet."""
    return _histograms(await database.fetch(SQL.reference_so_far, today))


async def windows_now(database: Database, today: date, limits: Limits) -> Mapping[str, Sequence[int]]:
    """Camera → readings a bucket of the last whole days (UTC), of those that have a reference before them."""
    first = today - timedelta(days=limits.window_days)
    return _histograms(await database.fetch(SQL.window_now, first, today))


async def agreements_lately(database: Database, at: datetime) -> Mapping[str, Agreement]:
    """Camera → officers' words of the last thirty days that count now; of one with officers, since then."""
    rows = await database.fetch(SQL.agreement_lately, at - SHOWN)
    return {row["camera"]: Agreement(row["agreed"], row["decided"]) for row in rows}


def _histograms(rows: Sequence[Row]) -> Mapping[str, Sequence[int]]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * BUCKETS)
    for row in rows:
        counts[row["camera"]][row["bucket"]] = row["readings"]
    return counts


def _figures(agreement: Agreement, suspicion: float, shift: Shift | None) -> dict[str, Any]:
    low, high = agreement.interval
    told: dict[str, Any] = {
        "agreed": agreement.agreed,
        "decided": agreement.decided,
        "low": round(low, 4),
        "high": round(high, 4),
        "suspicion": round(suspicion, 2),
    }
    if shift is not None:
        told |= {"shift": round(shift.index, 3), "shift_limit": round(shift.limit, 3), "lower": shift.lower}
    return told


async def _tell(
    connection: Connection, camera: str, after: Judgement, figures: Mapping[str, Any], at: datetime
) -> None:
    causes, outcome = sorted(after.causes), after.outcome.value
    await connection.execute(SQL.change_standing, camera, outcome, causes, at)
    await connection.execute(SQL.tell_change, new_id(), camera, at, outcome, causes, json.dumps(figures), None, "")


def _say(camera: str, before: Judgement, after: Judgement, figures: Mapping[str, Any]) -> None:
    told = {"camera": camera, "causes": [one.value for one in sorted(after.causes)], **figures}
    match after.outcome:
        case CameraTrust.HUMAN:
            _log.error("camera_fell_back", **told)
        case CameraTrust.ALARM:
            _log.error("camera_alarm_raised", **told, before=[one.value for one in sorted(before.causes)])
        case CameraTrust.TRUSTED:
            _log.warning("camera_alarm_ended", **told)
