"""Pure rules of the register: how a chassis ending is read, what binds a sealed owner, what is answered."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cakra.core.errors import InputError
from cakra.core.identifiers.phone import PhoneProblem, PhoneReading, read_phone
from cakra.core.law.vehicle import VehicleFacts
from cakra.core.tables.values import is_scientific, plain_code, whole_digits
from cakra.kit.typed import LONGEST, joined

__all__ = [
    "CHASSIS_INDEX",
    "OWNER_INDEX",
    "PHONE_INDEX",
    "ROW_INDEX",
    "WHOLE_CHASSIS",
    "WHOLE_ENGINE",
    "OwnerFacts",
    "PhoneProblem",
    "PhoneReading",
    "chassis_last5",
    "paper_number",
    "read_chassis",
    "read_phone",
    "seal_binding",
    "with_plate",
]

# Kinds of blind index (`Sealer.index`); whoever looks something up must name the same kind.
OWNER_INDEX = "owner"
PHONE_INDEX = "phone"
CHASSIS_INDEX = "chassis_last5"
ROW_INDEX = "register_row"
# Of whole numbers, each together with its plate (`with_plate`).
WHOLE_CHASSIS = "chassis"
WHOLE_ENGINE = "engine"

_LAST5 = 5
_WHOLE = range(6, 26)  # old frames have few signs; whatever is longer is no number
# Chassis numbers never hold I, O or Q (ISO 3779), so people and clerks who write them mean 1 and 0.
_CHASSIS_READ_AS = str.maketrans({"I": "1", "O": "0", "Q": "0", "*": None})
_FRACTION = re.compile(r"([0-9A-Za-z]+)[.,]0{1,2}")  # a spreadsheet's, behind a number of digits
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+[.,][0-9]{1,2}")


def chassis_last5(text: str) -> str:
    """The last five characters of a chassis number as indexed and as compared with what an owner types. InputError."""
    return read_chassis(text)[0]


def read_chassis(text: str) -> tuple[str, str | None]:
    """Its last five characters, and the whole number as `paper_number` has it. InputError without five of them."""
    number = _one_word(text)
    if number.endswith("**") or "*" in number.rstrip("*")[-_LAST5:]:
        raise InputError(
            "A chassis number of which signs are hidden does not tell its last five; write it whole.",
            code="chassis_form",
        )
    last = number.translate(_CHASSIS_READ_AS)[-_LAST5:]
    if len(last) < _LAST5 or not (last.isascii() and last.isalnum()):
        raise InputError(
            "A chassis number ends in five letters or digits; type them as on the STNK.", code="chassis_form"
        )
    return last, _whole(number)


def paper_number(text: str) -> str | None:
    """A whole chassis or engine number as indexed and as compared with what somebody types; None where it is none.

    A star at each end is printed on papers; more of them hide signs, and then the number is not whole.
    """
    return _whole(_one_word(text))


def _whole(number: str) -> str | None:
    if "*" in number and ("**" in (number[:2], number[-2:]) or "*" in number.strip("*")):
        return None
    number = number.translate(_CHASSIS_READ_AS)
    if len(number) not in _WHOLE or not (number.isascii() and number.isalnum()):
        return None
    return None if number == number[0] * len(number) else number


def _one_word(text: str) -> str:
    """A number of a paper in capitals, without what people and spreadsheets put into it; empty where it lost digits."""
    number = text if len(text) <= LONGEST else ""
    if not (number.isalnum() and number.isascii()):
        number = plain_code(number)
        if is_scientific(number):
            number = ""
        elif _THOUSANDS.fullmatch(number):
            number = _digits(number)
        elif fraction := _FRACTION.fullmatch(number):
            number = fraction[1]
        number = joined(number)
    return number.upper()


def _digits(grouped: str) -> str:
    """Of a number in groups of three with a fraction; empty where it is not whole."""
    try:
        return whole_digits(grouped) or ""
    except InputError:
        return ""


def with_plate(plate: str, number: str) -> str:
    """What a whole number's blind index is made of: the same number with another plate has another index."""
    return f"{plate}|{number}"


def seal_binding(plate: str, valid_from: datetime) -> bytes:
    """What a sealed owner is bound to: the key of its row, so that it opens nowhere else."""
    return f"{plate}|{valid_from.astimezone(UTC).isoformat(timespec='microseconds')}".encode()


@dataclass(frozen=True, slots=True)
class OwnerFacts:
    """Who held the vehicle at the wanted instant, and what the register knows of vehicle and contacts.

    `phone` is E.164 and fit for a notice, else None with `phone_problem`. `chassis_last5` and `owner_key` are
    blind indexes. The spell is half-open, [valid_from, valid_to); valid_to None means: still the owner.
    """

    plate: str
    valid_from: datetime
    valid_to: datetime | None
    vehicle: VehicleFacts
    brand: str | None
    model: str | None
    colour: str | None
    year: int | None
    name: str = field(repr=False)
    address: str = field(repr=False)
    phone: str | None = field(repr=False)
    phone_problem: PhoneProblem | None
    email: str | None = field(repr=False)
    chassis_last5: bytes = field(repr=False)
    owner_key: bytes | None = field(repr=False)
    """None: the register has no number by which this owner is known elsewhere."""
    preferred_channel: str | None = None
    """The channel the owner asked for; the ladder says what is granted."""
    language: str | None = None
    disputed: bool = False
    """What the register was told of this vehicle's owners contradicts itself: nobody is addressed."""
