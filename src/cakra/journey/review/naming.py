"""Whom an answer names becomes the party whose turn it is, by an officer's decision.

The named person gets a number of its own and is told nothing of the owner's; the owner keeps the own view.
"""

from dataclasses import dataclass, field
from datetime import datetime

from cakra.core.identifiers.phone import read_phone
from cakra.core.states.case import Case
from cakra.core.states.journey import State
from cakra.core.states.outcome import Outcome, Step
from cakra.core.states.party import PHONE_ENDING_INDEX, PartyRole, phone_ending
from cakra.journey.review.rules import NAMED_AS
from cakra.journey.review.step import SQL, DecisionRefused, NotWritten
from cakra.kit.ids import new_id, new_reference
from cakra.kit.seal import Sealer
from cakra.store.db import Connection
from cakra.store.parties import FACTOR_OF, find_turns, party_records


@dataclass(frozen=True, slots=True)
class NamingDesk:
    """What it needs: the answers' sealer and that of the parties' contacts."""

    answers: Sealer = field(repr=False)
    addressees: Sealer = field(repr=False)

    async def name_party(self, connection: Connection, case: Case, officer: str, at: datetime) -> Outcome:
        """review or answered → identified, with the named person as the party; written by the caller's transaction.

        DecisionRefused when the newest answer of the party whose turn it is names nobody, or nobody who can be
        reached on a phone that is not the answering party's own.
        """
        said = await connection.fetchrow(SQL.newest_answer, *case.key, case.party_id)
        namer = (await find_turns(connection, [case])).get(case.key)
        if said is None or namer is None or said["kind"] not in NAMED_AS:
            raise DecisionRefused(NotWritten.NOBODY)
        told = self.answers.open_record(said["details"], said["answer_id"].to_bytes(8))
        phone = read_phone(str(told.get("phone") or "")).e164
        if phone is None:
            raise DecisionRefused(NotWritten.NO_PHONE)
        known = self.addressees.open_record(namer.contact, namer.party_id.to_bytes(8)) if namer.contact else {}
        if known.get("phone") == phone:
            raise DecisionRefused(NotWritten.SAME_PHONE)
        party_id, role = new_id(), NAMED_AS[said["kind"]]
        known = self._known(party_id, role, str(told.get("name") or ""), phone)
        number = new_reference(case.cell)
        records = party_records(case, party_id, role, number, at, named_by=namer.party_id, **known)
        return Outcome(
            *case.key,
            State.IDENTIFIED,
            "party_named",
            {"role": role.value, "party": str(party_id)},
            {"party_id": party_id},
            Step.NOTICE,
            at,
            f"officer:{officer}",
            records,
        )

    def _known(self, party_id: int, role: PartyRole, name: str, phone: str) -> dict[str, object]:
        """The columns of `party` that hold what the answer told."""
        contact = {"name": name, "phone": phone, "email": None, "address": ""}
        return {
            "contact": self.addressees.seal_record(contact, party_id.to_bytes(8)),
            "phone": self.addressees.index("phone", phone),
            "factor_kind": FACTOR_OF[role].value,
            "factor": self.addressees.index(PHONE_ENDING_INDEX, phone_ending(phone) or ""),
        }
