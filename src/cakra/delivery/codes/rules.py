"""A one-time code: its form, what it is bound to, when none is made, and the tag of its receipts. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from cakra.core.ports import Channel
from cakra.kit.typed import LONGEST, joined

LIVES = timedelta(minutes=10)
KEPT = timedelta(days=1)
"""How long a row stays after its code expired."""
TRIES = 5
DIGITS = 6
LATELY, MOST_LATELY = timedelta(minutes=15), 3
MOST_A_DAY = 10
CODE_CHANNELS = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)
_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")
_TAG = re.compile(r"o:([0-9]{1,5}):([0-9]{1,19})")
_LARGEST_CELL, _LARGEST_ID = 2**15 - 1, 2**63 - 1


class Use(StrEnum):
    """What a page asks a code for; a code for one opens no other."""

    CONTACT_CHANGE = "contact_change"
    ANSWER = "answer"
    NAMING = "naming"


class CodeRefusal(StrEnum):
    """Why no code is made."""

    IMPOSSIBLE = "impossible"  # no such party, no such contact, or a channel that is not ours: all alike
    RESTS = "rests"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class CodeStanding:
    """What holds as a code is asked for. `open`: a sender that is official works; `today`, `lately`: asked before."""

    contact: str | None
    official: bool
    open: bool
    marked: bool  # whoever has this phone told us that it is the wrong one, or to write no more
    lately: int
    today: int


def why_not(standing: CodeStanding) -> CodeRefusal | None:
    """Why no code is made now; None when one is."""
    if standing.contact is None or not standing.official or standing.marked:
        return CodeRefusal.IMPOSSIBLE
    if standing.lately >= MOST_LATELY or standing.today >= MOST_A_DAY:
        return CodeRefusal.TOO_MANY
    return None if standing.open else CodeRefusal.RESTS


def contact_on(channel: Channel, contact: Mapping[str, Any]) -> str | None:
    """Where this channel reaches whom a party's opened contact names; None when it does not."""
    found = contact.get("email" if channel is Channel.EMAIL else "phone")
    return found if channel in CODE_CHANNELS and isinstance(found, str) and found else None


def read_code(typed: str) -> str | None:
    """The digits of what somebody typed or pasted; None for what cannot be a code."""
    digits = joined(typed) if len(typed) <= LONGEST else ""
    return digits if _CODE.fullmatch(digits) else None


def bound(code_id: int, party_id: int, for_what: str, digits: str) -> str:
    """What is hashed: the digits mean nothing beside another code, party or use."""
    return f"{code_id}:{party_id}:{for_what}:{digits}"


def code_tag(cell: int, code_id: int) -> str:
    """Our opaque id of one code, echoed by the provider's receipts."""
    return f"o:{cell}:{code_id}"


def read_code_tag(tag: str | None) -> tuple[int, int] | None:
    """(cell, code id) of a tag; None for anything else."""
    if (match := _TAG.fullmatch(tag or "")) is None:
        return None
    cell, code_id = int(match[1]), int(match[2])
    return (cell, code_id) if cell <= _LARGEST_CELL and code_id <= _LARGEST_ID else None
