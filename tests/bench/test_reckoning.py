"""The fault run can fail: what it counts as lost, doubled, stuck or broken is found."""

import json

import pytest
from tests.case_rows import put_case

from cakra.bench.measuring.bare import mails_per_s, submits_per_s
from cakra.bench.storm.reckoning import doubled, reckon
from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from peer_process import running


@pytest.fixture
def log(tmp_path):
    """A provider's log of accepted messages by tag."""

    def write(*tags):
        path = tmp_path / "sends.jsonl"
        path.write_text("".join(json.dumps({"tag": tag}) + "\n" for tag in tags), encoding="utf-8")
        return path

    return write


async def attempted(pool, notice_id, attempt=1):
    await pool.execute(
        "insert into attempt (cell, notice_id, channel, attempt, sender, intended_at, state)"
        " values (3, $1, 'whatsapp', $2, 's', now(), 'accepted')",
        notice_id,
        attempt,
    )


def test_a_second_acceptance_of_a_notice_is_doubled_whatever_its_attempt(log):
    assert doubled([log("n:3:1:1", "n:3:2:1")]) == []
    assert doubled([log("n:3:1:1", "n:3:2:1", "n:3:1:2")]) == ["n:3:1"]


async def test_a_quiet_system_has_nothing_to_answer_for(pool, log):
    await put_case(pool, state=State.RECEIVED, step=None)
    await attempted(pool, 1)
    figures = await reckon(pool, 1, {"whatsapp": log("n:3:1:1")})
    assert (figures["lost"], figures["doubled"], figures["broken_chains"]) == (0, 0, 0)


async def test_a_case_that_is_gone_and_a_message_nobody_knows_are_lost(pool, log):
    figures = await reckon(pool, 2, {"whatsapp": log("n:3:99:1")})
    assert figures["lost"] == 2 + 1


async def test_a_case_that_still_waits_is_stuck(pool, log):
    await put_case(pool, state=State.RECEIVED, step=Step.SCREENING)
    assert (await reckon(pool, 1, {"whatsapp": log()}))["stuck"] > 0


async def test_a_state_without_the_events_that_lead_to_it_is_a_broken_chain(pool, log):
    await put_case(pool, state=State.NOTIFIED, step=None)
    assert (await reckon(pool, 1, {"whatsapp": log()}))["broken_chains"] == 1


async def test_a_word_nobody_can_explain_and_a_blind_second_attempt_leave_a_question(pool, log):
    cell, case_id = await put_case(pool, state=State.RECEIVED, step=None)
    await pool.execute(
        "insert into case_event (cell, case_id, event_id, at, actor, told, details)"
        " values ($1, $2, 1, now(), 'machine', 'channel_left', '{\"why\": \"silence\"}')",
        cell,
        case_id,
    )
    assert (await reckon(pool, 1, {"whatsapp": log()}))["unexplained"] == 0
    await pool.execute('update case_event set details = \'{"why": "weather"}\'')
    assert (await reckon(pool, 1, {"whatsapp": log()}))["unexplained"] == 1
    await pool.execute("delete from case_event")
    await pool.execute(
        "insert into notice (cell, notice_id, case_id, party_id, purpose, language, template, content, shutter_at,"
        " state, created_at) values ($1, 7, $2, $2, 'confirmation', 'id', 't', '', now(), 'unsettled', now())",
        cell,
        case_id,
    )
    await attempted(pool, 7, 1)
    await attempted(pool, 7, 2)
    assert (await reckon(pool, 1, {"whatsapp": log()}))["unexplained"] == 1
    await pool.execute("update attempt set state = 'refused' where attempt = 1")
    assert (await reckon(pool, 1, {"whatsapp": log()}))["unexplained"] == 0


async def test_the_bare_clients_speak_to_the_peers_they_are_measured_on(tmp_path):
    with running("mail", tmp_path) as (port, taken):
        assert await mails_per_s(port, 4000, 4, 40) > 0
        sizes = [json.loads(line)["bytes"] for line in taken.read_text(encoding="utf-8").splitlines()]
        assert len(sizes) == 40
        assert 3500 < min(sizes) <= max(sizes) < 4500
    with running("sms", tmp_path) as (port, taken):
        assert await submits_per_s(port, 10, 100) > 0
        assert len(taken.read_text(encoding="utf-8").splitlines()) == 100
