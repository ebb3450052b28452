"""Whether a fault says that the database or a store is away, and nothing about what was to be written.

Everything that loops asks here. What is away is waited for, however long; anything else concerns an item, or is a
fault of ours: it is isolated (`store/faults/parts.py`), tried a few times and set aside where a person sees it.
"""

import errno
import socket

import asyncpg

from cakra.kit.errors import StorageFull, StoreAway, StoreError

# Classes and single conditions of PostgreSQL's own list. Source: PostgreSQL 17, appendix A.
_CLASSES = frozenset({
    "08",  # connection lost, refused, broken off
    "53",  # no room on the disk, no memory, too many connections
    "57",  # shutting down, starting up, ended by an administrator, statement timeout
    "58",  # the server's own system: I/O error
})  # fmt: skip
_CONDITIONS = frozenset({
    "25006",  # read-only: a standby after a failover
    "40001", "40P01",  # others wrote at the same time: the same set is written by the next try
    "40003",  # the connection broke off while it was committed: the next try finds what was written
    "55P03",  # a lock was not granted in time
    "26000",  # a prepared statement is gone: the server was changed under the connection
})  # fmt: skip
_SCHEMA = frozenset({
    "0A", "28", "3D", "3F", "42",  # not supported, no access, no such database, schema, table, column or right
})  # fmt: skip
_ERRNO = frozenset({
    errno.ECONNABORTED, errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN,
    errno.ENETUNREACH, errno.ENOTCONN, errno.EPIPE, errno.ETIMEDOUT,
    errno.EDQUOT, errno.EIO, errno.ENOSPC, errno.EROFS, errno.ESTALE,
    errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM,
})  # fmt: skip
# The driver has one kind for a lost connection and for a call that was wrong; only its words tell them apart.
_LOST = ("closed", "closing", "released back to the pool", "not initialized")


def is_away(problem: BaseException | None) -> bool:
    """Whether to wait and try the same again: the database or a store is away, busy, or has no room.

    False for what is wrong with an item (a value that a column does not take, a broken constraint, an index row that
    is too large) and for faults of our own.
    """
    if isinstance(problem, StoreError):
        return isinstance(problem, StoreAway | StorageFull) or is_away(problem.__cause__)
    if isinstance(problem, BaseExceptionGroup):
        return all(map(is_away, problem.exceptions))
    return _is_the_drivers(problem) or _is_the_systems(problem)


def is_schemas(problem: BaseException) -> bool:
    """Whether the database lacks what a statement needs (a column, a right): no item's fault, all share it."""
    return isinstance(problem, asyncpg.PostgresError) and (problem.sqlstate or "")[:2] in _SCHEMA


def _is_the_drivers(problem: BaseException | None) -> bool:
    if isinstance(problem, asyncpg.PostgresError):
        return (problem.sqlstate or "")[:2] in _CLASSES or problem.sqlstate in _CONDITIONS
    if isinstance(problem, asyncpg.InterfaceError):
        # A value that the driver cannot write is one too.
        return not isinstance(problem, ValueError) and any(word in str(problem) for word in _LOST)
    return isinstance(problem, asyncpg.InternalClientError)  # it loses its way when the server dies during a COPY


def _is_the_systems(problem: BaseException | None) -> bool:
    if isinstance(problem, ConnectionError | TimeoutError | socket.gaierror):
        return True
    return isinstance(problem, OSError) and problem.errno in _ERRNO
