"""Whether an officer may do something now, by the grants as they stand, and the record of what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cakra.core.access import rights
from cakra.core.access.rights import Act, Grant, NotAllowed, Role
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.store.db import Database
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store", "rights.sql")
_LONGEST_ASKED = 200


async def grants_of(database: Database, username: str, at: datetime) -> tuple[Grant, ...]:
    """The grants of an active officer in force at that instant, or to come; none of anybody else."""
    if "\x00" in username:  # PostgreSQL keeps no such text
        return ()
    rows = await database.fetch(SQL.grants_of, username, at)
    return tuple(Grant(Role(row["role"]), row["jurisdiction"], row["valid_from"], row["valid_to"]) for row in rows)


async def may(database: Database, username: str, act: Act, jurisdiction: str | None = None) -> bool:
    """Whether this officer may do that now, there; None: for the nation."""
    at = now()
    return rights.may(await grants_of(database, username, at), act, jurisdiction, at)


async def require(database: Database, username: str, act: Act, jurisdiction: str | None = None) -> None:
    """NotAllowed unless this officer may; the door that refuses writes it down (`note_not_allowed`)."""
    if not await may(database, username, act, jurisdiction):
        raise NotAllowed(username, act, jurisdiction)


async def jurisdictions_of(database: Database, username: str, act: Act) -> list[str] | None:
    """The jurisdictions in which this officer may, as statements take them: None is all. NotAllowed for nowhere."""
    at = now()
    found = rights.jurisdictions(await grants_of(database, username, at), act, at)
    if found is not None and not found:
        raise NotAllowed(username, act)
    return None if found is None else sorted(found)


async def note_refusal(  # noqa: PLR0917 - who, what, when
    database: Database,
    what: str,
    username: str,
    asked: str,
    at: datetime,
    caller: bytes | None = None,
    *,
    act: Act | None = None,
    jurisdiction: str | None = None,
) -> None:
    """Keep what was refused: sign_in | limited | not_allowed.

    `asked`: method and route, or the command, without identifiers; `caller`: a keyed hash of the network address,
    None of a command.
    """
    known = username.replace("\x00", "")
    told = act.value if act else None
    await database.execute(
        SQL.note_refusal, new_id(), at, what, known, caller, asked[:_LONGEST_ASKED], told, jurisdiction
    )


async def note_access(  # noqa: PLR0917 - who read what, and why
    database: Database, username: str, keys: Sequence[tuple[int, int]], what: str, reason: str, at: datetime
) -> None:
    """Keep who read what of which cases (cell, case id), and why."""
    if keys:
        cells, ids = (list(column) for column in zip(*keys, strict=True))
        await database.execute(SQL.note_access, [new_id() for _ in keys], at, username, cells, ids, what, reason)


@dataclass(frozen=True, slots=True)
class RefusedAct:
    """One thing that was refused. `username` None: no such officer; `act` None: a sign-in."""

    refusal_id: int
    at: datetime
    what: str
    username: str | None
    asked: str
    act: str | None
    jurisdiction: str | None


async def list_refusals(
    database: Database, most: int = 100, jurisdictions: Sequence[str] | None = None
) -> Sequence[RefusedAct]:
    """The newest, newest first: all, or what was asked in the offices `jurisdictions` or by an officer of theirs."""
    return [RefusedAct(**row) for row in await database.fetch(SQL.refusals, most, jurisdictions)]
