"""What the checks may know of one passage: plain frozen records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cakra.core.case import Case, Finding
from cakra.core.law.exemptions import Exemption
from cakra.core.law.vehicle import VehicleFacts, VehicleKind
from cakra.plates.decision.calibration import CAR, MOTORCYCLE
from cakra.plates.decision.rules import PlateVerdict
from cakra.plates.reading import PlateReading


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What the directorate says of a camera."""

    code: str
    jurisdiction: str
    road: str
    approved_offences: frozenset[str]
    calibrated_until: datetime | None
    audited_precision: float | None
    speed_limit_kmh: float | None
    speed_trigger_kmh: float | None
    zone: str = "Asia/Jakarta"
    human_since: datetime | None = None  # officers decide each of its cases


@dataclass(frozen=True, slots=True)
class Sighting:
    """One camera event of the passage: its record, the door's notes, its camera, and what its photographs say."""

    camera: CameraFacts
    offence: str
    occurred_at: datetime
    record: Mapping[str, Any]
    notes: Sequence[Finding]
    readings: Sequence[PlateReading]
    verdicts: Sequence[PlateVerdict]  # one a reading
    said: PlateVerdict | None = None  # the decision over all of them, and over the passage; None: none could be read


@dataclass(frozen=True, slots=True)
class Passage:
    """One case with everything the checks need."""

    case: Case
    sightings: Sequence[Sighting]
    vehicle: VehicleFacts
    exemptions: Sequence[Exemption]
    same_offence_before: bool
    with_photographs: bool = True


def plate_shape(vehicle: VehicleKind) -> str:
    """Whose plate a vehicle bears in the plate decision: `car` or `motorcycle`."""
    return MOTORCYCLE if vehicle is VehicleKind.MOTORCYCLE else CAR
