"""Deciding: once, with a reason, in the officer's own name."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
import time_machine

from cakra.core.states.journey import State
from cakra.kit.clock import now
from console_kit import browser, decide, events, sign_in, visit
from factories import make_case, register_vehicle


async def test_accepting_with_a_corrected_plate_moves_and_wakes(rina, pool, database_url):
    made = await make_case(pool)
    listener, heard = await asyncpg.connect(database_url), asyncio.Queue()
    await listener.add_listener("cakra_due", lambda *told: heard.put_nowait(told[-1]))
    answer = await decide(rina, made, "accept", "plate_corrected", pelat="b 1284 xyz", jenis="car")
    assert answer.status_code == 303, answer.text
    case = await made.read(pool)
    assert (case.state, case.plate, case.claimed_plate) == (State.VALIDATED, "B1284XYZ", "B1234XYZ")
    assert case.step == "ownership"
    assert await asyncio.wait_for(heard.get(), 10) == "ownership"
    await listener.close()
    last = (await events(pool, made))[-1]
    assert last["actor"] == "officer:rina"
    assert last["told"] == "officer_accepted"
    assert last["details"] == {"reason": "plate_corrected", "plate_corrected": True}
    assert await pool.fetchval("select assigned_to from case_file where case_id = $1", made.case_id) is None


@pytest.mark.parametrize(
    ("decision", "reason", "ending"),
    [
        ("reject", "plate_unreadable", (State.REJECTED, "officer_rejected")),
        ("divert", "military", (State.DIVERTED, "officer_diverted")),
    ],
)
async def test_rejecting_and_diverting(rina, pool, decision, reason, ending):
    made = await make_case(pool)
    assert (await decide(rina, made, decision, reason)).status_code == 303
    case = await made.read(pool)
    assert case.step is None
    assert (case.state, (await events(pool, made))[-1]["told"]) == ending


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Pilih keputusan"),
        ({"keputusan": "accept", "pelat": "B 1234 XYZ"}, "Pilih alasan keputusan"),
        ({"keputusan": "accept", "alasan_accept": "military", "pelat": "B 1234 XYZ"}, "Pilih alasan keputusan"),
        ({"keputusan": "reject", "alasan_reject": "other"}, "Tuliskan alasan Anda"),
        ({"keputusan": "reject", "alasan_reject": "other", "catatan": "x" * 501}, "terlalu panjang"),
        ({"keputusan": "reject", "alasan_reject": "other", "catatan": "hubungi 0812 3456 7890"}, "nomor telepon"),
        ({"keputusan": "accept", "alasan_accept": "evidence_clear", "pelat": "12 B"}, "bukan pelat nomor"),
        (
            {"keputusan": "accept", "alasan_accept": "evidence_clear", "pelat": "B 1 A", "jenis": "boat"},
            "Pilih jenis kendaraan",
        ),
    ],
)
async def test_a_wrong_form_writes_nothing_and_says_what(rina, pool, form, words):
    made = await make_case(pool)
    before = await events(pool, made)
    _, fields = await visit(rina, f"/petugas/tinjau/{made.reference}")
    answer = await rina.post(f"/petugas/tinjau/{made.reference}", data=fields | form)
    assert answer.status_code == 400
    assert words in answer.text
    if "catatan" in form:
        assert form["catatan"] in answer.text  # nothing typed is lost
    assert (await made.read(pool)).state is State.REVIEW
    assert await events(pool, made) == before


@pytest.mark.parametrize("decision", ["withdraw", "confirm_sent", "queue_again", "return"])
async def test_decisions_of_other_states_are_refused(rina, pool, decision):
    made = await make_case(pool)
    reasons = {"withdraw": "duplicate", "confirm_sent": "wait_longer", "queue_again": "provider_denies"}
    answer = await decide(rina, made, decision, reasons.get(decision, "check_plate"))
    assert answer.status_code == 409
    assert (await made.read(pool)).state is State.REVIEW


async def test_after_contact_a_case_is_withdrawn_not_rejected(rina, pool):
    made = await make_case(pool, notice="delivered")
    page, _ = await visit(rina, f"/petugas/tinjau/{made.reference}")
    assert 'value="withdraw"' in page.text
    assert 'value="reject"' not in page.text
    assert (await decide(rina, made, "reject", "not_an_offence")).status_code == 409
    assert (await decide(rina, made, "withdraw", "not_an_offence")).status_code == 303
    assert (await made.read(pool)).state is State.WITHDRAWN


async def test_two_officers_at_once_one_wins(house, rina, pool):
    made = await make_case(pool)
    async with browser(house, "10.0.0.2") as sari:
        await sign_in(sari, "sari")
        _, hers = await visit(rina, f"/petugas/tinjau/{made.reference}")
        page, theirs = await visit(sari, f"/petugas/tinjau/{made.reference}")
        assert "Rina sedang meninjau" in page.text
        forms = [
            hers | {"keputusan": "reject", "alasan_reject": "duplicate"},
            theirs | {"versi": hers["versi"], "keputusan": "divert", "alasan_divert": "police"},
        ]
        refused = await sari.post(f"/petugas/tinjau/{made.reference}", data=forms[1])
        assert refused.status_code == 409
        taken = await sari.post(f"/petugas/tinjau/{made.reference}/ambil-alih", data=theirs)
        assert taken.status_code == 303
        refused = await rina.post(f"/petugas/tinjau/{made.reference}", data=forms[0])
        assert refused.status_code == 409
        answers = await asyncio.gather(
            *(sari.post(f"/petugas/tinjau/{made.reference}", data=forms[1]) for _ in range(4))
        )
        assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
        stale = await rina.post(f"/petugas/tinjau/{made.reference}", data=forms[0])
        assert stale.status_code == 409
        assert "Tidak ada yang dicatat" in stale.text
    moves = [event for event in await events(pool, made) if event["to_state"]]
    assert [(event["actor"], event["to_state"]) for event in moves] == [("officer:sari", "diverted")]


async def test_a_reviewer_cannot_take_over(house, rina, pool):
    made = await make_case(pool)
    await visit(rina, f"/petugas/tinjau/{made.reference}")
    async with browser(house, "10.0.0.2") as budi:
        await sign_in(budi, "budi")
        _, fields = await visit(budi, f"/petugas/tinjau/{made.reference}")
        await budi.post(f"/petugas/tinjau/{made.reference}/ambil-alih", data=fields)
    assert await pool.fetchval("select assigned_to from case_file where case_id = $1", made.case_id) == "rina"


async def test_a_case_is_free_again_after_ten_minutes_or_when_released(house, rina, pool):
    made = await make_case(pool)
    _, fields = await visit(rina, f"/petugas/tinjau/{made.reference}")
    async with browser(house, "10.0.0.2") as budi:
        with time_machine.travel(now() + timedelta(minutes=11), tick=True):
            await sign_in(budi, "budi")
            page, _ = await visit(budi, f"/petugas/tinjau/{made.reference}")
            assert "Anda pegang" in page.text
        await pool.execute("update case_file set assigned_to = 'rina'")
        await rina.post(f"/petugas/tinjau/{made.reference}/lepas", data=fields)
    assert await pool.fetchval("select assigned_to from case_file where case_id = $1", made.case_id) is None


async def test_an_auditor_reads_and_does_not_decide(house, pool):
    made = await make_case(pool)
    async with browser(house) as client:
        await sign_in(client, "agus")
        page, fields = await visit(client, f"/petugas/tinjau/{made.reference}")
        assert "Catat keputusan" not in page.text
        form = fields | {"versi": "0", "keputusan": "reject", "alasan_reject": "duplicate"}
        answer = await client.post(f"/petugas/tinjau/{made.reference}", data=form)
        assert answer.status_code == 403
        assert (await client.post("/petugas/antrean/berikutnya", data=fields)).status_code == 403
    assert (await made.read(pool)).state is State.REVIEW
    assert await pool.fetchval("select assigned_to from case_file where case_id = $1", made.case_id) is None


@pytest.mark.parametrize(
    ("registered", "proposed"),
    [((), "B 1234 XYZ"), (("B1284XYZ",), "B 1284 XYZ"), (("B1234XYZ", "B1284XYZ"), "B 1234 XYZ")],
)
async def test_the_plate_field_begins_with_a_plate_the_register_knows(rina, pool, registered, proposed):
    for plate in registered:
        await register_vehicle(pool, plate)
    made = await make_case(pool)  # the camera says 1234, the photograph 1284
    page, _ = await visit(rina, f"/petugas/tinjau/{made.reference}")
    assert f'value="{proposed}"' in page.text
