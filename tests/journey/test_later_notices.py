"""What owners are told after the confirmation: reminders, and notices that other stages have to tell."""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from tests.case_rows import claim_all, make_due, put_case, put_party, stored
from tests.clock import any_hour

from cakra.core.delivery.ladder import parse_ladders, read_plan
from cakra.core.ports import Channel
from cakra.core.states.journey import State
from cakra.core.states.notice import Purpose
from cakra.core.states.outcome import Outcome, Step
from cakra.delivery.ladder import leave_paused, settle
from cakra.journey.answer.rules import Answer, AnswerKind
from cakra.journey.answer.step import AnswerDesk
from cakra.journey.notice.later import LaterNotices
from cakra.journey.notice.rules import lint, parse_templates
from cakra.journey.notice.step import NoticeDesk
from cakra.journey.notice.writer import Letterhead
from cakra.journey.review.untold import Handling, handle_untold
from cakra.journey.waiting.deadlines import WaitingDesk
from cakra.kit.ids import new_id
from cakra.kit.seal import Sealer
from cakra.kit.settings import Settings
from cakra.store.cases import move_one, write_back
from cakra.store.notices import later_notice
from cakra.wiring.lanes import WorkerProcess, charge_desk
from cakra.wiring.official.ready import make_ready
from cakra.wiring.policies import packaged_book
from cakra.wiring.world import open_world
from camera_kit import ROOT_KEY, add_camera, photograph
from dispatch_kit import status
from factories import OWNER
from officers import put_officer
from policy_kit import book_of, packaged, put_in_force
from portal_kit import authorise
from whatsapp_peer import ACCOUNT_ID, NUMBER_ID, SECRET, TOKEN, sandbox

EMAIL, SITE = "siti@pemilik.example", "etle.polri.example"
TEMPLATES = parse_templates(packaged()["templates"])
LADDERS = parse_ladders(packaged()["ladder"])
POLICIES = packaged_book()
KEPT = {"editions": "reminders:ID/0"}
LABELS = {"id": {"TANPA_HELM": "Tidak memakai helm"}, "en": {"TANPA_HELM": "No helmet"}}
PATIENCE_S = 30.0
ALL = frozenset(Channel)


def letterhead(*, channels=(Channel.WHATSAPP, Channel.EMAIL), policies=POLICIES):
    sealers = Sealer(ROOT_KEY, "addressee"), Sealer(ROOT_KEY, "notice")
    return Letterhead(*sealers, LABELS, SITE, f"https://{SITE}/k/", policies, frozenset(channels))


async def waiting_case(
    pool, *, delivered_ago=timedelta(days=6), answer_in=timedelta(days=2), state=State.NOTIFIED, **owner
):
    """A case whose owner was reached and has not answered; its timer is due."""
    if not await pool.fetchval("select exists(select from camera)"):
        await add_camera(pool)
    at = datetime.now(UTC)
    # In one: a worker that runs beside the test sees the case only when it is whole.
    async with pool.acquire() as connection, connection.transaction():
        key = await put_case(connection, state=state, step=Step.DEADLINE)
        sealed = Sealer(ROOT_KEY, "addressee").seal_record(OWNER | owner, key[1].to_bytes(8))
        await connection.execute(
            "update case_file set offences = '{TANPA_HELM}', delivered_at = $2, confirm_by = $3 where case_id = $1",
            key[1], at - delivered_ago, at + answer_in,
        )  # fmt: skip
        await put_party(connection, key, contact=sealed)
    return key


async def look(pool):
    """One turn of the timer, written as the lane writes it; the outcomes."""
    cases, at = await claim_all(pool), datetime.now(UTC)
    outcomes = await WaitingDesk(pool, POLICIES).run(cases, at)
    async with pool.acquire() as connection, connection.transaction():
        await write_back(connection, cases, [[outcome] for outcome in outcomes], at)
    return outcomes


async def word(pool, **how):
    return await LaterNotices(pool, letterhead(**how)).word(50)


async def tell(pool, key, purpose, *, number=0):
    """What a stage does that has something to tell."""
    case, at = await stored(pool, key), datetime.now(UTC)
    notice = later_notice(case, purpose, at, number=number)
    async with pool.acquire() as connection, connection.transaction():
        assert await move_one(connection, case, [Outcome(*key, None, "deadline_kept", records=(notice,))], at)


async def move(pool, key, state):
    case, at = await stored(pool, key), datetime.now(UTC)
    async with pool.acquire() as connection, connection.transaction():
        assert await move_one(connection, case, [Outcome(*key, state, "owner_answered")], at)


async def notices(pool, key, purpose=None):
    return await pool.fetch(
        "select * from notice where case_id = $1 and ($2::text is null or purpose = $2) order by created_at, notice_id",
        key[1], purpose,
    )  # fmt: skip


async def told(pool, key):
    rows = await pool.fetch("select told, details from case_event where case_id = $1 order by at, event_id", key[1])
    return [(row["told"], json.loads(row["details"])) for row in rows]


def opened(notice):
    return Sealer(ROOT_KEY, "notice").open_record(notice["content"], notice["notice_id"].to_bytes(8))


# ---------------------------------------------------------------- the timer
@any_hour
async def test_the_timer_makes_one_reminder_and_waits_for_the_next_then_for_the_deadline(pool):
    key = await waiting_case(pool)
    (outcome,) = await look(pool)
    assert (outcome.told, dict(outcome.details)) == ("reminder_due", {"number": 1, "of": 2} | KEPT)
    row = await pool.fetchrow(
        "select state, step, due_at, delivered_at, confirm_by from case_file where case_id = $1", key[1]
    )
    assert (row["state"], row["step"]) == ("notified", "deadline")
    assert timedelta(days=6) < row["due_at"] - row["delivered_at"] < timedelta(days=7, hours=24)
    await make_due(pool, [key])
    (outcome,) = await look(pool)
    assert outcome.told == "deadline_kept", "looked at too early: nothing comes twice"
    assert [one["number"] for one in await notices(pool, key)] == [1]
    await pool.execute(
        "update case_file set delivered_at = delivered_at - interval '3 days' where case_id = $1", key[1]
    )
    await make_due(pool, [key])
    await look(pool)
    assert [one["number"] for one in await notices(pool, key)] == [1, 2]
    assert await pool.fetchval("select due_at = confirm_by from case_file where case_id = $1", key[1])
    await pool.execute(
        "update case_file set confirm_by = now() - interval '1 second', due_at = now() where case_id = $1", key[1]
    )
    (outcome,) = await look(pool)
    assert (outcome.move, len(await notices(pool, key))) == (State.LAPSED, 2)


@any_hour
async def test_a_timer_that_slept_past_the_deadline_lapses_without_a_reminder(pool):
    key = await waiting_case(pool, delivered_ago=timedelta(days=9), answer_in=timedelta(seconds=-1))
    (outcome,) = await look(pool)
    assert (outcome.move, await notices(pool, key)) == (State.LAPSED, [])


async def test_a_charged_case_is_not_reminded_to_answer(pool):
    key = await waiting_case(pool, state=State.CHARGED)
    await pool.execute("update case_file set pay_by = confirm_by where case_id = $1", key[1])
    (outcome,) = await look(pool)
    assert (outcome.told, await notices(pool, key)) == ("deadline_kept", [])


async def test_proof_sets_the_timer_to_the_first_reminder_and_a_second_proof_leaves_it(ground):
    ground.proofs = replace(ground.proofs, policies=POLICIES)
    queued = await ground.queue()
    await ground.send()
    await ground.tell(status(queued.tag(), "delivered"))
    before = await ground.pool.fetchrow(
        "select step, due_at, delivered_at, confirm_by from case_file where case_id = $1", queued.case_id
    )
    assert before["step"] == "deadline"
    assert timedelta(days=4) < before["due_at"] - before["delivered_at"] < timedelta(days=6)
    await ground.tell(status(queued.tag(), "delivered"), status(queued.tag(), "read"))
    after = await ground.pool.fetchrow(
        "select step, due_at, delivered_at, confirm_by from case_file where case_id = $1", queued.case_id
    )
    assert after == before
    assert await ground.told(queued) == ["delivery_proved", "notice_read"]


# ---------------------------------------------------------------- wording
@any_hour
async def test_a_reminder_says_which_it_is_until_when_and_shows_the_picture(pool):
    key = await waiting_case(pool, email=EMAIL)
    digest = bytes(range(32))
    await pool.execute("insert into derived_picture values ($1, $2, 'notice', $3, $3, 'test', now())", *key, digest)
    await look(pool)
    assert await word(pool, channels=ALL) == 1
    (notice,) = await notices(pool, key, "reminder")
    assert (notice["state"], notice["step"], notice["template"], notice["picture"]) == (
        "queued", "dispatch", "etle_pengingat_v1", digest,
    )  # fmt: skip
    said = opened(notice)
    assert said["variables"]["ke"] == "ke-1"
    assert said["variables"]["batas"].startswith(str((datetime.now(UTC) + timedelta(days=2, hours=7)).day))
    assert "Pengingat ke-1" in said["email"]["text"]
    assert [rung.channel for rung in read_plan(notice["plan"])] == [Channel.WHATSAPP, Channel.EMAIL], "no letter"
    assert [rung.basis for rung in read_plan(notice["plan"])] == [
        "number given at registration",
        "address given at registration",
    ]
    assert ("later_notice_queued", {"purpose": "reminder", "number": 1, "language": "id"}) in await told(pool, key)


@pytest.mark.parametrize(
    "purpose", [Purpose.CODE, Purpose.DECISION, Purpose.WITHDRAWAL, Purpose.VERDICT, Purpose.REFUND]
)
@pytest.mark.parametrize("language", ["id", "en"])
async def test_every_later_notice_is_worded_for_every_channel_in_the_owners_language(pool, purpose, language):
    key = await waiting_case(pool, state=State.CHARGED, email=EMAIL, language=language)
    await tell(pool, key, purpose)
    assert await word(pool, channels=ALL) == 1
    (notice,) = await notices(pool, key, purpose)
    template = next(one for one in TEMPLATES if (one.purpose, one.language) == (purpose, language))
    assert (notice["language"], notice["template"], notice["state"]) == (language, f"{template.name}_teks", "queued")
    said = opened(notice)
    assert said["variables"].keys() == set(template.variables)
    assert said["letter"]["text"] == said["email"]["text"]
    assert said["letter"]["subject"] == said["email"]["subject"]
    assert {"name", "lines", "postcode", "variables"} <= said["letter"].keys()
    whole = json.dumps(said)
    assert "{{" not in whole
    assert not lint(replace(template, body=said["letter"]["text"].split("https://")[0]), [SITE])


async def test_a_message_about_a_code_holds_no_code_and_no_amount(pool):
    key = await waiting_case(pool, state=State.CHARGED, email=EMAIL)
    await pool.execute(
        "insert into deposit_code (code, cell, case_id, party_id, amount, state, issued_at, expires_at, officer)"
        " values ('990011234567890', $1, $2, $2, 500000, 'issued', now(), now(), 'x')", *key,
    )  # fmt: skip
    await tell(pool, key, Purpose.CODE)
    await word(pool, channels=ALL)
    whole = json.dumps(opened((await notices(pool, key))[0]))
    assert not [
        secret for secret in ("990011234567890", "99001 12345", "500.000", "500,000", "500000", "Rp") if secret in whole
    ]


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ("email", ["email", "whatsapp", "letter"]),
        ("letter", ["whatsapp", "email", "letter"]),
        ("sms", ["whatsapp", "email", "letter"]),
        (None, ["whatsapp", "email", "letter"]),
    ],
)
async def test_an_owners_wish_orders_the_ladder_as_far_as_the_policy_lets_it(pool, asked, order):
    key = await waiting_case(pool, state=State.CHARGED, email=EMAIL, preferred_channel=asked)
    await tell(pool, key, Purpose.DECISION)
    await word(pool, channels=ALL)
    (notice,) = await notices(pool, key)
    assert [rung.channel.value for rung in read_plan(notice["plan"])] == order
    assert notice["channel"] == order[0]


async def test_a_confirmation_comes_in_the_language_its_owner_asked_for(pool):
    key = await waiting_case(pool, state=State.IDENTIFIED, language="en")
    desk = NoticeDesk(pool, letterhead())
    (outcome,) = await desk.run([await stored(pool, key)], datetime.now(UTC))
    assert outcome.details["language"] == "en"


async def test_one_that_does_not_open_is_an_officers_and_holds_up_nobody(pool):
    broken, sound = await waiting_case(pool, state=State.CHARGED), await waiting_case(pool, state=State.CHARGED)
    for key in (broken, sound):
        await tell(pool, key, Purpose.DECISION)
    await pool.execute("update party set contact = '\\x00' where case_id = $1", broken[1])
    assert await word(pool) == 2
    assert [(await notices(pool, key))[0]["state"] for key in (broken, sound)] == ["failed", "queued"]
    assert ("notice_not_told", {"purpose": "decision", "number": 0, "why": "ours"}) in await told(pool, broken)


async def test_an_owner_without_a_way_is_an_officers_but_a_mere_reminder_is_not(pool):
    reached_by_letter = await waiting_case(pool, phone=None)
    nobody = await waiting_case(pool, state=State.CHARGED, phone=None)
    await look(pool)
    await tell(pool, nobody, Purpose.DECISION)
    await word(pool)
    assert [one["state"] for one in await notices(pool, reached_by_letter)] == ["cancelled"]
    assert [one["state"] for one in await notices(pool, nobody)] == ["failed"]


# ---------------------------------------------------------------- what need not be told any more
@pytest.mark.parametrize("worded", [False, True])
@pytest.mark.parametrize("state", [State.ANSWERED, State.DISPUTED, State.WITHDRAWN, State.LAPSED])
async def test_a_reminder_that_has_not_left_is_cancelled_when_the_case_moves_on(pool, worded, state):
    key, other = await waiting_case(pool), await waiting_case(pool)
    await look(pool)
    if worded:
        assert await word(pool) == 2
    await move(pool, key, state)
    (notice,) = await notices(pool, key)
    assert (notice["state"], notice["step"]) == ("cancelled", None)
    assert ("notice_cancelled", {"purpose": "reminder", "number": 1, "why": "moved_on"}) in await told(pool, key)
    assert [one["state"] for one in await notices(pool, other)] == ["queued" if worded else "planned"]
    assert await word(pool) == (0 if worded else 1)


@any_hour
async def test_a_reminder_that_quiet_hours_would_carry_past_the_deadline_is_not_sent(pool):
    row = 'jurisdiction="*"\noffence="*"\npurpose="*"\neffective_from=2026-01-01\nsource="t"\n'
    night = (
        (datetime.now(UTC) + timedelta(hours=6)).strftime("%H:00"),
        (datetime.now(UTC) + timedelta(hours=12)).strftime("%H:00"),
    )
    rung = f'channel="whatsapp"\nwait_for="delivered"\nwithin_s=60\nquiet={list(night)}\n'
    quiet = book_of(ladder=f"[[ladder]]\n{row}[[ladder.rung]]\n{rung}")
    soon = await waiting_case(pool, answer_in=timedelta(hours=1))
    later = await waiting_case(pool, answer_in=timedelta(days=2))
    await look(pool)
    await word(pool, policies=quiet)
    (late,), (held,) = await notices(pool, soon), await notices(pool, later)
    assert (late["state"], held["state"]) == ("cancelled", "queued")
    assert held["due_at"] > datetime.now(UTC) + timedelta(hours=2)
    assert ("notice_cancelled", {"purpose": "reminder", "number": 1, "why": "too_late"}) in await told(pool, soon)


async def test_a_withdrawal_is_told_whatever_happened_since(pool):
    key = await waiting_case(pool)
    await tell(pool, key, Purpose.WITHDRAWAL)
    await move(pool, key, State.WITHDRAWN)
    assert await word(pool) == 1
    assert [one["state"] for one in await notices(pool, key)] == ["queued"]


# ---------------------------------------------------------------- on the ladder
async def reminder_on(ground, key, *channels):
    """A worded reminder of this case, as `ground` sends it."""
    content = {"email": {"recipient": EMAIL, "subject": "S", "text": "T", "html": ""}}
    plan = tuple(rung for rung in LADDERS[0].rungs if rung.channel in channels)
    queued = await ground.queue(case_id=key[1], purpose="reminder", plan=plan)
    notice = await ground.notice(queued)
    sealed = Sealer(ROOT_KEY, "notice")
    said = sealed.open_record(notice["content"], queued.notice_id.to_bytes(8)) | content
    await ground.pool.execute(
        "update notice set content = $2 where notice_id = $1",
        queued.notice_id, sealed.seal_record(said, queued.notice_id.to_bytes(8)),
    )  # fmt: skip
    return queued


async def test_proof_of_an_earlier_rung_stops_a_reminder_that_waits_on_the_next(ground):
    key = await waiting_case(ground.pool)
    queued = await reminder_on(ground, key, Channel.WHATSAPP, Channel.EMAIL)
    await ground.send()
    await ground.pool.execute("update notice set due_at = now() where notice_id = $1", queued.notice_id)
    await settle(ground.pool, 50)
    assert (await ground.notice(queued))["channel"] == "email"
    await ground.tell(status(queued.tag(), "delivered"))
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"]) == ("delivered", None)
    assert (await ground.case(queued)).state is State.NOTIFIED


async def test_a_reminder_refused_after_the_answer_takes_no_further_rung(ground):
    key = await waiting_case(ground.pool)
    queued = await reminder_on(ground, key, Channel.WHATSAPP, Channel.EMAIL)
    (outgoing,) = await ground.claim()
    await move(ground.pool, key, State.ANSWERED)
    assert (await ground.notice(queued))["state"] == "sending", "it is under way and left alone"
    ground.peer.faults(answer_code=131026)
    await ground.desk.record([await ground.desk.send(outgoing)])
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"]) == ("cancelled", None)


async def test_silence_after_the_answer_takes_no_further_rung(ground):
    key = await waiting_case(ground.pool)
    queued = await reminder_on(ground, key, Channel.WHATSAPP, Channel.EMAIL)
    await ground.send()
    await move(ground.pool, key, State.ANSWERED)
    await ground.pool.execute("update notice set due_at = now() where notice_id = $1", queued.notice_id)
    await settle(ground.pool, 50)
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"], notice["channel"]) == ("accepted", None, "whatsapp")


async def test_a_failed_reminder_leaves_the_case_where_it_is(ground):
    key = await waiting_case(ground.pool)
    queued = await reminder_on(ground, key, Channel.WHATSAPP)
    ground.peer.faults(answer_code=131026)
    await ground.send()
    assert (await ground.notice(queued))["state"] == "failed"
    case = await ground.case(queued)
    assert (case.state, case.step) == (State.NOTIFIED, "deadline")


async def test_a_pause_loses_no_reminder(ground):
    key = await waiting_case(ground.pool)
    phone = await reminder_on(ground, key, Channel.WHATSAPP)
    both = await reminder_on(ground, key, Channel.WHATSAPP, Channel.EMAIL)
    await put_officer(ground.pool, "k", "commander")
    await ground.pool.execute(
        "insert into pause (pause_id, level, key, reason, paused_by, paused_at)"
        " values ($1, 'channel', 'whatsapp', 'x', 'k', now())",
        new_id(),
    )
    await leave_paused(ground.pool, {"whatsapp": ["a"], "email": ["b"]}, 50)
    assert [(await ground.notice(one))["channel"] for one in (phone, both)] == ["whatsapp", "email"]
    assert [(await ground.notice(one))["state"] for one in (phone, both)] == ["queued", "queued"]


async def test_where_reading_is_waited_for_delivery_starts_the_deadline_and_silence_goes_on(ground):
    plan = (replace(LADDERS[0].rungs[0], wait_for="read"), LADDERS[0].rungs[1])
    ground.proofs = replace(ground.proofs, settle_s=None)
    queued = await ground.queue(plan=plan)
    await ground.send()
    await ground.tell(status(queued.tag(), "delivered"))
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"]) == ("delivered", "settle")
    assert (await ground.case(queued)).state is State.NOTIFIED
    await ground.pass_time(queued, "settle")
    await settle(ground.pool, 50)
    notice = await ground.notice(queued)
    assert (notice["state"], notice["channel"], notice["rung"]) == ("queued", "email", 1)
    await ground.tell(status(queued.tag(), "read"))
    notice = await ground.notice(queued)
    assert (notice["state"], notice["step"]) == ("read", None), "read after all: the e-mail stays here"
    assert (await ground.case(queued)).state is State.NOTIFIED


# ---------------------------------------------------------------- a worker as it runs
@asynccontextmanager
async def working(database_url, folder, peer):
    """The product's own ladders, but by day and night: nobody knows when the tests run."""
    ladder = re.sub(r"(?m)^quiet = .*$", "", packaged()["ladder"])
    settings = Settings(
        database={"url": database_url},
        keys={"root": ROOT_KEY.hex()},
        photos={"url": str(folder)},
        whatsapp={
            "base_url": peer.url, "phone_number_id": NUMBER_ID, "access_token": TOKEN, "app_secret": SECRET,
            "display_number": "+62 811-0000-0000", "account_id": ACCOUNT_ID,
        },
        worker={"sweep_s": 0.2},
        demo=True,
    )  # fmt: skip
    stopping = asyncio.Event()
    async with open_world(settings, "test worker") as world:
        await put_in_force(world.pool, world.policies, "ladder", ladder)
        await make_ready(world)
        task = asyncio.create_task(WorkerProcess(world, steps=("cases", "sending", "receipts")).run(stopping))
        try:
            yield world
        finally:
            stopping.set()
            async with asyncio.timeout(PATIENCE_S):
                await task


async def until(holds):
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await holds()):  # noqa: ASYNC110 - what is waited for rings no event here
            await asyncio.sleep(0.05)
    return found


@dataclass(frozen=True)
class Phone:
    """An owner's phone, as the provider's log shows it."""

    pool: object
    peer: object
    key: tuple[int, int]

    async def sent(self, purpose):
        rows = await self.pool.fetch(
            "select notice_id from notice where case_id = $1 and purpose = $2 and state = 'accepted'",
            self.key[1],
            purpose,
        )
        tags = {f"n:{self.key[0]}:{row['notice_id']}:1" for row in rows}
        return [one for one in self.peer.sends() if one["tag"] in tags]

    async def received(self, purpose):
        (message,) = await until(lambda: self.sent(purpose))
        return message


async def test_new_words_are_registered_as_soon_as_they_are_approved_and_sent_from_their_day_on(
    ground, database_url, tmp_path, pool
):
    with sandbox(tmp_path, templates=[]) as peer:
        async with working(database_url, tmp_path, peer) as world:
            known = peer.stats()["templates"]
            text = packaged()["templates"].replace('"etle_pengingat_v1"', '"etle_pengingat_v2"')
            await put_in_force(pool, world.policies, "templates", text)
            await until(lambda: asyncio.to_thread(lambda: peer.stats()["templates"] == known + 4))
            phone = Phone(pool, peer, await waiting_case(pool))
            assert (await phone.received("reminder"))["template"].startswith("etle_pengingat_v2")
    row = await pool.fetchrow("select editions, template from notice where case_id = $1", phone.key[1])
    assert row["editions"].endswith(" templates:ID/1")
    assert await pool.fetchval("select count(*) from wording where template = $1", row["template"]) == 2


async def test_an_owner_is_reminded_with_the_picture_and_told_that_the_answer_came(
    ground, database_url, tmp_path, pool
):
    key = await waiting_case(pool, state=State.IDENTIFIED)
    jpeg = photograph(7)
    digest = sha256(jpeg).digest()
    await pool.execute("insert into derived_picture values ($1, $2, 'notice', $3, $3, 'test', now())", *key, digest)
    with sandbox(tmp_path, templates=[]) as peer:
        phone = Phone(pool, peer, key)
        async with working(database_url, tmp_path, peer) as world:
            await world.photos.put_many({digest: jpeg})
            await pool.execute(
                "update case_file set step = 'notice', due_at = now(), delivered_at = null, confirm_by = null"
                " where case_id = $1",
                key[1],
            )
            first = await phone.received("confirmation")
            await ground.keep(status(first["tag"], "delivered"))

            async def notified():
                return (await stored(pool, key)).state is State.NOTIFIED

            await until(notified)
            await pool.execute(
                "update case_file set due_at = now(), delivered_at = delivered_at - interval '6 days'"
                " where case_id = $1",
                key[1],
            )
            reminder = await phone.received("reminder")
            assert (reminder["template"], reminder["variables"]["ke"]) == ("etle_pengingat_v1", "ke-1")
            assert reminder["to"] == first["to"]
            assert reminder["media"], "the photograph goes with it"
            await authorise(pool, offences=("TANPA_HELM",))
            desk = AnswerDesk(pool, Sealer(ROOT_KEY, "answer"), charge_desk(world).charge)
            assert await desk.give((*key, key[1]), Answer(AnswerKind.DROVE, {}), datetime.now(UTC))
            thanks = await phone.received("code")
    assert thanks["template"] == "etle_jawaban_v1_teks"
    code = await pool.fetchval("select code from deposit_code where case_id = $1", key[1])
    assert code not in json.dumps(thanks)
    assert [(one["purpose"], one["number"]) for one in await notices(pool, key)] == [
        ("confirmation", 0),
        ("reminder", 1),
        ("code", 0),
    ]
    story = ("delivery_proved", "reminder_due", "owner_answered", "charged")
    keys = [one for one, _ in await told(pool, key)]
    assert tuple(one for one in keys if one in story) == story
    assert keys.count("later_notice_queued") == 2


async def test_told_again_it_begins_at_the_top_of_its_new_plan_however_short(pool):
    key = await waiting_case(pool, email=EMAIL)
    await tell(pool, key, Purpose.DECISION)
    assert await word(pool, channels=ALL) == 1
    (notice,) = await notices(pool, key, "decision")
    assert len(read_plan(notice["plan"])) > 1
    await pool.execute(
        "update notice set state = 'failed', step = null, due_at = null, rung = 2, rung_tries = 3 where notice_id = $1",
        notice["notice_id"],
    )
    async with pool.acquire() as connection:
        await handle_untold(connection, key[0], notice["notice_id"], Handling.AGAIN, "rini", datetime.now(UTC))
    assert await word(pool, channels={Channel.WHATSAPP}) == 1
    (again,) = await notices(pool, key, "decision")
    assert (again["state"], again["step"], again["channel"]) == ("queued", "dispatch", "whatsapp")
    assert (again["rung"], again["rung_tries"], len(read_plan(again["plan"]))) == (0, 0, 1)
    assert again["due_at"] is not None
