"""Whom a case speaks with: its parties, what each proves itself by, and how a turn ends. Pure.

A case has one party from the owner look-up on; an officer's decision may add the person that an answer names. The case
says whose turn it is (`Case.party_id`). Whatever is sent, answered, issued or counted belongs to one party.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cakra.core.identifiers.phone import read_phone
from cakra.core.states.journey import State
from cakra.kit.typed import LONGEST, joined

ENDING_DIGITS = 6
PHONE_ENDING_INDEX = "phone_ending"
"""The kind of blind index (of the addressees' sealer) that such an ending is kept and looked for by."""
_DIGITS = re.compile(r"[0-9]{6,20}")


class PartyRole(StrEnum):
    """What somebody is to a case."""

    OWNER = "owner"  # whom the register names
    NOMINEE = "nominee"  # named as the driver
    BUYER = "buyer"  # named as who bought the vehicle
    DRIVER = "driver"  # of a fleet


class FactorKind(StrEnum):
    """What a party proves itself by."""

    CHASSIS = "chassis"  # the last five characters on the STNK
    PHONE_CODE = "phone_code"  # a one-time code; until pages ask for it, the phone's last digits open the first view


class PartyStanding(StrEnum):
    """How the last turn of a party ended."""

    ADDRESSED = "addressed"  # it has not
    NAMED = "named"  # named somebody else
    SILENT = "silent"
    UNREACHABLE = "unreachable"
    RELEASED = "released"  # an officer decided so


@dataclass(frozen=True, slots=True)
class Party:
    """One party as its notices need it.

    contact: sealed, None where none is known; reference: the number its messages carry, the open one where there is
    one; owner: the party of this case who is asked again when this one is silent.
    """

    party_id: int
    role: PartyRole
    reference: str
    owner: int
    contact: bytes | None = field(repr=False, default=None)

    @property
    def is_named(self) -> bool:
        """Whether somebody else's word made it a party: told less, and never made to pay for silence."""
        return self.role is not PartyRole.OWNER


_ENDINGS: Mapping[State, PartyStanding] = {
    State.REVIEW: PartyStanding.NAMED,
    State.ANSWERED: PartyStanding.NAMED,
    State.NOTIFIED: PartyStanding.SILENT,
    State.LAPSED: PartyStanding.SILENT,
    State.IDENTIFIED: PartyStanding.UNREACHABLE,
    State.NOTIFYING: PartyStanding.UNREACHABLE,
    State.UNDELIVERABLE: PartyStanding.UNREACHABLE,
}


def standing_after(state: State) -> PartyStanding:
    """How the turn ended of a party whose case passed it on from this state."""
    return _ENDINGS.get(state, PartyStanding.RELEASED)


def phone_ending(typed: str) -> str | None:
    """The last six digits of a phone number, of which the whole or only the end was typed; None for anything else."""
    if len(typed) > LONGEST:
        return None
    digits = (read_phone(typed).e164 or joined(typed)).removeprefix("+")
    return digits[-ENDING_DIGITS:] if _DIGITS.fullmatch(digits) else None
