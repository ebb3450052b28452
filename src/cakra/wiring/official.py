"""The register of official senders, joined to the settings: what this installation uses, and the key that signs."""

import stat
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from cakra.core.errors import SetupError
from cakra.doors.design import Assets
from cakra.doors.official import OfficialDeps
from cakra.journey.notice.rules import check_templates
from cakra.journey.senders.publication import renewed
from cakra.journey.senders.registry import read_register, register_own, unofficial_senders
from cakra.journey.senders.rules import how_to_register
from cakra.kit.clock import now
from cakra.kit.keyfile import keep_once
from cakra.kit.logs import get_logger
from cakra.kit.settings import Settings
from cakra.store.db import Database
from cakra.wiring.channels import sender_names
from cakra.wiring.whatsapp.people import reply_texts
from cakra.wiring.world import World, announce_templates, root_key_file

_MAKE_ONE = "make one with `openssl genpkey -algorithm ed25519 -out FILE` and keep a copy of it"
_log = get_logger(__name__)


def portal_host(settings: Settings) -> str:
    """The host that every message leads to."""
    return (urlsplit(settings.portal.base_url).hostname or "").lower()


async def official_hosts(database: Database, settings: Settings) -> frozenset[str]:
    """The hosts that wordings may name now; a demonstration whose register is empty has the portal's."""
    register = await read_register(database)
    if settings.demo and not register.version:
        return frozenset({portal_host(settings)})
    return register.at(now()).host_names


async def require_wordings(world: World) -> None:
    """SetupError when a template breaks the lint, or the portal's own host is not official now."""
    hosts = await official_hosts(world.pool, world.settings)
    if (host := portal_host(world.settings)) not in hosts:
        raise SetupError(f"The portal's host {host} is not official now; {how_to_register('host', host)}.")
    check_templates(world.templates, sorted(hosts))
    reply_texts(sorted(hosts))


async def require_official(world: World) -> None:
    """SetupError with every command that is missing: host and senders in use that are not official now."""
    wrong = [told for _, _, told in await _unofficial(world.pool, world.settings)]
    if wrong:
        raise SetupError(" ".join(wrong))
    await require_wordings(world)


async def tell_unofficial(world: World) -> None:
    """Log an error for every sender in use that is outside its validity; the claim lets it send nothing."""
    for channel, _, told in await unofficial_senders(world.pool, sender_names(world.settings)):
        _log.error("sender_not_official", channel=channel, why=told)


async def check_official(database: Database, settings: Settings) -> str:
    """For `cakra doctor`: what is official, or SetupError for what is used and is not."""
    if wrong := [told for _, _, told in await _unofficial(database, settings)]:
        raise SetupError(" ".join(wrong))
    register = await read_register(database)
    known = register.at(now())
    return f"{len(known.senders)} senders and {len(known.hosts)} hosts in force, version {register.version}"


async def make_ready(world: World) -> None:
    """What must be true before anything is sent: demonstrations register what they use, others have; templates known.

    SetupError with the commands that are missing.
    """
    if world.settings.demo:
        await register_own(world.pool, sender_names(world.settings), [portal_host(world.settings)])
    await require_official(world)
    await announce_templates(world)


async def _unofficial(database: Database, settings: Settings) -> list[tuple[str, str, str]]:
    wrong = await unofficial_senders(database, sender_names(settings))
    host = portal_host(settings)
    if host not in await official_hosts(database, settings):
        told = f"The portal's host {host} is not official now; {how_to_register('host', host)}."
        wrong.append(("host", host, told))
    return wrong


def signing_key(settings: Settings) -> Ed25519PrivateKey | None:
    """The key that signs publications; beside an embedded database one is made and kept (0600).

    None with a database of somebody else's and no key named: such a process shows what another one signed.
    SetupError when the named file cannot be used.
    """
    told = settings.senders.signing_key
    if told is None:
        if settings.database.url:
            return None
        told = root_key_file(settings).with_name("official-senders.key.pem")
        if not told.exists():
            keep_once(told, _fresh_pem())
    return _load(told)


def rotate_kept_key(settings: Settings) -> Path:
    """Put the kept key of an embedded database aside and make a new one; where the old one lies now. SetupError."""
    if settings.senders.signing_key or settings.database.url:
        raise SetupError(
            f"The signing key is yours to change: {_MAKE_ONE}, then name it in CAKRA_SENDERS__SIGNING_KEY and run"
            " `cakra official publish`."
        )
    path = root_key_file(settings).with_name("official-senders.key.pem")
    aside = path.with_name(f"official-senders.key.{now():%Y%m%dT%H%M%S}.pem")
    if path.exists():
        path.rename(aside)
    keep_once(path, _fresh_pem())
    return aside


def publication_life(settings: Settings) -> timedelta:
    """How long a publication holds."""
    return timedelta(days=settings.senders.valid_days)


def official_deps(world: World, assets: Assets) -> OfficialDeps:
    """What the public page and the signed document need."""
    key = signing_key(world.settings)
    return OfficialDeps(
        world.pool,
        assets,
        renew=partial(renewed, world.pool, key, life=publication_life(world.settings)),
        host=portal_host(world.settings),
        demo=world.settings.demo,
        root_key=world.root_key,
        secure=world.settings.web.secure_cookies,
    )


def _fresh_pem() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def _load(path: Path) -> Ed25519PrivateKey:
    try:
        mode, pem = path.stat().st_mode, path.read_bytes()
    except OSError as problem:
        raise SetupError(f"The signing key {path} cannot be read ({problem.strerror}); {_MAKE_ONE}.") from problem
    if stat.S_IMODE(mode) & 0o077:
        raise SetupError(f"The signing key {path} may be read by others; run `chmod 600 {path}`.")
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise SetupError(f"{path} holds no private key in PEM without a password; {_MAKE_ONE}.") from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError(f"{path} holds a key of another kind than Ed25519; {_MAKE_ONE}.")
    return key
