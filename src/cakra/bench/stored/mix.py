"""Which states stored cases are in, how each came there, and what was written on the way. Pure data and its checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cakra.core.states.journey import State, check_move

S = State
SHARES = 10_000
"""Shares are counted in ten thousandths."""
SPAN = timedelta(days=540)
"""The oldest stored case was received so long ago."""
RECENT_FROM = 0.85
"""Cases behind this part of the span are recent: most of what is still open is there."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Cases that stand in one state. `old`, `recent`: their share among the cases of that age.

    `path`: the moves that led there, the first from `received`. `step`: what the machine does next, not soon.
    """

    state: State
    old: int
    recent: int
    path: tuple[State, ...]
    step: str | None = None

    @property
    def chain(self) -> tuple[State, ...]:
        """Every state it was in, `received` first."""
        return (S.RECEIVED, *self.path)


_SENT = (S.VALIDATED, S.IDENTIFIED, S.NOTIFYING)
_PROVED = (*_SENT, S.NOTIFIED)
_CHARGED = (*_PROVED, S.ANSWERED, S.CHARGED)
_DECIDED = (*_CHARGED, S.PAID, S.DECIDED)
# A planning mix, not a census: most old cases are final, most open ones recent, and no state is empty.
# fmt: off
MIX: tuple[Kind, ...] = (
    Kind(S.CLOSED,        5300,  400, (*_DECIDED, S.CLOSED)),
    Kind(S.REJECTED,      2600, 2500, (S.REJECTED,)),
    Kind(S.REFUNDED,       900,  100, (*_DECIDED, S.REFUND_DUE, S.REFUNDED)),
    Kind(S.FORFEITED,      200,    5, (*_DECIDED, S.REFUND_DUE, S.FORFEITED)),
    Kind(S.WITHDRAWN,      150,  100, (*_PROVED, S.DISPUTED, S.WITHDRAWN)),
    Kind(S.DIVERTED,       150,  145, (S.DIVERTED,)),
    Kind(S.NOTIFIED,        10, 2300, _PROVED, "deadline"),
    Kind(S.CHARGED,         20, 1100, _CHARGED, "deadline"),
    Kind(S.LAPSED,          90,  600, (*_PROVED, S.LAPSED)),
    Kind(S.BLOCKED,        250,  400, (*_PROVED, S.LAPSED, S.BLOCKED)),
    Kind(S.PAID,            50,  700, (*_CHARGED, S.PAID)),
    Kind(S.DECIDED,         30,  200, _DECIDED),
    Kind(S.REFUND_DUE,     210,  300, (*_DECIDED, S.REFUND_DUE)),
    Kind(S.REVIEW,          10,  500, (S.REVIEW,)),
    Kind(S.UNIDENTIFIED,    10,  200, (S.VALIDATED, S.UNIDENTIFIED)),
    Kind(S.UNDELIVERABLE,   10,  160, (*_SENT, S.UNDELIVERABLE)),
    Kind(S.ANSWERED,         2,   60, (*_PROVED, S.ANSWERED)),
    Kind(S.DISPUTED,         8,  150, (*_PROVED, S.DISPUTED)),
    Kind(S.NOTIFYING,        0,   70, _SENT),
    Kind(S.RECEIVED,         0,    4, (), "screening"),
    Kind(S.VALIDATED,        0,    3, (S.VALIDATED,), "ownership"),
    Kind(S.IDENTIFIED,       0,    3, (S.VALIDATED, S.IDENTIFIED), "notice"),
)
# fmt: on
_TOLD: Mapping[State, str] = {
    S.RECEIVED: "received",
    S.REVIEW: "review_needed",
    S.VALIDATED: "evidence_accepted",
    S.UNIDENTIFIED: "owner_not_found",
    S.IDENTIFIED: "owner_found",
    S.NOTIFYING: "notice_queued",
    S.NOTIFIED: "delivery_proved",
    S.UNDELIVERABLE: "channel_failed",
    S.ANSWERED: "owner_answered",
    S.CHARGED: "charged",
    S.LAPSED: "confirmation_lapsed",
    S.REJECTED: "evidence_rejected",
    S.DIVERTED: "vehicle_diverted",
}


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """One notice of cases that stand in `state`. `delivered`: proved; else its last attempt failed."""

    state: State
    purpose: str
    place: int
    delivered: bool
    open: bool


def check_mix(mix: Sequence[Kind] = MIX) -> None:
    """ValueError when shares do not add up or a state is missing; ForbiddenMove when a path leaves the state table."""
    if sum(kind.old for kind in mix) != SHARES or sum(kind.recent for kind in mix) != SHARES:
        raise ValueError("the shares of stored cases do not add up")
    if {kind.state for kind in mix} != set(State) or not all(kind.recent for kind in mix):
        raise ValueError("a state is missing among stored cases")
    for kind in mix:
        for origin, target in zip(kind.chain, kind.path, strict=False):
            check_move(origin, target)
        if kind.chain[-1] is not kind.state:
            raise ValueError(f"the path to {kind.state} ends in {kind.chain[-1]}")


def draws(mix: Sequence[Kind] = MIX) -> tuple[list[str], list[str | None], list[int], list[int], list[str | None]]:
    """Columns: state, the state before, the bounds below which an old and a recent case's draw means it, step."""
    old = recent = 0
    rows: list[tuple[str, str | None, int, int, str | None]] = []
    for kind in mix:
        old, recent = old + kind.old, recent + kind.recent
        before = kind.chain[-2].value if kind.path else None
        rows.append((kind.state.value, before, old, recent, kind.step))
    states, befores, olds, recents, steps = zip(*rows, strict=True)
    return list(states), list(befores), list(olds), list(recents), list(steps)


def chains(mix: Sequence[Kind] = MIX) -> tuple[list[str], list[int], list[str], list[str | None], list[str | None]]:
    """Columns: state of the case, place in its story, what was told, from, to; one row an event."""
    rows: list[tuple[str, int, str, str | None, str | None]] = []
    for kind in mix:
        for place, entered in enumerate(kind.chain):
            before = kind.chain[place - 1].value if place else None
            moved = (before, entered.value) if place else (None, None)
            rows.append((kind.state.value, place, _TOLD.get(entered, "officer_accepted"), *moved))
    states, places, told, origins, targets = zip(*rows, strict=True)
    return list(states), list(places), list(told), list(origins), list(targets)


def written(mix: Sequence[Kind] = MIX) -> list[StoredNotice]:
    """The notices of every kind: the request for confirmation, and the code's or the decision's where there was one."""
    found = []
    for kind in mix:
        if S.NOTIFYING not in kind.chain:
            continue
        under_way = kind.state is S.NOTIFYING
        proved = kind.state not in {S.NOTIFYING, S.UNDELIVERABLE}
        found.append(StoredNotice(kind.state, "confirmation", 1, proved, under_way))
        if S.CHARGED in kind.chain:
            found.append(StoredNotice(kind.state, "code", 2, delivered=True, open=False))
        if S.LAPSED in kind.chain:
            found.append(StoredNotice(kind.state, "reminder", 3, delivered=True, open=False))
    return found


def having(state: State, mix: Sequence[Kind] = MIX) -> list[str]:
    """The states of cases that went through `state`."""
    return [kind.state.value for kind in mix if state in kind.chain]
