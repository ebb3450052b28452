"""One row of a register file, judged: a typed row, or every fault with the column and a sentence. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TypeVar

from cakra.core.errors import InputError
from cakra.core.law.vehicle import PlateColour, VehicleKind
from cakra.core.plate import parse_plate
from cakra.journey.ownership.rules import PhoneReading, chassis_last5, read_phone

Value = TypeVar("Value")

# Our column names, each with the headings that clerks' exports use for it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "plate": ("nrkb", "nopol", "nomor_polisi", "no_polisi"),
    "valid_from": ("berlaku_dari", "milik_sejak"),
    "valid_to": ("berlaku_sampai", "milik_sampai"),
    "vehicle_kind": ("jenis", "jenis_kendaraan"),
    "brand": ("merek", "merk"),
    "model": ("tipe", "type"),
    "colour": ("warna", "color"),
    "year": ("tahun", "tahun_pembuatan"),
    "plate_colour": ("warna_tnkb", "plate_color"),
    "electric": ("listrik",),
    "chassis": ("no_rangka", "nomor_rangka", "rangka"),
    "owner_name": ("nama", "nama_pemilik"),
    "owner_number": ("nik", "nib", "no_identitas"),
    "address": ("alamat",),
    "phone": ("telepon", "no_hp", "no_telepon"),
    "email": ("surel",),
}
REQUIRED = (
    "plate",
    "valid_from",
    "vehicle_kind",
    "plate_colour",
    "chassis",
    "owner_name",
    "owner_number",
    "address",
)

_KINDS = {kind.value: kind for kind in VehicleKind if kind is not VehicleKind.UNKNOWN} | {
    "mobil": VehicleKind.CAR,
    "mobil penumpang": VehicleKind.CAR,
    "motor": VehicleKind.MOTORCYCLE,
    "sepeda motor": VehicleKind.MOTORCYCLE,
    "bis": VehicleKind.BUS,
    "mobil bus": VehicleKind.BUS,
    "truk": VehicleKind.TRUCK,
    "mobil barang": VehicleKind.TRUCK,
    "khusus": VehicleKind.SPECIAL,
    "kendaraan khusus": VehicleKind.SPECIAL,
}
_PLATE_COLOURS = {colour.value: colour for colour in PlateColour if colour is not PlateColour.UNKNOWN} | {
    "putih": PlateColour.WHITE,
    "hitam": PlateColour.BLACK,
    "kuning": PlateColour.YELLOW,
    "merah": PlateColour.RED,
    "hijau": PlateColour.GREEN,
}
_FLAGS = {"": False} | dict.fromkeys(("0", "false", "no", "tidak", "n", "f"), False)
_FLAGS |= dict.fromkeys(("1", "true", "yes", "ya", "y", "t"), True)
_WIB = timezone(timedelta(hours=7))  # a date without a zone is the registering office's day
_DAY_FIRST = ("%d-%m-%Y", "%d/%m/%Y")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_LONGEST = 500
_NOTHING = frozenset({"", "-"})
_NUMBER_LENGTHS = range(13, 17)  # company number 13, tax number 15, NIK 16


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One ownership spell as the file tells it, normalised; personal fields still in clear."""

    plate: str
    valid_from: datetime
    valid_to: datetime | None
    vehicle_kind: VehicleKind
    brand: str | None
    model: str | None
    colour: str | None
    year: int | None
    plate_colour: PlateColour
    electric: bool
    chassis_last5: str = field(repr=False)
    owner_name: str = field(repr=False)
    owner_number: str = field(repr=False)
    address: str = field(repr=False)
    phone: PhoneReading
    phone_given: str = field(repr=False)
    email: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one row: the column and a sentence."""

    column: str
    reason: str


class _Cells:
    """The cells of one row under our names; collects the faults that parsing them meets."""

    def __init__(self, values: Sequence[str], layout: Mapping[str, int]) -> None:
        self._cells = {name: " ".join(values[place].split()) for name, place in layout.items()}
        self.faults: list[RowFault] = []
        if not "".join(self._cells.values()).isprintable():
            self.faults += [
                RowFault(name, "holds bytes that are not UTF-8, or control characters")
                for name, cell in self._cells.items()
                if not cell.isprintable()
            ]

    def take(self, column: str, parse: Callable[[str], Value]) -> Value | None:
        """The parsed cell; None with a fault noted when it cannot be read."""
        try:
            return parse(self._cells.get(column, ""))
        except InputError as error:
            self.faults.append(RowFault(column, error.sentence))
            return None


def read_row(values: Sequence[str], layout: Mapping[str, int]) -> RegisterRow | list[RowFault]:
    """Judge one row; `layout` says at which place each of our columns stands. All faults are told at once."""
    cells = _Cells(values, layout)
    plate = cells.take("plate", _plate)
    valid_from, valid_to = cells.take("valid_from", _instant), cells.take("valid_to", _instant_or_none)
    kind, plate_colour = cells.take("vehicle_kind", _kind), cells.take("plate_colour", _plate_colour)
    electric, year = cells.take("electric", _flag), cells.take("year", _year)
    brand, model, colour = (cells.take(name, _text_or_none) for name in ("brand", "model", "colour"))
    chassis = cells.take("chassis", chassis_last5)
    name, number = cells.take("owner_name", _text), cells.take("owner_number", _owner_number)
    address, email = cells.take("address", _text), cells.take("email", _email)
    given = cells.take("phone", _text_or_none)
    if valid_from and valid_to and valid_to <= valid_from:
        cells.faults.append(RowFault("valid_to", "is not later than valid_from"))
    if cells.faults:
        return cells.faults
    assert plate and valid_from and kind and plate_colour and chassis and name and number and address  # noqa: PT018 - no fault, so each was read
    return RegisterRow(
        plate=plate,
        valid_from=valid_from,
        valid_to=valid_to,
        vehicle_kind=kind,
        brand=brand,
        model=model,
        colour=colour,
        year=year,
        plate_colour=plate_colour,
        electric=bool(electric),
        chassis_last5=chassis,
        owner_name=name,
        owner_number=number,
        address=address,
        phone=read_phone(given or ""),
        phone_given=given or "",
        email=email,
    )


def _plate(text: str) -> str:
    return parse_plate(text).text


@lru_cache(maxsize=20_000)
def _instant(text: str) -> datetime:
    """A day (its beginning in Jakarta) or an instant; day-first spellings are Indonesian, never American."""
    if not text:
        raise InputError("is empty; write a day as YYYY-MM-DD")
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = _day_first(text)
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        raise InputError(f"{text[:40]!r} is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    return (read if read.tzinfo else read.replace(tzinfo=_WIB)).astimezone(UTC)


def _day_first(text: str) -> datetime:
    for form in _DAY_FIRST:
        try:
            return datetime.strptime(text, form).replace(tzinfo=_WIB)
        except ValueError:
            continue
    raise InputError(f"{text[:40]!r} is no day or instant; write YYYY-MM-DD")


def _instant_or_none(text: str) -> datetime | None:
    return _instant(text) if text else None


def _kind(text: str) -> VehicleKind:
    return _choice(text, _KINDS, "a vehicle kind")


def _plate_colour(text: str) -> PlateColour:
    return _choice(text, _PLATE_COLOURS, "a plate colour")


def _flag(text: str) -> bool:
    return _choice(text, _FLAGS, "yes or no")


def _choice(text: str, known: Mapping[str, Value], what: str) -> Value:
    try:
        return known[text.lower()]
    except KeyError:
        raise InputError(f"{text[:40]!r} is not {what}; one of: {', '.join(filter(None, known))}") from None


def _year(text: str) -> int | None:
    if not text:
        return None
    digits = text.removesuffix(".0")  # spreadsheets make a fraction of a column with gaps
    if not (digits.isascii() and digits.isdigit() and _FIRST_YEAR <= int(digits[:9]) <= _LAST_YEAR):
        raise InputError(f"{text[:40]!r} is not a year")
    return int(digits)


def _text(text: str) -> str:
    if not text:
        raise InputError("is empty")
    if len(text) > _LONGEST:
        raise InputError(f"is longer than {_LONGEST} characters")
    return text


def _text_or_none(text: str) -> str | None:
    return None if text in _NOTHING else _text(text)


def _owner_number(text: str) -> str:
    digits = text.replace(".", "").replace("-", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) in _NUMBER_LENGTHS):
        raise InputError("is no NIK (16 digits), tax number (15) or company number (13)")
    return digits


def _email(text: str) -> str | None:
    """The address, or None: an unusable contact, like an unusable phone, does not make the owner unknown."""
    name, at, host = text.rpartition("@")
    usable = name and at and "." in host and " " not in text and len(text) <= _LONGEST
    return text if usable else None
