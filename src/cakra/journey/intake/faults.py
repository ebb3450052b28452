"""Faults of the database in our own terms: the sender hears 503 or 507 and keeps the event."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from cakra.core.errors import StorageFull, StoreAway
from cakra.store.away import is_away

_KEEP = "nothing was acknowledged, send it again"


@contextmanager
def store_faults(passing: tuple[type[BaseException], ...] = ()) -> Iterator[None]:
    """Raise StorageFull or StoreAway when the database is away, and let all else out: it concerns what was written."""
    try:
        yield
    except passing:
        raise
    except asyncpg.DiskFullError as reason:
        raise StorageFull(f"The database has no room left: {_KEEP} when space was freed.") from reason
    except TimeoutError as reason:
        raise StoreAway(f"The database did not answer in time: {_KEEP}.") from reason
    except Exception as reason:
        if not is_away(reason):
            raise
        raise StoreAway(f"The database could not keep the record ({type(reason).__name__}): {_KEEP}.") from reason
