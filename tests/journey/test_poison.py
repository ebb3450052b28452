"""One poisoned item in each lane: the others of its set arrive, it is set aside where a person sees it.

The last test reads the worker's own lanes and the works within them: a new one without a poison fails here.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from structlog.testing import capture_logs
from tests.case_rows import CELL
from tests.delivery.test_ladder_worker import PATIENCE_S, report, settings_of, until
from tests.journey.test_later_notices import letterhead, notices, tell, told, waiting_case

from cakra.core.errors import StoreAway
from cakra.core.ports import Action, SendResult, SendState
from cakra.core.states.journey import State
from cakra.core.states.notice import Purpose
from cakra.delivery.costs.holding import leave_held
from cakra.delivery.ladder import expire_sends, leave_late, leave_paused, settle
from cakra.delivery.pause.pausing import PauseWatch
from cakra.delivery.provider import leave_marked
from cakra.engine.alarm import Alarm
from cakra.engine.sending import SendingLane
from cakra.engine.worker import kept_going, several
from cakra.journey.notice.later import LaterNotices
from cakra.journey.watching.rules import Limits
from cakra.journey.watching.watch import CameraWatch
from cakra.kit.settings import Settings
from cakra.store.faults.aside import lane_faults, list_aside
from cakra.store.faults.parts import in_parts
from cakra.wiring.keeping.aside import BOUNCES, hand_back
from cakra.wiring.lanes import WorkerProcess, proof_desk
from cakra.wiring.official.signing import fresh_pem, newest_signed
from cakra.wiring.outgoing.money import money_works
from cakra.wiring.world import open_world
from camera_kit import add_camera
from dispatch_kit import CONTENT_BOTH, PHONE_AND_MAIL, status
from officers import put_officer
from official_kit import make_official

POISONED: dict[str, str] = {
    # A lane of cases is poisoned in tests/engine/test_poison_cases.py, in every way that a step can be.
    "screening": "tests/engine/test_poison_cases.py",
    "cases": "tests/engine/test_poison_cases.py",
    "inbound": "tests/delivery/test_poison_chat.py",
    "reply": "tests/delivery/test_poison_chat.py",
    "letters": "tests/delivery/test_letters.py",
    "codes": "tests/delivery/test_one_time_codes.py",
    "clockwork:forget_cases": "tests/journey/test_erasing.py",
    "clockwork:forget_pictures": "tests/journey/test_erasing.py",
    # Nothing of theirs is an item: the only poison is a statement that fails, as for `kept_going` below.
    "pause": "test_what_cannot_be_read_of_the_pauses_holds_back_and_ends_nothing",
    "money:books": "test_a_work_that_fails_rests_and_the_others_of_its_lane_go_on",
    "canary": "test_a_work_that_fails_rests_and_the_others_of_its_lane_go_on",
    "clockwork:expire_replies": "test_a_work_that_fails_rests_and_the_others_of_its_lane_go_on",
    "clockwork:expire_codes": "test_a_work_that_fails_rests_and_the_others_of_its_lane_go_on",
}
NO_PLAN = '[{"channel": "whatsapp"}, {"channel": "email"}]'


def poisons(*lanes):
    """This test poisons these lanes, or works of one."""

    def mark(test):
        POISONED.update(dict.fromkeys(lanes, test.__name__))
        return test

    return mark


async def spoil(pool, queued, *, plan=NO_PLAN):
    """A notice whose plan says nothing that can be used."""
    await pool.execute("update notice set plan = $2 where notice_id = $1", queued.notice_id, plan)


async def refuse(pool, table, when, on="insert"):
    """The database refuses such rows for good; `heal` takes it back."""
    await pool.execute(
        f"create function refuse_{table}() returns trigger language plpgsql as"
        " $$ begin raise exception 'never'; end $$;"
        f"create trigger refuse before {on} on {table} for each row when ({when}) execute function refuse_{table}()"
    )


async def heal(pool, table):
    await pool.execute(f"drop trigger refuse on {table}")


async def states(ground, queued):
    return [(await ground.notice(one))["state"] for one in queued]


async def quarantined(pool):
    return [(row["door"], row["code"]) for row in await pool.fetch("select door, code from quarantine")]


# ---------------------------------------------------------------- sending
@poisons("sending")
async def test_a_plan_that_cannot_be_read_is_an_officers_and_the_others_are_sent(ground, database_url):
    bad, *others = [await ground.queue() for _ in range(6)]
    await spoil(ground.pool, bad, plan="[]")
    async with lane_on(ground, database_url):
        await until(lambda: all_are(ground, others, "accepted"))
        await until(lambda: all_are(ground, [bad], "failed"))
    assert (await ground.case(bad)).state is State.UNDELIVERABLE
    assert (await ground.attempt(bad))["code"] == "plan"


async def test_an_answer_that_cannot_be_written_is_written_bare_and_no_other_becomes_unknown(ground, database_url):
    bad, *others = [await ground.queue() for _ in range(6)]
    await refuse(ground.pool, "attempt", f"new.notice_id = {bad.notice_id} and new.provider_id is not null", "update")
    async with lane_on(ground, database_url):
        await until(lambda: all_are(ground, others, "accepted"))
        await until(lambda: all_are(ground, [bad], "accepted"))
    assert (await ground.attempt(bad))["code"] == "unstorable"
    tags = [send["tag"] for send in ground.peer.sends()]
    assert [tags.count(one.tag()) for one in (bad, *others)] == [1] * 6


@pytest.mark.parametrize("asked", [99999999999999999.0, 99999999999.0, float("inf"), float("nan"), -5.0])
async def test_however_long_a_provider_asks_to_wait_it_is_asked_again_within_the_hour(ground, database_url, asked):
    class Provider:
        name = "provider"

        async def send(self, _message):
            return SendResult(SendState.REFUSED, Action.RETRY, code="429", retry_after_s=asked)

        async def close(self):
            pass

    queued = await ground.queue()
    async with lane_on(ground, database_url, desk=ground.desk_of(sender=Provider(), max_tries=9)):
        await until(lambda: all_are(ground, [queued], "queued", attempts=1))
    due = (await ground.notice(queued))["due_at"]
    assert due - datetime.now(UTC) <= timedelta(hours=1)
    assert (await ground.attempt(queued))["state"] == "refused"


async def test_a_store_of_photographs_that_is_away_costs_a_notice_no_try(ground):
    class Away:
        async def get(self, _digest):
            raise StoreAway("The store of photographs does not answer.")

    queued = await ground.queue(picture=bytes(32))
    desk = ground.desk_of()
    desk = type(desk)(**{name: getattr(desk, name) for name in desk.__slots__} | {"photos": Away()})
    await ground.send(desk)
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"], notice["rung_tries"]) == ("queued", "dispatch", 0)
    assert notice["due_at"] > datetime.now(UTC)


def lane_on(ground, database_url, desk=None):
    return Running(
        SendingLane(
            desk or ground.desk, Alarm(database_url, 0.05), worker="tester", cells=None, in_flight=8, flush_s=0.01
        ).run
    )


class Running:
    """A lane in this process; leaving stops it."""

    def __init__(self, run):
        self.run, self.stopping = run, asyncio.Event()

    async def __aenter__(self):
        self.task = asyncio.create_task(self.run(self.stopping))
        return self

    async def __aexit__(self, *_told):
        self.stopping.set()
        async with asyncio.timeout(PATIENCE_S):
            await self.task


async def all_are(ground, queued, state, attempts=None):
    rows = [await ground.notice(one) for one in queued]
    return all(row["state"] == state and attempts in (None, row["attempts"]) for row in rows)


# ---------------------------------------------------------------- receipts, bounces
@pytest.fixture
async def world(ground, database_url, tmp_path):
    async with open_world(settings_of(database_url, tmp_path, ground.peer, port=1), "test") as world:
        yield world


async def accepted(ground, count):
    queued = [await ground.queue() for _ in range(count)]
    await ground.send()
    return queued


@poisons("receipts")
async def test_a_receipt_that_cannot_be_kept_goes_into_quarantine_and_the_others_count(ground, world):
    bad, beside, other = await accepted(ground, 3)
    await refuse(ground.pool, "receipt", f"new.notice_id = {bad.notice_id}")
    await ground.keep(status(bad.tag(), "delivered"), status(beside.tag(), "delivered"))
    await ground.keep(status(other.tag(), "delivered"))
    proofs = proof_desk(world)
    assert await proofs.apply(500, "tester") == 2
    assert await states(ground, [bad, beside, other]) == ["accepted", "delivered", "delivered"]
    for _ in range(3):
        await ground.pool.execute("update callback set due_at = now() where step is not null")
        assert await proofs.apply(500, "tester") == 1
    assert await proofs.apply(500, "tester") == 0
    assert await quarantined(ground.pool) == [("callbacks:whatsapp", "set_aside")]
    await heal(ground.pool, "receipt")
    await release(world)
    assert await proofs.apply(500, "tester") == 1
    assert await states(ground, [bad]) == ["delivered"]


@pytest.mark.parametrize("event", ["x" * 4000, "a\x00b", "\ud800"])
async def test_a_word_that_no_column_takes_stops_no_receipt(ground, world, event):
    """A random event of 4,000 characters made an index row too large, and was taken for a lost database."""
    (queued,) = await accepted(ground, 1)
    text = "".join(chr(0x4E00 + (i * 7919) % 20_000) for i in range(4000)) if event.startswith("x") else event
    await ground.keep_raw({"field": "account_update", "value": {"event": text}})
    await ground.keep(status(queued.tag(), "delivered"))
    proofs = proof_desk(world)
    await proofs.apply(500, "tester")
    assert await states(ground, [queued]) == ["delivered"]
    for _ in range(3):
        await ground.pool.execute("update callback set due_at = now() where step is not null")
        await proofs.apply(500, "tester")
    assert await ground.pool.fetchval("select count(*) from callback where step is not null") == 0


@poisons("bounces")
async def test_a_bounce_that_cannot_be_recorded_goes_into_quarantine_and_the_others_count(ground, world, tmp_path):
    bad, other = [await mailed(ground) for _ in range(2)]
    box = tmp_path / "bounces"
    for name, queued in (("1", bad), ("2", other)):
        (box / "new" / name).write_bytes(report(return_address(world, queued)))
    await refuse(ground.pool, "receipt", f"new.notice_id = {bad.notice_id}")
    worker = WorkerProcess(world, steps=())
    bounces, proofs = worker.bounces(), proof_desk(world)
    assert await worker._drain(bounces, proofs) == 1
    assert (await ground.case(other)).state is State.UNDELIVERABLE
    for _ in range(3):
        bounces._tried = {name: (tries, 0.0) for name, (tries, _) in bounces._tried.items()}
        await worker._drain(bounces, proofs)
    assert [path.name for path in (box / "new").iterdir()] == []
    assert [path.name for path in (box / "cur").iterdir()] == ["1:2,S"]
    assert await quarantined(ground.pool) == [(BOUNCES, "set_aside")]
    await heal(ground.pool, "receipt")
    await release(world)
    assert await worker._drain(bounces, proofs) == 1
    assert (await ground.case(bad)).state is State.UNDELIVERABLE


async def mailed(ground):
    """A notice that stands on its e-mail rung, handed over."""
    queued = await ground.queue(plan=PHONE_AND_MAIL, content=CONTENT_BOTH)
    await ground.pool.execute(
        "update notice set channel = 'email', rung = 1, state = 'accepted', step = 'settle', attempts = 1,"
        " due_at = now() + interval '1 hour' where notice_id = $1",
        queued.notice_id,
    )
    await ground.pool.execute(
        "insert into attempt (cell, notice_id, channel, attempt, sender, intended_at, state)"
        " values ($1, $2, 'email', 1, 'notis@etle.example', now(), 'accepted')",
        CELL, queued.notice_id,
    )  # fmt: skip
    return queued


def return_address(world, queued):
    from cakra.kit.seal import derive_key
    from cakra.outside.email import BounceTokens

    return BounceTokens(derive_key(world.root_key, "email-return-address"), "notif.etle.example").address(queued.tag())


async def release(world):
    """As `cakra quarantine release` hands what lanes had set aside to them again."""
    for row in await world.pool.fetch("select quarantine_id, door, body from quarantine"):
        body = world.sealer("quarantine").open(row["body"], row["quarantine_id"].to_bytes(8))
        assert await hand_back(world, row["door"], body)
    await world.pool.execute("delete from quarantine")


# ---------------------------------------------------------------- clockwork, money
async def held_up(ground, poisoned, others, work):
    """The others move in the same round; after some tries the poisoned one is seen."""
    await work()
    before = {one.notice_id: (await ground.notice(one))["version"] for one in others}
    assert [(await ground.notice(one))["tries"] for one in others] == [0] * len(others)
    for _ in range(6):
        await ground.pool.execute(
            "update notice set due_at = now() - interval '1 second' where notice_id = $1", poisoned.notice_id
        )
        await work()
    (one,) = await list_aside(ground.pool)
    assert one.notice_id == poisoned.notice_id
    after = {one.notice_id: (await ground.notice(one))["version"] for one in others}
    assert after == before, "the others moved once"


@poisons("clockwork:settle")
async def test_a_notice_that_cannot_be_settled_stops_no_other(ground):
    bad, *others = await accepted(ground, 4)
    await spoil(ground.pool, bad)
    await ground.pool.execute("update notice set due_at = now() - interval '1 second'")
    await held_up(ground, bad, others, partial(settle, ground.pool, 50))
    assert [(await ground.case(one)).state for one in others] == [State.UNDELIVERABLE] * 3


@poisons("clockwork:expire_sends")
async def test_a_send_that_cannot_expire_stops_no_other(ground):
    bad, *others = [await ground.queue() for _ in range(4)]
    await ground.claim()
    await refuse(ground.pool, "attempt", f"new.notice_id = {bad.notice_id} and new.state = 'unknown'", "update")
    await ground.pool.execute("update notice set due_at = now() - interval '1 second'")
    assert await expire_sends(ground.pool, 600.0) == 3
    assert await states(ground, others) == ["unknown"] * 3
    assert await states(ground, [bad]) == ["sending"]


@poisons("clockwork:leave_paused", "money:leave_held", "clockwork:leave_marked", "clockwork:leave_late")
@pytest.mark.parametrize("why", ["paused", "held", "marked", "late"])
async def test_a_notice_that_cannot_take_its_next_rung_stops_no_other(ground, why):
    bad, *others = [await ground.queue(plan=PHONE_AND_MAIL, content=CONTENT_BOTH) for _ in range(4)]
    await spoil(ground.pool, bad)
    senders, pool = {"whatsapp": [ground.sender.name], "email": ["notis@etle.example"]}, ground.pool
    works = {
        "paused": partial(leave_paused, pool, senders, 50),
        "held": partial(leave_held, pool, 50),
        "marked": partial(leave_marked, pool, 50),
        "late": partial(leave_late, pool, senders, 50),
    }
    await prepare(pool, why)
    await held_up(ground, bad, others, works[why])
    assert {(await ground.notice(one))["channel"] for one in others} == {"email"}


async def prepare(pool, why):
    match why:
        case "paused":
            await put_officer(pool, "komandan", "commander", name="K")
            await pool.execute(
                "insert into pause (pause_id, level, key, reason, paused_by, paused_at)"
                " values (1, 'channel', 'whatsapp', 'x', 'komandan', now())"
            )
        case "held":
            await put_officer(pool, "komandan", "commander", name="K")
            await pool.execute(
                "insert into budget (budget_id, channel, from_month, rupiah, policy, set_by, set_at, reason)"
                " values (1, 'whatsapp', date_trunc('month', now()), 1, 'hold', 'komandan', now(), 'x')"
            )
            await pool.execute(
                "insert into budget_hold (channel, month, budget_id, open_channels, since)"
                " values ('whatsapp', date_trunc('month', now()), 1, '{email}', now())"
            )
        case "marked":
            await pool.execute("update notice set recipient = '\\x01'")
            await pool.execute("insert into contact_mark (contact, mark, since) values ('\\x01', 'doubtful', now())")
        case "late":
            await pool.execute("update notice set hand_over_by = now() - interval '1 minute'")
            await pool.execute("insert into sender_state (channel, sender) values ('email', 'notis@etle.example')")


@poisons("clockwork:leave_stopped")
async def test_a_notice_whose_text_was_stopped_and_that_cannot_move_stops_no_other(ground, world):
    from cakra.wiring.whatsapp import template_desk

    bad, *others = [await ground.queue(plan=PHONE_AND_MAIL, content=CONTENT_BOTH) for _ in range(3)]
    await spoil(ground.pool, bad)
    desk = template_desk(world)
    await ground.pool.executemany(
        "insert into template_state (channel, template, language, status, usable, status_at)"
        " values ('whatsapp', $1, $2, 'paused', false, now())",
        [variant.key for variant in desk.variants()],
    )
    await held_up(ground, bad, others, partial(desk.leave_stopped, ground.pool, 50))
    assert {(await ground.notice(one))["channel"] for one in others} == {"email"}


@poisons("word")
async def test_a_later_notice_that_cannot_be_worded_stops_no_other(ground, pool):
    keys = [await waiting_case(pool) for _ in range(3)]
    for key in keys:
        await tell(pool, key, Purpose.REMINDER, number=1)
    bad, *others = keys
    await pool.execute("update notice set purpose = 'nonsense' where case_id = $1", bad[1])
    assert await LaterNotices(pool, letterhead()).word(50) == 2
    for key in others:
        (notice,) = await notices(pool, key)
        assert (notice["state"], notice["step"]) == ("queued", "dispatch")
    for _ in range(6):
        await pool.execute("update notice set due_at = now() - interval '1 second' where case_id = $1", bad[1])
        await LaterNotices(pool, letterhead()).word(50)
    assert [one.case_id for one in await list_aside(pool)] == [bad[1]]
    assert len([one for one, _ in await told(pool, others[0]) if one == "later_notice_queued"]) == 1


@poisons("watch")
async def test_a_camera_that_cannot_be_judged_stops_no_other(pool):
    await add_camera(pool)
    await pool.execute(
        "insert into camera select 'CAM-NAN', jurisdiction, name, place, road, latitude, longitude, zone, hmac_key"
        " from camera limit 1"
    )
    good = await pool.fetchval("select code from camera where code <> 'CAM-NAN'")
    await pool.execute(
        "insert into camera_standing (camera, since, window_from, suspicion)"
        " values ('CAM-NAN', now(), now(), 'NaN'), ($1, now(), now(), 1000)",
        good,
    )
    await pool.execute(
        "insert into camera_score_entry (cell, case_id, camera, at, score)"
        " values (1, 1, 'NOBODY', now(), 3), (1, 2, $1, now(), 'NaN'), (1, 3, $1, now(), 3)",
        good,
    )
    with pytest.raises(ValueError, match="suspicion"):
        await CameraWatch(pool, Limits(), 60.0).look()
    assert await pool.fetchval("select outcome from camera_standing where camera = $1", good) == "human"
    assert await pool.fetchval("select count(*) from camera_score_entry") == 0


# ---------------------------------------------------------------- whole works and lanes
@poisons(
    *(
        f"clockwork:forget_{kind}"
        for kind in ("quarantine", "callbacks", "attempts", "sessions", "chats", "aside", "records", "codes")
    ),
    "clockwork:wordings",
)
async def test_a_work_that_fails_rests_and_the_others_of_its_lane_go_on():
    looks = {"bad": 0, "good": 0}
    faults = []

    async def bad():
        looks["bad"] += 1
        raise KeyError("a row of another release")

    async def good():
        looks["good"] += 1
        return 1

    async def tell(lane, problem):
        faults.append((lane, type(problem)))

    works = several("clockwork", {"bad": bad, "good": good}, tell)
    assert [await works() for _ in range(5)] == [1] * 5
    assert looks["good"] == 5
    assert looks["bad"] < 5, "it rests, longer each time"
    assert set(faults) == {("clockwork:bad", KeyError)}


async def test_a_database_that_goes_away_during_the_clean_up_is_waited_for_with_one_warning():
    """A StoreError of the clean-up ended the whole worker."""
    away = partial(raised, StoreAway("The database does not answer."))
    works = several("clockwork", {"forget_quarantine": away, "forget_callbacks": away, "settle": away})
    with capture_logs() as logs:
        assert [await works() for _ in range(3)] == [0, 0, 0]
    assert [(one["event"], one["lane"]) for one in logs] == [("lane_waits_for_store", "clockwork")]


async def raised(problem):
    raise problem


async def test_a_lane_that_ends_by_a_fault_is_begun_again_and_the_doctor_is_told(pool):
    begun, stopping = [], asyncio.Event()

    async def lane(stopping):
        begun.append(len(begun))
        if len(begun) < 4:
            raise RuntimeError("nobody foresaw it")
        await stopping.wait()

    async def tell(name, problem):
        from cakra.store.faults.aside import note_lane_fault

        await note_lane_fault(pool, name, "tester:1", problem)

    async with Running(lambda stopping: kept_going("odd", lane, stopping, tell)) as running:
        async with asyncio.timeout(PATIENCE_S):
            while len(begun) < 4:  # noqa: ASYNC110 - the lane rings no event here
                await asyncio.sleep(0.02)
        del running, stopping
    (fault,) = await lane_faults(pool)
    assert (fault.lane, fault.problem, fault.times) == ("odd", "RuntimeError", 3)


async def test_what_cannot_be_read_of_the_pauses_holds_back_and_ends_nothing(pool):
    await pool.execute("alter table pause rename to elsewhere")
    watch = PauseWatch(pool)
    assert await watch.refresh() == 0
    assert not await watch.may_leave("whatsapp", "n", "", float("-inf"))
    await pool.execute("alter table elsewhere rename to pause")


async def test_a_set_is_halved_and_the_items_that_fail_alone_are_handed_over():
    done, refused = [], []

    async def work(items):
        if {3, 77} & set(items):
            raise ValueError("no")
        done.extend(items)

    async def refuse_one(item, problem):
        refused.append((item, type(problem)))
        raise RuntimeError("nor can it be set aside")

    await in_parts(range(100), work, refuse_one)
    assert sorted(done) == [one for one in range(100) if one not in {3, 77}]
    assert refused == [(3, ValueError), (77, ValueError)]


@poisons("official publication")
async def test_a_register_that_cannot_be_published_leaves_the_newest_there_is(ground, world, tmp_path):
    pem = tmp_path / "key.pem"
    pem.write_text(fresh_pem())
    pem.chmod(0o600)
    told = world.settings.model_copy(update={"senders": world.settings.senders.model_copy(update={"signing_key": pem})})
    first = await newest_signed(ground.pool, told)
    assert first is not None
    await make_official(ground.pool, "whatsapp", "+62 811-9999-0000")
    await refuse(ground.pool, "official_publication", "true")
    assert await newest_signed(ground.pool, told) == first
    await heal(ground.pool, "official_publication")
    after = await newest_signed(ground.pool, told)
    assert after is not None
    assert after.number == first.number + 1


# ---------------------------------------------------------------- the list
async def test_every_lane_and_every_work_of_one_has_a_poison(ground, database_url, tmp_path):
    told = settings_of(database_url, tmp_path, ground.peer, port=1)
    told = told.model_copy(
        update={"letter": Settings().letter.model_copy(update={"enabled": True, "spool": tmp_path / "spool"})}
    )
    async with open_world(told, "test") as world:
        worker = WorkerProcess(world, steps=("cases", "sending", "receipts"))
        async with worker._lanes() as lanes:
            names = {"screening", *(name.partition(":")[0] for name in lanes)}
        works = {f"clockwork:{name}" for name in worker._clockwork(proof_desk(world))}
        works |= {f"money:{name}" for name in money_works(world, {})}
    wanted = (names - {"clockwork", "money"}) | works
    asked_for_by_a_page = {"official publication"}
    assert wanted | asked_for_by_a_page == set(POISONED)
