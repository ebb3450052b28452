"""The notice step: an identified case gets its confirmation, worded for each channel of the owner's ladder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cakra.core.states.case import Case
from cakra.core.states.journey import State
from cakra.core.states.notice import Purpose
from cakra.core.states.outcome import Outcome
from cakra.core.states.party import Party
from cakra.journey.notice.writer import Letterhead, Telling
from cakra.kit.ids import new_id
from cakra.store.db import Database, Pool, Row
from cakra.store.notices import worded_notice
from cakra.store.parties import ask_owner_again, find_turns
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.notice")


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """What the step needs: the pool and what every notice is written with."""

    pool: Pool
    letterhead: Letterhead

    async def run(self, cases: Sequence[Case], at: datetime) -> list[Outcome]:
        """identified → notifying, with one notice row each; review when no channel in use reaches the owner.

        A named person whom none reaches gives the turn back.
        """
        scenes = await read_scenes(self.pool, cases)
        read = await find_turns(self.pool, [case for case in cases if case.turn is None])
        return [self._confirm(case, case.turn or read[case.key], scenes[case.key], at) for case in cases]

    def _confirm(self, case: Case, party: Party, scene: Row, at: datetime) -> Outcome:
        asked = Telling(new_id(), Purpose.CONFIRMATION)
        worded = self.letterhead.write(case, party, scene, asked, at)
        if worded is None and party.is_named:
            return ask_owner_again(case, party, "unreachable", at)
        if worded is None:
            return Outcome(*case.key, State.REVIEW, "owner_unreachable")
        record = worded_notice(case, party.party_id, asked.notice_id, asked.purpose, at, worded)
        told = {"purpose": asked.purpose.value, "language": worded["language"]}
        return Outcome(*case.key, State.NOTIFYING, "notice_queued", told, records=(record,))


async def read_scenes(db: Database, cases: Sequence[Case]) -> dict[tuple[int, int], Row]:
    """Place, agency, zone and derived picture of each case by its key."""
    rows = await db.fetch(
        SQL.scenes,
        [case.cell for case in cases],
        [case.case_id for case in cases],
        [case.camera for case in cases],
    )
    return {(row["cell"], row["case_id"]): row for row in rows}
