import asyncio
import json
from datetime import UTC, datetime

import pytest

from cakra.core.errors import StoreError
from cakra.doors.cameras import FtpWatcher
from camera_kit import add_camera, count, doors_on, photograph, quarantined
from shared import shared_dir

NAME = "ETLE_04_Pasuruan_Jalan-Raya_20240716111021709_W5003QC"


class Watch:
    """Seconds that pass when the test says so."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def drop(tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
async def doors(pool, store):
    await add_camera(pool, "ETLE_04", offence_map={"151002": "HELM"})
    doors = doors_on(pool, store)
    yield doors
    await doors.close()


def sample():
    return (shared_dir() / "facts" / "camera_samples" / "hik_idn_2024_ftp_nonhelmet.xml").read_bytes()


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


async def test_the_real_record_comes_in_and_its_false_zone_is_found(doors, drop, pool):
    (drop / f"{NAME}.xml").write_bytes(sample())
    (drop / f"{NAME}.jpg").write_bytes(photograph())
    assert await FtpWatcher(drop, doors, settle_s=0).scan() == 1
    row = await pool.fetchrow("select * from camera_event join case_file using (cell, case_id)")
    assert (row["door"], row["offence"], row["plate"], row["vehicle_kind"]) == (
        "hikvision_ftp",
        "HELM",
        "W5003QC",
        "motorcycle",
    )
    assert row["raw_time"] == "2024-07-16T11:10:21.710+00:00"
    assert row["occurred_at"] == datetime(2024, 7, 16, 4, 10, 21, 710_000, tzinfo=UTC)
    notes = {note["check"]: note["facts"] for note in json.loads(row["notes"])}
    assert notes["zone_suspect"] == {
        "text_offset_min": 0,
        "camera_offset_min": 420,
        "camera_zone": "Asia/Jakarta",
        "used": "camera",
    }
    assert json.loads(row["record"])["plate"]["confidence"] == 0.0
    assert files(drop) == []
    assert files(drop / "done") == [f"{NAME}.jpg", f"{NAME}.xml"]


async def test_a_crash_before_the_move_makes_no_second_case(doors, drop, pool):
    for _ in range(2):  # the second time as if the first had died before moving
        (drop / f"{NAME}.xml").write_bytes(sample())
        (drop / f"{NAME}.jpg").write_bytes(photograph())
        assert await FtpWatcher(drop, doors, settle_s=0).scan() == 1
    assert await count(pool, "case_file") == 1
    assert await pool.fetchval("select repeats from camera_event") == 1
    assert len(files(drop / "done")) == 4


async def test_a_file_that_still_grows_is_left_alone(doors, drop):
    watch = Watch()
    watcher = FtpWatcher(drop, doors, settle_s=2, monotonic=watch)
    xml = drop / f"{NAME}.xml"
    (drop / f"{NAME}.jpg").write_bytes(photograph())
    for length in (100, 400, len(sample())):
        xml.write_bytes(sample()[:length])
        assert await watcher.scan() == 0
        watch.seconds += 1.9
        assert await watcher.scan() == 0
    watch.seconds += 0.2
    assert await watcher.scan() == 1


async def test_a_record_waits_for_its_picture_but_not_for_ever(doors, drop, pool):
    watch = Watch()
    watcher = FtpWatcher(drop, doors, settle_s=2, monotonic=watch)
    (drop / f"{NAME}.xml").write_bytes(sample())
    await watcher.scan()
    watch.seconds = 19
    assert await watcher.scan() == 0
    watch.seconds = 21
    assert await watcher.scan() == 1
    assert [row["code"] for row in await quarantined(pool)] == ["photo_missing"]


async def test_pictures_are_found_by_the_list_when_none_has_the_records_name(doors, drop, pool):
    (drop / "ETLE_04").mkdir()
    (drop / "ETLE_04" / "42.xml").write_bytes(sample())
    (drop / "ETLE_04" / "licensePlatePicture.jpg").write_bytes(b"")
    (drop / "ETLE_04" / "detectionPicture.jpg").write_bytes(photograph())
    assert await FtpWatcher(drop, doors, settle_s=0).scan() == 1
    assert await pool.fetchval("select role from photo") == "scene"
    assert files(drop / "ETLE_04") == []


@pytest.mark.parametrize(
    "refused",
    [
        (NAME, b"<FTP><dateTime>", photograph(), "xml_unreadable"),
        (NAME, None, b"not a picture", "picture_not_jpeg_or_png"),
        (NAME, None, photograph()[:-300], "picture_unreadable"),
        ("OTHER_1", None, photograph(), "camera_unknown"),
    ],
)
async def test_what_cannot_be_taken_is_moved_aside_with_its_reason(doors, drop, pool, refused):
    name, xml, picture, code = refused
    xml = sample() if xml is None else xml
    (drop / f"{name}.xml").write_bytes(xml)
    (drop / f"{name}.jpg").write_bytes(picture)
    assert await FtpWatcher(drop, doors, settle_s=0).scan() == 1
    assert files(drop) == []
    assert files(drop / "quarantine") == [f"{name}.jpg", f"{name}.xml", f"{name}.xml.reason.txt"]
    [kept] = await quarantined(pool)
    assert (kept["code"], kept["body"]) == (code, xml)
    assert (drop / "quarantine" / f"{name}.jpg").read_bytes() == picture


async def test_a_record_stays_while_the_store_is_away(doors, drop, pool, store, tmp_path):
    (drop / f"{NAME}.xml").write_bytes(sample())
    (drop / f"{NAME}.jpg").write_bytes(photograph())
    photos = tmp_path / "photos"
    photos.rename(tmp_path / "gone")
    watcher = FtpWatcher(drop, doors, settle_s=0)
    assert await watcher.scan() == 0
    assert files(drop) == [f"{NAME}.jpg", f"{NAME}.xml"]
    with pytest.raises(StoreError):
        await store.has([bytes(32)])
    (tmp_path / "gone").rename(photos)
    assert await watcher.scan() == 1
    assert await count(pool, "case_file") == 1


async def test_the_watcher_works_by_itself_until_it_is_cancelled(doors, drop, pool):
    running = asyncio.create_task(FtpWatcher(drop, doors, settle_s=0.05).run())
    (drop / f"{NAME}.jpg").write_bytes(photograph())
    (drop / f"{NAME}.xml").write_bytes(sample())
    async with asyncio.timeout(30):
        while not files(drop / "done"):  # noqa: ASYNC110 - a folder sends no event
            await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await count(pool, "case_file") == 1
