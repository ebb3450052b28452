"""The pages of administrators: grants given and ended, orders that need a second person, and what was refused."""

from datetime import timedelta

import pytest

from browser_kit import DESK, PHONE, entered, follow, is_sound
from cakra.core.access.orders import LASTS
from cakra.core.access.rights import Foreign, NotAllowed
from cakra.core.errors import Conflict, InputError
from cakra.delivery.pause.pausing import pause
from cakra.doors.design import Assets, asset_route
from cakra.journey.staff.granting import WantedGrant, end_grant, give, list_grants
from cakra.journey.staff.officers import add_officer, disable_officer
from cakra.journey.staff.ordering import approve, list_orders, propose_resume, reject
from cakra.kit.clock import now
from camera_kit import add_camera
from console_kit import HASHED, PASSWORD, browser, sign_in, visit
from officers import put_officer
from portal_kit import serve

FORM = {"alasan": "Sprin/7/2026", "sandi": PASSWORD}


@pytest.fixture
async def staff(house, pool):
    """Two administrators, a commander, one of an office alone; and two offices."""
    await add_camera(pool)
    await pool.execute("insert into jurisdiction values ('PJT', 'Polda Lain', 'Asia/Jakarta', 400, 1)")
    for username, role in (("tono", "administrator"), ("wati", "administrator"), ("dewi", "commander")):
        await put_officer(pool, username, role, name=username.title(), hashed=HASHED)
    await put_officer(pool, "lokal", "administrator", hashed=HASHED, jurisdiction="PMJ")


@pytest.fixture
async def tono(house, staff):
    async with browser(house, "10.0.0.9") as client:
        await sign_in(client, "tono")
        yield client


async def give_one(pool, by, username, role, place=None, **more):
    async with pool.acquire() as connection, connection.transaction():
        return await give(connection, WantedGrant(username, role, place, reason="Sprin/7/2026", **more), by=by)


async def grants_of(pool, username, at=None):
    at = at or now()
    return [(one.role, one.jurisdiction) for one in await list_grants(pool, username) if one.standing(at) == "in force"]


async def test_an_administrator_gives_a_role_for_some_days_and_ends_it(tono, pool):
    page, fields = await visit(tono, "/petugas/staf")
    assert "Rina" in page.text
    today = now().date()
    form = fields | FORM | {"petugas": "rina", "peran": "counter", "wilayah": "PJT"}
    form |= {"mulai": today.isoformat(), "sampai": (today + timedelta(days=3)).isoformat()}
    answer = await tono.post("/petugas/staf", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/petugas/staf?dicatat=beri")
    [_, made] = await list_grants(pool, "rina")
    assert (made.role, made.jurisdiction, made.given_by, made.reason) == ("counter", "PJT", "tono", "Sprin/7/2026")
    assert timedelta(days=2) < made.valid_to - made.valid_from < timedelta(days=5)
    assert "Petugas Posko" in (await visit(tono, "/petugas/staf"))[0].text
    answer = await tono.post(f"/petugas/staf/{made.grant_id}/akhiri", data=fields | FORM)
    assert answer.headers["location"] == "/petugas/staf?dicatat=akhiri"
    [_, ended] = await list_grants(pool, "rina")
    assert (ended.standing(now()), ended.ended_by) == ("over", "tono")
    again = await tono.post(f"/petugas/staf/{made.grant_id}/akhiri", data=fields | FORM)
    assert (again.status_code, "Hak itu sudah berakhir" in again.text) == (409, True)


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"sandi": "bukan sandinya"}, 401, "Sandi tidak cocok"),
        ({"petugas": "nobody"}, 404, "Pilih petugas yang aktif"),
        ({"petugas": "\x00"}, 404, "Pilih petugas yang aktif"),
        ({"petugas": "tono"}, 400, "Orang kedua yang harus melakukannya"),
        ({"peran": "king"}, 400, "Pilih peran dari daftar"),
        ({"wilayah": "XX"}, 404, "Pilih wilayah dari daftar"),
        ({"mulai": "besok"}, 400, "Tulis tanggal seperti"),
        ({"sampai": "9999-12-31"}, 400, "Tulis tanggal seperti"),
        ({"sampai": "2020-01-01"}, 400, "Hak itu berakhir sebelum dimulai"),
        ({"alasan": " "}, 400, "Tuliskan alasannya"),
        ({"alasan": "x" * 301}, 400, "Tuliskan alasannya"),
        ({"peran": "reviewer"}, 409, "sudah memegang peran ini"),
    ],
)
async def test_a_wrong_grant_is_said_at_its_field_and_nothing_is_given(tono, pool, changes, status, sentence):
    before = await pool.fetchval("select count(*) from officer_grant")
    _, fields = await visit(tono, "/petugas/staf")
    answer = await tono.post("/petugas/staf", data=fields | FORM | {"petugas": "rina", "peran": "counter"} | changes)
    assert (answer.status_code, sentence in answer.text) == (status, True), answer.text[:3000]
    assert await pool.fetchval("select count(*) from officer_grant") == before
    assert await pool.fetchval("select count(*) from officer_order") == 0


async def test_an_administrator_of_one_office_gives_roles_in_it_alone(staff, pool):
    assert (await give_one(pool, "lokal", "rina", "counter", "PMJ")).grant_id
    for place in ("PJT", None):
        with pytest.raises(NotAllowed):
            await give_one(pool, "lokal", "rina", "auditor", place)
    [nation] = [one for one in await list_grants(pool, "rina") if one.jurisdiction is None]
    with pytest.raises(Foreign, match=f"There is no grant {nation.grant_id}"):
        await end_grant(pool, nation.grant_id, by="lokal", reason="x")
    with pytest.raises(NotAllowed):
        await disable_officer(pool, "rina", by="lokal")
    with pytest.raises(NotAllowed):
        await add_officer(
            pool, "baru", name="B", rank="", role="reviewer", certified=False, password=PASSWORD, by="lokal"
        )
    assert await pool.fetchval("select count(*) from officer where username = 'baru'") == 0


@pytest.mark.parametrize("role", ["commander", "administrator"])
async def test_nobody_becomes_one_of_those_by_one_persons_word(house, tono, pool, role):
    _, fields = await visit(tono, "/petugas/staf")
    answer = await tono.post("/petugas/staf", data=fields | FORM | {"petugas": "rina", "peran": role})
    assert answer.headers["location"] == "/petugas/staf?dicatat=usul"
    again = await tono.post("/petugas/staf", data=fields | FORM | {"petugas": "rina", "peran": role})
    assert (again.status_code, "sudah menunggu orang kedua" in again.text) == (409, True)
    [order] = await list_orders(pool)
    assert await grants_of(pool, "rina") == [("reviewer", None)]
    own, _ = await visit(tono, "/petugas/perintah")
    assert "Anda yang mengusulkan" in own.text
    assert "Setujui" not in own.text
    path, yes = f"/petugas/perintah/{order.order_id}", fields | FORM | {"putusan": "setuju"}
    refused = await tono.post(path, data=yes)
    assert (refused.status_code, "Orang kedua yang harus melakukannya" in refused.text) == (400, True)
    async with browser(house, "10.0.0.2") as dewi:
        await sign_in(dewi, "dewi")
        _, fields = await visit(dewi, "/petugas/perintah")
        wrong = await dewi.post(path, data=fields | {"putusan": "setuju", "sandi": "bukan sandinya"})
        assert wrong.status_code == 401
        done = await dewi.post(path, data=fields | FORM | {"putusan": "setuju"})
        assert done.headers["location"] == "/petugas/perintah?dicatat=setuju"
        late = await dewi.post(path, data=fields | FORM | {"putusan": "setuju"})
        assert (late.status_code, "sudah diputuskan" in late.text) == (409, True)
        assert "disetujui" in (await visit(dewi, "/petugas/perintah"))[0].text
    assert await grants_of(pool, "rina") == [("reviewer", None), (role, None)]
    made = (await list_grants(pool, "rina"))[-1]
    assert (made.given_by, made.approved_by) == ("tono", "dewi")


async def test_two_orders_approved_by_their_proposer_are_refused_and_nothing_is_lost(staff, pool):
    made = [(await give_one(pool, "tono", who, "administrator")).order_id for who in ("rina", "budi")]
    for order_id in made:
        with pytest.raises(InputError, match="tono proposed this order; another officer has to approve it"):
            await approve(pool, order_id, by="tono")
    assert [one.order_id for one in await list_orders(pool)] == made[::-1]
    assert await grants_of(pool, "rina") == await grants_of(pool, "budi") == [("reviewer", None)]
    await approve(pool, made[0], by="wati")
    with pytest.raises(InputError, match="rina cannot approve a role for rina"):
        await approve(pool, (await give_one(pool, "tono", "rina", "commander")).order_id, by="rina")
    await reject(pool, made[1], by="tono", reason="Salah orang")
    with pytest.raises(Conflict, match="rejected already"):
        await approve(pool, made[1], by="wati")


async def test_an_order_expires_and_falls_with_its_proposers_right(staff, pool):
    late = (await give_one(pool, "tono", "rina", "commander")).order_id
    await pool.execute("update officer_order set expires_at = now() - interval '1 minute'")
    assert await list_orders(pool) == []
    with pytest.raises(Conflict, match="expired"):
        await approve(pool, late, by="wati")
    order = (await give_one(pool, "tono", "rina", "commander")).order_id
    [waiting] = await list_orders(pool)
    assert waiting.expires_at - waiting.proposed_at == LASTS
    await pool.execute("update officer_grant set valid_to = now() - interval '1 minute' where username = 'tono'")
    with pytest.raises(Conflict, match="may not do so any more"):
        await approve(pool, order, by="wati")
    with pytest.raises(NotAllowed):
        await approve(pool, order, by="rina")
    assert await grants_of(pool, "rina") == [("reviewer", None)]


async def test_who_paused_proposes_the_end_and_another_approves(staff, pool):
    made = await pause(pool, "jurisdiction", "PMJ", by="dewi", reason="Gangguan")
    order = await propose_resume(pool, made, by="dewi", reason="Sudah beres")
    with pytest.raises(InputError, match="dewi proposed this order"):
        await approve(pool, order, by="dewi")
    with pytest.raises(NotAllowed):
        await approve(pool, order, by="rina")
    assert await pool.fetchval("select resumed_at is null from pause")
    await approve(pool, order, by="lokal")
    row = await pool.fetchrow("select resumed_by, resume_reason from pause")
    assert tuple(row) == ("lokal", "Sudah beres")


async def test_nobody_ends_or_disables_oneself(staff, pool):
    [own] = await list_grants(pool, "tono")
    with pytest.raises(InputError, match="another administrator"):
        await end_grant(pool, own.grant_id, by="tono", reason="x")
    with pytest.raises(InputError, match="another administrator"):
        await disable_officer(pool, "tono", by="tono")
    await disable_officer(pool, "tono", by="wati")
    assert await pool.fetchval("select not active from officer where username = 'tono'")


async def test_auditors_and_administrators_see_what_was_refused(house, tono, pool):
    async with browser(house) as client:
        await sign_in(client, "rina", "salah sama sekali")
        await sign_in(client, "rina")
        assert (await client.get("/petugas/staf")).status_code == 403
        assert (await client.get("/petugas/penolakan")).status_code == 403
        await client.post("/petugas/keluar", data=(await visit_home(client)))
        await sign_in(client, "agus")
        page, _ = await visit(client, "/petugas/penolakan")
    for told in ("Masuk ditolak", "Tidak berhak", "manage_officers", "GET /petugas/staf"):
        assert told in page.text
    assert "salah sama sekali" not in page.text
    assert "GET /petugas/staf" in (await visit(tono, "/petugas/penolakan"))[0].text


async def visit_home(client):
    return (await visit(client, "/petugas"))[1]


async def test_an_office_sees_refusals_of_its_own(house, staff, pool):
    await put_officer(pool, "sana", "auditor", hashed=HASHED, jurisdiction="PJT")
    async with browser(house) as client:
        await sign_in(client, "rina", "salah")
        await sign_in(client, "sana", "salah")
        await sign_in(client, "sana")
        page, _ = await visit(client, "/petugas/penolakan")
    assert "<td>sana</td>" in page.text
    assert "<td>rina</td>" not in page.text


@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_a_grant_and_its_approval_without_javascript(house, staff, chromium, size):
    house.router.routes.append(asset_route(Assets()))
    async with serve(house) as site:
        page = await entered(chromium, site, "/petugas/staf", username="tono", size=size)
        assert await is_sound(page) == [[], [], False]
        await page.select_option("#petugas", "rina")
        await page.select_option("#peran", "commander")
        await page.fill("#alasan", "Sprin/7/2026")
        await page.fill("#sandi", PASSWORD)
        await follow(page, "form[action='/petugas/staf'] .button")
        assert "memerlukan dua orang" in await page.inner_text(".message")
        other = await entered(chromium, site, "/petugas/perintah", username="dewi", size=size)
        await other.click(".pause summary")
        assert await is_sound(other) == [[], [], False]
        await other.fill(".pause [name=sandi]", PASSWORD)
        await follow(other, ".pause [value=setuju]")
        assert "Disetujui dan dijalankan" in await other.inner_text(".message")
        assert await is_sound(other) == [[], [], False]
        seen = await entered(chromium, site, "/petugas/penolakan", username="agus", size=size)
        assert await is_sound(seen) == [[], [], False]
