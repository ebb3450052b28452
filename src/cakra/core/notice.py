"""What an owner is told, one notice each, and for how long it is worth telling. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from cakra.core.journey import State


class Purpose(StrEnum):
    """Why a notice goes to an addressee."""

    CONFIRMATION = "confirmation"  # who drove?
    REMINDER = "reminder"  # the same question again
    CODE = "code"  # the answer was taken, what follows stands on the site
    DECISION = "decision"  # an officer decided on what the owner said
    WITHDRAWAL = "withdrawal"  # taken back, with an apology
    VERDICT = "verdict"  # the court decided
    REFUND = "refund"  # a remainder is the owner's
    REFERENCE = "reference"  # another number instead of the one before, which opens nothing any more


# The states in which telling it still makes sense; a purpose that is not here is told whatever happened since.
_WORTH: Mapping[Purpose, frozenset[State]] = {
    Purpose.CONFIRMATION: frozenset({State.IDENTIFIED, State.NOTIFYING, State.UNDELIVERABLE, State.NOTIFIED}),
    Purpose.REMINDER: frozenset({State.NOTIFIED}),
    Purpose.CODE: frozenset({State.CHARGED, State.LAPSED, State.BLOCKED}),
}

# What only the party is told whose turn it is.
OF_THE_TURN = frozenset({Purpose.CONFIRMATION, Purpose.REMINDER, Purpose.CODE})


def is_worth_telling(purpose: Purpose, state: State) -> bool:
    """Whether a notice of this purpose that has not left yet may still leave."""
    return state in _WORTH.get(purpose, frozenset(State))


def stopped_by(origin: State, target: State) -> frozenset[Purpose]:
    """What a case that went from one state to the other need not be told any more."""
    return frozenset(
        purpose for purpose in _WORTH if is_worth_telling(purpose, origin) and not is_worth_telling(purpose, target)
    )
