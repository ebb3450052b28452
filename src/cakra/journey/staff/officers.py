"""The officers: adding, listing, disabling, passwords, and standing authorisations to charge in an officer's name.

`by`: the authenticated officer who does it; None: whoever runs the installation (see `granting.is_founding`).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cakra.core.access.rights import Act
from cakra.core.errors import Conflict, InputError, NotFound
from cakra.journey.staff.granting import Given, WantedGrant, give
from cakra.journey.staff.passwords import is_hard_to_guess
from cakra.journey.staff.proposing import SQL
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Database, Pool
from cakra.store.rights import require

_SHORTEST_PASSWORD = 12
_LONGEST_PASSWORD = 200
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_log = get_logger(__name__)
# Memory, time and lanes are the library's (RFC 9106, second recommended set).
_HASHER = PasswordHasher()


@cache
def _nobody() -> str:
    """What an unknown user's password is held against, so that both refusals cost the same."""
    return _HASHER.hash("nobody has this password")


@dataclass(frozen=True, slots=True)
class Officer:
    """One member of staff. `certified`: penyidik or penyidik pembantu, may charge."""

    username: str
    name: str
    rank: str
    certified: bool
    active: bool
    standing: int = 0
    password_hash: str = field(default="", repr=False)


async def add_officer(
    pool: Pool,
    username: str,
    *,
    name: str,
    rank: str,
    role: str,
    certified: bool,
    password: str,
    jurisdiction: str | None = None,
    by: str | None = None,
    reason: str = "first grant",
) -> Given:
    """Add one officer with a first grant, or with the order of one where the role needs two people.

    `jurisdiction` None: for the nation. InputError for a bad name, role or password, Conflict when the username is
    taken, NotAllowed; then nobody is added.
    """
    if not _USERNAME.fullmatch(username):
        raise InputError(f"The username {username!r} must be 2 to 40 of a-z, 0-9, dot, dash; begin with a letter.")
    if not name.strip():
        raise InputError("An officer needs a name; give the one that stands on documents.")
    hashed = hash_password(password, about=(username, *name.split(), rank))
    async with pool.acquire() as connection, connection.transaction():
        added = await connection.fetchval(SQL.add_officer, username, name.strip(), rank.strip(), certified, hashed)
        if added is None:
            raise Conflict(f"There is an officer named {username} already; choose another username.")
        given = await give(connection, WantedGrant(username, role, jurisdiction, reason=reason), by=by)
    _log.info("officer_added", officer=username, role=role, certified=certified)
    return given


def hash_password(password: str, *, about: Sequence[str] = ()) -> str:
    """The argon2id hash to store; InputError when the password is too short, too long or easily guessed.

    `about`: words that a guesser would try for this person, such as the user name.
    """
    if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise InputError(f"A password has {_SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} characters; choose a longer one.")
    if not is_hard_to_guess(password, about=about):
        raise InputError(
            "This password is easily guessed: a common one, a pattern, or made of words that belong to you. "
            "Take four or five words that have nothing to do with each other."
        )
    return _HASHER.hash(password)


async def list_officers(pool: Pool) -> list[Officer]:
    """Everybody, active first; `standing` counts the authorisations in force."""
    return [Officer(**dict(row)) for row in await pool.fetch(SQL.officers)]


async def find_officer(db: Database, username: str) -> Officer | None:
    """One officer with the password's hash."""
    if "\x00" in username:  # PostgreSQL keeps no such text
        return None
    row = await db.fetchrow(SQL.find_officer, username)
    return None if row is None else Officer(**dict(row))


def check_password(officer: Officer | None, password: str) -> bool:
    """Whether the password is this officer's: about 40 ms of CPU, the same for nobody. Call it in a thread."""
    nobody = _nobody()  # made for known users too: the first unknown one must not take longer
    known = officer.password_hash if officer else nobody
    try:
        _HASHER.verify(known, password[:_LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return officer is not None and officer.active


async def disable_officer(pool: Pool, username: str, *, by: str | None = None) -> None:
    """Nobody signs in as this officer any more; open sessions end, standing authorisations are revoked.

    NotFound; NotAllowed unless `by` manages officers everywhere where this one has a grant; InputError for oneself.
    """
    async with pool.acquire() as connection, connection.transaction():
        if by is not None:
            await _require_over(connection, by, username)
        if await connection.fetchval(SQL.disable_officer, username) is None:
            raise NotFound(f"There is no officer named {username}; `cakra officer list` shows all.")
        await connection.execute(SQL.end_sessions, username)
        revoked = await connection.fetch(SQL.revoke_authorisations, username, now())
    _log.info("officer_disabled", officer=username, revoked=len(revoked))


async def _require_over(connection: Connection, by: str, username: str) -> None:
    if by == username:
        raise InputError(f"{by} cannot disable {by}; another administrator does.", code="same_person")
    rows = await connection.fetch(SQL.granted_jurisdictions, username, now())
    for place in [row["jurisdiction"] for row in rows] or [None]:
        await require(connection, by, Act.MANAGE_OFFICERS, place)


async def authorise(
    pool: Pool,
    officer: str,
    *,
    jurisdiction: str,
    offences: Sequence[str],
    valid_from: datetime,
    valid_to: datetime | None,
    document: str,
    known_offences: Collection[str] = (),
    by: str | None = None,
) -> int:
    """Let the machine charge admitting owners in this officer's name; the authorisation's id.

    Only certified, active officers; instants UTC; `document` names the order that allows it. InputError or
    NotFound with a sentence. With `known_offences`, a code outside them is refused.
    """
    _check_offences(offences, known_offences)
    if valid_to is not None and valid_to <= valid_from:
        raise InputError("The authorisation ends before it begins; mend the dates.")
    if not document.strip():
        raise InputError("An authorisation rests on a document; give its number.")
    async with pool.acquire() as connection, connection.transaction():
        if by is not None:
            await require(connection, by, Act.AUTHORISE_CHARGES, jurisdiction)
        known = await find_officer(connection, officer)
        if known is None:
            raise NotFound(f"There is no officer named {officer}; `cakra officer list` shows all.")
        if not (known.certified and known.active):
            raise InputError(
                f"{officer} is not a certified, active officer; only such an officer may authorise charges."
            )
        if not await connection.fetchval(SQL.known_jurisdiction, jurisdiction):
            raise NotFound(f"There is no jurisdiction {jurisdiction}; use its code, such as PMJ.")
        authorisation = new_id()
        terms = (sorted(set(offences)), valid_from, valid_to, document.strip())
        await connection.execute(SQL.authorise, authorisation, officer, jurisdiction, *terms)
    _log.info("charges_authorised", officer=officer, jurisdiction=jurisdiction, authorisation=authorisation)
    return authorisation


def _check_offences(offences: Sequence[str], known: Collection[str]) -> None:
    if not offences:
        raise InputError("An authorisation names its offences; give at least one code.")
    if unknown := sorted(set(offences) - set(known or offences)):
        raise InputError(f"Unknown offence {', '.join(unknown)}; one of: {', '.join(sorted(known))}.")
