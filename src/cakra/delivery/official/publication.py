"""Publishing the register: a signed document with a number, every one kept byte for byte."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cakra.core.access.rights import Act
from cakra.core.errors import NotFound, SetupError
from cakra.delivery.official.document import Heading, needs_renewal, write_document
from cakra.delivery.official.registry import SQL, read_register
from cakra.delivery.official.rules import check_words
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Database, Pool
from cakra.store.rights import require

_KEY_ID_LENGTH = 16
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Publication:
    """One signed document; `signature`: 64 bytes of Ed25519 over `document` in UTF-8."""

    number: int
    version: int
    issued_at: datetime
    valid_until: datetime
    key_id: str
    document: str = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that ever signed. What a revoked one signed at or after `revoked_at` is not to be believed."""

    key_id: str
    public_pem: str
    since: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    revoke_reason: str | None


def key_id_of(key: Ed25519PublicKey) -> str:
    """First 16 hex characters of the SHA-256 of the DER public key, as `openssl pkey -pubout -outform DER` gives it."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:_KEY_ID_LENGTH]


async def publish(pool: Pool, key: Ed25519PrivateKey, *, life: timedelta) -> Publication:
    """Sign and keep the register as it stands, under the next number. SetupError when the key is revoked."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL.lock_publications)
        return await _publish(connection, key, life)


async def renewed(pool: Pool, key: Ed25519PrivateKey | None, *, life: timedelta) -> Publication | None:
    """The newest publication, made anew when it is behind the register or half of its life is over.

    Without a key the newest there is, however old; None when nothing was ever published.
    """
    newest = await newest_publication(pool)
    if key is None or (newest and not await _is_behind(pool, newest, key)):
        return newest
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL.lock_publications)
        newest = await newest_publication(connection)
        if newest and not await _is_behind(connection, newest, key):
            return newest  # somebody else was quicker
        return await _publish(connection, key, life)


async def newest_publication(database: Database) -> Publication | None:
    """The publication with the highest number."""
    row = await database.fetchrow(SQL.newest_publication)
    return Publication(**row) if row else None


async def find_publication(database: Database, number: int) -> Publication | None:
    """An earlier publication, byte for byte."""
    row = await database.fetchrow(SQL.publication, number)
    return Publication(**row) if row else None


async def public_keys(database: Database) -> list[PublicKey]:
    """Every key that ever signed, oldest first."""
    return [PublicKey(**row) for row in await database.fetch(SQL.keys)]


async def revoke_key(pool: Pool, key_id: str, *, by: str, reason: str) -> None:
    """Say of a key that it must be believed no more; `by` as for a change. InputError, NotFound."""
    check_words(reason=reason)
    async with pool.acquire() as connection, connection.transaction():
        await require(connection, by, Act.PUBLISH_OFFICIAL)
        if await connection.fetchval(SQL.revoke_key, key_id, now(), by, reason.strip()) is None:
            raise NotFound(f"No key {key_id!r} signs here; `cakra official keys` shows all.")
    _log.info("signing_key_revoked", key_id=key_id, officer=by)


async def _is_behind(database: Database, newest: Publication, key: Ed25519PrivateKey) -> bool:
    return needs_renewal(
        version=await database.fetchval(SQL.newest_version),
        of_version=newest.version,
        key_id=key_id_of(key.public_key()),
        of_key=newest.key_id,
        issued_at=newest.issued_at,
        valid_until=newest.valid_until,
        at=now(),
    )


async def _publish(connection: Connection, key: Ed25519PrivateKey, life: timedelta) -> Publication:
    public, at = key.public_key(), now().replace(microsecond=0)
    key_id = key_id_of(public)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    if await connection.fetchval(SQL.know_key, key_id, pem, at) is not None:
        raise SetupError(
            f"The key {key_id} is revoked and signs nothing more; make a new one with"
            " `openssl genpkey -algorithm ed25519` and name it in CAKRA_SENDERS__SIGNING_KEY."
        )
    register, before = await read_register(connection), await newest_publication(connection)
    heading = Heading(
        number=before.number + 1 if before else 1,
        version=register.version,
        issued_at=at,
        valid_until=at + life,
        key_id=key_id,
        previous=hashlib.sha256(before.document.encode()).hexdigest() if before else "",
    )
    document = write_document(heading, register.senders, register.hosts)
    signed = Publication(
        heading.number,
        heading.version,
        at,
        heading.valid_until,
        key_id,
        document,
        key.sign(document.encode()),
    )
    await connection.execute(
        SQL.add_publication,
        *(signed.number, signed.version, signed.issued_at, signed.valid_until, signed.key_id),
        *(signed.document, signed.signature),
    )
    _log.info("official_senders_published", number=signed.number, version=signed.version, key_id=key_id)
    return signed
