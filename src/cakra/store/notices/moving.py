"""Every change of a notice after its planning, but the claim of a sender. Nothing elsewhere changes such a row.

The database refuses a move that is not in `NOTICE_TABLE` (asyncpg.ForeignKeyViolationError). What is moved is locked
by the caller's transaction, each function says how, and its `version` goes up, so that whoever read it before finds
it changed. An answer is fenced by its attempt's number besides: it counts for the newest attempt only.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from cakra.core.delivery.ladder import NoticeMove
from cakra.core.states.case import Case
from cakra.core.states.journey import State
from cakra.core.states.notice import OF_THE_TURN, NoticeState, Purpose, is_worth_telling, stopped_by
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Database, Row
from cakra.store.faults.aside import TRIES, kind_of, mark_aside, rest_after
from cakra.store.faults.parts import in_parts
from cakra.store.sql import load_queries

SQL = load_queries("cakra.store.notices", "moving.sql")
_log = get_logger(__name__)

Key = tuple[int, int]
"""Cell and notice id."""
Stop = tuple[int, int, str]
"""Cell, case id and purpose of notices that need not be told any more."""
_WORDED = (
    *("language", "template", "content", "picture", "due_at", "channel", "plan", "hand_over_by"),
    *("recipient", "editions"),
)


def key_of(row: Row) -> Key:
    """The key of a row that has `cell` and `notice_id`."""
    return row["cell"], row["notice_id"]


async def move_notices(connection: Connection, moves: Iterable[tuple[Key, NoticeMove]]) -> None:
    """Write one move of each; the caller has locked the rows and decided on what they hold."""
    rows = [
        (
            *key,
            move.state.value,
            move.step,
            move.due_at,
            move.below and move.below.rung,
            move.below and move.below.channel.value,
            move.uncounted,
            move.handed_over_at,
            move.delivered_at,
            move.takes_back,
        )
        for key, move in moves
    ]
    if rows:
        await connection.execute(SQL.move_notices, *_columns(rows))


async def move_unchanged(connection: Connection, key: Key, version: int, move: NoticeMove) -> bool:
    """One move, fenced by the version that was read; False, and nothing written, when it has changed since.

    False too while somebody else holds it: who holds a case never waits for a notice.
    """
    if not await connection.fetchval(SQL.lock_unchanged, *key, version):
        return False
    await move_notices(connection, [(key, move)])
    return True


async def word_notices(connection: Connection, worded: Sequence[tuple[Key, dict[str, object]]]) -> None:
    """planned → queued with what the letterhead wrote (columns by name); the caller has locked the rows."""
    rows = [(*key, *(said[name] for name in _WORDED)) for key, said in worded]
    if rows:
        await connection.execute(SQL.word_notices, *_columns(rows))


async def change_templates(connection: Connection, changes: Sequence[tuple[Key, str, bool]]) -> None:
    """Another text for what waits: key, its name, whether it shows the picture; the caller has locked the rows."""
    await connection.execute(SQL.change_templates, *_columns([(*key, name, shows) for key, name, shows in changes]))


async def stamp_hand_over(connection: Connection, stamps: Sequence[tuple[Key, datetime]]) -> None:
    """When the provider said it took these, where nothing earlier is known; the caller has locked the rows."""
    if stamps:
        await connection.execute(SQL.stamp_hand_over, *_columns([(*key, at) for key, at in stamps]))


async def due_after_release(connection: Connection, channel: str, sender: str) -> None:
    """What a stopped sender was refused is due at once; locks the rows itself, in the order of their keys."""
    await connection.execute(SQL.due_after_release, channel, sender)


async def release_notice(connection: Connection, key: Key, step: str, version: int) -> bool:
    """One that was set aside is due at once; False when it is not at that version any more."""
    return await connection.fetchval(SQL.release_notice, *key, step, version) is not None


async def settle_attempts(
    connection: Connection,
    attempts: Sequence[tuple[Key, str, int]],
    states: Sequence[str],
    word: tuple[str, str, str | None, str],
    at: datetime | None = None,
) -> None:
    """Attempts (key, channel, number) in one of `states` take a word that is not the provider's answer.

    `word`: state, action, code (None: the provider's stays), detail. The caller has locked their notices.
    """
    if attempts:
        columns = _columns([(*key, channel, number) for key, channel, number in attempts])
        await connection.execute(SQL.settle_attempts, *columns, list(states), *word, at)


async def leading(connection: Connection, keys: Iterable[Key]) -> frozenset[Key]:
    """Those of these notices that their cases hang on: the newest confirmation of each."""
    if not (asked := list(keys)):
        return frozenset()
    return frozenset(key_of(row) for row in await connection.fetch(SQL.leading, *_columns(asked)))


async def newest_confirmation(db: Database, cell: int, case_id: int) -> "Row | None":
    """The newest confirmation of a case: notice_id, version, state, step, channel, rung, attempts.

    `contacted`: the parties whom any message of the case may have reached, None for nobody.
    """
    return await db.fetchrow(SQL.newest_confirmation, cell, case_id)


def stops_of_moves(moved: Iterable[tuple[Case, State]]) -> list[Stop]:
    """What these cases need not be told in their new states."""
    return [(*case.key, purpose.value) for case, state in moved for purpose in stopped_by(case.state, state)]


def stops_of_turns(cases: Iterable[Case]) -> list[Stop]:
    """What their parties need not be told any more when it is another party's turn."""
    return [(*case.key, purpose.value) for case in cases for purpose in OF_THE_TURN]


async def stops_as_they_stand(connection: Connection, keys: Iterable[tuple[int, int]]) -> list[Stop]:
    """What these cases (cell, case id) need not be told as they stand; held so until the transaction ends."""
    rows = await connection.fetch(SQL.states, *(list(column) for column in zip(*keys, strict=True)))
    return [
        (row["cell"], row["case_id"], purpose.value)
        for row in rows
        for purpose in Purpose
        if not is_worth_telling(purpose, State(row["state"]))
    ]


async def stop_notices(connection: Connection, stops: Sequence[Stop]) -> Sequence[Row]:
    """Cancel what has not left (planned or queued); the rows stopped: cell, case_id, purpose, number.

    A notice that somebody else holds is being sent, worded or proved in this instant and is left alone: who holds
    a case never waits for a notice.
    """
    if not stops:
        return []
    rows = await connection.fetch(SQL.lock_unsent, *(list(column) for column in zip(*stops, strict=True)))
    await move_notices(connection, [(key_of(row), NoticeMove(NoticeState.CANCELLED)) for row in rows])
    return rows


async def word_party_again(connection: Connection, party: tuple[int, int, int], at: datetime) -> None:
    """Word anew what is queued to a party (cell, case id, party id): queued → planned.

    Locks the rows itself; what somebody else holds is being sent in this instant and is left alone.
    """
    rows = await connection.fetch(SQL.lock_unsent_to, *party)
    again = NoticeMove(NoticeState.PLANNED, "word", at)
    await move_notices(connection, [(key_of(row), again) for row in rows])


async def tell_again(connection: Connection, key: Key, at: datetime) -> None:
    """Word it anew, from the top of its ladder; the caller has locked the row.

    What concerns the turn goes to the party whose turn it is now.
    """
    await connection.execute(SQL.turn_to_whose_it_is, *key)
    await move_notices(connection, [(key, NoticeMove(NoticeState.PLANNED, "word", at))])


async def move_set(
    connection: Connection, rows: Sequence[Row], move: Callable[[Sequence[Row]], Awaitable[object]]
) -> int:
    """`move` notices (rows with cell, notice_id, case_id) that the caller's transaction has locked; how many it moved.

    One that fails alone waits, longer each time, and is set aside where `cakra aside` shows it after several tries.
    """
    refused = 0

    async def part(some: Sequence[Row]) -> None:
        async with connection.transaction():
            await move(some)

    async def put_off(row: Row, problem: Exception) -> None:
        nonlocal refused
        refused += 1
        async with connection.transaction():
            tries = await connection.fetchval(SQL.find_notice_tries, *key_of(row)) + 1
            told = await connection.fetchrow(SQL.put_off_notice, *key_of(row), rest_after(tries))
            if told is not None and tries >= TRIES:
                key = row["cell"], row["case_id"]
                await mark_aside(connection, key, told["step"], told["version"], problem, notice_id=row["notice_id"])
        _log.error("notice_not_moved", notice=row["notice_id"], tries=tries, kind=kind_of(problem))

    await in_parts(rows, part, put_off)
    return len(rows) - refused


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
