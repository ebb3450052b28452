"""A letter's way: kept until the day's batch, handed over to OpenSSH, posted, and sometimes brought back."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.case_rows import SHUTTER
from tests.core.law_texts import packaged_deadlines

from cakra.core.delivery.ladder import Rung
from cakra.core.errors import SetupError
from cakra.core.ports import Channel
from cakra.core.states.deadline import confirm_by, policies_for
from cakra.core.states.journey import State
from cakra.delivery.ladder import expire_sends
from cakra.delivery.pause.pausing import pause, resume
from cakra.delivery.post import take_own_spool
from cakra.journey.staff.officers import add_officer
from cakra.kit.settings import Settings
from cakra.wiring.lanes import WorkerProcess, proof_desk
from cakra.wiring.outgoing.channels import channels_in_use, dispatch_desks, sender_names
from cakra.wiring.outgoing.letters import letter_spool, print_day
from cakra.wiring.world import open_world, require_safe_provider
from camera_kit import ROOT_KEY
from dispatch_kit import PHONE
from letter_kit import SshPeer, letter, require_openssh, running_sshd
from smtp_sink import smtp_sink
from whatsapp_peer import NUMBER_ID, SECRET, TOKEN, VARIABLES
from zygote import run_cakra

NOT_HERE = 131026
PATIENCE_S = 30.0
POST = (Rung(Channel.LETTER, "delivered", 1_209_600.0),)
LADDER = (Rung(Channel.WHATSAPP, "delivered", 600.0), Rung(Channel.EMAIL, "delivered", 7200.0), *POST)
CONTENT = {
    "recipient": PHONE,
    "link_suffix": "7K2M9QX4B3",
    "variables": VARIABLES,
    "email": {"recipient": "ibu@pemilik.example", "subject": "Permintaan konfirmasi", "text": "Isi.", "html": ""},
    "letter": {
        "name": "SITI CONTOH",
        "lines": ["Jl. Rekaan No. 1", "Jakarta Pusat"],
        "postcode": "10110",
        "variables": letter("").variables,
    },
}


@pytest.fixture(scope="module")
def server():
    require_openssh()
    with running_sshd() as peer:
        yield peer


@pytest.fixture
def house(server) -> SshPeer:
    for file in server.drop.iterdir():
        file.unlink()
    return server


@pytest.fixture
async def officers(pool):
    for username in ("komandan", "wakil"):
        await add_officer(
            pool, username, name=username, rank="", role="commander", certified=False, password="a long enough password"
        )


def settings_of(database_url, folder, peer, house, *, email=None, **changed):
    key = folder / "batch.pem"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "bounces").mkdir(exist_ok=True)
    for part in ("new", "cur", "tmp"):
        (folder / "bounces" / part).mkdir(exist_ok=True)
    account = house.house()
    told = {
        "enabled": True,
        "spool": folder / "spool",
        "cut_off": time(0),
        "look_every_s": 0.2,
        "host": account.host,
        "port": account.port,
        "user": account.user,
        "key_file": account.key_file,
        "known_hosts": account.known_hosts,
        "folder": account.folder,
        "responses": account.folder,
        "signing_key": key,
    }
    return Settings(
        database={"url": database_url},
        keys={"root": ROOT_KEY.hex()},
        photos={"url": str(folder / "photos")},
        whatsapp={
            "base_url": peer.url,
            "phone_number_id": NUMBER_ID,
            "access_token": TOKEN,
            "app_secret": SECRET,
            "display_number": "+62 811-0000-0000",
        },
        email=email or {},
        letter=told | changed,
        worker={"sweep_s": 0.2},
    )


class Room:
    """A world with letters switched on: its desk, its print house's day and its notices."""

    def __init__(self, ground, world, house):
        self.ground, self.world, self.house = ground, world, house
        self.proofs = proof_desk(world)
        self.day = print_day(world, self.proofs)
        self.desks = dispatch_desks(world)
        (self.desk,) = [desk for desk in self.desks if desk.channel is Channel.LETTER]

    async def queue(self, **how):
        return await self.ground.queue(plan=POST, content=CONTENT | how.pop("said", {}), **how)

    async def keep(self, **how):
        queued = await self.queue(**how)
        await self.ground.send(self.desk)
        return queued

    async def state(self, queued):
        row = await self.ground.notice(queued)
        return row["state"], row["step"]

    def names(self):
        return sorted(file.name for file in self.house.drop.iterdir())

    def respond(self, *lines, name="jawaban"):
        batch = self.spool_batch()
        (self.house.drop / f"{batch}.{name}.csv").write_text("ref,resi,status,ts,reason\n" + "\n".join(lines) + "\n")

    def spool_batch(self):
        return next(name.removesuffix(".done") for name in self.names() if name.endswith(".done"))

    async def read(self):
        return await self.day.read_responses(datetime.now(UTC))

    async def hand_over(self):
        return await self.day.hand_over(datetime.now(UTC))

    async def deliver(self, **how):
        """A letter that was posted; its notice."""
        queued = await self.keep(**how)
        await self.hand_over()
        self.respond(line("dispatched"))
        await self.read()
        return queued


def line(status, *, reference=CONTENT["link_suffix"], at=None, reason=""):
    return f"{reference},P2611210001,{status},{(at or datetime.now(UTC)).isoformat()},{reason}"


@asynccontextmanager
async def room_of(ground, settings, house):
    async with open_world(settings, "test letters") as world:
        room = Room(ground, world, house)
        try:
            yield room
        finally:
            for desk in room.desks:
                await desk.sender.close()


@pytest.fixture
async def room(ground, database_url, tmp_path, house):
    async with room_of(ground, settings_of(database_url, tmp_path, ground.peer, house), house) as room:
        yield room


async def until(holds):
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await holds()):  # noqa: ASYNC110 - what is waited for rings no event here
            await asyncio.sleep(0.05)
    return found


# ---------------------------------------------------------------- the batch
async def test_a_letter_waits_for_its_batch_without_growing_silent_and_is_handed_over_with_it(room):
    queued = await room.keep()
    assert await room.state(queued) == ("held", None), "no clock runs before the print house has it"
    assert (await room.ground.attempt(queued))["code"] == "in_batch"
    done = await room.hand_over()
    (batch,) = done.batches
    assert room.names() == [f"{batch.name}.done", f"{batch.name}.zip"]
    notice = await room.ground.notice(queued)
    assert (notice["state"], notice["step"]) == ("accepted", "settle")
    assert notice["handed_over_at"] is not None
    assert notice["due_at"] - notice["handed_over_at"] > timedelta(days=13), "the rung's own time, from here"
    assert (await room.ground.case(queued)).state is State.NOTIFYING
    again = await room.hand_over()
    assert again.batches == []


async def test_before_the_cut_off_nothing_leaves(ground, database_url, tmp_path, house):
    at = datetime.now(UTC)
    settings = settings_of(database_url, tmp_path, ground.peer, house, zone="UTC", cut_off=time(23, 59, 59))
    async with room_of(ground, settings, house) as room:
        queued = await room.keep()
        early = at.replace(hour=23, minute=59, second=58)
        assert (await room.day.hand_over(early)).batches == []
        assert await room.state(queued) == ("held", None)
        (batch,) = (await room.day.hand_over(early + timedelta(seconds=1))).batches
        assert batch.day == at.date()


async def test_a_print_house_that_does_not_answer_costs_a_later_try_and_no_letter(room):
    queued = await room.keep()
    gone = replace(room.day.desk, house=replace(room.day.desk.house, port=1))
    room.day.desk, well = gone, room.day.desk
    assert await room.day.run() == 0, "told in the log, the lane goes on"
    assert await room.state(queued) == ("held", None)
    room.day.desk = well
    assert len((await room.hand_over()).batches) == 1
    assert (await room.state(queued))[0] == "accepted"


async def test_a_kill_between_the_hand_over_and_telling_the_notices_is_made_good(room):
    queued = await room.keep()
    day = room.day.spool.waiting_days()[0]
    await room.day.desk.close_batch(day)  # and then the process was killed
    assert (await room.state(queued))[0] == "held"
    assert (await room.hand_over()).batches == []
    assert (await room.state(queued))[0] == "accepted"


async def test_what_need_not_leave_any_more_is_taken_out_of_the_batch(room):
    answered, mailed, wanted = [await room.keep(said={"link_suffix": f"{number}K2M9QX4B3"}) for number in range(3)]
    await room.ground.pool.execute(
        "update case_file set state = 'answered', previous_state = 'notifying' where case_id = $1", answered.case_id
    )
    await room.ground.pool.execute("update notice set state = 'delivered' where notice_id = $1", mailed.notice_id)
    (batch,) = (await room.hand_over()).batches
    assert batch.tags == (wanted.tag(),)
    assert [(await room.state(one))[0] for one in (answered, mailed, wanted)] == ["cancelled", "delivered", "accepted"]
    assert await room.ground.told(answered) == ["letter_cancelled"]
    assert room.day.spool.find(answered.tag()).withdrawn


@pytest.mark.parametrize(("level", "key"), [("everything", ""), ("channel", "letter"), ("sender", "Surat Ditlantas")])
async def test_a_pause_holds_the_batch_and_its_end_lets_it_go(room, officers, level, key):
    queued = await room.keep()
    pause_id = await pause(room.world.pool, level, key, by="komandan", reason="Salah cetak")
    held = await room.hand_over()
    assert (held.paused, held.batches, room.names()) == (True, [], [])
    assert await room.state(queued) == ("held", None)
    await resume(room.world.pool, pause_id, by="wakil", reason="Diperbaiki")
    assert len((await room.hand_over()).batches) == 1


async def test_a_pause_while_a_batch_is_packed_is_asked_for_right_before_the_line_is_opened(room, officers):
    queued = await room.keep()
    asked = []

    async def paused_meanwhile():
        asked.append(len(list(room.day.spool.out.glob("*.zip"))))
        return False

    (day,) = room.day.spool.waiting_days()
    assert await room.day.desk.close_batch(day, paused_meanwhile) is None
    assert (asked, room.names()) == ([1], [])
    assert await room.state(queued) == ("held", None)
    assert len((await room.hand_over()).batches) == 1


async def test_letters_of_a_paused_jurisdiction_wait_for_the_day_after(room, officers):
    queued = await room.keep()
    await room.world.pool.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells) values ('PMJ', 'P', 'Asia/Jakarta', 0, 1)"
        " on conflict do nothing"
    )
    day = room.day.spool.find(queued.tag()).day
    pause_id = await pause(room.world.pool, "jurisdiction", "PMJ", by="komandan", reason="Diperiksa")
    assert (await room.hand_over()).batches == []
    assert room.day.spool.find(queued.tag()).day == day + timedelta(days=1)
    await resume(room.world.pool, pause_id, by="wakil", reason="Selesai")
    (batch,) = (await room.day.hand_over(datetime.now(UTC) + timedelta(days=1))).batches
    assert batch.tags == (queued.tag(),)


async def test_of_several_workers_one_does_the_day(room):
    async with room.day.alone() as mine, room.day.alone() as other:
        assert (mine, other) == (True, False)
    async with room.day.alone() as mine:
        assert mine


# ---------------------------------------------------------------- what comes back
async def test_posting_proves_the_letter_and_starts_the_deadline_by_the_laws_anchor(room):
    queued = await room.keep()
    await room.hand_over()
    posted = datetime.now(UTC).replace(microsecond=0)
    room.respond(line("dispatched", at=posted))
    assert (await room.read()).receipts == 1
    case, notice = await room.ground.case(queued), await room.ground.notice(queued)
    assert (notice["state"], case.state, case.delivered_at) == ("delivered", State.NOTIFIED, notice["delivered_at"])
    policies = policies_for(packaged_deadlines(), case.jurisdiction, SHUTTER.date())
    until = confirm_by(policies, violation=case.occurred_at, sent=notice["handed_over_at"], delivered=case.delivered_at)
    assert case.confirm_by == until
    assert until > posted
    assert (await room.read()).receipts == 0, "a file that was read is not fetched again"


@pytest.mark.parametrize("state", ["notified", "lapsed", "blocked"])
async def test_a_letter_that_comes_back_takes_its_proof_back(room, state):
    queued = await room.deliver()
    before = await room.ground.case(queued)
    path = {"notified": [], "lapsed": ["lapsed"], "blocked": ["lapsed", "blocked"]}[state]
    for previous, following in zip(["notified", *path], path, strict=False):
        await room.ground.pool.execute(
            "update case_file set state = $2, previous_state = $3 where case_id = $1",
            queued.case_id,
            following,
            previous,
        )
    room.respond(line("returned", reason="pindah alamat"), name="kembali")
    await room.read()
    case, notice = await room.ground.case(queued), await room.ground.notice(queued)
    assert before.confirm_by is not None
    assert (case.state, case.confirm_by, case.delivered_at, case.step) == (State.UNDELIVERABLE, None, None, None)
    assert (notice["state"], notice["delivered_at"]) == ("failed", None)
    assert (await room.ground.told(queued))[-1] == "letter_returned"
    room.respond(line("dispatched"), name="terlambat")
    await room.read()
    assert (await room.ground.case(queued)).state is State.UNDELIVERABLE, "an older word does not undo it"


async def test_a_letter_that_comes_back_after_the_answer_changes_nothing(room):
    queued = await room.deliver()
    await room.ground.pool.execute(
        "update case_file set state = 'answered', previous_state = 'notified' where case_id = $1", queued.case_id
    )
    room.respond(line("returned"), name="kembali")
    await room.read()
    case = await room.ground.case(queued)
    assert (case.state, case.confirm_by is not None) == (State.ANSWERED, True)


async def test_a_file_that_the_printer_refused_ends_the_rung(room):
    queued = await room.keep()
    await room.hand_over()
    room.respond(line("rejected", reason="berkas rusak"))
    await room.read()
    assert (await room.ground.case(queued)).state is State.UNDELIVERABLE


async def test_a_receipt_for_an_unknown_letter_is_told_and_the_file_kept(room):
    queued = await room.keep()
    await room.hand_over()
    room.respond(line("dispatched", reference="7K2M9QX4B9"), line("dispatched"))
    (room.house.drop / "daftar.csv").write_text("ref,status,ts\n")
    said = await room.read()
    told = {file: why for file, _line, why in said.unusable}
    assert "names a letter that batch" in told.pop(f"{room.spool_batch()}.jawaban.csv")
    assert "does not begin with a batch's name" in told.pop("daftar.csv")
    assert (await room.ground.case(queued)).state is State.NOTIFIED, "the other line counts"
    kept = sorted(file.name.split(".")[0] for file in room.day.spool.quarantine.iterdir())
    assert kept == [room.spool_batch(), "daftar", "daftar"]
    assert (await room.read()).unusable == []


async def test_what_cannot_be_read_in_the_spool_holds_up_no_other_letter(room):
    """A letter's file that is broken, a folder that is no day: the day leaves without them."""
    queued = await room.keep()
    spool = room.day.spool
    today = spool.waiting_days()[-1]
    (spool.folder(today) / "ZZZZ.json").write_bytes(b"{")
    (spool.root / "2026-13-45").mkdir()
    older = spool.folder(today - timedelta(days=1))
    older.mkdir()
    (older / "YYYY.json").write_bytes(b"[1]")
    await room.hand_over()
    assert len(room.names()) >= 2
    assert await room.state(queued) == ("accepted", "settle")


async def test_a_second_spool_is_refused_in_one_sentence_and_moved_on_purpose(ground, database_url, tmp_path, house):
    settings = settings_of(database_url, tmp_path, ground.peer, house)
    async with room_of(ground, settings, house) as room:
        queued = await room.keep()
        async with room.day.alone() as mine:
            assert mine
        moved = (tmp_path / "spool").rename(tmp_path / "moved")
        for folder, wrong in ((moved, False), (tmp_path / "another", True)):
            told = settings.model_copy(update={"letter": settings.letter.model_copy(update={"spool": folder})})
            async with open_world(told, "second host") as world:
                day = print_day(world, proof_desk(world))
                if not wrong:
                    async with day.alone() as mine:
                        assert mine, "moved whole, it is the one it was"
                    continue
                with pytest.raises(SetupError, match=r"Letters wait in another spool \(.*/spool on "):
                    async with day.alone():
                        pass
                with pytest.raises(SetupError, match="another spool"):
                    await WorkerProcess(world, steps=("sending",)).run(asyncio.Event())
                before, lost = await take_own_spool(world.pool, day.spool)
                assert (before.folder, lost) == (str(tmp_path / "spool"), 1)
                async with day.alone() as mine:
                    assert mine
                await day.recover()
        assert await room.state(queued) == ("queued", "dispatch"), "what only the lost one kept is set anew"


async def test_letters_and_addresses_are_erased_when_their_time_is_up(room):
    queued = await room.deliver()
    mark = room.day.spool.find(queued.tag())
    keep = timedelta(days=room.world.settings.letter.keep_days)
    assert await room.day.forget(datetime.now(UTC) + keep - timedelta(days=1)) == 0
    assert await room.day.forget(datetime.now(UTC) + keep + timedelta(days=1)) == 3
    assert list(room.day.spool.folder(mark.day).glob("*.pdf")) == []
    room.respond(line("returned"), name="kembali")
    await room.read()
    assert (await room.ground.case(queued)).state is State.UNDELIVERABLE, "its receipts are still understood"


async def test_an_operator_does_the_day_by_hand(room, database_url, tmp_path):
    queued = await room.keep()
    told = room.world.settings.letter
    settings = {name: getattr(told, name) for name in ("spool", "host", "port", "user", "key_file", "known_hosts")}
    settings |= {"folder": told.folder, "responses": told.responses, "signing_key": told.signing_key, "enabled": True}

    async def cakra(*words, **changed):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
        env = {f"CAKRA_LETTER__{name.upper()}": str(value) for name, value in (settings | changed).items()}
        env |= {"CAKRA_DATABASE__URL": database_url, "CAKRA_KEYS__ROOT": ROOT_KEY.hex(), "COLUMNS": "200"}
        done = await asyncio.to_thread(run_cakra, ["letter", *words], folder=tmp_path, variables=clean | env)
        return done.returncode, done.stdout + done.stderr

    day = room.day.spool.find(queued.tag()).day.isoformat()
    assert "open" in (await cakra("list"))[1]
    assert f"{CONTENT['link_suffix']}.pdf" in (await cakra("list", "--day", day))[1]
    code, said = await cakra("batch", host="")
    assert (code, "CAKRA_LETTER__HOST" in said) == (2, True)
    code, said = await cakra("batch", "--day", day)
    assert (code, "1 letters are with the print house" in said) == (0, True)
    assert (await room.state(queued))[0] == "accepted"
    room.respond(line("dispatched"), line("dispatched", reference="7K2M9QX4B9"))
    code, said = await cakra("responses")
    assert (code, "1 receipts were applied" in said, "names a letter that batch" in said) == (0, True, True)
    assert (await room.ground.case(queued)).state is State.NOTIFIED
    assert "with the print house" in (await cakra("list"))[1]


# ---------------------------------------------------------------- kills
async def test_a_kill_between_keeping_and_recording_gives_one_letter(room):
    queued = await room.queue()
    (outgoing,) = await room.desk.claim(1, "killed", None)
    await room.desk.send(outgoing)  # and then the process was killed
    await room.ground.pass_time(queued, "sending")
    await expire_sends(room.world.pool, None)
    assert (await room.state(queued))[0] == "unknown"
    assert await room.day.recover() == 1
    assert await room.state(queued) == ("held", None)
    assert await room.ground.send(room.desk) == [], "it is not set again"
    (batch,) = (await room.hand_over()).batches
    assert batch.tags == (queued.tag(),)
    assert (await room.state(queued))[0] == "accepted"


async def test_a_kill_before_keeping_is_found_out_and_the_letter_set_once_more(room):
    queued = await room.queue()
    (outgoing,) = await room.desk.claim(1, "slow", None)
    await room.ground.pass_time(queued, "sending")
    await expire_sends(room.world.pool, None)
    assert await room.day.recover() == 1
    assert await room.state(queued) == ("queued", "dispatch")
    late = await room.desk.send(outgoing)  # it was only slow: the spool refuses what was asked for anew
    await room.desk.record([late])
    assert late.result.code == "withdrawn"
    await room.ground.send(room.desk)
    (batch,) = (await room.hand_over()).batches
    assert batch.tags == (queued.tag(2),)


KILLED = """
import asyncio, os, signal, sys
sys.path[:0] = sys.argv[1:]
from cakra.kit.settings import load_settings
from cakra.outside.letter import LetterSpool
from cakra.wiring.lanes import WorkerProcess
from cakra.wiring.world import open_world
keep = LetterSpool.keep
def and_die(self, *told):
    keep(self, *told)
    os.kill(os.getpid(), signal.SIGKILL)
LetterSpool.keep = and_die
async def main():
    async with open_world(load_settings(), "killed") as world:
        await WorkerProcess(world, steps=("sending",)).run(asyncio.Event())
asyncio.run(main())
"""


async def test_a_worker_that_dies_with_the_letter_kept_and_one_that_follows_make_one_letter(
    ground, database_url, tmp_path, house
):
    settings = settings_of(database_url, tmp_path, ground.peer, house)
    queued = await ground.queue(plan=POST, content=CONTENT)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
    told = {
        "DATABASE__URL": database_url,
        "KEYS__ROOT": ROOT_KEY.hex(),
        "PHOTOS__URL": str(tmp_path / "photos"),
        "WHATSAPP__BASE_URL": ground.peer.url,
        "WHATSAPP__DISPLAY_NUMBER": settings.whatsapp.display_number,
        "LETTER__ENABLED": "true",
        "LETTER__SPOOL": str(settings.letter.spool),
    }
    env = clean | {f"CAKRA_{name}": value for name, value in told.items()}
    command = [sys.executable, "-c", KILLED, *sys.path]
    killed = await asyncio.to_thread(subprocess.run, command, env=env, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (await ground.notice(queued))["state"] == "sending"
    await ground.pass_time(queued, "sending")
    async with working(settings):

        async def handed_over():
            return (await ground.notice(queued))["state"] == "accepted"

        await until(handed_over)
    frozen = [one for day in letter_spool(settings.letter).days() for one in letter_spool(settings.letter).frozen(day)]
    assert [one.tag for one in frozen] == [queued.tag()]
    assert [row["attempt"] for row in await ground.attempts(queued)] == [1]


# ---------------------------------------------------------------- the whole way
@asynccontextmanager
async def working(settings):
    """A worker that sends and hears; leaving stops it."""
    stopping = asyncio.Event()
    async with open_world(settings, "test worker") as world:
        task = asyncio.create_task(WorkerProcess(world, steps=("sending", "receipts")).run(stopping))
        try:
            yield world
        finally:
            stopping.set()
            async with asyncio.timeout(PATIENCE_S):
                await task


async def test_refused_on_whatsapp_and_bounced_as_email_a_notice_goes_by_post(ground, database_url, tmp_path, house):
    ground.peer.faults(answer_code=NOT_HERE)
    async with smtp_sink() as sink:
        mail = {
            "host": "127.0.0.1",
            "port": sink.port,
            "from_address": "notis@etle.example",
            "envelope_domain": "notif.etle.example",
            "bounce_folder": tmp_path / "bounces",
            "tls": "none",
        }
        settings = settings_of(database_url, tmp_path, ground.peer, house, email=mail)
        queued = await ground.queue(plan=LADDER, content=CONTENT)
        async with working(settings):

            async def row():
                return await ground.notice(queued)

            async def mailed():
                return (await row())["state"] == "accepted" and sink.taken

            (taken,) = await until(mailed)
            assert (await ground.case(queued)).confirm_by is None, "without any proof no deadline runs"
            (tmp_path / "bounces" / "new" / "1").write_bytes(report(taken.mail.partition("<")[2].partition(">")[0]))

            async def handed_over():
                told = await row()
                return (told["channel"], told["state"]) == ("letter", "accepted")

            await until(handed_over)
            (done,) = house.drop.glob("*.done")
            assert (house.drop / f"{done.stem}.zip").exists()
            assert (await ground.case(queued)).state is State.NOTIFYING
            answer = house.drop / f"{done.stem}.1.csv"
            answer.write_text(f"ref,resi,status,ts,reason\n{line('dispatched')}\n")

            async def in_state(state):
                return (await ground.case(queued)).state is state

            await until(lambda: in_state(State.NOTIFIED))
            assert (await ground.case(queued)).confirm_by is not None
            answer.with_name(f"{done.stem}.2.csv").write_text(f"ref,resi,status,ts,reason\n{line('returned')}\n")
            await until(lambda: in_state(State.UNDELIVERABLE))
    assert [(row["channel"], row["proof"]) for row in await ground.attempts(queued)] == [
        ("whatsapp", None),
        ("email", "failed"),
        ("letter", "returned"),
    ]
    assert await ground.told(queued) == ["channel_left", "channel_left", "delivery_proved", "letter_returned"]


def report(address):
    return (
        f"From: <>\r\nTo: {address}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.tujuan.example\r\n\r\n"
        "Final-Recipient: rfc822; ibu@pemilik.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    ).encode()


# ---------------------------------------------------------------- settings
async def test_letters_follow_the_settings_and_a_synthetic_register_guards_the_print_house(
    ground, database_url, tmp_path, house
):
    settings = settings_of(database_url, tmp_path, ground.peer, house, host="192.0.2.1")
    assert channels_in_use(settings) == {Channel.WHATSAPP, Channel.LETTER}
    assert sender_names(settings)["letter"] == ("Surat Ditlantas",)
    async with open_world(settings, "test") as world:
        await require_safe_provider(world)
        await world.pool.execute("insert into register_meta (synthetic) values (true)")
        with pytest.raises(SetupError, match=r"loopback.*192\.0\.2\.1"):
            await require_safe_provider(world)


@pytest.mark.parametrize("setting", ["key_file", "known_hosts", "signing_key"])
async def test_a_print_house_needs_its_keys(ground, database_url, tmp_path, house, setting):
    settings = settings_of(database_url, tmp_path, ground.peer, house, **{setting: None})
    async with open_world(settings, "test") as world:
        with pytest.raises(SetupError, match=f"CAKRA_LETTER__{setting.upper()}"):
            print_day(world, proof_desk(world))
