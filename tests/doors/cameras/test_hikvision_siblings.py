"""What cameras really send, beside the shared samples: each a sibling of a fault met in the field."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cases import BELT, WIB, alert, events, picture, plate, push_body

from cakra.doors.cameras.signature import push_secret
from camera_kit import CAMERA_KEY, add_camera, client_of, count, doors_on, quarantined

SCENE = "detectionPicture.jpg"
PATH = f"/v1/hikvision/CAM-1/{push_secret(CAMERA_KEY)}"
MAP = {"1240": "SABUK", "151002": "HELM"}


@pytest.fixture
async def client(pool, store):
    await add_camera(pool, offence_map=MAP)
    async with client_of(doors_on(pool, store)) as client:
        yield client


async def push(client, xml, pictures=(SCENE,), content_type="text/xml"):
    body = push_body(xml if isinstance(xml, bytes) else xml.encode(), pictures, content_type)
    return await client.post(PATH, content=body, headers={"Content-Type": "multipart/form-data; boundary=boundary"})


async def with_map(pool, store, offence_map, **limits):
    """A second set of doors on a camera with another map."""
    await pool.execute("update camera set offence_map = $1", json.dumps(offence_map))
    return client_of(doors_on(pool, store, **limits))


@pytest.mark.parametrize(
    ("before", "inside", "pictures"),
    [
        ("<eventType>VMD</eventType>", "", 1),
        ("<eventType>vmd</eventType><eventState>active</eventState>", plate() + BELT, 1),
        ("<eventType>linedetection</eventType>", "", 2),
        ("<eventType>tamperdetection</eventType>", "", 0),
        ("<eventType>somethingNew</eventType>", None, 1),
        ("<eventType>ANPR</eventType><eventState>inactive</eventState>", "", 0),
        ("<eventType>ANPR</eventType>", "", 0),
        (" ", None, 0),
    ],
)
async def test_what_is_no_event_of_ours_is_taken_kindly_and_nothing_is_kept(client, pool, before, inside, pictures):
    whole = alert(inside or "", before=before)
    whole = whole if inside is not None else whole.replace("<ANPR></ANPR>", "")
    for _ in range(2):
        answer = await push(client, whole, [SCENE] * pictures)
        assert (answer.status_code, answer.json()) == (200, {"status": "noted"})
    assert [await count(pool, t) for t in ("camera_event", "quarantine", "photo")] == [0, 0, 0]
    assert await count(pool, "camera_heard") == 1


async def test_a_bare_heartbeat_is_written_down_once_in_a_while_and_in_json_too(client, pool):
    body = b"<EventNotificationAlert><eventType>videoloss</eventType></EventNotificationAlert>"
    assert (await client.post(PATH, content=body, headers={"Content-Type": "application/xml"})).status_code == 200
    told = json.dumps({"eventType": "heartBeat", "eventState": "active"}).encode()
    assert (await client.post(PATH, content=told, headers={"Content-Type": "application/json"})).status_code == 200
    assert [await count(pool, t) for t in ("camera_heard", "quarantine")] == [1, 0]


async def test_an_anpr_event_in_json_says_what_to_set(client):
    told = json.dumps({"eventType": "ANPR"}).encode()
    answer = await client.post(PATH, content=told, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "XML" in answer.json()["detail"]


async def test_several_attributes_of_one_record_are_one_case_with_their_offences(pool, store):
    await add_camera(pool)
    inside = "<helmet>no</helmet><uphone>yes</uphone><pilotsafebelt>no</pilotsafebelt><smoking>yes</smoking>"
    names = {"helmet": "HELM", "pilotsafebelt=no": "SABUK", "uphone": "BATAS_KECEPATAN"}
    async with await with_map(pool, store, names) as client:
        for said in (plate("B1234XYZ"), plate("无车牌")):
            first = await push(client, alert(said + inside, uuid_text=f"u-{len(said)}"))
            again = await push(client, alert(said + inside, uuid_text=f"u-{len(said)}"))
            assert (first.status_code, first.json()["events"]) == (200, 3)
            assert first.json() == again.json()
    rows = await pool.fetch("select offences, claimed_plate from case_file order by claimed_plate nulls last")
    assert [sorted(row["offences"]) for row in rows] == [["BATAS_KECEPATAN", "HELM", "SABUK"]] * 2
    assert [row["claimed_plate"] for row in rows] == ["B1234XYZ", None]
    assert await count(pool, "camera_event") == 6
    assert not any("offence_by_attribute" in event["notes"] for event in await events(pool))


async def test_every_offence_that_a_record_lists_is_taken_and_none_is_hidden_behind_a_normal_one(pool, store):
    await add_camera(pool)

    def listed(*codes):
        return "".join(f"<illegalInfo><illegalCode>{code}</illegalCode></illegalInfo>" for code in codes)

    async with await with_map(pool, store, {"1240": "SABUK", "1000": "HELM"}) as client:
        one = await push(client, alert(plate() + listed(0, 1240), uuid_text="u-1"))
        two = await push(client, alert(plate("B2BB") + f"<list>{listed(0, 1240, 1000)}</list>", uuid_text="u-2"))
    assert (one.status_code, two.status_code, two.json()["events"]) == (200, 200, 2)
    rows = await pool.fetch("select offences from case_file order by claimed_plate")
    assert sorted(sorted(row["offences"]) for row in rows) == [["HELM", "SABUK"], ["SABUK"]]


async def test_an_attribute_that_no_map_knows_is_refused_with_its_name(pool, store):
    await add_camera(pool)
    async with await with_map(pool, store, {"1625": "SABUK"}) as client:
        answer = await push(client, alert(plate() + "<helmet>no</helmet>"))
    assert answer.json()["code"] == "offence_unmapped"
    assert "helmet=no" in answer.json()["detail"]


async def test_the_same_uuid_for_another_passage_is_an_event_of_its_own(client, pool):
    earlier = (datetime.now(WIB) - timedelta(hours=3)).isoformat("T", "seconds")
    first = await push(client, alert(plate("B1AA") + BELT, uuid_text="always", date_time=earlier))
    second = await push(client, alert(plate("B2BB") + BELT, uuid_text="always"))
    again = await push(client, alert(plate("B2BB") + BELT, uuid_text="always"))
    assert [one.status_code for one in (first, second, again)] == [200] * 3
    assert [event["plate"] for event in await events(pool)] == ["B1AA", "B2BB"] or await count(pool, "case_file") == 2
    assert await count(pool, "quarantine") == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"date_time": "2026-11-30T23:30:00+07:00", "after": "<isDataRetransmission>true</isDataRetransmission>"},
        {"before": "<eventType>ANPR</eventType><activePostCount>7</activePostCount>"},
    ],
)
async def test_a_retransmission_is_the_same_event_whatever_its_clock_says(client, pool, changed):
    at = (datetime.now(WIB) - timedelta(seconds=20)).isoformat("T", "seconds")
    first = await push(client, alert(plate() + BELT, uuid_text="u", date_time=at))
    again = await push(
        client, alert(plate() + BELT, **{"uuid_text": "u", "date_time": at, **changed}), [(SCENE, picture(SCENE, 7))]
    )
    assert again.status_code == 200
    assert first.json() == again.json()
    assert await count(pool, "camera_event") == 1


async def test_without_a_uuid_the_event_is_known_by_what_it_says(client, pool):
    at = (datetime.now(WIB) - timedelta(seconds=20)).isoformat("T", "seconds")
    for more in ("", "<alarmDataType>1</alarmDataType>"):
        xml = alert(plate() + BELT + more, uuid_text="00000000-0000-0000-0000-000000000000", date_time=at)
        assert (await push(client, xml)).status_code == 200
    assert await count(pool, "camera_event") == 1


@pytest.mark.parametrize(
    ("parts", "note", "kept"),
    [
        ([SCENE, ("plateBinaryPicture.jpg", b"BM" + bytes(60))], {"picture_aside": "ok"}, 1),
        ([SCENE, ("licensePlatePicture.jpg", picture("plate.jpg")[:-200])], {"picture_aside": "doubt"}, 1),
        ([SCENE, ("clip.mp4", b"\x00\x00\x00\x18ftypmp42")], {"picture_aside": "ok"}, 1),
        ([SCENE, "pilotPicture.jpg", "copilotPicture.jpg"], {"picture_face": "ok"}, 1),
        ([(f"vehiclePicture_{n}.jpg", picture("v.jpg", n)) for n in range(9)] + [SCENE], {"picture_over": "ok"}, 8),
    ],
)
async def test_odd_parts_are_left_aside_and_the_event_lives(client, pool, parts, note, kept):
    assert (await push(client, alert(plate() + BELT), parts)).status_code == 200
    [event] = await events(pool)
    assert {check: event["notes"][check]["verdict"] for check in note} == note
    assert await count(pool, "photo") == kept
    assert await pool.fetchval("select count(*) from photo where role = 'scene'") == 1


async def test_a_push_of_faces_alone_has_no_photograph(client):
    answer = await push(client, alert(plate() + BELT), ["pilotPicture.jpg"])
    assert (answer.status_code, answer.json()["code"]) == (400, "photo_missing")


async def test_what_says_that_its_pictures_come_later_is_kept_until_they_do(client, pool):
    answer = await push(client, alert(plate() + BELT, uuid_text="u", after="<hasMoreData>true</hasMoreData>"), [])
    assert (answer.status_code, answer.json()) == (200, {"status": "waiting"})
    assert [row["code"] for row in await quarantined(pool)] == ["awaiting_pictures"]
    assert (await push(client, alert(plate() + BELT, uuid_text="u"))).json()["event_id"] == "u"


SAID = alert(plate() + BELT, uuid_text="u-1").replace("<ANPR>", "<channelName>@</channelName><ANPR>")


@pytest.mark.parametrize(
    ("xml", "name", "mended"),
    [
        (SAID.replace("UTF-8", "GB2312").replace("@", "路口一").encode("gb2312"), "路口一", None),
        (SAID.replace("UTF-8", "UTF-16").replace("@", "路口").encode("utf-16"), "路口", None),
        (SAID.replace("UTF-8", "windows-1252").replace("@", "CAFÉ").encode("cp1252"), "CAFÉ", None),
        (SAID.replace("@", "CAF~").encode().replace(b"~", b"\xe9"), "CAF\ufffd", ["bytes"]),
        (SAID.replace("@", "A & B < C").encode(), "A & B < C", ["ampersand", "angle"]),
        (SAID.replace("@", "A\x01&#0;").encode(), "A\ufffd\ufffd", ["characters"]),
        (SAID.replace("UTF-8", "X-VENDOR").replace("@", "A").encode(), "A", ["encoding"]),
        (SAID.replace("ANPR>", "ns9:ANPR>").replace("@", "A").encode(), "A", ["prefix"]),
        (SAID.replace("@", "A").encode() + b"\x00\x00 rest", "A", ["characters", "trailing"]),
    ],
    ids=["gb2312", "utf-16", "cp1252", "wrong byte", "ampersand", "controls", "unknown encoding", "prefix", "trailing"],
)
async def test_records_that_are_no_sound_xml_are_mended_and_kept_as_they_came(client, pool, xml, name, mended):
    assert (await push(client, xml)).status_code == 200
    [event] = await events(pool)
    assert json.loads(event["record"])["extra"]["channelName"] == name
    assert (event["notes"].get("record_mended") or {"facts": {"mended": None}})["facts"]["mended"] == mended
    assert event["original"] == (xml if mended else None)


async def test_two_records_in_one_file_are_both_taken_and_their_pictures_doubted(client, pool):
    both = alert(plate("B1AA") + BELT) + alert(plate("B2BB") + BELT)
    assert (await push(client, both)).json()["events"] == 2
    assert sorted(event["plate"] for event in await events(pool)) == ["B1AA", "B2BB"]
    assert all(event["notes"]["picture_shared"]["verdict"] == "doubt" for event in await events(pool))


async def test_a_sound_record_is_taken_though_the_one_behind_it_is_cut(client, pool):
    answer = await push(client, alert(plate("B1AA") + BELT) + alert(plate("B2BB") + BELT)[:200])
    assert (answer.status_code, answer.json()["code"]) == (400, "xml_unreadable")
    assert [event["plate"] for event in await events(pool)] == ["B1AA"]


@pytest.mark.parametrize(
    ("rect", "box", "unit"),
    [
        ((0.5, 0.5, 0.1, 0.05), [640, 360, 768, 396], "fraction"),
        ((500, 500, 100, 50), [640, 360, 768, 396], "permille"),
        ((4096, 4096, 819, 409), None, "unknown"),
        ((1001, 300, 100, 40), [1001, 300, 1101, 340], "unknown"),
        ((0, 0, 0, 0), None, None),
        (("nan", "inf", "1e99", "-1"), None, None),
    ],
)
async def test_boxes_are_told_on_with_the_scale_their_numbers_betray(client, pool, rect, box, unit):
    x, y, width, height = rect
    inside = (
        "<pictureInfoList><pictureInfo><fileName>detectionPicture.jpg</fileName><type>detectionPicture</type>"
        f"<plateRect><X>{x}</X><Y>{y}</Y><width>{width}</width><height>{height}</height></plateRect>"
        "</pictureInfo></pictureInfoList>"
    )
    assert (await push(client, alert(plate() + BELT + inside))).status_code == 200
    assert await pool.fetchval("select box from photo") == box
    [event] = await events(pool)
    told = json.loads(event["record"])["photos"][0]
    assert (told.get("rect"), told.get("rect_unit")) == (None if unit is None else [float(n) for n in rect], unit)
    assert "box_outside" not in event["notes"]


@pytest.mark.parametrize(
    "date_time", ["yesterday", "2026-02-30T25:61:00", "9999-12-31T23:59:59-12:00", "2031-01-01T00:00:00Z"]
)
async def test_a_time_that_cannot_be_is_our_receipt_and_a_doubt(client, pool, date_time):
    assert (await push(client, alert(plate() + BELT, date_time=date_time))).status_code == 200
    [event] = await events(pool)
    assert abs(event["occurred_at"] - datetime.now(UTC)) < timedelta(minutes=1)
    assert event["raw_time"] == date_time
    assert {"time_unreadable", "clock_future"} & set(event["notes"])


@pytest.mark.parametrize(
    "date_time", ["1970-01-01T00:00:12+07:00", "0001-01-01T00:00:00Z", "2000-01-01T08:00:00+07:00"]
)
async def test_clocks_that_were_reset_join_nothing(client, pool, date_time):
    for _ in range(2):
        assert (await push(client, alert(plate() + BELT, date_time=date_time))).status_code == 200
    rows = await events(pool)
    assert len({row["case_id"] for row in rows}) == 2
    assert all(row["occurred_at"] >= datetime(1970, 1, 1, tzinfo=UTC) for row in rows)
    assert all("clock_impossible" in row["notes"] for row in rows)


async def test_a_plate_that_is_none_by_the_grammar_joins_nothing(client, pool):
    for _ in range(2):
        assert (await push(client, alert(plate("8369FQ") + BELT))).status_code == 200
    assert await count(pool, "case_file") == 2


async def test_a_camera_with_a_zone_that_does_not_exist_still_reports(client, pool):
    await pool.execute("update camera set zone = 'Mars/Olympus'")
    await add_camera(pool, "CAM-2", zone="Mars/Olympus", offence_map=MAP)
    path = f"/v1/hikvision/CAM-2/{push_secret(CAMERA_KEY)}"
    body = push_body(alert(plate() + BELT).encode(), [SCENE])
    answer = await client.post(path, content=body, headers={"Content-Type": "multipart/form-data; boundary=boundary"})
    assert answer.status_code == 200
    [event] = await events(pool)
    assert event["notes"]["camera_zone_unknown"]["facts"] == {"zone": "Mars/Olympus", "used": "Asia/Jakarta"}


@pytest.mark.parametrize("tag", ["plateNumber", "LicensePlate", "originalLicensePlate", "plateNo", "LICENSEPLATE"])
async def test_a_plate_is_read_from_any_of_its_tags(client, pool, tag):
    assert (await push(client, alert(plate("B 1234 XYZ", tag) + BELT))).status_code == 200
    assert [event["plate"] for event in await events(pool)] == ["B1234XYZ"]


async def test_long_and_odd_texts_are_bounded_and_lose_nothing(client, pool):
    inside = (
        plate("B" * 4000) + f"<plateColor>{'x' * 500}</plateColor><vehicleInfo><color>{'y' * 500}</color></vehicleInfo>"
    )
    assert (await push(client, alert(inside + BELT, uuid_text="{a b}" * 200))).status_code == 200
    [event] = await events(pool)
    assert event["event_id"].startswith("sha256-")
    assert len(event["claimed_plate"]) == 32
