"""People write to the number that wrote to them: webhook, worker, and what their phone shows."""

import asyncio
import hashlib
import hmac
import json

import pytest

from cakra.core.ports import Channel
from cakra.delivery.inbound import expire_replies
from cakra.delivery.senders import release_sender, stop_sender
from cakra.journey.staff.officers import add_officer
from cakra.kit.ids import new_reference, show_reference
from cakra.wiring.lanes import proof_desk
from cakra.wiring.outgoing.channels import dispatch_desks
from cakra.wiring.whatsapp.people import inbound_desk, reply_desk
from cakra.wiring.world import open_world
from chat_kit import NUMBER, PHONE, SITE, chat_on, until
from whatsapp_peer import NUMBER_ID, SECRET, VARIABLES, fetch

STRANGER = "+6289900001111"
PASSWORD = "a long enough password"


@pytest.fixture
async def chat(pool, database_url, tmp_path):
    async with chat_on(pool, database_url, tmp_path) as running:
        yield running


async def delivered(chat):
    """A notice that reached the phone; (queued, case row, provider's id)."""
    queued = await chat.ground.queue()

    async def there():
        notice = await chat.ground.notice(queued)
        return notice["state"] in {"delivered", "read"}

    await until(there)
    row = await chat.pool.fetchrow("select * from case_file where case_id = $1", queued.case_id)
    return queued, row, (await chat.ground.attempt(queued))["provider_id"]


async def test_a_reference_is_answered_in_three_ways(chat):
    async with chat.working():
        _, case, _ = await delivered(chat)
        printed = show_reference(case["reference"])
        await chat.types(f"cek {printed.lower().replace('-', ' ')}")
        (genuine,) = await chat.answered()
        assert genuine.startswith("Asli.")
        assert printed in genuine
        assert "WhatsApp, " in genuine
        assert SITE in genuine
        await chat.types(f"CEK {printed}", STRANGER)
        (elsewhere,) = await chat.answered(person=STRANGER)
        assert elsewhere.startswith("Hati-hati.")
        await chat.types(f"CEK {show_reference(new_reference(3))}", STRANGER)
        unknown = (await chat.answered(2, STRANGER))[1]
        assert unknown.startswith("Tidak ditemukan.")
        for said in (genuine, elsewhere, unknown):
            assert case["plate"] not in said.replace(" ", "")
            assert "Rp" not in said
            assert not any(value in said for name, value in VARIABLES.items() if name != "ref")
        assert "Asli." in await chat.page()
        await chat.pool.execute("update reference set closed_at = now(), closed_why = 'beredar'")
        await chat.types(f"CEK {printed}", STRANGER)
        closed = (await chat.answered(3, STRANGER))[2]
        assert closed.startswith("Ditutup.")
        assert case["plate"] not in closed.replace(" ", "")
    kinds = ("genuine", "elsewhere", "not_found", "closed")
    assert await chat.outcomes() == [(kind, "accepted") for kind in kinds]


async def test_a_hidden_number_is_answered_by_its_id(pool, database_url, tmp_path):
    async with chat_on(pool, database_url, tmp_path, hidden_suffixes=["7890"]) as chat, chat.working():
        _, case, _ = await delivered(chat)
        await chat.types(f"CHECK {case['reference']}")
        (answer,) = await chat.answered()
        assert answer.startswith("Genuine.")


async def test_the_button_says_it_is_not_mine(chat):
    async with chat.working():
        queued, case, wamid = await delivered(chat)
        await chat.taps(wamid)
        (answer,) = await chat.answered()
        assert f"https://{SITE}/k/{case['reference']}?jawab=bukan-milik" in answer
        assert "Bukan kendaraan saya" in answer
        assert "recipient_denied" in await chat.ground.told(queued)
        mark = await chat.pool.fetchrow("select * from contact_mark")
        assert (mark["mark"], mark["contact"]) == ("doubtful", chat.ground.sealed.index("phone", PHONE))


async def test_anything_else_is_answered_once_a_day(chat):
    async with chat.working():
        await chat.types("Halo, ini apa?")
        (answer,) = await chat.answered()
        assert "*CEK*" in answer
        await chat.types("Kok tidak dijawab?")
        await chat.types("STOP")
        assert len(await chat.answered(2)) == 2
        assert await chat.understood(3) == ["other", "other", "stop"]
    assert await chat.outcomes() == [("help", "accepted"), ("stopped", "accepted")]
    assert await chat.pool.fetchval("select mark from contact_mark") == "opted_out"
    assert not await chat.pool.fetchval(
        "select count(*) from inbound where position('Halo' in encode(content, 'escape')) > 0"
    )


async def test_start_takes_the_opt_out_back(chat):
    async with chat.working():
        await chat.types("berhenti")
        await chat.types("mulai")
        await chat.answered(2)
    assert await chat.pool.fetchval("select count(*) from contact_mark") == 0


async def test_too_many_wrong_references_look_like_one_that_is_not_there(pool, database_url, tmp_path):
    async with chat_on(pool, database_url, tmp_path, whatsapp={"checks_per_hour": 2}) as chat, chat.working():
        _, case, _ = await delivered(chat)
        for _ in range(3):
            await chat.types(f"CEK {new_reference(3)}", STRANGER)
        await chat.types(f"CEK {case['reference']}", STRANGER)
        answers = await chat.answered(4, STRANGER)
        assert len(set(answers)) == 1
        assert answers[0].startswith("Tidak ditemukan.")


async def test_a_flood_is_kept_but_not_answered(pool, database_url, tmp_path):
    async with chat_on(pool, database_url, tmp_path, whatsapp={"messages_per_hour": 2}) as chat, chat.working():
        for number in range(4):
            await chat.types(f"CEK {number}")
        assert await chat.understood(4) == ["check", "check", "flood", "flood"]
    assert len(chat.answers()) <= 2


def webhook(*messages, secret=SECRET):
    """A signed webhook of messages from people, as the provider words it."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "6281100000000", "phone_number_id": NUMBER_ID},
        "contacts": [{"profile": {"name": "CONTOH"}, "wa_id": PHONE.lstrip("+")}],
        "messages": list(messages),
    }
    entry = {"id": "1", "time": 1, "changes": [{"field": "messages", "value": value}]}
    raw = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    mac = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return raw, {"X-Hub-Signature-256": f"sha256={mac}", "Content-Type": "application/json"}


def text_message(number, body, at):
    return {
        "from": PHONE.lstrip("+"),
        "id": f"wamid.in{number}",
        "timestamp": str(at),
        "type": "text",
        "text": {"body": body},
    }


async def post(chat, raw, headers):
    url = f"{chat.door}/v1/callbacks/whatsapp"
    return (await asyncio.to_thread(fetch, url, method="POST", body=raw, headers=headers))[0]


async def test_the_same_webhook_twice_and_out_of_order_is_answered_once(chat):
    at = await chat.pool.fetchval("select extract(epoch from now())::bigint")
    later, earlier = text_message(2, "berhenti", at), text_message(1, "halo", at - 60)
    async with chat.working():
        await chat.types("mulai")  # opens the provider's window
        await chat.answered()
        for message in (later, later, earlier, later, earlier):
            assert await post(chat, *webhook(message)) == 200
        await chat.understood(3)
        await chat.answered(3)

        async def applied():
            return not await chat.pool.fetchval("select count(*) from callback where step is not null")

        await until(applied)
    assert sorted(kind for kind, _ in await chat.outcomes()) == ["help", "started", "stopped"]
    assert len(chat.answers()) == 3


async def test_forged_and_oversized_webhooks_are_refused(chat):
    message = text_message(1, "CEK", 1)
    assert await post(chat, *webhook(message, secret="another")) == 401
    raw, headers = webhook(text_message(1, "x" * (3 * 1024 * 1024), 1))
    assert await post(chat, raw, headers) == 413
    assert await chat.pool.fetchval("select count(*) from callback") == 0


async def heard(chat, text="halo"):
    """A message in the table, understood, its answer queued; the worker has gone."""
    async with chat.working():
        await chat.types("berhenti")
        await chat.answered()
    await chat.types(text)

    async def kept():
        return await chat.pool.fetchval("select count(*) from callback where step is not null")

    await until(kept)


def answers_of(world):
    desk = next(one for one in dispatch_desks(world) if one.channel is Channel.WHATSAPP)
    return reply_desk(world, desk.sender)


async def test_a_kill_between_intent_and_call_leaves_the_answer_unknown_and_never_sends_it_again(chat):
    await heard(chat)
    async with open_world(chat.settings, "killed worker") as world:

        async def understood():  # receipts of the first answer may come before the message
            await proof_desk(world).apply(10, "killed")
            return await inbound_desk(world).run(10)

        assert await until(understood) == 1
        desk = answers_of(world)
        assert len(await desk.claim(10, "killed")) == 1  # and then it is gone
        await desk.replier.close()
    assert await chat.pool.execute("update reply set due_at = now() where step = 'sending'") == "UPDATE 1"
    async with chat.working():

        async def settled():
            return not await chat.pool.fetchval("select count(*) from reply where step is not null")

        await until(settled)
        await chat.types("mulai")
        await chat.answered(2)
    assert await chat.outcomes() == [("stopped", "accepted"), ("help", "unknown"), ("started", "accepted")]
    assert len(chat.answers()) == 2


async def test_a_closed_window_ends_the_answer(chat):
    await heard(chat)
    async with chat.working():
        await chat.answered(2)
    async with chat.pool.acquire() as connection:
        await connection.execute("update reply set step = 'send', state = 'queued', window_until = now()")
    assert await expire_replies(chat.pool) == 2
    assert {state for _, state in await chat.outcomes()} == {"expired"}


async def test_131047_is_final_and_a_stopped_sender_keeps_its_answers(chat):
    chat.peer.faults(answer_code=131047)
    async with chat.working():
        await chat.types("halo")

        async def refused():
            return ("help", "refused") in await chat.outcomes()

        await until(refused)
        await add_officer(
            chat.pool, username="rini", name="Rini", rank="", role="supervisor", certified=False, password=PASSWORD
        )
        async with chat.pool.acquire() as connection, connection.transaction():
            await stop_sender(connection, "whatsapp", NUMBER, "368", "blocked")
        chat.peer.faults(answer_code=None)
        await chat.types("berhenti")
        await chat.understood(2)
        assert await chat.outcomes() == [("help", "refused"), ("stopped", "queued")]
        await release_sender(chat.pool, "whatsapp", NUMBER, by="rini", reason="unblocked by the provider")
        await chat.answered()
    assert await chat.outcomes() == [("help", "refused"), ("stopped", "accepted")]


async def hidden(chat, number, body, about=""):
    """A message of somebody known only by an id of the provider's, answering one of ours."""
    at = await chat.pool.fetchval("select extract(epoch from now())::bigint")
    message = text_message(number, body, at) | {"from_user_id": "ID.1234567890", "context": {"id": about}}
    del message["from"]
    raw, _ = webhook(message)
    document = json.loads(raw)
    document["entry"][0]["changes"][0]["value"]["contacts"] = [{"user_id": "ID.1234567890"}]
    raw = json.dumps(document).encode()
    mac = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    assert await post(chat, raw, {"X-Hub-Signature-256": f"sha256={mac}"}) == 200


async def test_a_stop_of_a_hidden_number_is_recorded_when_it_quotes_us_and_else_not_promised(chat):
    async with chat.working():
        _, _, wamid = await delivered(chat)
        await hidden(chat, 1, "BERHENTI", "wamid.of.somebody.else")
        await chat.understood(1)
        assert await chat.pool.fetchval("select count(*) from contact_mark") == 0
        await hidden(chat, 2, "STOP", wamid)
        assert await chat.understood(2) == ["stop", "stop"]
        mark = await chat.pool.fetchrow("select * from contact_mark")
        assert (mark["mark"], mark["contact"]) == ("opted_out", chat.ground.sealed.index("phone", PHONE))
        await hidden(chat, 3, "MULAI", wamid)
        await chat.understood(3)
        assert await chat.pool.fetchval("select count(*) from contact_mark") == 0
    kinds = [row["kind"] for row in await chat.pool.fetch("select kind from reply order by reply_id")]
    assert kinds == ["number_unseen", "stopped", "started"]


async def test_a_typed_not_mine_that_quotes_our_message_counts_like_the_button(chat):
    async with chat.working():
        queued, _, wamid = await delivered(chat)
        at = await chat.pool.fetchval("select extract(epoch from now())::bigint")
        assert await post(chat, *webhook(text_message(1, "salah sambung", at) | {"context": {"id": wamid}})) == 200
        assert await chat.understood(1) == ["not_mine"]
        assert "recipient_denied" in await chat.ground.told(queued)
    assert await chat.pool.fetchval("select mark from contact_mark") == "doubtful"


async def test_a_number_that_changed_hands_is_doubted_and_the_new_one_is_not_taken(chat):
    async with chat.working():
        at = await chat.pool.fetchval("select extract(epoch from now())::bigint")
        told = {"body": "CONTOH changed", "wa_id": "6281999999999", "type": "user_changed_number"}
        moved = text_message(1, "", at) | {"type": "system", "system": told}
        assert await post(chat, *webhook(moved)) == 200
        assert await chat.understood(1) == ["moved"]
    marks = await chat.pool.fetch("select contact, mark from contact_mark")
    assert [(row["contact"], row["mark"]) for row in marks] == [(chat.ground.sealed.index("phone", PHONE), "doubtful")]
    assert await chat.pool.fetchval("select count(*) from reply") == 0


async def test_one_odd_part_of_a_webhook_does_not_lose_its_neighbours(chat):
    at = await chat.pool.fetchval("select extract(epoch from now())::bigint")
    odd = text_message(1, "x", at) | {"type": {}, "id": ["wamid"]}
    async with chat.working():
        assert await post(chat, *webhook(odd, text_message(2, "berhenti", at), 7, {})) == 200
        assert await chat.understood(1) == ["stop"]
    problem = await chat.pool.fetchval("select problem from callback")
    assert problem == "3 × message not understood"


async def test_a_reply_that_may_not_go_to_a_country_ends_and_the_sender_goes_on(chat):
    chat.peer.faults(answer_code=130497)
    async with chat.working():
        await chat.types("halo")

        async def refused():
            return ("help", "refused") in await chat.outcomes()

        await until(refused)
        chat.peer.faults(answer_code=None)
        await chat.types("berhenti")
        await chat.answered()
    assert not await chat.pool.fetchval("select count(*) from sender_state where stopped")


async def test_a_word_about_the_account_is_bounded_and_what_stands_beside_it_is_heard(chat):
    at = await chat.pool.fetchval("select extract(epoch from now())::bigint")
    document = json.loads(webhook(text_message(1, "berhenti", at))[0])
    event = hashlib.sha512(b"x").hexdigest() * 32
    document["entry"][0]["changes"].insert(0, {"field": "account_update", "value": {"event": event}})
    raw = json.dumps(document).encode()
    mac = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    async with chat.working():
        assert await post(chat, raw, {"X-Hub-Signature-256": f"sha256={mac}"}) == 200
        assert await chat.understood(1) == ["stop"]
    assert await chat.pool.fetchval("select event from account_word") == event[:100]
