"""What the provider says about texts, numbers and the account, from its webhook to what waits to be sent."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from cakra.core.delivery.ladder import Rung
from cakra.core.ports import Channel
from cakra.core.states.journey import State
from cakra.delivery.inbound import Listener
from cakra.delivery.proof.keeping import keep_callback
from cakra.delivery.provider import AccountDesk, TemplateDesk, Variant, leave_marked
from cakra.kit.seal import Sealer
from cakra.outside.whatsapp import WhatsAppCallbacks
from camera_kit import ROOT_KEY
from chat_kit import NUMBER, PHONE, chat_on, until
from dispatch_kit import SETTLE_S, Ground, status
from whatsapp_peer import NUMBER_ID, PLAIN, SECRET, flat

TWO_RUNGS = (Rung(Channel.WHATSAPP, "delivered", 600.0), Rung(Channel.EMAIL, "delivered", 7200.0))
PLAIN_KEY = {"message_template_name": PLAIN.name, "message_template_language": "id", "message_template_id": 1}
TEXTS = [flat(PLAIN), flat(PLAIN) | {"name": f"{PLAIN.name}_teks"}]
VALUES = frozenset({"plat"})
VARIANTS = (
    Variant(PLAIN.name, "id", "confirmation", VALUES, with_picture=True),
    Variant("etle_konfirmasi_v2", "id", "confirmation", VALUES, with_picture=True),
    Variant(f"{PLAIN.name}_teks", "id", "confirmation", VALUES, with_picture=False),
    Variant(PLAIN.name, "en", "confirmation", VALUES, with_picture=True),
)


class Told(Ground):
    """A ground whose proofs hand everything that is said to those who hear it."""

    def __init__(self, ground, variants=VARIANTS):
        super().__init__(ground.pool, ground.peer, ground.photos, ground.sender)
        self.templates = TemplateDesk("whatsapp", lambda: variants)
        accounts = AccountDesk({"whatsapp": [NUMBER, "+62 811-0000-0001"]})
        self.proofs = type(self.proofs)(
            self.pool,
            self.callbacks,
            {"whatsapp": WhatsAppCallbacks(SECRET, {NUMBER_ID: NUMBER})},
            self.proofs.policies,
            SETTLE_S,
            hearers=(self.templates.hear, accounts.hear),
        )

    async def says(self, field, *, at=1_795_000_000, **value):
        change = {"field": field, "value": value}
        entry = {"id": "1", "time": at, "changes": [change]}
        raw = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        await keep_callback(self.pool, self.callbacks, "whatsapp", raw, timedelta(days=1))
        assert await self.proofs.apply(10, "tester") == 1

    async def event(self, event, *, at=1_795_000_000, name=PLAIN.name):
        key = PLAIN_KEY | {"message_template_name": name}
        await self.says("message_template_status_update", at=at, event=event, **key)

    async def stopped(self):
        rows = await self.pool.fetch("select template from template_state where stopped order by 1")
        return [row["template"] for row in rows]

    async def senders(self):
        rows = await self.pool.fetch("select sender from sender_state where stopped order by 1")
        return [row["sender"] for row in rows]


@pytest.fixture
def told(ground):
    return Told(ground)


async def test_a_paused_text_is_not_claimed_and_its_sibling_is_sent(told):
    queued = await told.queue()
    await told.event("PAUSED")
    assert await told.claim() == []
    assert await told.templates.leave_stopped(told.pool, 50) == 1
    notice = await told.notice(queued)
    assert (notice["template"], notice["channel"], notice["state"]) == ("etle_konfirmasi_v2", "whatsapp", "queued")
    assert await told.told(queued) == ["template_changed"]
    (claimed,) = await told.claim()
    assert claimed.template == "etle_konfirmasi_v2"


async def test_without_a_sibling_the_next_rung_is_taken_at_once(told):
    desk = TemplateDesk("whatsapp", lambda: VARIANTS[:1])
    queued = await told.queue(plan=TWO_RUNGS)
    await told.event("REJECTED")
    assert await desk.leave_stopped(told.pool, 50) == 1
    notice = await told.notice(queued)
    assert (notice["channel"], notice["rung"], notice["state"]) == ("email", 1, "queued")
    details = await told.pool.fetchval("select details from case_event where case_id = $1", queued.case_id)
    assert json.loads(details)["why"] == "template"


async def test_the_words_without_a_picture_stand_in_last(told):
    for name in (PLAIN.name, "etle_konfirmasi_v2"):
        await told.event("DISABLED", name=name)
    queued = await told.queue(picture=b"p" * 32)
    await told.pool.execute("update notice set template = $1", PLAIN.name)
    assert await told.templates.leave_stopped(told.pool, 50) == 1
    notice = await told.notice(queued)
    assert (notice["template"], notice["picture"]) == (f"{PLAIN.name}_teks", None)


async def test_with_nothing_left_it_waits_until_the_text_is_approved_again(told):
    desk = TemplateDesk("whatsapp", lambda: VARIANTS[:1])
    queued = await told.queue()
    await told.event("PAUSED")
    assert await desk.leave_stopped(told.pool, 50) == 0
    assert await told.claim() == []
    await told.event("APPROVED", at=1_795_000_060)
    assert [one.notice_id for one in await told.claim()] == [queued.notice_id]


async def test_words_out_of_order_and_twice_leave_the_newest(told):
    await told.event("APPROVED", at=1_795_000_100)
    await told.event("PAUSED", at=1_795_000_000)
    assert await told.stopped() == []
    for _ in range(2):
        await told.event("PAUSED", at=1_795_000_200)
    assert await told.stopped() == [PLAIN.name]


async def test_a_text_that_became_advertising_is_stopped_and_red_quality_alarms(told, capsys):
    await told.says("template_category_update", new_category="MARKETING", previous_category="UTILITY", **PLAIN_KEY)
    assert await told.stopped() == [PLAIN.name]
    await told.says("message_template_quality_update", new_quality_score="RED", **PLAIN_KEY)
    logged = capsys.readouterr().out
    assert "template_category_changed" in logged
    assert "template_quality_fell" in logged
    await told.says("template_category_update", at=1_795_000_300, new_category="UTILITY", **PLAIN_KEY)
    assert await told.stopped() == []


@pytest.mark.parametrize(
    ("field", "value", "stopped"),
    [
        ("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}, 2),
        ("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE"}}, 0),
        (
            "account_update",
            {
                "event": "ACCOUNT_RESTRICTION",
                "phone_number": "6281100000000",
                "restriction_info": [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1}],
            },
            1,
        ),
        (
            "account_update",
            {
                "event": "ACCOUNT_RESTRICTION",
                "restriction_info": [{"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION", "expiration": 1}],
            },
            0,
        ),
        (
            "account_alerts",
            {
                "entity_type": "PHONE_NUMBER",
                "entity_id": NUMBER_ID,
                "alert_info": {"alert_severity": "CRITICAL", "alert_status": "ACTIVE", "alert_type": "X"},
            },
            1,
        ),
        ("account_alerts", {"entity_id": "1", "alert_severity": "CRITICAL", "alert_status": "RESOLVED"}, 0),
        ("phone_number_quality_update", {"display_phone_number": "6281100000000", "event": "DOWNGRADE"}, 0),
        ("business_capability_update", {"max_daily_conversations_per_business": 2000}, 0),
        ("security", {"display_phone_number": "6281100000000", "event": "PIN_CHANGED", "requester": "1"}, 0),
    ],
)
async def test_a_word_about_the_account_stops_the_senders_concerned(told, field, value, stopped):
    await told.says(field, **value)
    await told.says(field, **value)
    assert await told.senders() == [NUMBER, "+62 811-0000-0001"][:stopped]
    assert await told.pool.fetchval("select count(*) from account_word") == 1
    assert await told.pool.fetchval("select count(*) from sender_event where told = 'provider_told'") in {1, 2}


async def test_an_old_word_that_comes_again_does_not_stop_a_released_sender(told):
    ban = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
    await told.says("account_update", **ban)
    await told.pool.execute("update sender_state set stopped = false")
    await told.says("account_update", **ban)
    assert await told.senders() == []


async def test_a_held_message_goes_down_when_its_time_is_up_and_counts_when_it_is_released(told):
    told.peer.faults(share_held=1)
    queued = await told.queue(plan=TWO_RUNGS)
    await told.send()
    held = await told.notice(queued)
    assert (held["state"], held["handed_over_at"], held["step"]) == ("held", None, "settle")
    await told.pass_time(queued, "settle")
    await told.proofs.settle(50)
    left = await told.notice(queued)
    assert (left["channel"], left["rung"], left["state"]) == ("email", 1, "queued")
    assert len([one for one in told.peer.sends() if one["tag"] == queued.tag()]) == 1
    await told.tell(status(queued.tag(), "sent"), status(queued.tag(), "delivered"))
    assert (await told.notice(queued))["state"] == "delivered"
    assert (await told.case(queued)).state is State.NOTIFIED


async def test_a_held_message_without_another_rung_is_an_officers_until_it_is_released(told):
    told.peer.faults(share_held=1)
    queued = await told.queue()
    await told.send()
    await told.pass_time(queued, "settle")
    await told.proofs.settle(50)
    assert ((await told.notice(queued))["state"], (await told.case(queued)).state) == ("held", State.UNDELIVERABLE)
    await told.tell(status(queued.tag(), "delivered"))
    assert (await told.case(queued)).state is State.NOTIFIED


@pytest.mark.parametrize(
    ("mark", "state", "channel"),
    [("doubtful", "failed", "sms"), ("opted_out", "queued", "sms"), (None, "queued", None)],
)
async def test_a_marked_contact_is_gone_round(told, mark, state, channel):
    """A doubted phone takes no SMS either: without another rung an officer is next."""
    rungs = (Rung(Channel.WHATSAPP, "delivered", 600.0), Rung(Channel.SMS, "delivered", 600.0))
    queued, contact = await told.queue(plan=rungs), told.sealed.index("phone", PHONE)
    await told.pool.execute("update notice set recipient = $1", contact)
    if mark is None:
        assert await leave_marked(told.pool, 50) == 0
        assert len(await told.claim()) == 1
        return
    await told.pool.execute("insert into contact_mark values ($1, $2, now())", contact, mark)
    assert await told.claim() == []
    assert await leave_marked(told.pool, 50) == 1
    notice, case = await told.notice(queued), await told.case(queued)
    assert notice["state"] == state
    if mark == "opted_out":
        assert (notice["channel"], case.state) == (channel, State.NOTIFYING)
    else:
        assert (notice["step"], case.state) == (None, State.UNDELIVERABLE)


async def test_a_pause_told_by_webhook_is_seen_by_a_running_worker(pool, database_url, tmp_path):
    async with chat_on(pool, database_url, tmp_path, templates=TEXTS) as chat, chat.working():
        await chat.announces("message_template_status_update", event="PAUSED", reason="NONE", **PLAIN_KEY)

        async def known():
            return await pool.fetchval("select stopped from template_state")

        await until(known)
        queued = await chat.ground.queue()

        async def arrived():
            return (await chat.ground.notice(queued))["state"] == "delivered"

        await until(arrived)
        sent = [one["template"] for one in await asyncio.to_thread(chat.peer.sends)]
        assert sent == [f"{PLAIN.name}_teks"]
        assert "template_changed" in await chat.ground.told(queued)


HALF = "\ud83d"  # of a surrogate pair, as JSON may carry it


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ({"type": "text", "text": {"body": HALF}}, True),
        ({"type": "text", "id": HALF}, False),
        ({"type": "text", "from": "", "from_user_id": HALF}, False),
        ({"type": "button", "button": {"text": HALF, "payload": HALF}, "context": {"id": HALF}}, True),
    ],
)
async def test_half_a_character_in_a_message_holds_up_no_webhook(ground, said, understood):
    """Without a name of the message or of its sender nobody can be answered: the webhook says so and is kept."""
    told = Told(ground)
    listener = Listener(Sealer(ROOT_KEY, "inbound"), timedelta(days=9))
    told.proofs = replace(told.proofs, hearers=(*told.proofs.hearers, listener.hear))
    message = {"id": "wamid.1", "from": PHONE.lstrip("+"), "timestamp": "1795000000"} | said
    await told.says("messages", metadata={"phone_number_id": NUMBER_ID}, messages=[message])
    assert await ground.pool.fetchval("select count(*) from inbound") == int(understood)
    problem = await ground.pool.fetchval("select problem from callback")
    assert (problem is None) is understood
