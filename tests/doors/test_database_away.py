"""The database stopped, gone or full: people get a plain page, machines a problem, both are told when to come again."""

import asyncio

import httpx
import pytest

from cakra.core.errors import SetupError
from cakra.kit.settings import Settings
from cakra.outside.photos import open_photo_store
from cakra.store.connect import create_pool
from cakra.store.embedded import ensure_running, stop
from cakra.store.upkeep.migrate import migrate
from cakra.wiring.web import require_closed_cookies, web_app
from cakra.wiring.world import World
from console_kit import HASHED, sign_in
from officers import put_officer
from portal_kit import ROOT_KEY, TOKEN, notified_case, serve, the_law

PAGES = ("/", "/periksa", "/kasus", "/petugas", "/petugas/antrean", "/petugas/masuk", "/pengirim-resmi")
MACHINES = ("/health", "/v1/pauses")


def world_on(pool, url, folder, **settings):
    return World(Settings(demo=True, **settings), url, pool, ROOT_KEY, the_law(), open_photo_store(str(folder)))


def client(app):
    transport = httpx.ASGITransport(app=app, client=("10.0.0.1", 1))
    return httpx.AsyncClient(transport=transport, base_url="http://etle.example", headers={"Accept": "text/html"})


async def add_officer(pool):
    await put_officer(pool, "rina", "reviewer", name="Rina", rank="IPDA", certified=True, hashed=HASHED)


async def test_a_stopped_database_is_a_plain_page_with_a_time_to_come_again(tmp_path, capfd):
    server = await asyncio.to_thread(ensure_running, tmp_path / "database")
    try:
        await migrate(server.url)
        pool = await create_pool(server.url, min_size=1, max_size=4, name="cakra tests")
        await add_officer(pool)
        case = await notified_case(pool)
        async with web_app(world_on(pool, server.url, tmp_path)) as app, client(app) as browser:
            assert (await sign_in(browser, "rina")).status_code == 303
            form = TOKEN.search((await browser.get("/")).text)[1]
            fields = {"referensi": case.reference, "nopol": case.plate, "tanda": form}
            assert (await browser.post("/periksa", data=fields)).status_code == 303
            await asyncio.to_thread(stop, tmp_path / "database")
            capfd.readouterr()
            for path in PAGES:
                seen = await browser.get(path)
                assert (path, seen.status_code) == (path, 503)
                assert seen.headers["retry-after"]
                assert "Layanan sedang tidak dapat dipakai" in seen.text
            browser.cookies.set("bahasa", "en", domain="etle.example")
            assert "The service cannot be used right now" in (await browser.get("/petugas")).text
            for path in MACHINES:
                told = await browser.get(path, headers={"Accept": "*/*", "Authorization": "Basic cmluYTp4"})
                assert told.headers["content-type"] == "application/problem+json"
                assert (told.status_code, told.json()["code"]) == (503, "database_away")
                assert told.headers["retry-after"]
            posted = await browser.post("/periksa", data=fields)
            assert posted.status_code == 503
            assert case.reference not in posted.text
        assert "request_crashed" not in "".join(capfd.readouterr())
        pool.terminate()
    finally:
        await asyncio.to_thread(stop, tmp_path / "database")


FULL = """
create function no_room() returns trigger language plpgsql as
$$ begin raise exception 'could not extend file' using errcode = '53100'; end $$;
create trigger full_disk before insert on portal_try for each row execute function no_room();
create trigger full_disk before insert on staff_access for each row execute function no_room();
"""


async def test_a_full_disk_is_told_alike(pool, database_url, tmp_path):
    await add_officer(pool)
    case = await notified_case(pool)
    async with web_app(world_on(pool, database_url, tmp_path)) as app, client(app) as browser:
        await sign_in(browser, "rina")
        form = TOKEN.search((await browser.get("/")).text)[1]
        await pool.execute(FULL)
        check = await browser.post("/periksa", data={"referensi": case.reference, "nopol": "B1", "tanda": form})
        page = await browser.get(f"/petugas/berkas/{case.reference}")
        for seen in (check, page):
            assert seen.status_code == 503
            assert seen.headers["retry-after"]
            assert "Layanan sedang tidak dapat dipakai" in seen.text


async def test_who_hangs_up_while_sending_is_no_error_of_ours(pool, database_url, tmp_path, capfd):
    async with web_app(world_on(pool, database_url, tmp_path)) as app, serve(app) as base:
        port = int(base.rpartition(":")[2])
        for path in ("/periksa", "/petugas/masuk", "/v1/callbacks/whatsapp", "/v1/events", "/pengirim-resmi"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n"
            writer.write(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\nreferensi=".encode())
            await writer.drain()
            writer.close()
            del reader
        async with httpx.AsyncClient(base_url=base) as other:
            for _ in range(20):
                assert (await other.get("/health")).status_code == 200
    told = "".join(capfd.readouterr())
    assert "[error" not in told
    assert '"level": "error"' not in told
    assert "Traceback" not in told


@pytest.mark.parametrize("address", ["https://etle.example", "HTTPS://etle.example/"])
def test_https_with_open_cookies_does_not_start(address):
    with pytest.raises(SetupError, match="CAKRA_WEB__SECURE_COOKIES=true"):
        require_closed_cookies(Settings(portal={"base_url": address}))
    require_closed_cookies(Settings(portal={"base_url": address}, web={"secure_cookies": True}))
    require_closed_cookies(Settings(portal={"base_url": "http://127.0.0.1:8080"}))


async def test_the_web_process_refuses_it_at_the_start(pool, database_url, tmp_path):
    world = world_on(pool, database_url, tmp_path, portal={"base_url": "https://etle.example"})
    with pytest.raises(SetupError, match="cookies are open"):
        async with web_app(world):
            pass
