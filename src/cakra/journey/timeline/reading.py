"""The records of one case, read once, as lines in order; and a provider's own words, for who may open them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from cakra.core.delivery.ladder import read_plan
from cakra.core.errors import NotFound, StoreError
from cakra.journey.timeline.rules import (
    AttemptKey,
    NoticeRecord,
    TimelineLine,
    end_line,
    event_line,
    in_order,
    masked,
    notice_lines,
    pause_lines,
)
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.db import Connection, Database, Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.timeline")
_log = get_logger(__name__)
NO_CASE = "There is no case by this reference; compare it with the message."
_POSTAL = "kode pos {postcode}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """A case and what happened to it. `zone`: of its paper; `ends`: where each notice stands, and why."""

    cell: int
    case_id: int
    reference: str
    plate: str
    state: str
    jurisdiction: str
    agency: str
    zone: str
    occurred_at: datetime
    lines: tuple[TimelineLine, ...]
    ends: tuple[TimelineLine, ...]


async def read_timeline(pool: Pool, notices: Sealer, cell: int, reference: str) -> Timeline:
    """Everything of one case, oldest first; NotFound. `notices` opens contacts, of which only the end is shown."""
    async with pool.acquire() as connection:
        case = await connection.fetchrow(SQL.case, cell, reference)
        if case is None:
            raise NotFound(NO_CASE)
        key = cell, case["case_id"]
        events = [
            event_line({**dict(row), "details": json.loads(row["details"])})
            for row in await connection.fetch(SQL.events, *key)
        ]
        records = _records(
            await connection.fetch(SQL.notices, *key),
            await connection.fetch(SQL.attempts, *key),
            await connection.fetch(SQL.receipts, *key),
            notices,
        )
        lines = [line for record in records for line in notice_lines(record)]
        paused = await _pauses(connection, case["jurisdiction"], records)
    return Timeline(
        cell,
        case["case_id"],
        case["reference"],
        case["plate"] or "",
        case["state"],
        case["jurisdiction"],
        case["agency"],
        case["zone"],
        case["occurred_at"],
        tuple(in_order([*events, *paused, *lines])),
        tuple(end_line(record, now()) for record in records),
    )


def _records(
    notices: Sequence[Row], attempts: Iterable[Row], receipts: Iterable[Row], sealer: Sealer
) -> list[NoticeRecord]:
    tried, told = defaultdict(list), defaultdict(list)
    for attempt in attempts:
        tried[attempt["notice_id"]].append(dict(attempt))
    for receipt in receipts:
        told[receipt["notice_id"]].append(dict(receipt))
    return [
        NoticeRecord(
            dict(row),
            read_plan(row["plan"]),
            _contacts(row, sealer),
            tried[row["notice_id"]],
            told[row["notice_id"]],
            row["wording"],
        )
        for row in notices
    ]


def _contacts(row: Row, sealer: Sealer) -> Mapping[str, str]:
    """Channel → the end of the contact; nothing when the notice says nothing yet, or does not open."""
    if not row["content"]:
        return {}
    try:
        content = sealer.open_record(row["content"], row["notice_id"].to_bytes(8))
    except StoreError:
        _log.error("notice_unreadable", notice=row["notice_id"])
        return {}
    found = {"whatsapp": content.get("recipient"), **{name: _recipient(content, name) for name in ("email", "sms")}}
    shown = {channel: masked(contact) for channel, contact in found.items() if contact}
    if letter := content.get("letter"):
        shown["letter"] = _POSTAL.format(postcode=letter.get("postcode") or "–")
    return shown


def _recipient(content: Mapping[str, Any], channel: str) -> str | None:
    told = content.get(channel)
    found = told.get("recipient") if isinstance(told, dict) else None
    return found if isinstance(found, str) else None


async def _pauses(connection: Connection, jurisdiction: str, records: Sequence[NoticeRecord]) -> list[TimelineLine]:
    """Pauses that were in force while a notice was under way."""
    if not records:
        return []
    senders = {attempt["sender"] for record in records for attempt in record.attempts}
    channels = {rung.channel.value for record in records for rung in record.plan}
    begun = min(record.row["created_at"] for record in records)
    ended = now() if any(record.row["step"] for record in records) else max(map(_last, records))
    rows = await connection.fetch(SQL.pauses, jurisdiction, sorted(senders), sorted(channels), begun, ended)
    return [line for row in rows for line in pause_lines(dict(row))]


def _last(record: NoticeRecord) -> datetime:
    return max(line.at for line in notice_lines(record))


async def provider_answer(database: Database, provider: Sealer, key: tuple[int, int], attempt: AttemptKey) -> str:
    """What the provider answered to one attempt of this case (cell, case id), as it came; NotFound without any.

    Who asks must have been authorised, and the reading noted, by the caller.
    """
    raw = await database.fetchval(SQL.provider_answer, *key, attempt.notice_id, attempt.channel, attempt.attempt)
    if raw is None:
        raise NotFound("No answer of the provider is kept for this attempt.")
    return provider.open(raw, attempt.notice_id.to_bytes(8)).decode("utf-8", "replace")


async def count_new_wordings(pool: Pool, wordings: Iterable[tuple[str, str, str]]) -> int:
    """How many of these (template, language, all its words) are not on record as the newest of their name."""
    rows = [(sha256(text.encode()).digest(), template, language) for template, language, text in wordings]
    columns = [[row[place] for row in rows] for place in range(3)]
    return int(await pool.fetchval(SQL.new_wordings, *columns))


async def remember_wordings(pool: Pool, wordings: Iterable[tuple[str, str, str]]) -> int:
    """Keep each wording (template, language, all its words) that is new; how many were."""
    rows = [(sha256(text.encode()).digest(), template, language, text) for template, language, text in wordings]
    if not rows:
        return 0
    columns = (list(column) for column in zip(*rows, strict=True))
    return len(await pool.fetch(SQL.remember_wordings, *columns, now()))
