"""One-time codes: asked for by a page, counted, used once, seen by nobody."""

import asyncio
import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from tests.clock import moved

from cakra.core.delivery.short_text import wording_faults
from cakra.core.delivery.tariff import ChannelTariff
from cakra.core.errors import Conflict, InputError
from cakra.core.ports import Action, Channel, Receipt, ReceiptState
from cakra.delivery.codes import Use, expire_codes, forget_codes
from cakra.delivery.codes.hearing import codes_heard, hear_codes
from cakra.delivery.codes.rules import code_tag, read_code
from cakra.delivery.proof.recognising import recognise
from cakra.journey.notice.rules import lint_text
from cakra.kit.clock import now
from cakra.kit.settings import Settings
from cakra.store.upkeep.erasing import erase_cases, lock_cases
from cakra.wiring.outgoing.money import code_tariffs
from cakra.wiring.world import code_words
from code_kit import (
    BUSY,
    CODES,
    CONTACT,
    LATER,
    MAIL,
    NOTICES,
    NUMBER,
    PHONE,
    SENDERS,
    SMS_NAME,
    TAKEN,
    UNKNOWN,
    Scripted,
    desk_of,
    digits_of,
    lane_of,
    make_ground,
    put_other,
    put_whose,
    refused,
    rows,
    told,
)
from officers import put_officer
from official_kit import make_official

W = Channel.WHATSAPP
ANSWER = Use.ANSWER


@pytest.fixture
async def whose(pool):
    await make_ground(pool)
    return await put_whose(pool)


@pytest.fixture
def desk(pool):
    return desk_of(pool)


async def pause(pool, level, key):
    await put_officer(pool, "komandan", "commander", name="K")
    await pool.execute(
        "insert into pause (pause_id, level, key, reason, paused_by, paused_at)"
        " values (1, $1, $2, 'test', 'komandan', now())",
        *(level, key),
    )


async def refusal(desk, whose, channel=W):
    with pytest.raises(InputError) as caught:
        await desk.ask(whose, ANSWER, channel)
    return caught.value.code


async def due_now(pool):
    await pool.execute("update one_time_code set due_at = now() - interval '1 second' where step is not null")


def wrong(digits):
    return f"{(int(digits) + 1) % 10**6:06}"


# ------------------------------------------------------------------ asking
async def test_a_code_goes_to_the_contact_that_is_held_and_opens_its_own_use_once(pool, desk, whose):
    until = await desk.ask(whose, ANSWER, W)
    assert timedelta(minutes=9) < until - now() <= timedelta(minutes=10)
    digits, sender = await digits_of(pool), Scripted()
    assert await lane_of(pool, sender).run(10, "tester") == 1
    (sent,) = sender.sent
    assert (sent.recipient, sent.variables, sent.template) == (PHONE, {"kode": digits}, "etle_kode_sekali_v1")
    assert await desk.check(whose, Use.NAMING, digits) is None
    assert await desk.check(await put_other(pool, whose), ANSWER, digits) is None
    assert await desk.check(whose, ANSWER, f" {digits[:3]}-{digits[3:]} ") is W
    assert await desk.check(whose, ANSWER, digits) is None, "once"
    assert await told(pool, whose) == ["code_asked", "code_sent", "code_used"]


@pytest.mark.parametrize(
    ("contact", "channel"),
    [
        (CONTACT | {"phone": None}, W),
        (CONTACT | {"phone": ""}, Channel.SMS),
        (CONTACT | {"email": None}, Channel.EMAIL),
        (CONTACT | {"phone": 628}, W),
        (CONTACT, Channel.LETTER),
        (None, W),
        (b"does not open", W),
    ],
)
async def test_to_a_contact_that_is_not_held_none_is_made(pool, desk, contact, channel):
    await make_ground(pool)
    assert await refusal(desk, await put_whose(pool, contact), channel) == "code_impossible"
    assert not await rows(pool)


async def test_an_unknown_party_and_a_channel_that_is_not_ours_look_alike(pool, desk, whose):
    said = set()
    for asking, who in (
        (desk, type(whose)(whose.cell, whose.case_id, 7)),
        (desk, type(whose)(whose.cell, 7, 7)),
        (desk_of(pool, {}), whose),
        (desk_of(pool, {"whatsapp": ("+62 811-9999-9999",)}), whose),
    ):
        with pytest.raises(InputError) as caught:
            await asking.ask(who, ANSWER, W)
        said.add((type(caught.value), caught.value.code, caught.value.sentence))
    assert [one[:2] for one in said] == [(InputError, "code_impossible")]


async def test_a_phone_that_is_doubted_and_a_person_who_said_stop_get_none(pool, desk, whose):
    phone = NOTICES.index("phone", PHONE)
    await pool.execute("insert into contact_mark (contact, mark, since) values ($1, 'opted_out', now())", phone)
    assert await refusal(desk, whose) == "code_impossible"
    await desk.ask(whose, ANSWER, Channel.SMS)
    await pool.execute("update contact_mark set mark = 'doubtful'")
    assert await refusal(desk, whose, Channel.SMS) == "code_impossible"
    await desk.ask(whose, ANSWER, Channel.EMAIL)


@pytest.mark.parametrize(
    ("level", "key"), [("everything", ""), ("channel", "whatsapp"), ("sender", NUMBER), ("jurisdiction", "PMJ")]
)
async def test_while_a_way_rests_none_is_made(pool, desk, whose, level, key):
    await pause(pool, level, key)
    assert await refusal(desk, whose) == "code_channel_rests"
    assert (await rows(pool), await told(pool, whose)) == ([], [])
    if level in {"channel", "sender"}:
        await desk.ask(whose, ANSWER, Channel.EMAIL)


async def test_a_stopped_sender_rests_and_another_of_the_channel_goes_on(pool, desk, whose):
    await pool.execute("update sender_state set stopped = true where sender = $1", NUMBER)
    assert await refusal(desk, whose) == "code_channel_rests"
    second = "+62 811-0000-0001"
    await make_official(pool, W, second)
    await desk_of(pool, SENDERS | {"whatsapp": (NUMBER, second)}).ask(whose, ANSWER, W)


async def test_while_the_provider_allows_the_text_no_more_the_way_rests(pool, desk, whose):
    await desk.ask(whose, ANSWER, W)
    await pool.execute(
        "insert into template_state (channel, template, language, usable, status_at)"
        " values ('whatsapp', 'etle_kode_sekali_v1', 'id', false, now())"
    )
    assert await lane_of(pool, Scripted()).run(10, "tester") == 0
    assert await refusal(desk, whose) == "code_channel_rests"
    await desk.ask(whose, ANSWER, W, "en")
    assert await lane_of(pool, Scripted()).run(10, "tester") == 1


async def test_three_within_a_quarter_of_an_hour_and_ten_within_a_day(pool, desk, whose):
    asked = await asyncio.gather(*(desk.ask(whose, ANSWER, W) for _ in range(6)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in asked) == ["Conflict"] * 3 + ["datetime"] * 3
    assert {one.code for one in asked if isinstance(one, Conflict)} == {"code_too_many"}
    for round_ in range(1, 4):
        with moved(timedelta(minutes=16 * round_)):
            made = await asyncio.gather(*(desk.ask(whose, Use.NAMING, W) for _ in range(3)), return_exceptions=True)
    assert sum(not isinstance(one, Exception) for one in made) == 1, "the tenth of the day"
    assert len(await rows(pool)) == 10


# ------------------------------------------------------------------ checking
async def test_a_new_code_ends_the_earlier_one_of_its_use_alone(pool, desk, whose):
    await desk.ask(whose, ANSWER, W)
    first = await digits_of(pool)
    await desk.ask(whose, Use.NAMING, W)
    naming = await digits_of(pool)
    await desk.ask(whose, ANSWER, W)
    earlier, _, newest = await rows(pool)
    assert (earlier["content"], earlier["step"], earlier["state"]) == (None, None, "expired")
    assert CODES.open_record(newest["content"], newest["code_id"].to_bytes(8))["digits"] or first
    second = await digits_of(pool)
    if first != second:
        assert await desk.check(whose, ANSWER, first) is None
    assert await desk.check(whose, ANSWER, second) is W
    assert await desk.check(whose, Use.NAMING, naming) is W


async def test_after_ten_minutes_it_opens_nothing(pool, desk, whose):
    await desk.ask(whose, ANSWER, W)
    digits = await digits_of(pool)
    with moved(LATER):
        assert await desk.check(whose, ANSWER, digits) is None
    assert await told(pool, whose) == ["code_asked"]


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "12345６", "x" * 10_000, "12 34 5x"])
async def test_what_cannot_be_a_code_is_no_try(pool, desk, whose, typed):
    await desk.ask(whose, ANSWER, W)
    if read_code(typed) is None:
        assert await desk.check(whose, ANSWER, typed) is None
        assert (await rows(pool))[0]["tries"] == 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tries=st.lists(st.booleans(), min_size=1, max_size=9), together=st.booleans())
async def test_of_any_tries_five_count_and_one_right_one_opens(pool, tries, together):
    await make_ground(pool)
    desk, whose = desk_of(pool), await put_whose(pool)
    await desk.ask(whose, ANSWER, W)
    digits = await digits_of(pool)
    typed = [digits if right else wrong(digits) for right in tries]
    if together:
        ends = await asyncio.gather(*(desk.check(whose, ANSWER, one) for one in typed))
        assert ends.count(W) <= 1
        assert sum(tries) == 0 or len(tries) > 5 or W in ends
    else:
        ends = [await desk.check(whose, ANSWER, one) for one in typed]
        first = tries.index(True) if True in tries[:5] else None
        assert [place for place, end in enumerate(ends) if end] == ([] if first is None else [first])
    counted = [one for one in await told(pool, whose) if one in {"code_used", "code_refused"}]
    assert len(counted) <= 5
    assert counted.count("code_used") == ends.count(W)


# ------------------------------------------------------------------ sending
async def test_nothing_anywhere_says_what_the_code_is_once_it_left(pool, desk, whose):
    with capture_logs() as logs:
        await desk.ask(whose, ANSWER, Channel.EMAIL)
        row = (await rows(pool))[0]
        text = CODES.open_record(row["content"], row["code_id"].to_bytes(8))["text"]
        sender = Scripted("notis@etle.example", [BUSY, RuntimeError(text)])
        lane = lane_of(pool, sender, Channel.EMAIL)
        await lane.run(10, "tester")
        await due_now(pool)
        await lane.run(10, "tester")
    digits = next(word for word in text.split() if word.isdecimal() and len(word) == 6)
    (row,) = await rows(pool)
    assert (row["state"], row["content"]) == ("unknown", None)
    stored = str([dict(one) for one in await pool.fetch("select * from case_event")]) + str(dict(row))
    for place in (stored, json.dumps(logs, default=str)):
        assert digits not in place
        assert MAIL not in place


async def test_a_pause_right_before_the_call_holds_it_back_and_costs_no_try(pool, desk, whose):
    await desk.ask(whose, ANSWER, W)
    asked = []

    async def may_leave(*levels):
        asked.append(levels[:3])
        return len(asked) > 1

    sender = Scripted()
    lane = lane_of(pool, sender, may_leave=may_leave)
    await lane.run(10, "tester")
    (row,) = await rows(pool)
    assert (sender.sent, row["state"], row["calls"], row["content"] is None) == ([], "queued", 0, False)
    await due_now(pool)
    await lane.run(10, "tester")
    assert (len(sender.sent), (await rows(pool))[0]["state"]) == (1, "accepted")
    assert asked == [("whatsapp", NUMBER, "PMJ")] * 2


@pytest.mark.parametrize(
    ("level", "key"), [("everything", ""), ("channel", "whatsapp"), ("sender", NUMBER), ("jurisdiction", "PMJ")]
)
async def test_what_is_paused_after_it_was_asked_for_waits_and_expires(pool, desk, whose, level, key):
    await desk.ask(whose, ANSWER, W)
    await pause(pool, level, key)
    sender = Scripted()
    assert await lane_of(pool, sender).run(10, "tester") == 0
    await pool.execute("update one_time_code set expires_at = now() - interval '1 second'")
    await pool.execute("delete from pause")
    assert await lane_of(pool, sender).run(10, "tester") == 0
    assert await expire_codes(pool) == 1
    (row,) = await rows(pool)
    assert (row["state"], row["step"], row["content"], sender.sent) == ("expired", None, None, [])
    assert await told(pool, whose) == ["code_asked", "code_not_sent"]


async def test_a_passing_refusal_is_tried_again_and_an_unknown_outcome_never(pool, desk, whose):
    await desk.ask(whose, ANSWER, W)
    sender = Scripted(answers=[BUSY, UNKNOWN])
    lane = lane_of(pool, sender)
    await lane.run(10, "tester")
    assert await lane.run(10, "tester") == 0, "it rests first"
    for _ in range(3):
        await due_now(pool)
        await lane.run(10, "tester")
    (row,) = await rows(pool)
    assert (len(sender.sent), row["state"], row["content"]) == (2, "unknown", None)


@pytest.mark.parametrize("action", [Action.NEXT_CHANNEL, Action.FIX_US])
async def test_there_is_no_further_rung(pool, desk, whose, action):
    await desk.ask(whose, ANSWER, W)
    await lane_of(pool, Scripted(answers=[refused(action)])).run(10, "tester")
    (row,) = await rows(pool)
    assert (row["state"], row["provider_code"], row["step"], row["content"]) == ("refused", "131026", None, None)
    assert await told(pool, whose) == ["code_asked", "code_not_sent"]


async def test_an_account_that_is_closed_stops_the_sender_and_the_code_waits_for_another(pool, desk, whose):
    await desk.ask(whose, ANSWER, W)
    sender = Scripted(answers=[refused(Action.STOP_SENDER, "368")])
    await lane_of(pool, sender).run(10, "tester")
    assert await pool.fetchval("select stopped from sender_state where sender = $1", NUMBER)
    await due_now(pool)
    assert await lane_of(pool, sender).run(10, "tester") == 0
    assert (await rows(pool))[0]["state"] == "queued"


async def test_a_call_whose_worker_died_is_unknown_and_not_made_again(pool, desk, whose):
    await desk.ask(whose, ANSWER, W)
    lane = lane_of(pool, Scripted())
    (row,) = await lane.claim(10, "tester")
    await due_now(pool)
    assert await expire_codes(pool) == 1
    assert await lane.claim(10, "other") == []
    await lane.record(row, TAKEN)
    (kept,) = await rows(pool)
    assert (kept["state"], kept["content"], kept["provider_id"]) == ("unknown", None, None)


async def test_what_does_not_open_stops_nobody(pool, desk, whose):
    await desk.ask(whose, ANSWER, W)
    await pool.execute("update one_time_code set content = 'poison'")
    await desk.ask(await put_whose(pool, CONTACT | {"phone": "+6281299990000"}), ANSWER, W)
    sender = Scripted()
    await lane_of(pool, sender).run(10, "tester")
    assert [row["state"] for row in await rows(pool)] == ["refused", "accepted"]
    assert len(sender.sent) == 1


async def test_the_same_person_is_written_to_once_in_six_seconds(pool, desk, whose):
    await pool.execute("update sender_state set pair_s = 6, rate = 10, burst = 10, tokens = 10, filled_at = now()")
    for use in (Use.ANSWER, Use.NAMING):
        await desk.ask(whose, use, W)
    sender = Scripted()
    lane = lane_of(pool, sender)
    assert [await lane.run(10, "tester"), await lane.run(10, "tester")] == [1, 0]
    assert await pool.fetchval("select tokens from sender_state where channel = 'whatsapp'") == 9
    await pool.execute("update pair_pace set free_at = now()")
    assert await lane.run(10, "tester") == 1


async def test_many_workers_claim_each_code_once(pool, desk):
    await make_ground(pool)
    for number in range(12):
        await desk.ask(await put_whose(pool, CONTACT | {"phone": f"+62812000000{number:02}"}), ANSWER, W)
    sender = Scripted()
    await asyncio.gather(*(lane_of(pool, sender).run(5, f"worker {one}") for one in range(6)))
    await lane_of(pool, sender).run(50, "last")
    assert len({message.tag for message in sender.sent}) == len(sender.sent) == 12


# ------------------------------------------------------------------ receipts, costs, forgetting
def receipt(tag, state, **more):
    return Receipt(tag, "wamid.X", state, now(), **more)


async def hear(pool, *receipts, tariffs=None):
    async with pool.acquire() as connection, connection.transaction():
        await hear_codes(connection, codes_heard("whatsapp", receipts, now()), tariffs or {})


@pytest.fixture
def tariffs():
    return code_tariffs(Settings())


async def booked(pool):
    return tuple(await pool.fetchrow("select sum(messages), sum(micro_rupiah) from spending_entry where kind = 'case'"))


async def test_its_receipts_only_move_forward_and_the_books_know_its_own_price(pool, desk, whose, tariffs):
    await desk.ask(whose, ANSWER, W)
    await lane_of(pool, Scripted(), tariff=tariffs["whatsapp"]).run(10, "tester")
    (row,) = await rows(pool)
    assert row["cost"] == 495_000_000
    assert await booked(pool) == (1, 495_000_000)
    tag = code_tag(row["cell"], row["code_id"])
    await hear(pool, receipt(tag, ReceiptState.READ), receipt(tag, ReceiptState.SENT), tariffs=tariffs)
    (row,) = await rows(pool)
    assert (row["proof"], row["cost"]) == ("read", 495_000_000)
    await hear(pool, receipt("o:3:1", ReceiptState.READ), receipt("o:3:99999999999999999999", ReceiptState.READ))


async def test_a_free_failure_is_taken_out_of_the_books(pool, desk, whose, tariffs):
    await desk.ask(whose, ANSWER, W)
    await lane_of(pool, Scripted(), tariff=tariffs["whatsapp"]).run(10, "tester")
    tag = code_tag(3, (await rows(pool))[0]["code_id"])
    await hear(pool, receipt(tag, ReceiptState.FAILED, code="131026"), tariffs=tariffs)
    (row,) = await rows(pool)
    assert (row["proof"], row["provider_code"], row["cost"]) == ("failed", "131026", 0)
    assert await booked(pool) == (1, 0)


async def test_a_receipt_before_the_answer_ends_the_call_and_is_charged_once(pool, desk, whose, tariffs):
    await desk.ask(whose, ANSWER, W)
    lane = lane_of(pool, Scripted(), tariff=tariffs["whatsapp"])
    (row,) = await lane.claim(10, "tester")
    await hear(pool, receipt(code_tag(row["cell"], row["code_id"]), ReceiptState.DELIVERED), tariffs=tariffs)
    await lane.record(row, TAKEN)
    (kept,) = await rows(pool)
    assert (kept["state"], kept["content"], kept["proof"]) == ("accepted", None, "delivered")
    assert await told(pool, whose) == ["code_asked", "code_sent"]
    assert await booked(pool) == (1, 495_000_000)


async def test_an_sms_centres_number_finds_its_code(pool, desk, whose):
    await desk.ask(whose, ANSWER, Channel.SMS)
    await lane_of(pool, Scripted(SMS_NAME), Channel.SMS, tariff=ChannelTariff()).run(10, "tester")
    (row,) = await rows(pool)
    named, unknown = await recognise(pool, "sms", [receipt(None, ReceiptState.DELIVERED)], now())
    assert ([one.tag for one in named], unknown) == ([code_tag(row["cell"], row["code_id"])], 0)


async def test_codes_are_forgotten_a_day_after_they_expired(pool, desk, whose):
    await desk.ask(whose, ANSWER, W)
    await lane_of(pool, Scripted()).run(10, "tester")
    assert await forget_codes(pool, now() + timedelta(hours=24)) == 0
    assert await forget_codes(pool, now() + timedelta(hours=24, minutes=11)) == 1
    assert not await rows(pool)


async def test_it_goes_with_its_case_and_no_code_is_made_meanwhile(pool, desk, whose):
    await desk.ask(whose, ANSWER, W)
    async with pool.acquire() as connection, connection.transaction():
        (case,) = await lock_cases(connection, [(whose.cell, whose.case_id)])
        await erase_cases(connection, [case])
    assert not await rows(pool)
    assert await refusal(desk, whose) == "code_impossible"


# ------------------------------------------------------------------ words
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    "office", ["Ditlantas Polda Metro Jaya", "Direktorat Lalu Lintas “Polda” D.I. Yogyakarta " * 3, ""]
)
@pytest.mark.parametrize("stamped", [False, True])
def test_the_words_pass_every_rule_but_that_they_speak_of_a_code(language, office, stamped):
    words, brand = code_words()[language], "ETLE"
    sms = words.message(Channel.SMS, PHONE, "123456", office, brand, stamped=stamped)["text"]
    assert wording_faults(sms, brand) == []
    assert "123456" in sms
    mail = words.message(Channel.EMAIL, MAIL, "123456", office, brand, stamped=stamped)
    assert "123456" not in mail["subject"]
    for text in (sms, mail["text"], mail["subject"]):
        assert [fault for fault in lint_text(text, []) if "never asks for" not in fault] == []
    never = {"id": "Petugas tidak pernah menanyakan kode ini", "en": "No officer ever asks for this code"}[language]
    assert never in sms
    assert never in mail["text"]
    assert ("CONTOH. " in sms) is stamped
