"""Time: instants are UTC with microseconds; paper is in the jurisdiction's zone.

The only place that asks the machine for the time of day, and SQL asks by `now()` and `clock_timestamp()` alone: the
tests can then set both (`tests/clock.py`), and nothing that runs for people can.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, UTC."""
    return datetime.now(UTC)
