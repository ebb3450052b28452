"""What is deleted by itself: only what is over, in batches, once a minute."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from cakra.kit.ids import new_id
from cakra.kit.settings import Settings
from cakra.outside.photos import open_photo_store
from cakra.wiring.keeping.retention import retention as retention_of
from cakra.wiring.world import World
from officers import put_officer
from portal_kit import ROOT_KEY, the_law

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TABLES = ("attempt_limit", "portal_try", "quarantine", "callback", "staff_session")


class Kinds:
    """Every kind of row in turn, as the clockwork has them."""

    def __init__(self, world):
        self.kinds = retention_of(world)

    async def forget(self):
        return sum([await kind() for kind in self.kinds.values()])


@pytest.fixture
def retention(pool, database_url, tmp_path):
    return Kinds(World(Settings(), database_url, pool, ROOT_KEY, the_law(), open_photo_store(str(tmp_path))))


async def add_rows(pool, until, tag, *, step=None):
    """One row of each kind whose time ends at `until`."""
    await pool.execute("insert into attempt_limit values ('reference', $1, $2, 1)", tag, until - 2 * HOUR)
    await pool.execute("insert into portal_try values ('plate', $1, $2, 1)", tag, until - 3 * HOUR)
    await pool.execute(
        "insert into quarantine values ($1, $2, $2, 'events', null, false, 'c', 'r', '', 0, null, null)",
        new_id(),
        until,
    )
    await pool.execute(
        "insert into callback (callback_id, provider, received_at, expires_at, raw, step)"
        " values ($1, 'whatsapp', $2, $2, '', $3)",
        new_id(),
        until,
        step,
    )
    await pool.execute("insert into staff_session values ($1, 'rina', '', $2, $2, $2)", tag, until)


@pytest.fixture(autouse=True)
async def officer(pool):
    await put_officer(pool, "rina", "reviewer")


async def counts(pool):
    return [await pool.fetchval(f"select count(*) from {table}") for table in TABLES]


async def test_what_is_over_goes_and_the_rest_stays(pool, retention):
    with time_machine.travel(NOW, tick=False) as clock:
        await add_rows(pool, NOW - HOUR, b"old")
        await add_rows(pool, NOW + DAY, b"new")
        assert await retention.forget() == len(TABLES)
        assert await counts(pool) == [1] * len(TABLES)
        assert await retention.forget() == 0
        await add_rows(pool, NOW - HOUR, b"later")
        assert await retention.forget() == 0  # not before the minute is over
        clock.shift(timedelta(seconds=61))
        assert await retention.forget() == len(TABLES)


async def test_a_callback_that_waits_to_be_applied_is_never_deleted(pool, retention):
    with time_machine.travel(NOW, tick=False):
        await add_rows(pool, NOW - HOUR, b"waiting", step="receipts")
        assert await retention.forget() == len(TABLES) - 1
    assert await pool.fetchval("select count(*) from callback") == 1


async def test_it_goes_in_batches(pool, retention):
    await pool.execute(
        "insert into attempt_limit select 'reference', int4send(n), $1, 1 from generate_series(1, 1500) n", NOW - DAY
    )
    with time_machine.travel(NOW, tick=False):
        assert [await retention.forget() for _ in range(3)] == [1000, 500, 0]
