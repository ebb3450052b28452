"""Sending a set of notices: intents committed first, answers written in sets afterwards."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from cakra.core.errors import NotFound, StoreAway, StoreError
from cakra.core.ladder import Place, place_of
from cakra.core.official import sender_key
from cakra.core.ports import Action, Channel, Message, PhotoStore, Picture, Sender, SendResult, SendState
from cakra.core.tariff import FREE, ChannelTariff
from cakra.delivery.pause.pausing import PauseWatch
from cakra.delivery.senders import HealthWatch, Heard, elsewhere, take_answers
from cakra.delivery.sending.content import Unreadable, read_message
from cakra.delivery.sending.rules import NoticeMove, after_answer, climb_down, make_tag, storable, why_left
from cakra.delivery.sending.settling import Left, give_up, tell_descents
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.cases import stop_pointless
from cakra.store.db import Connection, Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.sending")
_AWAY, _AWAY_S = "store_away", 60.0
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One claimed notice whose intent is committed, ready for its call; what it says stays sealed until then."""

    cell: int
    notice_id: int
    case_id: int
    attempt: int
    template: str
    language: str
    content: bytes = field(repr=False)
    picture: bytes | None  # digest; fetched right before the call
    tries: int  # attempts on this rung, this one included
    place: Place | None  # None: its plan cannot be read, so it is not sent
    jurisdiction: str = ""
    claimed_at: float = 0.0  # monotonic seconds, before the claim: nothing of it was paused then
    probe: bool = False  # a trial call of a sender that had rested


class Claimed(list[Outgoing]):
    """What one claim took. `again_s`: its sender's pace holds it back for so long; None: it took what it could."""

    def __init__(self, sends: Iterable[Outgoing] = (), again_s: float | None = None) -> None:
        super().__init__(sends)
        self.again_s = again_s


@dataclass(frozen=True, slots=True)
class Answered:
    """A call's result, when it came, and how many seconds the call took."""

    sent: Outgoing
    result: SendResult
    at: datetime
    took_s: float = 0.0

    def heard(self) -> Heard:
        """As it counts for the sender's health and pace."""
        return Heard((self.sent.cell, self.sent.notice_id), self.result, self.at, self.took_s, self.sent.probe)


@dataclass(frozen=True, slots=True)
class DispatchDesk:
    """What sending on one channel needs.

    `settle_s`: how long proof is waited for instead of the rung's time; `lease_s`: longest life of one call;
    `max_tries`: attempts on one rung; `pauses`: asked right before a call that had to wait; `health`: how the
    sender's calls went; `senders`: all of the channel that are in use.
    """

    pool: Pool
    notices: Sealer
    provider: Sealer
    photos: PhotoStore
    sender: Sender
    settle_s: float | None
    lease_s: float
    max_tries: int
    channel: Channel = Channel.WHATSAPP
    tariff: ChannelTariff = FREE
    pauses: PauseWatch | None = None
    health: HealthWatch = field(default_factory=HealthWatch)
    senders: Collection[str] = ()

    async def claim(self, limit: int, worker: str, cells: Sequence[int] | None) -> Claimed:
        """Up to `limit` due notices, each with its intent committed, and fewer where the pace has no more to give."""
        begun = monotonic()
        rows = await self.pool.fetch(
            SQL.claim_sends,
            limit,
            self.lease_s,
            worker,
            None if cells is None else list(cells),
            self.channel.value,
            self.sender.name,
            sender_key(self.channel, self.sender.name),
        )
        sends = [
            Outgoing(
                row["cell"],
                row["notice_id"],
                row["case_id"],
                row["attempts"],
                row["template"],
                row["language"],
                row["content"],
                row["picture"],
                row["rung_tries"],
                _place(row),
                row["jurisdiction"],
                begun,
                row["probe"],
            )
            for row in rows
            if row["notice_id"] is not None
        ]
        if sends and sends[0].probe:
            self.health.probing(len(sends))
        return Claimed(sends, rows[0]["again_s"])

    async def send(self, outgoing: Outgoing) -> Answered:
        """Make the call. What cannot be opened or read leaves the message surely unsent."""
        begun = monotonic()
        if outgoing.place is None:
            result = SendResult(SendState.REFUSED, Action.FIX_US, code="plan", detail="its plan cannot be read")
            return Answered(outgoing, result, now())
        try:
            message = self._message(outgoing, await self._picture(outgoing))
        except StoreAway as problem:  # the store of photographs does not answer: that is no try of this message
            result = SendResult(SendState.REFUSED, Action.RETRY, code=_AWAY, detail=problem.sentence)
        except (NotFound, StoreError) as problem:  # a later try may find it
            result = SendResult(SendState.REFUSED, Action.RETRY, code="picture", detail=problem.sentence)
        except (Unreadable, KeyError, ValueError) as problem:
            _log.error("notice_unreadable", notice=outgoing.notice_id, problem=type(problem).__name__)
            result = SendResult(SendState.REFUSED, Action.FIX_US, code="content", detail="the notice does not open")
        else:
            begun = monotonic()
            result = await self.sender.send(message)
        return Answered(outgoing, result, now(), monotonic() - begun)

    async def _picture(self, outgoing: Outgoing) -> Picture | None:
        if outgoing.picture is None or self.channel is Channel.SMS:
            return None
        return Picture(outgoing.picture, await self.photos.get(outgoing.picture))

    def _message(self, outgoing: Outgoing, picture: Picture | None) -> Message:
        try:
            content = self.notices.open_record(outgoing.content, outgoing.notice_id.to_bytes(8))
        except StoreError as problem:
            raise Unreadable from problem
        tag = make_tag(outgoing.cell, outgoing.notice_id, outgoing.attempt)
        message = read_message(self.channel, content, tag, outgoing.template, outgoing.language, picture)
        if self.pauses is None:
            return message
        levels = self.channel.value, self.sender.name, outgoing.jurisdiction
        return replace(message, may_leave=partial(self.pauses.may_leave, *levels, outgoing.claimed_at))

    async def record(self, answers: Sequence[Answered]) -> None:
        """Write a set of answers, next rungs, and cases whose last channel refused, in one transaction."""
        names, results = (self.channel.value, self.sender.name), [answer.result for answer in answers]
        others = await elsewhere(self.pool, *names, self.senders, results)
        moves = [self._move(answer, elsewhere=others.takes(answer.result)) for answer in answers]
        sends = [answer.sent for answer in answers]
        keys = [sent.cell for sent in sends], [sent.notice_id for sent in sends]
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.lock_sends, *keys)
            await connection.execute(
                SQL.record_attempts,
                *self._attempt_columns(answers),
                *names,
                [self.tariff.charged(answer.result, answer.at) for answer in answers],
                self.tariff.free_when_failed(answers[0].at),
            )
            moved = await connection.fetch(SQL.record_notices, *keys, *_move_columns(answers, moves))
            leads = {(row["cell"], row["notice_id"]): row["leads"] for row in moved}
            await self._stamp_overtaken(
                connection, [answer for answer in answers if (answer.sent.cell, answer.sent.notice_id) not in leads]
            )
            await take_answers(connection, *names, self.health, [answer.heard() for answer in answers])
            refused = {
                (sent.cell, sent.case_id): move.case_told
                for sent, move in zip(sends, moves, strict=True)
                if move.case_told and leads.get((sent.cell, sent.notice_id))
            }
            await give_up(connection, refused)
            await tell_descents(connection, self._left(answers, moves, leads), now())
            await self._stop_pointless(connection, answers, moves, leads)
            if any(others.takes(result) for result in results):
                await connection.execute("select pg_notify('cakra_due', 'dispatch')")
        self._alarm_of_ours(answers)

    def _left(
        self, answers: Sequence[Answered], moves: Sequence[NoticeMove], moved: Collection[tuple[int, int]]
    ) -> list[Left]:
        channel = self.channel.value
        return [
            (answer.sent.cell, answer.sent.case_id, channel, why_left(answer.result), move.below.channel.value)
            for answer, move in zip(answers, moves, strict=True)
            if move.below and (answer.sent.cell, answer.sent.notice_id) in moved
        ]

    async def _stop_pointless(
        self,
        connection: Connection,
        answers: Sequence[Answered],
        moves: Sequence[NoticeMove],
        moved: Collection[tuple[int, int]],
    ) -> None:
        """What waits for another try though its case went on meanwhile: nobody could cancel it during the call."""
        again = {
            (sent.cell, sent.case_id)
            for sent, move in zip((answer.sent for answer in answers), moves, strict=True)
            if move.step == "dispatch" and move.below is None and (sent.cell, sent.notice_id) in moved
        }
        if again:
            await stop_pointless(connection, again, now())

    async def _stamp_overtaken(self, connection: Connection, answers: Sequence[Answered]) -> None:
        """A receipt came before the answer: the notice has moved on, its hand-over is still timed."""
        accepted = [answer for answer in answers if answer.result.state is SendState.ACCEPTED]
        if accepted:
            await connection.execute(
                SQL.stamp_hand_over,
                [answer.sent.cell for answer in accepted],
                [answer.sent.notice_id for answer in accepted],
                [answer.at for answer in accepted],
            )

    def _move(self, answer: Answered, *, elsewhere: bool) -> NoticeMove:
        sent = answer.sent
        if sent.place is None:
            return NoticeMove("failed", None, None, case_told="channel_failed")
        if answer.result.code == _AWAY:
            return NoticeMove("queued", "dispatch", answer.at + timedelta(seconds=_AWAY_S), uncounted=1)
        settle_s = sent.place.wait_s(self.settle_s)
        move = after_answer(
            answer.result, sent.tries, answer.at, settle_s=settle_s, max_tries=self.max_tries, elsewhere=elsewhere
        )
        return climb_down(move, sent.place, answer.at)

    def _attempt_columns(self, answers: Sequence[Answered]) -> list[list[object]]:
        rows = [
            (
                answer.sent.cell,
                answer.sent.notice_id,
                answer.sent.attempt,
                answer.result.state.value,
                answer.result.provider_id and storable(answer.result.provider_id),
                storable(answer.result.code),
                answer.result.action.value,
                storable(answer.result.detail),
                answer.at,
                self.provider.seal(answer.result.raw, answer.sent.notice_id.to_bytes(8)) if answer.result.raw else None,
            )
            for answer in answers
        ]
        return [list(column) for column in zip(*rows, strict=True)]

    def _alarm_of_ours(self, answers: Sequence[Answered]) -> None:
        ours = sorted({answer.result.code for answer in answers if answer.result.action is Action.FIX_US})
        if ours:
            _log.error("sends_refused_by_our_fault", channel=self.channel.value, codes=ours)


def _place(row: Row) -> Place | None:
    try:
        place = place_of(row["plan"], row["rung"], row["zone"])
        place.wait_s(None)  # it stands on a rung of its plan
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        _log.error("plan_unreadable", notice=row["notice_id"], problem=type(problem).__name__)
        return None
    return place


def _move_columns(answers: Sequence[Answered], moves: Sequence[NoticeMove]) -> list[list[object]]:
    rows = [
        (
            answer.sent.attempt,
            move.state,
            move.step,
            move.due_at,
            answer.at,
            move.below and move.below.rung,
            move.below and move.below.channel.value,
            move.uncounted,
        )
        for answer, move in zip(answers, moves, strict=True)
    ]
    return [list(column) for column in zip(*rows, strict=True)]
