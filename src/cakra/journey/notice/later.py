"""Later notices: rows that other stages wrote because there is something to tell, worded here and queued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from cakra.core.delivery.ladder import NoticeMove
from cakra.core.errors import StoreError
from cakra.core.states.case import Case
from cakra.core.states.notice import OF_THE_TURN, NoticeState, Purpose, is_worth_telling
from cakra.core.states.party import Party
from cakra.journey.notice.step import read_scenes
from cakra.journey.notice.writer import Letterhead, Telling
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.store.cases import lock_cases, note_events
from cakra.store.db import Connection, Pool, Row
from cakra.store.notices import key_of, move_notices, move_set, word_notices
from cakra.store.parties import PartyKey, find_parties
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.notice")
_log = get_logger(__name__)
_Ending = tuple[NoticeState, str]
"""State of a notice that is not sent, and why."""


@dataclass(frozen=True, slots=True)
class LaterNotices:
    """What wording them needs: the pool and what every notice is written with."""

    pool: Pool
    letterhead: Letterhead

    async def word(self, limit: int, cells: Sequence[int] | None = None) -> int:
        """Word what is due, or cancel what has become pointless; how many.

        The case is held meanwhile: an owner who answers in this instant either stops the notice before it is
        worded or finds it queued and stops it there.
        """
        at = now()
        async with self.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(SQL.due_to_word, limit, None if cells is None else list(cells))
            return await move_set(connection, rows, partial(self._word, connection, at))

    async def _word(self, connection: Connection, at: datetime, rows: Sequence[Row]) -> None:
        keys = [(row["cell"], row["case_id"]) for row in rows]
        cases = {case.key: case for case in await lock_cases(connection, keys, share=True)}
        scenes = await read_scenes(connection, list(cases.values()))
        parties = await find_parties(connection, [_party_key(row) for row in rows])
        results = [
            self._result(row, cases.get((row["cell"], row["case_id"])), parties.get(_party_key(row)), scenes, at)
            for row in rows
        ]
        await self._keep_worded(connection, [(row, one) for row, one in results if isinstance(one, dict)], at)
        await self._keep_ended(connection, [(row, one) for row, one in results if isinstance(one, tuple)], at)

    def _result(
        self, row: Row, case: Case | None, party: Party | None, scenes: Mapping[tuple[int, int], Row], at: datetime
    ) -> tuple[Row, dict[str, Any] | _Ending]:
        told = Telling(row["notice_id"], Purpose(row["purpose"]), row["number"])
        if case is None or case.key not in scenes or not is_worth_telling(told.purpose, case.state):
            return row, (NoticeState.CANCELLED, "moved_on")
        if told.purpose in OF_THE_TURN and row["party_id"] != case.party_id:
            return row, (NoticeState.CANCELLED, "moved_on")
        try:
            assert party is not None
            worded = self.letterhead.write(case, party, scenes[case.key], told, at)
        except (StoreError, KeyError, AssertionError) as problem:  # one that cannot be worded holds up nobody else
            _log.error("notice_not_worded", notice=told.notice_id, purpose=told.purpose, problem=type(problem).__name__)
            return row, (NoticeState.FAILED, "ours")
        if worded is None:
            return row, (
                NoticeState.CANCELLED if told.purpose is Purpose.REMINDER else NoticeState.FAILED,
                "no_channel",
            )
        if told.purpose is Purpose.REMINDER and case.confirm_by is not None and worded["due_at"] >= case.confirm_by:
            return row, (NoticeState.CANCELLED, "too_late")
        return row, worded

    async def _keep_worded(
        self, connection: Connection, worded: Sequence[tuple[Row, dict[str, Any]]], at: datetime
    ) -> None:
        if not worded:
            return
        await word_notices(connection, [(key_of(row), said) for row, said in worded])
        notes = [_note(row, language=said["language"]) for row, said in worded]
        await note_events(connection, notes, at, told="later_notice_queued")
        await connection.execute("select pg_notify('cakra_due', 'dispatch')")

    async def _keep_ended(self, connection: Connection, ended: Sequence[tuple[Row, _Ending]], at: datetime) -> None:
        if not ended:
            return
        await move_notices(connection, [(key_of(row), NoticeMove(state)) for row, (state, _) in ended])
        cancelled = [_note(row, why=why) for row, (state, why) in ended if state is NoticeState.CANCELLED]
        await note_events(connection, cancelled, at, told="notice_cancelled")
        failed = [_note(row, why=why) for row, (state, why) in ended if state is NoticeState.FAILED]
        await note_events(connection, failed, at, told="notice_not_told")


def _party_key(row: Row) -> PartyKey:
    return row["cell"], row["case_id"], row["party_id"]


def _note(row: Row, **more: str) -> tuple[int, int, Mapping[str, Any]]:
    return row["cell"], row["case_id"], {"purpose": row["purpose"], "number": row["number"], **more}
