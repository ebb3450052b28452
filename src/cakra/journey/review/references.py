"""References of parties: what one opens, and another in its place when others came to know it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cakra.core.access.rights import Act, Foreign, NotAllowed
from cakra.core.errors import Conflict, InputError, NotFound
from cakra.core.states.journey import FINAL
from cakra.core.states.notice import Purpose
from cakra.journey.review.rules import NOTE_LIMIT, names_person
from cakra.kit.clock import now
from cakra.kit.ids import new_reference, show_reference
from cakra.kit.logs import get_logger
from cakra.store.cases import find_case, insert_records, note_events
from cakra.store.db import Connection, Database
from cakra.store.notices import later_notice, wake_wording_now, word_party_again
from cakra.store.rights import jurisdictions_of, may, note_access
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.review")
_log = get_logger(__name__)


class Refused(StrEnum):
    """Why a reference was not replaced."""

    UNKNOWN = "There is no reference {reference}; compare it with the message."
    UNUSED = "Case {reference} was not sent to anybody yet, so that there is nothing to replace."
    CLOSED = "Reference {reference} is closed already; `cakra reference show {reference}` tells what took its place."
    FINAL = "The case of reference {reference} is final ({state}); it is not replaced any more."
    WHY = "Say why in one sentence of at most {limit} characters."
    PERSONAL = "The reason seems to hold a phone or identity number; leave it out."

    def said(self, **values: object) -> str:
        """The sentence."""
        return self.value.format_map(values)


@dataclass(frozen=True, slots=True)
class KnownReference:
    """A reference as officers see it; nothing personal. `case`: the case's own number; `role`: of its party."""

    reference: str
    case: str
    state: str
    role: str
    opened_at: datetime
    closed_at: datetime | None
    closed_why: str | None
    replaced_by: str | None


async def references_beside(db: Database, cell: int, reference: str, *, by: str) -> list[KnownReference]:
    """Every reference of the case of this one, by party and age, for an officer who reads cases there; it is noted.

    NotFound, and alike (Foreign) for a case of another office; NotAllowed for who reads none anywhere.
    """
    seen = await jurisdictions_of(db, by, Act.READ_CASES)
    case = await db.fetchrow(SQL.case_of, cell, reference)
    unknown = Refused.UNKNOWN.said(reference=show_reference(reference))
    if case is None:
        raise NotFound(unknown)
    if seen is not None and case["jurisdiction"] not in seen:
        raise Foreign(unknown, by, Act.READ_CASES, case["jurisdiction"])
    rows = await db.fetch(SQL.references_beside, cell, case["case_id"])
    if not rows:
        raise NotFound(unknown)
    await note_access(db, by, [(cell, case["case_id"])], "references", "command", now())
    return [KnownReference(**row) for row in rows]


async def _require(connection: Connection, officer: str, place: str, shown: str) -> None:
    """NotAllowed for who reads cases there and replaces none; another office's reference is one that is unknown."""
    if await may(connection, officer, Act.REPLACE_REFERENCES, place):
        return
    if await may(connection, officer, Act.READ_CASES, place):
        raise NotAllowed(officer, Act.REPLACE_REFERENCES, place)
    raise Foreign(Refused.UNKNOWN.said(reference=shown), officer, Act.REPLACE_REFERENCES, place)


async def replace_reference(  # noqa: PLR0917 - which, why, by whom, when
    connection: Connection, cell: int, reference: str, why: str, officer: str, at: datetime
) -> str:
    """Close it, make a new one for the same party and tell the party of it; the new one.

    NotFound, Conflict, NotAllowed or InputError with a sentence when it is not replaced; then nothing is written.
    """
    shown = show_reference(reference)
    why = _checked(why)
    async with connection.transaction():
        row = await connection.fetchrow(SQL.find_reference, cell, reference)
        if row is None:
            raise NotFound(Refused.UNKNOWN.said(reference=shown))
        case = await find_case(connection, cell, row["case_id"], lock=True)
        assert case is not None, "a reference belongs to a case"
        await _require(connection, officer, case.jurisdiction, shown)
        if row["party_id"] is None:
            raise Conflict(Refused.UNUSED.said(reference=shown))
        if case.state in FINAL:
            raise Conflict(Refused.FINAL.said(reference=shown, state=case.state))
        fresh = new_reference(cell)
        party = (*case.key, row["party_id"])
        if await connection.fetchval(SQL.close_reference, cell, reference, at, why, fresh) is None:
            raise Conflict(Refused.CLOSED.said(reference=shown))
        await connection.execute(SQL.open_reference, *party, fresh, at)
        told: Mapping[str, str] = {"why": why, "role": row["role"]}
        await note_events(connection, [(*case.key, told)], at, told="reference_replaced", actor=f"officer:{officer}")
        # What has not left is worded with the new number; who was written to before hears of it.
        await word_party_again(connection, party, at)
        if row["contacted"]:
            notice = later_notice(case, Purpose.REFERENCE, at, party_id=row["party_id"])
            await insert_records(connection, [notice])
        await wake_wording_now(connection)
    _log.info("reference_replaced", case=case.case_id, officer=officer)
    return fresh


def _checked(why: str) -> str:
    """The reason in one line; InputError when it says nothing, too much, or whom."""
    why = " ".join(why.split())
    if not 0 < len(why) <= NOTE_LIMIT:
        raise InputError(Refused.WHY.said(limit=NOTE_LIMIT))
    if names_person(why):
        raise InputError(Refused.PERSONAL.said())
    return why
