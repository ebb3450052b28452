"""What `cakra doctor` says of cases and notices that the machine should have moved on long ago."""

from datetime import timedelta

from cakra.core.errors import SetupError
from cakra.kit.clock import now
from cakra.kit.settings import Settings
from cakra.store.db import Connection
from cakra.store.faults.stuck import MOST_COUNTED, Stuck, find_stuck

_CASES, _NOTICES = timedelta(minutes=1), timedelta(minutes=10)


async def stuck_told(_settings: Settings, connection: Connection, _url: str) -> str:
    """That nothing waits for a machine's step longer than it should; SetupError says what does, and since when."""
    found = await find_stuck(connection, now(), cases=_CASES, notices=_NOTICES)
    if not found:
        return "none waits for a step of the machine longer than a minute"
    raise SetupError(f"Waiting for the machine: {'; '.join(map(_words, found))}.")


def _words(one: Stuck) -> str:
    many = f"more than {MOST_COUNTED}" if one.count >= MOST_COUNTED else str(one.count)
    where = "without a step" if one.step is None else f"on the step {one.step}"
    return f"{many} {one.kind} {where}, the oldest since {one.since:%Y-%m-%d %H:%M} UTC"
