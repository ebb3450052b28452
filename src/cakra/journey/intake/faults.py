"""Faults of the database in our own terms: the sender hears 503 or 507 and keeps the event."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from cakra.core.errors import InputError, StorageFull, StoreError
from cakra.store.away import is_away
from cakra.store.db import FAULTS

_KEEP = "nothing was acknowledged, send it again"


@contextmanager
def store_faults(passing: tuple[type[BaseException], ...] = ()) -> Iterator[None]:
    """Raise StorageFull or StoreError for a database that is away, but let `passing` out.

    InputError for a value that the database does not take: waiting would not help, so it is refused and kept.
    """
    try:
        yield
    except passing:
        raise
    except asyncpg.DiskFullError as reason:
        raise StorageFull(f"The database has no room left: {_KEEP} when space was freed.") from reason
    except TimeoutError as reason:
        raise StoreError(f"The database did not answer in time: {_KEEP}.") from reason
    except FAULTS as reason:
        if isinstance(reason, asyncpg.DataError | asyncpg.ProgramLimitExceededError | ValueError) and not is_away(
            reason
        ):
            raise InputError(
                f"The record holds a value that cannot be stored ({type(reason).__name__}): correct it.",
                code="event_unstorable",
            ) from reason
        raise StoreError(f"The database could not keep the record ({type(reason).__name__}): {_KEEP}.") from reason
