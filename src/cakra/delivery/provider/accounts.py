"""Words about an account: a restriction stops its senders, the rest is kept and told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cakra.core.foreign import storable
from cakra.core.ports import AccountWord, Weight, Word
from cakra.delivery.senders import stop_sender
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.provider")
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccountDesk:
    """`senders`: channel → the senders that share its account."""

    senders: Mapping[str, Sequence[str]]

    async def hear(self, connection: Connection, channel: str, words: Sequence[tuple[Word, datetime]]) -> None:
        """Keep each new word in the caller's transaction; one that came before has no effect a second time.

        A stop holds until a named person releases the sender, also when the provider has lifted it.
        """
        for word, received_at in words:
            if isinstance(word, AccountWord):
                await self._hear(connection, channel, word, received_at)

    async def _hear(self, connection: Connection, channel: str, word: AccountWord, received_at: datetime) -> None:
        event, detail = storable(word.event), storable(word.detail)
        told = channel, word.sender, event, word.at, detail, word.weight.value, received_at
        if await connection.fetchval(SQL.keep_account_word, *told) is None:
            return
        concerned = [word.sender] if word.sender else list(self.senders.get(channel, ()))
        facts = json.dumps({"event": event, "detail": detail, "weight": word.weight.value})
        for sender in concerned:
            if word.weight is Weight.STOP:
                await stop_sender(connection, channel, sender, event, detail)
            await connection.execute(
                SQL.keep_sender_event, new_id(), received_at, channel, sender, "provider_told", facts
            )
        tell = _log.info if word.weight is Weight.NOTE else _log.error
        tell("account_word_heard", channel=channel, event_told=event, detail=detail, weight=word.weight.value)
