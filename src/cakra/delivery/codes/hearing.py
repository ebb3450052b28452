"""What providers say of codes afterwards, taken by their own tag; and codes that are forgotten."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cakra.core.delivery.tariff import FREE, ChannelTariff
from cakra.core.foreign import storable
from cakra.core.ports import Action, Receipt
from cakra.delivery.codes.rules import KEPT, read_code_tag
from cakra.delivery.senders import stop_sender
from cakra.store.cases import note_events
from cakra.store.db import Connection, Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.codes")


@dataclass(frozen=True, slots=True)
class CodeHeard:
    """One receipt of a code and when it came."""

    key: tuple[int, int]  # cell, code id
    channel: str
    receipt: Receipt
    received_at: datetime


def codes_heard(channel: str, receipts: Iterable[Receipt], received_at: datetime) -> list[CodeHeard]:
    """Those of some receipts that speak of codes."""
    return [
        CodeHeard(key, channel, receipt, received_at)
        for receipt in receipts
        if (key := read_code_tag(receipt.tag)) is not None
    ]


async def hear_codes(connection: Connection, heard: Iterable[CodeHeard], tariffs: Mapping[str, ChannelTariff]) -> None:
    """Write what came of them, oldest code first; a code that is forgotten is no fault."""
    for one in sorted(heard, key=lambda one: one.key):
        receipt, tariff = one.receipt, tariffs.get(one.channel, FREE)
        row = await connection.fetchrow(
            SQL.prove_code,
            *one.key,
            one.channel,
            receipt.state.value,
            one.received_at,
            storable(receipt.provider_id),
            storable(receipt.code),
            receipt.billable,
            tariff.estimate(one.received_at),
            tariff.free_when_failed(one.received_at),
        )
        if row is None:
            continue
        if row["left_now"]:
            note = one.key[0], row["case_id"], {"channel": one.channel}
            await note_events(connection, [note], one.received_at, told="code_sent")
        if receipt.action is Action.STOP_SENDER:
            await stop_sender(connection, one.channel, row["sender"], receipt.code, receipt.detail)


async def forget_codes(pool: Pool, at: datetime, *, most: int = 1000) -> int:
    """Delete codes a day after they expired; how many."""
    return len(await pool.fetch(SQL.forget_codes, at - KEPT, most))
