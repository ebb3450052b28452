"""What is known of one letter in the spool, and how it is written down."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cakra.core.errors import StoreError
from cakra.core.ports import PostalAddress


class SpoolUnsure(StoreError):
    """The disk failed after the letter was marked: whether it survives a power cut is not known."""

    code = "spool_unsure"


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A letter as kept."""

    tag: str
    reference: str
    pages: int
    sha256: str
    address: PostalAddress = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the letter of a tag went; `withdrawn`: nowhere, and it never will."""

    reference: str
    day: date
    batch: str
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class FrozenLetter:
    """One line of a closed day, in order of print."""

    reference: str
    tag: str
    pages: int
    sha256: str


def to_json(letter: KeptLetter) -> bytes:
    """As it lies beside its PDF."""
    said: dict[str, Any] = {"tag": letter.tag, "ref": letter.reference, "pages": letter.pages, "sha256": letter.sha256}
    to = letter.address
    return json.dumps({**said, "name": to.name, "lines": list(to.lines), "postcode": to.postcode}).encode()


def from_json(raw: bytes) -> KeptLetter:
    """What `to_json` wrote."""
    said = json.loads(raw)
    address = PostalAddress(said["name"], tuple(said["lines"]), said["postcode"])
    return KeptLetter(said["tag"], said["ref"], said["pages"], said["sha256"], address)
