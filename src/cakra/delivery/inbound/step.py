"""Understanding what people wrote, and writing the answer and what follows from it in one transaction."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cakra.core.errors import InputError, StoreError
from cakra.core.paper import paper_date
from cakra.delivery.inbound.rules import Request, Wish, read_request
from cakra.delivery.inbound.wording import ReplyText, sent_words
from cakra.delivery.sending.rules import read_tag
from cakra.kit.clock import now
from cakra.kit.ids import new_id, read_reference, show_reference
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.cases import note_events
from cakra.store.db import Connection, Pool, Row
from cakra.store.faults.aside import KeepInput, kind_of, rest_after
from cakra.store.faults.parts import in_parts
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.inbound")
WINDOW = timedelta(hours=24)  # in which the provider allows a free text. Source: channels fact sheet A2, 131047
_MESSAGES, _CHECKS = "chat", "chat:check"
_PHONE_INDEX = "phone"  # as on the notice: which contact is meant
_DAY_ZONE = "Asia/Jakarta"
_MOST_GUESSES = 2  # references tried for one check: a message full of them is no cheap list to guess from
_MOST_SENT = 4
_TRIES = 4
_AGENCY = "ETLE"
# What the portal takes for the answer «not my vehicle», chosen when its question comes.
NEVER_MINE = "?jawab=bukan-milik"
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PlannedReply:
    """What is answered: the kind of text and its values. `once`: at most one of the kind a day."""

    kind: str
    language: str
    values: Mapping[str, str]
    once: bool = False


@dataclass(frozen=True, slots=True)
class HeardMessage:
    """One message, opened."""

    row: Row
    person: str
    kind: str
    text: str
    payload: str
    about: str
    provider_id: str


@dataclass(frozen=True, slots=True)
class InboundDesk:
    """What the stage needs.

    `texts`: (kind, language) → answer; `site`: the host to type by hand; `link_base`: what a case's own address begins
    with; `checks_per_hour`, `messages_per_hour`: of one person; more of the latter are kept but not answered;
    `stamp`: what a demonstration puts before everything.
    """

    pool: Pool
    sealed: Sealer
    replies: Sealer
    notices: Sealer
    texts: Mapping[tuple[str, str], ReplyText]
    site: str
    link_base: str
    checks_per_hour: int
    messages_per_hour: int
    stamp: str = ""
    keep_input: KeepInput | None = None  # where a message goes that cannot be understood

    async def run(self, limit: int) -> int:
        """Understand up to `limit` messages; how many. One that fails is tried again, then kept with its problem."""
        async with self.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(SQL.due_inbound, limit)
            queued = refused = 0

            async def understand(some: Sequence[Row]) -> None:
                nonlocal queued
                async with connection.transaction():
                    queued += sum([await self._take(connection, row) for row in some])

            async def put_off(row: Row, problem: Exception) -> None:
                nonlocal refused
                refused += 1
                await self._put_off(connection, row, problem)

            await in_parts(rows, understand, put_off)
            if queued:
                await connection.execute("select pg_notify('cakra_due', 'reply')")
        return len(rows) - refused

    async def _put_off(self, connection: Connection, row: Row, problem: Exception) -> None:
        """Later once more; after some tries it is done with, and its words are in quarantine."""
        tries = row["tries"] + 1
        _log.error("inbound_refused", inbound=row["inbound_id"], tries=tries, kind=kind_of(problem))
        if tries < _TRIES:
            await connection.execute(SQL.put_off_inbound, row["inbound_id"], rest_after(tries))
            return
        words = b""
        with suppress(StoreError):  # what does not open is kept by its row alone
            words = json.dumps(self.sealed.open_record(row["content"], row["inbound_id"].to_bytes(8))).encode()
        if words and self.keep_input is not None:
            await self.keep_input(f"inbound:{row['channel']}", kind_of(problem), words, row["received_at"])
        await connection.execute(SQL.finish_inbound, row["inbound_id"], None, kind_of(problem))

    async def _take(self, connection: Connection, row: Row) -> bool:
        told = self.sealed.open_record(row["content"], row["inbound_id"].to_bytes(8))
        heard = HeardMessage(row, **told)
        at = now()
        request = read_request(heard.kind, heard.text, heard.payload)
        if request.meaning is Wish.MOVED:
            # Whose the number is now, only the register can say; the new one is not used before it does.
            await connection.execute(SQL.mark_contact, self._contact(heard.person), "doubtful", at)
            await connection.execute(SQL.finish_inbound, row["inbound_id"], request.meaning.value, None)
            return False
        if await connection.fetchval(SQL.count_message, _MESSAGES, row["person"], at) > self.messages_per_hour:
            await connection.execute(SQL.finish_inbound, row["inbound_id"], "flood", None)
            return False
        meaning, answer = await self._answer(connection, heard, request, at)
        await connection.execute(SQL.finish_inbound, row["inbound_id"], meaning.value, None)
        _log.info("inbound_understood", inbound=row["inbound_id"], meaning=meaning.value)
        return await self._queue(connection, heard, answer, at)

    async def _answer(
        self, connection: Connection, heard: HeardMessage, request: Request, at: datetime
    ) -> tuple[Wish, PlannedReply]:
        language, site = request.language, {"situs": self.site}
        match request.meaning:
            case Wish.CHECK:
                answer = await self._check(connection, heard, request, at)
                if answer is not None:
                    return Wish.CHECK, answer
            case Wish.NOT_MINE:
                answer = await self._not_mine(connection, heard, language, at)
                if answer.kind != "not_mine" and request.stop:
                    answer = await self._stop(connection, heard, language, at)
                return Wish.NOT_MINE, answer
            case Wish.STOP:
                return Wish.STOP, await self._stop(connection, heard, language, at)
            case Wish.START:
                return Wish.START, await self._start(connection, heard, language)
            case Wish.OTHER | Wish.MOVED:
                pass
        return Wish.OTHER, PlannedReply("help", language, site, once=True)

    async def _check(
        self, connection: Connection, heard: HeardMessage, request: Request, at: datetime
    ) -> PlannedReply | None:
        """One of the four answers; None for a text that was no reference after all and did not claim to be one.

        Counted before it is judged and given back when it was right. Unknown, mistyped and too many look alike.
        """
        known = references(request.candidates)[:_MOST_GUESSES]
        if not known and request.bare:
            return None
        count = await connection.fetchval(SQL.count_message, _CHECKS, heard.row["person"], at)
        keys = [cell for cell, _ in known], [reference for _, reference in known]
        sent = await connection.fetch(SQL.find_sent, *keys)
        if count > self.checks_per_hour or not sent:
            return PlannedReply("not_found", request.language, {"situs": self.site})
        await connection.execute(SQL.forgive_message, _CHECKS, heard.row["person"], at)
        values = {
            "instansi": sent[0]["agency"] or _AGENCY,
            "ref": show_reference(sent[0]["reference"]),
            "kiriman": self._sent(sent, request.language),
            "situs": self.site,
        }
        if sent[0]["closed"]:
            return PlannedReply(
                "closed", request.language, {name: values[name] for name in ("instansi", "ref", "situs")}
            )
        return PlannedReply("genuine" if self._reached(heard.person, sent) else "elsewhere", request.language, values)

    def _sent(self, sent: list[Row], language: str) -> str:
        days = [
            (row["channel"], paper_date(row["at"].astimezone(ZoneInfo(row["zone"])).date(), language)) for row in sent
        ]
        return sent_words(list(dict.fromkeys(days))[:_MOST_SENT], language)

    def _reached(self, person: str, sent: list[Row]) -> bool:
        """Whether any of it went to this person's WhatsApp; who hides the number is not told otherwise."""
        if not person.startswith("+"):
            return True
        return any(self._recipient(row) == person for row in sent if row["channel"] == "whatsapp")

    def _recipient(self, notice: Row) -> str:
        content = self.notices.open_record(notice["content"], notice["notice_id"].to_bytes(8))
        return str(content["recipient"])

    async def _stop(self, connection: Connection, heard: HeardMessage, language: str, at: datetime) -> PlannedReply:
        """No more on this channel; promised only when it is recorded."""
        phone = await self._phone(connection, heard)
        if phone is None:
            return PlannedReply("number_unseen", language, {"situs": self.site})
        await connection.execute(SQL.mark_contact, self._contact(phone), "opted_out", at)
        return PlannedReply("stopped", language, {"situs": self.site})

    async def _start(self, connection: Connection, heard: HeardMessage, language: str) -> PlannedReply:
        phone = await self._phone(connection, heard)
        if phone is None:
            return PlannedReply("number_unseen", language, {"situs": self.site})
        await connection.execute(SQL.clear_opt_out, self._contact(phone))
        return PlannedReply("started", language, {"situs": self.site})

    async def _phone(self, connection: Connection, heard: HeardMessage) -> str | None:
        """The person's number; of one who hides it, that of our message which the tag or the quotation names."""
        if heard.person.startswith("+"):
            return heard.person
        found = await self._meant(connection, heard)
        return None if found is None else self._recipient(found)

    async def _meant(self, connection: Connection, heard: HeardMessage) -> "Row | None":
        """Our message that a button's payload or a quotation names; None when it is none of ours."""
        place = read_tag(heard.payload)
        if place is not None:
            return await connection.fetchrow(SQL.find_tapped, *place, heard.row["channel"])
        return await connection.fetchrow(SQL.find_quoted, heard.row["channel"], heard.about) if heard.about else None

    async def _not_mine(self, connection: Connection, heard: HeardMessage, language: str, at: datetime) -> PlannedReply:
        """The recipient of a notice says that it is not theirs: told on the timeline, the phone is doubted from now on.

        The button's payload is our own tag, else the quoted message tells; the person must be that notice's too.
        """
        unknown = PlannedReply("not_mine_unknown", language, {"situs": self.site})
        row = await self._meant(connection, heard)
        if row is None:
            return unknown
        phone = self._recipient(row)
        if heard.about and row["provider_id"] and heard.about != row["provider_id"]:
            return unknown
        if heard.person.startswith("+") and heard.person != phone:
            return unknown
        await connection.execute(SQL.mark_contact, self._contact(phone), "doubtful", at)
        if not await connection.fetchval(SQL.was_denied, row["cell"], row["case_id"]):
            noted = (row["cell"], row["case_id"], {"channel": heard.row["channel"]})
            await note_events(connection, [noted], at, told="recipient_denied")
        values = {
            "instansi": row["agency"] or _AGENCY,
            "ref": show_reference(row["reference"]),
            "tautan": f"{self.link_base}{row['reference']}{NEVER_MINE}",
        }
        return PlannedReply("not_mine", row["language"], values)

    def _contact(self, phone: str) -> bytes:
        return self.notices.index(_PHONE_INDEX, phone)

    async def _queue(self, connection: Connection, heard: HeardMessage, answer: PlannedReply, at: datetime) -> bool:
        """Queue the answer, unless nobody of ours can give it or the window is over; whether one was queued."""
        row = heard.row
        if not row["sender"] or row["at"] + WINDOW <= at:
            return False
        text = self.texts.get((answer.kind, answer.language)) or self.texts[answer.kind, "id"]
        content: dict[str, Any] = {
            "person": heard.person,
            "text": self.stamp + text.fill(answer.values),
            "about": heard.provider_id,
        }
        reply_id = new_id()
        queued = await connection.fetchval(
            SQL.queue_reply,
            reply_id,
            row["inbound_id"],
            row["channel"],
            row["sender"],
            row["person"],
            answer.kind,
            at.astimezone(ZoneInfo(_DAY_ZONE)).date() if answer.once else None,
            self.replies.seal_record(content, reply_id.to_bytes(8)),
            row["at"] + WINDOW,
            at,
            row["expires_at"],
        )
        return queued is not None


def references(candidates: Sequence[str]) -> list[tuple[int, str]]:
    """(cell, canonical reference) of every piece that reads as one; of neighbours only one is likely to be known."""
    found: list[tuple[int, str]] = []
    for candidate in candidates:
        with suppress(InputError):
            found.append(read_reference(candidate))
    return found
