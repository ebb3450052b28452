"""What a step returns for each case it was given; the engine writes it, nothing else moves a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cakra.core.states.case import Record
from cakra.core.states.journey import State


class Step(StrEnum):
    """The next machine step of a case; NULL in the database where a person has the next action."""

    SCREENING = "screening"
    OWNERSHIP = "ownership"
    NOTICE = "notice"
    CHARGE = "charge"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case's result of one step.

    move: the state to enter, or None to stay; facts: columns of `case_file` to set by name;
    told: what the timeline says (a stable key) and its details (no personal data);
    records: rows of side tables written in the same transaction (the notice, the screening …);
    step, due_at: what the machine does next and when (None, None: a person is next);
    carried: fields of `Case` that the next step of the same chain needs before anything is written.
    """

    cell: int
    case_id: int
    move: State | None
    told: str
    details: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    step: Step | None = None
    due_at: datetime | None = None
    actor: str = "machine"
    records: tuple[Record, ...] = ()
    carried: Mapping[str, Any] = field(default_factory=dict)
