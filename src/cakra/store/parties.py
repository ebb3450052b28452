"""The parties of cases: who is spoken with, under which number, and how a turn passes from one to another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cakra.core.states.case import Case, Record
from cakra.core.states.journey import State
from cakra.core.states.outcome import Outcome, Step
from cakra.core.states.party import FactorKind, Party, PartyRole, standing_after
from cakra.store.db import Connection, Database
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store", "parties.sql")
PartyKey = tuple[int, int, int]
"""Cell, case id, party id."""


@dataclass(frozen=True, slots=True)
class Passing:
    """A turn that passes: the case as it was, whose turn it is now, and what is written with it."""

    case: Case
    to: int
    records: Sequence[Record]

    @property
    def by_register(self) -> bool:
        """Whether the register names another owner now, so that nothing sent before opens anything any more."""
        owners = [record.values for record in self.records if record.table == "party"]
        return any((known["party_id"], known["role"]) == (self.to, PartyRole.OWNER) for known in owners)


def party_records(
    case: Case, party_id: int, role: PartyRole, reference: str, at: datetime, **known: object
) -> tuple[Record, Record]:
    """The rows of a new party and of its number. `known`: further columns of `party`, its second factor at least."""
    row = {"party_id": party_id, "role": role.value, "created_at": at, **known}
    number = {"reference": reference, "party_id": party_id, "opened_at": at}
    return Record("party", *case.key, row), Record("reference", *case.key, number)


async def find_parties(db: Database, keys: Iterable[PartyKey]) -> Mapping[PartyKey, Party]:
    """These parties, by key; what is unknown is left out."""
    columns = [list(column) for column in zip(*dict.fromkeys(keys), strict=True)]
    rows = await db.fetch(SQL.parties_of, *columns) if columns else []
    return {
        (row["cell"], row["case_id"], row["party_id"]): Party(
            row["party_id"], PartyRole(row["role"]), row["reference"], row["owner"], row["contact"]
        )
        for row in rows
    }


async def find_turns(db: Database, cases: Iterable[Case]) -> Mapping[tuple[int, int], Party]:
    """Whose turn it is in each of these cases, by case."""
    keys = [(*case.key, case.party_id) for case in cases if case.party_id is not None]
    return {key[:2]: party for key, party in (await find_parties(db, keys)).items()}


def ask_owner_again(case: Case, party: Party, why: str, at: datetime) -> Outcome:
    """The owner's turn again, with fresh days, because the person who was named did nothing or was not reached."""
    move = None if case.state is State.IDENTIFIED else State.IDENTIFIED
    told = {"why": why, "party": str(party.owner)}
    return Outcome(*case.key, move, "turn_returned", told, {"party_id": party.owner}, Step.NOTICE, at)


async def ask_owners_again(
    db: Database, cases: Sequence[Case], why: str, at: datetime
) -> Mapping[tuple[int, int], Outcome]:
    """The same of every case here whose turn is a named person's, by case; nothing of the others."""
    turns = await find_turns(db, cases)
    named = [(case, turns[case.key]) for case in cases if case.key in turns and turns[case.key].is_named]
    return {case.key: ask_owner_again(case, party, why, at) for case, party in named}


async def renew_parties(connection: Connection, records: Sequence[Record]) -> None:
    """What the register says now of owners it named before."""
    rows = [
        (
            *(record.cell, record.case_id, record.values["party_id"]),
            *(
                record.values[name]
                for name in ("contact", "person", "phone", "email", "factor", "language", "channels")
            ),
        )
        for record in records
    ]
    await connection.executemany(SQL.renew_party, rows)


async def pass_turns(connection: Connection, passings: Sequence[Passing], at: datetime) -> None:
    """Write how these turns ended and whose turn it is, after the rows of new parties are there."""
    left = [
        (
            *(*one.case.key, one.case.party_id),
            *(standing_after(one.case.state).value, one.case.delivered_at, one.case.confirm_by),
        )
        for one in passings
    ]
    await connection.execute(SQL.leave_turns, *(list(column) for column in zip(*left, strict=True)))
    taken = [(*one.case.key, one.to) for one in passings]
    await connection.execute(SQL.take_turns, *(list(column) for column in zip(*taken, strict=True)))
    for one in passings:
        if one.by_register:
            await connection.execute(SQL.close_others, *one.case.key, one.to, at)


FACTOR_OF: Mapping[PartyRole, FactorKind] = {
    PartyRole.OWNER: FactorKind.CHASSIS,
    PartyRole.NOMINEE: FactorKind.PHONE_CODE,
    PartyRole.BUYER: FactorKind.PHONE_CODE,
    PartyRole.DRIVER: FactorKind.PHONE_CODE,
}
