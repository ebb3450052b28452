"""Faults of the database in our own terms: the sender hears 503 or 507 and keeps the event."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from cakra.core.errors import CakraError, InputError, StorageFull, StoreAway
from cakra.store.faults.away import is_away, is_schemas

# What the driver cannot write (its own kind is a ValueError), a column does not take, a constraint or an index forbids.
_VALUES = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    ValueError,
    OverflowError,
)
_KEEP = "nothing was acknowledged, send it again"


@contextmanager
def store_faults(passing: tuple[type[BaseException], ...] = ()) -> Iterator[None]:
    """Raise StorageFull or StoreAway for a database that is away, but let `passing` out.

    InputError for a value that the database does not take: waiting would not help, so it is refused and kept. What
    else it says is a fault of ours, and goes out as it is.
    """
    try:
        yield
    except passing:
        raise
    except asyncpg.DiskFullError as reason:
        raise StorageFull(f"The database has no room left: {_KEEP} when space was freed.") from reason
    except TimeoutError as reason:
        raise StoreAway(f"The database did not answer in time: {_KEEP}.") from reason
    except Exception as reason:
        if is_away(reason) or is_schemas(reason):  # what the schema lacks is no fault of the record: it is sent again
            raise StoreAway(f"The database could not keep the record ({type(reason).__name__}): {_KEEP}.") from reason
        if isinstance(reason, _VALUES) and not isinstance(reason, CakraError):
            raise InputError(
                f"The record holds a value that cannot be stored ({type(reason).__name__}): correct it.",
                code="event_unstorable",
            ) from reason
        raise
