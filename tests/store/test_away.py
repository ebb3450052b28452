"""What is waited for and what is not: by the errors that a real server and a real driver raise."""

import errno

import asyncpg
import pytest

from cakra.core.errors import NotFound, StorageFull, StoreAway, StoreError
from cakra.store.connect import connect
from cakra.store.faults.away import is_away

AWAY = [
    ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
    TimeoutError(),
    OSError(errno.ENOSPC, "no room"),
    OSError(errno.EIO, "disk"),
    asyncpg.ConnectionDoesNotExistError("gone"),
    asyncpg.CannotConnectNowError("starting up"),
    asyncpg.TooManyConnectionsError("full"),
    asyncpg.DiskFullError("full"),
    asyncpg.OutOfMemoryError("full"),
    asyncpg.AdminShutdownError("ended"),
    asyncpg.QueryCanceledError("statement timeout"),
    asyncpg.DeadlockDetectedError("circle"),
    asyncpg.SerializationError("at the same time"),
    asyncpg.ReadOnlySQLTransactionError("standby"),
    asyncpg.LockNotAvailableError("lock timeout"),
    asyncpg.PostgresIOError("disk"),
    StoreAway("The store does not answer."),
    StorageFull("No room."),
    ExceptionGroup("both", [TimeoutError(), asyncpg.DiskFullError("full")]),
]
AN_ITEMS = [
    FileNotFoundError(errno.ENOENT, "none"),
    PermissionError(errno.EACCES, "not ours"),
    OverflowError("date value out of range"),
    StoreError("A sealed value does not open."),
    NotFound("No such photograph."),
    ExceptionGroup("one of them", [TimeoutError(), ValueError("no number")]),
    RuntimeError("ours"),
]


@pytest.mark.parametrize("problem", AWAY, ids=lambda problem: type(problem).__name__)
def test_what_is_away_is_waited_for(problem):
    assert is_away(problem)
    wrapped = StoreError("The record cannot be kept now.")
    wrapped.__cause__ = problem
    assert is_away(wrapped), "also when it was put into a sentence"


@pytest.mark.parametrize("problem", AN_ITEMS, ids=lambda problem: type(problem).__name__)
def test_what_concerns_an_item_is_not(problem):
    assert not is_away(problem)


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("select $1::text", "a\x00b"),
        ("select $1::text", "\ud800"),
        ("select $1::smallint", 70_000),
        ("select $1::timestamptz", "yesterday"),
        ("insert into account_word values ('whatsapp', '', $1, now(), '', 'note', now())", None),
        ("select $1::text::jsonb", "{"),
        ("select $1::int, $2::int", 1),
        ("select 1/$1::int", 0),
        ("select $1::text::timestamptz", "294277-01-01"),
    ],
)
async def test_a_value_that_cannot_be_kept_is_an_items(pool, statement, value):
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ValueError)) as raised:
        await pool.fetchval(statement, value)
    assert not is_away(raised.value), repr(raised.value)


async def test_an_index_row_that_is_too_large_is_an_items(pool):
    text = "".join(chr(0x4E00 + (i * 7919) % 20_000) for i in range(8000))
    with pytest.raises(asyncpg.ProgramLimitExceededError) as raised:
        await pool.execute(
            "insert into account_word (channel, sender, event, at, detail, weight, received_at)"
            " values ('whatsapp', '', $1, now(), '', 'note', now())",
            text,
        )
    assert not is_away(raised.value)


async def test_a_connection_that_was_cut_or_closed_is_away(pool, database_url):
    cut = await connect(database_url, name="cut")
    await pool.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut'")
    gone = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
    with pytest.raises(gone) as raised:
        await cut.fetchval("select pg_sleep(5)")
    assert is_away(raised.value), repr(raised.value)
    with pytest.raises(asyncpg.InterfaceError) as raised:
        await cut.fetchval("select 1")
    assert is_away(raised.value), repr(raised.value)
    with pytest.raises(StoreAway):
        await connect(database_url.replace("127.0.0.1", "127.0.0.1:1", 1).replace(":1:", ":1/"), name="nobody")
