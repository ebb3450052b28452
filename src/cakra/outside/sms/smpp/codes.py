"""SMPP command statuses and what each means for us. Pure.

Source: SMPP v3.4, table 5-2; the action is our classification. A submit that was answered with any status
but 0 was not taken.
"""

from cakra.core.delivery.refusals import Meaning
from cakra.core.ports import Action


def _same(meaning: Meaning, *codes: int) -> dict[int, Meaning]:
    return dict.fromkeys(codes, meaning)


_PASSING = Meaning(Action.RETRY, "passing fault at the SMS centre", 5.0)
_BIND = Meaning(Action.STOP_SENDER, "the SMS centre refuses our system id or password")
_SOURCE = Meaning(Action.STOP_SENDER, "the sender's name is not registered with the SMS centre")
_NUMBER = Meaning(Action.NEXT_CHANNEL, "the SMS centre does not take this number")
_REQUEST = Meaning(Action.FIX_US, "the SMS centre finds our request wrong")
_REFUSED = Meaning(Action.NEXT_CHANNEL, "refused for good by the SMS centre")

MEANINGS: dict[int, Meaning] = {
    **_same(_REQUEST, 0x01, 0x02, 0x03, 0x06, 0x07, 0x15, 0x33, 0x43, 0x50, 0x51, 0x53, 0x54, 0x55),
    **_same(_REQUEST, 0x61, 0x62, 0x63, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0x104),
    0x04: Meaning(Action.RETRY, "not bound as it should be; we bind again", 1.0),
    0x05: Meaning(Action.RETRY, "the SMS centre still holds our earlier connection", 5.0),
    **_same(_PASSING, 0x08, 0x64, 0xFF, 0x102),
    **_same(_SOURCE, 0x0A, 0x48, 0x49),
    **_same(_NUMBER, 0x0B),
    **_same(_BIND, 0x0D, 0x0E, 0x0F, 0x100, 0x101, 0x103),
    0x14: Meaning(Action.RETRY, "the SMS centre's queue is full", 5.0),
    **_same(_REFUSED, 0x45, 0x65, 0x66, 0xFE),
    0x58: Meaning(Action.RETRY, "faster than the SMS centre allows", 1.0),
}


def meaning_of(status: int) -> Meaning:
    """The meaning of a status that is not 0."""
    return MEANINGS.get(status) or Meaning(Action.FIX_US, "refused with a status that is not in our table")


def code_of(status: int) -> str:
    """A status as people look it up: `0x0000000b`."""
    return f"{status:#010x}"
