"""The gate: whether reference and plate, or the chassis number, are right; `tries.py` says how often one may be wrong.

A wrong reference, a wrong plate and an unknown case cost the same statements and end in the same refusal. What is
closed is closed for right and wrong alike and says until when: an answer that is not judged tells nothing. Somebody
whom an answer named was told no plate: the end of the own phone number stands in its place. A reference that was closed
says so, whatever is typed beside it.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from cakra.core.errors import InputError
from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kinds import LIMITS
from cakra.core.states.party import PHONE_ENDING_INDEX, FactorKind, phone_ending
from cakra.doors.callers import network_of
from cakra.doors.citizen.visiting.tries import SQL, Tries, chassis_rule, plate_rule
from cakra.journey.ownership.rules import CHASSIS_INDEX, chassis_last5
from cakra.kit.ids import read_reference
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.db import Pool, Row
from cakra.store.parties import PartyKey

_log = get_logger(__name__)

_NOBODY = (0, "")


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate says of one answer.

    opened: (cell, case id, party id) when it was right; reference: by which it was opened; closed_until: it was not
    judged, and none is before this instant; for_good: nor after it, until an officer opens the case again;
    reference_closed: the reference opens nothing any more; replaced: its party was sent another.
    """

    opened: PartyKey | None = None
    reference: str = ""
    closed_until: datetime | None = None
    for_good: bool = False
    reference_closed: bool = False
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """Judges answers, and has them counted."""

    pool: Pool
    keys: Sealer
    register: Sealer
    addressees: Sealer
    policies: PolicyBook

    @property
    def tries(self) -> Tries:
        """The counts behind it."""
        return Tries(self.pool, self.keys, self.policies)

    async def open_case(self, request: Request, reference: str, plate: str, at: datetime) -> Judged:
        """Whether both belong to a party that was written to. `plate`: or the end of the phone number, as typed."""
        cell, canonical = _read_reference(reference)
        rule = plate_rule(self.policies.nation(LIMITS, at))
        begun = await self.tries.begin(rule, canonical or reference, network_of(request), at)
        row = await self.pool.fetchrow(SQL.find_contacted, cell, canonical)
        right = self._is_right(row, plate)
        if not begun.judged:
            _log.info("check_refused", limited=True)
            return Judged(closed_until=begun.closed_until)
        if row is not None and row["closed"]:
            await self.tries.forgive(begun)  # nothing can be guessed here
            _log.info("check_refused", limited=False)
            return Judged(reference_closed=True, replaced=row["replaced"])
        if row is None or not right:
            _log.info("check_refused", limited=False)
            return Judged()
        await self.tries.forgive(begun)
        return Judged(opened=(row["cell"], row["case_id"], row["party_id"]), reference=canonical)

    def _is_right(self, row: "Row | None", typed: str) -> bool:
        """Whether what was typed is the plate, or the phone's end of a party that proves itself by its phone."""
        known = row["plate"] if row is not None else None
        plate = hmac.compare_digest(self._key("plate", known or ""), self._key("plate", _read_plate(typed)))
        factor = row["factor"] if row is not None else None
        phone = hmac.compare_digest(factor or b"", self.addressees.index(PHONE_ENDING_INDEX, phone_ending(typed) or ""))
        if row is not None and row["factor_kind"] == FactorKind.PHONE_CODE:
            return phone
        return bool(known) and plate

    async def prove_owner(self, request: Request, party: PartyKey, typed: str, at: datetime) -> Judged:
        """Whether these are the last five characters of the chassis number by which this party proves itself.

        What cannot be a chassis number's end is wrong without being counted: it tells nothing.
        """
        number = _read_chassis(typed)
        if number is None:
            return Judged()
        row = await self.pool.fetchrow(SQL.chassis, *party)
        if row is None or row["closed_at"] is not None:
            return Judged(for_good=True)
        cell, _, party_id = party  # a party id is a case's nowhere else
        subject = f"{cell}:{party_id}:{row['openings']}"
        limits = self.policies.nation(LIMITS, at)
        begun = await self.tries.begin(chassis_rule(limits), subject, network_of(request), at)
        if not begun.judged:
            _log.info("chassis_refused", limited=True)
            return Judged(closed_until=begun.closed_until)
        counted = await self.pool.fetchrow(SQL.count_proof, *party, at, limits.proofs_per_case)
        right = hmac.compare_digest(row["factor"] or b"", self.register.index(CHASSIS_INDEX, number))
        if counted is None:
            return Judged(for_good=True)
        if not right:
            _log.info("chassis_refused", limited=False)
            if counted["closed_at"] is not None:
                _log.warning("second_factor_closed", case=party[1])
            return Judged(for_good=counted["closed_at"] is not None)
        await self.tries.forgive(begun)
        await self.pool.execute(SQL.forgive_proof, *party)
        return Judged(opened=party)

    def _key(self, kind: str, value: str) -> bytes:
        return self.keys.index(kind, value)


def _read_reference(text: str) -> tuple[int, str]:
    try:
        return read_reference(text)
    except InputError:
        return _NOBODY


def _read_plate(text: str) -> str:
    try:
        return parse_plate(text).text
    except PlateError:
        return "?"


def _read_chassis(text: str) -> str | None:
    try:
        return chassis_last5(text)
    except InputError:
        return None
