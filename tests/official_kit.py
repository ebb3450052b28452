"""Official senders and hosts of a test's own database."""

from datetime import UTC, datetime

from cakra.core.delivery.official import sender_key
from cakra.kit.ids import new_id

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
_VERSION = (
    "insert into official_change (version, at, by, action, reason)"
    " select coalesce(max(version), 0) + 1, now(), 'tester', 'register', 'test' from official_change returning version"
)


async def make_official(pool, channel, *names, valid_from=SINCE, valid_to=None):
    """Put senders of one channel into the register, as if a named officer had registered them."""
    for name in names:
        version = await pool.fetchval(_VERSION)
        retired = (version, "tester", SINCE, "test") if valid_to else (None, None, None, None)
        await pool.execute(
            "insert into official_sender (entry_id, channel, sender, published, display_name, purpose, valid_from,"
            " valid_to, version, registered_by, registered_at, reason, retired_version, retired_by, retired_at,"
            " retire_reason) values ($1, $2, $3, $4, 'ETLE', 'Konfirmasi', $5, $6, $7, 'tester', $5, 'test',"
            " $8, $9, $10, $11) on conflict do nothing",
            *(new_id(), str(channel), sender_key(channel, name), name, valid_from, valid_to, version, *retired),
        )


async def make_official_host(pool, *hosts, valid_from=SINCE):
    """Put hosts into the register."""
    for host in hosts:
        version = await pool.fetchval(_VERSION)
        await pool.execute(
            "insert into official_host (entry_id, host, purpose, valid_from, version, registered_by, registered_at,"
            " reason) values ($1, $2, 'Portal', $3, $4, 'tester', $3, 'test') on conflict do nothing",
            *(new_id(), host, valid_from, version),
        )
