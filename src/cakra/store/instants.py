"""Instants between PostgreSQL and Python: what lies beyond Python's calendar is read as its first or last day.

PostgreSQL knows -infinity, years before Christ and the year 294276. The driver fails on some of them and gives others
without a zone; a row that holds one would make its page, its list and its whole set fail. A day at either end is left
free, so that every time zone can show it. Pure.
"""

from datetime import UTC, datetime, timedelta

FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
_SECONDS, _MICROSECONDS = 86_400, 1_000_000


def put_instant(instant: datetime) -> tuple[int]:
    """Microseconds since 2000, as PostgreSQL counts; an instant without a zone is the machine's own."""
    since = (instant if instant.tzinfo is not None else instant.astimezone()) - _BEGIN
    return ((since.days * _SECONDS + since.seconds) * _MICROSECONDS + since.microseconds,)


def read_instant(told: tuple[int]) -> datetime:
    """The instant in UTC, held within FIRST and LAST."""
    count = told[0]
    if count <= _FIRST_COUNT:
        return FIRST
    return LAST if count >= _LAST_COUNT else _BEGIN + timedelta(microseconds=count)


(_FIRST_COUNT,), (_LAST_COUNT,) = put_instant(FIRST), put_instant(LAST)
