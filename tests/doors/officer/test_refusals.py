"""What the house refused is written down, never what was typed; and a case closed by guessing is opened again."""

import pytest

from console_kit import TOKEN, browser, looks, sign_in
from officers import become
from portal_kit import notified_case


async def refusals(pool):
    rows = await pool.fetch("select what, username, asked from staff_refusal order by refusal_id")
    return [tuple(row) for row in rows]


async def test_failed_sign_ins_are_kept_without_what_was_typed(pool, house):
    async with browser(house) as client:
        for name, password in (("rina", "salah sekali ini"), ("RahasiaSandi99", "x"), ("rina", "")):
            assert (await sign_in(client, name, password)).status_code == 401
    assert await refusals(pool) == [
        ("sign_in", "rina", "sign_in"),
        ("sign_in", None, "sign_in"),
        ("sign_in", "rina", "sign_in"),
    ]
    stored = str([dict(row) for row in await pool.fetch("select * from staff_refusal")])
    for secret in ("rahasiasandi99", "salah sekali", "10.0.0.1"):
        assert secret not in stored.lower()


async def test_a_limit_is_kept_once_and_refused_tries_count_against_nobody(pool, house):
    async with browser(house) as client:
        for _ in range(14):
            assert (await sign_in(client, "rina", "salah")).status_code == 401
    told = await refusals(pool)
    assert told.count(("limited", "rina", "sign_in")) == 1
    assert len(told) == 11
    counts = {row["scope"]: row["count"] for row in await pool.fetch("select scope, count from attempt_limit")}
    assert counts["petugas_alamat"] == counts["petugas_nama"] == 10


async def test_who_guesses_behind_an_offices_address_does_not_close_the_office(pool, house):
    async with browser(house) as client:
        for number in range(8):
            for _ in range(10):
                await sign_in(client, f"nobody{number}", "salah")
        assert (await sign_in(client, "rina", "salah")).status_code == 401
        assert (await sign_in(client, "rina")).status_code == 303


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("auditor", "/petugas/kiriman/12/1"),
        ("commander", "/petugas/antrean/berikutnya"),
        ("reviewer", "/petugas/jeda"),
    ],
)
async def test_acts_beyond_a_role_are_kept_by_route(pool, house, rina, role, path):
    await become(pool, "rina", role)
    csrf = await pool.fetchval("select csrf from staff_session")
    assert (await rina.post(path, data={"tanda": csrf, "tindakan": "again"})).status_code == 403
    [(what, who, asked)] = await refusals(pool)
    assert (what, who) == ("not_allowed", "rina")
    assert asked.startswith("POST /petugas/")
    assert "/12/" not in asked


async def test_an_officer_opens_a_case_that_guessing_closed(pool, house, rina):
    case = await notified_case(pool)
    await pool.execute(
        "insert into second_factor values ($1, $2, 50, now(), now(), 0, null, null, $2)", case.cell, case.case_id
    )
    assert "ditebak-tebak" in (await rina.get("/petugas")).text
    page = await rina.get(f"/petugas/berkas/{case.reference}")
    assert "Ditutup sejak" in page.text
    form = {"tanda": TOKEN.search(page.text)[1]}
    path = f"/petugas/berkas/{case.reference}/rangka"
    missing = await rina.post(path, data=form, follow_redirects=True)
    assert "Tuliskan alasannya." in missing.text
    assert await pool.fetchval("select closed_at is not null from second_factor")
    done = await rina.post(path, data=form | {"alasan": "STNK dilihat di Posko"}, follow_redirects=True)
    assert "Pemeriksaan dibuka lagi." in done.text
    row = await pool.fetchrow("select wrong, closed_at, openings, opened_by from second_factor")
    assert tuple(row) == (0, None, 1, "rina")
    assert ("second_factor_opened", "STNK dilihat di Posko") in await looks(pool, case)
    assert "ditebak-tebak" not in (await rina.get("/petugas")).text


async def test_an_auditor_sees_it_and_does_not_open_it(pool, house):
    case = await notified_case(pool)
    await pool.execute(
        "insert into second_factor values ($1, $2, 50, now(), now(), 0, null, null, $2)", case.cell, case.case_id
    )
    async with browser(house) as client:
        await sign_in(client, "agus")
        page = await client.get(f"/petugas/berkas/{case.reference}")
        assert "Ditutup sejak" in page.text
        assert "Buka lagi" not in page.text
        form = {"tanda": TOKEN.search(page.text)[1], "alasan": "x"}
        assert (await client.post(f"/petugas/berkas/{case.reference}/rangka", data=form)).status_code == 403
    assert await pool.fetchval("select openings from second_factor") == 0
