"""Which phone may carry a notice: a number as clerks, databases and spreadsheets write it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from cakra.core.errors import InputError
from cakra.core.tables.values import is_nothing, is_scientific, plain_code, whole_digits

_REGION = "ID"
_LONGEST = 200
_MOST_NUMBERS = 8
_FILLERS = str.maketrans("", "", " -._()\u00a0")
# The beginning of a number: its country or area may stand in brackets.
_BEGINS = r"(?:[+]?[0-9]{0,4}[ .-]?[(][0-9]{1,5}[)]|[+]?[0-9])"
_PLAIN = re.compile(_BEGINS + "(?:[ -]?[0-9])*")
# Two groups and one mark between them: the second may be a fraction, an extension, or the number's own end.
_TWO_GROUPS = re.compile(r"([+]?[0-9]+)[ .,_-]+([0-9]+)")
# Groups, and zeros behind a mark: a fraction, or the number's own end.
_ZEROS_BEHIND = re.compile(r"(.*[0-9])[.,]0{1,2}")
# Signs that stand for digits nobody shows (`0812345678**`), and those that only doubt them.
_HIDDEN = re.compile(
    r"[0-9][ .-]*(?:[*#?\u2022\u25cf\u22ef]|x{2,}|\.{3}|[-_]{2,}$)|[*\u2022\u25cf][ .-]*[0-9]", re.IGNORECASE
)
_NOBODYS = 8  # so many times one digit at its end fills a field and calls nobody
_LABEL = re.compile(r"(?<![A-Za-z])(?:hp|wa|telp?|tlp|phone|ponsel|no)[ .:]*(?=[+0-9])", re.IGNORECASE)
_RUN = re.compile(_BEGINS + "[0-9 .,_-]*")
_BETWEEN = re.compile(r"[ .,_-]+(?=[(]?(?:[+]|0|62))")
# A remark that takes the number back, or says that it is somebody else's by trade or by chance.
_TAKEN_BACK = re.compile(
    r"\b(?:bukan|bkn|salah|slh|mati|hilang|hangus|lama|dulu|ganti|pindah|bekas|mantan|eks|tidak|tdk|gak?|ng+ak|jangan|jgn"
    r"|(?:non|tak|in) ?(?:aktif|active)|(?:ter|di)?blokir|dijual|alm|almarhum(?:ah)?|meninggal|palsu|dummy|invalid|off"
    r"|old|former|previous|wrong|ex|dealer|showroom|leasing|biro(?: ?jasa)?|calo|tetangga|not)\b",
    re.IGNORECASE,
)


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


_MALFORMED = PhoneReading(None, PhoneProblem.MALFORMED)


@cache
def _mobile() -> re.Pattern[str]:
    """The library's own pattern of Indonesian mobiles behind +62 or 0: the quick way for nearly all rows."""
    metadata = PhoneMetadata.metadata_for_region(_REGION)
    assert metadata is not None
    assert metadata.mobile is not None
    return re.compile(rf"(?:\+62|0)({metadata.mobile.national_number_pattern})")


def read_phone(text: str) -> PhoneReading:
    """The phone that a field holds, normalised; only mobiles of +62 are usable.

    Of several numbers, or a number with a remark, the first mobile that stands alone and whole. A number of which
    digits are missing or were added (a spreadsheet's decimals, an exponent) is read exactly or is malformed.
    """
    text = text.strip()
    if text.isdigit() or (_PLAIN.fullmatch(text) and not _TWO_GROUPS.fullmatch(text)):  # nearly every field
        reading = _read_one(text)
        if reading.problem is not PhoneProblem.MALFORMED:
            return reading
    told = plain_code(text)
    if is_nothing(told):
        return PhoneReading(None, PhoneProblem.MISSING)
    if len(told) > _LONGEST or told[0] == "=" or _HIDDEN.search(told):
        return _MALFORMED
    if _RUN.fullmatch(told) or is_scientific(told):
        reading = _read_number(told)
        if reading.problem is not PhoneProblem.MALFORMED:
            return reading
    if is_scientific(told) or _TAKEN_BACK.search(told):
        return _MALFORMED
    return _first_of(told)


def _first_of(text: str) -> PhoneReading:
    """The first usable number among several; else what is wrong with the first that is one at all."""
    found = [_read_run(run) for run in _runs(text)]
    usable = next((reading for reading in found if reading.e164), None)
    known = next((reading for reading in found if reading.problem is not PhoneProblem.MALFORMED), _MALFORMED)
    return usable or known


def _runs(text: str) -> Iterator[str]:
    """Stretches of digits and their fillers that touch no letter: what touches one is no number by itself."""
    told = _LABEL.sub(" ; ", text)
    for match in list(_RUN.finditer(told))[:_MOST_NUMBERS]:
        before, after = told[: match.start()][-1:], told[match.end() :][:1]
        run = match[0].rstrip(" .,(+-")
        touches = after.isalnum() and match[0][-1:].isdigit()
        if not (before.isalnum() or touches):
            yield run


def _read_run(run: str) -> PhoneReading:
    """One number, or several of which each is whole: then the first mobile."""
    reading = _read_number(run)
    if reading.problem is not PhoneProblem.MALFORMED:
        return reading
    parts = [_read_number(part) for part in _BETWEEN.split(run)]
    if len(parts) < 2 or any(part.problem is PhoneProblem.MALFORMED for part in parts):  # noqa: PLR2004 - several
        return _MALFORMED
    return next((part for part in parts if part.e164), parts[0])


def _read_number(text: str) -> PhoneReading:
    """One number that may be a spreadsheet's: with decimals, an exponent, groups of three."""
    try:
        digits = whole_digits(text)
    except InputError:
        return _MALFORMED
    if digits is not None:
        return _read_one(digits)
    if is_scientific(text):
        return _MALFORMED
    return _read_groups(text)


def _read_groups(text: str) -> PhoneReading:
    """One number in groups, of which the last may be a fraction."""
    if groups := _TWO_GROUPS.fullmatch(text):
        alone, together = _read_one(groups[1]), _read_one(groups[1] + groups[2])
        if not groups[2].strip("0") and text[groups.end(1)] in ".,":  # a fraction, unless it is the number's end
            return alone if together.problem is PhoneProblem.MALFORMED else _MALFORMED
        return _MALFORMED if alone.problem is not PhoneProblem.MALFORMED else together
    if (zeros := _ZEROS_BEHIND.fullmatch(text)) and _read_one(zeros[1]).problem is not PhoneProblem.MALFORMED:
        return _read_one(zeros[1]) if _read_one(text).problem is PhoneProblem.MALFORMED else _MALFORMED
    return _MALFORMED if "," in text else _read_one(text)


def _read_one(text: str) -> PhoneReading:
    compact = text.translate(_FILLERS)
    if compact.startswith("628"):
        # Databases drop the plus. A landline of area 0628 would be written with its zero.
        compact = f"+{compact}"
    elif compact.startswith("00"):
        compact = f"+{compact[2:]}"
    if compact.endswith(compact[-1:] * _NOBODYS) and compact:
        return _MALFORMED
    if match := _mobile().fullmatch(compact):
        return PhoneReading(f"+62{match[1]}", None)
    try:
        number = phonenumbers.parse(compact, _REGION)
    except NumberParseException:
        return _MALFORMED
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
