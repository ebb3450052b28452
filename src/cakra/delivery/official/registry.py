"""Registering and retiring official senders and hosts, and reading what was official when."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cakra.core.access.rights import Act
from cakra.core.delivery.official import sender_key
from cakra.core.errors import NotFound, SetupError
from cakra.delivery.official.rules import (
    Entry,
    Kind,
    OfficialHost,
    OfficialSender,
    check_end,
    check_host,
    check_sender,
    check_start,
    check_words,
    one_line,
    unofficial,
)
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Database, Pool
from cakra.store.rights import require
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.official")
MACHINE = "machine"
_LONGEST_NAME = 60
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """One version: what was registered or retired, by whom, why; `effective`: when it begins or ends."""

    version: int
    at: datetime
    by: str
    action: str
    reason: str
    kind: str
    name: str
    effective: datetime


@dataclass(frozen=True, slots=True)
class WantedEntry:
    """An entry to be made. `name`: the number, address, name or host as people read it."""

    kind: Kind
    name: str
    purpose: str
    display_name: str = ""
    notes: str = ""
    portfolio: str | None = None
    valid_from: datetime | None = None  # from now on when left out


@dataclass(frozen=True, slots=True)
class Register:
    """Every entry there ever was, and the version of the newest change (0: none yet)."""

    version: int
    senders: tuple[OfficialSender, ...]
    hosts: tuple[OfficialHost, ...]

    def at(self, instant: datetime) -> "Register":
        """Only what was official at that instant."""
        return Register(
            self.version,
            tuple(one for one in self.senders if one.in_force(instant)),
            tuple(one for one in self.hosts if one.in_force(instant)),
        )

    @property
    def host_names(self) -> frozenset[str]:
        """The hosts' names, for the lint."""
        return frozenset(one.host for one in self.hosts)


async def read_register(database: Database) -> Register:
    """The whole register with its history."""
    version = await database.fetchval(SQL.newest_version)
    senders = tuple(OfficialSender(**row) for row in await database.fetch(SQL.all_senders))
    hosts = tuple(OfficialHost(**row) for row in await database.fetch(SQL.all_hosts))
    return Register(version, senders, hosts)


async def history(database: Database) -> list[RegisterChange]:
    """Every change, newest first."""
    return [RegisterChange(**row) for row in await database.fetch(SQL.changes)]


async def register(pool: Pool, wanted: WantedEntry, *, by: str, reason: str, loopback: bool = False) -> int:
    """Make a sender or host official; the version of the register that this makes.

    `by`: user name of an authenticated officer; `loopback`: this machine may be a host (demonstrations).
    InputError for a wrong name, word or officer; Conflict when it is official at that time already.
    """
    check_words(reason=reason)
    async with pool.acquire() as connection, connection.transaction():
        await require(connection, by, Act.PUBLISH_OFFICIAL)
        await connection.execute(SQL.lock_changes)
        version = await _add(connection, wanted, by, reason.strip(), loopback=loopback)
    _log.info("sender_registered", kind=wanted.kind, version=version, officer=by)
    return version


async def retire(pool: Pool, kind: Kind, name: str, *, by: str, reason: str, valid_to: datetime | None = None) -> int:
    """End what is official, now or at a later instant; the version that this makes.

    InputError without officer or reason or for an end in the past; NotFound when it is not official.
    """
    check_words(reason=reason)
    at = now()
    async with pool.acquire() as connection, connection.transaction():
        await require(connection, by, Act.PUBLISH_OFFICIAL)
        await connection.execute(SQL.lock_changes)
        entry = next((one for one in await _earlier(connection, kind, name) if one.valid_to is None), None)
        if entry is None:
            raise NotFound(f"{_named(kind, name)} is not registered as official; `cakra official list` shows all.")
        check_end(entry, valid_to or at, at, _named(kind, name))
        version = await connection.fetchval(SQL.add_change, at, by, "retire", reason.strip())
        close = SQL.close_host if kind == "host" else SQL.close_sender
        await connection.execute(close, entry.entry_id, valid_to or at, version, by, at, reason.strip())
    _log.info("sender_retired", kind=kind, version=version, officer=by)
    return int(version)


async def register_own(pool: Pool, senders: Mapping[str, Iterable[str]], hosts: Iterable[str]) -> int:
    """Let a demonstration speak: register what it uses and was never registered; how many entries that made.

    Only ever with invented people: the machine itself is named as who registered. InputError for a name that no
    officer could register either.
    """
    wanted = [
        WantedEntry(kind, name, "Konfirmasi ETLE (CONTOH)", "ETLE CONTOH")  # type: ignore[arg-type]  # checked by check_sender
        for kind, names in senders.items()
        for name in names
    ] + [WantedEntry("host", host, "Portal konfirmasi (CONTOH)") for host in hosts]
    made = 0
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL.lock_changes)
        for one in wanted:
            if not await _earlier(connection, one.kind, one.name):
                await _add(connection, one, MACHINE, "demonstration with invented people", loopback=True)
                made += 1
    return made


async def unofficial_senders(
    database: Database, used: Mapping[str, Collection[str]], at: datetime | None = None
) -> list[tuple[str, str, str]]:
    """(channel, sender, why not and what to do) of every sender in use that is outside its validity."""
    return unofficial(used, (await read_register(database)).senders, at or now())


async def require_a_sender(database: Database, used: Mapping[str, Collection[str]], at: datetime | None = None) -> None:
    """SetupError naming every sender in use (channel → names) when not one of them is official now.

    One that has run out must not stop the others at the next start: the claim lets it send nothing.
    """
    wrong = await unofficial_senders(database, used, at)
    if len(wrong) == sum(len(names) for names in used.values()):
        raise SetupError(" ".join(sentence for _, _, sentence in wrong))


async def _add(connection: Connection, wanted: WantedEntry, by: str, reason: str, *, loopback: bool) -> int:
    at = now()
    valid_from = wanted.valid_from or at
    key = (
        check_host(wanted.name, loopback=loopback) if wanted.kind == "host" else check_sender(wanted.kind, wanted.name)
    )
    purpose, notes = one_line(wanted.purpose, "purpose", 300), wanted.notes.strip()
    check_start(await _earlier(connection, wanted.kind, key), valid_from, _named(wanted.kind, wanted.name))
    version = int(await connection.fetchval(SQL.add_change, at, by, "register", reason))
    made = (version, by, at, reason)
    if wanted.kind == "host":
        await connection.execute(SQL.add_host, new_id(), key, purpose, notes, valid_from, *made)
    else:
        shown = one_line(wanted.display_name, "name (what the phone shows)", _LONGEST_NAME)
        portfolio = (wanted.portfolio or "").strip() or None
        published = " ".join(wanted.name.split())
        await connection.execute(
            SQL.add_sender,
            new_id(),
            wanted.kind,
            key,
            published,
            shown,
            purpose,
            notes,
            portfolio,
            valid_from,
            *made,
        )
    return version


async def _earlier(connection: Connection, kind: str, name: str) -> list[Entry]:
    """Every entry of this sender or host."""
    found = await read_register(connection)
    if kind == "host":
        return [one for one in found.hosts if one.host == name.strip().lower()]
    key = sender_key(kind, name)
    return [one for one in found.senders if one.channel == kind and one.sender == key]


def _named(kind: str, name: str) -> str:
    return f"The host {name}" if kind == "host" else f"The {kind} sender {name}"
