"""Our SMS sender against an SMS centre we did not write (the npm library `smpp`)."""

import asyncio
import socket

import pytest

from cakra.core.ports import Action, ReceiptState, SendState
from cakra.outside.sms import Alphabet, IdForm
from sms_peer import message, running_smsc, sending, until


@pytest.fixture
def smsc():
    with running_smsc() as centre:
        yield centre


def outcome(result):
    return result.state, result.action, result.code


async def test_what_is_accepted_reads_the_same_at_the_other_side_and_is_proved(smsc):
    text = "ETLE @ £$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-/0:;<=>?¡ÄÖÑÜ§¿äöñüà"
    async with sending(smsc.port) as (sender, kept):
        result = await sender.send(message(text=text))
        assert outcome(result) == (SendState.ACCEPTED, Action.NONE, "")
        await until(lambda: kept.receipts)
    (seen,) = await smsc.seen("submit")
    assert seen["text"] == text
    expected = {
        "source_addr": "ETLE PMJ",
        "source_addr_ton": 5,
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": "62812345678000",
        "registered_delivery": 1,
        "data_coding": 0,
        "esm_class": 0,
    }
    assert expected.items() <= seen["pdu"].items()
    receipt = kept.receipts[0]
    assert (receipt.tag, receipt.state) == ("n:1:1:1", ReceiptState.DELIVERED)
    assert receipt.provider_id == result.provider_id == f"cakra:{seen['number']}"


async def test_a_centre_that_takes_latin1_gets_it(smsc):
    async with sending(smsc.port, alphabet=Alphabet.LATIN1) as (sender, _):
        await sender.send(message(text="ETLE: 100 @ Jl Café_1"))
        refused = await sender.send(message(text="ETLE: Δ"))
    seen = await smsc.seen("submit")
    assert [(one["text"], one["pdu"]["data_coding"]) for one in seen] == [("ETLE: 100 @ Jl Café_1", 3)]
    assert outcome(refused) == (SendState.REFUSED, Action.FIX_US, "not_built")


async def test_a_number_refused_for_good_goes_to_the_next_channel(smsc):
    async with sending(smsc.port) as (sender, _):
        result = await sender.send(message("01"))
    assert outcome(result) == (SendState.REFUSED, Action.NEXT_CHANNEL, "0x0000000b")


async def test_a_wrong_password_stops_the_sender_at_once(smsc):
    async with sending(smsc.port, password="salah") as (sender, _):
        result = await sender.send(message())
    assert outcome(result) == (SendState.REFUSED, Action.STOP_SENDER, "0x0000000e")
    assert not smsc.events("submit")


async def test_nobody_there_is_a_refusal_to_try_again():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        async with sending(free.getsockname()[1], response_timeout_s=0.5) as (sender, _):
            result = await sender.send(message())
    assert outcome(result) == (SendState.REFUSED, Action.RETRY, "not_connected")


async def test_throttling_slows_us_down_and_nothing_is_taken_twice(smsc):
    smsc.say(set={"limit": 30, "dlr": False})
    async with sending(smsc.port, window=20, submits_per_s=2000.0) as (sender, _):
        results = await asyncio.gather(*[sender.send(message(tag=f"n:1:{number}:1")) for number in range(120)])
        throttled = [result for result in results if result.code == "0x00000058"]
        accepted = [result for result in results if result.state is SendState.ACCEPTED]
        assert throttled
        assert len(throttled) + len(accepted) == 120
        assert {(result.state, result.action) for result in throttled} == {(SendState.REFUSED, Action.RETRY)}
        assert all(result.retry_after_s for result in throttled)
        assert sender.rate < 2000
    assert (
        len(await smsc.seen("submit", len(accepted)))
        == len(accepted)
        == len({result.provider_id for result in accepted})
    )


async def test_the_window_bounds_what_is_outstanding(smsc):
    smsc.say(set={"slow_ms": 300, "dlr": False})
    async with sending(smsc.port, window=3) as (sender, _):
        sends = [asyncio.create_task(sender.send(message("03", f"n:1:{number}:1"))) for number in range(6)]
        await smsc.seen("submit", 3)
        assert not any(send.done() for send in sends)
        results = await asyncio.gather(*sends)
    assert {result.state for result in results} == {SendState.ACCEPTED}


async def test_a_slow_answer_is_unknown_and_settled_when_it_comes(smsc):
    smsc.say(set={"slow_ms": 900, "dlr": False})
    async with sending(smsc.port, response_timeout_s=0.3) as (sender, kept):
        result = await sender.send(message("03"))
        assert outcome(result) == (SendState.UNKNOWN, Action.WAIT, "timeout")
        late = (await until(lambda: kept.receipts))[0]
    assert (late.tag, late.state, late.code) == ("n:1:1:1", ReceiptState.SENT, "late_answer")
    assert late.provider_id == f"cakra:{(await smsc.seen('submit'))[0]['number']}"


async def test_a_lost_answer_is_unknown_and_the_connection_comes_back(smsc):
    async with sending(smsc.port) as (sender, kept):
        lost = await sender.send(message("02", "n:1:1:1"))
        again = await sender.send(message("00", "n:1:2:1"))
        assert outcome(lost) == (SendState.UNKNOWN, Action.WAIT, "connection_lost")
        assert again.state is SendState.ACCEPTED
        await until(lambda: len(kept.receipts) >= 2)
    # The centre took the first and proves it, but by an id that we never heard.
    assert {receipt.tag for receipt in kept.receipts} == {None, "n:1:2:1"}
    assert len(await smsc.seen("submit", 2)) == 2
    assert len(await smsc.seen("bound", 2)) == 2


async def test_a_centre_that_echoes_our_reference_settles_a_lost_answer(smsc):
    async with sending(smsc.port, echoes_reference=True) as (sender, kept):
        lost = await sender.send(message("02", "n:1:7:1"))
        assert lost.state is SendState.UNKNOWN
        receipt = (await until(lambda: kept.receipts))[0]
    assert (receipt.tag, receipt.state) == ("n:1:7:1", ReceiptState.DELIVERED)


async def test_a_receipt_before_the_answer_finds_its_message(smsc):
    async with sending(smsc.port) as (sender, kept):
        result = await sender.send(message("04"))
        assert result.state is SendState.ACCEPTED
        await until(lambda: any(receipt.tag == "n:1:1:1" for receipt in kept.receipts))
    assert [receipt.tag for receipt in kept.receipts] == [None, "n:1:1:1"]
    assert {receipt.provider_id for receipt in kept.receipts} == {result.provider_id}


async def test_an_id_that_the_centre_uses_again_is_the_later_messages(smsc):
    smsc.say(set={"same_id": 5000})
    async with sending(smsc.port) as (sender, kept):
        await sender.send(message("00", "n:1:1:1"))
        await until(lambda: kept.receipts)
        await sender.send(message("04", "n:1:2:1"))
        await until(lambda: kept.receipts[-1].tag == "n:1:2:1")
    assert [receipt.tag for receipt in kept.receipts] == ["n:1:1:1", None, "n:1:2:1"]


async def test_a_late_and_doubled_receipt_are_both_kept_as_told(smsc):
    smsc.say(set={"dlr_ms": 400})
    async with sending(smsc.port) as (sender, kept):
        result = await sender.send(message("05"))
        await until(lambda: len(kept.receipts) == 2)
    first, second = kept.receipts
    assert first == second
    assert (first.provider_id, first.state) == (result.provider_id, ReceiptState.DELIVERED)


async def test_what_the_network_cannot_deliver_goes_to_the_next_channel(smsc):
    async with sending(smsc.port) as (sender, kept):
        await sender.send(message("06"))
        receipt = (await until(lambda: kept.receipts))[0]
    assert (receipt.state, receipt.action, receipt.code) == (ReceiptState.FAILED, Action.NEXT_CHANNEL, "UNDELIV:000")


@pytest.mark.parametrize("form", list(IdForm))
@pytest.mark.parametrize("tlvs", [True, False])
async def test_ids_match_in_every_form_with_and_without_optional_parameters(form, tlvs):
    with running_smsc(ids=form.value, tlvs=tlvs) as smsc:
        async with sending(smsc.port, id_form=form) as (sender, kept):
            result = await sender.send(message())
            receipt = (await until(lambda: kept.receipts))[0]
        assert receipt.provider_id == result.provider_id == f"cakra:{(await smsc.seen('submit'))[0]['number']}"
        assert receipt.tag == "n:1:1:1"


async def test_a_receipt_is_acknowledged_only_when_it_is_kept(smsc):
    async with sending(smsc.port) as (sender, kept):
        kept.broken = True
        await sender.send(message())
        (refused,) = await smsc.seen("receipt_answered")
        assert refused["status"] == 0x64
        kept.broken = False
        await sender.send(message(tag="n:1:2:1"))
        answered = await smsc.seen("receipt_answered", 2)
    assert answered[1]["status"] == 0
    assert [receipt.tag for receipt in kept.receipts] == ["n:1:2:1"]


async def test_an_idle_connection_is_asked_and_answers(smsc):
    async with sending(smsc.port, enquire_s=0.1) as (sender, _):
        await smsc.seen("enquire_link", 2)
        smsc.say(do="enquire_link")
        await smsc.seen("enquire_answered")
        assert sender.is_bound
    assert len(await smsc.seen("bound")) == 1


async def test_a_connection_that_does_not_answer_is_replaced(smsc):
    smsc.say(set={"deaf": True})
    async with sending(smsc.port, enquire_s=0.1, response_timeout_s=0.3) as (_, _):
        await smsc.seen("bound", 2)


async def test_a_centre_that_takes_leave_is_met_again(smsc):
    async with sending(smsc.port) as (sender, _):
        await until(lambda: sender.is_bound)
        smsc.say(do="unbind")
        await smsc.seen("unbind_answered")
        await smsc.seen("bound", 2)
        assert (await sender.send(message())).state is SendState.ACCEPTED


async def test_a_centre_that_was_restarted_is_found_again(smsc):
    async with sending(smsc.port) as (sender, _):
        await until(lambda: sender.is_bound)
        smsc.process.kill()
        smsc.process.wait(timeout=20)
        await until(lambda: not sender.is_bound)
        with running_smsc(smsc.port) as back:
            assert (await sender.send(message())).state is SendState.ACCEPTED
            assert len(await back.seen("submit")) == 1


async def test_closing_lets_outstanding_answers_come_and_takes_leave(smsc):
    smsc.say(set={"slow_ms": 400, "dlr": False})
    async with sending(smsc.port) as (sender, _):
        send = asyncio.create_task(sender.send(message("03")))
        await smsc.seen("submit")
    assert (await send).state is SendState.ACCEPTED
    assert outcome(await sender.send(message())) == (SendState.REFUSED, Action.RETRY, "closed")
    await smsc.seen("closed")
    assert len(await smsc.seen("unbind")) == 1
