"""What the law's rules need to know of a vehicle; every unknown stays unknown."""

from dataclasses import dataclass
from enum import StrEnum


class VehicleKind(StrEnum):
    """The statute's kinds of motor vehicle, and UNKNOWN."""

    CAR = "car"
    MOTORCYCLE = "motorcycle"
    BUS = "bus"
    TRUCK = "truck"
    SPECIAL = "special"
    UNKNOWN = "unknown"


class PlateColour(StrEnum):
    """The ground of the plate (Perpol 7/2021 art. 45); BLACK is the private plate of before 2022."""

    WHITE = "white"
    BLACK = "black"
    YELLOW = "yellow"
    RED = "red"
    GREEN = "green"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class VehicleFacts:
    """From the register where it knows the vehicle, else from the camera."""

    kind: VehicleKind = VehicleKind.UNKNOWN
    plate_colour: PlateColour = PlateColour.UNKNOWN
    electric: bool | None = None
    """None: neither register nor camera says."""
