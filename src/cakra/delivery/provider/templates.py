"""Words about registered texts: a stopped one is not sent, what waits for it goes on another way at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from cakra.core.delivery.ladder import place_of
from cakra.core.foreign import storable
from cakra.core.ports import TemplateWord, Word
from cakra.delivery.provider.rules import Variant, replacement
from cakra.delivery.sending.sends import descend
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.cases import note_events, stop_pointless
from cakra.store.db import Connection, Pool, Row
from cakra.store.notices import change_templates, key_of, move_set
from cakra.store.sql import load_queries

__all__ = ["TemplateDesk", "Variant"]

SQL = load_queries("cakra.delivery.provider")
_log = get_logger(__name__)
_RED, _MARKETING = "red", "marketing"
_Before = tuple[bool, str | None, str | None]  # stopped, quality, category


@dataclass(frozen=True, slots=True)
class TemplateDesk:
    """What is known of the texts of one channel. `variants`: every text that is registered there, as of now."""

    channel: str
    variants: Callable[[], Sequence[Variant]]

    async def hear(self, connection: Connection, channel: str, words: Sequence[tuple[Word, datetime]]) -> None:
        """Keep the words in the caller's transaction, and wake whom they concern."""
        told = [word for word, _ in words if isinstance(word, TemplateWord)]
        if channel != self.channel or not told:
            return
        keys = sorted({(storable(word.template), storable(word.language)) for word in told})
        rows = await connection.fetch(
            SQL.lock_templates, channel, *(list(column) for column in zip(*keys, strict=True))
        )
        known: dict[tuple[str, str], _Before] = {
            (row["template"], row["language"]): (row["stopped"], row["quality"], row["category"]) for row in rows
        }
        for word in sorted(told, key=lambda word: word.at):
            key = storable(word.template), storable(word.language)
            row = await self._keep(connection, key, word)
            self._alarm(key, known.get(key, (False, None, None)), row)
            known[key] = row["stopped"], row["quality"], row["category"]
        await connection.execute("select pg_notify('cakra_due', 'clockwork'), pg_notify('cakra_due', 'dispatch')")

    async def _keep(self, connection: Connection, key: tuple[str, str], word: TemplateWord) -> Row:
        said = [text and storable(text) for text in (word.status, word.quality, word.category)]
        status, quality, category = said
        row = await connection.fetchrow(
            SQL.keep_template_word,
            self.channel,
            *key,
            word.at,
            status,
            word.usable,
            quality,
            category,
            storable(word.reason),
        )
        assert row is not None
        return row

    def _alarm(self, key: tuple[str, str], before: _Before, row: Row) -> None:
        template, language = key
        stopped, quality, category = before
        if row["category"] == _MARKETING and category != _MARKETING:
            # It would be billed as advertising, and held back from people who had enough of that.
            _log.error("template_category_changed", template=template, language=language, category=row["category"])
        if row["stopped"] and not stopped:
            _log.error(
                "template_stopped", template=template, language=language, status=row["status"], reason=row["reason"]
            )
        if stopped and not row["stopped"]:
            _log.warning("template_usable_again", template=template, language=language)
        if row["quality"] == _RED and quality != _RED:
            _log.error("template_quality_fell", template=template, language=language)

    async def leave_stopped(self, pool: Pool, limit: int) -> int:
        """Notices that wait with a stopped text take another of the same meaning, or their next rung; how many.

        Those with neither wait; so do those of a paused jurisdiction, and all while everything is paused.
        """
        stopped = {(row["template"], row["language"]) for row in await pool.fetch(SQL.stopped_templates, self.channel)}
        if not stopped:
            return 0
        variants = self.variants()
        others = {key: replacement(key, variants, stopped) for key in stopped}
        async with pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(SQL.everything_paused):
                return 0
            rows = await connection.fetch(
                SQL.waiting_on_stopped,
                self.channel,
                [template for template, _ in others],
                [language for _, language in others],
                [other is not None for other in others.values()],
                limit,
            )
            return await move_set(connection, rows, partial(self._leave, connection, others))

    async def _leave(
        self, connection: Connection, others: Mapping[tuple[str, str], Variant | None], rows: Sequence[Row]
    ) -> None:
        await self._change(connection, rows, others)
        await self._descend(connection, [row for row in rows if others[row["template"], row["language"]] is None])

    async def _change(
        self, connection: Connection, rows: Sequence[Row], others: Mapping[tuple[str, str], Variant | None]
    ) -> None:
        changed = [(row, other) for row in rows if (other := others[row["template"], row["language"]]) is not None]
        if not changed:
            return
        await change_templates(connection, [(key_of(row), other.name, other.with_picture) for row, other in changed])
        notes = [(row["cell"], row["case_id"], {"from": row["template"], "to": other.name}) for row, other in changed]
        await note_events(connection, notes, now(), told="template_changed")
        await stop_pointless(connection, {(row["cell"], row["case_id"]) for row, _ in changed}, now())
        await connection.execute("select pg_notify('cakra_due', 'dispatch')")

    async def _descend(self, connection: Connection, rows: Sequence[Row]) -> None:
        places = [(row, place_of(row["plan"], row["rung"], row["zone"]).below(now())) for row in rows]
        await descend(connection, [(row, below) for row, below in places if below is not None], {}, "template")
