"""Two numbers on one queue: they share it, one that fails rests and comes back, and a channel without any is left."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from cakra.core.delivery.ladder import Rung
from cakra.core.ports import Action, Channel, SendResult, SendState
from cakra.delivery.ladder import leave_late
from cakra.delivery.pause.pausing import pause, resume
from cakra.delivery.senders import (
    CallAnswer,
    HealthPolicy,
    HealthWatch,
    Pace,
    list_senders,
    open_senders,
    sender_events,
)
from cakra.delivery.sending.sends import DispatchDesk
from cakra.engine.alarm import Alarm
from cakra.engine.sending import SendingLane
from cakra.journey.staff.officers import add_officer
from cakra.outside.whatsapp import WhatsAppSender
from dispatch_kit import CALM, CONTENT_BOTH, PHONE_AND_MAIL, Ground
from official_kit import make_official
from whatsapp_peer import Peer, sandbox

PASSING, THROTTLED, BLOCKED, NOT_HERE = 131000, 130429, 368, 131026
PATIENCE_S = 40.0
FIRST, SECOND, MAIL = "+62 811-0000-0000", "+62 811-0000-0001", "notis@etle.example"
BOTH = (FIRST, SECOND)
IN_USE = {"whatsapp": BOTH, "email": (MAIL,)}
# Quick, so that a test sees rest and return; the shares are the usual ones.
POLICY = HealthPolicy(least_calls=4, rest_s=0.2, longest_rest_s=1.0, probe_calls=2, probe_wait_s=1.0)
PHONE_AND_POST = (PHONE_AND_MAIL[0], Rung(Channel.LETTER, "delivered", 90000.0))
CONTENT = CONTENT_BOTH | {"letter": {"name": "SITI", "lines": ["Jl. Rekaan 1"], "postcode": "10110"}}


@pytest.fixture(scope="module")
def running_second(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("second")) as peer:
        yield peer


@dataclass
class Two:
    """Two numbers, each at a simulated provider of its own."""

    ground: Ground
    peers: tuple[Peer, Peer]
    first: DispatchDesk
    second: DispatchDesk

    def accepted_by(self, queued):
        """How many of these notices each provider accepted."""
        ids = {f"n:{one.cell}:{one.notice_id}:" for one in queued}
        return [sum(send["tag"].rpartition(":")[0] + ":" in ids for send in peer.sends()) for peer in self.peers]

    async def line(self, name=FIRST):
        (line,) = [one for one in await list_senders(self.ground.pool, IN_USE) if one.sender == name]
        return line

    async def told(self, name=FIRST):
        events = await sender_events(self.ground.pool)
        return [one.told for one in reversed(events) if one.sender == name]

    async def set_pace(self, **told):
        trial = {"probe_calls": POLICY.probe_calls, "probe_wait_s": POLICY.probe_wait_s}
        lines = [("whatsapp", name, Pace(**trial, **told)) for name in BOTH]
        await open_senders(self.ground.pool, [*lines, ("email", MAIL, Pace())])

    async def due_again(self):
        await self.ground.pool.execute("update notice set due_at = now() where step = 'dispatch'")

    async def rest_over(self):
        await self.ground.pool.execute("update sender_state set rest_until = now() where rest_until is not null")

    async def late(self, *queued):
        """The time for handing these over is up; how many left for another rung."""
        ids = [one.notice_id for one in queued]
        await self.ground.pool.execute(
            "update notice set hand_over_by = now(), due_at = now() where notice_id = any($1)", ids
        )
        return await leave_late(self.ground.pool, IN_USE, 50)

    async def left(self, queued):
        return await self.ground.pool.fetchval(
            "select details::jsonb ->> 'why' from case_event where case_id = $1 and told = 'channel_left'",
            queued.case_id,
        )


@pytest.fixture
async def two(ground, peer, running_second, pool):
    await make_official(pool, "whatsapp", SECOND)
    async with WhatsAppSender(running_second.account(display_number=SECOND)) as second:
        told = {"senders": BOTH, "max_tries": 20, "settle_s": None}
        desks = [
            ground.desk_of(**told, sender=sender, health=HealthWatch(POLICY)) for sender in (ground.sender, second)
        ]
        two = Two(ground, (peer, running_second), *desks)
        await two.set_pace()
        yield two
    running_second.faults(**CALM)


@asynccontextmanager
async def lanes(database_url, *desks, in_flight=4):
    """One lane a desk, as in a worker; leaving stops them."""
    alarm, stopping = Alarm(database_url, 0.1), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for desk in desks:
            lane = SendingLane(desk, alarm, worker="tester", cells=None, in_flight=in_flight, flush_s=0.01)
            group.create_task(lane.run(stopping))
        try:
            yield
        finally:
            stopping.set()


async def until(holds):
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await holds()):  # noqa: ASYNC110 - what is waited for rings no event here
            await asyncio.sleep(0.05)
    return found


def all_accepted(two, queued):
    async def holds():
        ids = [one.notice_id for one in queued]
        found = await two.ground.pool.fetch("select state from notice where notice_id = any($1)", ids)
        return {row["state"] for row in found} == {"accepted"}

    return holds


# ---------------------------------------------------------------- sharing
async def test_two_numbers_share_the_queue(two, database_url):
    for peer in two.peers:
        peer.faults(delay_ms=20)
    queued = [await two.ground.queue() for _ in range(40)]
    async with lanes(database_url, two.first, two.second):
        await until(all_accepted(two, queued))
    shares = two.accepted_by(queued)
    assert sum(shares) == 40, "each once"
    assert min(shares) >= 5


async def test_one_that_fails_rests_the_other_takes_all_and_it_comes_back(two, database_url):
    """No notice is lost or sent twice; what the first was refused is tried later and taken by the second."""
    two.peers[0].faults(answer_code=PASSING)
    queued = [await two.ground.queue() for _ in range(24)]

    async def all_taken():
        await two.due_again()  # the pause before another try grows with each; it is not what is seen here
        return await all_accepted(two, queued)()

    async def rested():
        queued.append(await two.ground.queue())  # the second may be quick enough to leave the first too few calls
        return await two.told()

    async with lanes(database_url, two.first, two.second):
        assert (await until(rested))[0] == "rested"
        await until(all_taken)
        assert two.accepted_by(queued) == [0, len(queued)]
        two.peers[0].faults(answer_code=None)
        more = []

        async def back():
            more.append(await two.ground.queue())
            return (await two.line()).state(datetime.now(UTC)) == "open"

        await until(back)
        await until(all_accepted(two, more))
        two.peers[1].faults(delay_ms=300)
        later = [await two.ground.queue() for _ in range(20)]
        await until(all_accepted(two, later))
    assert (await two.told())[-1] == "opened"
    assert two.accepted_by(later)[0] > 0, "its share is back"
    assert sum(two.accepted_by([*queued, *more, *later])) == len(queued) + len(more) + len(later)
    assert await two.told(SECOND) == []


async def test_a_single_error_flips_nothing(two):
    for code in (PASSING, None):
        two.peers[0].faults(answer_code=code)
        for _ in range(1 if code else 10):
            await two.ground.queue()
        await two.ground.send(two.first)
    assert (await two.line()).rest_until is None
    assert await two.told() == []


async def test_people_who_cannot_be_reached_say_nothing_about_the_sender(two):
    two.peers[0].faults(answer_code=NOT_HERE)
    for _ in range(12):
        await two.ground.queue()
    await two.ground.send(two.first)
    assert await two.told() == []


async def test_a_failed_trial_makes_the_next_rest_longer_and_a_good_one_opens(two):
    two.peers[0].faults(answer_code=PASSING)
    for _ in range(8):
        await two.ground.queue()
    await two.ground.send(two.first)
    rests = []
    for _ in range(4):
        line = await two.line()
        events = await sender_events(two.ground.pool)
        rests.append((line.rests, events[0].told, '"seconds": ' in events[0].facts))
        await two.rest_over()
        await two.due_again()
        claimed = await two.first.claim(50, "tester", None)
        assert 0 < len(claimed) <= POLICY.probe_calls, "few calls, whatever waits"
        assert await two.first.claim(50, "tester", None) == [], "one trial at a time"
        await two.first.record([await two.first.send(one) for one in claimed])
    assert [number for number, _, _ in rests] == [1, 2, 3, 4]
    assert {told for _, told, _ in rests} == {"rested"}
    two.peers[0].faults(answer_code=None)
    await two.rest_over()
    await two.due_again()
    await two.ground.send(two.first)
    assert (await two.line()).rest_until is None
    await two.due_again()
    assert len(await two.first.claim(50, "tester", None)) > POLICY.probe_calls, "its full share"


async def test_a_trial_whose_worker_died_is_made_again(two):
    two.peers[0].faults(answer_code=PASSING)
    for _ in range(8):
        await two.ground.queue()
    await two.ground.send(two.first)
    two.peers[0].faults(answer_code=None)
    await two.rest_over()
    await two.due_again()
    assert len(await two.first.claim(50, "killed", None)) == POLICY.probe_calls
    successor = replace(two.first, health=HealthWatch(POLICY))
    assert await successor.claim(50, "tester", None) == []
    await two.rest_over()  # the time to wait for those answers
    await two.ground.send(successor)
    assert (await two.told())[-1] == "opened"


async def test_calls_from_before_do_not_judge_a_sender_that_was_opened_again(two):
    """Another host's window is as old as its last answers."""
    other_host = replace(two.first, health=HealthWatch(POLICY))
    two.peers[0].faults(answer_code=PASSING)
    for _ in range(7):
        await two.ground.queue()
    claimed = await other_host.claim(3, "other host", None)
    await other_host.record([await other_host.send(one) for one in claimed])
    await two.ground.send(two.first)
    two.peers[0].faults(answer_code=None)
    await two.rest_over()
    await two.due_again()
    await two.ground.send(two.first)
    assert (await two.told()) == ["rested", "opened"]
    two.peers[0].faults(answer_code=PASSING)
    await two.due_again()
    (one,) = await other_host.claim(1, "other host", None)
    await other_host.record([await other_host.send(one)])
    assert (await two.told()) == ["rested", "opened"], "one fault since it was opened is one fault"


# ---------------------------------------------------------------- what one was refused, another takes
@pytest.mark.parametrize("code", [BLOCKED, THROTTLED])
async def test_what_one_number_was_refused_for_its_own_sake_another_takes_at_once(two, code):
    await two.set_pace(rate=80.0, burst=20)
    queued = await two.ground.queue()
    two.peers[0].faults(answer_code=code)
    await two.ground.send(two.first)
    assert await two.first.claim(5, "tester", None) == []
    (answer,) = await two.ground.send(two.second)
    assert answer.sent.notice_id == queued.notice_id
    assert (await two.ground.notice(queued))["state"] == "accepted"
    assert await two.told() == ["stopped" if code == BLOCKED else "throttled"]


async def test_with_no_other_number_open_it_waits_as_before(two):
    queued = await two.ground.queue()
    await two.ground.pool.execute("update sender_state set stopped = true where sender = $1", SECOND)
    two.peers[0].faults(answer_code=BLOCKED)
    (answer,) = await two.ground.send(two.first)
    assert ((await two.ground.notice(queued))["due_at"] - answer.at).total_seconds() == 300


async def test_a_pause_of_one_number_leaves_the_other_going(two, database_url):
    await add_officer(
        two.ground.pool,
        "komandan",
        name="K",
        rank="",
        role="commander",
        certified=False,
        password="kopi mendung tangga ungu",
    )
    await pause(two.ground.pool, "sender", FIRST, by="komandan", reason="reported", senders=BOTH)
    queued = [await two.ground.queue() for _ in range(10)]
    async with lanes(database_url, two.first, two.second):
        await until(all_accepted(two, queued))
    assert two.accepted_by(queued) == [0, 10]


# ---------------------------------------------------------------- a channel that cannot
async def test_with_every_number_resting_what_is_late_takes_the_next_rung(two):
    for peer in two.peers:
        peer.faults(answer_code=PASSING)
    for desk in (two.first, two.second):
        for _ in range(4):
            await two.ground.queue()
        await two.ground.send(desk)
    queued, patient = [await two.ground.queue(plan=PHONE_AND_MAIL, content=CONTENT_BOTH) for _ in range(2)]
    assert await two.late(queued) == 1
    row = await two.ground.notice(queued)
    assert (row["channel"], row["rung"], row["step"], row["hand_over_by"]) == ("email", 1, "dispatch", None)
    assert await two.left(queued) == "unhealthy"
    assert (await two.ground.notice(patient))["channel"] == "whatsapp", "its time is not up"


@pytest.mark.parametrize("open_ones", [1, 0])
async def test_on_a_channel_that_works_lateness_alone_is_no_reason_for_a_letter(two, open_ones):
    names = IN_USE | {"letter": ("Surat Ditlantas",)}
    await open_senders(two.ground.pool, [("letter", "Surat Ditlantas", Pace())])
    rested = list(BOTH[open_ones:])
    await two.ground.pool.execute(
        "update sender_state set rest_until = now() + interval '1 minute' where sender = any($1)", rested
    )
    mail = await two.ground.queue(plan=PHONE_AND_MAIL, content=CONTENT)
    post = await two.ground.queue(plan=PHONE_AND_POST, content=CONTENT)
    await two.ground.pool.execute("update notice set hand_over_by = now()")
    assert await leave_late(two.ground.pool, names, 50) == (1 if open_ones else 2)
    assert await two.left(mail) == ("late" if open_ones else "unhealthy")
    assert (await two.ground.notice(post))["channel"] == ("whatsapp" if open_ones else "letter")


async def test_one_that_waits_for_another_try_is_late_too(two):
    queued = await two.ground.queue(plan=PHONE_AND_MAIL, content=CONTENT_BOTH)
    two.peers[0].faults(answer_code=PASSING)
    await two.ground.send(two.first)
    assert (await two.ground.notice(queued))["due_at"] > datetime.now(UTC)
    await two.ground.pool.execute("update notice set hand_over_by = now()")
    assert await leave_late(two.ground.pool, IN_USE, 50) == 1
    assert await two.left(queued) == "late"


@pytest.mark.parametrize(("level", "key"), [("everything", ""), ("jurisdiction", "PMJ"), ("channel", "whatsapp")])
async def test_what_waited_for_a_resume_has_its_time_from_then_on(two, level, key):
    pool, who = (
        two.ground.pool,
        {"rank": "", "role": "commander", "certified": False, "password": "kopi mendung tangga ungu"},
    )
    await pool.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells) values ('PMJ', 'J', 'Asia/Jakarta', 0, 16)"
    )
    for name in ("komandan", "wakil"):
        await add_officer(pool, name, name=name, **who)
    plan = (replace(PHONE_AND_MAIL[0], hand_over_s=30.0), PHONE_AND_MAIL[1])
    queued = await two.ground.queue(plan=plan, content=CONTENT_BOTH)
    paused = await pause(pool, level, key, by="komandan", reason="stop")
    assert await two.late(queued) == 0
    await resume(pool, paused, by="wakil", reason="go on")
    assert await two.late(queued) == 0
    await pool.execute("update pause set resumed_at = now() - interval '31 seconds'")
    assert await two.late(queued) == 1
    assert await two.left(queued) == "late"


async def test_nothing_leaves_while_everything_is_paused(two):
    await add_officer(
        two.ground.pool,
        "komandan",
        name="K",
        rank="",
        role="commander",
        certified=False,
        password="kopi mendung tangga ungu",
    )
    queued = await two.ground.queue(plan=PHONE_AND_MAIL, content=CONTENT_BOTH)
    await pause(two.ground.pool, "everything", "", by="komandan", reason="stop")
    assert await two.late(queued) == 0
    assert await two.left(queued) is None


async def test_a_set_that_is_written_again_after_a_fault_is_heard_once(two):
    watch = HealthWatch(POLICY)
    failed = SendResult(SendState.REFUSED, Action.RETRY, code="131000")
    at = datetime.now(UTC) + timedelta(seconds=1)  # begun after the sender was opened
    heard = [CallAnswer((3, number), failed, at, 0.1 + number / 1000) for number in range(3)]

    async def hear(*answers):
        async with two.ground.pool.acquire() as connection, connection.transaction():
            await watch.hear(connection, "whatsapp", FIRST, answers)

    await hear(*heard)
    await hear(*heard)
    assert (await two.line()).rest_until is None
    await hear(CallAnswer((3, 9), failed, at, 0.2))
    assert (await two.line()).rest_until is not None
