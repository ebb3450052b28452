"""Every decision about a sender is kept, with the figures it rests on."""

import json
from collections.abc import Mapping
from typing import Any

from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.store.db import Connection
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.senders")


async def note_sender(
    connection: Connection, channel: str, sender: str, told: str, facts: Mapping[str, Any] | None = None
) -> None:
    """One decision: rested, opened, throttled, stopped or released. Nothing personal in `facts`."""
    await connection.execute(SQL.note_sender, new_id(), now(), channel, sender, told, json.dumps(dict(facts or {})))
