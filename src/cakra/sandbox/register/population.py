"""Invented owners and vehicles, without end, in shares that resemble Greater Jakarta."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from cakra.core.errors import InputError
from cakra.core.law.vehicle import PlateColour, VehicleKind
from cakra.sandbox.register.samples import SAMPLES_OF_A_SORT, Sample
from cakra.sandbox.register.words import (
    BRANDS,
    CAR_SECOND_LETTERS,
    COLOURS,
    COMPANY_WORDS,
    DISTRICTS,
    FAMILY_NAMES,
    FIRST_LETTERS,
    GIVEN_NAMES,
    STREETS,
)

_WHITE_SINCE = 2022  # white plates replaced black ones from mid-2022
_FLEET = 20
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_NUMBERS = {  # number ranges of Greater Jakarta
    VehicleKind.CAR: range(1, 3000),
    VehicleKind.MOTORCYCLE: range(3000, 7000),
    VehicleKind.BUS: range(7000, 8000),
    VehicleKind.TRUCK: range(9000, 10000),
}
_KIND_SHARES = {
    VehicleKind.MOTORCYCLE: 0.62,
    VehicleKind.CAR: 0.32,
    VehicleKind.TRUCK: 0.04,
    VehicleKind.BUS: 0.02,
}
_STRIDE = 7_368_787  # a prime larger than any prime factor of a plate space: steps through it without repeats
_WITHOUT_PHONE, _LANDLINE, _COMPANY, _SOLD, _SECOND_VEHICLE = 0.02, 0.03, 0.05, 0.03, 0.1
_ELECTRIC = {VehicleKind.CAR: 0.08, VehicleKind.MOTORCYCLE: 0.04, VehicleKind.BUS: 0.1, VehicleKind.TRUCK: 0.0}


@dataclass(frozen=True, slots=True)
class Owner:
    """A person or company that does not exist."""

    name: str
    number: str
    address: str
    phone: str
    """As a clerk wrote it; may be empty or a landline."""
    mobile: str | None
    email: str
    company: bool = False


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle that does not exist, of a make that does."""

    plate: str
    kind: VehicleKind
    brand: str
    model: str
    colour: str
    year: int
    plate_colour: PlateColour
    electric: bool
    chassis: str


@dataclass(slots=True)
class Population:
    """Invents owners and vehicles one after the other; keeps some of every sort as samples."""

    rng: random.Random
    today: date
    samples: list[Sample] = field(default_factory=list)
    _sampled: dict[tuple[object, ...], int] = field(default_factory=dict)
    _made: dict[VehicleKind, int] = field(default_factory=dict)
    _people: int = 0
    _companies: int = 0
    _last: Owner | None = None
    _fleet: list[Owner] = field(default_factory=list)

    def spells(self) -> Iterator[tuple[str, ...]]:
        """Rows without end; the two spells of a sold vehicle follow each other."""
        kinds, weights = list(_KIND_SHARES), list(_KIND_SHARES.values())
        while True:
            for kind in self.rng.choices(kinds, weights, k=1000):
                vehicle, owner = self._vehicle(kind), self._owner()
                registered = date(vehicle.year, 1, 1) + timedelta(self.rng.randrange(300))
                if self.rng.random() < _SOLD:
                    sold = self.today - timedelta(self.rng.choice((1, 2, 3, 30, 90, 200)))
                    registered = min(registered, sold - timedelta(60))
                    earlier = self._person()
                    yield self._row(vehicle, earlier, registered, sold)
                    if earlier.mobile:  # whom a playlist lets sell a vehicle can be told of what came before
                        self._keep(vehicle, owner, sold)
                    yield self._row(vehicle, owner, sold, None)
                else:
                    self._keep(vehicle, owner, None)
                    yield self._row(vehicle, owner, min(registered, self.today - timedelta(30)), None)

    def _row(self, vehicle: Vehicle, owner: Owner, since: date, until: date | None) -> tuple[str, ...]:
        return (
            vehicle.plate, since.isoformat(), until.isoformat() if until else "", vehicle.kind.value,
            vehicle.brand, vehicle.model, vehicle.colour, str(vehicle.year), vehicle.plate_colour.value,
            "true" if vehicle.electric else "false", vehicle.chassis, owner.name, owner.number, owner.address,
            owner.phone, owner.email,
        )  # fmt: skip

    def _keep(self, vehicle: Vehicle, owner: Owner, sold_on: date | None) -> None:
        has_phone = owner.mobile is not None
        odd = vehicle.plate.rstrip(_LETTERS)[-1] in "13579"
        sort = (vehicle.kind, vehicle.electric, vehicle.plate_colour, has_phone, sold_on is None, odd)
        if self._sampled.get(sort, 0) >= SAMPLES_OF_A_SORT:
            return
        self._sampled[sort] = self._sampled.get(sort, 0) + 1
        self.samples.append(
            Sample(
                vehicle.plate, vehicle.kind, vehicle.colour, vehicle.plate_colour, vehicle.electric,
                owner.company, has_phone, owner.mobile, vehicle.chassis[-5:], sold_on,
            )
        )  # fmt: skip

    def _vehicle(self, kind: VehicleKind) -> Vehicle:
        rng, made = self.rng, self._made.get(kind, 0)
        self._made[kind] = made + 1
        electric = rng.random() < _ELECTRIC[kind]
        year = rng.randint(2021 if electric else 2008, self.today.year - 1)
        brand, model = rng.choice(BRANDS[kind, electric])
        plate = _plate(kind, made)
        serial = (made * 48_271 + 11) % 100_000
        body = "".join(rng.choices(_VIN_LETTERS, k=5))
        return Vehicle(
            plate, kind, brand, model, rng.choice(COLOURS), year, self._plate_colour(kind, year), electric,
            f"CTH{body}{made // 100_000:04d}{serial:05d}",
        )  # fmt: skip

    def _plate_colour(self, kind: VehicleKind, year: int) -> PlateColour:
        chance = self.rng.random()
        public = {VehicleKind.BUS: 0.9, VehicleKind.TRUCK: 0.3, VehicleKind.CAR: 0.05}.get(kind, 0.0)
        if chance < public:
            return PlateColour.YELLOW
        if chance > 0.99:  # noqa: PLR2004 - one in a hundred belongs to the government
            return PlateColour.RED
        return PlateColour.WHITE if year >= _WHITE_SINCE else PlateColour.BLACK

    def _owner(self) -> Owner:
        chance = self.rng.random()
        if chance < _COMPANY:
            return self._company()
        if self._last is not None and chance < _COMPANY + _SECOND_VEHICLE:
            return self._last
        self._last = self._person()
        return self._last

    def _company(self) -> Owner:
        """One of the newest fleets; each company has about twenty vehicles."""
        if len(self._fleet) == 0 or self.rng.random() < 1 / _FLEET:
            self._companies += 1
            name = f"PT Contoh {self.rng.choice(COMPANY_WORDS)} {self.rng.choice(COMPANY_WORDS)} {self._companies}"
            phone, mobile = self._phone(self._next_person())
            number = f"00{self._companies:011d}"
            email = f"armada{self._companies}@perusahaan.example"
            self._fleet = [
                *self._fleet[-9:],
                Owner(name, number, self._address(), phone, mobile, email, company=True),
            ]
        return self.rng.choice(self._fleet)

    def _person(self) -> Owner:
        rng, person = self.rng, self._next_person()
        given, family = rng.choice(GIVEN_NAMES), rng.choice(FAMILY_NAMES)
        middle = f" {rng.choice(GIVEN_NAMES)}" if rng.random() < 0.3 else ""  # noqa: PLR2004 - some have three names
        phone, mobile = self._phone(person)
        email = f"{given}.{family}{person}@warga.example".lower() if rng.random() < 0.4 else ""  # noqa: PLR2004 - some left one
        number = f"00{rng.randrange(10**6):06d}{person:08d}"
        return Owner(f"{given}{middle} {family}", number, self._address(), phone, mobile, email)

    def _next_person(self) -> int:
        self._people += 1
        return self._people

    def _address(self) -> str:
        rng = self.rng
        return (
            f"Jl. Contoh {rng.choice(STREETS)} No. {rng.randint(1, 240)} RT {rng.randint(1, 15):03d}/"
            f"RW {rng.randint(1, 12):03d}, {rng.choice(DISTRICTS)}"
        )

    def _phone(self, person: int) -> tuple[str, str | None]:
        """As written, and E.164 where it is a mobile."""
        chance, digits = self.rng.random(), f"{person:08d}"
        if chance < _WITHOUT_PHONE:
            return "", None
        if chance < _WITHOUT_PHONE + _LANDLINE:
            return f"(021) 0{digits[-7:]}", None
        number = f"810{digits}"
        forms = (f"0{number}", f"+62{number}", f"62{number}", f"0810-{digits[:4]}-{digits[4:]}")
        return self.rng.choice(forms), f"+62{number}"


def _series(kind: VehicleKind) -> Sequence[str]:
    """The letters behind the number: the district first, then for cars the body. ZZ* is the ministries'."""
    second = CAR_SECOND_LETTERS if kind is VehicleKind.CAR else _LETTERS
    return [
        f"{one}{two}{three}"
        for one in FIRST_LETTERS
        for two in second
        for three in _LETTERS
        if not (one == "Z" and two == "Z")
    ]


_SERIES = {kind: _series(kind) for kind in _NUMBERS}


def _plate(kind: VehicleKind, made: int) -> str:
    """The plate of the `made`-th vehicle of a kind: a walk through all its plates, each met once."""
    numbers, series = _NUMBERS[kind], _SERIES[kind]
    space = len(numbers) * len(series)
    if made >= space:
        raise InputError(f"Jakarta has no more than {space} plates for the kind {kind.value}; ask for fewer rows.")
    place = made * _STRIDE % space
    return f"B{numbers[place % len(numbers)]}{series[place // len(numbers)]}"
