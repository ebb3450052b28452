"""A case and what belongs to it, as the steps see them: plain frozen records, no behaviour of the world."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cakra.core.states.journey import State
from cakra.core.states.party import Party


@dataclass(frozen=True, slots=True)
class Case:
    """One row of `case_file` under our lease. `version` is what we claimed: a later write must match it."""

    cell: int
    case_id: int
    version: int
    reference: str
    jurisdiction: str
    state: State
    plate: str | None
    claimed_plate: str | None
    offences: tuple[str, ...]
    occurred_at: datetime
    received_at: datetime
    camera: str
    vehicle_kind: str
    party_id: int | None = None  # whose turn it is; None: nobody was looked up yet
    delivered_at: datetime | None = None
    confirm_by: datetime | None = None
    pay_by: datetime | None = None
    step: str | None = None
    tries: int = 0
    # Derived in this very chain and not written yet; later steps of the chain use it.
    notice_picture: bytes | None = None
    turn: Party | None = None

    @property
    def key(self) -> tuple[int, int]:
        """(cell, case_id)."""
        return self.cell, self.case_id

    @property
    def may_be_named(self) -> bool:
        """Whether it may be the turn of somebody whom an answer named; the first owner's party has the case's id."""
        return self.party_id not in {None, self.case_id}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one named check found, in words a person can read. verdict: ok | doubt | fail | divert."""

    check: str
    verdict: str
    words_id: str
    words_en: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a side table written in the transaction of its case's move.

    renews: a party that is known already; what `values` say of it takes the place of what was known.
    """

    table: str
    cell: int
    case_id: int
    values: Mapping[str, Any]
    renews: bool = False
