"""Grants: a role for an officer, in one jurisdiction or the nation, from an instant until another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cakra.core.access.orders import Kind
from cakra.core.access.rights import TWO_PEOPLE, Act, Foreign, Role, roles_with
from cakra.core.errors import Conflict, InputError, NotFound
from cakra.journey.staff.proposing import SQL, plain_reason, propose
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Database, Pool
from cakra.store.rights import jurisdictions_of, require

_ENOUGH_APPROVERS = 2
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WantedGrant:
    """A grant as it is asked for.

    `jurisdiction` None: the nation; `valid_from` None: from now on; `valid_to` None: until it is ended; `reason`: why,
    with the order it rests on.
    """

    username: str
    role: str
    jurisdiction: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What became of it: a grant in force, or an order that another officer has to approve."""

    grant_id: int | None = None
    order_id: int | None = None


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One grant as a list shows it. `given_by` None: by whoever runs the installation."""

    grant_id: int
    username: str
    role: str
    jurisdiction: str | None
    valid_from: datetime
    valid_to: datetime | None
    given_by: str | None
    approved_by: str | None
    given_at: datetime
    reason: str
    ended_by: str | None
    ended_at: datetime | None

    def standing(self, at: datetime) -> str:
        """coming | in force | over."""
        if self.valid_to is not None and self.valid_to <= at:
            return "over"
        return "coming" if self.valid_from > at else "in force"


async def is_founding(database: Database) -> bool:
    """Whether fewer than two officers could approve a grant for the nation.

    Then whoever runs the installation gives the first ones, at the command line.
    """
    able = [role.value for role in roles_with(Act.APPROVE_GRANTS)]
    found: int = await database.fetchval(SQL.approvers, able, now())
    return found < _ENOUGH_APPROVERS


async def list_grants(
    database: Database, username: str | None = None, jurisdictions: Collection[str] | None = None
) -> Sequence[GrantLine]:
    """Every grant there was, by officer, oldest first; of one officer, or of some jurisdictions, where asked."""
    only = None if jurisdictions is None else sorted(jurisdictions)
    return [GrantLine(**row) for row in await database.fetch(SQL.grants, username, only)]


async def give(connection: Connection, wanted: WantedGrant, *, by: str | None) -> Given:
    """Give a role, or propose it where the role needs two people.

    `by`: an authenticated officer who manages officers there; None: whoever runs the installation, while that is
    right (`is_founding`). In the caller's transaction, which ends with what is raised: NotAllowed, InputError,
    NotFound or Conflict, each with a sentence.
    """
    at = now()
    if by is not None:
        await require(connection, by, Act.MANAGE_OFFICERS, wanted.jurisdiction)
    wanted = await check_grant(connection, wanted, at)
    if by == wanted.username:
        raise InputError(f"{by} cannot give a role to {by}; another administrator does.", code="same_person")
    if by is not None and wanted.role in TWO_PEOPLE:
        order = await propose(connection, Kind.GRANT, wanted.jurisdiction, _content(wanted), wanted.reason, by, at)
        return Given(order_id=order)
    return Given(grant_id=await add_grant(connection, wanted, at, by=by))


async def check_grant(connection: Connection, wanted: WantedGrant, at: datetime) -> WantedGrant:
    """The grant with its reason trimmed and its beginning not before `at`; refused where it cannot hold."""
    if wanted.role not in set(Role):
        raise InputError(f"The role {wanted.role!r} is unknown; one of: {', '.join(Role)}.", code="grant_role")
    begins = max(wanted.valid_from or at, at)
    if wanted.valid_to is not None and wanted.valid_to <= begins:
        raise InputError("The grant ends before it begins, or has ended; mend the dates.", code="grant_dates")
    wanted = replace(wanted, valid_from=begins, reason=plain_reason(wanted.reason))
    officer = None if "\x00" in wanted.username else await connection.fetchrow(SQL.find_officer, wanted.username)
    if officer is None or not officer["active"]:
        raise NotFound(
            f"There is no active officer named {wanted.username}; `cakra officer list` shows all.", code="grant_officer"
        )
    place = wanted.jurisdiction
    if place is not None and ("\x00" in place or not await connection.fetchval(SQL.known_jurisdiction, place)):
        raise NotFound(f"There is no jurisdiction {place}; `cakra jurisdiction list` shows all.", code="grant_place")
    if await connection.fetchval(SQL.has_grant, wanted.username, wanted.role, place, begins):
        raise Conflict(
            f"{wanted.username} is {wanted.role} there already; end that grant first, or leave it.", code="grant_held"
        )
    return wanted


async def add_grant(
    connection: Connection, wanted: WantedGrant, at: datetime, *, by: str | None, approved_by: str | None = None
) -> int:
    """Write a checked grant; its id."""
    grant_id = new_id()
    terms = (wanted.username, wanted.role, wanted.jurisdiction, wanted.valid_from, wanted.valid_to)
    await connection.execute(SQL.add_grant, grant_id, *terms, by, approved_by, at, wanted.reason)
    _log.info(
        "grant_given",
        grant=grant_id,
        officer=wanted.username,
        role=wanted.role,
        jurisdiction=wanted.jurisdiction,
        by=by,
    )
    return grant_id


def _content(wanted: WantedGrant) -> dict[str, str | None]:
    """What an order of this grant says."""
    begins = wanted.valid_from
    return {
        "username": wanted.username,
        "role": wanted.role,
        "valid_from": begins.isoformat() if begins else None,
        "valid_to": wanted.valid_to.isoformat() if wanted.valid_to else None,
    }


async def end_grant(pool: Pool, grant_id: int, *, by: str | None, reason: str) -> None:
    """End a grant at once; open sessions notice with their next request. `by` as in `give`, and not of oneself.

    NotFound without such a grant, and alike (Foreign) for one where `by` manages nobody; Conflict when it is over;
    NotAllowed, InputError.
    """
    at, reason = now(), plain_reason(reason)
    async with pool.acquire() as connection, connection.transaction():
        managed = None if by is None else await jurisdictions_of(connection, by, Act.MANAGE_OFFICERS)
        row = await connection.fetchrow(SQL.find_grant, grant_id)
        gone = f"There is no grant {grant_id}; `cakra grant list` shows all."
        if row is None:
            raise NotFound(gone, code="no_such_grant")
        if by is not None and managed is not None and row["jurisdiction"] not in managed:
            raise Foreign(gone, by, Act.MANAGE_OFFICERS, row["jurisdiction"], code="no_such_grant")
        if row["username"] == by:
            raise InputError(f"{by} cannot end a grant of {by}; another administrator does.", code="same_person")
        if row["valid_to"] is not None and row["valid_to"] <= at:
            raise Conflict("That grant is over already; nothing was changed.", code="grant_over")
        await connection.execute(SQL.end_grant, grant_id, by, at, f"; ended: {reason}")
    _log.info("grant_ended", grant=grant_id, officer=row["username"], by=by)
