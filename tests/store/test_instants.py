"""Every instant that PostgreSQL can hold is read; those of Python's calendar come back as they went in."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.store.instants import FIRST, LAST, put_instant, read_instant

ZONES = [UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-12)), ZoneInfo("Asia/Jayapura")]


@given(st.datetimes(timezones=st.sampled_from(ZONES)).filter(lambda instant: 1 < instant.year < 9999))
def test_an_instant_comes_back_as_it_went_in(instant):
    # As UTC: an hour that a zone left out (Jayapura, 1 September 1944) equals no instant of another zone.
    assert read_instant(put_instant(instant)) == instant.astimezone(UTC)


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_count_is_an_instant_that_every_zone_can_show(count):
    instant = read_instant((count,))
    assert FIRST <= instant <= LAST
    for hours in (-14, 14):
        assert instant.astimezone(timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("-infinity", FIRST),
        ("4713-01-02 00:00:00+00 BC", FIRST),
        ("0001-01-01T00:00:00Z", FIRST),
        ("2026-11-30T12:00:00.000001Z", datetime(2026, 11, 30, 12, 0, 0, 1, UTC)),
        ("9999-12-31T23:59:59.999999Z", LAST),
        ("294276-12-31T23:59:59Z", LAST),
        ("infinity", LAST),
    ],
)
async def test_the_database_gives_what_python_can_hold(pool, stored, read):
    assert await pool.fetchval(f"select '{stored}'::timestamptz") == read
    assert await pool.fetchval(f"select array['{stored}'::timestamptz, null]") == [read, None]


async def test_what_goes_in_is_what_was_meant(pool):
    at = datetime(2026, 11, 30, 23, 59, 59, 999999, timezone(timedelta(hours=7)))
    assert await pool.fetchval("select $1::timestamptz = '2026-11-30T16:59:59.999999Z'", at)
    assert await pool.fetchval("select count(*) from unnest($1::timestamptz[]) t where t = $2", [at, at], at) == 2
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("create temp table kept (at timestamptz) on commit drop")
        await connection.copy_records_to_table("kept", records=[(at,), (None,)])
        assert await connection.fetchval("select at from kept where at is not null") == at
