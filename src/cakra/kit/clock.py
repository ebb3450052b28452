"""Time: instants are UTC with microseconds; paper is in the jurisdiction's zone."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, UTC."""
    return datetime.now(UTC)
