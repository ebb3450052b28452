"""What an owner is told, one notice each: its states, the moves between them, and for how long telling is worth it.

Pure. `NOTICE_TABLE` is data: the database holds a copy (`allowed_notice_move`) and refuses by foreign key whatever is
not in it. A move to the state itself is a line of the table too: another rung, a time that ended without an answer.
"""

from collections.abc import Mapping
from enum import StrEnum

from cakra.core.states.journey import State
from cakra.core.states.moves import Mover, Stage


class NoticeState(StrEnum):
    """Where one notice stands."""

    PLANNED = "planned"  # a stage has something to tell; not worded yet
    QUEUED = "queued"  # waits for a sender of its rung
    SENDING = "sending"  # its intent is committed, the call may be under way
    HELD = "held"  # taken, but kept back: a letter's batch, a provider's quality check
    ACCEPTED = "accepted"  # the provider took it: the hand-over
    DELIVERED = "delivered"  # proof from the device
    READ = "read"  # more proof
    UNKNOWN = "unknown"  # bytes may have gone out, no answer came
    UNSETTLED = "unsettled"  # unknown, and its time is up without another rung
    FAILED = "failed"  # surely not delivered, and no rung is left
    CANCELLED = "cancelled"  # need not be told any more


N = NoticeState

# fmt: off
NOTICE_TABLE: Mapping[NoticeState, Stage[NoticeState]] = {
    N.PLANNED:   Stage(Mover.MACHINE, "wording, seconds", (N.QUEUED, N.FAILED, N.CANCELLED, N.DELIVERED, N.READ)),
    N.QUEUED:    Stage(Mover.MACHINE, "due_at, then hand_over_by", (N.PLANNED, N.QUEUED, N.SENDING, N.ACCEPTED, N.DELIVERED, N.READ, N.UNKNOWN, N.FAILED, N.CANCELLED)),  # noqa: E501 - one line a state
    N.SENDING:   Stage(Mover.PROVIDER, "the lease of the call", (N.QUEUED, N.HELD, N.ACCEPTED, N.DELIVERED, N.READ, N.UNKNOWN, N.FAILED)),  # noqa: E501 - one line a state
    N.HELD:      Stage(Mover.PROVIDER, "the batch, or within_s of its rung", (N.QUEUED, N.HELD, N.ACCEPTED, N.DELIVERED, N.READ, N.UNKNOWN, N.FAILED, N.CANCELLED)),  # noqa: E501 - one line a state
    N.ACCEPTED:  Stage(Mover.PROVIDER, "within_s of its rung", (N.QUEUED, N.ACCEPTED, N.DELIVERED, N.READ, N.FAILED)),
    N.DELIVERED: Stage(Mover.OWNER, "reading, where the rung waits for it", (N.QUEUED, N.DELIVERED, N.READ, N.FAILED)),
    N.READ:      Stage(Mover.NOBODY, "final", ()),
    N.UNKNOWN:   Stage(Mover.PROVIDER, "within_s of its rung", (N.QUEUED, N.HELD, N.ACCEPTED, N.DELIVERED, N.READ, N.UNKNOWN, N.UNSETTLED, N.FAILED, N.CANCELLED)),  # noqa: E501 - one line a state
    N.UNSETTLED: Stage(Mover.OFFICER, "an officer's word, or a late receipt", (N.PLANNED, N.QUEUED, N.ACCEPTED, N.DELIVERED, N.READ, N.FAILED, N.CANCELLED)),  # noqa: E501 - one line a state
    N.FAILED:    Stage(Mover.OFFICER, "an officer's word, or a late receipt", (N.PLANNED, N.QUEUED, N.ACCEPTED, N.DELIVERED, N.READ, N.CANCELLED)),  # noqa: E501 - one line a state
    N.CANCELLED: Stage(Mover.NOBODY, "a late receipt", (N.DELIVERED, N.READ)),
}
# fmt: on
PROVED = frozenset({N.DELIVERED, N.READ})


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
