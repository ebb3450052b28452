import json
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.errors import InputError
from cakra.core.policy.kinds import RETENTION
from cakra.core.policy.retention import RetentionClass
from cakra.doors.cameras.hikvision.reading.record import records_of
from cakra.doors.cameras.hikvision.reading.text import read_documents
from cakra.doors.cameras.multipart import parse_multipart
from cakra.doors.cameras.signature import push_secret
from cakra.journey.retention import run_all
from cakra.kit.clock import now
from cakra.wiring.policies import packaged_book
from camera_kit import CAMERA_KEY, add_camera, client_of, count, doors_on, photograph, quarantined
from shared import shared_dir

MAP = {"passage": "GANJIL_GENAP", "151002": "HELM", "No_Seatbelt_Fastened": "SABUK"}
UNMAPPED = "<illegalInfo><illegalCode>999</illegalCode></illegalInfo>"
PATH = f"/v1/hikvision/GATE-7/{push_secret(CAMERA_KEY)}"


def sample(name):
    return (shared_dir() / "facts" / "camera_samples" / name).read_bytes()


def push(xml, pictures, *, boundary="boundary", closed=True, lengths=False):
    """A push as the vendor's firmware writes it: names without file names, a boundary called boundary."""
    parts = [("anpr.xml", 'text/xml; charset="UTF-8"', xml), *((n, "image/pjpeg", d) for n, d in pictures)]
    body = b""
    for name, media_type, data in parts:
        length = f"Content-Length: {len(data)}\r\n" if lengths else ""
        head = f'Content-Disposition: form-data; name="{name}"\r\nContent-Type: {media_type}\r\n{length}\r\n'
        body += f"--{boundary}\r\n".encode() + head.encode() + data + b"\r\n"
    return body + (f"--{boundary}--\r\n".encode() if closed else b"")


def record(**fields):
    values = {
        "UUID": "u-1",
        "dateTime": datetime.now(UTC).isoformat(timespec="seconds"),
        "plate": "B 1234 XYZ",
        "illegal": "<illegalInfo><illegalCode>151002</illegalCode></illegalInfo>",
        **fields,
    }
    return (
        f'<ns1:EventNotificationAlert xmlns:ns1="http://www.std-cgi.com/ver10/XMLSchema">'
        f"<ns1:dateTime>{values['dateTime']}</ns1:dateTime><ns1:ANPR>"
        f"<ns1:licensePlate>{values['plate']}</ns1:licensePlate><ns1:confidenceLevel>100</ns1:confidenceLevel>"
        f"{values['illegal'].replace('<', '<ns1:').replace('<ns1:/', '</ns1:')}"
        "<ns1:pictureInfoList><ns1:pictureInfo><ns1:fileName>detectionPicture.jpg</ns1:fileName>"
        "<ns1:type>detectionPicture</ns1:type><ns1:plateRect><ns1:X>100</ns1:X><ns1:Y>500</ns1:Y>"
        "<ns1:width>50</ns1:width><ns1:height>100</ns1:height></ns1:plateRect></ns1:pictureInfo>"
        f"</ns1:pictureInfoList></ns1:ANPR><ns1:UUID>{values['UUID']}</ns1:UUID></ns1:EventNotificationAlert>"
    ).encode()


@pytest.fixture
async def client(pool, store):
    await add_camera(pool, "GATE-7", offence_map=MAP)
    async with client_of(doors_on(pool, store)) as client:
        yield client


async def send(client, body, *, path=PATH, content_type="multipart/form-data; boundary=boundary"):
    return await client.post(path, content=body, headers={"Content-Type": content_type})


async def notes_of(pool):
    return {note["check"]: note for note in json.loads(await pool.fetchval("select notes from camera_event"))}


async def test_the_real_push_comes_in_and_its_missing_region_letter_is_found(client, pool, store):
    photo = photograph(size=(640, 480))
    body = push(
        sample("hik_idn_2022_isapi_anpr.xml"), [("licensePlatePicture.jpg", b""), ("detectionPicture.jpg", photo)]
    )
    response = await send(client, body)
    assert response.status_code == 200, response.text
    row = await pool.fetchrow(
        "select e.*, c.plate, p.box, p.role from camera_event e"
        " join case_file c using (cell, case_id) join photo p using (cell, case_id)"
    )
    assert (row["door"], row["offence"], row["plate"]) == ("hikvision_isapi", "GANJIL_GENAP", "8369FQ")
    assert row["raw_time"] == "2022-02-10T15:27:40+07:00"
    assert row["occurred_at"] == datetime(2022, 2, 10, 8, 27, 40, tzinfo=UTC)
    # Thousandths 161, 426, 53 × 31 of a frame of 640 × 480.
    assert (row["role"], row["box"]) == ("scene", [103, 204, 137, 220])
    notes = await notes_of(pool)
    assert set(notes) == {"plate_grammar", "picture_empty", "clock_suspect"}
    assert notes["plate_grammar"]["facts"]["fault"] == "region_missing"
    kept = json.loads(row["record"])
    assert kept["plate"]["confidence"] == 1.0
    assert kept["vehicle"]["box"] is None
    assert row["raw_sha256"] == sha256(body).digest()
    assert await store.get(sha256(photo).digest()) == photo


async def test_the_same_push_again_is_one_case(client, pool):
    body = push(record(), [("detectionPicture.jpg", photograph())])
    first, again = await send(client, body), await send(client, body)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert await count(pool, "case_file") == 1


async def test_a_push_whose_case_was_erased_comes_again_changed_and_opens_no_case(client, pool, store):
    """The vendor changes a record when it sends it again, and of the plate nothing is left to compare; another passage
    under the same id is still one of its own."""
    pictures = [("detectionPicture.jpg", photograph())]
    told = record()
    first = await send(client, push(told, pictures))
    await pool.execute("update case_file set state = 'rejected', step = null, state_since = now() - interval '8 days'")
    assert (await run_all(pool, store, packaged_book().nation(RETENTION, now()), now())).erased[
        RetentionClass.REJECTED
    ] == 1
    await pool.execute("update leaving_picture set gone_at = gone_at - interval '1 minute'")
    changed = told.replace(b"<ns1:confidenceLevel>100<", b"<ns1:confidenceLevel>98<")
    assert changed != told
    again = await send(client, push(changed, pictures))
    assert again.json() == first.json()
    assert await count(pool, "case_file") == 0
    other = await send(client, push(record(dateTime="2026-11-20T08:00:00+07:00"), pictures))
    assert other.status_code == 200
    assert await count(pool, "case_file") == 1


async def test_prefixed_names_and_a_missing_end_are_read(client, pool):
    body = push(record(), [("detectionPicture.jpg", photograph())], closed=False)
    assert (await send(client, body)).status_code == 200
    assert await pool.fetchval("select offence from camera_event") == "HELM"
    assert await pool.fetchval("select plate from case_file") == "B1234XYZ"
    assert set(await notes_of(pool)) == {"multipart_unclosed"}


async def test_a_cut_picture_is_never_acknowledged(client, pool):
    for lengths in (False, True):
        body = push(record(), [("detectionPicture.jpg", photograph())], closed=False, lengths=lengths)[:-300]
        response = await send(client, body)
        assert response.status_code == 400
        assert response.json()["code"] in {"picture_unreadable", "multipart_truncated"}
    assert [row["body"] is not None for row in await quarantined(pool)] == [True, True]
    assert await count(pool, "camera_event") == 0


async def test_a_boundary_inside_a_picture_does_not_cut_it_when_lengths_are_told(client, store):
    photo = photograph() + b"\r\n--boundary\r\nContent-Type: x\r\n\r\n"
    assert (await send(client, push(record(), [("detectionPicture.jpg", photo)], lengths=True))).status_code == 200
    assert await store.get(sha256(photo).digest()) == photo


@pytest.mark.parametrize("word", [
    "noPlate", "unknown", "", "-", "无车牌", "未识别", "нет номера", "TANPA PLAT", "Tidak Ada Plat", "00000000", "????",
    "null", "unlicensed", "No Plate", "noplate_17", "không biển", "ไม่มีป้ายทะเบียน",
])  # fmt: skip
async def test_words_for_no_plate_are_no_plate(client, pool, word):
    assert (await send(client, push(record(plate=word), [("detectionPicture.jpg", photograph())]))).status_code == 200
    assert await pool.fetchval("select plate from case_file") is None


@pytest.mark.parametrize(
    ("xml", "pictures", "code"),
    [
        pytest.param(record(illegal=UNMAPPED), 1, "offence_unmapped", id="unmapped"),
        pytest.param(record(), 0, "photo_missing", id="no picture"),
        pytest.param(b"<EventNotificationAlert><ANPR>", 1, "xml_unreadable", id="cut xml"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY b "c">]><FTP>&b;</FTP>', 1, "xml_unreadable", id="entities"),
        pytest.param(b"<html/>", 1, "xml_unknown", id="another root"),
    ],
)  # fmt: skip
async def test_what_cannot_be_taken_is_kept_with_its_reason(client, pool, xml, pictures, code):
    body = push(xml, [("detectionPicture.jpg", photograph())] * pictures)
    response = await send(client, body)
    assert (response.status_code, response.json()["code"]) == (400, code)
    [kept] = await quarantined(pool)
    assert (kept["code"], kept["body"], kept["camera"]) == (code, body, "GATE-7")


async def test_a_bare_record_has_no_photograph(client):
    response = await send(client, sample("hik_idn_2022_isapi_anpr.xml"), content_type="application/xml")
    assert (response.status_code, response.json()["code"]) == (400, "photo_missing")


async def test_a_wrong_secret_looks_like_an_unknown_camera(client, pool, store):
    body = push(record(), [("detectionPicture.jpg", photograph())])
    wrong = await send(client, body, path="/v1/hikvision/GATE-7/0000")
    unknown = await send(client, body, path=PATH.replace("GATE-7", "GATE-8"))
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text == unknown.text
    assert [row["authentic"] for row in await quarantined(pool)] == [False, False]


async def test_a_shared_secret_is_taken_only_where_one_is_set(pool, store):
    await add_camera(pool, "GATE-7", offence_map=MAP)
    await pool.execute("update camera set vendor = 'hikvision'")
    body = push(record(), [("detectionPicture.jpg", photograph())])
    for shared, secret, status in (("", "", 404), ("", "let me in", 401), ("let me in", "let me in", 200)):
        async with client_of(doors_on(pool, store, hikvision_key=shared)) as client:
            assert (await send(client, body, path=f"/v1/hikvision/GATE-7/{secret}")).status_code == status


async def test_who_knows_the_shared_secret_cannot_speak_for_a_camera_that_signs(pool, store):
    await add_camera(pool, "GATE-7", offence_map=MAP)
    body = push(record(), [("detectionPicture.jpg", photograph())])
    async with client_of(doors_on(pool, store, hikvision_key="let me in")) as client:
        assert (await send(client, body, path="/v1/hikvision/GATE-7/let me in")).status_code == 401


@given(st.binary(max_size=400), st.sampled_from(["multipart/form-data; boundary=b", "multipart/mixed", ""]))
def test_the_multipart_reader_only_ever_refuses(noise, content_type):
    framed = b"--b\r\nContent-Length: 5\r\n\r\n" + noise + b"\r\n--b--"
    for body in (noise, framed, framed[: len(noise)]):
        try:
            parts = parse_multipart(body, content_type).parts
        except InputError:
            continue
        assert sum(len(part.data) for part in parts) <= len(body)


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.booleans())
def test_every_part_comes_back_as_it_was_sent(contents, closed):
    contents = [content for content in contents if b"--boundary" not in content]
    pictures = [(f"p{n}", content) for n, content in enumerate(contents)]
    read = parse_multipart(
        push(b"<FTP/>", pictures, closed=closed, lengths=True), "multipart/form-data; boundary=boundary"
    )
    assert read.closed is closed
    assert [part.data for part in read.parts] == [b"<FTP/>", *contents]
    assert all(part.complete for part in read.parts)


_TEXTS = st.sampled_from(["licensePlate", "dateTime", "UUID", "confidenceLevel", "line", "pictureInfo", "X", "width"])


@given(st.binary(max_size=300), st.lists(st.tuples(_TEXTS, st.text(max_size=20)), max_size=8))
def test_the_record_reader_only_ever_refuses(noise, fields):
    inner = "".join(f"<{name}><![CDATA[{text.replace(']]>', '')}]]></{name}>" for name, text in fields)
    wrapped = f"<FTP>{inner}<vehicleInfo>{inner}</vehicleInfo></FTP>".encode("utf-8", "replace")
    for xml in (noise, b"<FTP>" + noise + b"</FTP>", wrapped):
        try:
            roots = [document.root for document in read_documents(xml) if document.root is not None]
            assert all(record.event_id for root in roots for record in records_of(root))
        except InputError:
            continue
