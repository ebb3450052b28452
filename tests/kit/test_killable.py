"""Jobs in processes that can be killed: one that takes too long ends alone, and the others go on."""

import asyncio
import os
import signal
import time
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import pytest

from cakra.kit.killable import JobTooSlow, KillableProcesses

LONG_S, SHORT_S = 60.0, 0.5


def nothing():
    """No preparation."""


def fails():
    raise FileNotFoundError("no model")


def double(number):
    return 2 * number


def sleeps():
    time.sleep(LONG_S)


def dies():
    os.kill(os.getpid(), signal.SIGKILL)


def dies_once(mark):
    if not mark.exists():
        mark.touch()
        dies()


def refuses():
    raise ValueError("not this one")


@pytest.fixture
async def processes():
    made = KillableProcesses(2, nothing)
    yield made
    await made.close()


async def test_a_job_that_takes_too_long_is_ended_and_the_others_go_on(processes):
    slow = asyncio.create_task(processes.run(SHORT_S, sleeps))
    assert await asyncio.gather(*(processes.run(LONG_S, double, number) for number in range(6))) == [0, 2, 4, 6, 8, 10]
    with pytest.raises(JobTooSlow, match=r"longer than 0\.5 s"):
        await slow
    assert await asyncio.gather(*(processes.run(LONG_S, double, number) for number in range(4))) == [0, 2, 4, 6]


async def test_one_that_is_killed_while_it_starts_is_begun_again(tmp_path):
    made = KillableProcesses(1, partial(dies_once, tmp_path / "died"))
    try:
        await made.open()
        assert await made.run(LONG_S, double, 3) == 6
    finally:
        await made.close()


async def test_what_a_job_raises_comes_out_and_ends_nothing(processes):
    with pytest.raises(ValueError, match="not this one"):
        await processes.run(LONG_S, refuses)
    assert await processes.run(LONG_S, double, 4) == 8


async def test_a_job_that_kills_its_process_each_time_is_given_up(processes):
    with pytest.raises(BrokenProcessPool):
        await processes.run(LONG_S, dies)
    assert await processes.run(LONG_S, double, 5) == 10


async def test_a_job_nobody_waits_for_any_more_holds_up_no_other(processes):
    for task in [asyncio.create_task(processes.run(LONG_S, sleeps)) for _ in range(2)]:
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await processes.run(LONG_S, double, 6) == 12


async def test_a_preparation_that_fails_is_told_at_the_opening():
    processes = KillableProcesses(1, fails)
    with pytest.raises(FileNotFoundError, match="no model"):
        await processes.open()
    await processes.close()
