"""A worker under load while everything is paused, resumed and paused again: measured, and nothing sent twice."""

from collections import Counter

from tests.delivery.test_ladder_worker import settings_of, until, working

from cakra.bench.pausing import measure_pause
from cakra.journey.staff.officers import add_officer

PASSWORD = "a long enough password"
QUEUED, ROUNDS = 120, 2


async def test_pauses_of_a_working_system_hold_and_lose_nothing(ground, database_url, tmp_path, pool):
    for username in ("komandan", "wakil"):
        await add_officer(pool, username, name=username, rank="", role="commander", certified=False, password=PASSWORD)
    queued = [await ground.queue() for _ in range(QUEUED)]
    ground.peer.faults(delay_ms=100)
    settings = settings_of(database_url, tmp_path, ground.peer, host="")
    few = settings.whatsapp.model_copy(update={"connections": 4})
    settings = settings.model_copy(update={"whatsapp": few})
    async with working(settings) as world:
        rounds = await measure_pause(world, ground.peer.log_path, ROUNDS, ("komandan", "wakil"))

        async def all_taken():
            return not await pool.fetchval("select count(*) from notice where state <> 'accepted'")

        await until(all_taken)
    assert len(rounds) == ROUNDS
    assert all(0 < one.waiting < QUEUED and one.from_commit_ms <= one.from_call_ms for one in rounds)
    ours = {str(one.notice_id) for one in queued}
    tags = Counter(send["tag"] for send in ground.peer.sends() if send["tag"].split(":")[2] in ours)
    assert set(tags.values()) == {1}, "no attempt was ever sent twice"
    answered = await pool.fetch("select state, count(*) as calls from attempt group by state")
    calls = {row["state"]: row["calls"] for row in answered}
    assert calls["accepted"] == sum(tags.values())
    assert set(calls) <= {"accepted", "refused"}, "what was recalled is surely not sent"
