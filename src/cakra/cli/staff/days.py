"""Days of a grant or an authorisation, in the time zone of the office where it holds."""

from collections.abc import Mapping
from datetime import date, datetime

from cakra.core.errors import NotFound
from cakra.core.paper import day_begins
from cakra.journey.intake.registering.roster import list_jurisdictions
from cakra.store.db import Pool

_NATION = "Asia/Jakarta"


async def zones_of(pool: Pool) -> Mapping[str, str]:
    """Jurisdiction → the zone of its paper."""
    return {one.code: one.zone for one in await list_jurisdictions(pool)}


async def span(
    pool: Pool, jurisdiction: str | None, first: date | None, last: date | None
) -> tuple[datetime | None, datetime | None]:
    """From the beginning of the first day to the end of the last, both whole; None: open. NotFound."""
    zones = await zones_of(pool)
    if jurisdiction is not None and jurisdiction not in zones:
        raise NotFound(f"There is no jurisdiction {jurisdiction}; `cakra jurisdiction list` shows all.")
    zone = zones[jurisdiction] if jurisdiction is not None else _NATION
    return day_begins(first, zone) if first else None, day_begins(last, zone, later=1) if last else None
