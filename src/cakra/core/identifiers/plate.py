"""The grammar of Indonesian number plates (TNKB): what a plate says, and when a text cannot be one.

A civil plate is a region code, one to four digits without a leading zero, and up to three letters. Source:
Perpol 7/2021 with its appendix of region codes. The letters I and O are *not* banned from the series: several
regions use them.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from cakra.core.errors import InputError
from cakra.core.identifiers.lookalikes import ALPHABET, EXCHANGE_COST
from cakra.core.identifiers.regions import REGIONS, Region
from cakra.kit.typed import LONGEST, joined, plain

__all__ = [
    "NUMBER_DIGITS",
    "REGIONS",
    "SERIES_LETTERS",
    "Plate",
    "PlateError",
    "PlateFault",
    "PlateKind",
    "Region",
    "candidates",
    "class_hint",
    "is_civil",
    "is_plate",
    "one_character_wrong",
    "parse_plate",
]

MAX_CIVIL_LENGTH = 9
NUMBER_DIGITS, SERIES_LETTERS = 4, 3
"""The longest number and series of a civil plate."""
_CIVIL = re.compile(r"([A-Z]{1,2})([1-9][0-9]{0,3})([A-Z]{0,3})")
_DIPLOMATIC = re.compile(r"(CD|CC|CH|CS|CN)([0-9]{2,7})")
_STATE = re.compile(r"(RI)([1-9][0-9]{0,3})")
_MILITARY = re.compile(r"([0-9]{4,5})([0-9]{2})")
_POLICE = re.compile(r"[\s.]*([0-9]{1,5})\s*-\s*([IVXL]+)[\s.]*")
_ROMAN = re.compile(r"(XL|X{0,3})(IX|IV|V?I{0,3})")
_VOID_SERIES = re.compile(r"RF[A-Z]|QH")


class PlateKind(StrEnum):
    """Whose plate it is; only CIVIL and VOID can belong to the ordinary flow."""

    CIVIL = "civil"
    """Registered to a person, company or agency; the ZZ* series of ministries and services included."""
    MILITARY = "military"
    """`NNNN-KK`. Police plates written with a numeric unit look the same and are diverted alike."""
    POLICE = "police"
    """`NNNN-` and a Roman unit number."""
    DIPLOMATIC = "diplomatic"
    STATE = "state"
    """`RI n`, the heads of state institutions."""
    VOID = "void"
    """The RF* and QH series, withdrawn in November 2023: a plate seen with one is a suspected false plate."""


class PlateFault(StrEnum):
    """Why a text is not a plate; the key under which pages translate the sentence."""

    EMPTY = "empty"
    CHARACTER = "character"
    REGION_MISSING = "region_missing"
    REGION_UNKNOWN = "region_unknown"
    NUMBER_MISSING = "number_missing"
    LEADING_ZERO = "leading_zero"
    NUMBER_TOO_LONG = "number_too_long"
    SERIES_TOO_LONG = "series_too_long"
    ORDER = "order"


class PlateError(InputError):
    """The text is not an Indonesian number plate; the message says what was wrong with it."""

    def __init__(self, fault: PlateFault, sentence: str) -> None:
        super().__init__(sentence, code=f"plate_{fault}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Plate:
    """One plate, taken apart. Make it with `parse_plate`, which is the only judge of what is valid."""

    region: str
    """Region code; `RI` or the diplomatic prefix; empty on military and police plates."""
    number: str
    series: str
    """Letters after the number, or the unit of a military or police plate; may be empty."""
    kind: PlateKind

    @property
    def text(self) -> str:
        """The one canonical spelling, for keys and comparison: `B1234XYZ`, `1234-00`, `CD1234`."""
        if self.kind in {PlateKind.MILITARY, PlateKind.POLICE}:
            return f"{self.number}-{self.series}"
        return f"{self.region}{self.number}{self.series}"

    @property
    def spaced(self) -> str:
        """As it is printed for people: `B 1234 XYZ`, `1234-00`, `CD 12 34`."""
        return self._printed(self.number)

    @property
    def masked(self) -> str:
        """As it may be shown to somebody not yet known: the number hidden, its length too (`B ** XYZ`)."""
        return self._printed("**")

    @property
    def last_digit(self) -> int:
        """Decides odd or even."""
        return int(self.number[-1])

    def _printed(self, number: str) -> str:
        if self.kind in {PlateKind.MILITARY, PlateKind.POLICE}:
            return f"{number}-{self.series}"
        if self.kind is PlateKind.DIPLOMATIC and number == self.number:
            return f"{self.region} {number[:2]} {number[2:]}".rstrip()
        return f"{self.region} {number} {self.series}".rstrip()


def parse_plate(text: str) -> Plate:
    """Read one plate; case, spaces, dots and hyphens do not matter (a police unit needs its hyphen).

    What a pasted plate brings along unseen does not matter either. Raises PlateError with a sentence that says what is
    wrong.
    """
    written = joined(text[:LONGEST])
    if not written:
        raise PlateError(PlateFault.EMPTY, "The plate is empty.")
    strange = next((char for char in written if not (char.isascii() and char.isalnum())), None)
    if strange is not None:
        message = f"The plate contains {strange!r}; only letters A-Z and digits 0-9 are possible."
        raise PlateError(PlateFault.CHARACTER, message)
    if len(text) > LONGEST:
        raise _fault(written)
    return _special(written, plain(text).upper()) or _civil(written)


def _special(compact: str, written: str) -> Plate | None:
    """A plate outside the civil series, or None. A bare `1234VII` stays a civil plate without its region."""
    if match := _DIPLOMATIC.fullmatch(compact):
        return Plate(match[1], match[2], "", PlateKind.DIPLOMATIC)
    if match := _STATE.fullmatch(compact):
        return Plate(match[1], match[2], "", PlateKind.STATE)
    if match := _MILITARY.fullmatch(compact):
        return Plate("", match[1], match[2], PlateKind.MILITARY)
    if (match := _POLICE.fullmatch(written)) and _ROMAN.fullmatch(match[2]):
        return Plate("", match[1], match[2], PlateKind.POLICE)
    return None


def _civil(written: str) -> Plate:
    match = _CIVIL.fullmatch(written)
    if match is None:
        raise _fault(written)
    region, number, series = match.groups()
    if region not in REGIONS:
        message = f"{region} in {written[:16]} is not a region code of Indonesia."
        raise PlateError(PlateFault.REGION_UNKNOWN, message)
    kind = PlateKind.VOID if _VOID_SERIES.fullmatch(series) else PlateKind.CIVIL
    return Plate(region, number, series, kind)


def _fault(written: str) -> PlateError:  # noqa: PLR0911 - one sentence per way to be wrong
    """Name what is wrong with a text that has not the shape of a civil plate."""
    shown = written if len(written) <= MAX_CIVIL_LENGTH + 7 else written[:MAX_CIVIL_LENGTH] + "…"
    runs = re.findall(r"[A-Z]+|[0-9]+", written)
    if runs[0][0].isdigit():
        return PlateError(PlateFault.REGION_MISSING, f"{shown} has no region letters before its number.")
    if len(runs) == 1:
        return PlateError(PlateFault.NUMBER_MISSING, f"{shown} has no number after its letters.")
    number, tail = runs[1], runs[2:]
    if len(runs[0]) > 2:  # noqa: PLR2004 - the grammar: a region has one or two letters
        return PlateError(PlateFault.REGION_UNKNOWN, f"{shown} begins with more than two region letters.")
    if number[0] == "0":
        return PlateError(PlateFault.LEADING_ZERO, f"The number of {shown} begins with zero.")
    if len(number) > 4:  # noqa: PLR2004 - the grammar: at most four digits
        return PlateError(PlateFault.NUMBER_TOO_LONG, f"The number of {shown} has more than four digits.")
    if len(tail) > 1:
        return PlateError(PlateFault.ORDER, f"{shown} has digits after its series letters.")
    return PlateError(PlateFault.SERIES_TOO_LONG, f"The series of {shown} has more than three letters.")


_PMJ_HINTS = (
    (2999, "car"),
    (6999, "motorcycle"),
    (7999, "bus"),
    (8999, "car/goods"),
    (9999, "goods/special"),
)
_OTHER_HINTS = ((1999, "car"), (6999, "motorcycle"), (7999, "bus"), (8999, "goods"), (9999, "special"))
_HINTS = MappingProxyType({True: _PMJ_HINTS, False: _OTHER_HINTS})


def class_hint(plate: Plate) -> str | None:
    """The vehicle class the number range suggests: car, motorcycle, bus, goods, special, or two of them.

    A hint to cross-check a camera, never a reason to reject: owners may buy a number of their choice.
    None for plates outside the civil series. Greater Jakarta (B) has ranges of its own.
    """
    if plate.kind not in {PlateKind.CIVIL, PlateKind.VOID}:
        return None
    number = int(plate.number)
    return next(hint for last, hint in _HINTS[plate.region == "B"] if number <= last)


def candidates(text: str, limit: int = 16) -> tuple[Plate, ...]:
    """Valid civil plates of the same length that `text` may be a misreading of, nearest first.

    A plate that is valid as written comes first, its own kind kept. Empty when nothing can be reached.
    """
    written = joined(text[:LONGEST])
    found: dict[str, Plate] = {}
    try:
        own = parse_plate(text)
        found[own.text] = own
    except PlateError:
        pass
    if limit > 0 and 2 <= len(written) <= MAX_CIVIL_LENGTH and all(char in EXCHANGE_COST for char in written):  # noqa: PLR2004 - the shortest plate is B1
        for spelling in _nearest(written):
            if len(found) >= limit:
                break
            found.setdefault(spelling, parse_plate(spelling))
    return tuple(found.values())[: max(limit, 0)]


def _nearest(written: str) -> Iterator[str]:
    """Grammar-valid spellings by rising cost: a best-first walk over prefixes of every shape that fits."""
    shapes = _shapes(len(written))
    heap: list[tuple[float, str, int]] = [(0.0, "", index) for index in range(len(shapes))]
    while heap:
        cost, prefix, index = heapq.heappop(heap)
        region, number = shapes[index]
        place = len(prefix)
        if place == region and prefix not in REGIONS:
            continue
        if place == len(written):
            yield prefix
            continue
        for meant, extra in EXCHANGE_COST[written[place]].items():
            in_number = region <= place < region + number
            if meant.isdigit() == in_number and not (place == region and meant == "0"):
                heapq.heappush(heap, (cost + extra, prefix + meant, index))


def _shapes(length: int) -> list[tuple[int, int]]:
    """Every (region letters, number digits) of a civil plate with that many characters."""
    return [
        (region, number)
        for region in (1, 2)
        for number in range(1, NUMBER_DIGITS + 1)
        if 0 <= length - region - number <= SERIES_LETTERS
    ]


def one_character_wrong(plate: Plate) -> Iterator[str]:
    """Every valid plate that differs from this one in exactly one character, as canonical text.

    Exchanges only (no character added or lost), a letter for a digit included where the grammar stays whole.
    """
    text = plate.text
    for place, right in enumerate(text):
        for wrong in ALPHABET:
            if right in {wrong, "-"}:
                continue
            changed = f"{text[:place]}{wrong}{text[place + 1 :]}"
            if is_plate(changed):
                yield changed


@lru_cache(maxsize=1 << 15)
def is_plate(canonical: str) -> bool:
    """Whether `parse_plate` would take this canonical text; many times faster than letting it fail."""
    return is_civil(canonical) or _special(canonical.replace("-", ""), canonical) is not None


@lru_cache(maxsize=1 << 15)
def is_civil(canonical: str) -> bool:
    """Whether this canonical text has the form of a civil plate (a void series included)."""
    match = _CIVIL.fullmatch(canonical)
    return match is not None and match[1] in REGIONS
