"""What could not be taken is kept whole, sealed, with the reason, until it expires."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cakra.journey.intake.faults import store_faults
from cakra.kit.ids import new_id
from cakra.kit.seal import Sealer
from cakra.kit.settings import Intake
from cakra.store.db import Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.intake")
_ID_BYTES = 8
_KIBIBYTE = 1024
_ROWS = 4  # times the quota: so long is a row without its body still kept
# Never kept, not even sealed: they open other doors.
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True, slots=True)
class UnreadableInput:
    """One input that was refused. `whole` is False where its rest was not read or must not be kept."""

    door: str
    camera: str | None
    authentic: bool
    code: str
    reason: str
    received_at: datetime
    raw_sha256: bytes
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    whole: bool = True


class Quarantine:
    """Keeps refused input; strangers' bodies only up to a quota an hour, then hash and reason, then nothing.

    `sealer` has the purpose 'quarantine'; body and headers are bound to `id_bytes(quarantine_id)`.
    """

    def __init__(self, pool: Pool, sealer: Sealer, settings: Intake) -> None:
        self._pool = pool
        self._sealer = sealer
        self._quota_kib = settings.stranger_quarantine_mb * _KIBIBYTE
        self._lifetime = timedelta(days=settings.quarantine_days)

    async def keep(self, item: UnreadableInput) -> int | None:
        """The quarantine id when the row is durable; None for a stranger past all quotas. StorageFull, StoreError."""
        with store_faults():
            quarantine_id = new_id()
            used = 0 if item.authentic else await self._count_stranger(item)
            if used > self._quota_kib * _ROWS:
                return None
            keep_body = item.whole and used <= self._quota_kib
            bound = id_bytes(quarantine_id)
            headers = {k: v for k, v in item.headers.items() if k.lower() not in _SECRET_HEADERS}
            await self._pool.execute(
                SQL.keep,
                quarantine_id,
                item.received_at,
                item.received_at + self._lifetime,
                item.door,
                item.camera,
                item.authentic,
                item.code,
                item.reason.replace("\x00", "\ufffd"),
                item.raw_sha256,
                len(item.body),
                self._sealer.seal(item.body, bound) if keep_body else None,
                self._sealer.seal_record(headers, bound) if keep_body else None,
            )
            return quarantine_id

    async def expire(self, at: datetime, *, most: int = 1000) -> int:
        """Delete up to `most` rows whose time is up; how many they were. StoreError."""
        with store_faults():
            done = await self._pool.execute(SQL.expire, at, most)
        return int(done.rpartition(" ")[2])

    async def _count_stranger(self, item: UnreadableInput) -> int:
        """Kibibytes that strangers sent in this hour, this input included; an empty one counts as one."""
        size = max(1, -(-len(item.body) // _KIBIBYTE)) if item.whole else 1
        used: int = await self._pool.fetchval(SQL.count_strangers, item.received_at, size)
        return used


def id_bytes(quarantine_id: int) -> bytes:
    """What a sealed quarantine row is bound to."""
    return quarantine_id.to_bytes(_ID_BYTES, "big")
