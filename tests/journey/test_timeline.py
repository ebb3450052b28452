"""The timeline explains itself: every key, state and cause has its sentence, and real sends are told as they went."""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.case_rows import CELL
from tools.reference.code_words import told_keys

import cakra
from cakra.core.delivery.ladder import Rung
from cakra.core.errors import NotFound
from cakra.core.ports import Action, Channel, SendResult, SendState
from cakra.delivery.sending.rules import why_left
from cakra.journey.timeline.endings import STATES, explain_end
from cakra.journey.timeline.reading import provider_answer, read_timeline, remember_wordings
from cakra.journey.timeline.rules import (
    explain_answer,
    explain_event,
    judge_time,
    masked,
)
from cakra.journey.timeline.sentences import ANSWERS, EVENTS, PROOFS, WHY, word
from cakra.kit.ids import new_id, new_reference, show_reference
from cakra.kit.seal import Sealer
from camera_kit import ROOT_KEY, add_camera
from console_kit import HASHED, PASSWORD
from dispatch_kit import PHONE, status
from officers import put_officer
from whatsapp_peer import VARIABLES
from zygote import run_cakra

SOURCE = Path(cakra.__file__).parent
TWO_RUNGS = (Rung(Channel.WHATSAPP, "delivered", 600.0), Rung(Channel.EMAIL, "delivered", 7200.0))
MAIL = {"recipient": "siti@contoh.example", "subject": "S", "text": "T", "html": ""}
CONTENT = {"recipient": PHONE, "link_suffix": "7K2M9QX4B3", "variables": VARIABLES, "email": MAIL}


def test_every_key_that_the_code_tells_has_its_sentence():
    missing = told_keys(SOURCE).keys() - EVENTS.keys()
    assert not missing, f"say in sentences.py what these keys mean: {sorted(missing)}"


@pytest.mark.parametrize("told", EVENTS)
def test_a_sentence_is_whole_without_its_details(told):
    said = explain_event(told, {})
    assert said.id.endswith(".")
    assert said.en.endswith(".")
    assert "{" not in said.id + said.en


def test_every_cause_of_a_refusal_that_leaves_a_channel_has_its_words():
    causes = {why_left(SendResult(SendState.REFUSED, action)) for action in Action}
    assert causes <= WHY.keys()


ATTEMPTS = st.lists(
    st.fixed_dictionaries({
        "channel": st.sampled_from([*Channel]),
        "state": st.sampled_from([*ANSWERS]),
        "action": st.sampled_from([None, *Action]),
        "proof": st.sampled_from([None, *PROOFS]),
        "code": st.sampled_from([None, "131026"]),
        "detail": st.none() | st.text(max_size=20),
    }),
    max_size=3,
)  # fmt: skip


@given(st.sampled_from(STATES), st.sampled_from([None, "word", "dispatch", "sending", "settle"]), ATTEMPTS)
def test_every_end_of_a_notice_says_whether_it_waits_or_stopped_and_on_what(state, step, attempts):
    channel = attempts[-1]["channel"] if attempts else "whatsapp"
    said = explain_end({"state": state, "step": step, "channel": channel}, attempts)
    assert said.id.startswith(("Selesai", "Berhenti", "Masih menunggu", "Sedang diserahkan"))
    assert said.en.startswith(("Ended", "Stopped", "Waiting", "Being handed over"))
    if state == "failed" and attempts and attempts[-1]["code"]:
        assert "131026" in said.id


@given(ATTEMPTS)
def test_every_attempt_says_what_became_of_it(attempts):
    for attempt in attempts:
        said = explain_answer(attempt)
        assert said.id != said.en
        assert said.id.endswith(".")


def test_only_the_end_of_a_contact_is_shown():
    assert (masked("+6281234567890"), masked("siti@contoh.example"), masked("123")) == ("…7890", "s…@…le", "…")
    assert word(WHY, "something_new").id == "something_new"


def test_a_time_is_told_in_both_zones_with_seconds():
    at = datetime(2026, 11, 21, 18, 1, 2, tzinfo=UTC)
    assert judge_time(at, "Asia/Jakarta", "id") == "22 Nov 2026 01.01.02 WIB (18.01.02 UTC)"
    assert judge_time(at, "Asia/Jakarta", "en") == "22 Nov 2026 01:01:02 WIB (18:01:02 UTC)"


@pytest.fixture
async def walked(ground, pool):
    """A case whose notice was refused on WhatsApp, met a pause, went to e-mail, and has a first text that is kept."""
    await add_camera(pool)
    await remember_wordings(pool, [("etle_konfirmasi_v1", "id", "kata-kata resmi")])
    ground.peer.faults(answer_code=131026)
    queued = await ground.queue(plan=TWO_RUNGS, content=CONTENT)
    await put_officer(pool, "komandan", "commander", name="K")
    await ground.send()
    await pool.execute(
        "insert into pause (pause_id, level, key, reason, paused_by, paused_at)"
        " values ($1, 'channel', 'email', 'laporan penipuan', 'komandan', now())",
        new_id(),
    )
    return queued


async def lines_of(pool, queued):
    reference = await pool.fetchval("select reference from case_file where case_id = $1", queued.case_id)
    return reference, await read_timeline(pool, Sealer(ROOT_KEY, "notice"), CELL, reference)


async def test_a_walk_down_the_ladder_is_told_with_its_reasons(walked, ground, pool):
    _, found = await lines_of(pool, walked)
    told = [(line.kind, line.told.id) for line in found.lines]
    assert [kind for kind, _ in told] == ["notice", "attempt", "answer", "event", "pause"]
    assert [line.told.en for line in found.ends] == ["Waiting still for its turn on e-mail."]
    text = "\n".join(words for _, words in told)
    assert "WhatsApp (sampai ≤ 10 menit); surel (sampai ≤ 2 jam)" in text
    assert "Penyedia menolak (131026" in text
    assert "Beralih dari WhatsApp ke surel: penyedia menolak pesan ini untuk selamanya." in text
    assert "Jeda atas saluran surel: laporan penipuan." in text
    assert "kepada …7890" in text
    assert PHONE not in text
    assert "siti@" not in text
    (first,) = [line for line in found.lines if line.kind == "notice"]
    assert first.facts["wording"] == await pool.fetchval("select encode(sha256, 'hex') from wording")


async def test_receipts_and_the_end_are_told(ground, pool):
    await add_camera(pool)
    queued = await ground.queue()
    await ground.send()
    await ground.tell(status(queued.tag(), "sent"), status(queued.tag(), "delivered"), status(queued.tag(), "read"))
    _, found = await lines_of(pool, queued)
    assert [line.told.en for line in found.lines if line.kind == "receipt"] == [
        f"Receipt from WhatsApp for attempt 1: {word}." for word in ("sent", "delivered", "read")
    ]
    assert [line.told.en for line in found.ends] == ["Ended: read; proved by WhatsApp."]
    assert list(found.lines) == sorted(found.lines, key=lambda line: line.at)


async def test_the_providers_own_answer_opens_for_its_case_alone(walked, ground, pool):
    _, found = await lines_of(pool, walked)
    (answer,) = [line.attempt for line in found.lines if line.kind == "answer"]
    provider = Sealer(ROOT_KEY, "provider")
    assert "131026" in await provider_answer(pool, provider, walked.case_key, answer)
    with pytest.raises(NotFound):
        await provider_answer(pool, provider, (CELL, 1), answer)


async def test_a_wording_is_kept_once_until_it_changes_and_again_when_it_comes_back(pool):
    told = [await remember_wordings(pool, [("a", "id", text)]) for text in ("satu", "satu", "dua", "satu")]
    assert told == [1, 0, 1, 1]


async def test_the_command_tells_it_in_lines_and_as_json(walked, ground, pool, database_url, tmp_path):
    reference, found = await lines_of(pool, walked)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CAKRA_")}
    told = clean | {"CAKRA_DATABASE__URL": database_url, "CAKRA_KEYS__ROOT": ROOT_KEY.hex()}

    await put_officer(pool, "agus", "auditor", hashed=HASHED)
    await pool.execute("insert into jurisdiction values ('PJT', 'Lain', 'Asia/Jakarta', 400, 1)")
    await put_officer(pool, "jauh", "auditor", hashed=HASHED, jurisdiction="PJT")

    async def shell(*arguments, by="agus"):
        command = ["case", "timeline", *arguments, "--as", by]
        return await asyncio.to_thread(run_cakra, command, folder=tmp_path, variables=told, stdin=f"{PASSWORD}\n")

    plain = await shell(reference, "--language", "en")
    assert plain.returncode == 0, plain.stderr
    assert "From WhatsApp to e-mail: the provider refused this message for good." in plain.stdout
    assert "WIB (" in plain.stdout
    record = json.loads((await shell(reference, "--json")).stdout)
    assert len(record["lines"]) == len(found.lines)
    assert PHONE not in json.dumps(record)
    wrong = await shell("01ABCDEFGHJKMNP")
    assert (wrong.returncode, wrong.stderr.startswith("cakra: ")) == (2, True)
    unknown = await shell(show_reference(new_reference(12)))
    foreign = await shell(reference, by="jauh")
    assert (foreign.returncode, foreign.stderr) == (2, unknown.stderr), "another office's case is told as none"
    assert await pool.fetchval("select jurisdiction is not null from staff_refusal where username = 'jauh'")
    assert await pool.fetchval("select count(*) from staff_access where username = 'agus'") == 2
