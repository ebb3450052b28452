"""Delivery reports as servers write them, and as nobody should."""

import asyncio
import base64
import quopri
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.ports import Action, Receipt, ReceiptState
from cakra.kit.errors import SetupError
from cakra.outside.email import BounceBox, ReportKind, read_report
from email_kit import TAG, TOKENS

_RECIPIENT = "Final-Recipient: rfc822; ibu@pemilik.example"
STRANGE_TOKEN = "n-1-2-3.aaaabbbbccccdddd"


def report(
    *recipients: str, to: str = "", envelope_id: str = "", date: str = "Sat, 21 Nov 2026 08:01:00 +0700"
) -> bytes:
    """A report with these recipients' fields, each `Action: …` and what follows."""
    about = f"Reporting-MTA: dns; mx.tujuan.example\r\n{envelope_id and f'Original-Envelope-Id: {envelope_id}'}".strip()
    groups = "\r\n\r\n".join([about, *(f"{_RECIPIENT}\r\n{fields}" for fields in recipients)])
    return (
        f"From: <>\r\nTo: {to or TOKENS.address(TAG)}\r\nDate: {date}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nMaaf.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\n{groups}\r\n\r\n--b--\r\n"
    ).encode()


def short(receipt: Receipt) -> tuple[str | None, ReceiptState, Action, str]:
    return receipt.tag, receipt.state, receipt.action, receipt.code


@pytest.mark.parametrize(
    ("fields", "kind", "state", "code"),
    [
        ("Action: failed\r\nStatus: 5.1.1", ReportKind.FAILED, ReceiptState.FAILED, "5.1.1"),
        ("Action: FAILED (bounced)\r\nStatus: 5.2.2 (mailbox full)", ReportKind.FAILED, ReceiptState.FAILED, "5.2.2"),
        ("Action: failed\r\nStatus: 4.4.7", ReportKind.FAILED, ReceiptState.FAILED, "4.4.7"),
        ("Action: failed", ReportKind.FAILED, ReceiptState.FAILED, ""),
        ("Action: failed\r\nStatus: nonsense", ReportKind.FAILED, ReceiptState.FAILED, ""),
        ("Action: delivered\r\nStatus: 2.1.5", ReportKind.DELIVERED, ReceiptState.DELIVERED, ""),
        ("Action: relayed\r\nStatus: 2.0.0", ReportKind.DELIVERED, ReceiptState.SENT, ""),
    ],
)
def test_an_outcome_becomes_a_receipt(fields, kind, state, code):
    read = read_report(report(fields), TOKENS)
    action = Action.NEXT_CHANNEL if state is ReceiptState.FAILED else Action.NONE
    assert read.kind is kind
    assert [short(one) for one in read.receipts] == [(TAG, state, action, code)]
    assert read.receipts[0].at == datetime(2026, 11, 21, 1, 1, tzinfo=UTC)
    assert "pemilik" not in repr(read)


def test_a_delay_gives_no_receipt():
    read = read_report(report("Action: delayed\r\nStatus: 4.4.1"), TOKENS)
    assert (read.kind, read.receipts) == (ReportKind.DELAYED, ())


def test_each_recipient_of_an_expanded_address_gives_one():
    read = read_report(report("Action: failed\r\nStatus: 5.1.1", "Action: delivered\r\nStatus: 2.0.0"), TOKENS)
    assert [one.state for one in read.receipts] == [ReceiptState.FAILED, ReceiptState.DELIVERED]


def test_policy_is_marked_and_never_stops_the_sender():
    read = read_report(report("Action: failed\r\nStatus: 5.7.1"), TOKENS)
    assert read.on_policy
    assert read.receipts[0].action is Action.NEXT_CHANNEL
    assert not read_report(report("Action: failed\r\nStatus: 5.1.1"), TOKENS).on_policy


@pytest.mark.parametrize(
    ("to", "envelope_id", "kind"),
    [
        ("pos@notif.etle.example", TOKENS.token(TAG), ReportKind.FAILED),
        (f"bounce+{STRANGE_TOKEN}@notif.etle.example", TOKENS.token(TAG), ReportKind.FAILED),
        (f"bounce+{STRANGE_TOKEN}@notif.etle.example", "", ReportKind.FORGED),
        ("pos@notif.etle.example", STRANGE_TOKEN, ReportKind.FORGED),
        ("pos@notif.etle.example", "", ReportKind.OTHER),
        (TOKENS.address(TAG).replace("notif.etle", "lain"), "", ReportKind.OTHER),
        (TOKENS.address(TAG) + ".jahat.example", "", ReportKind.OTHER),
    ],
)
def test_only_a_token_of_ours_counts(to, envelope_id, kind):
    read = read_report(report("Action: failed\r\nStatus: 5.1.1", to=to, envelope_id=envelope_id), TOKENS)
    assert read.kind is kind
    assert [one.tag for one in read.receipts] == ([TAG] if kind is ReportKind.FAILED else [])


@pytest.mark.parametrize("date", ["", "besok", "Sat, 21 Nov 2999 08:01:00 +0700", "Sat, 99 Nov 2026 08:01:00 +0700"])
def test_a_report_without_a_sound_date_is_of_now(date):
    (receipt,) = read_report(report("Action: failed", date=date), TOKENS).receipts
    assert timedelta() <= datetime.now(UTC) - receipt.at < timedelta(minutes=5)


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Sat, 21 Nov 2026000000 08:01:00 +0700",
        "Sat, 21 Nov 2026 08:01:00 +99999999999999999999",
        "Sat, 21 Nov 1902 08:01:00 +0700",
        "=?utf-8?q?x?=",
    ],
)
def test_an_impossible_date_is_now_and_the_failure_counts(date):
    (receipt,) = read_report(report("Action: failed\r\nStatus: 5.1.1", date=date), TOKENS).receipts
    assert receipt.state is ReceiptState.FAILED
    assert timedelta() <= datetime.now(UTC) - receipt.at < timedelta(minutes=5)


FAILED = report("Action: failed\r\nStatus: 5.1.1")
FIELDS = (
    b"Reporting-MTA: dns; mx.tujuan.example\r\n\r\n"
    b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
)


def coded(encoding: bytes, body: bytes) -> bytes:
    """The report with its status part written in an encoding."""
    head, _, rest = FAILED.partition(b"message/delivery-status\r\n\r\n")
    tail = rest[rest.index(b"\r\n--b--") :]
    return head + b"message/delivery-status\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body + tail


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(FAILED.replace(b"multipart/report", b"multipart/mixed"), id="mixed"),
        pytest.param(FAILED.replace(b"message/delivery-status", b"message/global-delivery-status"), id="global"),
        pytest.param(FAILED.replace(b"message/delivery", b"Message/Delivery"), id="case"),
        pytest.param(coded(b"base64", base64.encodebytes(FIELDS)), id="base64"),
        pytest.param(coded(b"quoted-printable", quopri.encodestring(FIELDS)), id="quoted-printable"),
        pytest.param(report("Status: 5.1.1"), id="no action"),
        pytest.param(report("Action: gagal\r\nStatus: 5.1.1"), id="an action of another language"),
        pytest.param(report("Action: not-sent\r\nStatus: 5.1.1"), id="an action of its own"),
        pytest.param(FAILED.replace(b"message/delivery", b"message/x-delivery"), id="an older name of the part"),
        pytest.param(FAILED.replace(b"message/delivery-status", b"application/octet-stream"), id="a part without name"),
        pytest.param(FAILED.replace(b"example\r\n\r\nFinal", b"example\r\nFinal"), id="one group"),
        pytest.param(
            FAILED.replace(b"example\r\n\r\nFinal", b"example\r\nFinal").replace(b"Action: failed\r\n", b""),
            id="one group without an action",
        ),
        pytest.param(report("Diagnostic-Code: smtp; 550 5.1.1 no such user"), id="diagnosis only"),
        pytest.param(
            report("Action: undeliverable\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; 550 5.1.1 x"), id="general"
        ),
        pytest.param(FAILED.replace(b"Maaf.", b"Surat ini panjang. " * 3800), id="long text before it"),
        pytest.param(FAILED.replace(b"Maaf.", "退信 ส่งไม่ได้".encode()), id="another language"),
    ],
)
def test_a_failure_that_is_no_textbook_report_is_one(raw):
    read = read_report(raw, TOKENS)
    assert read.kind is ReportKind.FAILED
    assert [short(one) for one in read.receipts] == [(TAG, ReceiptState.FAILED, Action.NEXT_CHANNEL, "5.1.1")]


def words(text: str, sender: str = "MAILER-DAEMON@mx.tujuan.example", more: str = "", subject: str = "x") -> bytes:
    return (
        f"From: {sender}\r\nTo: {TOKENS.address(TAG)}\r\nSubject: {subject}\r\n{more}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("raw", "kind", "code"),
    [
        (words("<a@b.example>: host mx said: 550 5.1.1 User unknown"), ReportKind.FAILED, "5.1.1"),
        (words("Hi. This is the qmail-send program.\r\nI wasn't able to deliver your message."), ReportKind.FAILED, ""),
        (words("Alamat tujuan\r\ntidak ditemukan.", "postmaster@tujuan.example"), ReportKind.FAILED, ""),
        (words("A message could not be\r\ndelivered.", "Mail System <mail-daemon@x.example>"), ReportKind.FAILED, ""),
        (words("apa pun", "a@b.example", "X-Failed-Recipients: a@b.example\r\n"), ReportKind.FAILED, ""),
        (words("554: delivery error: dd This user doesn't have a tujuan.example account"), ReportKind.FAILED, ""),
        (words("552: 1 Requested mail action aborted"), ReportKind.FAILED, ""),
        (words("Pengiriman telah gagal ke penerima berikut.", "postmaster@x.example"), ReportKind.FAILED, ""),
        (words("x", "postmaster@x.example", subject="Tak Terkirimkan: Konfirmasi"), ReportKind.FAILED, ""),
        (words("Kotak masuk penerima penuh."), ReportKind.FAILED, ""),
        (words("The message had PERMANENT fatal delivery errors!", "MDaemon@x.example"), ReportKind.FAILED, ""),
        (words("Your message was blocked by our Spam Firewall."), ReportKind.FAILED, ""),
        (words("It has NOT BEEN DELIVERED."), ReportKind.FAILED, ""),
        (words("It has not yet been delivered; attempts will continue."), ReportKind.DELAYED, ""),
        (
            words("Masalah sementara. Gmail akan mencoba lagi; Anda diberi tahu jika pengiriman gagal dikirim."),
            ReportKind.DELAYED,
            "",
        ),
        (words("Could not deliver yet; will keep trying for 4 days."), ReportKind.DELAYED, ""),
        (words("Warning: message delayed 24 hours, 451 4.7.1 greylisted"), ReportKind.DELAYED, ""),
        (words("Selamat pagi, kotak surat Anda aktif."), ReportKind.OTHER, ""),
        (words("Saya cuti. Alamat tidak ditemukan. 550 5.1.1", "ibu@pemilik.example"), ReportKind.OTHER, ""),
        (
            words("Out of office", "ibu@pemilik.example", "Auto-Submitted: auto-replied\r\nReturn-Path: <>\r\n"),
            ReportKind.OTHER,
            "",
        ),
        (words("Kami menerima surat Anda.\r\n-----Original Message-----\r\n550 5.1.1"), ReportKind.OTHER, ""),
    ],
)
def test_words_of_a_mail_system_count_where_they_are_plain(raw, kind, code):
    read = read_report(raw, TOKENS)
    assert read.kind is kind
    assert [one.code for one in read.receipts] == ([code] if kind is ReportKind.FAILED else [])


def test_a_passing_code_without_an_action_is_a_delay():
    assert read_report(report("Status: 4.4.1"), TOKENS).kind is ReportKind.DELAYED


@given(raw=st.binary(max_size=300))
def test_no_bytes_make_it_stumble(raw):
    assert read_report(raw, TOKENS).receipts == ()


@given(place=st.integers(0, 700), junk=st.binary(max_size=20))
def test_a_damaged_report_never_speaks_of_another_case(place, junk):
    whole = report("Action: failed\r\nStatus: 5.1.1")
    read = read_report(whole[:place] + junk + whole[place + len(junk) :], TOKENS)
    assert {one.tag for one in read.receipts} <= {TAG}


def test_what_is_made_to_hurt_is_put_aside_quickly():
    to = f"To: {TOKENS.address(TAG)}\r\n"
    nested = to + "".join(f'Content-Type: multipart/report; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(5000))
    long_line = to + "Content-Type: multipart/report; boundary=b\r\n\r\n" + "-" * 5_000_000
    embedded = to + "Content-Type: message/rfc822\r\n\r\n" * 5000
    for raw in (nested, long_line, embedded):
        assert read_report(raw.encode(), TOKENS).receipts == ()


# ---------------------------------------------------------------- the mailbox
@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
    return tmp_path


def tag(number: int) -> str:
    return f"n:1:{number}:1"


def put(maildir: Path, number: int) -> None:
    raw = report("Action: failed\r\nStatus: 5.1.1", to=TOKENS.address(tag(number)))
    (maildir / "new" / f"{number:04}.M1.mx").write_bytes(raw)


class Book:
    def __init__(self) -> None:
        self.tags: list[str | None] = []

    async def record(self, receipts) -> None:
        self.tags += [one.tag for one in receipts]


async def test_a_box_is_emptied_in_rounds_oldest_first(maildir):
    for number in range(7):
        put(maildir, number)
    box, book = BounceBox(maildir, TOKENS), Book()
    rounds = [(await box.drain(book.record, limit=3)).messages for _ in range(4)]
    assert rounds == [3, 3, 1, 0]
    assert book.tags == [tag(number) for number in range(7)]
    assert not list((maildir / "new").iterdir())


async def test_two_readers_at_once_lose_nothing(maildir):
    for number in range(30):
        put(maildir, number)
    book = Book()
    boxes = [BounceBox(maildir, TOKENS) for _ in range(2)]
    await asyncio.gather(*(box.drain(book.record) for box in boxes))
    assert set(book.tags) == {tag(number) for number in range(30)}
    assert not list((maildir / "new").iterdir())


async def test_a_file_that_cannot_be_read_is_put_aside_and_the_rest_goes_on(maildir):
    (maildir / "new" / "0000.folder").mkdir()
    put(maildir, 1)
    book = Book()
    tally = await BounceBox(maildir, TOKENS).drain(book.record)
    assert (book.tags, tally.kinds[ReportKind.OTHER]) == ([tag(1)], 1)
    assert (maildir / "cur" / "0000.folder:2,S").exists()


def test_a_folder_that_is_no_maildir_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(SetupError, match="not a Maildir"):
        BounceBox(tmp_path, TOKENS)
