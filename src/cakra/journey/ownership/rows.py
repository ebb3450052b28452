"""One row of a register file, judged: a typed row, or every fault with the column and a sentence. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TypeVar

from cakra.core.errors import InputError
from cakra.core.law.vehicle import PlateColour, VehicleKind
from cakra.core.plate import parse_plate
from cakra.core.ports import Channel
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
    "preferred_channel": ("saluran", "saluran_pilihan"),
    "language": ("bahasa",),
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
# What an owner may ask for; the ladder says what is granted.
_CHANNELS = {"": None} | {channel.value: channel for channel in Channel}
_CHANNELS |= {"wa": Channel.WHATSAPP, "surel": Channel.EMAIL, "surat": Channel.LETTER, "pos": Channel.LETTER}
_LANGUAGES = {"": None} | dict.fromkeys(("id", "indonesia", "bahasa indonesia"), "id")
_LANGUAGES |= dict.fromkeys(("en", "english", "inggris"), "en")
_FLAGS = {"": False} | dict.fromkeys(("0", "false", "no", "tidak", "n", "f"), False)
_FLAGS |= dict.fromkeys(("1", "true", "yes", "ya", "y", "t"), True)
_WIB = timezone(timedelta(hours=7))  # a date without a zone is the registering office's day
_DAY_FIRST = ("%d-%m-%Y", "%d/%m/%Y")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_LONGEST = 500
_NOT_LATER = "is not later than valid_from"
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
    preferred_channel: Channel | None
    language: str | None


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one row: the column and a sentence."""

    column: str
    reason: str


def read_row(values: Sequence[str], layout: Mapping[str, int]) -> RegisterRow | list[RowFault]:
    """Judge one row; `layout` says at which place each of our columns stands. All faults are told at once."""
    cells = _EMPTY | {name: " ".join(values[place].split()) for name, place in layout.items()}
    try:
        return _typed(cells)
    except InputError:
        return _faults(cells)


def _typed(cells: Mapping[str, str]) -> RegisterRow:
    """The row when nothing is wrong with it; InputError at the first fault."""
    _printable("".join(cells.values()))
    valid_from, valid_to = _instant(cells["valid_from"]), _instant_or_none(cells["valid_to"])
    if valid_to is not None and valid_to <= valid_from:
        raise InputError(_NOT_LATER)
    given = _text_or_none(cells["phone"]) or ""
    return RegisterRow(
        plate=_plate(cells["plate"]),
        valid_from=valid_from,
        valid_to=valid_to,
        vehicle_kind=_kind(cells["vehicle_kind"]),
        brand=_text_or_none(cells["brand"]),
        model=_text_or_none(cells["model"]),
        colour=_text_or_none(cells["colour"]),
        year=_year(cells["year"]),
        plate_colour=_plate_colour(cells["plate_colour"]),
        electric=_flag(cells["electric"]),
        chassis_last5=chassis_last5(cells["chassis"]),
        owner_name=_text(cells["owner_name"]),
        owner_number=_owner_number(cells["owner_number"]),
        address=_text(cells["address"]),
        phone=read_phone(given),
        phone_given=given,
        email=_email(cells["email"]),
        preferred_channel=_channel(cells["preferred_channel"]),
        language=_language(cells["language"]),
    )


def _faults(cells: Mapping[str, str]) -> list[RowFault]:
    """Everything that is wrong with the row, column by column."""
    faults = []
    for column, parse in _PARSERS.items():
        try:
            parse(_printable(cells[column]))
        except InputError as error:
            faults.append(RowFault(column, error.sentence))
    return faults or [RowFault("valid_to", _NOT_LATER)]


def _printable(text: str) -> str:
    if not text.isprintable():
        raise InputError("holds bytes that are not UTF-8, or control characters")
    return text


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


def _channel(text: str) -> Channel | None:
    return _choice(text, _CHANNELS, "a channel")


def _language(text: str) -> str | None:
    return _choice(text, _LANGUAGES, "a language")


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


_EMPTY = dict.fromkeys(COLUMNS, "")
_PARSERS: Mapping[str, Callable[[str], object]] = {
    "plate": _plate,
    "valid_from": _instant,
    "valid_to": _instant_or_none,
    "vehicle_kind": _kind,
    "brand": _text_or_none,
    "model": _text_or_none,
    "colour": _text_or_none,
    "year": _year,
    "plate_colour": _plate_colour,
    "electric": _flag,
    "chassis": chassis_last5,
    "owner_name": _text,
    "owner_number": _owner_number,
    "address": _text,
    "phone": _text_or_none,
    "email": _email,
    "preferred_channel": _channel,
    "language": _language,
}
