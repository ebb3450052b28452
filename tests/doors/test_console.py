"""The officers' house over HTTP: signing in, the queue, deciding once, and every look written down."""

import asyncio
import json
import re
from datetime import timedelta

import asyncpg
import httpx
import pytest
import time_machine
from fastapi import FastAPI

from cakra.core.errors import Conflict, InputError, NotFound
from cakra.core.journey import State
from cakra.doors.design import Assets
from cakra.doors.officer import build_officer_routes, officer_deps
from cakra.doors.problems import install_problem_handlers
from cakra.journey.review.staff import add_officer, authorise, disable_officer, hash_password, list_officers
from cakra.kit.clock import now
from cakra.outside.photos import open_photo_store
from camera_kit import ROOT_KEY
from factories import make_case, register_vehicle

LABELS = {
    "id": {"GANJIL_GENAP": "Ganjil genap", "LAMPU_MERAH": "Menerobos lampu merah"},
    "en": {"GANJIL_GENAP": "Odd-even", "LAMPU_MERAH": "Red light"},
}
PASSWORD = "kata sandi yang panjang"
HASHED = hash_password(PASSWORD)
TOKEN = re.compile(r'name="tanda" value="([^"]+)"')
VERSION = re.compile(r'name="versi" value="(\d+)"')


@pytest.fixture
def photos(tmp_path):
    return open_photo_store(str(tmp_path / "photos"))


@pytest.fixture
async def house(pool, photos):
    """The officers' application with a reviewer, a supervisor and an auditor."""
    for username, role in (("rina", "reviewer"), ("budi", "reviewer"), ("sari", "supervisor"), ("agus", "auditor")):
        await pool.execute(
            "insert into officer (username, name, rank, role, certified, password_hash)"
            " values ($1, initcap($1), 'IPDA', $2, true, $3)",
            username,
            role,
            HASHED,
        )
    deps = officer_deps(
        pool, photos, Assets(), root_key=ROOT_KEY, labels=LABELS, settle_s=60.0, secure=False, demo=True
    )
    app = FastAPI()
    install_problem_handlers(app)
    app.include_router(build_officer_routes(deps))
    return app


def browser(app, address="10.0.0.1"):
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://petugas.example")


async def sign_in(client, username, password=PASSWORD, **more):
    page = await client.get("/petugas/masuk")
    form = {"tanda": TOKEN.search(page.text)[1], "nama": username, "sandi": password, **more}
    return await client.post("/petugas/masuk", data=form)


@pytest.fixture
async def rina(house):
    async with browser(house) as client:
        assert (await sign_in(client, "rina")).status_code == 303
        yield client


async def visit(client, path):
    """A page and the fields every form on it carries."""
    page = await client.get(path)
    assert page.status_code == 200, page.text
    fields = {"tanda": TOKEN.search(page.text)[1]}
    if version := VERSION.search(page.text):
        fields["versi"] = version[1]
    return page, fields


async def decide(client, made, decision, reason, **more):
    _, fields = await visit(client, f"/petugas/tinjau/{made.reference}")
    form = fields | {"keputusan": decision, f"alasan_{decision}": reason} | more
    return await client.post(f"/petugas/tinjau/{made.reference}", data=form)


async def events(pool, made):
    rows = await pool.fetch(
        "select actor, told, from_state, to_state, details from case_event where case_id = $1 order by at, event_id",
        made.case_id,
    )
    return [dict(row) | {"details": json.loads(row["details"])} for row in rows]


async def looks(pool, made, username="rina"):
    rows = await pool.fetch(
        "select what, reason from staff_access where case_id = $1 and username = $2 order by access_id",
        made.case_id,
        username,
    )
    return [(row["what"], row["reason"]) for row in rows]


# ---------------------------------------------------------------- signing in


async def test_strangers_are_led_to_the_door(house):
    async with browser(house) as client:
        for path in ("/petugas", "/petugas/antrean", "/petugas/kiriman"):
            answer = await client.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/petugas/masuk")


async def test_sign_in_leads_on_and_keeps_only_a_hash(house, pool):
    async with browser(house) as client:
        answer = await sign_in(client, "rina", lanjut="/petugas/antrean")
        assert answer.headers["location"] == "/petugas/antrean"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        token = client.cookies["petugas"]
        kept = await pool.fetchval("select token_hash from staff_session where username = 'rina'")
        assert token.encode() not in kept
        assert "IPDA Rina" in (await client.get("/petugas")).text


async def test_sign_in_leads_only_inside(house):
    async with browser(house) as client:
        answer = await sign_in(client, "rina", lanjut="//evil.example/petugas/")
        assert answer.headers["location"] == "/petugas"


async def test_every_refusal_is_alike(house, pool):
    await add_officer(pool, "dewi", name="Dewi", rank="", role="commander", certified=False, password=PASSWORD)
    await add_officer(pool, "lama", name="Lama", rank="", role="reviewer", certified=False, password=PASSWORD)
    await disable_officer(pool, "lama")
    tries = [("rina", "wrong"), ("nobody", PASSWORD), ("dewi", PASSWORD), ("lama", PASSWORD), ("", "")]
    answers = []
    for username, password in tries:
        async with browser(house) as client:
            answer = await sign_in(client, username, password)
            assert "petugas" not in client.cookies
            answers.append(
                (answer.status_code, TOKEN.sub("", answer.text).replace(f'value="{username}" autocomplete', ""))
            )
    fallback = re.sub(r'id="nama"[^>]*>', "", answers[0][1])
    assert {status for status, _ in answers} == {401}
    assert {re.sub(r'id="nama"[^>]*>', "", text) for _, text in answers} == {fallback}


async def test_guessing_is_limited_without_saying_so(house):
    async with browser(house) as client:
        texts = {re.sub(r"tanda.*", "", (await sign_in(client, "rina", f"wrong {n}")).text) for n in range(10)}
        limited = await sign_in(client, "rina")  # the right password, too late
        assert limited.status_code == 401
        assert re.sub(r"tanda.*", "", limited.text) in texts
    async with browser(house, "10.0.0.2") as elsewhere:
        assert (await sign_in(elsewhere, "rina")).status_code == 303
    with time_machine.travel(now() + timedelta(minutes=16), tick=True):
        async with browser(house) as later:
            assert (await sign_in(later, "rina")).status_code == 303


@pytest.mark.parametrize("path", ["/petugas/keluar", "/petugas/antrean/berikutnya", "/petugas/cari"])
async def test_posts_need_the_sessions_own_token(house, rina, path):
    for form in ({"lain": "1"}, {"tanda": "guessed"}):
        answer = await rina.post(path, data=form)
        assert answer.status_code == 403
    assert (await rina.get("/petugas")).status_code == 200  # still signed in


async def test_sign_in_needs_its_page_first(house):
    async with browser(house) as client:
        answer = await client.post("/petugas/masuk", data={"nama": "rina", "sandi": PASSWORD})
        assert answer.status_code == 403
        assert "petugas" not in client.cookies


async def test_sessions_end_by_idleness_and_age(house):
    async with browser(house) as client:
        with time_machine.travel(now(), tick=True) as clock:
            await sign_in(client, "rina")
            clock.shift(timedelta(minutes=29))
            assert (await client.get("/petugas")).status_code == 200
            clock.shift(timedelta(minutes=29))
            assert (await client.get("/petugas")).status_code == 200
            clock.shift(timedelta(minutes=31))
            assert (await client.get("/petugas")).status_code == 303
            await sign_in(client, "rina")
            for _ in range(17):
                clock.shift(timedelta(minutes=28))
                assert (await client.get("/petugas")).status_code == 200
            clock.shift(timedelta(minutes=28))
            assert (await client.get("/petugas")).status_code == 303


async def test_signing_out_ends_the_session_itself(house, rina):
    token = rina.cookies["petugas"]
    _, fields = await visit(rina, "/petugas")
    assert (await rina.post("/petugas/keluar", data=fields)).status_code == 303
    async with browser(house) as thief:
        thief.cookies.set("petugas", token)
        assert (await thief.get("/petugas")).status_code == 303


async def test_a_disabled_officer_is_out_at_once(house, rina, pool):
    await disable_officer(pool, "rina")
    assert (await rina.get("/petugas")).status_code == 303


# ---------------------------------------------------------------- the queue


async def test_the_queue_shows_the_oldest_first_with_its_doubt(rina, pool):
    newer = await make_case(pool, plate="B2222BB", age=timedelta(minutes=3))
    older = await make_case(pool, plate="B1111AA", age=timedelta(hours=5))
    page, _ = await visit(rina, "/petugas/antrean")
    assert page.text.index("B 1111 AA") < page.text.index("B 2222 BB")
    assert "Foto belum memastikan" in page.text
    assert "5 jam" in page.text
    assert ("queue_list", "desk") in await looks(pool, newer)
    assert ("queue_list", "desk") in await looks(pool, older)


async def test_the_queue_is_filtered_by_state_and_offence(rina, pool):
    await make_case(pool, plate="B1111AA", state="unidentified", told="owner_not_found")
    await make_case(pool, plate="B2222BB", offences=("LAMPU_MERAH",))
    page, _ = await visit(rina, "/petugas/antrean?keadaan=unidentified")
    assert "B 1111 AA" in page.text
    assert "B 2222 BB" not in page.text
    page, _ = await visit(rina, "/petugas/antrean?pelanggaran=LAMPU_MERAH")
    assert "B 2222 BB" in page.text
    assert "B 1111 AA" not in page.text


async def test_every_case_is_on_exactly_one_page(rina, pool):
    made = [await make_case(pool, plate=f"B{number}ZZ", age=timedelta(minutes=number)) for number in range(1, 31)]
    seen, path = [], "/petugas/antrean"
    while path:
        page, _ = await visit(rina, path)
        seen += re.findall(r'class="row" href="/petugas/tinjau/(\w+)"', page.text)
        following = re.search(r'href="(/petugas/antrean\?sesudah=[^"]+)"', page.text)
        path = following[1].replace("&amp;", "&") if following else None
    assert seen == [one.reference for one in reversed(made)]


async def test_two_officers_taking_the_next_get_two_cases(house, rina, pool):
    cases = {(await make_case(pool)).reference for _ in range(2)}
    async with browser(house, "10.0.0.2") as budi:
        await sign_in(budi, "budi")
        forms = [(await visit(client, "/petugas"))[1] for client in (rina, budi)]
        answers = await asyncio.gather(
            *(
                client.post("/petugas/antrean/berikutnya", data=form)
                for client, form in zip((rina, budi), forms, strict=True)
            )
        )
        assert {answer.headers["location"].rpartition("/")[2] for answer in answers} == cases
        third = await rina.post("/petugas/antrean/berikutnya", data=forms[0])
        assert third.headers["location"].rpartition("/")[2] in cases  # her own again, never another's


async def test_an_empty_queue_says_so(rina):
    _, fields = await visit(rina, "/petugas")
    answer = await rina.post("/petugas/antrean/berikutnya", data=fields)
    page = await rina.get(answer.headers["location"])
    assert "Tidak ada berkas bebas" in page.text


# ---------------------------------------------------------------- deciding


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


# ---------------------------------------------------------------- unidentified and unsettled


async def test_an_unidentified_case_is_looked_for_again_by_way_of_review(rina, pool):
    made = await make_case(pool, state="unidentified", told="owner_not_found")
    assert (await decide(rina, made, "accept", "owner_search", pelat="B 1284 XYZ")).status_code == 303
    case = await made.read(pool)
    assert (case.state, case.plate, case.step) == (State.VALIDATED, "B1284XYZ", "ownership")
    moves = {(event["from_state"], event["to_state"]) for event in await events(pool, made) if event["to_state"]}
    assert moves == {("unidentified", "review"), ("review", "validated")}
    page, _ = await visit(rina, f"/petugas/berkas/{made.reference}")
    assert page.text.index("Petugas menerima bukti") < page.text.index("Dikembalikan ke meja tinjauan")


async def notice_of(pool, made):
    return await pool.fetchrow("select * from notice where notice_id = $1", made.notice_id)


async def test_it_was_sent_waits_for_proof_again(rina, pool):
    made = await make_case(pool, state="undeliverable", notice="unsettled", told="send_unsettled")
    page, _ = await visit(rina, "/petugas/kiriman")
    assert made.reference in page.text
    assert (await decide(rina, made, "confirm_sent", "provider_confirms")).status_code == 303
    assert (await made.read(pool)).state is State.NOTIFYING
    notice = await notice_of(pool, made)
    assert (notice["state"], notice["step"], notice["attempts"]) == ("accepted", "settle", 1)
    assert notice["due_at"] > now()
    last = (await events(pool, made))[-1]
    assert (last["told"], last["details"]["sent"]) == ("send_settled", True)


async def test_it_was_not_sent_queues_one_new_attempt(rina, pool):
    made = await make_case(pool, state="undeliverable", notice="unsettled", told="send_unsettled")
    assert (await decide(rina, made, "queue_again", "provider_denies")).status_code == 303
    notice = await notice_of(pool, made)
    assert (notice["state"], notice["step"], notice["attempts"]) == ("queued", "dispatch", 1)
    assert await pool.fetchval("select state from attempt where notice_id = $1", made.notice_id) == "refused"
    assert (await made.read(pool)).state is State.NOTIFYING


async def test_what_the_provider_took_is_never_sent_again(rina, pool):
    made = await make_case(pool, state="undeliverable", notice="accepted", told="no_proof_of_delivery")
    assert (await decide(rina, made, "queue_again", "provider_denies")).status_code == 409
    assert (await notice_of(pool, made))["state"] == "accepted"


async def test_a_receipt_that_came_first_wins(rina, pool):
    made = await make_case(pool, state="undeliverable", notice="unsettled", told="send_unsettled")
    _, fields = await visit(rina, f"/petugas/tinjau/{made.reference}")
    await pool.execute("update notice set step = 'settle', due_at = now() where notice_id = $1", made.notice_id)
    form = fields | {"keputusan": "queue_again", "alasan_queue_again": "provider_denies"}
    answer = await rina.post(f"/petugas/tinjau/{made.reference}", data=form)
    assert answer.status_code == 409
    assert (await made.read(pool)).state is State.UNDELIVERABLE


async def test_undeliverable_goes_back_to_review_or_is_withdrawn(rina, pool):
    first = await make_case(pool, state="undeliverable", notice="failed", told="channel_failed")
    second = await make_case(pool, state="undeliverable", notice="failed", told="channel_failed")
    assert (await decide(rina, first, "return", "check_owner")).status_code == 303
    assert (await decide(rina, second, "withdraw", "unreachable")).status_code == 303
    assert (await first.read(pool)).state is State.REVIEW
    assert (await second.read(pool)).state is State.WITHDRAWN


# ---------------------------------------------------------------- what is read is written down


async def test_the_original_is_for_staff_and_every_look_is_noted(house, rina, pool, photos):
    made = await make_case(pool, photos=photos)
    path = f"/petugas/berkas/{made.reference}/foto/{made.original.hex()}"
    async with browser(house) as stranger:
        assert (await stranger.get(path)).status_code == 303
    answer = await rina.get(path)
    assert answer.content == made.blobs[made.original]
    assert answer.headers["content-type"] == "image/jpeg"
    assert "no-store" in answer.headers["cache-control"]
    assert await looks(pool, made) == [("original_photo", "review")]


async def test_a_picture_is_shown_only_with_its_own_case(rina, pool, photos):
    one, other = await make_case(pool, photos=photos), await make_case(pool, photos=photos)
    for digest in (other.original.hex(), "00" * 32, "ff", "no-hash"):
        answer = await rina.get(f"/petugas/berkas/{one.reference}/foto/{digest}")
        assert answer.status_code == 404
    assert await looks(pool, one) == []


async def test_the_owner_is_hidden_until_asked_for_with_a_reason(rina, pool):
    await register_vehicle(pool)
    made = await make_case(pool)
    page, fields = await visit(rina, f"/petugas/tinjau/{made.reference}")
    assert "AVANZA" in page.text
    assert "SITI CONTOH" not in page.text
    path = f"/petugas/tinjau/{made.reference}/pemilik"
    refused = await rina.post(path, data=fields)
    assert refused.status_code == 400
    assert "SITI CONTOH" not in refused.text
    shown = await rina.post(path, data=fields | {"keperluan": "memeriksa jual beli"})
    assert "SITI CONTOH" in shown.text
    assert ("owner_data", "memeriksa jual beli") in await looks(pool, made)
    assert await pool.fetchval("select count(*) from staff_access where what = 'owner_data'") == 1


async def test_every_page_of_a_case_is_noted(rina, pool):
    made = await make_case(pool)
    await visit(rina, f"/petugas/berkas/{made.reference}")
    await visit(rina, f"/petugas/tinjau/{made.reference}")
    assert await looks(pool, made) == [("case_page", "case"), ("case_review", "review")]


async def test_finding_by_reference_or_plate_keeps_plates_out_of_addresses(rina, pool):
    made = await make_case(pool, plate="B1234XYZ")
    _, fields = await visit(rina, "/petugas")
    answer = await rina.post("/petugas/cari", data=fields | {"dicari": made.reference.lower()})
    assert answer.headers["location"] == f"/petugas/berkas/{made.reference}"
    found = await rina.post("/petugas/cari", data=fields | {"dicari": "b 1234 xyz"})
    assert found.status_code == 200
    assert f"/petugas/berkas/{made.reference}" in found.text
    assert "B1234XYZ" not in str(found.url)
    assert ("plate_search", "search") in await looks(pool, made)
    none = await rina.post("/petugas/cari", data=fields | {"dicari": "<b>D 1 A"})
    assert none.status_code == 404
    assert "<b>D 1 A" not in none.text


async def test_the_case_page_tells_the_story_in_both_languages(rina, pool):
    made = await make_case(pool, state="undeliverable", notice="unsettled", told="send_unsettled")
    page, _ = await visit(rina, f"/petugas/berkas/{made.reference}")
    assert "tidak diketahui apakah pesan terkirim" in page.text
    rina.cookies.set("bahasa", "en")
    page, _ = await visit(rina, f"/petugas/berkas/{made.reference}")
    assert "nobody knows whether the message was sent" in page.text
    await pool.execute("update case_event set told = 'something_new' where case_id = $1", made.case_id)
    page, _ = await visit(rina, f"/petugas/berkas/{made.reference}")
    assert "something_new" in page.text


async def test_no_page_has_script_or_inline_style(rina, pool):
    made = await make_case(pool)
    paths = ["/petugas", "/petugas/antrean", "/petugas/kiriman", "/petugas/masuk"]
    for path in [*paths, f"/petugas/tinjau/{made.reference}", f"/petugas/berkas/{made.reference}"]:
        page = await rina.get(path)
        assert "<script" not in page.text
        assert "style=" not in page.text


@pytest.mark.parametrize("reference", ["X", "01ABCDEFGHJKMNP", "%00", "0123456789ABCDE"])
async def test_unknown_references_are_not_found(rina, reference):
    for room in ("berkas", "tinjau"):
        assert (await rina.get(f"/petugas/{room}/{reference}")).status_code == 404


# ---------------------------------------------------------------- staff


async def test_standing_authorisations_need_a_certified_active_officer(pool):
    await make_case(pool)  # the jurisdiction
    terms = {
        "jurisdiction": "PMJ",
        "offences": ["GANJIL_GENAP"],
        "valid_from": now(),
        "valid_to": None,
        "document": "Sprin/1/2026",
    }
    await add_officer(pool, "rina", name="Rina", rank="IPDA", role="reviewer", certified=False, password=PASSWORD)
    await add_officer(pool, "budi", name="Budi", rank="AKP", role="supervisor", certified=True, password=PASSWORD)
    with pytest.raises(InputError, match="certified"):
        await authorise(pool, "rina", **terms)
    with pytest.raises(NotFound, match="no officer"):
        await authorise(pool, "nobody", **terms)
    for wrong in ({"offences": []}, {"document": " "}, {"valid_to": now() - timedelta(days=1)}):
        with pytest.raises(InputError):
            await authorise(pool, "budi", **terms | wrong)
    with pytest.raises(NotFound, match="jurisdiction"):
        await authorise(pool, "budi", **terms | {"jurisdiction": "XX"})
    with pytest.raises(InputError, match="Unknown offence"):
        await authorise(pool, "budi", **terms, known_offences=["LAMPU_MERAH"])
    assert await authorise(pool, "budi", **terms) > 0
    assert {one.username: one.standing for one in await list_officers(pool)} == {"budi": 1, "rina": 0}
    await disable_officer(pool, "budi")
    assert {one.username: one.standing for one in await list_officers(pool)} == {"budi": 0, "rina": 0}
    with pytest.raises(InputError, match="active"):
        await authorise(pool, "budi", **terms)


@pytest.mark.parametrize("wrong", [{"name": " "}, {"role": "king"}, {"password": "short"}])
async def test_officers_are_added_whole_or_not(pool, wrong):
    good = {"name": "Rina", "rank": "IPDA", "role": "reviewer", "certified": True, "password": PASSWORD}
    with pytest.raises(InputError):
        await add_officer(pool, "rina", **good | wrong)
    with pytest.raises(InputError):
        await add_officer(pool, "Rina Utami", **good)
    await add_officer(pool, "rina", **good)
    with pytest.raises(Conflict):
        await add_officer(pool, "rina", **good)
