"""Who read what is written down; the original and the owner only with it."""

import pytest

from cakra.kit.ids import new_id
from cakra.kit.seal import Sealer
from camera_kit import ROOT_KEY
from console_kit import browser, looks, visit
from factories import make_case, register_vehicle


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


async def test_what_the_owner_said_is_shown_only_with_a_reason(rina, pool):
    made = await make_case(pool, owner={"email": "siti@contoh.example"}, told="answer_needs_officer", notice="read")
    answer_id = new_id()
    said = {"name": "JOKO CONTOH", "phone": "+6281200000000"}
    await pool.execute(
        "insert into answer (cell, case_id, party_id, answer_id, at, kind, details)"
        " values ($1, $2, $2, $3, now(), 'other_drove', $4)",
        made.cell,
        made.case_id,
        answer_id,
        Sealer(ROOT_KEY, "answer").seal_record(said, answer_id.to_bytes(8)),
    )
    page, fields = await visit(rina, f"/petugas/tinjau/{made.reference}")
    assert "Orang lain yang mengemudi" in page.text
    assert "JOKO CONTOH" not in page.text
    path = f"/petugas/tinjau/{made.reference}/pemilik"
    shown = await rina.post(path, data=fields | {"keperluan": "memeriksa jawaban", "pelat": "B1234XYZ"})
    assert "JOKO CONTOH" in shown.text
    assert "SITI CONTOH" in shown.text
    assert ("owner_data", "memeriksa jawaban") in await looks(pool, made)


async def test_only_the_cases_own_plates_can_be_asked_for(rina, pool):
    await register_vehicle(pool, "B1284XYZ", name="BUDI CONTOH")
    await register_vehicle(pool, "D9999ZZ", name="ORANG LAIN")
    made = await make_case(pool)
    _, fields = await visit(rina, f"/petugas/tinjau/{made.reference}")
    path = f"/petugas/tinjau/{made.reference}/pemilik"
    shown = await rina.post(path, data=fields | {"keperluan": "uji", "pelat": "B1284XYZ"})
    assert "BUDI CONTOH" in shown.text
    other = await rina.post(path, data=fields | {"keperluan": "uji", "pelat": "D9999ZZ"})
    assert "ORANG LAIN" not in other.text
