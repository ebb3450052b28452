"""What a door set aside is seen, tried again through the same door, or dropped; and it is written down who did it."""

import os
from pathlib import Path

import pytest

from browser_kit import DESK, PHONE, entered, follow, is_sound
from cakra.core.errors import InputError
from cakra.doors.cameras import FtpWatcher, camera_releases
from cakra.doors.cameras.signature import push_secret
from cakra.doors.design import Assets, asset_route
from cakra.journey.intake import QuarantineDesk
from cakra.kit.seal import Sealer
from camera_kit import (
    CAMERA_KEY,
    ROOT_KEY,
    add_camera,
    client_of,
    count,
    doors_on,
    event,
    photograph,
    post,
    quarantined,
)
from console_kit import HASHED, PASSWORD, TOKEN, browser, sign_in
from officers import put_officer
from portal_kit import serve

PLATE = "B 4321 QQQ"
PAGE = "/petugas/karantina"


@pytest.fixture
async def kept(pool, photos):
    """Three inputs set aside: a push with an unmapped offence, a signed event of an unknown one, a stranger's."""
    await add_camera(pool, offence_map={"1": "SABUK"})
    xml = (
        f"<EventNotificationAlert><eventType>ANPR</eventType><dateTime>2026-11-30T21:00:00+07:00</dateTime><ANPR>"
        f"<licensePlate>{PLATE}</licensePlate><illegalInfo><illegalCode>77</illegalCode></illegalInfo></ANPR>"
        "<UUID>u-77</UUID></EventNotificationAlert>"
    )
    body = b'--b\r\nContent-Disposition: form-data; name="a.xml"\r\nContent-Type: text/xml\r\n\r\n' + xml.encode()
    body += (
        b'\r\n--b\r\nContent-Disposition: form-data; name="detectionPicture.jpg"\r\n\r\n' + photograph() + b"\r\n--b--"
    )
    async with client_of(doors_on(pool, photos)) as client:
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        await client.post(f"/v1/hikvision/CAM-1/{push_secret(CAMERA_KEY)}", content=body, headers=kind)
        await post(client, event(offence="TERBANG"), [photograph()])
        await client.post("/v1/events", content=b"\x1b[2Jhello +6281234567890", headers={"Content-Type": "text/plain"})
    return [row["quarantine_id"] for row in await quarantined(pool)]


async def open_page(client, path=PAGE):
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def act(client, number, what, **fields):
    page = await open_page(client, f"{PAGE}/{number}")
    told = {"tanda": TOKEN.search(page)[1], "sandi": PASSWORD, **fields}
    return await client.post(f"{PAGE}/{number}/{what}", data=told)


async def actions(pool):
    rows = await pool.fetch("select officer, action, outcome, reason from quarantine_action order by action_id")
    return [tuple(row) for row in rows]


@pytest.fixture
async def sari(house):
    async with browser(house) as client:
        await sign_in(client, "sari")
        yield client


async def test_the_list_says_what_waits_and_shows_no_plate(sari, kept):
    page = await open_page(sari)
    assert "Pelanggaran tidak ada di peta kamera" in page
    assert "pengirim tidak dikenal" in page
    assert page.count(f'href="{PAGE}/') == 3
    assert "4321" not in page
    assert (await open_page(sari, f"{PAGE}?pintu=hikvision_isapi")).count(f'href="{PAGE}/') == 1
    sari.cookies.set("bahasa", "en")
    english = await open_page(sari)
    assert "Offence not in the camera's map" in english
    assert "Karantina" not in english


async def test_one_is_shown_masked_and_that_it_was_seen_is_written_down(sari, kept, pool):
    page = await open_page(sari, f"{PAGE}/{kept[0]}")
    assert "detectionPicture.jpg" in page
    assert "u-77" in page
    assert "4321" not in page
    stranger = await open_page(sari, f"{PAGE}/{kept[2]}")
    assert "\x1b" not in stranger
    assert "81234567890" not in stranger
    assert await actions(pool) == [("sari", "show", "shown", "")] * 2


async def test_released_after_the_map_was_mended_it_becomes_a_case(sari, kept, pool):
    refused = await act(sari, kept[0], "lepas")
    assert refused.status_code == 400
    assert "is not mapped for this camera" in refused.text
    await pool.execute('update camera set offence_map = \'{"77": "SABUK"}\'')
    released = await act(sari, kept[0], "lepas", alasan="peta diperbaiki")
    assert released.status_code == 303, released.text
    assert "hasil=opened" in released.headers["location"]
    assert "Berkas baru dibuka." in await open_page(sari, released.headers["location"])
    row = await pool.fetchrow(
        "select e.*, q.received_at as came from camera_event e, quarantine q where q.quarantine_id = $1", kept[0]
    )
    assert (row["door"], row["offence"], row["received_at"]) == ("hikvision_isapi", "SABUK", row["came"])
    assert row["raw_sha256"] == await pool.fetchval(
        "select raw_sha256 from quarantine where quarantine_id = $1", kept[0]
    )
    assert ("sari", "release", "opened", "peta diperbaiki") in await actions(pool)
    again = await act(sari, kept[1], "lepas")
    assert (again.status_code, "not in the catalogue" in again.text) == (400, True)
    assert await pool.fetchval("select count(*) from quarantine where settled_at is null") == 2


async def test_dropped_with_a_reason_its_body_is_gone(sari, kept, pool):
    assert (await act(sari, kept[2], "buang", alasan=" ")).status_code == 400
    assert (await act(sari, kept[2], "buang", alasan="x", sandi="salah")).status_code == 401
    assert (await act(sari, kept[2], "buang", alasan="bukan kamera")).status_code == 303
    row = await pool.fetchrow("select * from quarantine where quarantine_id = $1", kept[2])
    assert (row["settled_as"], row["body"], row["headers"]) == ("dropped", None, None)
    assert ("sari", "drop", "dropped", "bukan kamera") in await actions(pool)
    page = await open_page(sari, f"{PAGE}/{kept[2]}")
    assert "dibuang" in page
    assert "/buang" not in page


async def test_who_does_not_lead_sees_and_does_not_touch(rina, kept, pool):
    page = await open_page(rina, f"{PAGE}/{kept[1]}")
    assert "/lepas" not in page
    token = TOKEN.search(page)[1]
    for what in ("lepas", "buang"):
        answer = await rina.post(f"{PAGE}/{kept[1]}/{what}", data={"tanda": token, "sandi": PASSWORD, "alasan": "x"})
        assert answer.status_code == 403
    assert await pool.fetchval("select count(*) from quarantine where settled_at is not null") == 0


@pytest.mark.parametrize("number", ["1", "0", "-1", "x", "99999999999999999999", "9223372036854775807"])
async def test_what_is_not_there_says_so(sari, kept, number):
    answer = await sari.get(f"{PAGE}/{number}")
    assert answer.status_code == 404
    assert "tidak ada di karantina" in answer.text


async def test_a_dropped_record_is_released_with_its_files(pool, photos, tmp_path):
    drop = tmp_path / "drop"
    (drop / "CAM-1" / "20261130").mkdir(parents=True)
    (drop / "CAM-1" / "20261130" / "7.xml").write_text(
        "<FTP><dateTime>2026-11-30T21:00:00+07:00</dateTime><licensePlate>B1AA</licensePlate><illegalInfo>"
        "<illegalCode>77</illegalCode></illegalInfo></FTP>"
    )
    (drop / "CAM-1" / "20261130" / "7.jpg").write_bytes(photograph())
    await add_camera(pool)
    await put_officer(pool, "sari", "supervisor", name="Sari", hashed=HASHED)
    doors = doors_on(pool, photos, ftp_folder=drop)
    await FtpWatcher(drop, doors, settle_s=0).scan()
    [row] = await quarantined(pool)
    await pool.execute('update camera set offence_map = \'{"77": "SABUK"}\'')
    fresh = doors_on(pool, photos, ftp_folder=drop)
    desk = QuarantineDesk(pool, Sealer(ROOT_KEY, "quarantine"), camera_releases(fresh))
    released = await desk.release(row["quarantine_id"], by="sari")
    assert released.outcome == "opened"
    assert await count(pool, "photo") == 1
    files = sorted(str(path.relative_to(drop)) for path in drop.rglob("*") if path.is_file())
    assert files == ["done/CAM-1/20261130/7.jpg", "done/CAM-1/20261130/7.xml"]
    with pytest.raises(InputError, match="already"):
        await desk.release(row["quarantine_id"], by="sari")
    await doors.close()
    await fresh.close()


async def test_the_pages_in_a_browser_without_javascript(house, kept, chromium):
    house.router.routes.append(asset_route(Assets()))
    pictures = os.environ.get("CAKRA_PICTURES")
    async with serve(house) as site:
        for size, name in ((DESK, "desk"), (PHONE, "phone")):
            page = await entered(chromium, site, PAGE, username="sari", size=size)
            assert await is_sound(page) == [[], [], False]
            if pictures:
                await page.screenshot(path=str(Path(pictures) / f"quarantine-{name}.png"), full_page=True)
            await follow(page, f'a[href="{PAGE}/{kept[0]}"]')
            assert await is_sound(page) == [[], [], False]
            await page.click("details summary")
            if pictures:
                await page.screenshot(path=str(Path(pictures) / f"quarantined-{name}.png"), full_page=True)
            assert await is_sound(page) == [[], [], False]
            await follow(page, 'form[action$="/buang"] .button')
            assert "Sandi tidak cocok" in await page.inner_text(".errors")
            assert await is_sound(page) == [[], [], False]
