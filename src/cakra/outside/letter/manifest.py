"""The list that goes with a batch: one line a letter, the address taken apart for the sorting machine. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cakra.core.ports import PostalAddress
from cakra.core.tables.writing import csv_text
from cakra.outside.letter.spool import FrozenLetter

COLUMNS = (
    "seq", "ref", "name", "addr1", "addr2", "addr3", "addr4",
    "kelurahan", "kecamatan", "kota", "kodepos", "pages", "sha256", "service_class",
)  # fmt: skip
_STREET_LINES = 4
_PARTS = {
    "kelurahan": re.compile(r"(?:kel(?:urahan)?|desa)\b\.?\s*(.+)", re.IGNORECASE),
    "kecamatan": re.compile(r"kec(?:amatan)?\b\.?\s*(.+)", re.IGNORECASE),
    "kota": re.compile(r"((?:kota|kab(?:upaten)?)\b\.?\s*.+)", re.IGNORECASE),
}


@dataclass(slots=True)
class SortedAddress:
    """An address by its administrative parts; what carries no known prefix stays in `street`, as printed."""

    street: list[str] = field(default_factory=list)
    kelurahan: str = ""
    kecamatan: str = ""
    kota: str = ""


def sort_address(address: PostalAddress) -> SortedAddress:
    """Recognise `Kel.`/`Desa`, `Kec.` and `Kota`/`Kab.`; nothing of the address is dropped."""
    found = SortedAddress()
    for line in address.lines:
        rest = []
        for piece in (part.strip() for part in line.split(",")):
            name, value = _recognise(piece)
            if name and not getattr(found, name):
                setattr(found, name, value)
            elif piece:
                rest.append(piece)
        if rest:
            found.street.append(", ".join(rest))
    if len(found.street) > _STREET_LINES:
        found.street[_STREET_LINES - 1 :] = [", ".join(found.street[_STREET_LINES - 1 :])]
    return found


def _recognise(piece: str) -> tuple[str, str]:
    for name, form in _PARTS.items():
        if match := form.fullmatch(piece):
            return name, match[1].strip()
    return "", ""


def manifest(letters: Iterable[tuple[FrozenLetter, PostalAddress]], service_class: str) -> bytes:
    """UTF-8 CSV with a heading, letters in order of print."""
    rows: list[Sequence[str | int]] = [COLUMNS]
    for number, (letter, address) in enumerate(letters, 1):
        parts = sort_address(address)
        street = [*parts.street, "", "", "", ""][:_STREET_LINES]
        rows.append(
            [
                number,
                letter.reference,
                address.name,
                *street,
                parts.kelurahan,
                parts.kecamatan,
                parts.kota,
                address.postcode,
                letter.pages,
                letter.sha256,
                service_class,
            ]
        )
    return csv_text(rows).encode()
