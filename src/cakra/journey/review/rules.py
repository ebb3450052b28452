"""Which decisions are open to an officer, why, and what each does to the case. Pure. Source: design, section 2."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cakra.core.states.journey import State, may_move
from cakra.core.states.outcome import Step
from cakra.core.states.party import PartyRole


class Decision(StrEnum):
    """What an officer may decide."""

    ACCEPT = "accept"  # the evidence holds for this plate: look for its owner
    REJECT = "reject"  # before anybody was contacted
    WITHDRAW = "withdraw"  # after somebody was contacted
    DIVERT = "divert"  # another authority's vehicle
    RETURN = "return"  # back to review, to be looked at as a whole
    CONFIRM_SENT = "confirm_sent"  # the provider did take the message: wait for proof again
    QUEUE_AGAIN = "queue_again"  # it certainly did not: a new attempt, by this decision only
    NAME = "name"  # whom the answer names becomes the party whose turn it is
    CHARGE = "charge"  # the owner admitted and nobody authorised the machine: in this officer's own name


class Sending(StrEnum):
    """How the confirmation of an undeliverable case ended."""

    NONE = "none"  # no notice at all
    UNSETTLED = "unsettled"  # nobody knows whether the provider took it
    REFUSED = "refused"  # certainly not sent
    UNPROVED = "unproved"  # taken, but no device ever confirmed


# What an answer makes of the person whom it names.
NAMED_AS: Mapping[str, PartyRole] = {"other_drove": PartyRole.NOMINEE, "sold": PartyRole.BUYER}
OTHER = "other"
NOTE_LIMIT = 500
# Eight digits in a row are a phone number or an identity, never a reason.
_PERSONAL = re.compile(r"(?:\d[\s.-]?){8,}")

REASONS: Mapping[Decision, tuple[str, ...]] = {
    Decision.ACCEPT: ("evidence_clear", "plate_corrected", "rule_confirmed", "owner_search", OTHER),
    Decision.REJECT: (
        "plate_unreadable",
        "not_an_offence",
        "vehicle_exempt",
        "photo_unusable",
        "suspected_false_plate",
        "owner_unknown",
        "duplicate",
        OTHER,
    ),
    Decision.WITHDRAW: ("wrong_owner", "not_an_offence", "vehicle_exempt", "unreachable", "duplicate", OTHER),
    Decision.DIVERT: ("military", "police", "diplomatic", OTHER),
    Decision.RETURN: ("check_plate", "check_owner", OTHER),
    Decision.CONFIRM_SENT: ("provider_confirms", "wait_longer", OTHER),
    Decision.QUEUE_AGAIN: ("provider_denies", "fault_mended", OTHER),
    Decision.NAME: ("answer_plausible", "documents_seen", OTHER),
    Decision.CHARGE: ("admission_holds", "rule_confirmed", OTHER),
}
_UNDELIVERABLE: Mapping[Sending, tuple[Decision, ...]] = {
    Sending.NONE: (),
    Sending.UNSETTLED: (Decision.CONFIRM_SENT, Decision.QUEUE_AGAIN),
    Sending.REFUSED: (Decision.QUEUE_AGAIN,),
    Sending.UNPROVED: (Decision.CONFIRM_SENT,),
}


@dataclass(frozen=True, slots=True)
class Move:
    """One move of a decision: where to, what the timeline says, what the machine does next."""

    to: State
    told: str
    step: Step | None = None


_MOVES: Mapping[Decision, Move] = {
    Decision.ACCEPT: Move(State.VALIDATED, "officer_accepted", Step.OWNERSHIP),
    Decision.REJECT: Move(State.REJECTED, "officer_rejected"),
    Decision.WITHDRAW: Move(State.WITHDRAWN, "officer_withdrew"),
    Decision.DIVERT: Move(State.DIVERTED, "officer_diverted"),
    Decision.RETURN: Move(State.REVIEW, "officer_returned"),
    Decision.CONFIRM_SENT: Move(State.NOTIFYING, "send_settled"),
    Decision.QUEUE_AGAIN: Move(State.NOTIFYING, "send_settled"),
    Decision.CHARGE: Move(State.CHARGED, "charged"),
    Decision.NAME: Move(State.IDENTIFIED, "party_named", Step.NOTICE),
}


def open_decisions(
    state: State, *, contacted: bool, sending: Sending = Sending.NONE, answered: str | None = None
) -> tuple[Decision, ...]:
    """The decisions an officer has here.

    `contacted`: a message may have reached somebody already; `answered`: the newest answer of the party whose turn it
    is, by its kind.
    """
    ending = Decision.WITHDRAW if contacted else Decision.REJECT
    match state:
        case State.REVIEW:
            naming = (Decision.NAME,) if answered in NAMED_AS else ()
            return (*naming, Decision.ACCEPT, ending, Decision.DIVERT)
        case State.UNIDENTIFIED:
            # The table lets an unidentified case out by rejection only; after contact it goes by way of review.
            return (Decision.ACCEPT, ending, Decision.RETURN)
        case State.UNDELIVERABLE:
            return (*_UNDELIVERABLE[sending], Decision.RETURN, Decision.WITHDRAW)
        case State.ANSWERED:
            return (Decision.CHARGE, Decision.WITHDRAW)
        case State.DISPUTED:
            return (Decision.WITHDRAW,)
        case _:
            return ()


def moves_of(decision: Decision, state: State) -> tuple[Move, ...]:
    """The chain of moves; by way of review where the table has no direct one. ForbiddenMove is the writer's word."""
    move = _MOVES[decision]
    if move.to is not State.REVIEW and not may_move(state, move.to) and may_move(state, State.REVIEW):
        return Move(State.REVIEW, "officer_returned"), move
    return (move,)


def sending_of(notice_state: str | None) -> Sending:
    """How the newest confirmation of an undeliverable case ended, from the state of its notice."""
    match notice_state:
        case None:
            return Sending.NONE
        case "unsettled" | "unknown":
            return Sending.UNSETTLED
        case "failed":
            return Sending.REFUSED
        case _:
            return Sending.UNPROVED


def plate_said(decision: Decision, reason: str, plate: str | None) -> str | None:
    """What a decision says about the plate: the plate it is (canonical), "" for one nobody can read, None nothing.

    A false plate was read as it is; other reasons to reject or withdraw speak of the offence or the owner.
    """
    if decision is Decision.ACCEPT:
        return plate
    if decision is Decision.REJECT and reason == "plate_unreadable":
        return ""
    return None


def names_person(note: str) -> bool:
    """Whether a note seems to hold a phone or identity number, which the timeline never keeps."""
    return _PERSONAL.search(note) is not None
