"""An owner's phone walks from the link in the message to the deposit code, with and without JavaScript."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from browser_kit import FAINT_TEXTS, SMALL_TARGETS
from cakra.journey.payment import is_code
from portal_kit import CHASSIS, authorise, notified_case, portal_app, portal_deps, serve

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture
async def deps(pool, tmp_path):
    """The portal's world."""
    return portal_deps(pool, tmp_path / "photos")


@pytest.fixture
async def site(deps) -> AsyncIterator[str]:
    """The portal's address."""
    async with serve(portal_app(deps)) as base:
        yield base


async def walk(page: Page, site: str, case) -> AsyncIterator[str]:
    """From the link to the code; yields the name of each page once it stands there."""
    go_on = page.locator("main .button").first

    async def stand(heading: str) -> str:
        await expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        await page.wait_for_load_state("load")
        return heading

    await page.goto(f"{site}/k/{case.reference}")
    yield await stand("Periksa pemberitahuan ETLE")
    await page.get_by_label("Nomor polisi").fill("b 1234 xyz")
    await go_on.click()
    yield await stand("Kendaraan ini terekam kamera ETLE")
    await page.get_by_role("link", name="Lanjut").click()
    yield await stand("Apa lima huruf atau angka terakhir")
    await page.get_by_label("Lima terakhir").fill(CHASSIS[-5:].lower())
    await go_on.click()
    yield await stand("Siapa yang mengemudi saat itu?")
    await go_on.click()
    await expect(page.get_by_role("alert")).to_be_focused()
    yield await stand("Siapa yang mengemudi saat itu?")
    await page.get_by_role("link", name="Pilih salah satu jawaban").click()
    await page.get_by_label("Saya sendiri").check()
    await go_on.click()
    yield await stand("Periksa jawaban Anda")
    await page.get_by_role("button", name="Kirim jawaban").click()
    yield await stand("Kode titipan Anda")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_from_the_message_to_the_code_on_a_phone(pool, deps, chromium, site, javascript):
    case = await notified_case(pool, deps.photos)
    await authorise(pool)
    context = await chromium.new_context(viewport=PHONE, java_script_enabled=javascript, locale="id-ID")
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    async for _ in walk(page, site, case):
        if javascript:
            assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert case.plate not in page.url
    shown = re.sub(r"\s", "", await page.locator(".ticket .code").inner_text())
    assert is_code(shown)
    assert shown == await pool.fetchval("select code from deposit_code where case_id = $1", case.case_id)
    await page.go_back()
    await page.reload()
    await expect(page.get_by_role("heading", name="Kode titipan Anda")).to_be_visible()
    # A refused form is a 422 by intent; anything else in the console (a broken policy, a lost file) is a fault.
    assert [text for text in complaints if "422" not in text] == []
    await context.close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_everybody_can_read_and_hit_what_is_shown(pool, deps, chromium, site, size):
    case = await notified_case(pool, deps.photos)
    await authorise(pool)
    page = await chromium.new_page(viewport=size)
    async for name in walk(page, site, case):
        assert await page.evaluate(FAINT_TEXTS) == [], name
        assert await page.evaluate(SMALL_TARGETS) == [], name
        assert await page.locator("h1").count() == 1, name
        for picture in await page.locator("main img").all():
            assert await picture.get_attribute("alt"), name
    await page.close()


async def test_the_keyboard_alone_is_enough(pool, chromium, site):
    case = await notified_case(pool)
    page = await chromium.new_page(viewport=DESKTOP)
    await page.goto(site)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Langsung ke isi")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Nomor referensi")).to_be_focused()
    await page.keyboard.type(case.reference)
    await page.keyboard.press("Tab")
    await page.keyboard.type(case.plate)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Pemberitahuan ini asli")).to_be_visible()
    await page.close()


async def test_nothing_is_asked_of_other_hosts(pool, deps, chromium, site):
    case = await notified_case(pool, deps.photos)
    await authorise(pool)
    page = await chromium.new_page(viewport=PHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    async for _ in walk(page, site, case):
        pass
    assert asked
    assert [url for url in asked if not url.startswith(site)] == []
    await page.close()
