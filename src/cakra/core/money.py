"""Money: whole rupiah, never fractions and never floating point.

`Rupiah` may be negative (a correction in the books); what is asked of a citizen is checked where it is set.
"""

import re
from typing import NewType

from cakra.core.errors import InputError

Rupiah = NewType("Rupiah", int)

_WRITTEN = re.compile(r"(-?)Rp([0-9]{1,3}(?:\.[0-9]{3})*|[0-9]+)")


def rupiah(amount: object) -> Rupiah:
    """A whole number of rupiah; InputError for anything else, `True` and 500000.0 included."""
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise InputError(f"{amount!r} is not a whole number of rupiah; write it as an integer, such as 500000")
    return Rupiah(amount)


def format_rupiah(amount: Rupiah | int) -> str:
    """As Indonesian forms print it, dots between thousands: 500000 → `Rp500.000`, -1500 → `-Rp1.500`."""
    sign = "-" if amount < 0 else ""
    return f"{sign}Rp{abs(amount):,}".replace(",", ".")


def parse_rupiah(text: str) -> Rupiah:
    """The amount printed by `format_rupiah`, with or without dots; InputError for any other text."""
    match = _WRITTEN.fullmatch(text.replace(" ", "").replace("\u00a0", ""))
    if match is None:
        raise InputError(f"{text!r} is not an amount in rupiah; write it as Rp500.000")
    amount = int(match[2].replace(".", ""))
    return Rupiah(-amount if match[1] else amount)
