"""The e-mail adapter against a server that answers what the test says."""

import asyncio
import email
import re
import ssl
from email.policy import default

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from cakra.core.ports import Action, SendState, Wording
from cakra.kit.errors import SetupError
from cakra.kit.settings import Settings
from cakra.outside.email import BounceTokens, DkimSigner, EmailSender, load_dkim
from cakra.outside.email.addresses import TagTooLong, wire_address, xtext
from cakra.outside.email.connection import dot_stuffed
from cakra.outside.loopback import require_loopback_host
from email_kit import HTML, TAG, TEXT, TOKENS, account, dkim_is_valid, message, pem, picture, private_key, signer
from smtp_sink import CUT, SILENT, Sink, smtp_sink


async def send_one(sink: Sink, sent=None, **changes):
    async with EmailSender(account(sink.port, **changes)) as sender:
        return await sender.send(sent or message())


def with_plain_ends(part) -> str:
    return part.get_content().replace("\r\n", "\n")


# ---------------------------------------------------------------- the message
async def test_the_message_has_text_html_and_the_picture_and_a_signature_that_others_accept():
    async with smtp_sink() as sink:
        result = await send_one(sink)
    (taken,) = sink.taken
    assert (result.state, result.provider_id) == (SendState.ACCEPTED, "SINK1")
    assert dkim_is_valid(taken.raw)
    lines = taken.raw.split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert not [line for line in lines if b"\n" in line or b"\r" in line]
    assert taken.raw.isascii()
    read = email.message_from_bytes(taken.raw, policy=default)
    assert not [defect for part in read.walk() for defect in part.defects]
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/jpeg",
    ]
    shown = next(part for part in read.walk() if part.get_content_type() == "image/jpeg")
    assert (shown["Content-ID"], shown.get_content_disposition(), shown.get_content()) == (
        "<picture>",
        "inline",
        picture().jpeg,
    )
    assert with_plain_ends(read.get_body(("plain",))) == TEXT
    assert with_plain_ends(read.get_body(("html",))) == HTML
    assert str(read["From"]) == "ETLE – Contoh <notis@etle.example>"
    assert str(read["Subject"]) == "Konfirmasi kendaraan – nomor 7K2M9QX4B3"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Message-ID"].endswith("@etle.example>")
    assert read["Date"].datetime.tzinfo is not None
    assert not {"List-Unsubscribe", "Reply-To", "Sender"} & set(read.keys())


async def test_the_envelope_asks_for_reports_under_our_id():
    async with smtp_sink() as sink:
        await send_one(sink, message("ibu+rumah@pemilik.example"))
    (taken,) = sink.taken
    token = TOKENS.token(TAG)
    assert f"FROM:<bounce+{token}@notif.etle.example>" in taken.mail
    assert {"RET=HDRS", f"ENVID={token}", f"SIZE={len(taken.raw)}"} <= set(taken.mail.split())
    assert taken.rcpt.split()[1:] == [
        "TO:<ibu+rumah@pemilik.example>",
        "NOTIFY=FAILURE,DELAY",
        "ORCPT=rfc822;ibu+2Brumah@pemilik.example",
    ]


async def test_a_server_without_extensions_gets_a_plain_envelope():
    async with smtp_sink(offers=()) as sink:
        result = await send_one(sink)
    assert result.state is SendState.ACCEPTED
    assert sink.taken[0].rcpt == "RCPT TO:<ibu@pemilik.example>"
    assert "ENVID" not in sink.taken[0].mail


async def test_a_text_alone_is_plain_text():
    async with smtp_sink() as sink:
        await send_one(sink, message(wording=Wording("Hal", "satu baris tanpa akhir"), picture=None))
    read = email.message_from_bytes(sink.taken[0].raw, policy=default)
    assert read.get_content_type() == "text/plain"
    assert with_plain_ends(read) == "satu baris tanpa akhir\n"
    assert dkim_is_valid(sink.taken[0].raw)


@pytest.mark.parametrize("changed", [b"Subject: Hadiah", b"From: lain@jahat.example", b"Reply-To: lain@jahat.example"])
async def test_a_header_put_in_on_the_way_breaks_the_signature(changed):
    async with smtp_sink() as sink:
        await send_one(sink)
    raw = sink.taken[0].raw
    assert dkim_is_valid(b"Received: by relay.example; Sat, 21 Nov 2026 08:01:00 +0700\r\n" + raw)
    assert not dkim_is_valid(changed + b"\r\n" + raw)
    assert not dkim_is_valid(raw.replace(b"CONTOH", b"COMTOH"))


@settings(max_examples=40)
@given(body=st.text(alphabet="ab \t\r\n.=", max_size=60))
def test_any_body_is_signed_as_a_foreign_verifier_reads_it(body):
    lines = "".join(f"{line}\r\n" for line in body.splitlines())
    raw = f"From: notis@etle.example\r\nSubject:  a \r\n\tb\r\nTo: x@y.example\r\n\r\n{lines}".encode()
    assert dkim_is_valid(signer().sign(raw))


@given(text=st.text(alphabet="a.\r\n", max_size=40))
def test_dots_survive_the_way(text):
    raw = "\r\n".join(text.splitlines()).encode()
    sent = dot_stuffed(raw)
    assert sent.endswith(b"\r\n.\r\n") or sent == b"\r\n.\r\n"
    lines = sent.removesuffix(b".\r\n").split(b"\r\n")
    assert b"." not in lines
    back = b"\r\n".join(line.removeprefix(b".") for line in lines)
    assert back == (raw if raw.endswith(b"\r\n") else raw + b"\r\n")


# ---------------------------------------------------------------- outcomes
REFUSALS = [
    ("RCPT", "550 5.1.1 <ibu@pemilik.example>: unknown", Action.NEXT_CHANNEL, "5.1.1"),
    ("RCPT", "550 no such user here", Action.NEXT_CHANNEL, "smtp_550"),
    ("RCPT", "552 5.2.2 mailbox full", Action.NEXT_CHANNEL, "5.2.2"),
    ("RCPT", "552 mailbox full", Action.NEXT_CHANNEL, "smtp_552"),
    ("RCPT", "450 4.7.1 greylisted", Action.RETRY, "4.7.1"),
    ("RCPT", "554 5.7.1 relay access denied", Action.STOP_SENDER, "5.7.1"),
    ("RCPT", "501 5.5.4 bad ORCPT", Action.FIX_US, "5.5.4"),
    ("MAIL", "553 5.1.8 sender unknown", Action.FIX_US, "5.1.8"),
    ("MAIL", "550 5.1.1 sender unknown", Action.FIX_US, "5.1.1"),
    ("MAIL", "452 4.3.1 no room", Action.RETRY, "4.3.1"),
    ("MAIL", "552 5.3.4 too large", Action.FIX_US, "5.3.4"),
    ("MAIL", "530 5.7.0 sign in first", Action.STOP_SENDER, "5.7.0"),
    ("DATA", "451 4.3.0 not now", Action.RETRY, "4.3.0"),
    ("DATA", "200 what?", Action.RETRY, "smtp_200"),
    (".", "554 5.7.1 spam", Action.STOP_SENDER, "5.7.1"),
    (".", "550 5.1.1 late check", Action.NEXT_CHANNEL, "5.1.1"),
    (".", "552 too large", Action.FIX_US, "smtp_552"),
    (".", "451 4.3.0 queue file write error", Action.RETRY, "4.3.0"),
    (".", "554 5.6.0 bad content", Action.FIX_US, "5.6.0"),
    ("", "421 4.3.2 shutting down", Action.RETRY, "4.3.2"),
    ("", "554 5.3.2 no service", Action.STOP_SENDER, "5.3.2"),
]


@pytest.mark.parametrize(("stage", "answer", "action", "code"), REFUSALS, ids=[f"{r[0]} {r[1]}" for r in REFUSALS])
async def test_a_refusal_says_what_to_do_and_the_next_message_goes(stage, answer, action, code):
    async with smtp_sink() as sink:
        sink.will(stage, answer)
        async with EmailSender(account(sink.port)) as sender:
            refused = await sender.send(message())
            after = await sender.send(message("lain@pemilik.example"))
    assert (refused.state, refused.action, refused.code) == (SendState.REFUSED, action, code)
    assert answer.encode() in refused.raw
    assert "pemilik" not in refused.detail
    assert after.state is SendState.ACCEPTED
    assert [taken.rcpt.split()[1] for taken in sink.taken if taken.rcpt.startswith("RCPT TO:<lain")]


@pytest.mark.parametrize("answer", [CUT, "250", "gibberish", "300 5.1.1 hm"])
async def test_a_lost_or_senseless_answer_to_the_message_is_unknown_or_taken(answer):
    async with smtp_sink() as sink:
        sink.will(".", answer)
        result = await send_one(sink)
    expected = SendState.ACCEPTED if answer == "250" else SendState.UNKNOWN
    assert result.state is expected, result
    assert len(sink.taken) == 1, "nothing may be sent a second time"


async def test_silence_after_the_message_is_unknown_and_before_it_a_later_try():
    async with smtp_sink() as sink:
        sink.will(".", SILENT)
        late = await send_one(sink, timeout_s=0.5)
        sink.will("RCPT", SILENT)
        early = await send_one(sink, timeout_s=0.5)
        sink.will("", SILENT)
        mute = await send_one(sink, timeout_s=0.5)
    assert (late.state, late.action, late.code) == (SendState.UNKNOWN, Action.WAIT, "timeout")
    assert (early.state, early.action, early.code) == (SendState.REFUSED, Action.RETRY, "timeout")
    assert (mute.state, mute.action, mute.code) == (SendState.REFUSED, Action.RETRY, "connect_timeout")


@pytest.mark.parametrize("stage", ["", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_connection_lost_before_the_message_is_a_later_try(stage):
    async with smtp_sink() as sink:
        sink.will(stage, CUT)
        result = await send_one(sink)
    assert (result.state, result.action) == (SendState.REFUSED, Action.RETRY)
    assert sink.taken == []


async def test_nobody_listens():
    async with smtp_sink() as sink:
        pass
    result = await send_one(sink)
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.RETRY, "not_connected")


async def test_a_server_that_was_restarted_costs_no_message():
    async with smtp_sink() as sink, EmailSender(account(sink.port)) as sender:
        first = await sender.send(message())
        sink.cut_all()
        sink.will("MAIL", "250 2.0.0 ok")
        second = await sender.send(message())
        sink.will("MAIL", CUT)  # closed just as we begin to speak
        third = await sender.send(message())
    assert [one.state for one in (first, second, third)] == [SendState.ACCEPTED] * 3
    assert sink.connections == 3
    assert len(sink.taken) == 3


async def test_connections_are_shared_and_never_more_than_allowed():
    async with smtp_sink() as sink, EmailSender(account(sink.port, connections=3)) as sender:
        results = await asyncio.gather(*(sender.send(message(tag=f"n:1:{n}:1")) for n in range(40)))
        assert {one.state for one in results} == {SendState.ACCEPTED}
        assert sink.connections == 3
        assert sink.most_at_once <= 3
    assert len({taken.mail for taken in sink.taken}) == 40
    assert sink.said.count("QUIT") == 3


async def test_closing_waits_for_what_is_in_flight_and_takes_no_more():
    async with smtp_sink() as sink:
        sender = EmailSender(account(sink.port))
        flying = asyncio.create_task(sender.send(message()))
        await asyncio.sleep(0)
        await sender.close()
        assert flying.done()
        assert (await flying).state is SendState.ACCEPTED
        refused = await sender.send(message())
    assert (refused.state, refused.action, refused.code) == (SendState.REFUSED, Action.RETRY, "closed")


async def test_a_send_that_is_cancelled_leaves_no_half_spoken_connection():
    async with smtp_sink() as sink, EmailSender(account(sink.port, connections=1)) as sender:
        sink.will("RCPT", SILENT)
        task = asyncio.create_task(sender.send(message()))
        while not any(line.startswith("RCPT") for line in sink.said):  # noqa: ASYNC110 - the sink tells no event
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await sender.send(message())).state is SendState.ACCEPTED


async def test_no_free_connection_in_time_is_a_later_try():
    async with smtp_sink() as sink, EmailSender(account(sink.port, connections=1, timeout_s=1.0)) as sender:
        sink.will(".", SILENT)
        first, second = await asyncio.gather(sender.send(message()), sender.send(message(tag="n:1:2:3")))
    states = {one.code for one in (first, second)}
    assert "timeout" in states
    assert sum(one.state is SendState.UNKNOWN for one in (first, second)) == 1


# ---------------------------------------------------------------- our own faults
@pytest.mark.parametrize(
    ("changes", "action", "code"),
    [
        ({"recipient": "bukan alamat"}, Action.NEXT_CHANNEL, "address_form"),
        ({"recipient": ""}, Action.NEXT_CHANNEL, "address_form"),
        ({"recipient": "a@b.example>\r\nRCPT TO:<c@d.example"}, Action.NEXT_CHANNEL, "address_form"),
        ({"recipient": "ibu@pemilik"}, Action.NEXT_CHANNEL, "address_form"),
        ({"wording": None}, Action.FIX_US, "no_wording"),
        ({"tag": "n" * 60}, Action.FIX_US, "tag_too_long"),
    ],
)
async def test_what_cannot_be_sent_is_refused_before_a_connection_is_made(changes, action, code):
    async with smtp_sink() as sink:
        result = await send_one(sink, message(**changes))
    assert (result.state, result.action, result.code) == (SendState.REFUSED, action, code)
    assert sink.connections == 0


async def test_an_international_domain_goes_in_its_ascii_form():
    async with smtp_sink() as sink:
        await send_one(sink, message("ibu@bücher.example"))
    assert "TO:<ibu@xn--bcher-kva.example>" in sink.taken[0].rcpt


async def test_a_password_is_sent_only_where_it_is_safe_and_asked_for():
    async with smtp_sink(offers=("AUTH PLAIN", "DSN")) as sink:
        assert (await send_one(sink, user="etle", password="rahasia")).state is SendState.ACCEPTED
        sink.will("AUTH", "535 5.7.8 wrong")
        wrong = await send_one(sink, user="etle", password="salah")
    assert (wrong.state, wrong.action, wrong.code) == (SendState.REFUSED, Action.STOP_SENDER, "5.7.8")
    async with smtp_sink() as sink:
        without = await send_one(sink, user="etle", password="rahasia")
    assert (without.action, without.code) == (Action.STOP_SENDER, "no_auth")
    with pytest.raises(SetupError, match="password"):
        EmailSender(account(25, host="192.0.2.1", user="etle", password="rahasia"))


async def test_required_tls_sends_nothing_without_it():
    async with smtp_sink() as sink:
        result = await send_one(sink, tls="required")
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.STOP_SENDER, "no_starttls")
    assert not [line for line in sink.said if line.startswith("MAIL")]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"from_address": "bukan"}, "not a plain address"),
        ({"from_name": "a\nb"}, "one line"),
        ({"envelope_domain": "localhost"}, "not a domain"),
        ({"token_key": b"short"}, "32 bytes"),
        ({"from_address": "notis@lain.example"}, "DMARC"),
        ({"ca_file": "/nowhere.pem"}, "nowhere.pem"),
    ],
)
async def test_a_wrong_account_is_refused_with_a_sentence(changes, told):
    with pytest.raises(SetupError, match=told):
        EmailSender(account(25, **changes))


def test_a_wrong_key_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(SetupError, match="plain PEM"):
        DkimSigner("etle.example", "s", b"nonsense")
    with pytest.raises(SetupError, match="2048"):
        DkimSigner("etle.example", "s", pem(rsa.generate_private_key(65537, 1024)))
    with pytest.raises(SetupError, match="RSA"):
        DkimSigner("etle.example", "s", pem(ed25519.Ed25519PrivateKey.generate()))
    with pytest.raises(SetupError, match="cannot be read"):
        load_dkim("etle.example", "s", tmp_path / "none.pem")
    (tmp_path / "key.pem").write_bytes(pem(private_key()))
    assert load_dkim("etle.example", "s", tmp_path / "key.pem").selector == "s"


def test_email_is_off_until_a_host_is_named():
    assert Settings().email.host == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.9.9.9"])
def test_loopback_hosts_are_allowed(host):
    require_loopback_host(host)


@pytest.mark.parametrize("host", ["", "192.0.2.1", "mx.etle.invalid", "127.0.0.1.etle.invalid", "0.0.0.0", "a" * 70])
def test_other_hosts_are_refused(host):
    with pytest.raises(SetupError, match="synthetic"):
        require_loopback_host(host)


# ---------------------------------------------------------------- addresses
@given(tag=st.text(min_size=1, max_size=12) | st.from_regex(r"n:[0-9]{1,4}:[0-9]{1,19}:[0-9]{1,4}", fullmatch=True))
def test_a_return_address_gives_its_tag_back_in_any_case(tag):
    try:
        address = TOKENS.address(tag)
    except TagTooLong:
        assert len(tag.encode()) > 20
        return
    assert len(address.partition("@")[0]) <= 64
    assert wire_address(address) == address
    for written in (address, address.upper(), f"Ibu <{address}>"):
        (claim,) = TOKENS.claims(written)
        assert TOKENS.tag_of(claim) == tag


@given(
    tag=st.integers(0, 10**19), other=st.integers(0, 10**19), place=st.integers(0, 40), letter=st.sampled_from("a2z-.")
)
def test_a_token_that_was_touched_is_not_ours(tag, other, place, letter):
    token = TOKENS.token(f"n:1:{tag}:1")
    touched = token[:place] + letter + token[place + 1 :]
    assert TOKENS.tag_of(touched) in {None, f"n:1:{tag}:1"}
    assert TOKENS.tag_of(touched) is None or touched == token
    mixed = TOKENS.token(f"n:1:{other}:1").partition(".")[0] + "." + token.partition(".")[2]
    assert TOKENS.tag_of(mixed) is None or tag == other
    assert BounceTokens(bytes(32), "notif.etle.example").tag_of(token) is None


@given(text=st.text())
def test_nothing_typed_at_random_is_a_token(text):
    assert TOKENS.tag_of(text) is None
    assert wire_address(text) is None or "@" in text
    assert re.fullmatch(r"[!-~]*", xtext(text))


def test_the_message_id_does_not_give_the_token_away():
    assert TOKENS.message_name(TAG) not in TOKENS.token(TAG)


def test_tls_settings_make_the_contexts_they_promise():
    from cakra.outside.email.account import tls_context

    assert tls_context(account(25, tls="none")) is None
    assert tls_context(account(25, tls="offered")).verify_mode is ssl.CERT_NONE
    assert tls_context(account(25, tls="required")).verify_mode is ssl.CERT_REQUIRED
    assert tls_context(account(25, tls="implicit")).check_hostname
