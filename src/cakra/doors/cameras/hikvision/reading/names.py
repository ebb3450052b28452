"""What the name of a dropped file tells: when, and which plate. Pure.

`<camera>_<city>_<address>_<yyyyMMddHHmmssSSS>_<PLATE>.xml`, and what relays make of it. The instant is the camera's
wall clock, without a zone.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.journey.intake.no_plate import is_no_plate

_STAMP = re.compile(
    r"(?<!\d)(20\d\d)([-_.]?)(\d\d)\2(\d\d)[-_. T]?(\d\d)([-_.]?)(\d\d)\6(\d\d)(?:[-_.]?(\d{3}))?(?!\d)", re.ASCII
)
_LONGEST = 300
_SHORTEST_PLATE = 4
_COPY = re.compile(r"(?: ?[(]\d{1,3}[)]| copy| - Copy)+$")  # what a second copy of a file is called


@dataclass(frozen=True, slots=True)
class NameTold:
    """`wall`: the camera's clock without a zone; `plate`: a valid number in its one spelling."""

    wall: datetime | None = None
    plate: str | None = None


def read_name(name: str) -> NameTold:
    """The first time in the name and the longest valid plate behind it; nothing where it has none."""
    stem = name.replace("\\", "/").rpartition("/")[2][:_LONGEST].rpartition(".")[0] or name[:_LONGEST]
    for match in _STAMP.finditer(stem):
        year, _, month, day, hour, _, minute, second, milli = match.groups()
        text = f"{year}-{month}-{day}T{hour}:{minute}:{second}.{milli or '000'}"
        try:
            wall = datetime.fromisoformat(text)
        except ValueError:
            continue
        return NameTold(wall, _plate(stem[match.end() :]))
    return NameTold()


def _plate(rest: str) -> str | None:
    """The longest word that is one: `_L1_` and `_D2_` are a lane and a direction."""
    found: list[str] = []
    for word in rest.split("_"):
        if any(char.isdigit() for char in word) and not is_no_plate(word):
            try:
                found.append(parse_plate(_COPY.sub("", word)).text)
            except PlateError:
                continue
    longest = max(found, key=len, default="")
    return longest if len(longest) >= _SHORTEST_PLATE else None
