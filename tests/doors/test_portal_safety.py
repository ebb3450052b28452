"""What holds on every page: headers, forms from elsewhere, languages, size, and silence in the logs."""

import asyncio
import re

import pytest

from cakra.kit.ids import show_reference
from portal_kit import CHASSIS, PHONE, PLATE, Browser, authorise, notified_case

LIMIT_OF_FIRST_VIEW = 30 * 1024


async def test_headers_of_every_page(pool, browser):
    await browser.check(await notified_case(pool))
    for path in ("/", "/periksa", "/k/X", "/kasus", "/kasus/stnk", "/nowhere", "/kasus/foto/notice"):
        seen = await browser.get(path)
        policy = seen.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert seen.headers["cache-control"] == "no-store", path
        assert seen.headers["referrer-policy"] == "no-referrer"
        assert seen.headers["x-content-type-options"] == "nosniff"


async def test_pages_keep_to_their_own_policy(pool, deps, browser):
    case = await notified_case(pool, deps.photos)
    await authorise(pool)
    pages = [await browser.get("/"), await browser.check(case), await browser.get("/kasus/stnk")]
    pages += [await browser.admit(case)]
    for page in pages:
        assert not re.search(r"<script|<style|style=|\son\w+=|https?://", page.text.replace("http://www.w3.org", ""))


async def test_the_first_view_is_small_and_its_files_are_kept_for_ever(browser):
    page = await browser.get("/")
    files = set(re.findall(r'"(/aset/[^"]+)"', page.text))
    assert len(files) == 2
    weight = len(page.text.encode())
    for file in files:
        asset = await browser.get(file)
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        weight += len(asset.text.encode())
    assert weight <= LIMIT_OF_FIRST_VIEW
    assert (await browser.get("/aset/house.000000000000.css")).status == 404


async def test_cookies_are_closed_to_scripts_and_other_sites(pool, browser, site):
    case = await notified_case(pool)
    await browser.get("/")
    form = {"referensi": case.reference, "nopol": case.plate, "tanda": browser.token}
    async with browser.session.post(f"{site}/periksa", data=form, allow_redirects=False) as response:
        cookies = response.headers.getall("set-cookie")
    assert any(cookie.startswith("kunjungan=") for cookie in cookies)
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert case.plate not in cookie


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
async def test_a_form_from_elsewhere_does_nothing(pool, browser, token):
    case = await notified_case(pool)
    await authorise(pool)
    await browser.prove(case)
    await browser.post("/kasus/jawab", siapa="saya")
    browser.session.headers["Accept"] = "text/html"
    seen = await browser.post("/kasus/jawab/kirim", token=token)
    assert seen.status == 400
    assert "sudah kedaluwarsa" in seen.text
    assert await pool.fetchval("select count(*) from answer") == 0


async def test_another_browsers_token_is_not_ours(pool, browser, site):
    case = await notified_case(pool)
    await browser.prove(case)
    async with Browser(site) as other:
        await other.get("/")
        assert (await browser.post("/kasus/jawab", token=other.token, siapa="saya")).status == 400


@pytest.mark.parametrize("sender", ["cross-site", "same-site"])
async def test_a_post_from_another_site_is_refused(pool, browser, sender):
    case = await notified_case(pool)
    await browser.get("/")
    browser.session.headers["Sec-Fetch-Site"] = sender
    assert (await browser.post("/periksa", referensi=case.reference, nopol=case.plate)).status == 400


async def test_oversized_and_foreign_bodies_are_refused(browser, site):
    await browser.get("/")
    assert (await browser.post("/periksa", referensi="x" * 40_000)).status == 413
    async with browser.session.post(f"{site}/periksa", json={"referensi": "x"}) as response:
        assert response.status == 400
    many = {f"f{number}": "" for number in range(80)}
    assert (await browser.post("/periksa", **many)).status == 400


async def test_english_stays_until_changed_back(pool, browser):
    case = await notified_case(pool)
    seen = await browser.get("/periksa?bahasa=en")
    assert seen.path == "/periksa"
    assert '<html lang="en">' in seen.text
    assert "Check an ETLE notice" in seen.text
    seen = await browser.check(case)
    assert "This notice is genuine" in seen.text
    assert "Running a red light" in seen.text
    assert '<html lang="id">' in (await browser.get("/kasus?bahasa=id")).text


@pytest.mark.parametrize(
    "path", ["//evil.example/?bahasa=en", "/%5Cevil.example/?bahasa=en", "/\\evil.example?bahasa=en"]
)
async def test_the_language_switch_leads_nowhere_else(site, path):
    from yarl import URL

    async with (
        Browser(site) as browser,
        browser.session.get(URL(site + path, encoded=True), allow_redirects=False) as response,
    ):
        target = response.headers["location"]
        assert re.match(r"/[^/\\]", target) or target == "/", target


async def test_nothing_personal_is_logged_or_left_in_the_open(pool, browser, capfd):
    case = await notified_case(pool)
    await authorise(pool)
    await browser.check(case, plate="B9999QQ")
    await browser.prove(case)
    await browser.post("/kasus/jawab", siapa="orang-lain")
    await browser.post("/kasus/jawab/rincian", nama="Budi Rahasia", telepon="0812 3456 7890", sim="")
    await browser.post("/kasus/jawab/kirim")
    written = "".join(capfd.readouterr())
    assert "answer_given" in written, "the capture sees our logs"
    stored = " ".join(row["details"] for row in await pool.fetch("select details::text from case_event"))
    secrets = (PLATE, "9999QQ", "9999 QQ", CHASSIS[-5:], PHONE[-8:], "Rahasia", "34567890", case.reference)
    for secret in (*secrets, show_reference(case.reference)):
        assert secret not in written, secret
        assert secret not in stored, secret


async def test_a_page_that_is_not_there_says_so_in_words(browser):
    browser.session.headers["Accept"] = "text/html"
    seen = await browser.get("/tidak-ada")
    assert (seen.status, "Halaman tidak ditemukan" in seen.text) == (404, True)


@pytest.mark.parametrize("asked", [b"/?\x80", b"/?bahasa=en&x=\x80\xff", b"/%ff%fe?bahasa=id", b"/tidak-ada?\xc3"])
async def test_an_address_that_is_no_utf8_is_no_fault_of_ours(site, asked):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.rpartition(":")[2]))
    writer.write(b"GET " + asked + b" HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n")
    status = int((await reader.read()).split(b" ", 2)[1])
    writer.close()
    assert status < 500
