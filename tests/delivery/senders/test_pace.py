"""Pace in the claim: a bucket a sender, a pause a person, a limit a portfolio, shared by all who claim."""

import asyncio
import hashlib
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cakra.core.delivery.ladder import Rung
from cakra.core.errors import SetupError
from cakra.core.ports import Channel
from cakra.delivery.ladder import leave_late
from cakra.delivery.senders import Pace, list_senders, open_senders, sender_events
from dispatch_kit import CONTENT_BOTH, PHONE_AND_MAIL, ground_on
from official_kit import make_official

PAIR_LIMITED = 131056
SECOND = "+62 811-0000-0001"


async def pace(ground, *names, **told):
    """Give these senders (the ground's own) a pace, as a starting worker does."""
    names = names or (ground.sender.name,)
    await open_senders(ground.pool, [("whatsapp", name, Pace(**told)) for name in names])


async def time_passes(ground, seconds):
    """As far as pace knows."""
    changes = f"interval '{seconds} seconds'"
    await ground.pool.execute(f"update sender_state set filled_at = filled_at - {changes}")
    await ground.pool.execute(f"update pair_pace set free_at = free_at - {changes}")


def person(name):
    return hashlib.sha256(name.encode()).digest()[:16]


async def queue_for(ground, *people):
    """One queued notice for each of these people."""
    made = []
    for name in people:
        queued = await ground.queue()
        await ground.pool.execute(
            "update notice set recipient = $2 where notice_id = $1", queued.notice_id, person(name)
        )
        made.append(queued)
    return made


async def tokens(ground):
    return await ground.pool.fetchval("select tokens from sender_state where sender = $1", ground.sender.name)


# ---------------------------------------------------------------- the bucket
async def test_a_sender_without_a_rate_takes_what_it_wants(ground):
    for _ in range(30):
        await ground.queue()
    await pace(ground, rate=None)
    claimed = await ground.claim(limit=30)
    assert (len(claimed), claimed.again_s) == (30, None)


asks = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 4)), min_size=1, max_size=8)


@given(asks)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_more_leaves_than_burst_and_rate_allow_and_no_token_is_lost(ground, asked):
    """Real time passes between the claims too, so a token more than the played time gives may be there."""
    rate, burst = 2.0, 5
    await ground.pool.execute("truncate sender_state, attempt")
    await ground.pool.execute("update notice set step = null, due_at = null")
    await pace(ground, rate=rate, burst=burst)
    for _ in range(12):
        await ground.queue()
    waiting, played, taken = 12, 0, 0
    began = await ground.pool.fetchval("select clock_timestamp()")
    for limit, wait in asked:
        await time_passes(ground, wait)
        played += wait
        claimed = await ground.claim(limit=limit)
        took = (await ground.pool.fetchval("select clock_timestamp()") - began).total_seconds()
        taken += len(claimed)
        waiting -= len(claimed)
        assert taken <= burst + rate * (played + took)
        assert len(claimed) <= limit
        left = await tokens(ground)
        assert 0 <= left <= burst
        if claimed.again_s is not None:
            assert left < 1, "only an empty bucket sends it away"
            assert claimed.again_s <= max((1 - left) / rate, 0.1)
        assert len(claimed) == min(limit, waiting + len(claimed)) or left < 1, "it takes what it may"


async def test_claimers_of_several_hosts_share_one_bucket(ground):
    for _ in range(40):
        await ground.queue()
    await pace(ground, rate=0.001, burst=10)
    claims = await asyncio.gather(*(ground.desk.claim(4, f"host {number}", None) for number in range(8)))
    assert sum(len(claim) for claim in claims) == 10
    held = [claim for claim in claims if len(claim) < 4]
    assert all(claim.again_s > 100 for claim in held), "they know when the next token comes"


async def test_what_a_killed_worker_had_claimed_is_spent_and_no_more(ground):
    for _ in range(8):
        await ground.queue()
    await pace(ground, rate=0.001, burst=5)
    assert len(await ground.claim(limit=3)) == 3  # and nobody ever calls
    assert math.floor(await tokens(ground)) == 2
    await pace(ground, rate=0.001, burst=5)  # its successor starts
    assert len(await ground.claim()) == 2
    await time_passes(ground, 3000)
    assert len(await ground.claim()) == 3


async def test_an_idle_claim_writes_nothing(ground):
    await pace(ground, rate=80, burst=5)
    before = await ground.pool.fetchval("select xmin::text || ctid::text from sender_state")
    assert (await ground.claim()) == []
    assert await ground.pool.fetchval("select xmax::text from sender_state") == "0"
    assert await ground.pool.fetchval("select xmin::text || ctid::text from sender_state") == before


# ---------------------------------------------------------------- one person
async def test_a_person_is_written_to_once_in_six_seconds_by_one_sender(ground):
    first, second, other = await queue_for(ground, "siti", "siti", "budi")
    await pace(ground, pair_s=6.0)
    claimed = await ground.claim()
    assert {one.notice_id for one in claimed} == {first.notice_id, other.notice_id}
    claimed = await ground.claim()
    assert claimed == []
    assert 0 < claimed.again_s <= 6.0
    assert (await ground.notice(second))["rung_tries"] == 0, "held back is not tried"
    await time_passes(ground, 7)
    assert [one.notice_id for one in await ground.claim()] == [second.notice_id]


async def test_as_many_as_the_burst_allows_come_at_once_to_one_person(ground):
    await queue_for(ground, *["siti"] * 6)
    await pace(ground, pair_s=6.0, pair_burst=3)
    taken = [len(await ground.claim()) for _ in range(5)]
    assert taken == [1, 1, 1, 0, 0]
    await time_passes(ground, 6.5)
    assert [len(await ground.claim()) for _ in range(2)] == [1, 0]


async def test_claimers_at_once_keep_the_pair_limit(ground):
    await queue_for(ground, *["siti"] * 10)
    await pace(ground, pair_s=6.0)
    claims = await asyncio.gather(*(ground.desk.claim(5, f"host {number}", None) for number in range(6)))
    assert sum(len(claim) for claim in claims) == 1


async def test_a_refused_pair_waits_for_this_sender_only(ground, peer, tmp_path, pool):
    """The provider's own count was ahead of ours: the other number takes it at once."""
    await make_official(pool, "whatsapp", SECOND)
    (queued,) = await queue_for(ground, "siti")
    await pace(ground, ground.sender.name, SECOND, pair_s=6.0)
    desk = ground.desk_of(senders=(ground.sender.name, SECOND))
    peer.faults(answer_code=PAIR_LIMITED)
    await ground.send(desk)
    peer.faults(answer_code=None)
    claimed = await desk.claim(5, "tester", None)
    assert claimed == []
    assert claimed.again_s > 0
    async with ground_on(pool, peer, tmp_path, display_number=SECOND) as other:
        await other.send()
    assert [row["sender"] for row in await ground.attempts(queued)] == [ground.sender.name, SECOND]
    assert (await ground.notice(queued))["state"] == "accepted"


# ---------------------------------------------------------------- the portfolio
async def test_senders_of_a_portfolio_share_its_people_and_the_hours_give_them_back(ground):
    for _ in range(8):
        await ground.queue()
    told = {"portfolio": "polda", "daily_limit": 5}
    await make_official(ground.pool, "whatsapp", SECOND)
    await pace(ground, ground.sender.name, SECOND, **told)
    assert len(await ground.claim(limit=3)) == 3
    second = ground.desk_of(sender=Named(SECOND))
    assert len(await second.claim(10, "tester", None)) == 2
    assert await ground.claim() == []
    await ground.pool.execute("update portfolio set hour = hour - 24")
    assert await ground.claim() == [], "24 hours ago still counts: the hour began before"
    await ground.pool.execute("update portfolio set hour = hour - 1")
    assert len(await ground.claim()) == 3


async def test_a_second_try_is_no_second_person(ground, peer):
    queued = await ground.queue()
    await pace(ground, portfolio="polda", daily_limit=5)
    peer.faults(answer_code=131000)
    await ground.send()
    await ground.pass_time(queued, "dispatch")
    await ground.send()
    assert await ground.pool.fetchval("select users[1] from portfolio") == 1


async def test_a_full_portfolio_is_told_once_and_its_notices_take_the_next_rung(ground):
    spent, late = await ground.queue(), await ground.queue(plan=PHONE_AND_MAIL, content=CONTENT_BOTH)
    await ground.pool.execute(
        "update notice set due_at = due_at - interval '1 minute' where notice_id = $1", spent.notice_id
    )
    await pace(ground, portfolio="polda", daily_limit=1)
    assert [one.notice_id for one in await ground.claim()] == [spent.notice_id]
    names = {"whatsapp": [ground.sender.name], "email": ["notis@etle.example"]}
    await open_senders(ground.pool, [("email", "notis@etle.example", Pace())])
    await ground.pool.execute("update notice set hand_over_by = now() where notice_id = $1", late.notice_id)
    assert await leave_late(ground.pool, names, 50) == 1
    row = await ground.notice(late)
    assert (row["channel"], row["rung"], row["step"]) == ("email", 1, "dispatch")
    why = "select details::jsonb ->> 'why' from case_event where case_id = $1 and told = 'channel_left'"
    assert await ground.pool.fetchval(why, late.case_id) == "limit"
    again = await ground.queue(plan=PHONE_AND_MAIL, content=CONTENT_BOTH)
    await ground.pool.execute("update notice set hand_over_by = now() where notice_id = $1", again.notice_id)
    await leave_late(ground.pool, names, 50)
    assert [one.told for one in await sender_events(ground.pool)] == ["portfolio_full"]


async def test_people_that_are_free_again_in_time_are_waited_for(ground):
    patient = (Rung(Channel.WHATSAPP, "delivered", 10800.0), Rung(Channel.EMAIL, "delivered", 7200.0))
    await ground.queue()
    await pace(ground, portfolio="polda", daily_limit=1)
    await ground.claim()
    # The one of 23 hours ago is free again in one to two hours, and the rung waits for three.
    await ground.pool.execute("update portfolio set hour = hour - 23")
    waits = await ground.queue(plan=patient, content=CONTENT_BOTH)
    await ground.pool.execute("update notice set hand_over_by = now() where notice_id = $1", waits.notice_id)
    names = {"whatsapp": [ground.sender.name], "email": ["notis@etle.example"]}
    assert await leave_late(ground.pool, names, 50) == 0
    assert (await ground.notice(waits))["channel"] == "whatsapp"
    hasty = await ground.queue(plan=PHONE_AND_MAIL, content=CONTENT_BOTH)
    await ground.pool.execute("update notice set hand_over_by = now() where notice_id = $1", hasty.notice_id)
    await ground.pool.execute(
        "update notice set due_at = due_at - interval '1 s' where notice_id = $1", waits.notice_id
    )
    assert await leave_late(ground.pool, names, 1) == 1, "who waits stands in nobody's way"
    assert (await ground.notice(hasty))["channel"] == "email"


async def test_one_portfolio_has_one_limit(pool):
    lines = [("whatsapp", name, Pace(portfolio="polda", daily_limit=limit)) for name, limit in (("a", 5), ("b", 6))]
    with pytest.raises(SetupError, match=r"polda has two daily limits"):
        await open_senders(pool, lines)


# ---------------------------------------------------------------- who may claim at all
async def test_a_sender_outside_its_validity_claims_nothing(ground):
    await ground.queue()
    await ground.pool.execute("update official_sender set valid_from = now() + interval '1 hour'")
    assert await ground.claim() == []
    (line,) = await list_senders(ground.pool, {"whatsapp": [ground.sender.name]})
    assert (line.official, line.waiting) == (False, 1)
    await ground.pool.execute("update official_sender set valid_from = now() - interval '1 hour'")
    assert len(await ground.claim()) == 1


class Named:
    """A sender that has a name; nothing is called."""

    def __init__(self, name):
        self.name = name
