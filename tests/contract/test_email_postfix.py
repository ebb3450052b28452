"""Our e-mail against a peer we did not write: Debian's Postfix, its queue, its bounces."""

import asyncio
import email
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

import clock
from cakra.core.ports import Action, Receipt, ReceiptState, SendState
from cakra.outside.email import BounceBox, BounceTokens, EmailSender, ReportKind, read_report
from email_kit import KEY, TAG, TOKENS, account, dkim_is_valid, message, pem, picture, private_key
from postfix_peer import ELSEWHERE, OWNERS, SINK, Postfix, postfix
from whatsapp_peer import until


@pytest.fixture(scope="module")
def server() -> Iterator[Postfix]:
    with postfix() as running:
        yield running


@pytest.fixture(autouse=True)
def empty_boxes(server: Postfix) -> None:
    for path in server.home.glob("mail/*/*/*"):
        path.unlink()


async def deliver(server: Postfix, recipient: str, **changes):
    async with EmailSender(account(server.port)) as sender:
        return await sender.send(message(recipient, **changes))


def certificate(folder: Path) -> tuple[Path, Path]:
    """(chain with key for the server, certificate for us)."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mx.etle.example")])
    # OpenSSL and Postfix have a clock of their own, which tests do not move.
    day, at = timedelta(days=1), datetime.now(UTC) - clock.ahead()
    address = x509.IPAddress(ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, private_key().public_key(), x509.random_serial_number(), at - day, at + day)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private_key(), SHA256())
        .public_bytes(Encoding.PEM)
    )
    chain, ours = folder / "chain.pem", folder / "ca.pem"
    chain.write_bytes(pem() + made)
    ours.write_bytes(made)
    return chain, ours


# ---------------------------------------------------------------- delivery
async def test_a_message_passes_postfix_whole_and_its_signature_holds(server):
    result = await deliver(server, f"ibu@{OWNERS}")
    assert (result.state, result.action) == (SendState.ACCEPTED, Action.NONE), result
    (raw,) = until(server.delivered)
    assert result.provider_id
    assert result.provider_id.encode() in raw
    read = email.message_from_bytes(raw, policy=default)
    assert read["Return-Path"] == f"<{TOKENS.address(TAG)}>"
    assert [part.get_content() for part in read.walk() if part.get_content_type() == "image/jpeg"] == [picture().jpeg]
    # The mailbox keeps lines as files do; on the wire they end in CRLF, and the signature begins below the trace.
    wire = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert dkim_is_valid(wire)
    assert not dkim_is_valid(wire.replace(b"CONTOH", b"contoh"))


async def test_refusals_come_back_with_what_to_do(server):
    unknown = await deliver(server, f"tidakada@{OWNERS}")
    later = await deliver(server, f"nanti@{OWNERS}")
    policy = await deliver(server, f"kebijakan@{OWNERS}")
    told = [(one.state, one.action, one.code) for one in (unknown, later, policy)]
    assert told == [
        (SendState.REFUSED, Action.NEXT_CHANNEL, "5.1.1"),
        (SendState.REFUSED, Action.RETRY, "4.7.1"),
        (SendState.REFUSED, Action.STOP_SENDER, "5.7.1"),
    ]
    assert later.retry_after_s


async def test_a_refusal_leaves_the_connection_ready(server):
    async with EmailSender(account(server.port, connections=1)) as sender:
        recipients = [f"tidakada@{OWNERS}", f"ibu@{OWNERS}"] * 3
        results = [await sender.send(message(to, tag=f"n:1:{place}:1")) for place, to in enumerate(recipients)]
    assert [one.state for one in results] == [SendState.REFUSED, SendState.ACCEPTED] * 3
    until(lambda: len(server.delivered()) == 3)
    until(lambda: " mail=6 " in server.log())  # told when a connection ends: all six went over this one


async def test_a_message_that_is_too_large_is_our_fault(server):
    large = type(picture())(picture().sha256, bytes(2_500_000))
    result = await deliver(server, f"ibu@{OWNERS}", picture=large)
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.FIX_US, "5.3.4")


async def test_many_at_once_arrive_once_each(server):
    async with EmailSender(account(server.port, connections=6)) as sender:
        results = await asyncio.gather(*(sender.send(message(f"ibu@{OWNERS}", tag=f"n:1:{n}:1")) for n in range(60)))
    assert {one.state for one in results} == {SendState.ACCEPTED}
    until(lambda: len(server.delivered()) == 60)
    paths = {email.message_from_bytes(raw)["Return-Path"] for raw in server.delivered()}
    assert paths == {f"<{TOKENS.address(f'n:1:{n}:1')}>" for n in range(60)}


async def test_tls_is_used_when_offered_and_its_certificate_counts_when_required(tmp_path):
    chain, ours = certificate(tmp_path)
    with postfix(tls_chain=chain) as server:
        async with EmailSender(account(server.port, tls="offered")) as sender:
            assert (await sender.send(message())).state is SendState.ACCEPTED
        async with EmailSender(account(server.port, tls="required", ca_file=ours)) as sender:
            assert (await sender.send(message())).state is SendState.ACCEPTED
        async with EmailSender(account(server.port, tls="required")) as sender:
            stranger = await sender.send(message())
        raws = until(lambda: len(server.delivered()) == 2 and server.delivered())
        assert all(b"(using TLSv1.3" in raw for raw in raws)
    assert (stranger.state, stranger.action, stranger.code) == (
        SendState.REFUSED,
        Action.STOP_SENDER,
        "tls_certificate",
    )


async def test_without_delivery_reports_the_return_address_still_tells(tmp_path):
    with postfix(hidden="dsn") as server:
        assert (await deliver(server, f"hilang@{ELSEWHERE}")).state is SendState.ACCEPTED
        raw, (receipt,) = await next_report(server)
        assert b"Original-Envelope-Id" not in raw
    assert (receipt.tag, receipt.state, receipt.code) == (TAG, ReceiptState.FAILED, "5.1.1")


# ---------------------------------------------------------------- bounces
async def next_report(server: Postfix) -> tuple[bytes, list[Receipt]]:
    """The report, once it has come, and what the box makes of it."""
    (path,) = until(lambda: list((server.bounces / "new").iterdir()), 60)
    raw = path.read_bytes()
    got: list[Receipt] = []

    async def record(receipts):
        got.extend(receipts)

    await BounceBox(server.bounces, TOKENS).drain(record)
    return raw, got


async def test_a_real_bounce_becomes_a_receipt_and_its_file_goes(server):
    sent = await deliver(server, f"hilang@{ELSEWHERE}")
    assert sent.state is SendState.ACCEPTED
    raw, (receipt,) = await next_report(server)
    assert (receipt.tag, receipt.state, receipt.action, receipt.code) == (
        TAG,
        ReceiptState.FAILED,
        Action.NEXT_CHANNEL,
        "5.1.1",
    )
    assert receipt.provider_id == sent.provider_id
    # Postfix is told the machine's time; what it dates later than our clock is taken as of now.
    dated = min(datetime.now(UTC), datetime.now(UTC) - clock.ahead())
    assert abs(receipt.at - dated) < timedelta(minutes=5)
    assert ELSEWHERE not in receipt.detail
    assert not list((server.bounces / "new").iterdir())
    report = email.message_from_bytes(raw)
    assert f"Original-Envelope-Id: {TOKENS.token(TAG)}".encode() in raw
    assert f"Original-Recipient: rfc822;hilang@{ELSEWHERE}".encode() in raw
    assert report["Delivered-To"] == TOKENS.address(TAG)
    assert len(raw) < 12_000, "headers only were returned, no photograph"


async def test_a_bounce_about_our_reputation_is_marked_and_does_not_stop_the_sender(server):
    await deliver(server, f"curiga@{ELSEWHERE}")
    raw, (receipt,) = await next_report(server)
    assert (receipt.action, receipt.code) == (Action.NEXT_CHANNEL, "5.7.1")
    assert read_report(raw, TOKENS).on_policy


async def test_the_envelope_id_tells_when_the_address_does_not(server):
    await deliver(server, f"hilang@{ELSEWHERE}")
    raw, _ = await next_report(server)
    token = TOKENS.token(TAG)
    moved = raw.replace(f"bounce+{token}@".encode(), b"pos@")
    assert b"Original-Envelope-Id: " + token.encode() in moved
    assert [one.tag for one in read_report(moved, TOKENS).receipts] == [TAG]


async def test_a_forged_bounce_is_counted_and_changes_nothing(server):
    """Somebody who has seen a real bounce writes one about another case."""
    await deliver(server, f"hilang@{ELSEWHERE}")
    raw, _ = await next_report(server)
    token = TOKENS.token(TAG)
    other = token.replace("1726354789012345678", "1726354789012345679")
    forged = raw.replace(token.encode(), other.encode())
    assert read_report(forged, TOKENS).kind is ReportKind.FORGED
    stranger = BounceTokens(bytes(reversed(KEY)), "notif.etle.example")
    assert read_report(raw, stranger).kind is ReportKind.FORGED
    box = BounceBox(server.bounces, TOKENS)
    (server.bounces / "new" / "1.forged").write_bytes(forged)

    async def record(receipts):
        pytest.fail(f"a forged bounce gave {receipts}")

    tally = await box.drain(record)
    assert (tally.receipts, dict(tally.kinds)) == (0, {ReportKind.FORGED: 1})
    assert [path.name for path in (server.bounces / "cur").iterdir()] == ["1.forged:2,S"]


async def test_a_crash_before_the_receipts_are_kept_loses_none(server):
    await deliver(server, f"hilang@{ELSEWHERE}")
    until(lambda: list((server.bounces / "new").iterdir()), 60)
    box = BounceBox(server.bounces, TOKENS)

    async def fail(receipts):
        raise OSError("the database went away")

    with pytest.raises(OSError, match="database"):
        await box.drain(fail)
    _, (receipt,) = await next_report(server)
    assert receipt.tag == TAG


async def test_a_delay_changes_nothing_and_giving_up_is_a_failure():
    with postfix(lifetime="4s") as server:
        await deliver(server, f"penuh@{ELSEWHERE}")
        reports = until(lambda: len(list((server.bounces / "new").iterdir())) == 2 and _reports(server), 60)
        kinds = sorted(read_report(raw, TOKENS).kind for raw in reports)
        assert kinds == [ReportKind.DELAYED, ReportKind.FAILED]
        (receipt,) = [one for raw in reports for one in read_report(raw, TOKENS).receipts]
        assert (receipt.state, receipt.action, receipt.code) == (
            ReceiptState.FAILED,
            Action.NEXT_CHANNEL,
            "4.2.2",
        )


def _reports(server: Postfix) -> list[bytes]:
    return [path.read_bytes() for path in (server.bounces / "new").iterdir()]


async def test_what_a_person_answers_stays_for_a_person(server):
    (server.bounces / "new" / "2.answer").write_bytes(
        f"To: {TOKENS.address(TAG)}\r\nSubject: Bukan mobil saya\r\n\r\nHalo\r\n".encode()
    )

    async def record(receipts):
        pytest.fail(f"an answer gave {receipts}")

    tally = await BounceBox(server.bounces, TOKENS).drain(record)
    assert dict(tally.kinds) == {ReportKind.OTHER: 1}
    assert [path.name for path in (server.bounces / "cur").iterdir()] == ["2.answer:2,S"]


def test_nothing_of_the_system_is_touched():
    """The private instance has its own everything, and all of it ends."""
    before = _etc()
    with postfix() as server:
        assert asyncio.run(deliver(server, f"siapa@{SINK}")).state is SendState.ACCEPTED
        home, pid = server.home, server.process.pid
    assert not home.exists()
    assert not psutil.pid_exists(pid)
    assert _etc() == before


def _etc() -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_size)
        for folder in ("/etc/postfix", "/var/spool/postfix")
        for path in Path(folder).rglob("*")
        if os.path.lexists(path) and not path.is_symlink()
    }
