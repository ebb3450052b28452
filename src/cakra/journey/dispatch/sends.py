"""Sending a set of notices: intents committed first, answers written in sets afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cakra.core.errors import NotFound, StoreError
from cakra.core.ports import Action, Channel, Message, PhotoStore, Picture, Sender, SendResult, SendState
from cakra.journey.dispatch.proofs import give_up
from cakra.journey.dispatch.rules import NoticeMove, after_answer, make_tag
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.db import Connection, Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.dispatch")
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One claimed notice whose intent is committed, ready for its call."""

    cell: int
    notice_id: int
    case_id: int
    attempt: int
    message: Message
    picture: bytes | None  # digest; fetched right before the call


@dataclass(frozen=True, slots=True)
class Answered:
    """A call's result and when it came."""

    sent: Outgoing
    result: SendResult
    at: datetime


@dataclass(frozen=True, slots=True)
class DispatchDesk:
    """What sending needs. `settle_s`: how long proof is waited for; `lease_s`: longest life of one call."""

    pool: Pool
    notices: Sealer
    provider: Sealer
    photos: PhotoStore
    sender: Sender
    settle_s: float
    lease_s: float
    max_tries: int
    channel: Channel = Channel.WHATSAPP

    async def claim(self, limit: int, worker: str, cells: Sequence[int] | None) -> list[Outgoing]:
        """Up to `limit` due notices, each with its intent committed."""
        rows = await self.pool.fetch(
            SQL.claim_sends,
            limit,
            self.lease_s,
            worker,
            None if cells is None else list(cells),
            self.channel.value,
            self.sender.name,
        )
        return [self._outgoing(row) for row in rows]

    def _outgoing(self, row: Row) -> Outgoing:
        cell, notice_id, attempt = row["cell"], row["notice_id"], row["attempts"]
        content = self.notices.open_record(row["content"], notice_id.to_bytes(8))
        message = Message(
            tag=make_tag(cell, notice_id, attempt),
            recipient=content["recipient"],
            template=row["template"],
            language=row["language"],
            variables=content["variables"],
            link_suffix=content["link_suffix"],
        )
        return Outgoing(cell, notice_id, row["case_id"], attempt, message, row["picture"])

    async def send(self, outgoing: Outgoing) -> Answered:
        """Make the call; a picture that cannot be read leaves the message unsent, to be tried again."""
        message = outgoing.message
        if outgoing.picture is not None:
            try:
                jpeg = await self.photos.get(outgoing.picture)
            except (NotFound, StoreError) as problem:
                result = SendResult(SendState.REFUSED, Action.RETRY, code="picture", detail=problem.sentence)
                return Answered(outgoing, result, now())
            message = replace(message, picture=Picture(outgoing.picture, jpeg))
        result = await self.sender.send(message)
        return Answered(outgoing, result, now())

    async def record(self, answers: Sequence[Answered]) -> None:
        """Write a set of answers, and cases whose last channel refused, in one transaction."""
        moves = [self._move(answer) for answer in answers]
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.record_attempts, *self._attempt_columns(answers), self.channel.value)
            sends = [answer.sent for answer in answers]
            moved = await connection.fetch(
                SQL.record_notices,
                [sent.cell for sent in sends],
                [sent.notice_id for sent in sends],
                [sent.attempt for sent in sends],
                [move.state for move in moves],
                [move.step for move in moves],
                [move.due_at for move in moves],
                [answer.at for answer in answers],
            )
            written = {(row["cell"], row["notice_id"]) for row in moved}
            overtaken = [
                answer
                for answer in answers
                if answer.result.state is SendState.ACCEPTED
                and (answer.sent.cell, answer.sent.notice_id) not in written
            ]
            if overtaken:
                await connection.execute(
                    SQL.stamp_hand_over,
                    [answer.sent.cell for answer in overtaken],
                    [answer.sent.notice_id for answer in overtaken],
                    [answer.at for answer in overtaken],
                )
            await self._stop_sender_if_told(connection, answers)
            refused = {
                (answer.sent.cell, answer.sent.case_id): move.case_told
                for answer, move in zip(answers, moves, strict=True)
                if move.case_told and (answer.sent.cell, answer.sent.notice_id) in written
            }
            await give_up(connection, refused)

    def _move(self, answer: Answered) -> NoticeMove:
        return after_answer(
            answer.result, answer.sent.attempt, answer.at, settle_s=self.settle_s, max_tries=self.max_tries
        )

    def _attempt_columns(self, answers: Sequence[Answered]) -> list[list[object]]:
        rows = [
            (
                answer.sent.cell,
                answer.sent.notice_id,
                answer.sent.attempt,
                answer.result.state.value,
                answer.result.provider_id,
                answer.result.code,
                answer.result.action.value,
                answer.result.detail,
                answer.at,
                self.provider.seal(answer.result.raw, answer.sent.notice_id.to_bytes(8)) if answer.result.raw else None,
            )
            for answer in answers
        ]
        return [list(column) for column in zip(*rows, strict=True)]

    async def _stop_sender_if_told(self, connection: Connection, answers: Sequence[Answered]) -> None:
        stops = [answer.result for answer in answers if answer.result.action is Action.STOP_SENDER]
        if stops:
            reason = f"{stops[0].code}: {stops[0].detail}"
            await connection.execute(SQL.stop_sender, self.channel.value, self.sender.name, reason)
            _log.error("sender_stopped", channel=self.channel.value, reason=reason)
