"""The vehicles that a playlist may send past the cameras: those which the demo's register knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from cakra.sandbox.cameras.passage import VehicleKind
from cakra.sandbox.cameras.plateface import PlateColour

_PRIVATE: tuple[PlateColour, ...] = ("white", "black")


@dataclass(frozen=True, slots=True)
class RegisteredVehicle:
    """A vehicle the demo's register knows. ``sold_on``: the day a later owner took over."""

    plate: str
    kind: VehicleKind
    colour: str
    plate_colour: PlateColour = "white"
    electric: bool = False
    has_phone: bool = True
    sold_on: date | None = None


_KINDS: dict[str, VehicleKind] = {"car": "car", "motorcycle": "motorcycle", "bus": "bus"}
_COLOURS: dict[str, PlateColour] = {
    "white": "white",
    "black": "black",
    "yellow": "yellow",
    "red": "red",
    "green": "green",
}


def registered(
    plate: str,
    kind: str,
    colour: str,
    plate_colour: str,
    *,
    electric: bool = False,
    has_phone: bool = True,
    sold_on: date | None = None,
) -> RegisteredVehicle | None:
    """A vehicle by the register's words; None for a kind or plate that the cameras cannot draw (trucks)."""
    drawn, ground = _KINDS.get(kind), _COLOURS.get(plate_colour)
    if drawn is None or ground is None:
        return None
    return RegisteredVehicle(plate, drawn, colour, ground, electric, has_phone, sold_on)


class Pool:
    """Vehicles of the register, each handed out once, in an order that depends on the seed alone."""

    def __init__(self, register: Iterable[RegisteredVehicle], rng: Random) -> None:
        self._left = sorted(register, key=lambda vehicle: vehicle.plate)
        rng.shuffle(self._left)
        self._left.sort(key=_has_twins)  # so that only those meant to be hard to read are

    def take_sold(self) -> tuple[RegisteredVehicle, date]:
        """The car that was sold last, and the day; ValueError when none was."""
        sold = [(each.sold_on, each) for each in self._left if each.kind == "car" and each.sold_on and each.has_phone]
        if not sold:
            raise ValueError("The register given to the playlist has no car left that was sold.")
        day, vehicle = max(sold, key=lambda pair: pair[0])
        self._left.remove(vehicle)
        return vehicle, day

    def take_struck(self) -> list[RegisteredVehicle]:
        """A car whose suffix has the letter O, which is struck through on the plate; none if there is none."""
        for vehicle in self._left:
            if vehicle.kind == "car" and vehicle.has_phone and not vehicle.sold_on and "O" in vehicle.plate[2:]:
                self._left.remove(vehicle)
                return [vehicle]
        return []

    def take(
        self,
        kind: VehicleKind,
        colours: Sequence[PlateColour] = _PRIVATE,
        *,
        electric: bool = False,
        has_phone: bool = True,
        odd: bool | None = None,
    ) -> RegisteredVehicle:
        """The next vehicle of that sort; ValueError when the register has none left."""
        for vehicle in self._left:
            fits = (
                vehicle.kind == kind
                and vehicle.plate_colour in colours
                and vehicle.electric == electric
                and vehicle.has_phone == has_phone
                and (odd is None or _is_odd(vehicle.plate) == odd)
            )
            if fits and vehicle.sold_on is None:
                self._left.remove(vehicle)
                return vehicle
        sort = f"{kind}, plate {'/'.join(colours)}, electric={electric}, phone={has_phone}"
        raise ValueError(f"The register given to the playlist has no vehicle left of this sort: {sort}, odd={odd}.")


def _has_twins(vehicle: RegisteredVehicle) -> bool:
    """Whether a letter of the suffix can be taken for another by its shape alone."""
    return any(char in "IOQ" for char in vehicle.plate[1:])


def _is_odd(plate: str) -> bool:
    digits = [char for char in plate if char.isdigit()]
    return int(digits[-1]) % 2 == 1
