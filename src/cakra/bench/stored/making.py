"""Making the stored cases of one size: inserts a part at a time, then statistics as autovacuum keeps them."""

import hashlib
from datetime import UTC, date, datetime, timedelta

from cakra.bench.measuring.ground import CAMERA, OFFENCE, Progress
from cakra.bench.stored.mix import MIX, RECENT_FROM, SPAN, chains, check_mix, draws, having, written
from cakra.bench.stored.sample import SIGNATORY, seal_sample
from cakra.core.policy.kinds import RETENTION
from cakra.core.policy.retention import RetentionClass
from cakra.core.states.deadline import NATIONAL
from cakra.core.states.journey import State
from cakra.journey.staff.officers import hash_password
from cakra.kit.clock import now
from cakra.store.db import Connection, Pool
from cakra.store.policies import Draft, enact
from cakra.store.sql import load_queries
from cakra.store.upkeep.migrate import read_folder
from cakra.wiring.world import World

SQL = load_queries("cakra.bench.stored")
SEED = 20261130
_PART = 25_000
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_PAST_TIMEOUT_S = 3600.0


# Stored cases wait. Those past their time would be erased beside the cases that are measured: a day's work of its own.
KEPT_FOR_GOOD = "".join(
    f'[[class]]\nname = "{name}"\nyears = 100\ncertain = false\nsource = "A benchmark."\n' for name in RetentionClass
)


def ground_key(rows: int, register_rows: int) -> str:
    """Names a ground: another schema, mix, size or seed is another ground."""
    told = [one.sha256 for one in read_folder()] + [
        *SQL.statements.values(),
        repr(MIX),
        KEPT_FOR_GOOD,
        repr((rows, register_rows, SEED)),
    ]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:12]


async def add_stored(world: World, rows: int, progress: Progress) -> None:
    """Write so many cases with all that belongs to them, the sample sealed with this world's keys."""
    check_mix()
    await enact(world.pool, world.policies, Draft(RETENTION.name, NATIONAL, date(2000, 1, 1), KEPT_FOR_GOOD))
    made = now()
    await add_rows(world.pool, rows, made, progress)
    await seal_sample(world)
    await tidy(world.pool)


async def add_rows(pool: Pool, rows: int, made: datetime, progress: Progress) -> None:
    """The rows alone, received over the eighteen months before `made`. Camera and jurisdiction are there."""
    await pool.execute(SQL.add_signatory, SIGNATORY, hash_password(SIGNATORY * 2))
    begin = int((made - SPAN - _EPOCH) / timedelta(milliseconds=1))
    span = int(SPAN / timedelta(milliseconds=1))
    async with pool.acquire() as connection:
        for first in range(0, rows, _PART):
            beyond = min(first + _PART, rows)
            numbers = (first, beyond, rows, begin, span, int(rows * RECENT_FROM))
            async with connection.transaction():
                await connection.execute(
                    SQL.add_cases, *numbers, *draws(), SEED, CAMERA, OFFENCE, timeout=_PAST_TIMEOUT_S
                )
                bounds = tuple((begin + number * span // rows) << 22 for number in (first, beyond))
                await _add_sides(connection, *bounds)
            if first == 0:
                await connection.execute("analyze")
            progress(beyond, rows)


async def tidy(pool: Pool) -> None:
    """What autovacuum would have done long ago: dead rows gone, pages known as visible, statistics fresh."""
    await pool.execute("vacuum analyze", timeout=_PAST_TIMEOUT_S)
    await pool.execute("checkpoint", timeout=_PAST_TIMEOUT_S)


async def _add_sides(connection: Connection, low: int, high: int) -> None:
    notices = written()
    told = (
        [one.state.value for one in notices],
        [one.purpose for one in notices],
        [one.place for one in notices],
        [one.delivered for one in notices],
        [one.open for one in notices],
    )
    charged = having(State.CHARGED)
    work: list[tuple[str, tuple[object, ...]]] = [
        (SQL.add_parties, ()),
        (SQL.add_references, ()),
        (SQL.add_sightings, ()),
        (SQL.add_photos, ()),
        (SQL.add_screenings, ()),
        (SQL.add_pictures, ()),
        (SQL.add_events, chains()),
        (SQL.add_notices, told),
        (SQL.add_attempts, ()),
        (SQL.add_receipts, ()),
        (SQL.add_answers, (having(State.ANSWERED),)),
        (SQL.add_codes, (charged, SIGNATORY)),
        (SQL.add_looks, (SIGNATORY,)),
        (SQL.add_callbacks, ()),
        (SQL.add_agreements, ()),
    ]
    for statement, more in work:
        await connection.execute(statement, low, high, *more, timeout=_PAST_TIMEOUT_S)
