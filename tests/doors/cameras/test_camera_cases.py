"""Every sample case of the shared folder through its own door, with the right result."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cases import case_file, events, picture, push_body

from cakra.doors.cameras.signature import push_secret
from camera_kit import CAMERA_KEY, add_camera, client_of, count, doors_on, multipart, signed
from shared import shared_dir

BELT_AND_HELMET = {"1240": "SABUK", "151002": "HELM"}
PASSAGE = {"passage": "GANJIL_GENAP"}
SCENE = "detectionPicture.jpg"


@pytest.fixture
async def client(pool, store):
    await add_camera(pool, "CAM-1", offence_map=BELT_AND_HELMET)
    await add_camera(pool, "PASSAGE", offence_map=PASSAGE)
    async with client_of(doors_on(pool, store)) as client:
        yield client


async def push(client, xml, pictures=(), camera="CAM-1"):
    """Post one case to a camera's own address."""
    return await client.post(
        f"/v1/hikvision/{camera}/{push_secret(CAMERA_KEY)}",
        content=push_body(xml, pictures),
        headers={"Content-Type": "multipart/form-data; boundary=boundary"},
    )


async def rect_as_fraction(client, pool):
    assert (await push(client, case_file("rect_as_fraction.xml"), [SCENE])).status_code == 200
    [row] = await pool.fetch("select box from photo")
    assert row["box"] == [528, 173, 562, 181], "of 1280 x 720: 0.4125 0.2411 0.0262 0.0101"


async def clock_1970(client, pool):
    assert (await push(client, case_file("clock_1970.xml"), [SCENE])).status_code == 200
    [event] = await events(pool)
    assert event["occurred_at"] == datetime(1970, 1, 1, tzinfo=UTC)
    assert event["raw_time"] == "1970-01-01T00:00:12+07:00"
    assert event["notes"]["clock_impossible"]["verdict"] == "doubt"


async def motion_opens_case(client, pool):
    answer = await push(client, case_file("motion_opens_case.xml"), ["VMD.jpg"], camera="PASSAGE")
    assert (answer.status_code, answer.json()) == (200, {"status": "noted"})
    assert [await count(pool, table) for table in ("camera_event", "quarantine")] == [0, 0]


async def heartbeat(client, pool):
    for _ in range(3):
        answer = await push(client, case_file("heartbeat.xml"))
        assert (answer.status_code, answer.json()) == (200, {"status": "noted"})
    assert [await count(pool, table) for table in ("camera_event", "quarantine")] == [0, 0]
    heard = await pool.fetchrow("select * from camera_heard")
    assert (heard["camera"], heard["event_at"]) == ("CAM-1", None)
    assert abs(heard["heard_at"] - datetime.now(UTC)) < timedelta(minutes=1)


async def attributes_only(client, pool):
    assert (await push(client, case_file("attributes_only.xml"), [SCENE])).status_code == 200
    [event] = await events(pool)
    assert event["offence"] == "HELM"
    assert event["notes"]["offence_by_attribute"]["verdict"] == "doubt", "the map names the code, not the attribute"
    await pool.execute("update camera set offence_map = '{\"helmet\": \"HELM\"}' where code = 'PASSAGE'")


async def no_plate_words_join(client, pool):
    for name in ("no_plate_words_join.a.xml", "no_plate_words_join.b.xml"):
        assert (await push(client, case_file(name), [SCENE])).status_code == 200
    assert await count(pool, "case_file") == 2
    assert [event["plate"] for event in await events(pool)] == [None, None]


async def retransmission(client, pool):
    first = await push(client, case_file("retransmission.first.xml"), [SCENE])
    again = [await push(client, case_file("retransmission.again.xml"), [SCENE]) for _ in range(2)]
    assert [answer.status_code for answer in (first, *again)] == [200, 200, 200]
    assert all(answer.json() == first.json() for answer in again)
    assert [await count(pool, table) for table in ("camera_event", "quarantine")] == [1, 0]


async def plate_binary_bmp(client, pool):
    assert (await push(client, case_file("plate_binary_bmp.xml"), [SCENE, "plateBinaryPicture.bmp"])).status_code == 200
    [event] = await events(pool)
    assert event["notes"]["picture_aside"]["facts"]["code"] == "picture_not_jpeg_or_png"
    assert event["notes"]["picture_aside"]["verdict"] == "ok"
    assert await count(pool, "photo") == 1


async def plate_number_tag(client, pool):
    assert (await push(client, case_file("plateNumber_tag.xml"), [SCENE])).status_code == 200
    assert [event["plate"] for event in await events(pool)] == ["B9999ZZZ"]


async def ampersand(client, pool):
    xml = case_file("ampersand_in_channel_name.xml")
    assert (await push(client, xml, [SCENE])).status_code == 200
    [event] = await events(pool)
    assert json.loads(event["record"])["extra"]["channelName"] == "SIMPANG A & B"
    assert event["notes"]["record_mended"]["facts"] == {"mended": ["ampersand"]}
    assert event["original"] == xml


async def send_signed(client, name, photo, **changes):
    """The signed case with our camera's own offence code."""
    record = {key: value for key, value in json.loads(case_file(name)).items() if not key.startswith("_")} | changes
    body, content_type = multipart(record, [photo])
    return await client.post("/v1/events", content=body, headers=signed(body, content_type))


async def signed_1970(client, pool):
    assert (await send_signed(client, "signed_event_1970.json", picture("scene.jpg"))).status_code == 201
    [event] = await events(pool)
    assert event["occurred_at"] == datetime(1970, 1, 1, 0, 0, 12, tzinfo=UTC)
    assert set(event["notes"]) == {"clock_impossible"}


async def signed_old(client, pool):
    assert (await send_signed(client, "signed_event_two_years_old.json", picture("scene.jpg"))).status_code == 201
    [event] = await events(pool)
    assert event["occurred_at"] == datetime(2024, 1, 30, 7, 34, 55, tzinfo=UTC), "screening knows how old is too old"


async def box_of_half_size(client, pool):
    photo = (shared_dir() / "cases" / "cameras" / "box_of_half_size_picture.jpg").read_bytes()
    assert (await send_signed(client, "box_of_half_size_picture.json", photo)).status_code == 201
    assert [row["box"] for row in await pool.fetch("select box from photo")] == [[138, 255, 195, 273]]


CASES = {
    "rect_as_fraction.xml": rect_as_fraction,
    "clock_1970.xml": clock_1970,
    "motion_opens_case.xml": motion_opens_case,
    "heartbeat.xml": heartbeat,
    "attributes_only.xml": attributes_only,
    "no_plate_words_join.a.xml": no_plate_words_join,
    "no_plate_words_join.b.xml": no_plate_words_join,
    "retransmission.first.xml": retransmission,
    "retransmission.again.xml": retransmission,
    "plate_binary_bmp.xml": plate_binary_bmp,
    "plateNumber_tag.xml": plate_number_tag,
    "ampersand_in_channel_name.xml": ampersand,
    "signed_event_1970.json": signed_1970,
    "signed_event_two_years_old.json": signed_old,
    "box_of_half_size_picture.json": box_of_half_size,
}
# A later door's, a picture that goes with a case, and what the FTP tests take.
ELSEWHERE = ("dahua_", "etle_", "replay.py", "box_of_half_size_picture.jpg", "ftp_")


def names():
    """Every case of the folder; none where the folder is missing."""
    try:
        return sorted(path.name for path in (shared_dir() / "cases" / "cameras").iterdir())
    except pytest.skip.Exception:
        return []


@pytest.mark.parametrize("name", [name for name in names() if not name.startswith(ELSEWHERE)] or [None])
async def test_the_case_ends_as_it_should(client, pool, name):
    if name is None:
        shared_dir()  # says loudly that it is missing
    await CASES[name](client, pool)
