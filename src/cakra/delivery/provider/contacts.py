"""Contacts that people told us not to use: what waits for them goes on another way at once."""

from collections.abc import Sequence
from functools import partial

from cakra.core.delivery.ladder import NoticeMove, place_of
from cakra.core.ports import Channel
from cakra.core.states.notice import NoticeState
from cakra.delivery.sending.sends import descend, give_up
from cakra.kit.clock import now
from cakra.store.db import Connection, Pool, Row
from cakra.store.notices import key_of, leading, move_notices, move_set
from cakra.store.sql import load_queries

SQL = load_queries("cakra.delivery.provider")
# Who is not the owner is not the owner by SMS either.
PHONE_CHANNELS = (Channel.WHATSAPP, Channel.SMS)


async def leave_marked(pool: Pool, limit: int) -> int:
    """Notices that wait for a doubted phone, or for a channel it opted out of, take their next rung; how many.

    Without another rung an officer is next. No sender claims them meanwhile.
    """
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(SQL.waiting_on_marked, limit)
        return await move_set(connection, rows, partial(_leave, connection))


async def _leave(connection: Connection, rows: Sequence[Row]) -> None:
    descents, ended = [], []
    for row in rows:
        closed = PHONE_CHANNELS if row["mark"] == "doubtful" else (Channel.WHATSAPP,)
        below = place_of(row["plan"], row["rung"], row["zone"]).below(now(), closed)
        if below is None:
            ended.append(row)
        else:
            descents.append((row, below))
    for mark in ("doubtful", "opted_out"):
        await descend(connection, [one for one in descents if one[0]["mark"] == mark], {}, mark)
    await move_notices(connection, [(key_of(row), NoticeMove(NoticeState.FAILED)) for row in ended])
    leads = await leading(connection, map(key_of, ended))
    told = {(row["cell"], row["case_id"]): "channel_failed" for row in ended if key_of(row) in leads}
    await give_up(connection, told)
