"""The key that signs publications: yours, or one that is made and kept beside an embedded database."""

import asyncio
import stat
from datetime import timedelta
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from cakra.core.errors import SetupError
from cakra.delivery.official.publication import Publication, newest_publication, renewed
from cakra.kit.clock import now
from cakra.kit.keyfile import keep_once
from cakra.kit.logs import get_logger
from cakra.kit.settings import Settings
from cakra.store.db import Pool
from cakra.store.faults.away import is_away
from cakra.wiring.world import root_key_file

_KEPT = "official-senders.key.pem"
_MAKE_ONE = "make one with `openssl genpkey -algorithm ed25519 -out FILE` and keep a copy of it"
_log = get_logger(__name__)


def signing_key(settings: Settings) -> Ed25519PrivateKey | None:
    """The key that signs publications; beside an embedded database one is made and kept (0600).

    None with a database of somebody else's and no key named: such a process shows what another one signed.
    SetupError when the named file cannot be used.
    """
    told = settings.senders.signing_key
    if told is None:
        if settings.database.url:
            return None
        told = root_key_file(settings).with_name(_KEPT)
        if not told.exists():
            keep_once(told, fresh_pem())
    return _load(told)


def rotate_kept_key(settings: Settings) -> Path:
    """Put the kept key of an embedded database aside and make a new one; where the old one lies now. SetupError."""
    if settings.senders.signing_key or settings.database.url:
        raise SetupError(
            f"The signing key is yours to change: {_MAKE_ONE}, then name it in CAKRA_SENDERS__SIGNING_KEY and run"
            " `cakra official publish`."
        )
    path = root_key_file(settings).with_name(_KEPT)
    aside = path.with_name(f"official-senders.key.{now():%Y%m%dT%H%M%S}.pem")
    if path.exists():
        path.rename(aside)
    keep_once(path, fresh_pem())
    return aside


async def newest_signed(pool: Pool, settings: Settings) -> Publication | None:
    """The newest publication, made anew when it is due; the key is read anew, so that a rotated one is used at once.

    When it cannot be made (by the key, or by what the register holds) the newest there is, and an error in the log:
    people still read what is official.
    """
    try:
        key = await asyncio.to_thread(signing_key, settings)
        return await renewed(pool, key, life=publication_life(settings))
    except Exception as problem:
        if is_away(problem):
            raise
        why = problem.sentence if isinstance(problem, SetupError) else type(problem).__name__
        _log.error("official_senders_not_published", why=why)
        return await newest_publication(pool)


def publication_life(settings: Settings) -> timedelta:
    """How long a publication holds."""
    return timedelta(days=settings.senders.valid_days)


def fresh_pem() -> str:
    """A new private key, PEM without a password."""
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
