"""What every table of moves is made of: cases, notices, payments and refunds each have one. Pure.

A table is data, one line a state: who has the next action, what is waited for, and where it may go. The pictures of
the docs are drawn from it, and where something writes such states the database holds a copy of its moves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)


class Mover(StrEnum):
    """Who has the next action."""

    MACHINE = "machine"
    PROVIDER = "provider"
    OFFICER = "officer"
    OWNER = "owner"
    COURT = "court"
    TREASURY = "treasury"
    BANK = "bank"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Stage(Generic[S]):
    """One line of a table: who moves next, what is waited for or until when, and where it may go."""

    mover: Mover
    until: str
    leaves_to: tuple[S, ...]


def moves_of_table(table: Mapping[S, Stage[S]]) -> Iterator[tuple[S, S]]:
    """Every (from, to) of a table, in its order."""
    for state, stage in table.items():
        yield from ((state, target) for target in stage.leaves_to)
