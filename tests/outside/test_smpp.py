"""The SMPP protocol, the pace, the receipts and the rules of a text, without a peer."""

import contextlib
import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.delivery.short_text import gsm_octets
from cakra.core.ports import Action, ReceiptState
from cakra.kit.errors import SetupError
from cakra.kit.settings import Sms
from cakra.outside.sms import (
    IdForm,
    SmppAccount,
    SmppCallbacks,
    infobip_account,
    require_sms_on_loopback,
    smpp_account,
    wording_faults,
)
from cakra.outside.sms.receipts import CentreWord, pack
from cakra.outside.sms.smpp.pace import SubmitPace
from cakra.outside.sms.smpp.pdu import (
    HEADER,
    LARGEST_PDU,
    Command,
    DataMessage,
    MessageId,
    Pdu,
    PduStream,
    ShortMessage,
    Tag,
    Tlv,
    body_of,
    decode,
    encode,
)
from cakra.outside.sms.smpp.wire import Byte, Counted, ProtocolError, Status, Text

LATIN = st.characters(min_codepoint=1, max_codepoint=255)
ARRIVED = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ACCOUNT = SmppAccount("127.0.0.1", 1, "cakra", "rahasia", "ETLE PMJ", "ETLE")
RECEIPT = "id:7f sub:001 dlvrd:001 submit date:2611210801 done date:2611210802 stat:DELIVRD err:000 text:ETLE PMJ"


def values(wire):
    match wire:
        case Text():
            return st.text(LATIN, max_size=wire._room - 1)
        case Byte():
            return st.integers(0, 255)
        case Counted():
            return st.binary(max_size=254)


def bodies(command):
    kind = body_of(command)
    return st.builds(kind, **{one.name: values(one.metadata["wire"]) for one in fields(kind)})


TLVS = st.lists(st.builds(Tlv, st.integers(0, 0xFFFF), st.binary(max_size=300)), max_size=4).map(tuple)
NUMBERS = st.integers(0, 0xFFFFFFFF)
PDUS = st.sampled_from(Command).flatmap(
    lambda command: st.builds(Pdu, st.just(command), NUMBERS, bodies(command), NUMBERS | st.just(0), TLVS)
)


def read_or_problem(raw):
    """What strict reading gives: a PDU or the one kind of error it may raise."""
    try:
        return decode(raw)
    except ProtocolError as problem:
        return problem


@given(PDUS)
def test_what_is_written_reads_the_same(pdu):
    assert decode(encode(pdu)) == pdu


@given(st.binary(max_size=400), st.sampled_from(Command), st.booleans())
def test_any_bytes_are_a_pdu_or_a_protocol_error(payload, command, refused):
    framed = HEADER.pack(HEADER.size + len(payload), command, int(refused), 7) + payload
    for raw in (payload, framed):
        found = read_or_problem(raw)
        assert str(found) if isinstance(found, ProtocolError) else decode(encode(found)) == found


@given(PDUS, st.data())
def test_a_torn_or_spoilt_pdu_never_raises_anything_else(pdu, data):
    raw = bytearray(encode(pdu))
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=5)):
        raw[place] = data.draw(st.integers(0, 255))
    cut = bytes(raw[: data.draw(st.integers(0, len(raw)))])
    for spoilt in (bytes(raw), cut):
        found = read_or_problem(spoilt)
        assert str(found) if isinstance(found, ProtocolError) else decode(encode(found)) == found


@given(st.lists(PDUS, max_size=5), st.data())
def test_a_stream_is_cut_into_pdus_wherever_it_is_torn(pdus, data):
    raw = b"".join(map(encode, pdus))
    places = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    stream = PduStream()
    chunks = [raw[start:end] for start, end in zip([0, *places], [*places, len(raw)], strict=True)]
    assert [decode(frame) for chunk in chunks for frame in stream.feed(chunk)] == pdus


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_a_stream_of_noise_ends_in_a_protocol_error_or_waits(chunks):
    stream = PduStream()
    with contextlib.suppress(ProtocolError):
        for chunk in chunks:
            for frame in stream.feed(chunk):
                assert HEADER.size <= len(frame) <= LARGEST_PDU


@pytest.mark.parametrize(
    ("raw", "status", "sequence"),
    [
        (HEADER.pack(16, 0x99, 0, 5), Status.INVALID_COMMAND, 5),
        (HEADER.pack(19, Command.DELIVER_SM, 0, 7) + b"abc", Status.INVALID_LENGTH, 7),
        (HEADER.pack(20, Command.ENQUIRE_LINK, 0, 8), Status.INVALID_LENGTH, 8),
    ],
)
def test_what_is_wrong_with_a_pdu_is_said_with_its_number(raw, status, sequence):
    with pytest.raises(ProtocolError) as problem:
        decode(raw)
    assert (problem.value.status, problem.value.sequence) == (status, sequence)


@pytest.mark.parametrize(
    "body",
    [
        ShortMessage(source="x" * 21),
        ShortMessage(source="a\0b"),
        ShortMessage(destination="Δ"),
        ShortMessage(short_message=b"x" * 255),
        ShortMessage(esm_class=256),
        MessageId("1"),
    ],
)
def test_what_does_not_fit_is_not_written(body):
    with pytest.raises(ProtocolError):
        encode(Pdu(Command.SUBMIT_SM, 1, body))


def test_a_password_and_a_number_are_never_shown():
    shown = repr(ACCOUNT) + repr(ShortMessage(destination="62812", short_message=b"teks"))
    assert "rahasia" not in shown
    assert "62812" not in shown
    assert "teks" not in shown


def test_the_pace_holds_the_agreed_rate():
    pace, now = SubmitPace(10.0), 100.0
    for _ in range(50):
        now += pace.book(now)
    assert 104.0 <= now <= 105.0  # fifty messages at ten a second, one tenth of a second let go at once


def test_a_refusal_cuts_the_pace_once_a_second_and_success_brings_it_back():
    pace = SubmitPace(1000.0)
    for _ in range(300):
        pace.taken(10.1)
    for _ in range(20):
        pace.throttled(10.5)
    assert pace.rate == 300
    assert pace.wait(10.5) > 0
    pace.throttled(11.6)
    assert pace.rate == 150
    rates = []
    for _ in range(20_000):
        pace.taken(12.0)
        rates.append(pace.rate)
    assert rates == sorted(rates)
    assert pace.rate == 1000


def test_the_pace_never_stops():
    pace = SubmitPace(5.0)
    for second in range(20):
        pace.throttled(float(second))
    assert pace.rate == 1


def deliver(text="", tlvs=(), esm_class=4):
    body = ShortMessage(source="6281", esm_class=esm_class, short_message=text.encode())
    return encode(Pdu(Command.DELIVER_SM, 1, body, tlvs=tuple(tlvs)))


def read(raw, account=ACCOUNT, tag=None):
    return SmppCallbacks(account).receipts(pack([CentreWord(raw, tag, ARRIVED)]))


def test_a_receipt_of_text_alone():
    (receipt,) = read(deliver(RECEIPT), tag="n:1:2:3")
    assert (receipt.tag, receipt.provider_id, receipt.state) == ("n:1:2:3", "cakra:7f", ReceiptState.DELIVERED)
    assert receipt.at == datetime(2026, 11, 21, 1, 2, tzinfo=UTC)  # 08.02 in Jakarta


def test_optional_parameters_count_before_the_text():
    told = [Tlv(Tag.RECEIPTED_MESSAGE_ID, b"99\0"), Tlv(Tag.MESSAGE_STATE, b"\x05"), Tlv(0x0423, b"\x03\x00\x0b")]
    (receipt,) = read(deliver(RECEIPT.replace("err:000", ""), told))
    assert (receipt.provider_id, receipt.state, receipt.code) == ("cakra:99", ReceiptState.FAILED, "UNDELIV:11")
    assert receipt.action is Action.NEXT_CHANNEL
    payload = Tlv(Tag.MESSAGE_PAYLOAD, RECEIPT.encode())
    assert read(deliver(tlvs=[payload]))[0].provider_id == "cakra:7f"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("DELIVRD", ReceiptState.DELIVERED),
        ("ACCEPTD", ReceiptState.SENT),
        ("ENROUTE", ReceiptState.SENT),
        ("EXPIRED", ReceiptState.FAILED),
        ("DELETED", ReceiptState.FAILED),
        ("UNDELIV", ReceiptState.FAILED),
        ("REJECTD", ReceiptState.FAILED),
        ("UNKNOWN", None),
    ],
)
def test_what_each_word_of_the_network_means(word, state):
    receipts = read(deliver(RECEIPT.replace("DELIVRD", word)))
    assert [receipt.state for receipt in receipts] == ([state] if state else [])


@pytest.mark.parametrize("written", ["2611210902", "9999999999", "26112108", "", "0000000000"])
def test_a_time_that_cannot_be_is_replaced_by_our_own(written):
    assert read(deliver(RECEIPT.replace("2611210802", written)))[0].at == ARRIVED


@given(st.integers(1, 2**63))
def test_an_id_is_the_same_however_it_is_written(number):
    written = {
        IdForm.SAME: (f"{number:x}", f"{number:x}"),
        IdForm.HEX_THEN_DECIMAL: (f"{number:X}", f"{number:010d}"),
        IdForm.DECIMAL_THEN_HEX: (str(number), f"{number:x}"),
    }
    for form, (in_answer, in_receipt) in written.items():
        account = replace(ACCOUNT, id_form=form)
        answer = encode(Pdu(Command.SUBMIT_SM_RESP, 1, MessageId(in_answer)))
        (late,) = read(answer, account, "n:1:1:1")
        (receipt,) = read(deliver(RECEIPT.replace("id:7f", f"id:{in_receipt}")), account)
        assert late.provider_id == receipt.provider_id


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("DELIVERED", ReceiptState.DELIVERED),
        ("delivrd", ReceiptState.DELIVERED),
        ("ACCEPTED", ReceiptState.SENT),
        ("BUFFERED", ReceiptState.SENT),
        ("FAILED", ReceiptState.FAILED),
        ("REJECTED", ReceiptState.FAILED),
        ("UNDELIVERABLE", ReceiptState.FAILED),
        ("NOT_DELIVERED", ReceiptState.FAILED),
        ("NOT DELIVERED", ReceiptState.FAILED),
        ("Delivery-Failed", ReceiptState.FAILED),
        ("GAGAL", ReceiptState.FAILED),
        ("DITOLAK", ReceiptState.FAILED),
        ("TERKIRIM", ReceiptState.DELIVERED),
    ],
)
def test_states_written_out_mean_what_they_say(written, state):
    (receipt,) = read(deliver(RECEIPT.replace("DELIVRD", written)))
    assert receipt.state is state
    assert receipt.action is (Action.NEXT_CHANNEL if state is ReceiptState.FAILED else Action.NONE)


@pytest.mark.parametrize(
    "text", [RECEIPT.replace(" ", ","), RECEIPT.replace("id:7f", 'id:"7f"'), RECEIPT.replace(":", "="), RECEIPT.upper()]
)
def test_a_receipt_written_with_other_marks_names_the_same_message(text):
    (receipt,) = read(deliver(text.replace("id:7F", "id:7f").replace("ID:7F", "ID:7f")))
    assert (receipt.provider_id, receipt.state) == ("cakra:7f", ReceiptState.DELIVERED)


@pytest.mark.parametrize("parameter", [b"\x07", b"\x01", b"", b"\xff", b"\x00" * 9])
def test_a_parameter_that_knows_less_than_the_text_gives_way(parameter):
    (receipt,) = read(deliver(RECEIPT, [Tlv(Tag.MESSAGE_STATE, parameter)]))
    assert receipt.state is ReceiptState.DELIVERED


def test_receipts_in_data_sm_and_in_ucs2_are_read_like_the_others():
    payload = Tlv(Tag.MESSAGE_PAYLOAD, RECEIPT.encode())
    data_sm = Pdu(Command.DATA_SM, 1, DataMessage(source="6281", esm_class=4), tlvs=(payload,))
    ucs2 = ShortMessage(source="6281", esm_class=4, data_coding=8, short_message=RECEIPT[:120].encode("utf-16-be"))
    unsaid = replace(ucs2, data_coding=0)
    for pdu in (data_sm, Pdu(Command.DELIVER_SM, 1, ucs2), Pdu(Command.DELIVER_SM, 1, unsaid)):
        (receipt,) = read(encode(pdu))
        assert (receipt.provider_id, receipt.state) == ("cakra:7f", ReceiptState.DELIVERED)


def test_a_huge_parameter_is_bounded():
    told = [Tlv(Tag.RECEIPTED_MESSAGE_ID, b"9" * 60_000), Tlv(Tag.NETWORK_ERROR_CODE, b"\xff" * 60_000)]
    (receipt,) = read(deliver(RECEIPT.replace("DELIVRD", "UNDELIV").replace("err:000", ""), told))
    assert len(receipt.provider_id) < 100
    assert len(receipt.code) < 20


def test_a_body_says_how_much_of_it_is_not_understood_and_the_rest_counts():
    document = json.loads(pack([CentreWord(deliver(RECEIPT), None, ARRIVED), CentreWord(b"x", None, ARRIVED)]))
    document["entries"] += [7, None, {"pdu": [], "arrived": {}}]
    raw = json.dumps(document).encode()
    assert [one.provider_id for one in SmppCallbacks(ACCOUNT).receipts(raw)] == ["cakra:7f"]
    assert SmppCallbacks(ACCOUNT).unread(raw) == {"receipt": 4}
    unknown = pack([CentreWord(deliver(RECEIPT.replace("DELIVRD", "UNKNOWN")), None, ARRIVED)])
    assert SmppCallbacks(ACCOUNT).unread(unknown) == {}


@given(st.binary(max_size=300) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_a_body_of_anything_gives_no_receipt_and_no_error(body):
    raw = body if isinstance(body, bytes) else f'{{"smpp":1,"entries":{body}}}'.encode()
    assert SmppCallbacks(ACCOUNT).receipts(raw) == []
    assert not SmppCallbacks(ACCOUNT).verify(raw, {})


@given(st.text(LATIN, max_size=254))
def test_a_receipt_of_any_text_never_stops_the_others(text):
    odd = encode(Pdu(Command.DELIVER_SM, 1, ShortMessage(esm_class=4, short_message=text.encode("latin-1"))))
    words = [CentreWord(odd, None, ARRIVED), CentreWord(deliver(RECEIPT), None, ARRIVED)]
    assert SmppCallbacks(ACCOUNT).receipts(pack(words))[-1].provider_id == "cakra:7f"


def test_a_message_from_a_phone_is_no_receipt():
    assert read(deliver(RECEIPT, esm_class=0)) == []


GOOD = "ETLE PMJ: B1234XYZ terekam 21/11 08.01 Jl MH Thamrin. Ref 7K2M9QX4. Buka sendiri situs resmi ETLE."


def test_a_good_text_has_no_fault():
    assert wording_faults(GOOD, "ETLE") == []
    assert wording_faults(GOOD.ljust(160, "!"), "etle pmj") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.ljust(161, "!"), "161 characters"),
        (GOOD + " 🚗", "U+1F697"),
        (GOOD + " ’", "U+2019"),
        (GOOD + " {}", "'{'"),
        (GOOD + " [€]", "'€'"),
        (GOOD + " \x1b", "U+001B"),
        (GOOD + " https://x", "'://'"),
        (GOOD + " www.x", "'www.'"),
        (GOOD + " etle.polri.go.id", "'etle.polri'"),
        (GOOD + " bit.ly/abc", "'bit.ly'"),
        (GOOD + " Jl.Thamrin", "space after the dot"),
        (GOOD + " 10.0.0.1/k", "'10.0.0.1'"),
        (GOOD.replace("ETLE", "E-TLE"), "does not name 'ETLE'"),
        (" ", "no text"),
    ],
)
def test_a_text_that_may_not_go_out_is_told_why(text, said):
    assert any(said in fault for fault in wording_faults(text, "ETLE"))


@given(st.text(max_size=200))
def test_a_text_without_fault_fits_one_segment(text):
    if not wording_faults(text, ""):
        octets = gsm_octets(text)
        assert 0 < len(octets) <= 160
        assert all(octet < 128 and octet != 0x1B for octet in octets)


def allowed(**changes):
    told = {"enabled": True, "source": "ETLE PMJ", "system_id": "cakra", "password": "rahasia"}
    return Sms(**(told | changes))


def test_sms_is_off_until_it_is_decided():
    assert not Sms().enabled
    for build in (smpp_account, infobip_account):
        with pytest.raises(SetupError, match="decided otherwise in writing"):
            build(Sms(source="ETLE PMJ"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": ""}, "sms.source"),
        ({"source": "ETLE JAKARTA"}, "at most 11"),
        ({"brand": ""}, "sms.brand"),
        ({"system_id": "", "password": ""}, "sms.system_id, sms.password"),
        ({"password": "sembilan9"}, "password must be a text of at most 8"),
    ],
)
def test_a_wrong_setting_is_named(changes, said):
    with pytest.raises(SetupError, match=said):
        smpp_account(allowed(**changes))


def test_settings_become_accounts():
    account = smpp_account(allowed(message_ids="hex_then_decimal", window=50))
    assert (account.id_form, account.window, account.source_kind) == (IdForm.HEX_THEN_DECIMAL, 50, (5, 0))
    assert smpp_account(allowed(source="+628111000")).source_kind == (1, 1)
    assert smpp_account(allowed(source="1122")).source_kind == (3, 0)
    with pytest.raises(SetupError, match="infobip_key"):
        infobip_account(allowed(infobip_base_url="http://127.0.0.1:1"))


@pytest.mark.parametrize(
    "changes", [{"host": "192.0.2.1"}, {"provider": "infobip", "infobip_base_url": "http://192.0.2.1"}]
)
def test_a_synthetic_register_meets_no_real_provider(changes):
    require_sms_on_loopback(allowed())
    with pytest.raises(SetupError, match="loopback"):
        require_sms_on_loopback(allowed(**changes))
