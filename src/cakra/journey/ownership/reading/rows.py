"""One row of a register file, judged: a typed row, or every fault with the column and a sentence. Pure.

A row is refused only where it cannot say whose vehicle it is: plate, start, end, chassis, name. What else is not
understood (kind, colours, fuel, number, contacts, an address that is none) is stored as unknown: the owner stays known.
The sentences never repeat a value; the plate's do, for a row is found by it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from cakra.core.errors import InputError
from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.core.law.stnk import electric_of, plate_colour_of, vehicle_kind_of
from cakra.core.law.vehicle import PlateColour, VehicleKind
from cakra.core.ports import Channel
from cakra.core.tables.people import address_of, mail_of, name_of
from cakra.core.tables.values import (
    end_of,
    instant_of,
    is_nothing,
    is_plain,
    plain_code,
    plain_text,
    whole_digits,
    year_of,
)
from cakra.journey.ownership.reading.columns import COLUMNS
from cakra.journey.ownership.rules import (
    PhoneProblem,
    PhoneReading,
    paper_number,
    read_chassis,
    read_phone,
)

Value = TypeVar("Value")

# What an owner may ask for; the ladder says what is granted.
_CHANNELS: dict[str, Channel] = {channel.value: channel for channel in Channel}
_CHANNELS |= {"wa": Channel.WHATSAPP, "whats app": Channel.WHATSAPP, "surel": Channel.EMAIL}
_CHANNELS |= {"surat": Channel.LETTER, "pos": Channel.LETTER}
_LANGUAGES = dict.fromkeys(("id", "indonesia", "bahasa indonesia"), "id")
_LANGUAGES |= dict.fromkeys(("en", "english", "inggris"), "en")
_LONGEST = 500
_LONGEST_PLATE = 15
_NOT_LATER = "is not later than valid_from"
_NUMBER_LENGTHS = range(13, 17)  # company number 13, tax number 15, NIK 16
_SEVERAL = frozenset("/;|&")
_NUMBER_FILLERS = str.maketrans("", "", " .-/")
_WORDS = frozenset({"brand", "model", "colour", "owner_name", "address", "email"})


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
    electric: bool | None
    chassis_last5: str = field(repr=False)
    chassis: str | None = field(repr=False)
    engine: str | None = field(repr=False)
    """Whole numbers; None: not told, or not whole."""
    owner_name: str = field(repr=False)
    owner_number: str | None = field(repr=False)
    """The digits of a NIK, tax or company number; None: this owner has no key."""
    number_given: str = field(repr=False)
    address: str = field(repr=False)
    """Empty: no letter can be sent."""
    phone: PhoneReading
    phone_given: str = field(repr=False)
    email: str | None = field(repr=False)
    preferred_channel: Channel | None
    language: str | None


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one row: the column and a sentence. `kind` is alike for all rows that are wrong in this way."""

    column: str
    reason: str
    kind: str = ""


def read_cells(values: Sequence[str], layout: Mapping[str, int]) -> dict[str, str]:
    """The fields of a row by our names, without what spreadsheets add; `layout` says at which place each stands."""
    if is_plain(values):
        whole = "".join(values)
        if whole.isprintable() and "  " not in whole:  # nearly every row: nothing but blanks at the ends
            return {name: values[place].strip() for name, place in layout.items()}
        return {name: " ".join(values[place].split()) for name, place in layout.items()}
    return {
        name: plain_text(values[place]) if name in _WORDS else plain_code(values[place])
        for name, place in layout.items()
    }


def read_row(values: Sequence[str], layout: Mapping[str, int]) -> RegisterRow | list[RowFault]:
    """Judge one row. All its faults are told at once."""
    cells = _EMPTY | read_cells(values, layout)
    engine = paper_number(cells.pop("engine"))  # whatever stands there, the owner stays known
    try:
        return _typed(cells, engine)
    except InputError:
        return _faults(cells)


def spell_of(values: Sequence[str], layout: Mapping[str, int]) -> tuple[str, datetime] | None:
    """Which spell (canonical plate, beginning) a refused row is about; None where it does not say."""
    try:
        plate, valid_from = (plain_code(values[layout[name]]) for name in ("plate", "valid_from"))
        return parse_plate(plate).text, instant_of(valid_from)
    except (InputError, IndexError):
        return None


def _typed(cells: Mapping[str, str], engine: str | None) -> RegisterRow:
    """The row when nothing is wrong with it; InputError at the first fault."""
    _printable("".join(cells.values()))
    valid_from, valid_to = instant_of(cells["valid_from"]), end_of(cells["valid_to"])
    if valid_to is not None and valid_to <= valid_from:
        raise InputError(_NOT_LATER)
    number = _owner_number(cells["owner_number"])
    phone = read_phone(cells["phone"])
    last5, chassis = _chassis(cells["chassis"])
    return RegisterRow(
        plate=parse_plate(cells["plate"]).text,
        valid_from=valid_from,
        valid_to=valid_to,
        vehicle_kind=vehicle_kind_of(cells["vehicle_kind"]),
        brand=_text_or_none(cells["brand"]),
        model=_text_or_none(cells["model"]),
        colour=_text_or_none(cells["colour"]),
        year=_or_none(year_of, cells["year"]),
        plate_colour=plate_colour_of(cells["plate_colour"]),
        electric=_electric(cells),
        chassis_last5=last5,
        chassis=chassis,
        engine=engine,
        owner_name=_text(name_of(cells["owner_name"])),
        owner_number=number,
        number_given=number or _text_or_none(cells["owner_number"]) or "",
        address=_text(address_of(cells["address"])),
        phone=phone,
        phone_given="" if phone.problem is PhoneProblem.MISSING else _text(cells["phone"]),
        email=mail_of(_text(cells["email"])),
        preferred_channel=_choice(cells["preferred_channel"], _CHANNELS),
        language=_choice(cells["language"], _LANGUAGES),
    )


def _faults(cells: Mapping[str, str]) -> list[RowFault]:
    """Everything that is wrong with the row, column by column."""
    faults = []
    for column, parse in _PARSERS.items():
        try:
            parse(_printable(cells[column]))
        except PlateError as error:
            alike = f"is no plate ({error.fault.value})"
            told = error.sentence if may_be_plate(cells[column]) else alike
            faults.append(RowFault(column, told, f"{column}: {alike}"))
        except InputError as error:
            faults.append(RowFault(column, error.sentence, f"{column}: {error.sentence}"))
    return faults or [RowFault("valid_to", _NOT_LATER, f"valid_to: {_NOT_LATER}")]


def may_be_plate(text: str) -> bool:
    """Whether a field is near enough to a plate to be repeated; where the columns slipped it may be somebody's name."""
    return len(text) <= _LONGEST_PLATE and (" " not in text or any(sign.isdigit() for sign in text))


def _printable(text: str) -> str:
    if not text.isprintable():
        raise InputError("holds bytes that cannot be read, or control characters")
    return text


def _electric(cells: Mapping[str, str]) -> bool | None:
    """By the flag, else the fuel; unknown where no column says it, and where the two contradict each other."""
    flag, fuel = cells.get("electric"), cells.get("fuel")
    by_flag = None if flag is None else electric_of(flag)
    by_fuel = None if fuel is None or is_nothing(fuel) else electric_of(fuel)
    if by_fuel is None:
        return by_flag
    if by_flag is None or is_nothing(flag or "") or by_flag is by_fuel:
        return by_fuel
    return None


def _choice(text: str, known: Mapping[str, Value]) -> Value | None:
    """What an owner asked for; None for nothing and for what we do not know: the owner is told as all others are."""
    if not text:
        return None
    word = re.sub(r"[^a-z ]", "", text.lower())
    return known.get(word) or known.get(text.lower()[:2] if re.match(r"[a-z]{2}[-_]", text.lower()) else "")


def _or_none(read: Callable[[str], Value | None], text: str) -> Value | None:
    try:
        return read(text)
    except InputError:
        return None


def _chassis(text: str) -> tuple[str, str | None]:
    """As `read_chassis`; InputError also for a word that stands for none, and for more than one number."""
    if is_nothing(text):
        raise InputError("is empty, or a word that stands for no chassis number")
    if not _SEVERAL.isdisjoint(text):
        raise InputError("holds more than a chassis number; write that alone")
    last5, whole = read_chassis(text)
    if last5.isalpha():
        raise InputError("is no chassis number: it does not end in digits")
    return last5, whole


def _text(text: str) -> str:
    if len(text) > _LONGEST:
        raise InputError(f"is longer than {_LONGEST} characters")
    return text


@lru_cache(maxsize=20_000)
def _text_or_none(text: str) -> str | None:
    return None if is_nothing(text) else _text(text)


def _owner_number(text: str) -> str | None:
    """The digits of a NIK, tax or company number; None for nothing, a passport, and digits that a spreadsheet lost."""
    digits = text
    if not text.isdigit():
        try:
            digits = whole_digits(text) or text.translate(_NUMBER_FILLERS)
        except InputError:
            return None
    sound = digits.isascii() and digits.isdigit() and len(digits) in _NUMBER_LENGTHS
    return digits if sound and len(set(digits)) > 1 else None


# Whether a vehicle is electric is not known where no column says so: these two have no empty default.
_EMPTY = dict.fromkeys((name for name in COLUMNS if name not in {"electric", "fuel"}), "")
_PARSERS: Mapping[str, Callable[[str], object]] = {
    "plate": parse_plate,
    "valid_from": instant_of,
    "valid_to": end_of,
    "brand": _text_or_none,
    "model": _text_or_none,
    "colour": _text_or_none,
    "chassis": _chassis,
    "owner_name": lambda text: _text(name_of(text)),
    "owner_number": _text,
    "address": _text,
    "phone": _text,
}
