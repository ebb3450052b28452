"""Indonesia's holidays from the `holidays` package: a seed, to be overridden by the decrees of each year.

Islamic dates of years to come are estimates there; the calendar of each date is settled by its override.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import holidays

_ESTIMATED = "perkiraan"


class IndonesianHolidays(NamedTuple):
    """Local dates with their Indonesian names."""

    public: dict[date, str]
    joint_leave: dict[date, str]
    estimated: frozenset[date]
    """Of `public` those that the package marks as estimates."""


def indonesian_holidays(years: Iterable[int]) -> IndonesianHolidays:
    """National holidays and joint leave (cuti bersama) of those years; a date in both is a national holiday."""
    wanted = sorted(set(years))

    def of(category: str) -> dict[date, str]:
        found = holidays.country_holidays("ID", years=wanted, categories=(category,), language="id")
        return {day: str(name) for day, name in found.items()}

    public = of("public")
    joint = {day: name for day, name in of("government").items() if day not in public}
    return IndonesianHolidays(public, joint, frozenset(day for day, name in public.items() if _ESTIMATED in name))
