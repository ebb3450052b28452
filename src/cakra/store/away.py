"""Whether a fault says that the database or a store is away, and nothing about what was to be written.

Everything that loops asks here. What is away is waited for, however long; anything else concerns an item, or is a
fault of ours: it is isolated (`store/parts.py`), tried a few times and set aside where a person sees it.
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
    match problem:
        case None:
            return False
        case BaseExceptionGroup():
            return all(map(is_away, problem.exceptions))
        case StoreAway() | StorageFull():
            return True
        case StoreError():
            return is_away(problem.__cause__)
        case asyncpg.PostgresError():
            return _is_away_by(problem.sqlstate or "")
        case asyncpg.InterfaceError():
            # A value that the driver cannot write is one too.
            return not isinstance(problem, ValueError) and any(word in str(problem) for word in _LOST)
        case asyncpg.InternalClientError():
            return True  # the driver loses its way when the server dies in the middle of a COPY
        case ConnectionError() | TimeoutError() | socket.gaierror() | EOFError():
            return True
        case OSError():
            return problem.errno in _ERRNO
        case _:
            return False


def _is_away_by(sqlstate: str) -> bool:
    return sqlstate[:2] in _CLASSES or sqlstate in _CONDITIONS
