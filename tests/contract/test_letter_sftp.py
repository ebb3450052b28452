"""A day's letters and OpenSSH as the print house: handed over once, whole and signed, whatever breaks on the way."""

import asyncio
import csv
import hashlib
import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from cakra.core.errors import Conflict, InputError, SetupError, StoreError
from cakra.core.ports import Action, ReceiptState, SendState
from cakra.outside.letter import (
    BatchDesk,
    LetterPress,
    LetterSender,
    LetterSpool,
    read_batch_key,
    receive_responses,
)
from cakra.outside.letter.spool import KeptLetter, file_hash
from letter_kit import ADDRESS, AGENCY, SshPeer, letter, make_key, require_openssh, running_sshd

DAY = date(2026, 11, 21)
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"tests").digest())


@pytest.fixture(scope="module")
def server():
    require_openssh()
    with running_sshd() as peer:
        yield peer


@pytest.fixture
def peer(server) -> SshPeer:
    for file in server.drop.iterdir():
        file.unlink()
    return server


@pytest.fixture
def spool(tmp_path) -> LetterSpool:
    return LetterSpool(tmp_path / "spool")


def fill(spool: LetterSpool, count: int = 3, size: int = 2_000) -> list[str]:
    """Letters of the day that need no setting; their tags."""
    for number in range(count):
        pdf = b"%PDF" + number.to_bytes(4) + bytes(size)
        kept = KeptLetter(f"t{number}", f"REF{number:04d}", 2, file_hash(pdf), ADDRESS)
        spool.keep(kept, pdf, AT)
    return [f"t{number}" for number in range(count)]


def desk(spool: LetterSpool, peer: SshPeer, **changed) -> BatchDesk:
    return BatchDesk(spool, peer.house(**changed), KEY)


def names(peer: SshPeer) -> list[str]:
    return sorted(file.name for file in peer.drop.iterdir())


def whole(peer: SshPeer) -> bool:
    """What the print house checks before it prints."""
    archive = peer.drop / "CAKRA-20261121.zip"
    said = (peer.drop / "CAKRA-20261121.done").read_text()
    return said == f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}\n"


def checks_out(folder: Path) -> int:
    """How many files coreutils and OpenSSL find as the archive says."""
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "public.pem").write_bytes(public)
    verify = "openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig"
    subprocess.run(verify.split(), cwd=folder, capture_output=True, check=True)
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=True)
    return checked.stdout.count(": OK")


async def test_set_kept_and_handed_over_as_a_signed_archive(peer, spool, tmp_path):
    sender = LetterSender(AGENCY, LetterPress(demo=True), spool)
    results = [await sender.send(letter(f"tag-{number}")) for number in range(3)]
    await sender.close()
    assert {result.state for result in results} == {SendState.HELD}
    (day,) = spool.waiting_days()
    batch = await desk(spool, peer).close_batch(day)
    assert batch is not None
    assert set(batch.tags) == {"tag-0", "tag-1", "tag-2"}
    assert {batch.provider_id(one) for one in batch.letters} == {result.provider_id for result in results}
    assert names(peer) == [f"{batch.name}.done", f"{batch.name}.zip"]
    assert spool.waiting_days() == []

    with zipfile.ZipFile(peer.drop / f"{batch.name}.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    folder = tmp_path / batch.name
    assert checks_out(folder) == 4
    lines = list(csv.DictReader(io.StringIO((folder / "manifest.csv").read_text("utf-8"))))
    assert [line["seq"] for line in lines] == ["1", "2", "3"]
    first = lines[0]
    assert (first["name"], first["addr1"]) == (ADDRESS.name, ADDRESS.lines[0])
    assert (first["kelurahan"], first["kecamatan"], first["kota"], first["kodepos"]) == (
        "Kebon Kacang", "Tanah Abang", "Kota Jakarta Pusat", "10240",
    )  # fmt: skip
    pdf = (folder / "letters" / f"{first['ref']}.pdf").read_bytes()
    assert (pdf[:5], hashlib.sha256(pdf).hexdigest(), first["pages"]) == (b"%PDF-", first["sha256"], "2")


async def test_a_second_run_hands_nothing_over_again_and_needs_no_server(spool):
    require_openssh()
    with running_sshd() as peer:
        tags = fill(spool)
        first = await desk(spool, peer).close_batch(DAY)
        peer.stop()
        assert await desk(spool, peer).close_batch(DAY) == first
    assert first is not None
    assert sorted(first.tags) == tags


async def test_a_day_without_letters_hands_nothing_over_and_stays_open(peer, spool):
    assert await desk(spool, peer).close_batch(DAY) is None
    assert names(peer) == []
    fill(spool)
    assert await desk(spool, peer).close_batch(DAY) is not None


async def test_a_letter_after_the_close_goes_into_the_next_batch(peer, spool):
    fill(spool)
    await desk(spool, peer).close_batch(DAY)
    late = spool.keep(KeptLetter("late", "REFLATE", 2, file_hash(b"pdf"), ADDRESS), b"pdf", AT)
    assert late.day == DAY + timedelta(days=1)
    second = await desk(spool, peer).close_batch(late.day)
    assert second is not None
    assert second.tags == ("late",)


PROGRAM = """
import asyncio, sys
sys.path[:0] = sys.argv[6:]
from datetime import date
from pathlib import Path
from cakra.outside.letter import BatchDesk, LetterSpool, PrintHouse, read_batch_key
spool, port, home, key, user = sys.argv[1:6]
home = Path(home)
house = PrintHouse("127.0.0.1", int(port), user, home / "client", home / "known_hosts", str(home / "drop"))
asyncio.run(BatchDesk(LetterSpool(Path(spool)), house, read_batch_key(Path(key))).close_batch(date(2026, 11, 21)))
"""


@pytest.mark.parametrize("killed_at", ["CAKRA-20261121.zip.part", "CAKRA-20261121.zip", "CAKRA-20261121.done.part"])
def test_a_run_that_is_killed_is_finished_by_the_next(peer, spool, tmp_path, killed_at):
    tags = fill(spool, 8, 3_000_000)
    key = tmp_path / "batch.pem"
    key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    house = peer.house()
    command = [sys.executable, "-c", PROGRAM, spool.root, str(peer.port), peer.home, key, house.user]
    process = subprocess.Popen([*command, str(Path(__file__).parents[2])], stderr=subprocess.DEVNULL)
    until(lambda: (peer.drop / killed_at).exists() or process.poll() is not None)
    process.kill()
    process.wait()
    batch = asyncio.run(desk(spool, peer).close_batch(DAY))
    assert batch is not None
    assert sorted(batch.tags) == sorted(tags)
    assert whole(peer)
    assert [name for name in names(peer) if name.endswith((".zip", ".done"))] == [
        "CAKRA-20261121.done",
        "CAKRA-20261121.zip",
    ]


async def test_what_a_crash_left_behind_is_written_over(peer, spool):
    fill(spool)
    (peer.drop / "CAKRA-20261121.zip.part").write_bytes(b"half of it")
    await desk(spool, peer).close_batch(DAY)
    assert names(peer) == ["CAKRA-20261121.done", "CAKRA-20261121.zip"]
    assert whole(peer)


async def test_after_the_rename_only_the_marker_is_missing(peer, spool):
    fill(spool)
    await desk(spool, peer).close_batch(DAY)
    before = (peer.drop / "CAKRA-20261121.zip").stat()
    (peer.drop / "CAKRA-20261121.done").unlink()
    spool.handed_over(DAY).unlink()
    await desk(spool, peer).close_batch(DAY)
    after = (peer.drop / "CAKRA-20261121.zip").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert whole(peer)


@pytest.mark.parametrize("taken", ["CAKRA-20261121.zip", "CAKRA-20261121.done"])
async def test_something_else_under_the_batchs_name_is_never_overwritten(peer, spool, taken):
    fill(spool)
    (peer.drop / taken).write_bytes(b"not ours")
    with pytest.raises(Conflict, match="not what we would hand over"):
        await desk(spool, peer).close_batch(DAY)
    assert (peer.drop / taken).read_bytes() == b"not ours"
    assert spool.waiting_days() == [DAY]


async def test_a_server_with_another_host_key_gets_nothing(peer, spool, tmp_path):
    fill(spool)
    make_key(tmp_path / "other")
    with pytest.raises(SetupError, match="host key of the print house"):
        await desk(spool, peer, known_hosts=peer.known_as(tmp_path / "other.pub")).close_batch(DAY)
    assert names(peer) == []
    with pytest.raises(SetupError, match="cannot be read"):
        await desk(spool, peer, known_hosts=tmp_path / "none").close_batch(DAY)


async def test_a_refused_key_and_a_missing_folder_are_told(peer, spool, tmp_path):
    fill(spool)
    make_key(tmp_path / "client")
    house = peer.house()
    for wrong, why in (
        ({"key_file": tmp_path / "client"}, "was refused"),
        ({"key_file": tmp_path / "none"}, "cannot be read"),
        ({"folder": str(peer.home / "nowhere")}, "folder"),
    ):
        values = {name: getattr(house, name) for name in house.__slots__} | wrong
        with pytest.raises(SetupError, match=why):
            await BatchDesk(spool, type(house)(**values), KEY).close_batch(DAY)
    assert spool.waiting_days() == [DAY]


async def test_a_print_house_that_is_gone_is_told_in_words_and_nothing_is_lost(spool):
    require_openssh()
    tags = fill(spool)
    with running_sshd() as peer:
        peer.stop()
        with pytest.raises(StoreError, match="nothing is lost, run it again") as told:
            await desk(spool, peer).close_batch(DAY)
        assert told.value.code == "print_house"
    with running_sshd() as peer:
        batch = await desk(spool, peer).close_batch(DAY)
    assert batch is not None
    assert sorted(batch.tags) == tags


async def test_a_print_house_that_lets_nothing_be_written_is_told(spool):
    require_openssh()
    fill(spool)
    with running_sshd(read_only=True) as peer:
        with pytest.raises(SetupError, match="folder"):
            await desk(spool, peer).close_batch(DAY)
        assert names(peer) == []


async def test_two_processes_do_not_hand_the_same_day_over(peer, spool):
    fill(spool)
    results = await asyncio.gather(*(desk(spool, peer).close_batch(DAY) for _ in range(3)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Batch", "Conflict", "Conflict"]
    assert whole(peer)


async def test_a_damaged_letter_stops_the_batch_before_it_leaves(peer, spool):
    fill(spool)
    (spool.folder(DAY) / "REF0001.pdf").write_bytes(b"%PDF gone wrong")
    with pytest.raises(StoreError, match=r"REF0001.*damaged"):
        await desk(spool, peer).close_batch(DAY)
    assert names(peer) == []


def test_a_signing_key_of_another_kind_is_refused(tmp_path):
    make_key(tmp_path / "ssh")
    subprocess.run(["openssl", "genpkey", "-algorithm", "x25519", "-out", tmp_path / "x"], check=True)
    for name, why in (("x", "not an Ed25519"), ("ssh", "cannot be read"), ("none", "cannot be read")):
        with pytest.raises(SetupError, match=why):
            read_batch_key(tmp_path / name)


RESPONSE = """\
ref,resi,status,ts,reason
REF0000,P2611210001,dispatched,2026-11-21T18:05:00+07:00,
ref0001,P2611210002,Dispatched,2026-11-21 18:05:00,
REF0001,P2611210002,returned,2026-11-25T09:00:00+07:00,pindah alamat
REF0002,,rejected,2026-11-21T17:40:00+07:00,berkas rusak
REF9999,P1,dispatched,2026-11-21T18:05:00+07:00,
REF0000,P1,lost,2026-11-21T18:05:00+07:00,
REF0000,P1,dispatched,kemarin,
REF0000,P1,dispatched,2027-11-21T18:05:00+07:00,
REF0000,P1,dispatched,2026-11-21T18:05:00+07:00,,surplus
"""


async def test_the_printers_answers_become_receipts_and_wrong_lines_are_kept_apart(peer, spool):
    fill(spool)
    assert await desk(spool, peer).close_batch(DAY) is not None
    (peer.drop / "CAKRA-20261121.response.csv").write_text(RESPONSE)
    files = await peer.house().responses(str(peer.drop))
    ((written, raw),) = files.items()
    assert (written.name, written.size) == ("CAKRA-20261121.response.csv", len(RESPONSE))
    assert await peer.house().responses(str(peer.drop), known=files) == {}, "what is known is not fetched again"
    at = datetime(2026, 11, 26, tzinfo=UTC)
    found = receive_responses(spool, written.name, raw, at)
    posted = datetime(2026, 11, 21, 11, 5, tzinfo=UTC)
    assert [(one.tag, one.state, one.action, one.at) for one in found.receipts] == [
        ("t0", ReceiptState.DELIVERED, Action.NONE, posted),
        ("t1", ReceiptState.DELIVERED, Action.NONE, posted),
        ("t1", ReceiptState.RETURNED, Action.NEXT_CHANNEL, datetime(2026, 11, 25, 2, tzinfo=UTC)),
        ("t2", ReceiptState.FAILED, Action.FIX_US, datetime(2026, 11, 21, 10, 40, tzinfo=UTC)),
    ]
    assert found.receipts[0].provider_id == "CAKRA-20261121/REF0000"
    assert found.receipts[2].detail == "resi P2611210002; pindah alamat"
    assert [(one.line, one.why.split(" ")[-1]) for one in found.quarantined] == [
        (6, "have"), (7, "rejected"), (8, "2026-11-21T17:30:00+07:00"), (9, "future"), (10, "columns"),
    ]  # fmt: skip
    (kept,) = (spool.root / "quarantine").iterdir()
    assert "REF9999" in kept.read_text()
    again = receive_responses(spool, "CAKRA-20261121.response.csv", RESPONSE.encode(), at)
    assert again == found


@pytest.mark.parametrize(
    ("name", "raw", "why"),
    [
        ("antwort.csv", b"ref,status,ts\n", "does not begin with a batch"),
        ("CAKRA-20261122.csv", b"ref,status,ts\n", "never closed"),
        ("CAKRA-20261399.csv", b"ref,status,ts\n", "no batch of ours"),
        ("LAIN-20261121.csv", b"ref,status,ts\n", "no batch of ours"),
        ("CAKRA-20261121.csv", b"", "no column ref, status, ts"),
        ("CAKRA-20261121.csv", b"ref,resi\n", "no column status, ts"),
        ("CAKRA-20261121.csv", b"ref,status,ts\n\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_response_is_refused_whole(spool, name, raw, why):
    fill(spool)
    spool.freeze(DAY)
    with pytest.raises(InputError, match=why):
        receive_responses(spool, name, raw, AT)


def test_a_response_saved_by_a_spreadsheet_is_read(spool):
    fill(spool)
    spool.freeze(DAY)
    raw = "\ufeffREF;Resi;Status;TS;Reason\r\nREF0000;;DISPATCHED;2026-11-21T10:00:00;\r\n".encode()
    (receipt,) = receive_responses(spool, "CAKRA-20261121.csv", raw, AT).receipts
    assert (receipt.tag, receipt.at) == ("t0", AT)


@pytest.mark.parametrize("ts", ["21/11/2026 10:00", "21-11-2026 10.00.00", "20261121100000", "'2026-11-21 10:00:00"])
def test_a_time_as_a_spreadsheet_of_this_region_writes_it_is_read(spool, ts):
    fill(spool)
    spool.freeze(DAY)
    raw = f"ref\tstatus\tts\r\nREF0000\tdispatched\t{ts}\r\n".encode()
    (receipt,) = receive_responses(spool, "CAKRA-20261121.csv", raw, AT).receipts
    assert receipt.at == AT


def test_an_open_quote_costs_its_own_line_and_no_other_letter(spool):
    fill(spool)
    spool.freeze(DAY)
    lines = [
        "ref;status;ts;reason",
        'REF0000;returned;2026-11-21T10:00:00;"alamat tidak',
        "REF0001;dispatched;2026-11-21T10:00:00;",
        "REF0002;dispatched;2026-11-21T10:00:00;",
    ]
    found = receive_responses(spool, "CAKRA-20261121.csv", "\r\n".join(lines).encode(), AT)
    assert [receipt.tag for receipt in found.receipts] == ["t1", "t2"]
    assert [(one.line, "quotation mark" in one.why) for one in found.quarantined] == [(2, True)]


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)
