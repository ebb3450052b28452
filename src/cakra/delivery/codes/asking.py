"""What pages call: a code for a party of a case, to a contact it is known by; and whether what was typed is it.

The code itself is nowhere: a keyed hash is kept to compare with, and the sealed message until it is handed over.
"""

import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cakra.core.delivery.official import sender_key
from cakra.core.errors import Conflict, InputError, StoreError
from cakra.core.ports import Channel
from cakra.delivery.codes.rules import (
    DIGITS,
    LATELY,
    LIVES,
    TRIES,
    CodeRefusal,
    CodeStanding,
    Use,
    bound,
    contact_on,
    read_code,
    why_not,
)
from cakra.delivery.codes.wording import CodeWords
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.cases import lock_cases, note_events
from cakra.store.db import Connection, Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.codes")
_log = get_logger(__name__)
_NOTHING = b""


@dataclass(frozen=True, slots=True)
class Whose:
    """One party of one case."""

    cell: int
    case_id: int
    party_id: int

    @property
    def key(self) -> tuple[int, int, int]:
        """As the tables have it."""
        return self.cell, self.case_id, self.party_id


@dataclass(frozen=True, slots=True)
class _Asked:
    """One asking: for whom and what, by which way and in which words, and what is known of the party."""

    whose: Whose
    for_what: Use
    channel: Channel
    words: CodeWords
    party: "Row | None"
    contact: str | None = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class CodeDesk:
    """Asking for codes and checking them.

    `codes`, `addressees`, `notices`: sealers (the last one's index names phones as the pace and the marks of people
    do); `senders`: channel in use → its senders; `words`: language → words, the first for any other; `brand`: what
    every SMS names; `stamped`: whether a message is marked as an example.
    """

    pool: Pool
    codes: Sealer
    addressees: Sealer
    notices: Sealer
    senders: Mapping[str, Collection[str]]
    words: Mapping[str, CodeWords]
    brand: str
    stamped: bool = False

    async def ask(self, whose: Whose, for_what: Use, channel: Channel, language: str = "id") -> datetime:
        """Have a code sent to the contact that this party is known by on that channel; until when it can be used.

        It ends an earlier one for the same use. InputError (`code_impossible`) where there is no such party or
        contact, or the channel is not in use or not official: all alike; Conflict while the channel rests
        (`code_channel_rests`), and after three within a quarter of an hour or ten within a day (`code_too_many`).
        """
        at, words = now(), self.words.get(language) or next(iter(self.words.values()))
        async with self.pool.acquire() as connection, connection.transaction():
            await lock_cases(connection, [(whose.cell, whose.case_id)], share=True)  # so that none outlives its case
            party = await connection.fetchrow(SQL.lock_party, *whose.key)
            contact = self._contact(whose, channel, party)
            asked = _Asked(whose, for_what, channel, words, party, contact, at)
            if (refusal := why_not(await self._standing(connection, asked))) is not None:
                raise _refused(refusal)
            await connection.execute(SQL.end_earlier, *whose.key, for_what.value, at)
            await self._keep(connection, asked)
            note = whose.cell, whose.case_id, {"channel": channel.value, "use": for_what.value}
            await note_events(connection, [note], at, told="code_asked")
            await connection.execute("select pg_notify('cakra_due', 'codes')")
        return at + LIVES

    async def check(self, whose: Whose, for_what: Use, typed: str) -> Channel | None:
        """The channel whose contact is proved by what was typed; None for anything else, whatever is wrong with it.

        A code can be used once, within ten minutes, and dies after five wrong tries, however many come at once.
        What cannot be a code (`read_code`) is no try.
        """
        if (digits := read_code(typed)) is None:
            return None
        at = now()
        async with self.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(SQL.count_try, *whose.key, for_what.value, at)
            code_id, kept = (row["code_id"], row["hash"]) if row is not None else (0, _NOTHING)
            same = hmac.compare_digest(kept, self._hash(code_id, whose, for_what, digits))
            if row is None:
                return None
            counts = row["lives"] and row["tries"] <= TRIES
            if counts:
                told = "code_used" if same else "code_refused"
                note = whose.cell, whose.case_id, {"channel": row["channel"], "use": for_what.value}
                await note_events(connection, [note], at, told=told)
            if not (same and counts):
                return None
            await connection.execute(SQL.use_code, whose.cell, code_id, at)
            return Channel(row["channel"])

    def _contact(self, whose: Whose, channel: Channel, party: "Row | None") -> str | None:
        if party is None or party["contact"] is None:
            return None
        try:
            opened = self.addressees.open_record(party["contact"], whose.party_id.to_bytes(8))
            return contact_on(channel, opened)
        except (StoreError, ValueError, AttributeError) as problem:
            _log.error("contact_unreadable", case=whose.case_id, problem=type(problem).__name__)
            return None

    async def _standing(self, connection: Connection, asked: _Asked) -> CodeStanding:
        """All that may stand against a code."""
        channel, at = asked.channel.value, asked.at
        names = list(self.senders.get(channel, ()))
        row = await connection.fetchrow(
            SQL.standing,
            *asked.whose.key,
            channel,
            names,
            [sender_key(channel, name) for name in names],
            asked.party["jurisdiction"] if asked.party is not None else "",
            self._recipient(asked),
            at - LATELY,
            at - timedelta(days=1),
            asked.words.template,
            asked.words.language,
        )
        assert row is not None
        return CodeStanding(asked.contact, **row)

    def _recipient(self, asked: _Asked) -> bytes | None:
        return (
            self.notices.index("phone", asked.contact) if asked.contact and asked.channel is not Channel.EMAIL else None
        )

    async def _keep(self, connection: Connection, asked: _Asked) -> None:
        """Make the code, and write its row."""
        assert asked.party is not None
        assert asked.contact is not None
        whose, channel, words, party = asked.whose, asked.channel, asked.words, asked.party
        code_id, digits = new_id(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        content = words.message(channel, asked.contact, digits, party["office"], self.brand, stamped=self.stamped)
        await connection.execute(
            SQL.keep_code,
            whose.cell,
            whose.case_id,
            code_id,
            whose.party_id,
            asked.for_what.value,
            channel.value,
            words.language,
            party["jurisdiction"],
            self._recipient(asked),
            self._hash(code_id, whose, asked.for_what, digits),
            self.codes.seal_record(dict(content), code_id.to_bytes(8)),
            asked.at,
            asked.at + LIVES,
        )

    def _hash(self, code_id: int, whose: Whose, for_what: Use, digits: str) -> bytes:
        return self.codes.index("code", bound(code_id, whose.party_id, for_what.value, digits))


def _refused(refusal: CodeRefusal) -> InputError:
    match refusal:
        case CodeRefusal.IMPOSSIBLE:
            return InputError("No code can be sent this way; choose another contact.", code="code_impossible")
        case CodeRefusal.RESTS:
            return Conflict("This way of sending rests now; choose another or try later.", code="code_channel_rests")
        case CodeRefusal.TOO_MANY:
            return Conflict("Too many codes were asked for; try again later.", code="code_too_many")
