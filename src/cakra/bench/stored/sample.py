"""A sample of stored cases with real seals, so that their pages open: who owners and officers of a benchmark are."""

from collections.abc import Sequence
from dataclasses import dataclass

from cakra.core.states.journey import State
from cakra.journey.ownership.rules import CHASSIS_INDEX, chassis_last5
from cakra.store.db import Pool
from cakra.store.sql import load_queries
from cakra.wiring.world import World

SQL = load_queries("cakra.bench.stored")
SIGNATORY = "penandatangan"
CHASSIS = "MHFXX1234567K9012"
_OF_EACH_STATE = 40
_PHONE = "+6281230009012"
_OWNER = {
    "name": "CONTOH Pemilik",
    "phone": _PHONE,
    "email": None,
    "address": "Jl. Contoh 1",
    "brand": "Toyota",
    "model": "Avanza",
    "year": 2021,
    "colour": "putih",
    "vehicle_kind": "car",
}


@dataclass(frozen=True, slots=True)
class Sampled:
    """A stored case as a person who comes to it knows it."""

    cell: int
    case_id: int
    reference: str
    plate: str
    state: State


async def draw_sample(pool: Pool, states: Sequence[State]) -> list[Sampled]:
    """The newest stored cases of these states; the same ones every time as long as no other cases are added."""
    rows = await pool.fetch(SQL.draw_sample, _OF_EACH_STATE, [state.value for state in states])
    return [Sampled(row["cell"], row["case_id"], row["reference"], row["plate"], State(row["state"])) for row in rows]


async def seal_sample(world: World) -> None:
    """Give the sample an owner and notices that open with this world's keys."""
    cases = await draw_sample(world.pool, list(State))
    keys = ([one.cell for one in cases], [one.case_id for one in cases])
    addressees, notices = world.sealer("addressee"), world.sealer("notice")
    index = world.sealer("register").index(CHASSIS_INDEX, chassis_last5(CHASSIS))
    sealed = [addressees.seal_record(_OWNER, one.case_id.to_bytes(8)) for one in cases]
    await world.pool.execute(SQL.seal_cases, *keys, sealed, index)
    rows = await world.pool.fetch(SQL.notices_of, *keys)
    contents = [
        notices.seal_record(
            {"recipient": _PHONE, "link_suffix": row["reference"], "variables": {}}, row["notice_id"].to_bytes(8)
        )
        for row in rows
    ]
    await world.pool.execute(
        SQL.seal_notices, [row["cell"] for row in rows], [row["notice_id"] for row in rows], contents
    )
