"""What the checks may know of one passage: plain frozen records."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from cakra.core.foreign import time_zone
from cakra.core.identifiers.plate import Plate, PlateError, parse_plate
from cakra.core.law.book import LawBook
from cakra.core.law.exemptions import Exemption
from cakra.core.law.vehicle import PlateColour, VehicleFacts, VehicleKind
from cakra.core.law.zones.oddeven import OddEvenRules
from cakra.core.states.case import Case, Finding
from cakra.evidence.mask import View
from cakra.journey.screening.checking.boxes import BoxSaid, BoxWord
from cakra.plates.decision.calibration import CAR, MOTORCYCLE
from cakra.plates.decision.rules import PlateVerdict
from cakra.plates.reading import PlateReading

_USUAL_ZONE = ZoneInfo("Asia/Jakarta")
Word = TypeVar("Word", bound=StrEnum)


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

    @property
    def local_zone(self) -> ZoneInfo | None:
        """Its zone; None where the name is none."""
        return time_zone(self.zone)


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
    boxes: Sequence[BoxSaid] = ()  # what became of the camera's boxes, one a photograph that was looked at

    @property
    def local_day(self) -> date:
        """The day of the record where it happened, which chooses the law."""
        try:
            return self.occurred_at.astimezone(self.camera.local_zone or _USUAL_ZONE).date()
        except OverflowError:  # at the edge of the calendar
            return self.occurred_at.date()

    @property
    def looked_for_box(self) -> bool:
        """Whether some photograph of it was searched because its box did not show the plate."""
        return any(one.word is not BoxWord.USED for one in self.boxes)

    @property
    def has_doubted_box(self) -> bool:
        """Whether a camera's box may be why nothing was read."""
        return any(one.word is BoxWord.DOUBTED for one in self.boxes)


@dataclass(frozen=True, slots=True)
class Passage:
    """One case with everything the checks need.

    `photograph_of`: an earlier case with one of its photographs; `too_slow`: looking at them took too long.
    """

    case: Case
    sightings: Sequence[Sighting]
    vehicle: VehicleFacts
    exemptions: Sequence[Exemption]
    same_offence_before: bool
    with_photographs: bool = True
    photograph_of: str | None = None
    too_slow: bool = False


@dataclass(frozen=True, slots=True)
class Bench:
    """What the checks stand on: law and odd-even rules, least audited precision of a camera, greatest age of a record.

    `audit_one_in`: one in so many cases is a sample for officers; 0: none.
    """

    law: LawBook
    odd_even: OddEvenRules
    min_audited_precision: float
    oldest: timedelta
    audit_one_in: int = 0


Check = Callable[[Passage, Bench], Iterator[Finding]]


def plate_of(passage: Passage) -> Plate | None:
    """The claimed plate, when it is one."""
    try:
        return parse_plate(passage.case.claimed_plate or "")
    except PlateError:
        return None


def seen_kind(record: Mapping[str, Any]) -> VehicleKind:
    """The vehicle's kind as the camera saw it; a word that is none of ours says nothing."""
    return _word(VehicleKind, part_of(record, "vehicle"), "kind") or VehicleKind.UNKNOWN


def seen_colour(record: Mapping[str, Any]) -> PlateColour:
    """The plate's colour as the camera saw it; a word that is none of ours says nothing."""
    return _word(PlateColour, part_of(record, "plate"), "colour") or PlateColour.UNKNOWN


def seen_view(record: Mapping[str, Any]) -> View:
    """From where the camera saw the vehicle; a word that is none of ours says nothing."""
    return _word(View, part_of(record, "extra"), "view") or View.UNKNOWN


def part_of(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of the record; empty where it is none."""
    part = record.get(name)
    return part if isinstance(part, Mapping) else {}


def _word(kind: type[Word], part: Mapping[str, Any], key: str) -> Word | None:
    said = part.get(key)
    return next((one for one in kind if isinstance(said, str) and one == said.strip().lower()), None)


def plate_shape(vehicle: VehicleKind) -> str:
    """Whose plate a vehicle bears in the plate decision: `car` or `motorcycle`."""
    return MOTORCYCLE if vehicle is VehicleKind.MOTORCYCLE else CAR
