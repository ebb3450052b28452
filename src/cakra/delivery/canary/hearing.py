"""What came back of canaries: receipts by their own tag, the alarm when one is not heard, the state of each sender."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cakra.core.delivery.tariff import FREE, ChannelTariff
from cakra.core.foreign import storable
from cakra.core.ports import Receipt
from cakra.kit.ids import read_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Database, Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.canary")
_log = get_logger(__name__)


def canary_tag(canary_id: int) -> str:
    """Our opaque id of one canary, echoed by the provider's receipts."""
    return f"c:{canary_id}"


def read_canary_tag(tag: str | None) -> int | None:
    """The canary of a tag; None for anything else."""
    kind, _, number = (tag or "").partition(":")
    return read_id(number) or None if kind == "c" else None


@dataclass(frozen=True, slots=True)
class CanaryHeard:
    """One receipt of a canary and when it came."""

    canary_id: int
    channel: str
    receipt: Receipt
    received_at: datetime


def canaries_heard(channel: str, receipts: Iterable[Receipt], received_at: datetime) -> list[CanaryHeard]:
    """Those of some receipts that speak of canaries."""
    return [
        CanaryHeard(canary_id, channel, receipt, received_at)
        for receipt in receipts
        if (canary_id := read_canary_tag(receipt.tag)) is not None
    ]


async def hear_canaries(
    connection: Connection, heard: Iterable[CanaryHeard], tariffs: Mapping[str, ChannelTariff]
) -> None:
    """Write what came of them; proof only moves forward, and a free one is taken out of the books."""
    for one in heard:
        receipt, tariff = one.receipt, tariffs.get(one.channel, FREE)
        await connection.execute(
            SQL.prove_canary,
            one.canary_id,
            one.channel,
            receipt.state.value,
            one.received_at,
            storable(receipt.provider_id),
            storable(receipt.code),
            receipt.billable,
            tariff.estimate(one.received_at),
            tariff.free_when_failed(one.received_at),
        )


async def tell_silent(pool: Pool, channel: str, sender: str, proved_by: str, within_s: float) -> int:
    """Alarm for canaries that were refused, or not proved in time; how many, each told once by one worker."""
    rows = await pool.fetch(SQL.silent_canaries, channel, sender, proved_by == "delivered", within_s)
    for row in rows:
        _log.error(
            "canary_silent", channel=channel, sender=sender, state=row["state"], proof=row["proof"], code=row["code"]
        )
    return len(rows)


@dataclass(frozen=True, slots=True)
class CanaryState:
    """The newest canary of one sender. `alarmed_at`: when it was told that this one was not heard."""

    channel: str
    sender: str
    at: datetime
    state: str
    code: str
    proof: str | None
    ms: int | None
    proof_ms: int | None
    alarmed_at: datetime | None

    @property
    def silent(self) -> bool:
        """Whether somebody should look at this sender."""
        return self.alarmed_at is not None


async def newest_canaries(database: Database) -> list[CanaryState]:
    """One of each sender that ever had one, by channel and sender."""
    return [CanaryState(**row) for row in await database.fetch(SQL.newest_canaries)]
