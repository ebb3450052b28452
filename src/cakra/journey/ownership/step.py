"""The ownership step: one question to the register for the whole set, and a sealed snapshot of who is addressed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cakra.core.delivery.ladder import reachable
from cakra.core.law.vehicle import VehicleKind
from cakra.core.ports import Channel
from cakra.core.states.case import Case, Record
from cakra.core.states.journey import State
from cakra.core.states.outcome import Outcome, Step
from cakra.core.states.party import FactorKind, Party, PartyRole
from cakra.core.tables.values import is_nothing
from cakra.journey.ownership.lookup import find_owners
from cakra.journey.ownership.rules import OwnerFacts
from cakra.kit.ids import new_id, new_reference
from cakra.kit.seal import Sealer
from cakra.store.db import Database, Pool
from cakra.store.parties import SQL as PARTIES
from cakra.store.parties import party_records

OwnerKey = tuple[int, int, bytes, datetime, bytes | None]
"""Cell, case id, chassis number's blind index, since when, and the person's: whom the register named.

The person is None where the register has no number of theirs, and of parties that are older than this.
"""


@dataclass(frozen=True, slots=True)
class KnownOwner:
    """An owner who is a party already; `reference`: the number that opens the view, None when it was closed."""

    party_id: int
    reference: str | None


@dataclass(frozen=True, slots=True)
class OwnershipDesk:
    """What the step needs: the pool, the register's sealer and the cases' own, the channels in use."""

    pool: Pool
    register: Sealer
    addressees: Sealer
    channels: frozenset[Channel]

    async def run(self, cases: Sequence[Case], at: datetime) -> list[Outcome]:
        """validated → identified, unidentified, or review when photograph and register disagree."""
        wanted = [(case.plate or "", case.occurred_at) for case in cases]
        owners = await find_owners(self.pool, self.register, wanted)
        before = await known_owners(self.pool, [case for case in cases if case.party_id is not None])
        return [self._judge(case, owner, before, at) for case, owner in zip(cases, owners, strict=True)]

    def _judge(
        self, case: Case, owner: OwnerFacts | None, before: Mapping[OwnerKey, KnownOwner], at: datetime
    ) -> Outcome:
        if owner is None or is_nothing(owner.name):
            return Outcome(*case.key, State.UNIDENTIFIED, "owner_not_found")
        if owner.disputed:
            return Outcome(*case.key, State.UNIDENTIFIED, "owner_disputed")
        if _another_vehicle(case, owner):
            kinds = {"seen": case.vehicle_kind, "registered": owner.vehicle.kind.value}
            return Outcome(*case.key, State.REVIEW, "vehicle_differs", kinds)
        known = snapshot(owner)
        party, records = self._party(case, owner, known, _known(before, case, owner), at)
        facts = {"party_id": party.party_id}
        told = {} if case.party_id is None else {"party": str(party.party_id)}
        if not reachable(known) & self.channels:
            reason = owner.phone_problem.value if owner.phone_problem else "missing"
            return Outcome(
                *case.key, State.UNIDENTIFIED, "owner_unreachable", {"phone": reason, **told}, facts, records=records
            )
        return Outcome(
            *case.key,
            State.IDENTIFIED,
            "owner_found",
            told,
            facts=facts,
            step=Step.NOTICE,
            records=records,
            carried={"turn": party},
        )

    def _party(
        self, case: Case, owner: OwnerFacts, known: dict[str, Any], before: KnownOwner | None, at: datetime
    ) -> tuple[Party, tuple[Record, ...]]:
        """The owner's party and what is written of it.

        An owner of the same spell of the same vehicle is the party that the case has already, under the same number
        unless that one was closed.
        """
        first = case.party_id is None
        party_id = before.party_id if before else (case.case_id if first else new_id())
        contact = self.addressees.seal_record(known, party_id.to_bytes(8))
        said = {
            "contact": contact,
            "person": owner.owner_key,
            "phone": self.addressees.index("phone", owner.phone) if owner.phone else None,
            "email": self.addressees.index("email", owner.email) if owner.email else None,
            "factor_kind": FactorKind.CHASSIS.value,
            "factor": owner.chassis_last5,
            "owner_since": owner.valid_from,
            "language": owner.language,
            "channels": [owner.preferred_channel] if owner.preferred_channel else [],
        }
        reference = (before and before.reference) or (case.reference if first else new_reference(case.cell))
        row, number = party_records(case, party_id, PartyRole.OWNER, reference, at, **said)
        numbers = () if before and before.reference else (number,)
        party = Party(party_id, PartyRole.OWNER, reference, party_id, contact)
        return party, (replace(row, renews=before is not None), *numbers)


async def known_owners(db: Database, cases: Sequence[Case]) -> Mapping[OwnerKey, KnownOwner]:
    """The owners whom cases that were looked up before have for parties."""
    if not cases:
        return {}
    rows = await db.fetch(PARTIES.owners_of, [case.cell for case in cases], [case.case_id for case in cases])
    return {
        (row["cell"], row["case_id"], row["factor"], row["owner_since"], row["person"]): KnownOwner(
            row["party_id"], row["reference"]
        )
        for row in rows
    }


def _known(before: Mapping[OwnerKey, KnownOwner], case: Case, owner: OwnerFacts) -> KnownOwner | None:
    spell = *case.key, owner.chassis_last5, owner.valid_from
    return before.get((*spell, owner.owner_key)) or before.get((*spell, None))


def snapshot(owner: OwnerFacts) -> dict[str, str | int | None]:
    """What a case keeps of its addressee, sealed: later changes of the register do not change the case."""
    return {
        "name": owner.name,
        "address": owner.address,
        "phone": owner.phone,
        "email": owner.email,
        "brand": owner.brand,
        "model": owner.model,
        "colour": owner.colour,
        "year": owner.year,
        "vehicle_kind": owner.vehicle.kind.value,
        "preferred_channel": owner.preferred_channel,
        "language": owner.language,
    }


def _another_vehicle(case: Case, owner: OwnerFacts) -> bool:
    known = {VehicleKind.UNKNOWN.value, owner.vehicle.kind.value}
    return case.vehicle_kind not in known and owner.vehicle.kind is not VehicleKind.UNKNOWN
