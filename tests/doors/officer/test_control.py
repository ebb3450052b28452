"""The control room and its API: who sees, who pauses, who lets it go on, and what a refusal says."""

import asyncio
import json
import re

import pytest
from tests.case_rows import CELL, SHUTTER, put_case

from cakra.core.delivery.ladder import write_plan
from cakra.core.states.journey import State
from cakra.kit.ids import new_id
from console_kit import HASHED, PASSWORD, browser, sign_in, visit
from dispatch_kit import ONE_RUNG
from officers import put_officer

SENDER = "+62 811-0000-0000"
WRONG = "bukan sandi yang benar"


@pytest.fixture
async def commanders(house, pool):
    await pool.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells)"
        " values ('PMJ', 'Ditlantas Contoh', 'Asia/Jakarta', 0, 16) on conflict do nothing"
    )
    for username, role in (("dewi", "commander"), ("tono", "administrator")):
        await put_officer(pool, username, role, name=username.title(), rank="AKBP", hashed=HASHED)


@pytest.fixture
async def dewi(house, commanders):
    async with browser(house) as client:
        assert (await sign_in(client, "dewi")).status_code == 303
        yield client


@pytest.fixture
async def tono(house, commanders):
    async with browser(house, "10.0.0.9") as client:
        assert (await sign_in(client, "tono")).status_code == 303
        yield client


async def queue_one(pool):
    _, case_id = await put_case(pool, state=State.NOTIFYING, step=None)
    await pool.execute(
        "insert into notice (cell, notice_id, case_id, party_id, purpose, language, template, content, shutter_at,"
        " state, created_at, step, due_at, plan, channel, jurisdiction)"
        " values ($1, $2, $3, $3, 'confirmation', 'id', 't', '\\x00', $4, 'queued', now(), 'dispatch', now(), $5,"
        " 'whatsapp', 'PMJ')",
        CELL,
        new_id(),
        case_id,
        SHUTTER,
        write_plan(ONE_RUNG),
    )


async def stop(client, level="channel", key="whatsapp", reason="Dilaporkan warga", **more):
    _, fields = await visit(client, "/petugas/jeda")
    form = fields | {"tingkat": level, f"kunci-{level}": key, "alasan": reason} | more
    return await client.post("/petugas/jeda", data=form)


async def go_on(client, pause_id, password=PASSWORD, reason="Sudah beres", **more):
    _, fields = await visit(client, "/petugas/jeda")
    form = fields | {"sandi": password, "alasan": reason} | more
    return await client.post(f"/petugas/jeda/{pause_id}/lanjut", data=form)


async def the_pause(pool):
    return await pool.fetchrow("select * from pause order by paused_at desc limit 1")


async def test_one_pauses_and_another_lets_it_go_on(dewi, tono, pool):
    await queue_one(pool)
    assert "Tidak ada jeda" in (await visit(dewi, "/petugas/jeda"))[0].text
    answer = await stop(dewi)
    assert (answer.status_code, answer.headers["location"]) == (303, "/petugas/jeda?dicatat=jeda")
    row = await the_pause(pool)
    assert (row["level"], row["key"], row["paused_by"], row["reason"]) == (
        "channel",
        "whatsapp",
        "dewi",
        "Dilaporkan warga",
    )
    own, _ = await visit(dewi, "/petugas/jeda?dicatat=jeda")
    assert "Orang kedua yang harus melanjutkan" in own.text
    assert 'name="sandi"' not in own.text, "no form for the one who paused"
    page, _ = await visit(tono, "/petugas/jeda")
    assert re.search(r'pause__count number">1<', page.text)
    assert "Dijeda oleh Dewi (dewi)" in page.text
    assert (await go_on(tono, row["pause_id"])).headers["location"] == "/petugas/jeda?dicatat=lanjut"
    row = await the_pause(pool)
    assert (row["resumed_by"], row["resume_reason"]) == ("tono", "Sudah beres")
    page, _ = await visit(tono, "/petugas/jeda")
    assert "Tidak ada jeda" in page.text
    assert "Sudah beres" in page.text, "its history"


async def test_the_one_who_paused_is_refused_whatever_is_posted(dewi, pool):
    await stop(dewi)
    pause_id = (await the_pause(pool))["pause_id"]
    answer = await go_on(dewi, pause_id)
    assert answer.status_code == 400
    assert "Anda sendiri yang menjeda" in answer.text
    assert (await the_pause(pool))["resumed_at"] is None


@pytest.mark.parametrize("password", [WRONG, ""])
async def test_a_session_alone_does_not_resume(dewi, tono, pool, password):
    await stop(dewi)
    pause_id = (await the_pause(pool))["pause_id"]
    answer = await go_on(tono, pause_id, password)
    assert answer.status_code == 401
    assert "Sandi tidak cocok" in answer.text
    assert (await the_pause(pool))["resumed_at"] is None


async def test_guessing_the_password_of_a_resume_is_limited_like_the_sign_in(dewi, tono, pool):
    await stop(dewi)
    pause_id = (await the_pause(pool))["pause_id"]
    for _ in range(10):
        assert (await go_on(tono, pause_id, WRONG)).status_code == 401
    assert (await go_on(tono, pause_id)).status_code == 401, "the right one, too late"


@pytest.mark.parametrize("username", ["rina", "agus"])
async def test_every_role_sees_and_only_those_who_lead_act(house, commanders, pool, username):
    async with browser(house) as client:
        await sign_in(client, username)
        page, fields = await visit(client, "/petugas/jeda")
        assert "Saluran dan pengirim" in page.text
        assert 'name="tingkat"' not in page.text
        for path in ("/petugas/jeda", "/petugas/jeda/1/lanjut"):
            refused = await client.post(path, data=fields | {"tingkat": "everything", "alasan": "x", "sandi": PASSWORD})
            assert refused.status_code == 403
    assert await the_pause(pool) is None


async def test_those_who_lead_and_read_no_cases_come_to_the_control_room_alone(dewi):
    assert (await dewi.get("/petugas")).headers["location"] == "/petugas/jeda"
    page, _ = await visit(dewi, "/petugas/jeda")
    assert "/petugas/antrean" not in page.text
    for path in ("/petugas/antrean", "/petugas/kiriman", "/petugas/berkas/01ABC-DEFGH-JKMNP"):
        assert (await dewi.get(path)).status_code == 403


async def test_while_a_pause_is_in_force_every_page_says_so(rina, dewi):
    assert "Pengiriman sedang dijeda" not in (await rina.get("/petugas")).text
    await stop(dewi)
    for path in ("/petugas", "/petugas/antrean", "/petugas/kiriman"):
        assert "Pengiriman sedang dijeda" in (await rina.get(path)).text


async def test_what_is_wrong_is_said_at_its_field_and_changes_nothing(dewi, pool):
    cases = [
        ({"level": "nothing"}, 400, "Pilih apa yang dijeda"),
        ({"key": "pigeon"}, 400, "Pilih yurisdiksi, saluran, atau pengirim"),
        ({"level": "sender", "key": "+62 800"}, 400, "Pilih yurisdiksi, saluran, atau pengirim"),
        ({"level": "jurisdiction", "key": "XXX"}, 400, "Pilih yurisdiksi, saluran, atau pengirim"),
        ({"reason": ""}, 400, "Tuliskan alasannya"),
        ({"reason": "x" * 301}, 400, "Tuliskan alasannya"),
    ]
    for changes, status, sentence in cases:
        answer = await stop(dewi, **changes)
        assert (answer.status_code, sentence in answer.text) == (status, True), changes
    assert await the_pause(pool) is None


async def test_what_is_paused_cannot_be_paused_again_even_at_the_same_moment(dewi, tono, pool):
    answers = await asyncio.gather(stop(dewi), stop(tono))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert await pool.fetchval("select count(*) from pause") == 1


async def test_two_who_resume_at_once_end_it_once(dewi, tono, house, pool):
    await stop(dewi)
    pause_id = (await the_pause(pool))["pause_id"]
    async with browser(house, "10.0.0.7") as sari:
        await sign_in(sari, "sari")
        answers = await asyncio.gather(go_on(tono, pause_id), go_on(sari, pause_id))
    assert sorted(answer.status_code for answer in answers) == [303, 404]


async def test_a_form_of_another_visit_changes_nothing(dewi, pool):
    answer = await stop(dewi, tanda="made-up")
    assert answer.status_code == 403
    assert await the_pause(pool) is None


async def test_senders_and_channels_say_how_they_are(dewi, pool):
    await pool.execute(
        "insert into sender_state (channel, sender, stopped, reason, since)"
        " values ('whatsapp', $1, true, '131031: account locked', now())"
        " on conflict (channel, sender) do update set stopped = true, reason = excluded.reason",
        SENDER,
    )
    page, _ = await visit(dewi, "/petugas/jeda")
    assert "131031: account locked" in page.text
    assert page.text.count("Dihentikan penyedia") == 2, "the channel and its only sender"
    await stop(dewi, "everything", "")
    page, _ = await visit(dewi, "/petugas/jeda")
    assert re.search(r"WhatsApp</h3><span[^>]*>Dijeda", page.text)


# ---- the same for machines


def as_officer(username, password=PASSWORD):
    return {"auth": (username, password)}


async def test_the_api_pauses_lists_and_resumes(house, commanders, pool):
    await queue_one(pool)
    async with browser(house) as api:
        order = {"level": "jurisdiction", "key": "PMJ", "reason": "Gangguan"}
        made = await api.post("/v1/pauses", json=order, **as_officer("dewi"))
        assert made.status_code == 201
        listed = (await api.get("/v1/pauses", **as_officer("rina"))).json()["pauses"]
        assert [(one["id"], one["level"], one["key"], one["paused_by"], one["waiting"]) for one in listed] == [
            (made.json()["id"], "jurisdiction", "PMJ", "dewi", 1)
        ]
        address = f"/v1/pauses/{made.json()['id']}/resume"
        same = await api.post(address, json={"reason": "x"}, **as_officer("dewi"))
        assert (same.status_code, same.json()["code"]) == (400, "same_person")
        again = await api.post("/v1/pauses", json=order, **as_officer("tono"))
        assert (again.status_code, again.json()["code"]) == (409, "paused_already")
        assert (await api.post(address, json={"reason": "Beres"}, **as_officer("sari"))).status_code == 200
        gone = await api.post(address, json={"reason": "Beres"}, **as_officer("sari"))
        assert (gone.status_code, gone.json()["code"]) == (404, "no_such_pause")
        assert (await api.get("/v1/pauses", **as_officer("rina"))).json() == {"pauses": []}
        ended = (await api.get("/v1/pauses?which=all", **as_officer("rina"))).json()["pauses"]
        assert [(one["resumed_by"], one["waiting"]) for one in ended] == [("sari", None)]


async def test_every_refusal_of_who_asks_is_alike(house, commanders, pool):
    await pool.execute("update officer set active = false where username = 'budi'")
    headers = [
        {},
        as_officer("dewi", WRONG),
        as_officer("nobody"),
        as_officer("budi"),
        {"headers": {"Authorization": "Basic %%%"}},
        {"headers": {"Authorization": "Bearer x"}},
        as_officer("de\x00wi"),
    ]
    order = {"level": "everything", "reason": "x"}
    async with browser(house) as api:
        answers = [await api.post("/v1/pauses", json=order, **one) for one in headers]
        answers += [await api.get("/v1/pauses", **one) for one in headers]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert all(answer.headers["www-authenticate"].startswith("Basic ") for answer in answers)
    assert await the_pause(pool) is None


@pytest.mark.parametrize("username", ["rina", "agus"])
async def test_an_officer_who_does_not_lead_is_told_so(house, commanders, pool, username):
    async with browser(house) as api:
        answer = await api.post("/v1/pauses", json={"level": "everything", "reason": "x"}, **as_officer(username))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_leading")
    assert await the_pause(pool) is None


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"level": "channel", "key": "pigeon", "reason": "x"}, 400),
        ({"level": "jurisdiction", "key": "\x00", "reason": "x"}, 400),
        ({"level": "everything", "key": "x", "reason": "x"}, 400),
        ({"level": "galaxy", "reason": "x"}, 422),
        ({"level": "everything"}, 422),
        ({"level": "everything", "reason": "x", "by": "sari"}, 422),
        ({"level": "everything", "reason": "x" * 301}, 422),
    ],
)
async def test_a_wrong_order_is_a_problem_and_changes_nothing(house, commanders, pool, order, status):
    async with browser(house) as api:
        answer = await api.post("/v1/pauses", json=order, **as_officer("dewi"))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert await the_pause(pool) is None


@pytest.mark.parametrize("pause_id", ["0", "1", "x", "9" * 30, "-1"])
async def test_an_unknown_pause_is_not_found(house, commanders, pause_id):
    async with browser(house) as api:
        answer = await api.post(f"/v1/pauses/{pause_id}/resume", json={"reason": "x"}, **as_officer("dewi"))
    assert answer.status_code == 404


async def test_another_site_cannot_use_a_browser_that_knows_the_password(house, commanders, pool):
    async with browser(house) as api:
        told = {"headers": {"sec-fetch-site": "cross-site"}, **as_officer("dewi")}
        answer = await api.post("/v1/pauses", json={"level": "everything", "reason": "x"}, **told)
    assert answer.status_code == 400
    assert await the_pause(pool) is None


def test_the_api_is_described(house):
    described = house.openapi()
    assert {"/v1/pauses", "/v1/pauses/{pause_id}/resume"} <= described["paths"].keys()
    assert described["components"]["securitySchemes"]["officer"] == {"type": "http", "scheme": "basic"}
    assert described["paths"]["/v1/pauses"]["post"]["security"] == [{"officer": []}]
    assert json.dumps(described)
