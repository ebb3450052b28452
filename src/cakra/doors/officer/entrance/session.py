"""Signing in and staying signed in: one random token in a strict cookie, only its hash in the database.

A session ends after 30 minutes without a request or 8 hours in all. Every refusal at the door is the same
sentence and the same work, whether the name, the password, the role or the number of tries was wrong.
"""

import asyncio
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cakra.core.access import rights
from cakra.core.access.rights import Act, Grant, NotAllowed
from cakra.doors.forms import FIELD, StaleForm, read_fields, refuse_other_sites
from cakra.doors.officer.deps import OfficerDeps
from cakra.journey.staff.officers import Officer, check_password, find_officer
from cakra.kit.logs import get_logger
from cakra.store.db import Pool
from cakra.store.rights import grants_of, note_refusal
from cakra.store.sql import load_queries

SQL = load_queries("cakra.doors.officer", "views.sql")
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=8)
_SEEN_EVERY = timedelta(minutes=1)
_TOKEN_BYTES = 32
_WINDOW = timedelta(minutes=15)
# Failed tries in a window of 15 minutes: one officer from one address, one address, one officer.
_LIMITS: Final = {"petugas_pasangan": 10, "petugas_alamat": 60, "petugas_nama": 100}
# Behind an address over its limit each officer still has these: one who guesses there does not close an office.
_IN_A_CROWD: Final = 2
_log = get_logger(__name__)


class SignInNeeded(Exception):
    """Nobody is signed in, or not any more."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in on this request, and what was granted to that officer as of `at`."""

    officer: Officer
    grants: Sequence[Grant]
    at: datetime
    csrf: str = field(repr=False)
    token_hash: bytes = field(repr=False)
    pauses: int = 0  # in force where this officer sees them; the frame of every page says so
    cameras: int = 0  # left to officers, likewise; the menu says so
    fields: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def username(self) -> str:
        """The officer's own name for records."""
        return self.officer.username

    def may(self, act: Act, jurisdiction: str | None) -> bool:
        """Whether this officer may do that there; None: for the nation."""
        return rights.may(self.grants, act, jurisdiction, self.at)

    def holds(self, act: Act) -> bool:
        """Whether this officer may do that anywhere."""
        return self.jurisdictions(act) != []

    def jurisdictions(self, act: Act) -> list[str] | None:
        """Where, as statements take it: None for everywhere, an empty list for nowhere."""
        found = rights.jurisdictions(self.grants, act, self.at)
        return None if found is None else sorted(found)

    @property
    def roles(self) -> list[tuple[str, str | None]]:
        """What this officer is now, and where; None: for the nation."""
        return [(one.role.value, one.jurisdiction) for one in self.grants if one.holds(self.at)]

    def require(self, act: Act, jurisdiction: str | None) -> None:
        """NotAllowed unless this officer may."""
        if not self.may(act, jurisdiction):
            raise NotAllowed(self.username, act, jurisdiction)


def cookie_name(deps: OfficerDeps) -> str:
    """Bound to this host alone where HTTPS is on."""
    return "__Host-petugas" if deps.secure else "petugas"


async def sign_in(deps: OfficerDeps, username: str, password: str, address: str) -> str | None:
    """A fresh session's token, or None; None never says why."""
    if await prove(deps, username, password, address) is None:
        return None
    at, token = deps.clock(), secrets.token_urlsafe(_TOKEN_BYTES)
    await deps.pool.execute(
        SQL.open_session, _hash(token), username, secrets.token_urlsafe(_TOKEN_BYTES), at, at + LONGEST
    )
    _log.info("signed_in", officer=username)
    return token


async def prove(deps: OfficerDeps, username: str, password: str, address: str) -> Officer | None:
    """The active officer whose password this is, or None; None never says why. A wrong try counts, a right one not."""
    at = deps.clock()
    if not await _may_try(deps, username, address, at):
        _log.warning("sign_in_limited")
        return None
    officer = await find_officer(deps.pool, username)
    async with deps.hashing:
        held = await asyncio.to_thread(check_password, officer, password)
    if not held or officer is None or not officer.active:
        _log.info("sign_in_refused")
        await note_refused(deps, "sign_in", username, address, "sign_in")
        return None
    await deps.pool.execute(SQL.forget_try, *_tries(deps, username, address, at))
    return officer


async def sign_out(deps: OfficerDeps, session: Session) -> None:
    """End this session."""
    await deps.pool.execute(SQL.end_session, session.token_hash)
    _log.info("signed_out", officer=session.username)


async def forget_sessions(pool: Pool, at: datetime, *, most: int = 1000) -> int:
    """Delete up to `most` sessions whose time is up; how many they were. None of them opened anything any more."""
    return len(await pool.fetch(SQL.end_old_sessions, at, at - IDLE, most))


def set_cookie(deps: OfficerDeps, response: Response, token: str) -> None:
    """The session's cookie: for this host, HTTP and same-site requests only."""
    response.set_cookie(cookie_name(deps), token, httponly=True, samesite="strict", secure=deps.secure, path="/")


def clear_cookie(deps: OfficerDeps, response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(cookie_name(deps), httponly=True, samesite="strict", secure=deps.secure, path="/")


async def find_session(deps: OfficerDeps, request: Request) -> Session:
    """Whose cookie this is; SignInNeeded when nobody's, or the time is up."""
    token = request.cookies.get(cookie_name(deps), "")
    if not token:
        raise SignInNeeded
    at = deps.clock()
    row = await deps.pool.fetchrow(SQL.find_session, _hash(token), at, at - IDLE)
    if row is None:
        raise SignInNeeded
    values = dict(row)
    request.state.officer = values["username"]
    csrf, seen_at = values.pop("csrf"), values.pop("seen_at")
    paused, doubted = values.pop("paused"), values.pop("doubted")
    if at - seen_at >= _SEEN_EVERY:
        await deps.pool.execute(SQL.see_session, _hash(token), at)
    officer = Officer(**values)
    grants = await grants_of(deps.pool, officer.username, at)
    session = Session(officer, grants, at, csrf, _hash(token))
    sending, cameras = session.jurisdictions(Act.SEE_SENDING), session.jurisdictions(Act.SEE_CAMERAS)
    return replace(
        session,
        pauses=sum(1 for place in paused if sending is None or place == "" or place in sending),
        cameras=sum(1 for place in doubted if cameras is None or place in cameras),
    )


def signed_in(request: Request) -> Session:
    """Who is asking, as the route let them in."""
    session: Session = request.state.session
    return session


async def posted(request: Request, session: Session | None = None) -> Session:
    """Who posts (`session`, else whom the route let in), with the form's fields; StaleForm without its own token."""
    session = session or signed_in(request)
    fields = await read_fields(request)
    given = fields.pop(FIELD, "")
    if not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise StaleForm("This form is not from this visit; open the page again and send it once more.")
    refuse_other_sites(request)
    return replace(session, fields=fields)


async def _may_try(deps: OfficerDeps, username: str, address: str, at: datetime) -> bool:
    """Count this try where it counts; False when the officer's count, or that of the two together, is over."""
    allowed = _LIMITS["petugas_pasangan"]
    rows = await deps.pool.fetch(SQL.count_tries, *_tries(deps, username, address, at), allowed)
    counts: dict[str, int] = {row["scope"]: row["count"] for row in rows}
    pair = counts.pop("petugas_pasangan")
    if pair == allowed + 1:  # once a window: who goes on trying writes nothing more
        await note_refused(deps, "limited", username, address, "sign_in")
    if counts.get("petugas_alamat", 0) > _LIMITS["petugas_alamat"]:
        allowed = _IN_A_CROWD
    return pair <= allowed and counts.get("petugas_nama", 0) <= _LIMITS["petugas_nama"]


async def note_refused(deps: OfficerDeps, what: str, username: str, address: str, asked: str, **told: Any) -> None:
    """Keep what was refused, with a hidden address; nothing typed. `told`: act and jurisdiction."""
    caller = deps.limits.index("petugas_alamat", address)
    await note_refusal(deps.pool, what, username, asked, deps.clock(), caller, **told)


def _tries(deps: OfficerDeps, username: str, address: str, at: datetime) -> tuple[list[str], list[bytes], datetime]:
    """Scopes, their hidden subjects, and the start of the window this try falls into."""
    seconds = _WINDOW.total_seconds()
    since = datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)
    said = {
        "petugas_pasangan": f"{username}\x00{address}",
        "petugas_alamat": address,
        "petugas_nama": username,
    }
    return list(_LIMITS), [deps.limits.index(scope, said[scope]) for scope in _LIMITS], since


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


# Page of the menu → the act it takes.
_MENU: Mapping[str, Act] = {
    "beranda": Act.READ_CASES,
    "antrean": Act.READ_CASES,
    "kiriman": Act.READ_CASES,
    "jeda": Act.SEE_SENDING,
    "kamera": Act.SEE_CAMERAS,
    "karantina": Act.SEE_QUARANTINE,
    "biaya": Act.SEE_BOOKS,
    "staf": Act.MANAGE_OFFICERS,
    "perintah": Act.SEE_ORDERS,
    "penolakan": Act.SEE_REFUSALS,
}


def base_values(session: Session, here: str) -> dict[str, Any]:
    """What every signed-in page shows: who, where in the menu, and the token of its forms."""
    return {
        "officer": session.officer,
        "session": session,
        "act": Act,
        "menu": [page for page, act in _MENU.items() if session.holds(act)],
        "csrf": session.csrf,
        "here": here,
        "pauses_in_force": session.pauses,
        "cameras_with_officers": session.cameras,
        "wide": True,
    }
