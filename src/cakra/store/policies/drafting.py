"""Writing policy: a draft is kept as it comes, and becomes an edition when a second person approves it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from cakra.core.access.orders import check_second
from cakra.core.access.rights import Act
from cakra.core.errors import Conflict, InputError, NotFound, SetupError
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kind import LONGEST, PolicyKind, Scope
from cakra.core.states.deadline import NATIONAL
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Pool, Row
from cakra.store.policies.reading import SQL, renew_book
from cakra.store.rights import may, require

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to hold. `text`: TOML as the packaged file of the kind."""

    kind: str
    jurisdiction: str
    valid_from: date
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WrittenEdition:
    """An edition or a draft as it lies in the table; without an approver it is a draft."""

    kind: str
    jurisdiction: str
    edition: int
    valid_from: date
    drafted_by: str
    drafted_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    content: str = field(repr=False, default="")

    @property
    def label(self) -> str:
        """Its name, as `automation:PMJ/3`."""
        return f"{self.kind}:{self.jurisdiction}/{self.edition}"


@dataclass(frozen=True, slots=True)
class PolicyDesk:
    """Lists, drafts and approves. `offences`: the codes that the law on file knows."""

    pool: Pool
    book: PolicyBook
    offences: Collection[str]

    async def written(self, kind: str | None = None) -> list[WrittenEdition]:
        """Everything in the table, of one kind or of all; packaged editions are not in it. InputError."""
        if kind is not None:
            self.kind(kind)
        return [WrittenEdition(**dict(row)) for row in await self.pool.fetch(SQL.written, kind)]

    async def find(self, kind: str, jurisdiction: str, edition: int) -> WrittenEdition:
        """One edition or draft, with its content; the packaged one is edition 0 of the nation. NotFound, InputError."""
        known = self.kind(kind)
        if (jurisdiction, edition) == (NATIONAL, 0):
            packaged = self.book.editions.of(known.name)[0]
            return WrittenEdition(kind, NATIONAL, 0, packaged.valid_from, "", None, "", None, packaged.text)
        key = kind, jurisdiction, edition
        return self._found(await self.pool.fetchrow(SQL.find_written, *key), *key)

    async def draft(self, draft: Draft, by: str) -> tuple[WrittenEdition, list[str]]:
        """Keep a draft under the next number; with what keeps it from being approved as it stands.

        InputError for an unknown kind or jurisdiction, a text that is none or too long, NotAllowed.
        """
        self.kind(draft.kind)
        if "\x00" in draft.text or len(draft.text) > LONGEST:
            raise InputError(f"The text holds a NUL character or more than {LONGEST} characters; nothing was drafted.")
        async with self.pool.acquire() as connection, connection.transaction():
            await renew_book(connection, self.book)
            self.require_place(draft.jurisdiction)
            await require(connection, by, Act.DRAFT_POLICIES, _whose(draft.jurisdiction))
            await connection.execute(SQL.lock_policy)
            number = await connection.fetchval(SQL.next_edition, draft.kind, draft.jurisdiction)
            key = draft.kind, draft.jurisdiction, number
            await connection.execute(SQL.add_draft, *key, draft.valid_from, draft.text, by, now())
            made = self._found(await connection.fetchrow(SQL.find_written, *key), *key)
        _log.info("policy_drafted", policy=made.label, officer=by)
        return made, self.faults(made)

    async def approve(self, kind: str, jurisdiction: str, edition: int, by: str) -> WrittenEdition:
        """Make a draft an edition, which no one can change or take back any more.

        NotFound, or InputError and Conflict with why not: it contradicts itself, begins in the past or on the day of
        another, is approved already, by who drafted it, or drafted by who may not any more. The draft stays as it is.
        """
        self.kind(kind)
        key = kind, jurisdiction, edition
        async with self.pool.acquire() as connection, connection.transaction():
            await require(connection, by, Act.APPROVE_POLICIES, _whose(jurisdiction))
            await connection.execute(SQL.lock_policy)
            await renew_book(connection, self.book)
            draft = self._found(await connection.fetchrow(SQL.find_written, *key), *key)
            await self._require_approvable(connection, draft, by)
            await connection.execute(SQL.approve, *key, by, now())
            made = self._found(await connection.fetchrow(SQL.find_written, *key), *key)
        _log.info("policy_approved", policy=made.label, officer=by)
        return made

    async def _require_approvable(self, connection: Connection, draft: WrittenEdition, by: str) -> None:
        if draft.approved_at is not None:
            raise Conflict(f"{draft.label} was approved by {draft.approved_by} already.")
        check_second(draft.drafted_by, by, done=f"drafted {draft.label}", needed="a second person approves it")
        if not await may(connection, draft.drafted_by, Act.DRAFT_POLICIES, _whose(draft.jurisdiction)):
            who = f"{draft.drafted_by}, who drafted it, may not do so any more"
            raise Conflict(f"{draft.label} stays a draft: {who}; somebody who may has to draft it anew.")
        if faults := self.faults(draft):
            told = "\n- ".join(faults)
            raise InputError(f"{draft.label} stays a draft:\n- {told}", code="policy_faults")
        other = await connection.fetchval(SQL.same_day, draft.kind, draft.jurisdiction, draft.valid_from)
        if other is not None:
            day = draft.valid_from
            raise Conflict(
                f"{draft.label} stays a draft: edition {other} begins on {day} too, and a day has one edition."
            )

    def faults(self, draft: WrittenEdition) -> list[str]:
        """Everything that keeps a draft from being approved, beside another edition of its day."""
        today = self.book.day_of(draft.jurisdiction, now())
        scope = Scope(draft.jurisdiction, draft.valid_from, self.offences)
        kind = self.kind(draft.kind)
        found = kind.faults(draft.content, scope, self.book.editions.contents(kind))
        if draft.valid_from < today:
            found.append(f"it begins on {draft.valid_from}, which is past; today is {today}")
        return found

    def kind(self, name: str) -> PolicyKind[object]:
        """The kind of that name; InputError names those there are."""
        kinds = self.book.editions.kinds
        if name not in kinds:
            raise InputError(f"There is no policy of the kind {name!r}; kinds are {', '.join(kinds)}.")
        return kinds[name]

    def require_place(self, jurisdiction: str) -> None:
        """InputError for a jurisdiction that is not on file and not the nation."""
        if jurisdiction != NATIONAL and not self.book.knows(jurisdiction):
            known = "`cakra jurisdiction list` shows all"
            raise InputError(f"There is no jurisdiction {jurisdiction!r}; {known}, {NATIONAL} is the nation.")

    @staticmethod
    def _found(row: "Row | None", kind: str, jurisdiction: str, edition: int) -> WrittenEdition:
        if row is None:
            raise NotFound(f"There is no {kind}:{jurisdiction}/{edition}; `cakra policy list` shows all.")
        return WrittenEdition(**dict(row))


def _whose(jurisdiction: str) -> str | None:
    """The office whose policy it is, as rights name it; None for the nation."""
    return None if jurisdiction == NATIONAL else jurisdiction


async def enact(pool: Pool, book: PolicyBook, wanted: Draft) -> None:
    """Put an edition in force without officers: demonstrations, benchmarks and tests only.

    One that begins on the same day is replaced. SetupError when it may not be one.
    """
    try:
        book.editions.kinds[wanted.kind].parse(wanted.text)
    except SetupError as problem:
        raise SetupError(f"{wanted.kind} for {wanted.jurisdiction}: {problem.sentence}") from problem
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL.lock_policy)
        number = await connection.fetchval(SQL.next_edition, wanted.kind, wanted.jurisdiction)
        await connection.execute(SQL.drop_day, wanted.kind, wanted.jurisdiction, wanted.valid_from)
        key = wanted.kind, wanted.jurisdiction, number
        await connection.execute(SQL.enact, *key, wanted.valid_from, wanted.text, now())
        await renew_book(connection, book)
