"""An owner admitted and nobody authorised the machine: a certified officer charges, in the officer's own name."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from cakra.core.states.journey import State
from cakra.kit.ids import new_id
from cakra.kit.seal import Sealer
from camera_kit import ROOT_KEY
from console_kit import browser, decide, events, looks, sign_in, visit
from factories import make_case
from portal_kit import Browser, notified_case, portal_app, portal_deps, serve


async def answered(pool, kind="drove", *, at=None):
    """A case whose owner answered, with nothing the machine could do next."""
    made = await make_case(pool, state="answered", notice="delivered", told="needs_certified_officer")
    await pool.execute("update case_file set step = null, due_at = null where case_id = $1", made.case_id)
    await answer(pool, made, kind, at or datetime.now(UTC))
    return made


async def answer(pool, made, kind, at):
    answer_id = new_id()
    sealed = Sealer(ROOT_KEY, "answer").seal_record({}, answer_id.to_bytes(8))
    await pool.execute(
        "insert into answer values ($1, $2, $3, $4, $5, $6, $2)", made.cell, made.case_id, answer_id, at, kind, sealed
    )


async def code_of(pool, made):
    return await pool.fetchrow("select * from deposit_code where case_id = $1", made.case_id)


async def test_an_admission_becomes_a_code_that_its_owner_sees(rina, pool, tmp_path):
    case = await notified_case(pool)
    async with serve(portal_app(portal_deps(pool, tmp_path / "portal"))) as base, Browser(base) as owner:
        waiting = await owner.admit(case)
        assert "Petugas akan menerbitkan kode titipan Anda" in waiting.text
        page, _ = await visit(rina, "/petugas/antrean?keadaan=answered")
        assert case.reference in page.text
        page, _ = await visit(rina, f"/petugas/tinjau/{case.reference}")
        assert "Terbitkan kode titipan" in page.text
        assert (await decide(rina, case, "charge", "admission_holds", catatan="Jelas.")).status_code == 303
        row = await pool.fetchrow("select state, step, pay_by from case_file where case_id = $1", case.case_id)
        assert tuple(row) == ("charged", None, None)  # no deadline before the owner saw it
        shown = await owner.get("/kasus/status")
        assert (await code_of(pool, case))["code"] in re.sub(r"\D", "", shown.text)
    row = await pool.fetchrow("select step, pay_by from case_file where case_id = $1", case.case_id)
    assert row["step"] == "deadline"
    assert row["pay_by"] > datetime.now(UTC)
    [charged] = [event for event in await events(pool, case) if event["told"] == "charged"]
    assert charged["actor"] == "officer:rina"
    assert charged["details"] | {"reason": "admission_holds", "note": "Jelas."} == charged["details"]
    assert (await code_of(pool, case))["officer"] == "rina"
    assert ("case_review", "decision") in await looks(pool, case)


async def test_only_the_machines_leavings_are_on_the_desk(rina, pool):
    mine, the_machines = await answered(pool), await answered(pool)
    await pool.execute("update case_file set step = 'charge', due_at = now() where case_id = $1", the_machines.case_id)
    page, fields = await visit(rina, "/petugas/antrean")
    assert mine.reference in page.text
    assert the_machines.reference not in page.text
    taken = await rina.post("/petugas/antrean/berikutnya", data=fields)
    assert taken.headers["location"].endswith(mine.reference)
    page, _ = await visit(rina, f"/petugas/berkas/{mine.reference}")
    assert "Giliran petugas" in page.text
    seen = await rina.get(f"/petugas/tinjau/{the_machines.reference}")
    assert seen.headers["location"] == f"/petugas/berkas/{the_machines.reference}"


async def test_an_officer_who_is_not_certified_sees_why_not(house, pool):
    await pool.execute("update officer set certified = false where username = 'budi'")
    made = await answered(pool)
    async with browser(house) as budi:
        await sign_in(budi, "budi")
        page, _ = await visit(budi, f"/petugas/tinjau/{made.reference}")
        assert "diterbitkan oleh penyidik" in page.text
        assert 'value="charge"' not in page.text
        assert 'value="withdraw"' in page.text
        refused = await decide(budi, made, "charge", "admission_holds")
        assert refused.status_code == 409
        assert "Hanya penyidik" in refused.text
    assert (await made.read(pool)).state is State.ANSWERED
    assert await code_of(pool, made) is None


async def test_an_auditor_charges_nobody(house, pool):
    made = await answered(pool)
    async with browser(house) as agus:
        await sign_in(agus, "agus")
        page, fields = await visit(agus, f"/petugas/tinjau/{made.reference}")
        assert 'value="charge"' not in page.text
        form = fields | {"versi": "0", "keputusan": "charge", "alasan_charge": "admission_holds"}
        assert (await agus.post(f"/petugas/tinjau/{made.reference}", data=form)).status_code == 403
    assert await code_of(pool, made) is None


async def test_the_newest_answer_counts(rina, pool):
    made = await answered(pool, at=datetime.now(UTC) - timedelta(hours=2))
    await answer(pool, made, "sold", datetime.now(UTC))
    refused = await decide(rina, made, "charge", "admission_holds")
    assert refused.status_code == 409
    assert "bukan pengakuan" in refused.text
    assert await code_of(pool, made) is None


@pytest.mark.parametrize("state", ["review", "notified", "charged", "disputed"])
async def test_only_an_answered_case_is_charged(rina, pool, state):
    made = await answered(pool)
    _, fields = await visit(rina, f"/petugas/tinjau/{made.reference}")
    await pool.execute("update case_file set state = $2 where case_id = $1", made.case_id, state)
    form = fields | {"keputusan": "charge", "alasan_charge": "admission_holds"}
    assert (await rina.post(f"/petugas/tinjau/{made.reference}", data=form)).status_code == 409
    assert await code_of(pool, made) is None


async def test_pressed_five_times_it_is_one_code(rina, pool):
    made = await answered(pool)
    _, fields = await visit(rina, f"/petugas/tinjau/{made.reference}")
    form = fields | {"keputusan": "charge", "alasan_charge": "admission_holds"}
    sent = await asyncio.gather(*(rina.post(f"/petugas/tinjau/{made.reference}", data=form) for _ in range(5)))
    assert sorted(one.status_code for one in sent) == [303, 409, 409, 409, 409]
    assert await pool.fetchval("select count(*) from deposit_code where case_id = $1", made.case_id) == 1
    told = [event for event in await events(pool, made) if event["to_state"] == "charged"]
    assert json.dumps(told).count("admission_holds") == 1


async def test_without_a_reason_or_its_token_nothing_is_charged(rina, pool):
    made = await answered(pool)
    refused = await decide(rina, made, "charge", "")
    assert refused.status_code == 400
    assert "Pilih alasan keputusan" in refused.text
    refused = await decide(rina, made, "charge", "admission_holds", tanda="0" * 43)
    assert refused.status_code == 403
    assert await code_of(pool, made) is None


async def test_accepting_after_contact_says_that_the_owner_is_asked_again(rina, pool):
    fresh, contacted = await make_case(pool), await make_case(pool, notice="delivered")
    page, _ = await visit(rina, f"/petugas/tinjau/{fresh.reference}")
    assert "cari pemiliknya" in page.text
    page, _ = await visit(rina, f"/petugas/tinjau/{contacted.reference}")
    assert "pemilik terdaftar ditanya sekali lagi" in page.text
    assert "cari pemiliknya" not in page.text
