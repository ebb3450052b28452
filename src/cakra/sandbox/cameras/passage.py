"""One vehicle passing one camera: everything the picture shows and everything the camera claims."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal

from cakra.sandbox.cameras.drawing.road import Light, Place
from cakra.sandbox.cameras.plateface import PlateColour

WIB = timezone(timedelta(hours=7), "WIB")

VehicleKind = Literal["car", "motorcycle", "bus"]
View = Literal["front", "rear"]
Door = Literal["multipart", "lean", "isapi", "ftp", "broken"]
Box = tuple[int, int, int, int]
Sharpness = Literal["sharp", "blurred", "tilted", "dark"]


@dataclass(frozen=True, slots=True)
class DrawnPassage:
    """What passes by.

    ``plate`` is what is on the vehicle (and so in the photograph); ``claim`` is what the
    camera reports, null when it read nothing. ``at`` is timezone-aware. Speeds are km/h.
    """

    event_id: str
    camera: str
    offence: str
    at: datetime
    plate: str
    claim: str | None
    expect: str
    road: str = "Jl. M.H. Thamrin"
    place: Place = "avenue"
    lane: int = 1
    vehicle: VehicleKind = "car"
    colour: str = "silver"
    plate_colour: PlateColour = "white"
    electric: bool = False
    also: str | None = None  # a second offence to be seen in the same picture
    view: View = "front"
    confidence: float = 0.97
    speed_kmh: float | None = None
    speed_limit_kmh: int | None = None
    red_light_s: float | None = None
    sharpness: Sharpness = "sharp"
    door: Door = "multipart"
    frames: int = 2

    @property
    def seed(self) -> int:
        """The seed of its photographs: sent again, an event photographs the same, byte for byte."""
        return zlib.crc32(f"{self.camera}/{self.plate}".encode())

    @property
    def vehicle_seed(self) -> int:
        """The seed of what belongs to the vehicle wherever it is seen: expiry, shirt, dirt."""
        return zlib.crc32(self.plate.encode())

    @property
    def claimed_colour(self) -> str:
        """The plate's colour as a camera names it: it knows no military plates."""
        return "green" if self.plate_colour == "military" else self.plate_colour

    def shows(self, offence: str) -> bool:
        """Whether that offence is to be seen in the picture."""
        return offence in {self.offence, self.also}

    def frame_at(self, frame: int) -> datetime:
        """When a photograph of the passage was taken, in the camera's zone; they are 480 ms apart."""
        return self.at.astimezone(WIB) + timedelta(milliseconds=480 * frame)

    @property
    def light(self) -> Light:
        """Day, dusk or night in Jakarta at the moment of the passage (the sun hardly moves by season)."""
        local = self.at.astimezone(WIB)
        hour = local.hour + local.minute / 60
        if 5.9 <= hour < 17.6:
            return "day"
        return "dusk" if 5.4 <= hour < 5.9 or 17.6 <= hour < 18.3 else "night"


@dataclass(frozen=True, slots=True)
class Frame:
    """One photograph; boxes are x1, y1, x2, y2 in its pixels."""

    jpeg: bytes
    plate_box: Box
    vehicle_box: Box
    width: int
    height: int
