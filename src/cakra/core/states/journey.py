"""The states of a case, who moves next, and the allowed moves. Read this first.

The table is data: the state diagram of the docs is generated from it, the database holds a copy
(`allowed_move`) and refuses by foreign key whatever is not in it. Source: design, section 2.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from cakra.core.errors import ForbiddenMove
from cakra.core.states.moves import Mover, Stage


class State(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    REVIEW = "review"
    VALIDATED = "validated"
    UNIDENTIFIED = "unidentified"
    IDENTIFIED = "identified"
    NOTIFYING = "notifying"
    NOTIFIED = "notified"
    UNDELIVERABLE = "undeliverable"
    ANSWERED = "answered"
    DISPUTED = "disputed"
    CHARGED = "charged"
    LAPSED = "lapsed"
    BLOCKED = "blocked"
    PAID = "paid"
    DECIDED = "decided"
    REFUND_DUE = "refund_due"
    REJECTED = "rejected"
    DIVERTED = "diverted"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    REFUNDED = "refunded"
    FORFEITED = "forfeited"


S = State

# fmt: off
TABLE: Mapping[State, Stage[State]] = {
    S.RECEIVED:      Stage(Mover.MACHINE, "seconds", (S.VALIDATED, S.REVIEW, S.REJECTED, S.DIVERTED)),
    S.REVIEW:        Stage(Mover.OFFICER, "officer_validation_days", (S.VALIDATED, S.IDENTIFIED, S.REJECTED, S.DIVERTED, S.WITHDRAWN)),  # noqa: E501 - one line a state
    S.VALIDATED:     Stage(Mover.MACHINE, "seconds", (S.IDENTIFIED, S.UNIDENTIFIED, S.REVIEW)),
    S.UNIDENTIFIED:  Stage(Mover.OFFICER, "officer_validation_days", (S.IDENTIFIED, S.REJECTED, S.REVIEW)),
    S.IDENTIFIED:    Stage(Mover.MACHINE, "seconds", (S.NOTIFYING, S.REVIEW)),
    S.NOTIFYING:     Stage(Mover.MACHINE, "ladder", (S.NOTIFIED, S.UNDELIVERABLE, S.ANSWERED, S.DISPUTED)),
    S.NOTIFIED:      Stage(Mover.OWNER, "confirm_by", (S.ANSWERED, S.DISPUTED, S.LAPSED, S.UNDELIVERABLE, S.IDENTIFIED)),  # noqa: E501 - one line a state
    S.UNDELIVERABLE: Stage(Mover.OFFICER, "no deadline runs", (S.NOTIFYING, S.REVIEW, S.IDENTIFIED)),
    S.ANSWERED:      Stage(Mover.MACHINE, "seconds", (S.CHARGED, S.IDENTIFIED, S.REVIEW, S.DISPUTED)),
    S.DISPUTED:      Stage(Mover.OFFICER, "dispute_days", (S.WITHDRAWN, S.NOTIFIED, S.CHARGED, S.IDENTIFIED, S.REVIEW)),
    S.CHARGED:       Stage(Mover.OWNER, "pay_by", (S.PAID, S.LAPSED, S.DECIDED, S.DISPUTED)),
    S.LAPSED:        Stage(Mover.MACHINE, "block_grace", (S.BLOCKED, S.ANSWERED, S.DISPUTED, S.PAID, S.DECIDED, S.UNDELIVERABLE, S.IDENTIFIED)),  # noqa: E501 - one line a state
    S.BLOCKED:       Stage(Mover.OWNER, "answer or payment", (S.ANSWERED, S.DISPUTED, S.PAID, S.DECIDED, S.UNDELIVERABLE)),  # noqa: E501 - one line a state
    S.PAID:          Stage(Mover.COURT, "hearing", (S.DECIDED,)),
    S.DECIDED:       Stage(Mover.MACHINE, "seconds", (S.REFUND_DUE, S.CLOSED, S.BLOCKED, S.PAID)),
    S.REFUND_DUE:    Stage(Mover.OWNER, "one year from the verdict", (S.REFUNDED, S.FORFEITED)),
    S.REJECTED:      Stage(Mover.NOBODY, "final", ()),
    S.DIVERTED:      Stage(Mover.NOBODY, "final", ()),
    S.WITHDRAWN:     Stage(Mover.NOBODY, "final", ()),
    S.CLOSED:        Stage(Mover.NOBODY, "final", ()),
    S.REFUNDED:      Stage(Mover.NOBODY, "final", ()),
    S.FORFEITED:     Stage(Mover.NOBODY, "final", ()),
}
# fmt: on

FINAL = frozenset(state for state, stage in TABLE.items() if not stage.leaves_to)
BEFORE_CONTACT = frozenset({S.RECEIVED, S.REVIEW, S.VALIDATED, S.UNIDENTIFIED, S.IDENTIFIED})
# A case that reached its owner can be withdrawn from every state after it, with apology and refund.
AFTER_CONTACT = frozenset(TABLE) - BEFORE_CONTACT - FINAL


def allowed_moves() -> Iterator[tuple[State, State]]:
    """Every allowed (from, to), withdrawal after contact included."""
    for state, stage in TABLE.items():
        yield from ((state, target) for target in stage.leaves_to)
        if state in AFTER_CONTACT and S.WITHDRAWN not in stage.leaves_to:
            yield state, S.WITHDRAWN


_ALLOWED = frozenset(allowed_moves())


def may_move(origin: State, target: State) -> bool:
    """Whether the table allows this move."""
    return (origin, target) in _ALLOWED


def check_move(origin: State, target: State) -> None:
    """Raise ForbiddenMove with the moves that are allowed from here."""
    if may_move(origin, target):
        return
    onward = ", ".join(sorted(to for frm, to in _ALLOWED if frm is origin)) or "none (it is final)"
    raise ForbiddenMove(f"A case cannot move from {origin} to {target}; allowed from {origin}: {onward}.")
