"""The charge: answered → charged with a deposit code; without an authorisation it waits for an officer."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from cakra.core.errors import InputError
from cakra.core.law.book import LawBook
from cakra.core.law.offences import DepositRule
from cakra.core.money import Rupiah
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kinds import DEADLINES
from cakra.core.states.case import Case, Record
from cakra.core.states.deadline import pay_by, policies_for
from cakra.core.states.journey import State
from cakra.core.states.notice import Purpose
from cakra.core.states.outcome import Outcome, Step
from cakra.journey.payment.rules import Authorisation, CodeMint, authorisation_for
from cakra.kit.seal import derive_key
from cakra.store.cases import find_case, move_one
from cakra.store.db import Connection, Database, Pool, Row
from cakra.store.notices import later_notice
from cakra.store.parties import PartyKey
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.payment")


@dataclass(frozen=True, slots=True)
class DepositCode:
    """A deposit code as its owner sees it; `officer` is the name in whose authority it was issued."""

    code: str = field(repr=False)
    amount: Rupiah
    state: str
    issued_at: datetime
    expires_at: datetime
    officer: str


@dataclass(frozen=True, slots=True)
class ChargeDesk:
    """What the stage needs: the pool, the law, the policies, the rule for several offences, and the mint."""

    pool: Pool
    law: LawBook
    policies: PolicyBook
    rule: DepositRule
    mint: CodeMint

    @classmethod
    def open(
        cls, pool: Pool, law: LawBook, policies: PolicyBook, *, root_key: bytes, company: str, rule: DepositRule
    ) -> "ChargeDesk":
        """The desk of one installation; portal and engine make their codes with the same key."""
        return cls(pool, law, policies, rule, CodeMint(company, derive_key(root_key, "deposit codes")))

    async def run(self, cases: Sequence[Case], at: datetime) -> list[Outcome]:
        """The engine's step, for cases answered elsewhere: the code waits to be shown, its deadline does not run."""
        async with self.pool.acquire() as connection:
            return await self._charge(connection, cases, at, shown=False)

    async def charge(self, connection: Connection, case: Case, at: datetime) -> Outcome:
        """The charge of one case whose owner is looking at the portal; to be written in the caller's transaction."""
        [outcome] = await self._charge(connection, [case], at, shown=True)
        return outcome

    async def decide(self, connection: Connection, case: Case, username: str, at: datetime) -> Outcome:
        """A certified officer charges an owner who admitted, without a standing authorisation. InputError."""
        officer = await connection.fetchrow(SQL.certified_officer, username)
        if officer is None:
            raise InputError("Only a certified, active officer may issue a deposit code.", code="not_certified")
        authority = Authorisation(
            None,
            username,
            officer["name"],
            officer["rank"],
            case.jurisdiction,
            frozenset(case.offences),
            at,
            None,
            None,
        )
        [number] = await connection.fetch(SQL.next_numbers, 1)
        [zone] = await connection.fetch(SQL.zones, [case.jurisdiction])
        code = self.mint.code(number["number"])
        charged = self._charged(case, authority, code, ZoneInfo(zone["zone"]), at, shown=False)
        return replace(charged, actor=f"officer:{username}")

    async def show(self, cell: int, case_id: int, at: datetime) -> None:
        """The code is on the owner's screen: from now on its deadline may run, if it did not yet."""
        async with self.pool.acquire() as connection, connection.transaction():
            case = await find_case(connection, cell, case_id, lock=True)
            if case is None or case.state is not State.CHARGED or case.pay_by is not None:
                return
            code = await live_code(connection, (cell, case_id, case.party_id or 0))
            [place] = await connection.fetch(SQL.zones, [case.jurisdiction])
            if code is None:
                return
            until, edition = self._pay_by(case, ZoneInfo(place["zone"]), code.issued_at, at)
            if until is None:
                return
            await connection.execute(SQL.extend_code, cell, case_id, until)
            told = {"pay_by": until, "editions": edition}
            shown = Outcome(*case.key, None, "code_shown", told, {"pay_by": until}, Step.DEADLINE, until, "owner")
            await move_one(connection, case, [shown], at)

    async def _charge(
        self, connection: Connection, cases: Sequence[Case], at: datetime, *, shown: bool
    ) -> list[Outcome]:
        places = sorted({case.jurisdiction for case in cases})
        known = [_authorisation(row) for row in await connection.fetch(SQL.authorisations, places, at)]
        zones = {row["code"]: ZoneInfo(row["zone"]) for row in await connection.fetch(SQL.zones, places)}
        found = [authorisation_for(known, case.jurisdiction, case.offences, at) for case in cases]
        numbers = iter(
            [row["number"] for row in await connection.fetch(SQL.next_numbers, len(found) - found.count(None))]
        )
        return [
            # It stays answered: the table lets only an answered case be charged, by an officer's decision.
            Outcome(*case.key, None, "needs_certified_officer")
            if authority is None
            else self._charged(
                case, authority, self.mint.code(next(numbers)), zones[case.jurisdiction], at, shown=shown
            )
            for case, authority in zip(cases, found, strict=True)
        ]

    def _charged(
        self, case: Case, authority: Authorisation, code: str, zone: ZoneInfo, at: datetime, *, shown: bool
    ) -> Outcome:
        amount = self.law.offences.deposit(case.offences, case.occurred_at.astimezone(zone).date(), self.rule)
        until, edition = self._pay_by(case, zone, at, at)
        assert until is not None, "the law book has no deadline policy in use"
        row = {
            "code": code,
            "party_id": case.party_id,
            "amount": int(amount),
            "issued_at": at,
            "expires_at": until,
            "officer": authority.officer,
            "authorisation": authority.authorisation_id,
        }
        told = {
            "amount": int(amount),
            "officer": authority.name,
            "authorisation": None if authority.authorisation_id is None else str(authority.authorisation_id),
            "pay_by": until if shown else None,
            "editions": edition,
        }
        return Outcome(
            *case.key,
            State.CHARGED,
            "charged",
            told,
            {"pay_by": until} if shown else {},
            step=Step.DEADLINE if shown else None,
            due_at=until if shown else None,
            # The message says that the answer was taken; amount and code stand on the portal only.
            records=(Record("deposit_code", *case.key, row), later_notice(case, Purpose.CODE, at)),
        )

    def _pay_by(self, case: Case, zone: ZoneInfo, issued: datetime, known: datetime) -> tuple[datetime | None, str]:
        """Until when it may be paid, and the edition that says so."""
        day = case.occurred_at.astimezone(zone).date()
        deadlines = self.policies.in_force(DEADLINES, case.jurisdiction, day)
        policies = policies_for(deadlines.content, case.jurisdiction, day)
        until = pay_by(policies, violation=case.occurred_at, code_issued=issued, delivered=known)
        return until, deadlines.label


async def live_code(db: Database, key: PartyKey) -> DepositCode | None:
    """A party's deposit code: the live one, else the newest; None when there never was one."""
    row = await db.fetchrow(SQL.live_code, *key)
    if row is None:
        return None
    officer = f"{row['officer_rank']} {row['officer_name']}".strip()
    return DepositCode(row["code"], Rupiah(row["amount"]), row["state"], row["issued_at"], row["expires_at"], officer)


def _authorisation(row: Row) -> Authorisation:
    values = dict(row)
    return Authorisation(**{**values, "offences": frozenset(values["offences"])})
