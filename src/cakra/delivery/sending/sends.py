"""Sending on one channel: claim with intents committed, call, and write the answers in sets.

The walk of an answer: `record` here, `after_answer` in rules.py says the move, store/notices writes it, store/cases
what its case learns. How the sender did is told beside it (delivery/senders).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from cakra.core.delivery.ladder import Descent, NoticeMove, PlanPlace, descent_to, place_of
from cakra.core.delivery.official import sender_key
from cakra.core.delivery.tariff import FREE, ChannelTariff
from cakra.core.errors import NotFound, StoreAway, StoreError
from cakra.core.foreign import storable
from cakra.core.ports import Action, Channel, Message, PhotoStore, Picture, Sender, SendResult, SendState
from cakra.core.states.journey import State
from cakra.core.states.notice import NoticeState
from cakra.core.states.outcome import Outcome
from cakra.delivery.pause.pausing import PauseWatch
from cakra.delivery.senders import CallAnswer, HealthWatch, elsewhere, take_answers
from cakra.delivery.sending.content import UnreadableContent, read_message
from cakra.delivery.sending.rules import Answered, Claimed, Outgoing, after_answer, make_tag, why_left
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.seal import Sealer
from cakra.store.cases import lock_cases, note_events, stop_pointless, write_back
from cakra.store.db import Connection, Pool, Row
from cakra.store.notices import claim_sends, key_of, leading, move_notices, stamp_hand_over
from cakra.store.parties import ask_owners_again
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.sending")
_AWAY, _AWAY_S = "store_away", 60.0
_log = get_logger(__name__)

Left = tuple[int, int, str, str, str]
"""Cell, case id, the channel that was left, why, and the next one."""


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
        name = self.sender.name
        sender = self.channel.value, name, sender_key(self.channel, name)
        rows = await claim_sends(self.pool, sender, limit, self.lease_s, worker, cells)
        sends = [_outgoing_of(row, begun) for row in rows if row["notice_id"] is not None]
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
        except (UnreadableContent, KeyError, ValueError) as problem:
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
            raise UnreadableContent from problem
        tag = make_tag(outgoing.cell, outgoing.notice_id, outgoing.attempt)
        message = read_message(self.channel, content, tag, outgoing.template, outgoing.language, picture)
        if self.pauses is None:
            return message
        levels = self.channel.value, self.sender.name, outgoing.jurisdiction
        return replace(message, may_leave=partial(self.pauses.may_leave, *levels, outgoing.claimed_at))

    async def record(self, answers: Sequence[Answered]) -> None:
        """Write a set of answers, next rungs, and cases whose last channel refused, in one transaction.

        An answer moves its notice while that still waits for this very attempt; a proof that came first stays.
        """
        names, results = (self.channel.value, self.sender.name), [answer.result for answer in answers]
        others = await elsewhere(self.pool, *names, self.senders, results)
        async with self.pool.acquire() as connection, connection.transaction():
            keys = [list(column) for column in zip(*(answer.sent.key for answer in answers), strict=True)]
            waiting = {(*key_of(row), row["attempts"]) for row in await connection.fetch(SQL.lock_sends, *keys)}
            await self._record_attempts(connection, answers)
            moved = [
                (answer, self._move(answer, elsewhere=others.takes(answer.result)))
                for answer in answers
                if (*answer.sent.key, answer.sent.attempt) in waiting
            ]
            await move_notices(connection, [(answer.sent.key, move) for answer, move in moved])
            await stamp_hand_over(
                connection,
                [  # a receipt came before the answer: the notice has moved on, its hand-over is still timed
                    (answer.sent.key, answer.at)
                    for answer in answers
                    if answer.result.state is SendState.ACCEPTED
                    and (*answer.sent.key, answer.sent.attempt) not in waiting
                ],
            )
            heard = [CallAnswer(one.sent.key, one.result, one.at, one.took_s, one.sent.probe) for one in answers]
            await take_answers(connection, *names, self.health, heard)
            await self._follow(connection, moved)
            if any(others.takes(result) for result in results):
                await connection.execute("select pg_notify('cakra_due', 'dispatch')")
        self._alarm_of_ours(answers)

    async def _record_attempts(self, connection: Connection, answers: Sequence[Answered]) -> None:
        await connection.execute(
            SQL.record_attempts,
            *self._attempt_columns(answers),
            self.channel.value,
            self.sender.name,
            [self.tariff.charged(answer.result, answer.at) for answer in answers],
            self.tariff.free_when_failed(answers[0].at),
        )

    async def _follow(self, connection: Connection, moved: Sequence[tuple[Answered, NoticeMove]]) -> None:
        """What the moves of some notices mean for their cases and timelines."""
        told = {answer.sent.key: (answer.sent, move.case_told) for answer, move in moved if move.case_told}
        ended = await leading(connection, told)
        await give_up(connection, {(told[key][0].cell, told[key][0].case_id): str(told[key][1]) for key in ended})
        left = [
            (
                answer.sent.cell,
                answer.sent.case_id,
                self.channel.value,
                why_left(answer.result),
                move.below.channel.value,
            )
            for answer, move in moved
            if move.below
        ]
        await tell_descents(connection, left, now())
        # What waits for another try though its case went on meanwhile: nobody could cancel it during the call.
        again = {
            (answer.sent.cell, answer.sent.case_id)
            for answer, move in moved
            if move.step == "dispatch" and move.below is None
        }
        if again:
            await stop_pointless(connection, again, now())

    def _move(self, answer: Answered, *, elsewhere: bool) -> NoticeMove:
        sent = answer.sent
        if sent.place is None:
            return NoticeMove(NoticeState.FAILED, case_told="channel_failed")
        if answer.result.code == _AWAY:
            return NoticeMove(NoticeState.QUEUED, "dispatch", answer.at + timedelta(seconds=_AWAY_S), uncounted=1)
        settle_s = sent.place.wait_s(self.settle_s)
        move = after_answer(
            answer.result, sent.tries, answer.at, settle_s=settle_s, max_tries=self.max_tries, elsewhere=elsewhere
        )
        return move.or_below(sent.place, answer.at)

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


def _outgoing_of(row: Row, claimed_at: float) -> Outgoing:
    """A row of the claim."""
    return Outgoing(
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
        claimed_at,
        row["probe"],
    )


def _place(row: Row) -> PlanPlace | None:
    try:
        place = place_of(row["plan"], row["rung"], row["zone"])
        place.wait_s(None)  # it stands on a rung of its plan
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        _log.error("plan_unreadable", notice=row["notice_id"], problem=type(problem).__name__)
        return None
    return place


async def descend(
    connection: Connection, descents: Sequence[tuple[Row, Descent]], why: Mapping[str, str], otherwise: str
) -> None:
    """Notices (locked rows with cell, notice_id, case_id, channel) to other rungs, and onto the timeline.

    `why` they left, by the state that the row says, else `otherwise`; no rung that was left is taken again.
    """
    if not descents:
        return
    await move_notices(connection, [(key_of(row), descent_to(below)) for row, below in descents])
    left = [
        (row["cell"], row["case_id"], row["channel"], why.get(row.get("state", ""), otherwise), below.channel.value)
        for row, below in descents
    ]
    await tell_descents(connection, left, now())


async def tell_descents(connection: Connection, left: Iterable[Left], at: datetime) -> None:
    """Put each change of rung on the timeline, and wake the lane of the next channel at commit.

    What its case need not be told any more stops here: nobody cancelled it while it was on its way.
    """
    notes = [
        (cell, case_id, {"channel": channel, "why": why, "next": following})
        for cell, case_id, channel, why, following in left
    ]
    if notes:
        await note_events(connection, notes, at, told="channel_left")
        await stop_pointless(connection, {(cell, case_id) for cell, case_id, _ in notes}, at)
        await connection.execute("select pg_notify('cakra_due', 'dispatch')")


async def give_up(connection: Connection, told: Mapping[tuple[int, int], str]) -> None:
    """Cases whose ladder ended: notifying → undeliverable, an officer is next. `told` by (cell, case id).

    Where a named person could not be reached, the owner is asked again instead.
    """
    if not told:
        return
    at, waiting = now(), [case for case in await lock_cases(connection, told) if case.state is State.NOTIFYING]
    named = [case for case in waiting if case.may_be_named]
    again = await ask_owners_again(connection, named, "unreachable", at) if named else {}
    chains = [
        [Outcome(*case.key, State.UNDELIVERABLE, told[case.key]), *([again[case.key]] if case.key in again else [])]
        for case in waiting
    ]
    await write_back(connection, waiting, chains, at)
