"""On an owner's phone: the page that says until when it is closed, and the page while the database is away."""

import os

import pytest
from playwright.async_api import expect

from browser_kit import FAINT_TEXTS, OVERFLOWS, SMALL_TARGETS
from portal_kit import notified_case, portal_app, portal_deps, serve

PHONE = {"width": 360, "height": 740}
CLOSED = {"id": "Ditutup sampai", "en": "Closed until"}
AWAY = {"id": "Layanan sedang tidak dapat dipakai", "en": "The service cannot be used right now"}


async def sound(page, name):
    """Fits the phone, readable, touchable."""
    if folder := os.environ.get("PICTURES_FOLDER"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert not await page.evaluate(OVERFLOWS)
    assert await page.evaluate(FAINT_TEXTS) == []
    assert await page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("language", ["id", "en"])
async def test_closed_and_away_on_a_phone(pool, tmp_path, chromium, language):
    case = await notified_case(pool)
    deps = portal_deps(pool, tmp_path, limits={"attempts_per_reference": 1})
    async with serve(portal_app(deps)) as site:
        context = await chromium.new_context(viewport=PHONE, locale="id-ID")
        page = await context.new_page()
        await page.goto(f"{site}/?bahasa={language}")
        for _ in range(2):
            await page.goto(f"{site}/k/{case.reference}")
            await page.locator("#nopol").fill("B 9999 QQ")
            await page.locator("main .button").first.click()
            await page.wait_for_load_state("load")
        await expect(page.get_by_role("heading", name=CLOSED[language], level=1)).to_be_visible()
        await sound(page, f"closed_{language}")
        await pool.close()
        await page.goto(f"{site}/periksa")
        await expect(page.get_by_role("heading", name=AWAY[language], level=1)).to_be_visible()
        await sound(page, f"away_{language}")
        await context.close()
