"""Reference and plate: what opens a case, and why nothing else tells anything."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from cakra.core.states.journey import State
from cakra.kit.ids import new_reference
from portal_kit import CHASSIS, PHONE, Browser, notified_case, portal_app, portal_deps, serve

TYPED = re.compile(r'value="[^"]*"')


def told(seen):
    """What a refusal tells, without what the visitor typed and the form's own token."""
    return seen.status, TYPED.sub("", seen.text)


async def refusals(browser, case, hidden):
    """Every way to be wrong, each as a browser sees it."""
    typo = case.reference[:-1] + ("0" if case.reference[-1] != "0" else "1")
    yield await browser.check(case, reference=new_reference(case.cell))
    yield await browser.check(case, reference=new_reference(900))
    yield await browser.check(case, reference=typo)
    yield await browser.check(case, reference="?")
    yield await browser.check(case, plate="B1234XYA")
    yield await browser.check(case, plate="!!!")
    yield await browser.check(hidden)


async def test_every_refusal_looks_the_same(pool, browser):
    case = await notified_case(pool)
    hidden = await notified_case(pool, told=False)
    seen = [told(one) async for one in refusals(browser, case, hidden)]
    assert seen[0][0] == 422
    assert "tidak cocok dengan pemberitahuan kami" in seen[0][1]
    assert all(one == seen[0] for one in seen)


async def test_empty_fields_are_named_each(browser):
    await browser.get("/")
    seen = await browser.post("/periksa", referensi="", nopol=" ")
    assert seen.status == 422
    assert "Isi nomor referensi" in seen.text
    assert "Isi nomor polisi" in seen.text
    assert "autofocus" in seen.text


async def test_a_link_fills_in_the_reference_and_tells_nothing(pool, browser):
    case = await notified_case(pool, plate="B4321KLM")
    known = await browser.get(f"/k/{case.reference}")
    unknown = await browser.get(f"/k/{new_reference(12)}")
    assert f'value="{case.reference}"' in known.text
    assert told(known) == told(unknown)
    assert case.plate not in known.text.replace(" ", "")


@pytest.mark.parametrize("path", ["/", "/periksa", "/k/01ABCDEFGHJKMNP", "/K/01ABCDEFGHJKMNP"])
async def test_mail_scanners_may_send_head(pool, browser, path):
    seen = await browser.get(path, method="HEAD")
    assert (seen.status, seen.text) == (200, "")
    assert await pool.fetchval("select count(*) from portal_try") == 0


async def test_head_without_a_visit_leads_to_the_beginning(browser):
    assert (await browser.get("/kasus", method="HEAD", follow=False)).status == 303


async def test_reference_and_plate_show_what_happened_and_nothing_personal(pool, deps, browser):
    at = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    case = await notified_case(pool, deps.photos, occurred_at=at)
    seen = await browser.check(case, reference=case.reference.lower(), plate=" b 1234-xyz ")
    assert (seen.status, seen.path) == (200, "/kasus")
    for words in (
        "Pemberitahuan ini asli",
        "B 1234 XYZ",
        "20 Nov 2026 08.02 WIB",
        "Jl. M.H. Thamrin",
        "Menerobos lampu merah",
        "Pasal 287 ayat (2)",
        "Rp500.000",
        "Jawab paling lambat",
        "ke nomor berakhiran 9012",
    ):
        assert words in seen.text, words
    for secret in ("Wulandari", PHONE, CHASSIS[-5:] + "<", "Avanza"):
        assert secret not in seen.text, secret


async def test_a_measured_speed_stands_beside_its_limit(pool, browser):
    seen = await browser.check(await notified_case(pool, offences=("BATAS_KECEPATAN",)))
    assert "78 km/jam" in seen.text
    assert "di jalan dengan batas 50 km/jam" in seen.text
    assert "km/jam" not in (await browser.check(await notified_case(pool))).text


async def test_a_deadline_that_does_not_run_is_not_invented(pool, browser):
    case = await notified_case(pool, state=State.NOTIFYING)
    seen = await browser.check(case)
    assert "Batas waktu menjawab belum berjalan" in seen.text
    assert "Jawab paling lambat" not in seen.text


async def test_confinement_is_told_only_where_the_law_of_the_day_had_it(pool, browser):
    old = await notified_case(pool, occurred_at=datetime(2025, 12, 31, 3, 0, tzinfo=UTC))
    assert "atau kurungan paling lama 2 (dua) bulan" in (await browser.check(old)).text
    new = await notified_case(pool, occurred_at=datetime(2026, 1, 2, 3, 0, tzinfo=UTC))
    assert "kurungan" not in (await browser.check(new)).text


async def test_the_photograph_needs_the_visit(pool, deps, browser, site):
    case = await notified_case(pool, deps.photos)
    await browser.check(case)
    async with browser.session.get(f"{site}/kasus/foto/notice") as response:
        assert response.headers["content-type"] == "image/jpeg"
        assert response.headers["cache-control"] == "no-store"
        assert (await response.read()).startswith(b"\xff\xd8")
    assert (await browser.get("/kasus/foto/plate")).status == 404
    assert (await browser.get("/kasus/foto/original")).status == 404
    async with Browser(site) as stranger:
        assert (await stranger.get("/kasus/foto/notice", follow=False)).status == 303


async def test_a_visit_ends_by_itself_and_by_word(pool, tmp_path):
    moved = [timedelta()]
    deps = portal_deps(pool, tmp_path, session_minutes=30, clock=lambda: datetime.now(UTC) + moved[0])
    case = await notified_case(pool)
    async with serve(portal_app(deps)) as base, Browser(base) as browser:
        await browser.check(case)
        await browser.post("/selesai")
        assert "sudah berakhir" in (await browser.get("/kasus")).text
        await browser.check(case)
        moved[0] = timedelta(minutes=31)
        assert "sudah berakhir" in (await browser.get("/kasus")).text


@pytest.mark.parametrize("value", ["", "x", "A" * 80, "A" * 4000, "é"])
async def test_a_cookie_that_is_not_ours_opens_nothing(browser, value):
    browser.session.cookie_jar.update_cookies({"kunjungan": value})
    assert (await browser.get("/kasus", follow=False)).status == 303


async def test_one_case_does_not_open_another(pool, browser, site):
    first = await notified_case(pool)
    second = await notified_case(pool, plate="D4321AB")
    await browser.prove(first)
    seen = await browser.check(second)
    assert "D 4321 AB" in seen.text
    assert (await browser.get("/kasus/jawab")).path == "/kasus/stnk"
