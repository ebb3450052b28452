"""The portal says which channels are in use now, without reasons or names of officers."""

import re
from dataclasses import replace

import pytest

from cakra.delivery.pause.pausing import pause, resume
from cakra.doors.citizen.news import ChannelNews
from cakra.journey.staff.officers import add_officer
from cakra.kit.clock import now
from portal_kit import Browser, portal_app, portal_deps, serve

SENDERS = {"whatsapp": ("+62 811-0000-0000", "+62 811-0000-0001"), "email": ("notis@etle.example",)}


@pytest.fixture
def deps(pool, tmp_path):
    return replace(portal_deps(pool, tmp_path / "photos"), senders=SENDERS)


@pytest.fixture
async def officers(pool):
    await pool.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells)"
        " values ('PMJ', 'Ditlantas Contoh', 'Asia/Jakarta', 0, 16) on conflict do nothing"
    )
    for username in ("komandan", "wakil"):
        await add_officer(
            pool, username, name=username, rank="", role="commander", certified=False, password="a long enough password"
        )


async def stop(pool, level, key=""):
    return await pause(pool, level, key, by="komandan", reason="rahasia dapur")


async def told(deps):
    """What the first page of a fresh process says."""
    async with serve(portal_app(deps)) as base, Browser(base) as browser:
        text = (await browser.get("/")).text
    found = re.search(r'<ul class="ways-now">(.*?)</ul>', text, re.DOTALL)
    assert "komandan" not in text
    assert "rahasia dapur" not in text
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else None


async def test_all_in_use(deps):
    assert await told(deps) == "Pemberitahuan dikirim lewat: WhatsApp, Surel ."


@pytest.mark.parametrize(("level", "key"), [("channel", "email"), ("sender", "notis@etle.example")])
async def test_a_paused_channel_is_told_with_its_time(deps, pool, officers, level, key):
    pause_id = await stop(pool, level, key)
    said = await told(deps)
    assert said.startswith("Pemberitahuan dikirim lewat: WhatsApp . Surel: dijeda sejak ")
    assert said.endswith("WIB.")
    await resume(pool, pause_id, by="wakil", reason="Clear")
    assert "dijeda" not in await told(deps)


async def test_one_sender_of_two_leaves_its_channel_in_use(deps, pool, officers):
    await stop(pool, "sender", "+62 811-0000-0000")
    assert "lewat: WhatsApp, Surel" in await told(deps)
    await stop(pool, "sender", "+62 811-0000-0001")
    assert "WhatsApp: dijeda sejak" in await told(deps)


async def test_everything_and_a_place(deps, pool, officers):
    await stop(pool, "jurisdiction", "PMJ")
    assert "Ditlantas Contoh: dijeda sejak" in await told(deps)
    await stop(pool, "everything")
    assert (await told(deps)).startswith("Saat ini tidak ada pemberitahuan yang dikirim.")


async def test_a_channel_whose_senders_the_provider_stopped_is_disturbed(deps, pool):
    await pool.execute(
        "insert into sender_state (channel, sender, stopped, reason, since)"
        " values ('email', 'notis@etle.example', true, '535', now())"
    )
    assert "Surel: terganggu sejak" in await told(deps)


async def test_without_the_database_nothing_is_claimed(pool):
    news = ChannelNews(pool, SENDERS, now)
    await pool.close()
    assert await news.read() is None
