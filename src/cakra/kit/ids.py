"""Identifiers: time-ordered row ids and opaque public references.

A reference is 15 characters of Crockford's base32: 2 for the cell, 12 random (60 bits), 1 check
character (sum of value times position, mod 32, same alphabet). It never contains the plate.
"""

import secrets
from datetime import UTC, datetime, timedelta

from cakra.kit.clock import now
from cakra.kit.errors import InputError
from cakra.kit.typed import LONGEST, joined

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
# Crockford's reading rules: people type O for 0 and I or L for 1.
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CELL_CHARACTERS, _RANDOM_CHARACTERS = 2, 12
CELLS = 32**_CELL_CHARACTERS
REFERENCE_LENGTH = _CELL_CHARACTERS + _RANDOM_CHARACTERS + 1
_RANDOM_BITS_OF_ID = 22
_LARGEST_ID, _ID_DIGITS = 2**63 - 1, 19  # of a bigint
_EPOCH, _MILLISECOND = datetime(2020, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


_last_id = 0


def new_id() -> int:
    """A time-ordered 63-bit id: milliseconds since 2020-01-01 above 22 bits, random at the start of each millisecond.

    Never twice from one process; two processes may meet once in millions of identifiers made in the same
    millisecond, which the primary key refuses and the caller's retry mends.
    """
    global _last_id  # noqa: PLW0603 - what was given out last is a fact about the process
    milliseconds = (now() - _EPOCH) // _MILLISECOND
    fresh = (milliseconds << _RANDOM_BITS_OF_ID) | secrets.randbits(_RANDOM_BITS_OF_ID)
    _last_id = fresh if fresh >> _RANDOM_BITS_OF_ID > _last_id >> _RANDOM_BITS_OF_ID else _last_id + 1
    return _last_id


def read_id(text: str) -> int:
    """A row's id as an address or a form carries it; 0, which no row has, for anything else."""
    found = int(text) if text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS else 0
    return found if found <= _LARGEST_ID else 0


def _check_character(body: str) -> str:
    # Odd weights are units mod 32, so every single wrong character is caught; most swaps too.
    total = sum(_VALUE[character] * (2 * place + 1) for place, character in enumerate(body))
    return ALPHABET[total % 32]


def new_reference(cell: int) -> str:
    """A fresh public reference of a case in this cell (0–1023)."""
    head = ALPHABET[cell // 32] + ALPHABET[cell % 32]
    body = head + "".join(ALPHABET[secrets.randbelow(32)] for _ in range(_RANDOM_CHARACTERS))
    return body + _check_character(body)


def read_reference(text: str) -> tuple[int, str]:
    """The (cell, canonical reference) of what a person typed or pasted; InputError in plain words."""
    canonical = joined(text).translate(_READ_AS) if len(text) <= LONGEST else ""
    if len(canonical) != REFERENCE_LENGTH or any(character not in _VALUE for character in canonical):
        raise InputError(
            f"A reference has {REFERENCE_LENGTH} letters and digits, in groups of five.",
            code="reference_form",
        )
    if _check_character(canonical[:-1]) != canonical[-1]:
        raise InputError("The reference has a typing mistake; compare it with the message.", code="reference_check")
    return _VALUE[canonical[0]] * 32 + _VALUE[canonical[1]], canonical


def show_reference(reference: str) -> str:
    """Groups of five, as printed and read out: 01ABC-DEFGH-JKMNP."""
    return "-".join(reference[start : start + 5] for start in range(0, len(reference), 5))
