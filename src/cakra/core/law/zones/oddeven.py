"""Odd-even (ganjil-genap): on odd dates only odd plates, in given windows, on given roads.

Source: Pergub DKI Jakarta 88/2019. Each condition is a finding of its own; one that fails acquits, one that cannot
be known leaves the passage to an officer. Everything changeable is data: zones, roads, windows, overrides.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import assert_never
from zoneinfo import ZoneInfo

from cakra.core.identifiers.plate import Plate, PlateKind
from cakra.core.law.exemptions import NOT_EXEMPT, ExemptionEffect, ExemptionFinding
from cakra.core.law.finding import LawFinding, weigh
from cakra.core.law.lawtext import Field, holds, read_document, refuse
from cakra.core.law.vehicle import PlateColour, VehicleFacts, VehicleKind
from cakra.core.law.zones.holidays import HolidayCalendar
from cakra.core.law.zones.roads import Likeness, compare_road, normalise_road

FILE = "oddeven.toml"
OFFENCE = "GANJIL_GENAP"


class Weekday(StrEnum):
    """In the order of `date.weekday()`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


@dataclass(frozen=True, slots=True)
class Road:
    """A road of a zone under all its names (normalised)."""

    name: str
    keys: frozenset[str]
    stretch: str
    survey: bool
    """Sources disagree on the stretch: an officer decides."""


@dataclass(frozen=True, slots=True)
class OddEvenZone:
    """Where and when the rule holds; `windows` are local [start, end)."""

    id: str
    jurisdiction: str
    zone: ZoneInfo
    valid_from: date
    valid_to: date | None
    days: frozenset[Weekday]
    windows: tuple[tuple[time, time], ...]
    pauses_on_holidays: bool
    basis: str
    roads: tuple[Road, ...]


@dataclass(frozen=True, slots=True)
class OddEvenRules:
    """All zones, with the calendar of holidays."""

    zones: tuple[OddEvenZone, ...]
    holidays: HolidayCalendar

    @classmethod
    def parse(cls, text: str, holidays: HolidayCalendar) -> "OddEvenRules":
        """From the text of `oddeven.toml`; LawDataInvalid with every fault."""
        return cls(parse_zones(text), holidays)

    def judge(
        self,
        plate: Plate,
        instant: datetime,
        roads: str | Collection[str],
        vehicle: VehicleFacts,
        exemption: ExemptionFinding = NOT_EXEMPT,
        *,
        jurisdiction: str | None = None,
    ) -> LawFinding:
        """Whether that passage broke the rule. `exemption` comes from `ExemptionRules.applies`.

        `roads`: what the place is called, the surest name first; it does not acquit where another name would not.
        Zones of other jurisdictions are left out when one is named.
        """
        names = list(dict.fromkeys([roads] if isinstance(roads, str) else roads)) or [""]
        found = [self._judge(plate, instant, name, vehicle, exemption, jurisdiction=jurisdiction) for name in names]
        if found[0].violates is False and any(one.violates is not False for one in found):
            return LawFinding(
                None,
                f"Nama jalan bertentangan: {' / '.join(names)}",
                f"The names of the road disagree: {' / '.join(names)}",
            )
        return found[0]

    def _judge(
        self,
        plate: Plate,
        instant: datetime,
        road: str,
        vehicle: VehicleFacts,
        exemption: ExemptionFinding,
        *,
        jurisdiction: str | None,
    ) -> LawFinding:
        about_vehicle = list(_vehicle_findings(plate, vehicle, exemption))
        found = [
            weigh([*about_vehicle, *self._zone_findings(zone, plate, instant, road)])
            for zone in self.zones
            if jurisdiction in {None, zone.jurisdiction}
        ]
        if not found:
            return LawFinding(False, "Tidak ada zona ganjil-genap di wilayah ini", "No odd-even zone there")
        # One zone that is broken is enough; an open question in any zone is an officer's.
        for wanted in (True, None):
            for finding in found:
                if finding.violates is wanted:
                    return finding
        return found[0]

    def _zone_findings(self, zone: OddEvenZone, plate: Plate, instant: datetime, road: str) -> Iterator[LawFinding]:
        local = instant.astimezone(zone.zone)
        day = local.date()
        yield _time_finding(zone, local)
        if zone.pauses_on_holidays:
            yield self.holidays.in_force(day)
        yield road_finding(zone, road)
        digit = plate.last_digit
        same = digit % 2 == day.day % 2
        parity_id, parity_en = ("ganjil", "odd") if day.day % 2 else ("genap", "even")
        yield LawFinding(
            not same,
            f"Tanggal {day:%d-%m-%Y} {parity_id}, angka akhir pelat {digit}, pukul {local:%H:%M}",
            f"The date {day} is {parity_en}, the plate ends in {digit}, time {local:%H:%M}",
        )


def road_finding(zone: OddEvenZone, road: str) -> LawFinding:
    """Whether the road belongs to the zone; a name that only contains or resembles a listed one is an officer's."""
    if not normalise_road(road):
        return LawFinding(None, "Nama jalan tidak diketahui", "The road is not known")
    names = tuple(sorted(name for listed in zone.roads for name in listed.keys))
    likeness, name = compare_road(road, names)
    match likeness:
        case Likeness.SAME:
            listed = next(one for one in zone.roads if name in one.keys)
            if listed.survey:
                return LawFinding(
                    None, f"Ruas {listed.name} belum disurvei", f"The stretch of {listed.name} is not surveyed"
                )
            return LawFinding(True, f"{listed.name} termasuk kawasan", f"{listed.name} is in the zone")
        case Likeness.CONTAINS:
            words = f"Nama jalan {road!r} memuat {name!r}", f"The road name {road!r} contains {name!r}"
        case Likeness.RESEMBLES:
            words = f"Nama jalan {road!r} mirip {name!r}", f"The road name {road!r} resembles {name!r}"
        case Likeness.PLACE:
            words = f"{road!r} menyebut tempat, bukan jalan", f"{road!r} names a place, not a road"
        case Likeness.NONE:
            return LawFinding(False, f"{road} di luar kawasan ganjil-genap", f"{road} is not in the odd-even zone")
        case _ as never:
            assert_never(never)
    return LawFinding(None, *words)


def _time_finding(zone: OddEvenZone, local: datetime) -> LawFinding:
    day, clock = local.date(), local.time()
    if not holds(zone.valid_from, zone.valid_to, day):
        return LawFinding(
            False, f"{zone.basis} tidak berlaku pada {day:%d-%m-%Y}", f"{zone.basis} was not in force on {day}"
        )
    if list(Weekday)[day.weekday()] not in zone.days:
        return LawFinding(False, "Ganjil-genap tidak berlaku pada hari itu", "Odd-even does not hold on that weekday")
    inside = any(start <= clock < end for start, end in zone.windows)
    return LawFinding(
        inside,
        f"Pukul {clock:%H:%M} {'di dalam' if inside else 'di luar'} jam ganjil-genap",
        f"{clock:%H:%M} is {'inside' if inside else 'outside'} the odd-even hours",
    )


def _vehicle_findings(plate: Plate, vehicle: VehicleFacts, exemption: ExemptionFinding) -> Iterator[LawFinding]:
    exempt: list[tuple[bool | None, str, str]] = [
        (_is(vehicle.kind, VehicleKind.MOTORCYCLE, VehicleKind.UNKNOWN), "sepeda motor", "a motorcycle"),
        (vehicle.electric, "kendaraan listrik", "an electric vehicle"),
        (_is(vehicle.plate_colour, PlateColour.YELLOW, PlateColour.UNKNOWN), "pelat kuning", "a yellow plate"),
        (_is(vehicle.plate_colour, PlateColour.RED, PlateColour.UNKNOWN), "pelat merah", "a red plate"),
        (plate.kind in {PlateKind.MILITARY, PlateKind.POLICE}, "TNI atau Polri", "military or police"),
        (plate.kind is PlateKind.STATE, "pimpinan lembaga negara", "a head of a state institution"),
    ]
    for is_so, words_id, words_en in exempt:
        if is_so:
            yield LawFinding(False, f"Dikecualikan: {words_id}", f"Exempt: {words_en}")
        elif is_so is None:
            yield LawFinding(None, f"Belum pasti apakah {words_id}", f"It is not known whether it is {words_en}")
    if plate.kind in {PlateKind.DIPLOMATIC, PlateKind.VOID}:
        yield LawFinding(None, f"Pelat {plate.kind}: petugas memutuskan", f"A {plate.kind} plate: an officer decides")
    if exemption.effect is ExemptionEffect.EXEMPT:
        yield LawFinding(False, exemption.reason_id, exemption.reason_en)
    elif exemption.effect is ExemptionEffect.OFFICER:
        yield LawFinding(None, exemption.reason_id, exemption.reason_en)


def _is(value: StrEnum, wanted: StrEnum, unknown: StrEnum) -> bool | None:
    return None if value is unknown else value is wanted


def parse_zones(text: str) -> tuple[OddEvenZone, ...]:
    """From the text of `oddeven.toml`; LawDataInvalid with every fault."""
    problems: list[str] = []
    zones = read_zones(text, problems)
    refuse(problems)
    return zones


def read_zones(text: str, problems: list[str]) -> tuple[OddEvenZone, ...]:
    """Read the file and note every fault; the zones are only fit for use when there was none."""
    document = read_document(FILE, text, problems)
    zones = tuple(_zone(row) for row in document.rows("zone", "id"))
    document.finish()
    for zone_id in {zone.id for zone in zones if sum(other.id == zone.id for other in zones) > 1}:
        document.fault(f"zone {zone_id} is given twice")
    return zones


def _zone(row: Field) -> OddEvenZone:
    valid_from, valid_to = row.span()
    zone = OddEvenZone(
        id=row.text("id"),
        jurisdiction=row.text("jurisdiction"),
        zone=row.zone(),
        valid_from=valid_from,
        valid_to=valid_to,
        days=row.choices("days", Weekday),
        windows=_windows(row),
        pauses_on_holidays=row.flag("pauses_on_holidays", default=True),
        basis=row.text("basis"),
        roads=tuple(_road(road) for road in row.rows("road", "name")),
    )
    row.finish()
    keys = [key for road in zone.roads for key in road.keys]
    for key in {key for key in keys if keys.count(key) > 1}:
        row.fault(f"the road name {key} belongs to two roads")
    for part, what in ((zone.days, "days"), (zone.windows, "windows"), (zone.roads, "roads")):
        if not part:
            row.fault(f"the zone has no {what}")
    return zone


def _windows(row: Field) -> tuple[tuple[time, time], ...]:
    windows: list[tuple[time, time]] = []
    for written in row.texts("windows", needed=True):
        start_text, _, end_text = written.partition("-")
        try:
            start, end = time.fromisoformat(start_text.strip()), time.fromisoformat(end_text.strip())
        except ValueError:
            row.fault(f"window {written!r} is not written as 06:00-10:00")
            continue
        if end <= start:
            row.fault(f"window {written!r} ends before it starts")
        windows.append((start, end))
    windows.sort()
    for (_, end), (start, _) in itertools.pairwise(windows):
        if start < end:
            row.fault(f"windows overlap: one starts at {start:%H:%M} before another ends at {end:%H:%M}")
    return tuple(windows)


def _road(row: Field) -> Road:
    name = row.text("name")
    written = (name, *row.texts("also"))
    road = Road(
        name=name,
        keys=frozenset(normalise_road(one) for one in written),
        stretch=row.text("stretch", needed=False),
        survey=row.flag("survey", default=False),
    )
    row.finish()
    if "" in road.keys:
        row.fault("a name of the road is empty")
    return road


def unsettled_road(zones: Iterable[OddEvenZone], jurisdiction: str, road: str) -> LawFinding | None:
    """What is to be said of a camera's road when the camera is set up; None where it plainly is a zone's.

    None also where the jurisdiction has no zone.
    """
    found = [road_finding(zone, road) for zone in zones if zone.jurisdiction == jurisdiction]
    if not found or any(one.violates for one in found):
        return None
    return next((one for one in found if one.violates is None), found[0])
