"""The ownership step: one question to the register for the whole set, and a sealed snapshot of who is addressed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cakra.core.case import Case
from cakra.core.journey import State
from cakra.core.ladder import reachable
from cakra.core.law.vehicle import VehicleKind
from cakra.core.outcome import Outcome, Step
from cakra.core.ports import Channel
from cakra.core.tables.values import is_nothing
from cakra.journey.ownership.lookup import find_owners
from cakra.journey.ownership.rules import OwnerFacts
from cakra.kit.seal import Sealer
from cakra.store.db import Pool


@dataclass(frozen=True, slots=True)
class OwnershipDesk:
    """What the step needs: the pool, the register's sealer and the cases' own, the channels in use."""

    pool: Pool
    register: Sealer
    addressees: Sealer
    channels: frozenset[Channel]

    async def run(self, cases: Sequence[Case], at: datetime) -> list[Outcome]:
        """validated → identified, unidentified, or review when photograph and register disagree."""
        del at
        wanted = [(case.plate or "", case.occurred_at) for case in cases]
        owners = await find_owners(self.pool, self.register, wanted)
        return [self._judge(case, owner) for case, owner in zip(cases, owners, strict=True)]

    def _judge(self, case: Case, owner: OwnerFacts | None) -> Outcome:
        if owner is None or is_nothing(owner.name):
            return Outcome(*case.key, State.UNIDENTIFIED, "owner_not_found")
        if owner.disputed:
            return Outcome(*case.key, State.UNIDENTIFIED, "owner_disputed")
        if _another_vehicle(case, owner):
            kinds = {"seen": case.vehicle_kind, "registered": owner.vehicle.kind.value}
            return Outcome(*case.key, State.REVIEW, "vehicle_differs", kinds)
        known = snapshot(owner)
        facts = {
            "addressee": self.addressees.seal_record(known, case.case_id.to_bytes(8)),
            "chassis_last5": owner.chassis_last5,
            "owner_since": owner.valid_from,
        }
        if not reachable(known) & self.channels:
            reason = owner.phone_problem.value if owner.phone_problem else "missing"
            return Outcome(*case.key, State.UNIDENTIFIED, "owner_unreachable", {"phone": reason}, facts)
        return Outcome(*case.key, State.IDENTIFIED, "owner_found", facts=facts, step=Step.NOTICE)


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
