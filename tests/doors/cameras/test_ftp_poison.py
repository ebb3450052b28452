"""The drop folder as relays leave it: each file for itself, the others are taken in the same scan."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zlib import crc32

import pytest
from cases import events

import clock
from cakra.doors.cameras import FtpWatcher
from cakra.doors.cameras.hikvision.ftp import look_at_drop
from camera_kit import add_camera, count, doors_on, photograph, quarantined
from shared import shared_dir

XML = (
    "<FTP><dateTime>2026-11-30T21:00:00.000+07:00</dateTime><licensePlate>{plate}</licensePlate><illegalInfo>"
    "<illegalCode>1240</illegalCode></illegalInfo>{more}</FTP>"
)
GENERAL = (
    "<pictureInfoList><pictureInfo><fileName>detectionPicture.jpg</fileName><type>detectionPicture</type>"
    "</pictureInfo></pictureInfoList>"
)


@pytest.fixture
def drop(tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
async def doors(pool, store):
    await add_camera(pool, "CAM", offence_map={"1240": "SABUK"})
    doors = doors_on(pool, store)
    yield doors
    await doors.close()


def record(folder, name, plate="B1AA", more="", pictures=("",)):
    """A record and its pictures, of other content each."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.xml").write_text(XML.format(plate=plate, more=more))
    for number, ending in enumerate(pictures):
        seed = crc32(os.fsencode(f"{name} {number}")) + 100  # none of the small numbers that tests name themselves
        (folder / f"{name}{ending}.jpg").write_bytes(photograph(seed))


def names(folder):
    """What lies in a folder, at any depth, as paths."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("way", ["CAM/20261130", "CAM/2026/11/30/21", "20261130/CAM", "2026-11-30/CAM/21", "depot/CAM"])
async def test_folders_of_any_depth_and_order_are_read(doors, drop, pool, way):
    record(drop / way, "1")
    assert await FtpWatcher(drop, doors, settle_s=0).scan() == 1
    assert [event["camera"] for event in await events(pool)] == ["CAM"]
    assert names(drop) == [f"done/{way}/1.jpg", f"done/{way}/1.xml"]


async def test_the_shared_sample_of_two_levels_is_read(pool, store, drop):
    await add_camera(pool, "CAMCODE", offence_map={"1240": "SABUK"})
    shutil.copytree(shared_dir() / "cases" / "cameras" / "ftp_two_levels", drop, dirs_exist_ok=True)
    doors = doors_on(pool, store)
    (drop / "CAMCODE/20261130/CAMCODE_20261130210000000_B9001ZZZ.jpg").write_bytes(photograph())
    assert await FtpWatcher(drop, doors, settle_s=0).scan() == 1
    assert [event["plate"] for event in await events(pool)] == ["B9001ZZZ"]
    await doors.close()


async def test_pictures_that_two_records_name_are_given_to_neither(pool, store, drop):
    await add_camera(pool, "CAMCODE", offence_map={"1240": "SABUK"})
    shutil.copytree(shared_dir() / "cases" / "cameras" / "ftp_shared_pictures", drop, dirs_exist_ok=True)
    for name in ("detectionPicture.jpg", "licensePlatePicture.jpg"):
        (drop / "CAMCODE" / name).write_bytes(photograph())
    doors = doors_on(pool, store)
    assert await FtpWatcher(drop, doors, settle_s=0).scan() == 2
    assert await count(pool, "camera_event") == 0
    assert [row["code"] for row in await quarantined(pool)] == ["picture_contested"] * 2
    assert [name for name in names(drop) if not name.startswith("quarantine/")] == []
    await doors.close()


async def test_a_picture_of_a_general_name_is_taken_with_a_doubt_and_in_the_records_own_folder_without(
    doors, drop, pool
):
    record(drop / "CAM", "1", pictures=(), more=GENERAL)
    (drop / "CAM" / "detectionPicture.jpg").write_bytes(photograph(1))
    record(drop / "CAM" / "20261130210000000", "CAM_20261130210000000_B2BB", "B2BB", pictures=(), more=GENERAL)
    (drop / "CAM" / "20261130210000000" / "detectionPicture.jpg").write_bytes(photograph(2))
    assert await FtpWatcher(drop, doors, settle_s=0).scan() == 2
    notes = {event["plate"]: event["notes"] for event in await events(pool)}
    assert notes["B1AA"]["picture_by_list"]["verdict"] == "doubt"
    assert "picture_by_list" not in notes["B2BB"]


async def test_a_picture_belongs_to_the_longest_record_that_its_name_carries_on(doors, drop, pool):
    record(drop, "CAM_20261103100000", "B1AA", pictures=("",))
    record(drop, "CAM_20261103100000_1", "B2BB", pictures=("", "_plate"))
    assert await FtpWatcher(drop, doors, settle_s=0).scan() == 2
    pictures = await pool.fetch(
        "select c.claimed_plate, count(*) as n from photo join case_file c using (cell, case_id) group by 1"
    )
    assert {row["claimed_plate"]: row["n"] for row in pictures} == {"B1AA": 1, "B2BB": 2}


async def test_every_poison_is_its_own_and_the_others_are_taken(doors, drop, pool, store, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(photograph(9))
    (outside / "1.xml").write_text(XML.format(plate="B9OUT", more=""))
    record(drop / "CAM", "good-1", "B1AA")
    record(drop / "CAM", "good-2", "B2BB")
    record(drop / "CAM", os.fsdecode(b"bad\xff\xfe"), "B3CC")
    (drop / "CAM" / "linked").symlink_to(outside)
    (drop / "CAM" / "link.xml").symlink_to(outside / "1.xml")
    (drop / "CAM" / "good-1_2.jpg").symlink_to(outside / "secret.jpg")
    os.mkfifo(drop / "CAM" / "pipe.xml")
    (drop / "CAM" / "good-3.xml").write_bytes(b"<FTP><dateTime>")
    record(drop / "CAM", "huge", "B4DD", pictures=())
    (drop / "CAM" / "huge.jpg").write_bytes(b"\xff\xd8\xff" + bytes(13 * 1024 * 1024))
    await add_camera(pool, "ODD", zone="No/Where", offence_map={"1240": "SABUK"})
    record(drop / "ODD", "5", "B5EE")
    record(drop / "STRANGER", "6", "B6FF")
    (drop / "/".join("abcdefghijk")).mkdir(parents=True)
    await FtpWatcher(drop, doors, settle_s=0).scan()
    assert sorted(event["plate"] for event in await events(pool)) == ["B1AA", "B2BB", "B3CC", "B5EE"]
    assert {row["code"] for row in await quarantined(pool)} == {"xml_unreadable", "too_large", "camera_unknown"}
    assert names(outside) == ["1.xml", "secret.jpg"], "nothing outside was moved"
    assert not await store.has([sha256(photograph(9)).digest()])
    assert [name for name in names(drop) if not name.startswith(("done/", "quarantine/"))] == []
    reasons = [path.read_text() for path in (drop / "quarantine").rglob("*.reason.txt")]
    assert sum("only regular files" in reason for reason in reasons) == 4


async def test_links_in_place_of_our_own_folders_are_not_followed(doors, drop, pool, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (drop / "done").symlink_to(outside)
    record(drop / "CAM", "1")
    watcher = FtpWatcher(drop, doors, settle_s=0)
    for _ in range(4):
        await watcher.scan()
    assert names(outside) == []
    assert await count(pool, "camera_event") == 1


async def test_a_record_that_is_still_being_written_is_waited_for_but_not_for_ever(doors, drop, pool):
    seconds = 0.0
    watcher = FtpWatcher(drop, doors, settle_s=2, monotonic=lambda: seconds)
    whole = XML.format(plate="B1AA", more="")
    (drop / "CAM").mkdir()
    (drop / "CAM" / "1.jpg").write_bytes(photograph())
    (drop / "CAM" / "1.xml").write_text(whole[:60])
    for seconds in (0.0, 3.0, 6.0):  # noqa: B007 - the watcher's clock reads it
        assert await watcher.scan() == 0, "cut off so far; its sender may have paused"
    (drop / "CAM" / "1.xml").write_text(whole)
    seconds = 7.0
    assert await watcher.scan() == 0
    seconds = 10.0
    assert await watcher.scan() == 1
    assert await count(pool, "quarantine") == 0


@pytest.mark.parametrize(
    ("told", "checks"),
    [
        (("CAM_20261130210000000_B1AA", "B1AA", "2026-11-30T21:00:00Z"), {"zone_suspect"}),
        (("CAM_20261130210000000_B1AA", "B1AA", "1970-01-01T00:00:12+07:00"), {"time_from_name"}),
        (("CAM_20261130210000000_B1AA", "noPlate", "2026-11-30T21:00:00+07:00"), {"plate_from_name"}),
        (("CAM_20261130210000000_B2BB", "B1AA", "2026-11-30T21:00:00+07:00"), {"plate_name_differs"}),
        (("CAM_20261130210000000_noPlate", "B1AA", "2026-11-30T21:00:00+07:00"), set()),
    ],
)
async def test_a_file_name_that_knows_better_is_heard(doors, drop, pool, told, checks):
    name, plate, date_time = told
    record(drop, name, plate)
    text = (drop / f"{name}.xml").read_text().replace("2026-11-30T21:00:00.000+07:00", date_time)
    (drop / f"{name}.xml").write_text(text)
    assert await FtpWatcher(drop, doors, settle_s=0).scan() == 1
    [event] = await events(pool)
    assert (event["plate"], event["occurred_at"].isoformat()) == ("B1AA", "2026-11-30T14:00:00+00:00")
    assert set(event["notes"]) - {"clock_suspect"} == checks


async def test_a_record_that_makes_us_fail_is_set_aside_after_three_tries(doors, drop, pool, monkeypatch):
    record(drop / "CAM", "1", "B1AA")
    record(drop / "CAM", "2", "B2BB")
    submit = doors.events.submit

    async def failing(event):
        if event.plate == "B1AA":
            raise RuntimeError("a fault of ours")
        return await submit(event)

    monkeypatch.setattr(type(doors.events), "submit", lambda _self, event: failing(event))
    watcher = FtpWatcher(drop, doors, settle_s=0)
    for _ in range(3):
        await watcher.scan()
    assert [event["plate"] for event in await events(pool)] == ["B2BB"]
    assert "quarantine/CAM/1.xml" in names(drop)


async def test_what_nobody_takes_is_told_to_the_doctor(drop):
    record(drop / "CAM", "1")
    record(drop / "NOBODY" / "20261130", "2")
    (drop / "CAM" / "link").symlink_to("/")
    # Files carry the machine's time, which no test moves.
    report = look_at_drop(drop, {"CAM"}, datetime.now(UTC) - clock.ahead() + timedelta(minutes=1))
    assert (report.records, report.unknown, report.odd, report.late) == (2, ("NOBODY/20261130",), ("CAM/link",), 4)
