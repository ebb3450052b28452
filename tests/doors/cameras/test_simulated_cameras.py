"""The simulated cameras and the doors were written apart: here they meet."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cakra.doors.cameras import FtpWatcher
from cakra.doors.cameras.signature import push_secret
from cakra.sandbox.cameras.client import Camera, lean_requests, multipart_request
from cakra.sandbox.cameras.passage import DrawnPassage, Frame
from camera_kit import CAMERA_KEY, add_camera, client_of, count, doors_on, photograph, quarantined
from hikvision_kit import ILLEGAL, ISAPI_CONTENT_TYPE, isapi_body, write_ftp_drop

OFFENCE = "GANJIL_GENAP"


def frames():
    return [Frame(photograph(n), (100, 100, 180, 130), (50, 40, 250, 200), 320, 240) for n in range(2)]


def passage(**changes):
    whole = DrawnPassage("E-1", "CAM-1", OFFENCE, datetime.now(UTC), "B1234XYZ", "B1234XYZ", "ordinary")
    return replace(whole, **changes)


@pytest.fixture
async def doors(pool, store):
    await add_camera(pool, offence_map={code: offence for offence, (code, _) in ILLEGAL.items()})
    return doors_on(pool, store)


async def send(client, request):
    headers = Camera("http://doors.example", "CAM-1", CAMERA_KEY).headers(request, int(datetime.now(UTC).timestamp()))
    return await client.request(request.method, request.path, content=request.body, headers=headers)


async def test_its_two_ways_are_one_event(doors, pool):
    seen = passage()
    async with client_of(doors) as client:
        lean = [await send(client, request) for request in lean_requests(seen, frames())]
        whole = await send(client, multipart_request(seen, frames()))
    assert [answer.status_code for answer in lean] == [201, 201, 201]
    assert whole.status_code == 200
    assert whole.json() == lean[-1].json()
    assert await count(pool, "case_file") == 1


async def test_a_broken_camera_is_kept_in_quarantine(doors, pool):
    async with client_of(doors) as client:
        answer = await send(client, multipart_request(passage(door="broken"), frames()))
    assert (answer.status_code, answer.json()["code"]) == (400, "multipart_truncated")
    assert [row["authentic"] for row in await quarantined(pool)] == [True]


@pytest.mark.parametrize("closed", [True, False])
async def test_its_push_comes_in(doors, pool, closed):
    body = isapi_body(passage(), frames(), closed=closed)
    async with client_of(doors) as client:
        path = f"/v1/hikvision/CAM-1/{push_secret(CAMERA_KEY)}"
        answer = await client.post(path, content=body, headers={"Content-Type": ISAPI_CONTENT_TYPE})
    assert answer.status_code == 200, answer.text
    assert await pool.fetchval("select offence from camera_event") == OFFENCE
    boxes = await pool.fetch("select role, box from photo order by ordinal")
    assert [row["role"] for row in boxes] == ["scene", "scene"]
    for row in boxes:  # thousandths were rounded on the way
        assert all(abs(found - true) <= 1 for found, true in zip(row["box"], (100, 100, 180, 130), strict=True))


async def test_its_drop_comes_in(doors, pool, tmp_path):
    (tmp_path / "drop").mkdir()
    seen = passage(camera="CAM-1")
    write_ftp_drop(tmp_path / "drop", seen, frames()[0])
    assert await FtpWatcher(tmp_path / "drop", doors, settle_s=0).scan() == 1
    row = await pool.fetchrow("select * from camera_event")
    assert row["offence"] == OFFENCE
    assert abs((row["occurred_at"] - seen.at).total_seconds()) < 0.001
    assert '"zone_suspect"' in row["notes"]
    await doors.close()
