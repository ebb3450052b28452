"""What the database knows of a set of cases that are to be screened, and their photographs.

A photo store that is away is waited for; what is not there, or is there and damaged, is a finding.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cakra.core.errors import NotFound, StoreError
from cakra.core.law.exemptions import Exemption
from cakra.core.law.vehicle import PlateColour, VehicleFacts, VehicleKind
from cakra.core.ports import PhotoStore
from cakra.core.states.case import Case
from cakra.core.states.outcome import Outcome, Step
from cakra.journey.screening.checking.facts import seen_colour, seen_kind
from cakra.kit.clock import now
from cakra.store.db import Pool, Row
from cakra.store.faults.away import is_away
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.screening")
_REST_S, _LONGEST_REST_S = 5.0, 300.0
_LOOKS = 3
_ENOUGH = 2
"""So often the store may fail in one set before it is asked no more: each time it may take its whole time limit."""


@dataclass(frozen=True, slots=True)
class KnownCases:
    """What the database knows of a set of cases, one question each for the whole set."""

    events: Mapping[tuple[int, int], Sequence[Row]]
    vehicles: Mapping[tuple[int, int], VehicleFacts]
    exemptions: Mapping[str, Sequence[Exemption]]
    earlier: frozenset[tuple[int, int]]
    photographs_of: Mapping[tuple[int, int], str]

    @classmethod
    async def gather(cls, pool: Pool, cases: Sequence[Case], window_s: float) -> "KnownCases":
        """Ask for events, register facts, exemptions, earlier cases and shared photographs."""
        cells, ids = [case.cell for case in cases], [case.case_id for case in cases]
        plates, instants = [case.claimed_plate or "" for case in cases], [case.occurred_at for case in cases]
        async with pool.acquire() as connection:
            events: dict[tuple[int, int], list[Row]] = defaultdict(list)
            for row in await connection.fetch(SQL.sightings, cells, ids):
                events[row["cell"], row["case_id"]].append(row)
            found = await connection.fetch(SQL.registered_vehicles, plates, instants)
            exempt: dict[str, list[Exemption]] = defaultdict(list)
            for row in await connection.fetch(SQL.exemptions, plates):
                exempt[row["plate"]].append(Exemption(**{**row, "offences": frozenset(row["offences"])}))
            offences = [",".join(case.offences) for case in cases]
            earlier = await connection.fetch(SQL.earlier_cases, cells, ids, plates, instants, window_s, offences)
            shared = await connection.fetch(SQL.shared_photographs, cells, ids)
        return cls(
            events,
            {cases[row["place"] - 1].key: _vehicle(row) for row in found},
            exempt,
            frozenset((row["cell"], row["case_id"]) for row in earlier),
            {(row["cell"], row["case_id"]): row["reference"] for row in shared},
        )

    def vehicle(self, case: Case) -> VehicleFacts:
        """The register's facts, with the camera's kind where it saw one: the photograph shows what drove."""
        record = json.loads(self.events[case.key][0]["record"]) if self.events.get(case.key) else {}
        told = self.vehicles.get(case.key)
        seen = seen_kind(record)
        if told is None:
            return VehicleFacts(seen, seen_colour(record))
        return VehicleFacts(told.kind if seen is VehicleKind.UNKNOWN else seen, told.plate_colour, told.electric)


def _vehicle(row: Row) -> VehicleFacts:
    return VehicleFacts(VehicleKind(row["vehicle_kind"]), PlateColour(row["plate_colour"]), row["electric"])


@dataclass(slots=True)
class Photographs:
    """Reads photographs for one set of cases."""

    store: PhotoStore
    _away: int = 0
    _fault: StoreError | None = None

    async def get(self, digest: bytes) -> bytes | None:
        """The bytes; none at all (b"") for what is not there or is damaged; None while the store is away."""
        if self._away >= _ENOUGH:
            return None
        try:
            return await self.store.get(digest)
        except NotFound:
            return b""
        except StoreError as fault:
            if not is_away(fault):
                return b""
            self._away += 1
            self._fault = fault
            return None

    def wait_for(self, case: Case) -> Outcome:
        """The outcome of a case whose photographs could not be had: the same step again, however often."""
        return _later(case)

    def raise_if_none(self, had: int) -> None:
        """StoreAway when not one case of the set could be served: the lane waits instead of every case."""
        if self._fault is not None and not had:
            raise self._fault


def look_again(case: Case) -> Outcome | None:
    """The outcome of a case whose look took too long: again later; None after a few tries, then an officer looks."""
    return _later(case) if case.tries < _LOOKS else None


def _later(case: Case) -> Outcome:
    rest = timedelta(seconds=min(_REST_S * 2 ** min(case.tries, 10), _LONGEST_REST_S))
    told = "step_delayed", {"step": Step.SCREENING.value}
    return Outcome(*case.key, None, *told, step=Step.SCREENING, due_at=now() + rest)
