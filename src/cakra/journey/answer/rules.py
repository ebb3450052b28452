"""Which answers there are and when one may be given. Pure. Source: design, sections 2 and 7; domain sheet 1.5."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cakra.core.states.journey import State


class AnswerKind(StrEnum):
    """What an owner may say."""

    DROVE = "drove"
    OTHER_DROVE = "other_drove"
    SOLD = "sold"
    NEVER_MINE = "never_mine"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `details` by kind; every value a text, personal, sealed before it is stored.

    drove: nothing; other_drove: name, phone (E.164), licence (12–16 digits, may be missing);
    sold: name, day (ISO date), phone (may be missing); never_mine: differs (free text).
    """

    kind: AnswerKind
    details: Mapping[str, str] = field(repr=False)


OPEN = frozenset({State.NOTIFYING, State.NOTIFIED, State.UNDELIVERABLE, State.LAPSED, State.BLOCKED})


def may_answer(state: State, *, charged_before: bool) -> bool:
    """Whether an answer is still open. After a deposit code only payment or an objection is left.

    An undeliverable case is open too: who stands here with reference, plate and chassis was reached after all.
    """
    return state in OPEN and not charged_before
