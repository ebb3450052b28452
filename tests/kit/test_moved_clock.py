"""The clock that tests can set: this process, a child, the database and its column defaults say the same."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from tests.zygote import run_cakra

import clock
from cakra.kit.clock import now
from clock import any_hour

CLOSE = timedelta(minutes=5)


def ask_child() -> datetime:
    """What another process of ours takes the time for."""
    program = "from cakra.kit.clock import now; print(now().isoformat())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return datetime.fromisoformat(done.stdout.strip())


@any_hour
async def test_process_child_database_and_defaults_agree(hour, request, pool, database_url):
    meant = request.node.callspec.params["hour"]
    told_by_child = await asyncio.to_thread(ask_child)
    row = await pool.fetchrow("select now(), clock_timestamp()")
    default = await pool.fetchval(
        "insert into register_import (import_id, source, file_name, sha256, synthetic)"
        " values (1, 's', 'f', '', true) returning started_at"
    )
    told = [now(), told_by_child, row["now"], row["clock_timestamp"], default]
    assert [at for at in told if not timedelta() <= at - meant < CLOSE] == []
    assert await pool.fetchval("select current_schema()") == "public"


def test_the_command_line_says_as_much_as_ever_under_another_clock(tmp_path):
    """What moves the clock imports pytest, which a library of ours takes for a test and complains about."""
    with clock.moved(timedelta(days=30)):
        done = run_cakra(["no-such-command"], folder=tmp_path, variables=os.environ)
    assert done.returncode == 2
    assert done.stderr.startswith("cakra: ")


async def test_without_being_asked_nothing_is_moved(pool):
    assert clock.ahead() == clock.ahead()
    if not clock.ahead():
        assert await pool.fetchval("select to_regnamespace('test_clock') is null")
    assert abs(await pool.fetchval("select clock_timestamp()") - datetime.now(UTC)) < CLOSE


@pytest.mark.parametrize("told", ["tonight", "21:30", "2026-12-31T21:30:00"])
def test_an_instant_without_a_zone_or_none_at_all_is_refused(told, monkeypatch):
    monkeypatch.setenv(clock.WHOLE_RUN, told)
    with pytest.raises(pytest.UsageError, match="is no instant"):
        clock.asked_for()
