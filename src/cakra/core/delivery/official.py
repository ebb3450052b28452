"""How an official sender is told apart: its canonical form, the same in the register, the claim and the check. Pure."""

import re

from cakra.core.ports import Channel
from cakra.kit.typed import plain

_BETWEEN_DIGITS = re.compile(r"[\s().-]+")
_NUMBER = re.compile(r"\+?[0-9]+")


def sender_key(channel: str, name: str) -> str:
    """A sender's canonical form, whatever it is written like; never fails, so that what is wrong is simply not found.

    A number keeps its digits after one `+`, an e-mail address is in lower case, any other name has single blanks.
    """
    written = " ".join(name.split())
    match channel:
        case Channel.WHATSAPP | Channel.SMS:
            digits = _BETWEEN_DIGITS.sub("", plain(written))
            if _NUMBER.fullmatch(digits):
                # A short code (SMS) has no country in front of it.
                return digits
            return written
        case Channel.EMAIL:
            return written.lower()
        case _:
            return written
