"""The gate: who may try how often, and whether reference and plate, or the chassis number, are right.

Each attempt is counted before it is judged and given back when it was right, so that no two attempts at
once slip through. A wrong reference, a wrong plate, an unknown case and a limit cost the same statements
and end in the same refusal.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from cakra.core.errors import InputError
from cakra.core.plate import PlateError, parse_plate
from cakra.doors.callers import caller_of
from cakra.journey.ownership.rules import CHASSIS_INDEX, chassis_last5
from cakra.kit.ids import read_reference
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.kit.settings import Portal as Limits
from cakra.store.db import Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.doors.citizen.visiting", "views.sql")
_log = get_logger(__name__)

_NOBODY = (0, "")
# Everybody's attempts are counted in this many rows, so that no single row is waited for by all.
_SHARDS = 16
_SHARD_KIND = "shard"


@dataclass(frozen=True, slots=True)
class Counted:
    """One attempt, already counted; `over` when any limit is passed."""

    scopes: tuple[str, ...]
    subjects: tuple[bytes, ...]
    at: datetime
    over: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """Counts and judges attempts. Subjects are keyed hashes: no reference and no address is stored."""

    pool: Pool
    keys: Sealer
    register: Sealer
    limits: Limits

    async def open_case(self, request: Request, reference: str, plate: str, at: datetime) -> tuple[int, int] | None:
        """(cell, case id) of the case that both belong to and whose owner was written to; None for all else."""
        cell, canonical = _read_reference(reference)
        counted = await self._count("reference", canonical or reference, request, at)
        row = await self.pool.fetchrow(SQL.find_contacted, cell, canonical)
        known = row["plate"] if row is not None else None
        right = hmac.compare_digest(self._key("plate", known or ""), self._key("plate", _read_plate(plate)))
        if counted.over or row is None or not known or not right:
            _log.info("check_refused", limited=counted.over)
            return None
        await self._forgive(counted)
        return row["cell"], row["case_id"]

    async def prove_owner(self, request: Request, case: tuple[int, int], typed: str, at: datetime) -> bool:
        """Whether these are the last five characters of the chassis number in this (cell, case id)."""
        counted = await self._count("chassis", "{}:{}".format(*case), request, at)
        known = await self.pool.fetchval(SQL.chassis, *case)
        right = hmac.compare_digest(known or b"", self.register.index(CHASSIS_INDEX, _read_chassis(typed)))
        if counted.over or not right:
            _log.info("chassis_refused", limited=counted.over)
            return False
        await self._forgive(counted)
        return True

    async def _count(self, scope: str, subject: str, request: Request, at: datetime) -> Counted:
        address = caller_of(request)
        shard = self._key(_SHARD_KIND, address)[0] % _SHARDS
        scopes = (scope, f"{scope}:address", f"{scope}:all")
        subjects = (self._key(scope, subject), self._key("address", address), bytes([shard]))
        limits = (
            self.limits.attempts_per_reference,
            self.limits.attempts_per_address,
            max(1, self.limits.attempts_global // _SHARDS),
        )
        rows = await self.pool.fetch(SQL.count_attempts, list(scopes), list(subjects), at)
        counts = {row["scope"]: row["count"] for row in rows}
        over = any(counts[name] > limit for name, limit in zip(scopes, limits, strict=True))
        return Counted(scopes, subjects, at, over)

    async def _forgive(self, counted: Counted) -> None:
        await self.pool.execute(SQL.forgive_attempts, list(counted.scopes), list(counted.subjects), counted.at)

    def _key(self, kind: str, value: str) -> bytes:
        return self.keys.index(kind, value)


async def forget_attempts(pool: Pool, at: datetime, *, most: int = 1000) -> int:
    """Delete up to `most` counts of hours that are over, whichever door counted; how many they were."""
    return len(await pool.fetch(SQL.forget_attempts, at, most))


def _read_reference(text: str) -> tuple[int, str]:
    try:
        return read_reference(text)
    except InputError:
        return _NOBODY


def _read_plate(text: str) -> str:
    try:
        return parse_plate(text).text
    except PlateError:
        return "?"


def _read_chassis(text: str) -> str:
    try:
        return chassis_last5(text)
    except InputError:
        return "?"
