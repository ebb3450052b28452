"""The control room in a browser without JavaScript, on a phone and on a desk: one pauses, another lets it go on."""

import pytest
from tests.doors.officer.test_control import commanders  # noqa: F401 - a fixture

from browser_kit import DESK, PHONE, entered, follow, is_sound
from cakra.doors.design import Assets, asset_route
from console_kit import PASSWORD
from portal_kit import serve


@pytest.mark.parametrize(("first", "second"), [(PHONE, DESK), (DESK, PHONE)])
async def test_a_pause_and_its_end_without_javascript(house, commanders, chromium, first, second):  # noqa: F811 - a fixture
    house.router.routes.append(asset_route(Assets()))
    async with serve(house) as site:
        dewi = await entered(chromium, site, "/petugas/jeda", username="dewi", size=first)
        assert await is_sound(dewi) == [[], [], False]
        assert not await dewi.is_visible("#kunci-channel"), "a level's own field opens with its choice"
        await dewi.click("label[for=tingkat-channel]")
        await dewi.select_option("#kunci-channel", "whatsapp")
        await dewi.fill("#alasan", "Warga melaporkan pesan ganda dari nomor ini")
        await follow(dewi, ".panel--stop .button")
        assert "Saluran WhatsApp" in await dewi.inner_text(".pause")
        assert await dewi.locator("input[name=sandi]").count() == 0
        tono = await entered(chromium, site, "/petugas/jeda", username="tono", size=second)
        await tono.click(".pause summary")
        await tono.fill(".pause [name=alasan]", "Sudah diperiksa")
        await tono.fill(".pause [name=sandi]", "bukan sandinya")
        await follow(tono, ".pause .button")
        assert "Sandi tidak cocok" in await tono.inner_text(".errors")
        assert await is_sound(tono) == [[], [], False]
        await tono.fill(".pause [name=sandi]", PASSWORD)
        await follow(tono, ".pause .button")
        assert "Tidak ada jeda" in await tono.inner_text("main")
        assert "Sudah diperiksa" in await tono.inner_text(".queue--history")
        assert await is_sound(tono) == [[], [], False]
