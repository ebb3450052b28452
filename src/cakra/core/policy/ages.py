"""How old a camera's record may be when it comes. Pure. Source: `data/ages.toml`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from cakra.core.law.lawtext import Field
from cakra.core.policy.kind import Scope, read_one

FILE = "ages.toml"
_MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Ages:
    """`oldest`: a record that was older when it came is left to an officer."""

    oldest: timedelta


def parse_ages(text: str) -> Ages:
    """From the text of `ages.toml`; LawDataInvalid with every fault."""
    return read_one(FILE, text, _read)


def _read(document: Field) -> Ages:
    return Ages(timedelta(days=document.real("oldest_days", above=0, most=_MOST_DAYS)))


def check_ages(_ages: Ages, _scope: Scope) -> Iterator[str]:
    """A single figure contradicts nothing."""
    yield from ()
