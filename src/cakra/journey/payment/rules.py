"""Deposit codes and the authority to issue them. Pure. Source: payments sheet A.8 and C, design section 6.

A code has 15 digits: company (5), number (9), check digit (1). The number is a keyed permutation of a
sequence, so that codes neither collide nor can be guessed from one another; the check digit (Damm) finds
every single wrong digit and every exchange of neighbours.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from cakra.core.errors import SetupError

COMPANY_DIGITS, NUMBER_DIGITS, CODE_DIGITS = 5, 9, 15
NUMBERS = 10**NUMBER_DIGITS
_ROUNDS = 10

# Damm's quasigroup of order 10: totally anti-symmetric, zero diagonal.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def check_digit(digits: str) -> str:
    """The digit that, put behind `digits`, makes the whole pass."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


def is_code(text: str) -> bool:
    """Whether these are 15 digits whose check digit fits."""
    return len(text) == CODE_DIGITS and text.isascii() and text.isdigit() and check_digit(text) == "0"


def group_code(code: str) -> str:
    """As printed and read out: 99001 12345 67890."""
    return " ".join(code[start : start + 5] for start in range(0, len(code), 5))


def permute(number: int, key: bytes, size: int) -> int:
    """Where `number` of 0 … size-1 lands; another key is another order, and no two numbers land together.

    A Feistel network over the next even number of bits, walked on until it lands inside the range again.
    """
    if not 0 <= number < size:
        raise ValueError(f"{number} is not in 0 … {size - 1}")
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    landed = _feistel(number, key, half)
    while landed >= size:
        landed = _feistel(landed, key, half)
    return landed


def _feistel(number: int, key: bytes, half: int) -> int:
    mask = (1 << half) - 1
    left, right = number >> half, number & mask
    for round_number in range(_ROUNDS):
        mixed = hmac.digest(key, bytes([round_number]) + right.to_bytes(8), sha256)
        left, right = right, left ^ (int.from_bytes(mixed[:8]) & mask)
    return (left << half) | right


@dataclass(frozen=True, slots=True)
class CodeMint:
    """Makes deposit codes of one company. `key` must never change while its codes live."""

    company: str
    key: bytes = field(repr=False)

    def code(self, number: int) -> str:
        """The code of the n-th issue; SetupError when the company's numbers are used up."""
        if number >= NUMBERS:
            raise SetupError("All deposit codes of this company are used; set CAKRA_PORTAL__COMPANY_CODE to a new one.")
        body = f"{self.company}{permute(number, self.key, NUMBERS):0{NUMBER_DIGITS}d}"
        return body + check_digit(body)


@dataclass(frozen=True, slots=True)
class Authorisation:
    """A certified, active officer's standing word that the machine may charge owners who admit."""

    authorisation_id: int | None  # None: decided for this case alone
    officer: str
    name: str
    rank: str
    jurisdiction: str
    offences: frozenset[str]
    valid_from: datetime
    valid_to: datetime | None
    revoked_at: datetime | None

    def covers(self, jurisdiction: str, offences: Iterable[str], at: datetime) -> bool:
        """Whether it holds there, for all these offences, at that instant."""
        ends = [moment for moment in (self.valid_to, self.revoked_at) if moment is not None]
        in_force = self.valid_from <= at and all(at < moment for moment in ends)
        wanted = frozenset(offences)
        return in_force and jurisdiction == self.jurisdiction and bool(wanted) and wanted <= self.offences


def authorisation_for(
    known: Iterable[Authorisation], jurisdiction: str, offences: Iterable[str], at: datetime
) -> Authorisation | None:
    """The newest one that covers it, so that two workers choose the same officer."""
    wanted = tuple(offences)
    covering = [one for one in known if one.covers(jurisdiction, wanted, at)]
    return max(covering, key=lambda one: (one.valid_from, one.authorisation_id), default=None)
