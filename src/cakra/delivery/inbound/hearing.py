"""Messages from people, kept sealed in the transaction that finishes their webhook."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cakra.core.errors import InputError
from cakra.core.ports import Inbound, Word
from cakra.kit.ids import new_id
from cakra.kit.seal import Sealer
from cakra.store.db import Connection, Pool
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.inbound")
MESSAGE_INDEX, PERSON_INDEX = "message", "person"


@dataclass(frozen=True, slots=True)
class Listener:
    """Keeps what people write for `kept`; the same message twice is one."""

    sealed: Sealer
    kept: timedelta

    async def hear(self, connection: Connection, channel: str, words: Sequence[tuple[Word, datetime]]) -> None:
        """Keep the messages among these words, and wake their lane at commit."""
        rows = [self._row(channel, word, received) for word, received in words if isinstance(word, Inbound)]
        if rows:
            await connection.execute(SQL.keep_inbound, *(list(column) for column in zip(*rows, strict=True)))
            await connection.execute("select pg_notify('cakra_due', 'inbound')")

    def _row(self, channel: str, word: Inbound, received_at: datetime) -> tuple[object, ...]:
        inbound_id = new_id()
        content = {
            "person": word.person,
            "kind": word.kind,
            "text": word.text,
            "payload": word.payload,
            "about": word.about,
            "provider_id": word.provider_id,
        }
        return (
            inbound_id,
            channel,
            self.sealed.index(MESSAGE_INDEX, word.provider_id),
            word.sender,
            self.sealed.index(PERSON_INDEX, word.person),
            self.sealed.seal_record(content, inbound_id.to_bytes(8)),
            min(word.at, received_at),
            received_at,
            received_at + self.kept,
        )


async def understand_again(pool: Pool, sealed: Sealer, channel: str, words: bytes) -> None:
    """A message that could not be understood (`words`, as it was put into quarantine) is due once more.

    InputError when it is not kept any more, or is no such message.
    """
    try:
        key = sealed.index(MESSAGE_INDEX, json.loads(words)["provider_id"])
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise InputError("This is no message that was kept here.") from problem
    if await pool.fetchval(SQL.understand_again, channel, key) is None:
        raise InputError("This message is not kept any more; nothing can answer it.")
    await pool.execute("select pg_notify('cakra_due', 'inbound')")


async def forget_inbound(pool: Pool, at: datetime, *, most: int = 1000) -> int:
    """Delete up to `most` messages and answers whose time is up; how many they were."""
    gone = await pool.fetch(SQL.forget_replies, at, most)
    return len(gone) + len(await pool.fetch(SQL.forget_inbound, at, most))
