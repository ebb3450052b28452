"""Characters that cameras, readers and people take for one another on a plate: data."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_uppercase, digits
from types import MappingProxyType

ALPHABET = ascii_uppercase + digits

# Each row: the cost of the exchange and the pairs, in both directions. 1.0 is nearly the same shape; more
# needs dirt or blur. The slashed O of official plates reads as 8, 0 or B.
_PAIRS = (
    (1.0, ("0O", "0Q", "0D", "1I", "2Z", "5S", "8B", "OQ", "OD", "OB", "O8")),
    (1.5, ("6G", "4A", "7T", "7Z", "1L", "1T", "3B", "9P", "0C", "GC", "DQ", "CO", "UV", "MN", "VY", "EF")),
    (1.5, ("KX", "PR", "6B", "0U", "1J", "BD", "IJ", "IL")),
    (2.0, ("17", "42", "38", "68", "56", "35", "96", "08", "06", "WN", "HN", "HM", "TY", "XY", "BR", "PF")),
    (2.0, ("IT", "BE", "HW", "14", "27", "9G", "3J", "5G")),
)


def _exchange_cost() -> Mapping[str, Mapping[str, float]]:
    table: dict[str, dict[str, float]] = {char: {char: 0.0} for char in ALPHABET}
    for cost, pairs in _PAIRS:
        for pair in pairs:
            table[pair[0]][pair[1]] = table[pair[1]][pair[0]] = cost
    return MappingProxyType({seen: MappingProxyType(meant) for seen, meant in table.items()})


EXCHANGE_COST = _exchange_cost()
"""What was seen → what may have been meant → cost; 0 for the character itself."""
