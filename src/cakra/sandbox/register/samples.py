"""Vehicles of the generated register that a playlist may put in front of a camera."""

from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from cakra.core.errors import InputError
from cakra.core.identifiers.plate import parse_plate
from cakra.core.law.vehicle import PlateColour, VehicleKind

SAMPLES_OF_A_SORT = 24


@dataclass(frozen=True, slots=True)
class Sample:
    """A vehicle of the generated register that a playlist may put in front of a camera."""

    plate: str
    kind: VehicleKind
    colour: str
    plate_colour: PlateColour
    electric: bool
    company: bool
    has_phone: bool
    """Whether its newest owner has a mobile number."""
    phone: str | None = field(repr=False)
    """E.164, of the newest owner."""
    chassis_last5: str = field(repr=False)
    sold_on: date | None
    """The day its newest owner took over from an earlier one who is in the register too."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What was written, and vehicles to play with: at most `SAMPLES_OF_A_SORT` of every sort."""

    path: Path
    rows: int
    samples: tuple[Sample, ...]

    def pick(
        self,
        count: int = 1,
        *,
        kind: VehicleKind | None = None,
        electric: bool = False,
        has_phone: bool = True,
        sold: bool = False,
        odd: bool | None = None,
        plate_colour: PlateColour | None = None,
    ) -> list[Sample]:
        """The first samples of that sort, always the same; InputError when the register has too few."""
        fitting = (
            sample
            for sample in self.samples
            if (kind is None or sample.kind is kind)
            and sample.electric == electric
            and sample.has_phone == has_phone
            and (sample.sold_on is not None) == sold
            and (odd is None or parse_plate(sample.plate).last_digit % 2 == odd)
            and (plate_colour is None or sample.plate_colour is plate_colour)
        )
        found = list(islice(fitting, count))
        if len(found) < count:
            raise InputError(
                f"The synthetic register has {len(found)} of the {count} vehicles asked for; generate more rows."
            )
        return found
