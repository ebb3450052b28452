"""An address as it is printed: short parts on one line, long words that may break. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from cakra.core.errors import InputError
from cakra.core.foreign import line
from cakra.core.ports import PostalAddress

_POSTCODE = re.compile(r"\d{5}")
_MOST_LINES, _MOST_PARTS = 6, 100
_LONGEST_NAME, _LONGEST_LINE = 200, 500
_LONG_WORD, _PIECE = 18, 6  # a word of that length fits the window at the largest size, whatever its letters
_MAY_BREAK = "\u200b"


class Unprintable(InputError):
    """A letter that cannot be set; `code` is `address` where another address would help."""

    code = "letter"


def checked_address(address: PostalAddress | None) -> PostalAddress:
    """The address as a letter shows it; Unprintable `address` when there is none.

    At most six lines: the shortest neighbours are joined until they are. A postcode that is none stands as a line.
    """
    name = "" if address is None else line(address.name, _LONGEST_NAME)
    given = () if address is None else address.lines
    parts = [part for one in given[:_MOST_PARTS] if (part := line(one, _LONGEST_LINE).strip(" ,"))]
    if address is None or not name or not parts:
        raise Unprintable("The addressee has no postal address.", code="address")
    postcode = line(address.postcode, _LONGEST_LINE)
    if postcode and not _POSTCODE.fullmatch(postcode):
        parts, postcode = [*parts, postcode], ""
    return PostalAddress(name, tuple(_joined(parts)), postcode)


def breakable(text: str) -> str:
    """The text with places where a word too long for the window may break; none within a sign and its marks."""
    return " ".join(_broken(word) if len(word) > _LONG_WORD else word for word in text.split(" "))


def _joined(parts: Sequence[str]) -> list[str]:
    lines = list(parts)
    while len(lines) > _MOST_LINES:
        place = min(range(len(lines) - 1), key=lambda place: len(lines[place]) + len(lines[place + 1]))
        lines[place : place + 2] = [f"{lines[place]}, {lines[place + 1]}"]
    return lines


def _broken(word: str) -> str:
    pieces = [""]
    for sign in word:
        if len(pieces[-1]) >= _PIECE and unicodedata.category(sign) not in {"Mn", "Mc", "Me", "Cf"}:
            pieces.append("")
        pieces[-1] += sign
    return _MAY_BREAK.join(pieces)
