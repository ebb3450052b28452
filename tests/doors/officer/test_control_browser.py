"""The control room in a browser without JavaScript, on a phone and on a desk: one pauses, another lets it go on."""

import pytest
from tests.doors.officer.test_control import commanders  # noqa: F401 - a fixture
from tests.web.test_portal_browser import FAINT_TEXTS, SMALL_TARGETS, chromium  # noqa: F401 - a fixture

from cakra.doors.design import Assets, asset_route
from console_kit import PASSWORD
from portal_kit import serve

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
OVERFLOWS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


async def entered(chromium, site, username, size):  # noqa: F811 - the fixture's value
    context = await chromium.new_context(viewport=size, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site}/petugas/masuk?lanjut=/petugas/jeda")
    await page.fill("#nama", username)
    await page.fill("#sandi", PASSWORD)
    await page.click("main .button")
    return page


async def is_sound(page):
    """Nothing faint, nothing too small (a choice is hit by its label), nothing wider than the screen."""
    small = [target for target in await page.evaluate(SMALL_TARGETS) if "pick__radio" not in target]
    return [await page.evaluate(FAINT_TEXTS), small, await page.evaluate(OVERFLOWS)]


@pytest.mark.parametrize(("first", "second"), [(PHONE, DESK), (DESK, PHONE)])
async def test_a_pause_and_its_end_without_javascript(house, commanders, chromium, first, second):  # noqa: F811 - fixtures
    house.router.routes.append(asset_route(Assets()))
    async with serve(house) as site:
        dewi = await entered(chromium, site, "dewi", first)
        assert await is_sound(dewi) == [[], [], False]
        assert not await dewi.is_visible("#kunci-channel"), "a level's own field opens with its choice"
        await dewi.click("label[for=tingkat-channel]")
        await dewi.select_option("#kunci-channel", "whatsapp")
        await dewi.fill("#alasan", "Warga melaporkan pesan ganda dari nomor ini")
        await dewi.click(".panel--stop .button")
        assert "Saluran WhatsApp" in await dewi.inner_text(".pause")
        assert await dewi.locator("input[name=sandi]").count() == 0
        tono = await entered(chromium, site, "tono", second)
        await tono.click(".pause summary")
        await tono.fill(".pause [name=alasan]", "Sudah diperiksa")
        await tono.fill(".pause [name=sandi]", "bukan sandinya")
        await tono.click(".pause .button")
        assert "Sandi tidak cocok" in await tono.inner_text(".errors")
        assert await is_sound(tono) == [[], [], False]
        await tono.fill(".pause [name=sandi]", PASSWORD)
        await tono.click(".pause .button")
        assert "Tidak ada jeda" in await tono.inner_text("main")
        assert "Sudah diperiksa" in await tono.inner_text(".queue--history")
        assert await is_sound(tono) == [[], [], False]
