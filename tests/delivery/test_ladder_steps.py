"""A notice on its ladder: the next channel at once or when time is up, never the same again, and what a pause does."""

import asyncio
import email
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cakra.core.delivery.ladder import Rung
from cakra.core.errors import CakraError, Conflict, InputError, NotFound
from cakra.core.ports import Action, Channel, Receipt, ReceiptState, Sender, SendResult, SendState
from cakra.core.states.journey import State
from cakra.delivery.ladder import expire_sends, leave_paused, settle
from cakra.delivery.pause.pausing import open_pauses, pause, resume
from cakra.delivery.sending.sends import DispatchDesk
from cakra.journey.staff.officers import add_officer
from cakra.kit.seal import Sealer
from cakra.outside.email import EmailSender
from camera_kit import ROOT_KEY
from dispatch_kit import LEASE_S, MAX_TRIES, PHONE, status
from email_kit import TOKENS, account
from smtp_sink import smtp_sink
from whatsapp_peer import VARIABLES

NOT_HERE, RETRY, OURS, BLOCKED = 131026, 131000, 132005, 368
JAKARTA = ZoneInfo("Asia/Jakarta")
PASSWORD = "a long enough password"
LADDER = tuple(
    Rung(channel, "delivered", seconds)
    for channel, seconds in ((Channel.WHATSAPP, 600.0), (Channel.EMAIL, 7200.0), (Channel.LETTER, 90000.0))
)
PHONE_AND_MAIL = LADDER[:2]
CONTENT = {
    "recipient": PHONE,
    "link_suffix": "7K2M9QX4B3",
    "variables": VARIABLES,
    "email": {"recipient": "ibu@pemilik.example", "subject": "Permintaan konfirmasi", "text": "Isi.", "html": ""},
    "letter": {"name": "SITI", "lines": ["Jl. Rekaan 1"], "postcode": "10110"},
}


@dataclass
class Ways:
    """Two channels on the same notices: the simulated WhatsApp and a mail server that does as it is told."""

    ground: object
    sink: object
    whatsapp: DispatchDesk
    email: DispatchDesk

    async def queue(self, plan=PHONE_AND_MAIL, **how):
        return await self.ground.queue(plan=plan, content=CONTENT, **how)

    async def send(self, desk):
        return await self.ground.send(desk)

    async def row(self, queued):
        row = await self.ground.notice(queued)
        return row["state"], row["step"], row["channel"], row["rung"]

    async def left(self, queued):
        rows = await self.ground.pool.fetch(
            "select details::jsonb ->> 'channel' as channel, details::jsonb ->> 'why' as why,"
            " details::jsonb ->> 'next' as next from case_event where case_id = $1 and told = 'channel_left'"
            " order by event_id",
            queued.case_id,
        )
        return [tuple(row) for row in rows]

    async def leave(self):
        names = {"whatsapp": [self.whatsapp.sender.name], "email": [self.email.sender.name]}
        return await leave_paused(self.ground.pool, names, 500)

    def phones(self, queued):
        return [send for send in self.ground.peer.sends() if send["tag"].startswith(queued.tag("")[:-1])]


@pytest.fixture
async def ways(ground):
    async with smtp_sink() as sink, EmailSender(account(sink.port)) as mail:
        ground.proofs = replace(ground.proofs, settle_s=None)
        told = {"settle_s": None}
        yield Ways(ground, sink, ground.desk_of(**told), ground.desk_of(**told, sender=mail, channel=Channel.EMAIL))


@pytest.fixture
async def officers(pool):
    for username, role in (("komandan", "commander"), ("wakil", "supervisor"), ("peninjau", "reviewer")):
        await add_officer(pool, username, name=username, rank="", role=role, certified=False, password=PASSWORD)


# ---------------------------------------------------------------- down the ladder
@pytest.mark.parametrize(("code", "why"), [(NOT_HERE, "refused"), (OURS, "ours")])
async def test_a_lasting_refusal_goes_to_the_next_channel_at_once(ways, code, why):
    queued = await ways.queue()
    ways.ground.peer.faults(answer_code=code)
    await ways.send(ways.whatsapp)
    assert await ways.row(queued) == ("queued", "dispatch", "email", 1)
    assert await ways.left(queued) == [("whatsapp", why, "email")]
    assert await ways.send(ways.whatsapp) == [], "each sender claims its own channel"
    (answer,) = await ways.send(ways.email)
    assert await ways.row(queued) == ("accepted", "settle", "email", 1)
    notice = await ways.ground.notice(queued)
    assert notice["due_at"] == answer.at + timedelta(seconds=7200), "the rung's own time"
    (taken,) = ways.sink.taken
    read = email.message_from_bytes(taken.raw, policy=default)
    assert (read["To"], read["Subject"]) == ("ibu@pemilik.example", "Permintaan konfirmasi")
    assert TOKENS.address(queued.tag(2)) in taken.mail, "attempts are numbered through all channels"
    assert [(row["attempt"], row["channel"], row["state"]) for row in await ways.ground.attempts(queued)] == [
        (1, "whatsapp", "refused"),
        (2, "email", "accepted"),
    ]
    assert (await ways.ground.case(queued)).state is State.NOTIFYING


async def test_tries_are_counted_on_each_rung(ways):
    queued = await ways.queue()
    ways.ground.peer.faults(answer_code=RETRY)
    for _ in range(MAX_TRIES - 1):
        await ways.send(ways.whatsapp)
        assert (await ways.row(queued))[2] == "whatsapp"
        await ways.ground.pass_time(queued, "dispatch")
    await ways.send(ways.whatsapp)
    assert await ways.left(queued) == [("whatsapp", "tries", "email")]
    ways.sink.will("RCPT", *["451 4.3.0 later"] * MAX_TRIES)
    await ways.send(ways.email)
    assert (await ways.row(queued))[:2] == ("queued", "dispatch"), "the first try here, and not the last"
    for _ in range(MAX_TRIES - 1):
        await ways.ground.pass_time(queued, "dispatch")
        await ways.send(ways.email)
    assert (await ways.row(queued))[:2] == ("failed", None)
    assert (await ways.ground.case(queued)).state is State.UNDELIVERABLE
    assert (await ways.ground.told(queued)) == ["channel_left", "channel_failed"]


async def test_silence_goes_to_the_next_channel_when_the_time_of_its_rung_is_up(ways):
    queued = await ways.queue()
    (answer,) = await ways.send(ways.whatsapp)
    assert (await ways.ground.notice(queued))["due_at"] == answer.at + timedelta(seconds=600)
    await ways.ground.tell(status(queued.tag(), "sent"))
    assert await settle(ways.ground.pool, 50) == 0, "its time is not up"
    await ways.ground.pass_time(queued, "settle")
    assert await settle(ways.ground.pool, 50) == 1
    assert await ways.left(queued) == [("whatsapp", "silence", "email")]
    await ways.send(ways.email)
    assert await ways.row(queued) == ("accepted", "settle", "email", 1)
    await ways.ground.pass_time(queued, "settle")
    await settle(ways.ground.pool, 50)
    case = await ways.ground.case(queued)
    assert (case.state, await ways.row(queued)) == (State.UNDELIVERABLE, ("accepted", None, "email", 1))
    assert await ways.ground.told(queued) == ["channel_left", "no_proof_of_delivery"]
    assert (len(ways.phones(queued)), len(ways.sink.taken)) == (1, 1)


async def test_an_unknown_outcome_takes_the_next_channel_and_never_the_same(ways):
    queued = await ways.queue()
    await ways.ground.claim()
    await ways.ground.pass_time(queued, "sending")
    assert await expire_sends(ways.ground.pool, None) == 1
    due = (await ways.ground.notice(queued))["due_at"] - datetime.now(UTC)
    assert timedelta(seconds=500) < due <= timedelta(seconds=600)
    await ways.ground.pass_time(queued, "settle")
    await settle(ways.ground.pool, 50)
    assert await ways.left(queued) == [("whatsapp", "unknown", "email")]
    assert await ways.send(ways.whatsapp) == []
    await ways.send(ways.email)
    assert (len(ways.phones(queued)), len(ways.sink.taken)) == (0, 1)
    await ways.ground.tell(status(queued.tag(1), "sent"))
    assert await ways.row(queued) == ("accepted", "settle", "email", 1)
    assert (await ways.ground.attempts(queued))[0]["state"] == "accepted", "what it became is kept"


async def test_a_failure_receipt_goes_to_the_next_channel_at_once(ways):
    queued = await ways.queue()
    await ways.send(ways.whatsapp)
    await ways.ground.tell(status(queued.tag(), "failed", code=NOT_HERE))
    assert await ways.row(queued) == ("queued", "dispatch", "email", 1)
    assert await ways.left(queued) == [("whatsapp", "refused", "email")]
    assert (await ways.ground.case(queued)).state is State.NOTIFYING


@pytest.mark.parametrize("state", ["delivered", "read"])
@pytest.mark.parametrize("in_flight", [False, True])
async def test_a_late_receipt_of_an_earlier_channel_stops_what_has_not_left(ways, state, in_flight):
    queued = await ways.queue()
    await ways.send(ways.whatsapp)
    await ways.ground.pass_time(queued, "settle")
    await settle(ways.ground.pool, 50)
    claimed = await ways.email.claim(50, "tester", None) if in_flight else []
    await ways.ground.tell(status(queued.tag(1), state))
    assert (await ways.row(queued))[:2] == (state, None)
    case = await ways.ground.case(queued)
    assert (case.state, case.step) == (State.NOTIFIED, "deadline")
    for outgoing in claimed:
        await ways.email.record([await ways.email.send(outgoing)])
    assert await ways.send(ways.email) == []
    assert len(ways.sink.taken) == len(claimed), "only what was in flight leaves"
    assert (await ways.row(queued))[:2] == (state, None)
    assert [row["state"] for row in await ways.ground.attempts(queued)] == ["accepted"] * (1 + len(claimed))


async def test_an_older_rung_on_its_way_neither_stops_nor_ends_the_next(ways):
    queued = await ways.queue()
    await ways.send(ways.whatsapp)
    await ways.ground.pass_time(queued, "settle")
    await settle(ways.ground.pool, 50)
    for state in ("sent", "failed"):
        await ways.ground.tell(status(queued.tag(1), state, code=NOT_HERE))
        assert await ways.row(queued) == ("queued", "dispatch", "email", 1)
    await ways.send(ways.email)
    assert (await ways.row(queued))[0] == "accepted"


async def test_a_bounce_ends_the_last_rung_and_a_report_of_delivery_proves_it(ways):
    bounced, arrived = await ways.queue(plan=LADDER[1:2]), await ways.queue(plan=LADDER[1:2])
    await ways.send(ways.email)
    at = datetime.now(UTC)
    await ways.ground.proofs.take(
        "email",
        [
            Receipt(bounced.tag(), "", ReceiptState.FAILED, at, Action.NEXT_CHANNEL, "5.1.1"),
            Receipt(arrived.tag(), "", ReceiptState.DELIVERED, at),
            Receipt("somebody else's", "", ReceiptState.DELIVERED, at),
        ],
    )
    assert (await ways.ground.case(bounced)).state is State.UNDELIVERABLE
    case = await ways.ground.case(arrived)
    assert (case.state, case.delivered_at is not None) == (State.NOTIFIED, True)


async def test_a_receipt_counts_only_on_the_channel_of_its_attempt(ways):
    queued = await ways.queue(plan=LADDER[1:2])
    await ways.send(ways.email)
    await ways.ground.tell(status(queued.tag(), "delivered"))
    assert (await ways.row(queued))[0] == "accepted"
    assert (await ways.ground.case(queued)).state is State.NOTIFYING


async def test_quiet_hours_of_the_next_rung_are_kept(ways):
    now = datetime.now(UTC)
    local = now.astimezone(JAKARTA)
    quiet = ((local - timedelta(hours=1)).time(), (local + timedelta(hours=2)).time())
    queued = await ways.queue(plan=(LADDER[0], replace(LADDER[1], quiet=quiet)))
    ways.ground.peer.faults(answer_code=NOT_HERE)
    await ways.send(ways.whatsapp)
    notice = await ways.ground.notice(queued)
    assert timedelta(minutes=118) < notice["due_at"] - now < timedelta(minutes=122)
    assert await ways.send(ways.email) == []


async def test_where_acceptance_is_enough_the_ladder_stays_there(ways):
    queued = await ways.queue(plan=(replace(LADDER[0], wait_for="accepted"), LADDER[1]))
    await ways.send(ways.whatsapp)
    await ways.ground.pass_time(queued, "settle")
    await settle(ways.ground.pool, 50)
    assert await ways.row(queued) == ("accepted", None, "whatsapp", 0)
    assert (await ways.ground.case(queued)).state is State.UNDELIVERABLE, "without delivery an officer is next"


async def test_a_case_that_moved_on_gets_no_other_channel(ways):
    queued = await ways.queue()
    await ways.send(ways.whatsapp)
    await ways.ground.pool.execute(
        "update case_file set previous_state = 'notifying', state = 'answered' where case_id = $1", queued.case_id
    )
    await ways.ground.pass_time(queued, "settle")
    await settle(ways.ground.pool, 50)
    assert await ways.row(queued) == ("accepted", None, "whatsapp", 0)
    assert await ways.ground.told(queued) == []


async def test_a_stopped_sender_keeps_its_messages(ways):
    queued = await ways.queue()
    ways.ground.peer.faults(answer_code=BLOCKED)
    await ways.send(ways.whatsapp)
    assert await ways.row(queued) == ("queued", "dispatch", "whatsapp", 0)


# ---------------------------------------------------------------- pause and resume
async def test_a_paused_channel_sends_nothing_and_its_notices_take_the_next(ways, officers, pool):
    with_mail, phone_only = await ways.queue(), await ways.queue(plan=LADDER[:1])
    one = await pause(pool, "channel", "whatsapp", by="komandan", reason="False messages reported")
    assert await ways.send(ways.whatsapp) == []
    assert await ways.leave() == 1
    assert await ways.left(with_mail) == [("whatsapp", "paused", "email")]
    assert await ways.row(phone_only) == ("queued", "dispatch", "whatsapp", 0)
    assert await ways.leave() == 0
    assert len(await ways.send(ways.email)) == 1
    with pytest.raises(InputError, match="komandan paused it"):
        await resume(pool, one, by="komandan", reason="All clear")
    assert await ways.send(ways.whatsapp) == []
    await resume(pool, one, by="wakil", reason="All clear")
    assert [answer.sent.notice_id for answer in await ways.send(ways.whatsapp)] == [phone_only.notice_id]
    assert await open_pauses(pool) == []
    row = await pool.fetchrow("select paused_by, resumed_by, reason, resume_reason from pause")
    assert tuple(row) == ("komandan", "wakil", "False messages reported", "All clear")


async def test_while_everything_is_paused_nothing_leaves_and_afterwards_all_leaves_once(ways, officers, pool):
    queued = [await ways.queue(plan=plan) for plan in (PHONE_AND_MAIL, LADDER[:1], LADDER[1:2])]
    everything = await pause(pool, "everything", "", by="komandan", reason="Stop")
    channel = await pause(pool, "channel", "whatsapp", by="komandan", reason="And this")
    assert [await ways.send(desk) for desk in (ways.whatsapp, ways.email)] == [[], []]
    assert await ways.leave() == 0
    await resume(pool, channel, by="wakil", reason="Go on")
    assert await ways.send(ways.whatsapp) == []
    await resume(pool, everything, by="wakil", reason="Go on")
    assert [len(await ways.send(desk)) for desk in (ways.whatsapp, ways.email)] == [2, 1]
    assert [len(await ways.send(desk)) for desk in (ways.whatsapp, ways.email)] == [0, 0]
    assert [(await ways.row(one))[0] for one in queued] == ["accepted"] * 3
    assert (sum(len(ways.phones(one)) for one in queued), len(ways.sink.taken)) == (2, 1)


async def test_a_jurisdiction_and_a_sender_are_paused_alone(ways, officers, pool):
    await pool.execute("insert into jurisdiction values ('PMJ', 'Polda Metro Jaya', 'Asia/Jakarta', 0, 16)")
    here, elsewhere = await ways.queue(), await ways.queue()
    await pool.execute("update notice set jurisdiction = 'JTG' where notice_id = $1", elsewhere.notice_id)
    one = await pause(pool, "jurisdiction", "PMJ", by="komandan", reason="A fault there")
    assert [answer.sent.notice_id for answer in await ways.send(ways.whatsapp)] == [elsewhere.notice_id]
    await resume(pool, one, by="wakil", reason="Mended")
    await pause(pool, "sender", ways.whatsapp.sender.name, by="komandan", reason="Reported")
    assert await ways.send(ways.whatsapp) == []
    assert await ways.leave() == 1, "its only sender paused, the channel is"
    assert await ways.row(here) == ("queued", "dispatch", "email", 1)


async def test_a_call_in_flight_finishes_and_is_recorded(ways, officers, pool):
    queued = await ways.queue()
    (outgoing,) = await ways.whatsapp.claim(50, "tester", None)
    await pause(pool, "everything", "", by="komandan", reason="Stop")
    await ways.whatsapp.record([await ways.whatsapp.send(outgoing)])
    assert await ways.row(queued) == ("accepted", "settle", "whatsapp", 0)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"by": "peninjau"}, "peninjau holds no grant"),
        ({"by": "nobody"}, "nobody holds no grant"),
        ({"reason": " "}, "Give a reason"),
        ({"level": "everything"}, "takes no key"),
        ({"key": "pigeon"}, "no channel 'pigeon'; one of: whatsapp"),
        ({"level": "jurisdiction", "key": "XX"}, "no jurisdiction 'XX'"),
        ({"level": "sender", "key": "+62 1"}, "no sender"),
    ],
)
async def test_a_wrong_pause_is_refused_in_a_sentence(pool, officers, told, words):
    asked = {"level": "channel", "key": "whatsapp", "by": "komandan", "reason": "Stop"} | told
    level, key = asked.pop("level"), asked.pop("key")
    with pytest.raises(CakraError, match=words):
        await pause(pool, level, key, **asked, senders=["+62 811"])
    assert await open_pauses(pool) == []


async def test_what_is_paused_is_not_paused_twice_and_what_is_not_is_not_resumed(pool, officers):
    asks = [pause(pool, "everything", "", by=by, reason="Stop") for by in ("komandan", "wakil")]
    made = await asyncio.gather(*asks, return_exceptions=True)
    assert sorted(isinstance(one, Conflict) for one in made) == [False, True]
    with pytest.raises(NotFound, match="No pause 7 is in force"):
        await resume(pool, 7, by="wakil", reason="Go on")


# ---------------------------------------------------------------- whatever happens
@dataclass
class Told(Sender):
    """A provider that answers what it is told to, and remembers what it took."""

    name: str = "provider"
    result: SendResult = field(default_factory=lambda: SendResult(SendState.ACCEPTED, Action.NONE))
    taken: list[str] = field(default_factory=list)

    async def send(self, message):
        if self.result.state is not SendState.REFUSED:
            self.taken.append(message.tag)
        return self.result

    async def close(self):
        pass


RESULTS = [
    SendResult(SendState.ACCEPTED, Action.NONE, "id"),
    SendResult(SendState.HELD, Action.NONE, "id"),
    SendResult(SendState.UNKNOWN, Action.WAIT),
    SendResult(SendState.REFUSED, Action.RETRY),
    SendResult(SendState.REFUSED, Action.NEXT_CHANNEL),
    SendResult(SendState.REFUSED, Action.FIX_US),
]
happenings = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(RESULTS)),
    st.tuples(st.just("lose"), st.none()),
    st.tuples(st.just("time"), st.none()),
    st.tuples(st.just("receipt"), st.tuples(st.integers(1, 4), st.sampled_from(ReceiptState))),
)


@given(st.lists(happenings, max_size=14))
@example([("lose", None), ("receipt", (1, ReceiptState.DELIVERED)), ("receipt", (1, ReceiptState.RETURNED))])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_happens_no_channel_takes_a_notice_twice_and_no_notice_goes_up(ground, happened):
    senders = {channel: Told() for channel in (Channel.WHATSAPP, Channel.EMAIL, Channel.LETTER)}
    common = (ground.pool, ground.sealed, Sealer(ROOT_KEY, "provider"), ground.photos)
    desks = [DispatchDesk(*common, sender, None, LEASE_S, MAX_TRIES, channel) for channel, sender in senders.items()]
    await ground.pool.execute("update notice set step = null, due_at = null")  # those of earlier examples
    queued = await ground.queue(plan=LADDER, content=CONTENT)
    rung, proved = 0, False
    for what, told in happened:
        before = [len(sender.taken) for sender in senders.values()]
        await happen(ground, desks, queued, what, told)
        row = await ground.notice(queued)
        assert row["rung"] >= rung, "never up"
        rung = row["rung"]
        assert row["channel"] == LADDER[rung].channel
        assert all(len(sender.taken) <= 1 for sender in senders.values()), "once a channel"
        assert not proved or before == [len(sender.taken) for sender in senders.values()], "nothing after delivery"
        taken_back = what == "receipt" and told[1] is ReceiptState.RETURNED
        proved = row["state"] in {"delivered", "read"} or (proved and not taken_back)
        case = await ground.case(queued)
        assert (row["step"] is None) == (case.state is not State.NOTIFYING), "a machine or a person is next"
        assert proved == (case.state is State.NOTIFIED)
    attempts = await ground.attempts(queued)
    assert [row["attempt"] for row in attempts] == list(range(1, len(attempts) + 1))
    assert (await ground.told(queued)).count("channel_left") == rung


async def happen(ground, desks, queued, what, told):
    if what in {"send", "lose"}:
        await ground.pool.execute("update notice set due_at = now() where step = 'dispatch'")
        for desk in desks:
            desk.sender.result = told
            claimed = await desk.claim(50, "tester", None)
            if what == "send" and claimed:
                await desk.record([await desk.send(outgoing) for outgoing in claimed])
                return
            if claimed:
                desk.sender.taken += [str(outgoing.attempt) for outgoing in claimed]
                return
    elif what == "time":
        await ground.pool.execute("update notice set due_at = now() - interval '1 second' where step <> 'dispatch'")
        await expire_sends(ground.pool, None)
        await settle(ground.pool, 50)
    else:
        attempt, state = told
        row = await ground.pool.fetchrow(
            "select channel from attempt where notice_id = $1 and attempt = $2", queued.notice_id, attempt
        )
        if row is not None:
            await ground.proofs.take(row["channel"], [Receipt(queued.tag(attempt), "", state, datetime.now(UTC))])
