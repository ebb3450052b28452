"""Pure rules of the register: which phone may carry a notice, what binds a sealed owner, what is answered."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from cakra.core.errors import InputError
from cakra.core.law.vehicle import VehicleFacts
from cakra.kit.typed import LONGEST, joined, plain

# Kinds of blind index (`Sealer.index`); whoever looks something up must name the same kind.
OWNER_INDEX = "owner"
PHONE_INDEX = "phone"
CHASSIS_INDEX = "chassis_last5"
ROW_INDEX = "register_row"

_REGION = "ID"
_LAST5 = 5
# Chassis numbers never hold I, O or Q (ISO 3779), so people and clerks who write them mean 1 and 0.
_CHASSIS_READ_AS = str.maketrans({"I": "1", "O": "0", "Q": "0", "*": None})
_PHONE_FILLERS = str.maketrans("", "", " -.()\u00a0")


class PhoneProblem(StrEnum):
    """Why no message may go to the phone the register holds."""

    MISSING = "missing"
    MALFORMED = "malformed"
    LANDLINE = "landline"
    FOREIGN = "foreign"
    NOT_MOBILE = "not_mobile"
    """Toll-free, premium and the like."""


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """A usable E.164 number, or the reason why there is none; never both."""

    e164: str | None = field(repr=False)
    problem: PhoneProblem | None


@cache
def _mobile() -> re.Pattern[str]:
    """The library's own pattern of Indonesian mobiles behind +62 or 0: the quick way for nearly all rows."""
    metadata = PhoneMetadata.metadata_for_region(_REGION)
    assert metadata is not None
    assert metadata.mobile is not None
    return re.compile(rf"(?:\+62|0)({metadata.mobile.national_number_pattern})")


def read_phone(text: str) -> PhoneReading:
    """Normalise and type one number as an Indonesian clerk wrote it; only mobiles of +62 are usable."""
    compact = plain(text[:LONGEST]).translate(_PHONE_FILLERS)
    if not compact:
        return PhoneReading(None, PhoneProblem.MISSING)
    if compact.startswith("628"):
        # Databases drop the plus. A landline of area 0628 would be written with its zero.
        compact = f"+{compact}"
    if match := _mobile().fullmatch(compact):
        return PhoneReading(f"+62{match[1]}", None)
    try:
        number = phonenumbers.parse(compact, _REGION)
    except NumberParseException:
        return PhoneReading(None, PhoneProblem.MALFORMED)
    problem = _problem(number)
    if problem is not None:
        return PhoneReading(None, problem)
    return PhoneReading(phonenumbers.format_number(number, PhoneNumberFormat.E164), None)


def _problem(number: phonenumbers.PhoneNumber) -> PhoneProblem | None:
    if not phonenumbers.is_valid_number(number):
        return PhoneProblem.MALFORMED
    if phonenumbers.region_code_for_number(number) != _REGION:
        return PhoneProblem.FOREIGN
    match phonenumbers.number_type(number):
        case PhoneNumberType.MOBILE:
            return None
        case PhoneNumberType.FIXED_LINE:
            return PhoneProblem.LANDLINE
        case _:
            return PhoneProblem.NOT_MOBILE


def chassis_last5(text: str) -> str:
    """The last five characters of a chassis number as indexed and as compared with what an owner types."""
    last = joined(text).translate(_CHASSIS_READ_AS)[-_LAST5:] if len(text) <= LONGEST else ""
    if len(last) < _LAST5 or not (last.isascii() and last.isalnum()):
        raise InputError(
            "A chassis number ends in five letters or digits; type them as on the STNK.", code="chassis_form"
        )
    return last


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
    owner_key: bytes = field(repr=False)
    preferred_channel: str | None = None
    """The channel the owner asked for; the ladder says what is granted."""
    language: str | None = None
