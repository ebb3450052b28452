"""Money of real sends: what the books say is what the attempts cost, whatever receipts come and in whatever order."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.delivery.ladder import Rung
from cakra.core.delivery.tariff import BOOKS_ZONE, MICRO, parse_tariffs
from cakra.core.errors import CakraError, InputError
from cakra.core.ports import Channel
from cakra.delivery.costs.books import fold_entries, read_books
from cakra.delivery.costs.budgets import BudgetWatch, list_budgets, set_budget
from cakra.delivery.costs.holding import leave_held
from cakra.delivery.costs.rules import BudgetAlarm, alarms, begins, following, forecast, month_of, read_month
from cakra.journey.staff.officers import add_officer
from dispatch_kit import status

PRICES = """
[[tariff]]
channel = "whatsapp"
effective_from = 2026-01-01
rupiah = 356.65
charged_when = "delivered"
confirmed = true
source = "contract"
[[tariff]]
channel = "email"
effective_from = 2026-01-01
rupiah = 0
charged_when = "accepted"
confirmed = true
source = "our own server"
"""
ALL = parse_tariffs(PRICES)
TARIFFS = {channel.value: ALL.of(channel) for channel in Channel}
EACH = 356_650_000
TWO_RUNGS = (Rung(Channel.WHATSAPP, "delivered", 600.0), Rung(Channel.EMAIL, "delivered", 7200.0))
PRICING = {"pricing_model": "PMP", "type": "regular", "category": "utility"}


@pytest.fixture
def priced(ground):
    """The desk and the receipts of this ground know prices."""
    ground.desk = ground.desk_of(tariff=TARIFFS["whatsapp"])
    ground.proofs = type(ground.proofs)(
        ground.pool, ground.callbacks, ground.proofs.readers, ground.proofs.policies, 1800.0, TARIFFS
    )
    return ground


@pytest.fixture
async def officer(pool):
    await add_officer(
        pool, "komandan", name="K", rank="", role="commander", certified=False, password="a long enough password"
    )
    return "komandan"


async def agree(pool, messages, micro):
    """The books, before and after folding, say what the attempts say."""
    for _ in range(2):
        whatsapp = (await read_books(pool, TARIFFS)).channels[0]
        assert (whatsapp.total.messages, whatsapp.total.micro_rupiah) == (messages, micro)
        row = await pool.fetchrow(
            "select count(cost) as messages, coalesce(sum(cost), 0)::bigint as micro from attempt"
        )
        assert (row["messages"], row["micro"]) == (messages, micro)
        await fold_entries(pool)
    assert await pool.fetchval("select count(*) from spending_entry") == 0


async def test_what_the_provider_takes_is_counted_at_once_and_a_refusal_is_not(priced, pool):
    for _ in range(3):
        await priced.queue()
    await priced.send()
    priced.peer.faults(answer_code=131026)
    await priced.queue()
    await priced.send()
    await agree(pool, 3, 3 * EACH)


async def test_free_failed_and_unknown_messages_are_corrected_by_their_receipts(priced, pool):
    free, failed, paid = [await priced.queue() for _ in range(3)]
    await priced.send()
    await priced.tell(
        status(free.tag(), "sent", pricing=PRICING | {"billable": False, "type": "free_customer_service"}),
        status(failed.tag(), "failed", code=131026),
        status(paid.tag(), "delivered", pricing=PRICING | {"billable": True}),
    )
    await agree(pool, 3, EACH)
    priced.peer.faults(share_lost=1.0)
    lost = await priced.queue()
    await priced.send()
    await agree(pool, 3, EACH)
    await priced.tell(status(lost.tag(), "delivered"))
    await agree(pool, 4, 2 * EACH)


@pytest.mark.parametrize("order", list(permutations(("answer", "free", "failed"))))
async def test_receipts_and_answer_in_any_order_cost_the_same(priced, pool, order):
    free, failed = await priced.queue(), await priced.queue()
    claimed = await priced.claim()
    for word in order:
        if word == "answer":
            await priced.desk.record([await priced.desk.send(one) for one in claimed])
        elif word == "free":
            await priced.tell(status(free.tag(), "delivered", pricing=PRICING | {"billable": False}))
        else:
            await priced.tell(status(failed.tag(), "failed", code=131026))
    await agree(pool, 2, 0)


async def test_two_workers_fold_each_entry_once(priced, pool):
    for _ in range(6):
        await priced.queue()
        await priced.send()
    assert await pool.fetchval("select count(*) from spending_entry") == 6
    assert sum(await asyncio.gather(*(fold_entries(pool) for _ in range(4)))) == 6
    await agree(pool, 6, 6 * EACH)


async def test_an_alarm_is_told_once_and_a_budget_without_hold_stops_nothing(priced, pool, officer):
    await set_budget(pool, "whatsapp", 400, "alarm", officer, "Agreed for this month")
    watch = BudgetWatch(pool, TARIFFS, ("whatsapp", "email"))
    await watch.judge(datetime.now(UTC))
    for _ in range(2):
        await priced.queue(plan=TWO_RUNGS)
        await priced.send()
        await watch.judge(datetime.now(UTC))
        await watch.judge(datetime.now(UTC))
    told = [row["kind"] for row in await pool.fetch("select kind from budget_alarm order by at, kind desc")]
    assert sorted(kind for kind in told if kind != "forecast") == ["near", "reached"]
    assert await pool.fetchval("select count(*) from budget_hold") == 0
    await agree(pool, 2, 2 * EACH)


async def test_a_held_channel_is_left_by_what_has_another_way_and_the_rest_goes_on(priced, pool, officer):
    await set_budget(pool, "whatsapp", 300, "hold", officer, "No more than this")
    watch = BudgetWatch(pool, TARIFFS, ("whatsapp", "email"))
    await priced.queue(plan=TWO_RUNGS)
    await priced.send()
    await watch.judge(datetime.now(UTC))
    with_mail, phone_only = await priced.queue(plan=TWO_RUNGS), await priced.queue()
    assert [one.notice_id for one in await priced.claim()] == [phone_only.notice_id]
    assert await leave_held(pool, 100) == 1
    assert (await priced.notice(with_mail))["channel"] == "email"
    assert await priced.told(with_mail) == ["channel_left"]
    details = json.loads(await pool.fetchval("select details from case_event where case_id = $1", with_mail.case_id))
    assert details == {"channel": "whatsapp", "why": "budget", "next": "email"}


async def test_a_held_channel_is_used_again_when_no_other_is_open_or_the_budget_grows(priced, pool, officer):
    await set_budget(pool, "whatsapp", 300, "hold", officer, "No more than this")
    watch = BudgetWatch(pool, TARIFFS, ("whatsapp", "email"))
    await priced.queue(plan=TWO_RUNGS)
    await priced.send()
    await pool.execute(
        "insert into pause (pause_id, level, key, reason, paused_by, paused_at)"
        " values (1, 'channel', 'email', 'test', 'komandan', now())"
    )
    await watch.judge(datetime.now(UTC))
    await priced.queue(plan=TWO_RUNGS)
    assert len(await priced.claim()) == 1, "with e-mail paused WhatsApp is the only way, and the notice takes it"
    await pool.execute("delete from pause")
    await watch.judge(datetime.now(UTC))
    await priced.queue(plan=TWO_RUNGS)
    assert await priced.claim() == []
    await set_budget(pool, "whatsapp", 10**6, "hold", officer, "More was granted")
    await watch.judge(datetime.now(UTC))
    assert len(await priced.claim()) == 1
    assert [one.rupiah for one in await list_budgets(pool)] == [10**6, 300]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"channel": "pigeon"}, "no channel 'pigeon'"),
        ({"rupiah": 0}, "0 is not"),
        ({"rupiah": 10**16}, "whole rupiah"),
        ({"policy": "stop"}, "no policy 'stop'"),
        ({"reason": " "}, "reason"),
        ({"by": "nobody"}, "nobody holds no grant"),
        ({"from_month": date(2025, 1, 1)}, "2025-01 is over"),
    ],
)
async def test_a_wrong_budget_is_refused_and_nothing_is_kept(pool, officer, told, words):
    asked = {"channel": "sms", "rupiah": 5, "policy": "alarm", "by": officer, "reason": "why"} | told
    with pytest.raises(CakraError, match=words):
        await set_budget(pool, **asked)
    assert await list_budgets(pool) == []


DAYS = st.dictionaries(st.integers(0, 40), st.integers(0, 10**12), max_size=30)


@given(DAYS, st.integers(0, 59 * 24 * 60))
def test_a_forecast_is_never_below_what_is_spent_and_is_it_when_the_month_is_over(amounts, minutes):
    month = date(2026, 11, 1)
    at = begins(month) + timedelta(minutes=minutes)
    today = at.astimezone(BOOKS_ZONE).date()
    days = {day: amount for back, amount in amounts.items() if (day := month + timedelta(days=back - 7)) <= today}
    spent = sum(amount for day, amount in days.items() if month <= day < following(month))
    seen = forecast(days, month, at)
    for amount in (seen.straight_line, seen.recent):
        assert amount is None or amount >= spent
    if at >= begins(following(month)):
        assert (seen.straight_line, seen.recent) == (spent, spent)


def test_the_two_forecasts_say_what_they_say():
    month, daily = date(2026, 11, 1), 1000 * MICRO
    days = {date(2026, 11, day): daily * (10 if day > 8 else 1) for day in range(1, 16)}
    seen = forecast(days, month, begins(date(2026, 11, 16)))
    assert seen.straight_line == (8 + 70) * daily * 2
    assert (seen.recent, seen.recent_days) == ((8 + 70 + 15 * 10) * daily, 7)
    assert forecast({date(2026, 11, 1): daily}, month, begins(month) + timedelta(hours=5)).highest is None
    assert alarms(80 * MICRO, forecast({}, month, begins(month)), 100) == (BudgetAlarm.NEAR,)


def test_months_of_the_books_begin_in_jakarta():
    assert month_of(datetime(2026, 10, 31, 17, 0, tzinfo=UTC)) == date(2026, 11, 1)
    assert following(date(2026, 12, 1)) == date(2027, 1, 1)
    with pytest.raises(InputError, match="no month"):
        read_month("November")


async def test_a_correction_is_booked_on_the_day_of_the_intent(priced, pool):
    queued = await priced.queue()
    await priced.send()
    before = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    await pool.execute("update attempt set intended_at = $1", before)
    await priced.tell(status(queued.tag(), "failed", code=131026))
    days = await pool.fetch("select day, messages, micro_rupiah from spending_entry order by entry_id")
    assert [tuple(row) for row in days][1] == (date(2026, 10, 31), 0, -EACH)
