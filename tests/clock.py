"""A clock that tests can set, so that the hour of the day is a parameter.

    CAKRA_TEST_CLOCK="2026-12-31T21:30:00+07:00" make test      the whole run begins at that instant
    @any_hour                                                   one test runs at each of `HOURS`

Moved are this process, the Python processes that it starts, and PostgreSQL: functions of ours stand before
`pg_catalog.now()` and `clock_timestamp()` in the search path, column defaults included. The product has no switch for
it: it asks `cakra.kit.clock.now` and those two functions alone (`tests/architecture/test_one_clock.py`). What is not
moved: monotonic clocks, file times, and foreign programs (OpenSSL, Postfix, Node, Chromium).
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest
import time_machine

from cakra.store.connect import connect

T = TypeVar("T", bound=Callable[..., Any])
# When law, ladder and books could think of another day than people do: it is yesterday in UTC, quiet hours end, quiet
# hours have begun, and a month (and year) ends within minutes.
HOURS = {
    "00.30": "2026-12-10T00:30:00+07:00",
    "06.30": "2026-12-10T06:30:00+07:00",
    "21.30": "2026-12-10T21:30:00+07:00",
    "a month's end": "2026-12-31T23:50:00+07:00",
}
WHOLE_RUN = "CAKRA_TEST_CLOCK"
AHEAD = "TEST_CLOCK_AHEAD_S"  # not CAKRA_…: tests start the product without variables of that name
CHILDREN = str(Path(__file__).with_name("clock_of_children"))
# Languages and volatility as the functions they stand for, so that plans, indexes and prepared statements stay.
SCHEMA = """
create schema if not exists test_clock;
grant usage on schema test_clock to public;
create or replace function test_clock.now() returns timestamptz language sql stable parallel safe
    as $$ select pg_catalog.now() + interval '{seconds} seconds' $$;
create or replace function test_clock.clock_timestamp() returns timestamptz language sql volatile parallel safe
    as $$ select pg_catalog.clock_timestamp() + interval '{seconds} seconds' $$;
"""
# Tables are made in the first schema of the path, functions are found in the first that has them.
PATH = "public, test_clock, pg_catalog"


def any_hour(test: T) -> T:
    """A test that runs once at each of the hours above: `hour` moves the clocks before the database is made."""
    instants = [datetime.fromisoformat(told) for told in HOURS.values()]
    parametrized = pytest.mark.parametrize("hour", instants, ids=list(HOURS), indirect=True)(test)
    return pytest.mark.usefixtures("hour")(parametrized)


def asked_for() -> timedelta:
    """How far the whole run's clock is to be ahead of the machine's; zero without `CAKRA_TEST_CLOCK`."""
    told = os.environ.get(WHOLE_RUN, "").strip()
    if not told:
        return timedelta()
    try:
        instant = datetime.fromisoformat(told)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise pytest.UsageError(f'{WHOLE_RUN}={told!r} is no instant; write it like "2026-12-31T21:30:00+07:00".')
    return instant - datetime.now(UTC)


def ahead() -> timedelta:
    """How far the clock of this moment is ahead of the machine's."""
    return timedelta(seconds=float(os.environ.get(AHEAD, "0")))


@contextmanager
def moved(to: datetime | timedelta) -> Iterator[None]:
    """From here on it is this instant (or so much later than it is now), and time goes on from there."""
    machine = datetime.now(UTC) - ahead()
    distance = ahead() + to if isinstance(to, timedelta) else to - machine
    before = {name: os.environ.get(name) for name in (AHEAD, "PYTHONPATH")}
    paths = [path for path in (before["PYTHONPATH"] or "").split(os.pathsep) if path and path != CHILDREN]
    os.environ |= {AHEAD: str(distance.total_seconds()), "PYTHONPATH": os.pathsep.join([CHILDREN, *paths])}
    try:
        with time_machine.travel(machine + distance, tick=True):
            time.time()  # the journey begins with the first question
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


async def move_database(url: str) -> None:
    """Whoever connects to this database from now on is told the time as it is here; before its tables are made."""
    connection: asyncpg.Connection[asyncpg.Record] = await connect(url, name="cakra tests")
    try:
        await connection.execute(SCHEMA.format(seconds=ahead().total_seconds()))
        name = await connection.fetchval("select quote_ident(current_database())")
        await connection.execute(f"alter database {name} set search_path = {PATH}")
    finally:
        await connection.close()
