"""What `cakra doctor` looks at: each check is one thing that can be wrong at 3 a.m., and what to do about it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from cakra.core.errors import CakraError, SetupError
from cakra.evidence.faces import FaceFinder
from cakra.journey.intake.registering.roster import any_sealed_key
from cakra.journey.notice.rules import check_templates
from cakra.journey.notice.wordings import TEMPLATES
from cakra.journey.ownership.lookup import is_synthetic
from cakra.kit.clock import now
from cakra.kit.seal import Sealer
from cakra.kit.settings import Settings, config_file, load_settings
from cakra.outside.loopback import require_loopback_host
from cakra.outside.photos import BucketPhotos, open_photo_store
from cakra.outside.sms import require_sms_on_loopback
from cakra.outside.whatsapp import require_loopback
from cakra.plates.model import FINDER, OWN_RECOGNITION, RECOGNITION, verified_bytes
from cakra.store.connect import connect, place_of
from cakra.store.db import Connection
from cakra.store.embedded import ensure_running, find_running, stop
from cakra.store.policies import renew_book
from cakra.store.upkeep.migrate import status
from cakra.store.upkeep.pooler import require_sessions
from cakra.wiring.cameras import cameras_told, plates_told
from cakra.wiring.cameras.quarantine import drop_told, quarantine_told
from cakra.wiring.keeping.aside import aside_told, inputs_told, lanes_told
from cakra.wiring.keeping.retention import retention_told
from cakra.wiring.keeping.stuck import stuck_told
from cakra.wiring.official.hosts import official_hosts
from cakra.wiring.official.ready import check_official
from cakra.wiring.outgoing.money import canaries_told, prices_told
from cakra.wiring.outgoing.sms import sms_ladder_told, sms_told
from cakra.wiring.policies import packaged_book, policies_told
from cakra.wiring.web import portal_told
from cakra.wiring.world import law_told, root_key, root_key_file

FREE_BYTES = 2 * 1024**3
CLOCK_TOLERANCE_S = 5.0
# No clock is right that is behind the release.
RELEASED_IN = 2026
_CONNECT_S = 3.0


@dataclass(frozen=True, slots=True)
class Checked:
    """One line of the report. `todo` is empty when all is well."""

    check: str
    ok: bool
    found: str
    todo: str = ""


async def check_up() -> list[Checked]:
    """Every check, in the order in which things depend on each other; changes nothing but a probe photograph."""
    told = await _judge("settings", "Mend the named setting.", _settings)
    if not told.ok:
        return [told]
    settings = load_settings()
    report = [told]
    for name, todo, look in _ALONE:
        report.append(await _judge(name, todo, partial(look, settings)))
    return report + [checked async for checked in _database(settings)]


async def _judge(check: str, todo: str, look: Callable[[], Awaitable[str]]) -> Checked:
    try:
        return Checked(check, ok=True, found=await look())
    except CakraError as problem:
        return Checked(check, ok=False, found=" ".join(problem.sentence.split()), todo=todo)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        return Checked(check, ok=False, found=" ".join(str(problem).split()) or type(problem).__name__, todo=todo)


async def _settings() -> str:
    load_settings()
    variables = sum(name.startswith("CAKRA_") for name in os.environ)
    return f"{config_file() or 'no file'} and {variables} variables"


async def _models(_settings: Settings) -> str:
    models = (OWN_RECOGNITION, FINDER, RECOGNITION)
    for model in models:
        await asyncio.to_thread(verified_bytes, model, None)
    await asyncio.to_thread(FaceFinder)
    return f"{', '.join(model.name for model in models)} and the face finder are the ones that were measured"


async def _photos(settings: Settings) -> str:
    """A probe of the day goes in and comes out; in a folder also a file that leaves nothing."""
    store = open_photo_store(settings.photos.url)
    if (folder := _photo_folder(settings)) is not None:
        await asyncio.to_thread(_write_and_forget, folder)
    probe = f"Cakra Presisi, probe of {now().date()}".encode()
    digest = sha256(probe).digest()
    await store.put_many({digest: probe})
    await store.get(digest)
    knows = not isinstance(store, BucketPhotos) or store.create_only
    return f"{settings.photos.url} keeps and gives back{'' if knows else '; it knows no create-only puts'}"


def _write_and_forget(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(4096))
        file.flush()
        os.fsync(file.fileno())


def _photo_folder(settings: Settings) -> Path | None:
    parts = urlsplit(settings.photos.url)
    if parts.scheme == "s3":
        return None
    return Path(unquote(parts.path)) if parts.scheme == "file" else Path(settings.photos.url)


async def _disk(settings: Settings) -> str:
    folders = [_photo_folder(settings), None if settings.database.url else settings.database.folder]
    told = []
    for folder in filter(None, folders):
        there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
        free = shutil.disk_usage(there).free
        if free < FREE_BYTES:
            raise SetupError(f"The disk of {folder} has {free / 1024**3:.1f} GB left.")
        told.append(f"{free / 1024**3:.0f} GB free for {folder}")
    return ", ".join(told) or "nothing is kept on this machine"


async def _provider(settings: Settings) -> str:
    """Something listens there; nothing is sent."""
    told = settings.whatsapp
    for name in ("access_token", "app_secret", "verify_token"):
        if not getattr(told, name):
            raise SetupError(f"CAKRA_WHATSAPP__{name.upper()} is empty.")
    parts = urlsplit(told.base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, port), _CONNECT_S)
    except (OSError, TimeoutError) as reason:
        raise SetupError(f"Nothing answers at {told.base_url}.") from reason
    writer.close()
    return f"{told.base_url} answers"


_ALONE: tuple[tuple[str, str, Callable[[Settings], Awaitable[str]]], ...] = (
    ("law", "Install the package again.", law_told),
    ("models", "Install rapidocr==3.10.0 again.", _models),
    ("plates", "Mend CAKRA_PLATES__*, or fit another calibration (`cakra plates calibrate`).", plates_told),
    ("photographs", "Mend CAKRA_PHOTOS__URL, its permissions or its disk.", _photos),
    ("prices", "Mend CAKRA_COSTS__TARIFFS; see delivery/costs/tariffs.toml.", prices_told),
    ("disk", "Free some space, or move the data to a larger disk.", _disk),
    ("sms", "Mend CAKRA_SMS__*, or switch SMS off.", sms_told),
    ("provider", "Mend CAKRA_WHATSAPP__*; for a simulated provider run `cakra sandbox`.", _provider),
)


async def _database(settings: Settings) -> AsyncIterator[Checked]:
    """The database and what is asked of it; one that we start for this is stopped again."""
    try:
        migrated = False
        async with _reached(settings) as (connection, url):
            yield Checked("database", ok=True, found=_version(connection, url))
            for name, todo, look in _BEFORE:
                checked = await _judge(name, todo, partial(look, settings, connection, url))
                migrated = checked.ok if name == "migrations" else migrated
                yield checked
            for name, todo, look in _ASKED:
                if migrated:
                    yield await _judge(name, todo, partial(look, settings, connection, url))
                else:
                    yield Checked(name, ok=True, found="cannot be looked at before the migration")
    except CakraError as problem:
        yield Checked("database", ok=False, found=problem.sentence, todo="Start it, or mend CAKRA_DATABASE__URL.")


@asynccontextmanager
async def _reached(settings: Settings) -> AsyncIterator[tuple[Connection, str]]:
    folder = settings.database.folder.resolve()
    began = False
    url = settings.database.url
    if not url:
        if not (folder / "postgresql").exists():
            raise SetupError(f"There is no database in {folder} yet; `cakra db migrate` makes one.")
        began = await asyncio.to_thread(find_running, folder) is None
        url = (await asyncio.to_thread(ensure_running, folder)).url
    try:
        await require_sessions(url, name="cakra doctor")
        connection = await connect(url, name="cakra doctor")
        try:
            yield connection, url
        finally:
            await connection.close()
    finally:
        if began:
            await asyncio.to_thread(stop, folder)


def _version(connection: Connection, url: str) -> str:
    version = connection.get_server_version()
    return f"PostgreSQL {version.major}.{version.minor}, {place_of(url)}"


async def _migrations(_settings: Settings, _connection: Connection, url: str) -> str:
    states = await status(url)
    if wrong := [f"{one.number:04d}_{one.name} is {one.state}" for one in states if one.state != "applied"]:
        raise SetupError(f"{', '.join(wrong)}.")
    return f"all {len(states)} applied"


async def _clock(_settings: Settings, connection: Connection, _url: str) -> str:
    before, theirs, after = now(), await connection.fetchval("select clock_timestamp()"), now()
    apart = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    if after.year < RELEASED_IN or apart > CLOCK_TOLERANCE_S:
        raise SetupError(f"This machine says {after:%Y-%m-%d %H:%M:%S} UTC, the database {theirs:%Y-%m-%d %H:%M:%S}.")
    return f"{after:%Y-%m-%d %H:%M:%S} UTC, {apart:.1f} s from the database's"


async def _key(settings: Settings, connection: Connection, _url: str) -> str:
    """Opening what was sealed proves the key; a missing file is not made anew here."""
    embedded = not (settings.keys.root or settings.database.url)
    if embedded and not root_key_file(settings).exists():
        raise SetupError(f"{root_key_file(settings)} is missing; put back the copy that you kept of it.")
    key = root_key(settings)
    sealed = await any_sealed_key(connection)
    if sealed is None:
        return "has the right form; no camera key to try it on yet"
    Sealer(key, "camera").open(sealed[1], sealed[0].encode())
    return "opens what is sealed"


async def _official(settings: Settings, connection: Connection, _url: str) -> str:
    return await check_official(connection, settings)


async def _templates(settings: Settings, connection: Connection, _url: str) -> str:
    book = packaged_book()
    await renew_book(connection, book)
    templates = book.nation(TEMPLATES, now())
    check_templates(templates, sorted(await official_hosts(connection, settings)))
    return f"{len(templates)} wordings lead to {urlsplit(settings.portal.base_url).netloc}"


async def _safety(settings: Settings, connection: Connection, _url: str) -> str:
    base = settings.whatsapp.base_url
    if settings.demo or await is_synthetic(connection):
        require_loopback(base)
        if settings.email.host:
            require_loopback_host(settings.email.host)
        if settings.sms.enabled:
            require_sms_on_loopback(settings.sms)
        if settings.letter.enabled and settings.letter.host:
            require_loopback_host(settings.letter.host)
        return "invented people, and the provider is on this machine"
    return f"a real register, or none yet; the provider is {base}"


_Asked = tuple[tuple[str, str, Callable[[Settings, Connection, str], Awaitable[str]]], ...]
_BEFORE: _Asked = (
    ("migrations", "Run `cakra db migrate`; where that refuses, it says why.", _migrations),
    ("clock", "Set the clocks by NTP; signatures and deadlines depend on them.", _clock),
)
# These read tables of ours: on a database that is not migrated each would only say so again.
_ASKED: _Asked = (
    ("root key", "Put back the key that this database was filled with (CAKRA_KEYS__ROOT).", _key),
    ("official senders", "Register them, or mend CAKRA_PORTAL__BASE_URL and the senders' settings.", _official),
    ("templates", "Mend the wording that is named, or register the host.", _templates),
    (
        "policies",
        "Run the version that approved it, or approve another edition: docs/runbook/policy.md.",
        policies_told,
    ),
    (
        "sms ladder",
        "Draft a ladder with a rung for it (`cakra policy draft ladder`), or switch SMS off.",
        sms_ladder_told,
    ),
    ("canaries", "Look at that sender's account; `cakra sender list` says whether it was stopped.", canaries_told),
    ("portal", "Read docs/runbook/portal.md; an officer opens a closed case again on its page.", portal_told),
    ("cameras", "Read docs/runbook/cameras.md; `cakra camera watch` shows why.", cameras_told),
    ("lanes", "Read the log of that worker; docs/runbook/set-aside.md.", lanes_told),
    ("waiting", "See that a worker runs; its log says why a step fails or waits.", stuck_told),
    ("set aside", "`cakra aside list` shows all, `cakra aside release` tries again.", aside_told),
    ("inputs", "`cakra quarantine list` shows them; docs/runbook/set-aside.md.", inputs_told),
    ("retention", "See that a worker runs; docs/runbook/retention.md.", retention_told),
    ("quarantine", "Read it with `cakra quarantine list`; most is a camera's set-up or offence map.", quarantine_told),
    ("drop folder", "Register the camera, or take the files away; see docs/runbook/cameras.md.", drop_told),
    ("register", "Point CAKRA_WHATSAPP__BASE_URL at the sandbox, or import the real register elsewhere.", _safety),
)
