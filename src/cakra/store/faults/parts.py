"""One bad item never stops the others of its set."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import asyncpg

from cakra.kit.logs import get_logger
from cakra.store.faults.away import is_away

_CROSSWISE = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_TRIES = 5
_log = get_logger(__name__)
R = TypeVar("R")
T = TypeVar("T")


async def again_when_crosswise(work: Callable[[], Awaitable[R]]) -> R:
    """What `work`, a transaction or savepoint, returns; tried again when it and another locked rows crosswise."""
    for _ in range(_TRIES - 1):
        with suppress(*_CROSSWISE):
            return await work()
    return await work()


async def in_parts(
    items: Sequence[T],
    work: Callable[[Sequence[T]], Awaitable[object]],
    refused: Callable[[T, Exception], Awaitable[object]],
) -> None:
    """Do `work` for all items at once; where that fails halve the set until the items that fail stand alone.

    `work` does a set whole or not at all: it opens a transaction of its own, or a savepoint of the caller's.
    `refused` is handed each item that failed alone, with what was raised. When the database or a store is away, that
    is raised, and nobody is blamed: what was done stays done.
    """
    if not items:
        return
    try:
        await again_when_crosswise(lambda: work(items))
    except Exception as problem:
        if is_away(problem):
            raise
        if len(items) == 1:
            await _hand_over(items[0], problem, refused)
            return
        half = len(items) // 2
        await in_parts(items[:half], work, refused)
        await in_parts(items[half:], work, refused)


async def _hand_over(item: T, problem: Exception, refused: Callable[[T, Exception], Awaitable[object]]) -> None:
    try:
        await refused(item, problem)
    except Exception as fault:
        if is_away(fault):
            raise
        # Its lease or lock ends by itself; the others of the set go on.
        _log.error("item_not_set_aside", problem=type(problem).__name__, kind=type(fault).__name__)
