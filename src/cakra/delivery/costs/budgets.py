"""Budgets set by a named officer, and the watch over them: alarms told once, channels held where the policy says so.

Reaching a budget never stops a notice: with the policy `alarm` everything goes on, with `hold` the notices that have
another open rung take it, and those that have none go on as before.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from cakra.core.access.rights import Act
from cakra.core.delivery.tariff import ChannelTariff, whole_rupiah
from cakra.core.errors import InputError
from cakra.core.ports import Channel
from cakra.delivery.costs.books import FOLDED_AT_ONCE, SQL, Books, Budget, ChannelBooks, fold_entries, read_books
from cakra.delivery.costs.rules import BudgetAlarm, month_of
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.logs import get_logger
from cakra.store.db import Connection, Pool
from cakra.store.rights import require

POLICIES = ("alarm", "hold")
MOST_RUPIAH = 10**15
_LONGEST_REASON = 300
_EVERY = timedelta(seconds=5)
_log = get_logger(__name__)


async def set_budget(  # noqa: PLR0917 - what a budget says
    pool: Pool, channel: str, rupiah: int, policy: str, by: str, reason: str, *, from_month: date | None = None
) -> int:
    """A channel's budget from a month on (this one when None); its id. `by`: an authenticated officer.

    InputError for a wrong channel, amount, policy, month or reason; NotAllowed unless `by` may set budgets.
    """
    at = now()
    month = from_month or month_of(at)
    reason = reason.strip()
    if channel not in set(Channel):
        raise InputError(f"There is no channel {channel!r}; one of: {', '.join(Channel)}.")
    if not 0 < rupiah <= MOST_RUPIAH:
        raise InputError(f"A budget is 1 to {MOST_RUPIAH} whole rupiah a month; {rupiah} is not.")
    if policy not in POLICIES:
        raise InputError(f"There is no policy {policy!r}; one of: {', '.join(POLICIES)}.")
    if month < month_of(at):
        raise InputError(f"{month:%Y-%m} is over; its budget stays as it was.")
    if not reason or len(reason) > _LONGEST_REASON:
        raise InputError(f"Give a reason of 1 to {_LONGEST_REASON} characters.")
    budget_id = new_id()
    async with pool.acquire() as connection, connection.transaction():
        await require(connection, by, Act.SET_BUDGETS)
        await connection.execute(SQL.add_budget, budget_id, channel, month, rupiah, policy, by, at, reason)
        await connection.execute("select pg_notify('cakra_due', 'money')")
    _log.warning("budget_set", channel=channel, month=month.isoformat(), rupiah=rupiah, policy=policy, officer=by)
    return budget_id


async def list_budgets(pool: Pool) -> list[Budget]:
    """Every budget that was ever set, by channel, newest first."""
    return [Budget(**row) for row in await pool.fetch(SQL.all_budgets)]


class BudgetWatch:
    """Folds the books and looks at the budgets every few seconds; any number of workers may.

    `in_use`: the channels that this installation sends on.
    """

    def __init__(self, pool: Pool, tariffs: Mapping[str, ChannelTariff], in_use: Collection[str]) -> None:
        self._pool = pool
        self._tariffs = tariffs
        self._in_use = sorted(in_use)
        self._next: datetime | None = None

    async def look(self) -> int:
        """Fold and judge when it is time; 0 when nothing is left to fold."""
        at = now()
        if self._next is not None and at < self._next:
            return 0
        if (folded := await fold_entries(self._pool)) == FOLDED_AT_ONCE:
            return folded
        await self.judge(at)
        self._next = at + _EVERY
        return 0

    async def judge(self, at: datetime) -> Books:
        """Tell new alarms, hold and release channels; the books as they are."""
        async with self._pool.acquire() as connection, connection.transaction():
            books = await read_books(connection, self._tariffs, at=at)
            for one in books.channels:
                for alarm in one.alarms:
                    await self._tell(connection, books, one, alarm)
            await self._hold(connection, books)
        return books

    async def _tell(self, connection: Connection, books: Books, one: ChannelBooks, alarm: BudgetAlarm) -> None:
        assert one.budget is not None
        budget_id = one.budget.budget_id
        if await connection.fetchval(SQL.raise_alarm, one.channel, books.month, budget_id, alarm.value, books.at):
            foreseen = one.forecast.highest
            _log.error(
                "budget_alarm_raised",
                channel=one.channel,
                month=books.month.isoformat(),
                alarm=alarm.value,
                spent_rupiah=one.total.rupiah,
                budget_rupiah=one.budget.rupiah,
                forecast_rupiah=None if foreseen is None else whole_rupiah(foreseen),
                policy=one.budget.policy,
            )

    async def _hold(self, connection: Connection, books: Books) -> None:
        spent = {
            one.channel: one.budget
            for one in books.channels
            if one.budget and one.budget.policy == "hold" and BudgetAlarm.REACHED in one.alarms
        }
        paused = {row["key"] for row in await connection.fetch(SQL.paused_channels)}
        open_channels = [channel for channel in self._in_use if channel not in spent and channel not in paused]
        for channel, budget in sorted(spent.items()):
            done = await connection.execute(
                SQL.hold_channel, channel, books.month, budget.budget_id, open_channels, books.at
            )
            if not done.endswith(" 0") and channel not in {one.channel for one in books.channels if one.held}:
                _log.warning("channel_held_by_budget", channel=channel, month=books.month.isoformat())
        for row in await connection.fetch(SQL.release_channels, list(spent)):
            _log.warning("channel_released_by_budget", channel=row["channel"])
            await connection.execute("select pg_notify('cakra_due', 'dispatch')")
