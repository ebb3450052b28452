"""Who owned these vehicles at these instants: one question to the register for a whole set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cakra.core.errors import InputError
from cakra.core.identifiers.plate import parse_plate
from cakra.core.law.vehicle import PlateColour, VehicleFacts, VehicleKind
from cakra.core.tables.values import is_nothing
from cakra.journey.ownership.rules import (
    WHOLE_CHASSIS,
    WHOLE_ENGINE,
    OwnerFacts,
    PhoneProblem,
    paper_number,
    seal_binding,
    with_plate,
)
from cakra.kit.seal import Sealer
from cakra.store.db import Database
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.ownership")


async def find_owners(
    pool_or_connection: Database,
    sealer: Sealer,
    wanted: Sequence[tuple[str, datetime]],
) -> list[OwnerFacts | None]:
    """The owner of each (canonical plate, instant), in order; None where the register knows none then.

    StoreError when a sealed owner does not open (wrong key, row tampered with).
    """
    found: list[OwnerFacts | None] = [None] * len(wanted)
    if not wanted:
        return found
    plates, instants = [plate for plate, _ in wanted], [at for _, at in wanted]
    for row in await pool_or_connection.fetch(SQL.find_owners, plates, instants):
        found[row["place"] - 1] = _facts(row, sealer)
    return found


@dataclass(frozen=True, slots=True)
class PapersFound:
    """Whether papers belong to a plate: the spells in which they do, the oldest first; none otherwise.

    It says nothing of an owner. Data of an STNK outlive its owner, so no spell proves who shows them.
    """

    spells: tuple[tuple[datetime, datetime | None], ...] = ()


async def find_by_papers(
    pool_or_connection: Database, sealer: Sealer, plate: str, *, chassis: str = "", engine: str = ""
) -> PapersFound:
    """The spells of a plate whose whole chassis or engine number (as somebody types it) this is.

    The same answer, after the same question to the database, for a plate that is none or not known, a number that is
    none, another vehicle's, or not in the register: a caller cannot tell them apart.
    """
    try:
        canonical = parse_plate(plate).text
    except InputError:
        canonical = ""
    indexes = [
        sealer.index(kind, with_plate(canonical, number) if (number := paper_number(typed)) else "")
        for kind, typed in ((WHOLE_CHASSIS, chassis), (WHOLE_ENGINE, engine))
    ]
    rows = await pool_or_connection.fetch(SQL.find_papers, canonical, *indexes)
    return PapersFound(tuple((row["valid_from"], row["valid_to"]) for row in rows))


async def is_synthetic(pool_or_connection: Database) -> bool:
    """Whether the register holds generated people; then no provider outside loopback may be called."""
    return bool(await pool_or_connection.fetchval(SQL.register_is_synthetic))


async def count_registered(pool_or_connection: Database) -> int:
    """How many ownership spells the register holds (counts them; for set-up and benchmarks)."""
    return int(await pool_or_connection.fetchval(SQL.count_registered))


def _facts(row: Any, sealer: Sealer) -> OwnerFacts:
    owner = sealer.open_record(row["owner"], seal_binding(row["plate"], row["valid_from"]))
    problem = owner.get("phone_problem")
    return OwnerFacts(
        plate=row["plate"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        vehicle=VehicleFacts(VehicleKind(row["vehicle_kind"]), PlateColour(row["plate_colour"]), row["electric"]),
        brand=row["brand"],
        model=row["model"],
        colour=row["colour"],
        year=row["year"],
        name=owner["name"],
        address="" if is_nothing(owner["address"]) else owner["address"],
        phone=owner["phone"] if problem is None else None,
        phone_problem=None if problem is None else PhoneProblem(problem),
        email=owner.get("email"),
        chassis_last5=row["chassis_last5"],
        owner_key=row["owner_key"],
        preferred_channel=owner.get("preferred_channel"),
        language=owner.get("language"),
        disputed=row["disputed"],
    )
