"""What a fuzzer feeds: every reader of what providers, mail servers, SMS centres, print houses and people send.

Each target takes any bytes. Whatever it raises, but the refusals that its reader declares, is a failure.
"""

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from zoneinfo import ZoneInfo

from cakra.core.errors import InputError
from cakra.core.foreign import iso_instant, mail_instant, pause_s
from cakra.core.ports import PostalAddress
from cakra.delivery.inbound.rules import read_request
from cakra.delivery.inbound.step import references
from cakra.outside.email.addresses import BounceTokens, wire_address
from cakra.outside.email.answers import read_final_answer, read_refusal
from cakra.outside.email.codes import SmtpStage
from cakra.outside.email.returned.bounces import read_report
from cakra.outside.email.returned.wording import report_in_words
from cakra.outside.letter.paper.addressing import breakable, checked_address
from cakra.outside.letter.receipts import read_responses
from cakra.outside.sms.infobip import InfobipCallbacks
from cakra.outside.sms.infobip import read_answer as read_infobip_answer
from cakra.outside.sms.receipts import CentreWord, SmppCallbacks, pack
from cakra.outside.sms.receipts import read_report as read_sms_report
from cakra.outside.sms.smpp.account import SmppAccount
from cakra.outside.sms.smpp.pdu import HEADER, Command, Pdu, PduStream, ShortMessage, decode, encode
from cakra.outside.sms.smpp.wire import ProtocolError
from cakra.outside.whatsapp.answers import HttpAnswer, read_media_id, read_send_answer, refusal
from cakra.outside.whatsapp.payload import parameter
from cakra.outside.whatsapp.webhook import WhatsAppCallbacks

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
TOKENS = BounceTokens(b"k" * 32, "notif.example")
TAG = "n:3:17:2"
ACCOUNT = SmppAccount("127.0.0.1", 1, "cakra", "rahasia", "ETLE", "ETLE")
WHATSAPP = WhatsAppCallbacks("rahasia", {"1065": "+62 811-0000-0000"})
INFOBIP, SMPP = InfobipCallbacks("a", "b"), SmppCallbacks(ACCOUNT)
LETTERS = {"01ABCDEFGHJKMN9": TAG}


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def whatsapp_webhook(raw: bytes) -> object:
    """Statuses, messages, words about templates and accounts."""
    receipts, words = WHATSAPP.receipts(raw), WHATSAPP.words(raw)
    for one in receipts:
        assert len(one.provider_id) <= 512
        assert len(one.code) <= 100
        assert one.at.year < 2100
    return receipts, words, WHATSAPP.unread(raw)


def whatsapp_answer(raw: bytes) -> object:
    """The answer to a send or an upload."""
    answers = [HttpAnswer(status, raw) for status in (200, 400, 429, 500)]
    return [(read_send_answer(one), refusal(one), read_media_id(one)) for one in answers]


def infobip(raw: bytes) -> object:
    """Reports and answers of the SMS aggregator."""
    answers = [read_infobip_answer(status, raw, 1.0) for status in (200, 401, 429, 500)]
    return INFOBIP.receipts(raw), INFOBIP.unread(raw), answers


def bounce(raw: bytes) -> object:
    """A message in the bounce mailbox, of a stranger and to a genuine return address of ours."""
    genuine = f"From: mailer-daemon@x.example\r\nTo: {TOKENS.address(TAG)}\r\n".encode()
    return read_report(raw, TOKENS), read_report(genuine + raw, TOKENS)


def bounce_fields(raw: bytes) -> object:
    """The status part of a report to a genuine return address."""
    head = f"To: {TOKENS.address(TAG)}\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    return read_report(f"{head}Content-Type: message/delivery-status\r\n\r\n".encode() + raw + b"\r\n--b--\r\n", TOKENS)


def bounce_words(raw: bytes) -> object:
    """What a mail system says in words."""
    return report_in_words(message_from_bytes(b"From: postmaster@x.example\r\n\r\n" + raw))


def smtp_answer(raw: bytes) -> object:
    """A mail server's answer to a command and to the message."""
    text = _text(raw)
    codes = (250, 251, 354, 450, 550, 999, 0)
    return [(read_refusal(stage, code, text), read_final_answer(code, text)) for stage in SmtpStage for code in codes]


def smpp_pdu(raw: bytes) -> object:
    """One PDU of each command; what is read can be written again."""
    for command in (Command.DELIVER_SM, Command.DATA_SM, Command.SUBMIT_SM_RESP, Command.BIND_TRANSCEIVER_RESP):
        with contextlib.suppress(ProtocolError):
            pdu = decode(HEADER.pack(HEADER.size + len(raw), command, 0, 7) + raw)
            assert decode(encode(pdu)) == pdu
            read_sms_report(pdu)
    return None


def smpp_stream(raw: bytes) -> object:
    """Bytes as a centre sends them."""
    with contextlib.suppress(ProtocolError):
        return list(PduStream().feed(raw))
    return None


def smpp_receipt(raw: bytes) -> object:
    """The text of a receipt, and a kept body of entries."""
    body = ShortMessage(source="62", esm_class=4, short_message=raw[:254])
    kept = pack([CentreWord(encode(Pdu(Command.DELIVER_SM, 1, body)), None, AT)])
    return SMPP.receipts(kept), SMPP.unread(kept), SMPP.receipts(raw), SMPP.unread(raw)


def print_house(raw: bytes) -> object:
    """A response file of the print house."""
    with contextlib.suppress(InputError):
        return read_responses(
            b"ref;resi;status;ts;reason\n" + raw, "CAKRA-20261121", LETTERS, AT, ZoneInfo("Asia/Jakarta")
        )
    return None


def print_house_file(raw: bytes) -> object:
    """The same with a heading of its own."""
    with contextlib.suppress(InputError):
        return read_responses(raw, "CAKRA-20261121", LETTERS, AT, ZoneInfo("Asia/Jakarta"))
    return None


def instants(raw: bytes) -> object:
    """Retry-After, dates of mails and of JSON."""
    text = _text(raw)
    pause = pause_s(text, AT)
    assert pause is None or 0 <= pause <= 3600
    return mail_instant(text), iso_instant(text), iso_instant(text, ZoneInfo("Asia/Jakarta"))


def chat(raw: bytes) -> object:
    """What a person writes."""
    text = _text(raw)
    return [references(read_request(kind, text, text).candidates) for kind in ("text", "button", "other", "moved")]


def addressing(raw: bytes) -> object:
    """Names and addresses of a register, on a letter, an envelope and in a template."""
    text = _text(raw)
    with contextlib.suppress(InputError):
        checked = checked_address(PostalAddress(text, tuple(text.split(",")), text[-5:]))
        assert len(checked.lines) <= 6
        breakable(checked.name)
    assert parameter(text)
    return wire_address(text)


TARGETS: Mapping[str, Callable[[bytes], object]] = {
    "whatsapp_webhook": whatsapp_webhook,
    "whatsapp_answer": whatsapp_answer,
    "infobip": infobip,
    "bounce": bounce,
    "bounce_fields": bounce_fields,
    "bounce_words": bounce_words,
    "smtp_answer": smtp_answer,
    "smpp_pdu": smpp_pdu,
    "smpp_stream": smpp_stream,
    "smpp_receipt": smpp_receipt,
    "print_house": print_house,
    "print_house_file": print_house_file,
    "instants": instants,
    "chat": chat,
    "addressing": addressing,
}
"""Name → what reads the bytes."""

SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "whatsapp_webhook": (
        json.dumps(
            {
                "entry": [
                    {
                        "time": 1750030073,
                        "changes": [
                            {
                                "field": "messages",
                                "value": {
                                    "metadata": {"phone_number_id": "1065", "display_phone_number": "62811"},
                                    "contacts": [{"wa_id": "62812", "user_id": "ID.1"}],
                                    "messages": [
                                        {"from": "62812", "id": "w", "type": "text", "text": {"body": "CEK"}},
                                        {"from": "62812", "id": "x", "type": "button", "button": {"payload": TAG}},
                                        {"id": "y", "type": "system", "system": {"type": "user_changed_number"}},
                                    ],
                                    "statuses": [
                                        {
                                            "id": "w",
                                            "status": "failed",
                                            "timestamp": "1750030073",
                                            "biz_opaque_callback_data": TAG,
                                            "errors": [{"code": 131026}],
                                            "pricing": {"billable": True},
                                        }
                                    ],
                                },
                            },
                            {
                                "field": "message_template_status_update",
                                "value": {
                                    "event": "PAUSED",
                                    "message_template_name": "t",
                                    "message_template_language": "id",
                                },
                            },
                            {
                                "field": "account_update",
                                "value": {
                                    "event": "ACCOUNT_RESTRICTION",
                                    "restriction_info": [{"restriction_type": "R"}],
                                },
                            },
                            {"field": "account_alerts", "value": {"alert_info": {"alert_severity": "CRITICAL"}}},
                        ],
                    }
                ]
            }
        ).encode(),
    ),
    "whatsapp_answer": (
        b'{"messages":[{"id":"w","message_status":"accepted"}]}',
        b'{"error":{"code":131026,"fbtrace_id":"x"}}',
    ),
    "infobip": (
        (
            b'{"results":[{"messageId":"m","status":{"groupId":3,"name":"D"},"doneAt":"2026-11-21T08:00:00+0700",'
            b'"error":{"id":0,"permanent":true},"callbackData":"n:3:17:2"}]}'
        ),
        b'{"messages":[{"messageId":"m","status":{"groupId":5,"name":"REJECTED"}}],"requestError":{}}',
    ),
    "bounce": (
        (
            b'Date: Fri, 31 Dec 9999 23:59:59 -1200\r\nContent-Type: multipart/report; boundary="b"\r\n\r\n--b\r\n'
            b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\n"
            b"Status: 5.1.1\r\n--b--"
        ),
        b"Content-Type: text/html; charset=x\r\n\r\n<p>550 5.1.1 user unknown</p>",
    ),
    "bounce_fields": (
        b"Reporting-MTA: dns; x\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1",
    ),
    "bounce_words": (b"delayed 24 hours\r\n550 5.1.1 user unknown\r\n---- Original message", b"Alamat tidak ditemukan"),
    "smtp_answer": (b"5.1.1 user unknown queued as 4XyZ",),
    "smpp_pdu": (
        encode(Pdu(Command.DELIVER_SM, 7, ShortMessage(source="62", esm_class=4, short_message=b"id:1 stat:DELIVRD")))[
            16:
        ],
    ),
    "smpp_stream": (encode(Pdu(Command.DELIVER_SM, 7, ShortMessage())),),
    "smpp_receipt": (b"id:7f sub:001 done date:2611210802 stat:DELIVRD err:000 text:x", b'{"entries":[{"pdu":"00"}]}'),
    "print_house": (
        b"01ABCDEFGHJKMN9;R1;dispatched;2026-11-21T08:00:00+07:00;\n",
        b'01ABC-DEFGH-JKMN9;"x";returned;2026;x\n',
    ),
    "print_house_file": (b"ref,status,ts\n01ABCDEFGHJKMN9,dispatched,2026-11-21T08:00:00\n",),
    "instants": (b"Sat, 21 Nov 2026 08:01:00 +0700", b"9999-12-31T23:59:59-12:00", b"99999999999999999"),
    "chat": ("jangan kirim pesan lagi. CEK 01ABC-DEFGH-JKMN9 🛑".encode(), b"n:1:2:3"),
    "addressing": ("Jl. Kebon Kacang, RT 1, RW 2, Kel. X, Kec. Y, Kota Z, DKI 10240 王".encode(), b"a@b.example"),
}
"""Name → inputs to begin with."""
