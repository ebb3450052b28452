import asyncio
import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from cakra.core.errors import InputError
from cakra.doors.cameras.multipart import parse_multipart
from cakra.journey.intake import CameraBook
from cakra.kit.seal import Sealer
from camera_kit import (
    ROOT_KEY,
    add_camera,
    client_of,
    count,
    doors_on,
    event,
    multipart,
    photograph,
    post,
    put_photo,
    quarantined,
    signed,
)


async def test_a_multipart_event_is_durable_when_it_is_acknowledged(client, pool, store):
    photo = photograph()
    response = await post(client, event(speed_kmh=72.5, extra={"firmware": "1.2"}), [photo])
    assert response.status_code == 201
    assert response.json()["status"] == "opened"
    assert await store.get(sha256(photo).digest()) == photo
    row = await pool.fetchrow(
        "select c.*, e.record, e.notes, e.door, p.sha256, p.width, p.height, p.bytes, p.box from camera_event e"
        " join case_file c using (cell, case_id) join photo p using (cell, case_id)"
    )
    assert (row["state"], row["step"], row["plate"]) == ("received", "screening", "B1234XYZ")
    assert row["due_at"] is not None
    assert 10 <= row["cell"] <= 17
    assert (row["sha256"], row["bytes"]) == (sha256(photo).digest(), len(photo))
    assert (row["width"], row["height"], row["box"]) == (320, 240, [100, 100, 180, 130])
    record = json.loads(row["record"])
    assert record["extra"] == {"firmware": "1.2"}
    assert record["speed_kmh"] == 72.5
    assert json.loads(row["notes"]) == []


async def test_the_same_event_twice_gets_the_same_answer_and_makes_one_case(client, pool):
    record, photo = event(), photograph()
    first = await post(client, record, [photo])
    again = await post(client, record, [photo])
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert await count(pool, "case_file") == 1
    assert await pool.fetchval("select repeats from camera_event") == 1


async def test_the_same_id_with_other_content_is_a_conflict_and_kept(client, pool):
    record = event()
    await post(client, record, [photograph()])
    other = await post(client, record, [photograph(1)])
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert "new id" in other.json()["detail"]
    assert [row["code"] for row in await quarantined(pool)] == ["conflict"]
    assert await count(pool, "camera_event") == 1


async def test_the_lean_pair_is_the_same_event_as_the_multipart_one(client, pool):
    photo = photograph()
    digest = sha256(photo).hexdigest()
    record = event(photos=[{"sha256": digest, "role": "scene"}])
    assert (await put_photo(client, photo)).status_code == 201
    body = json.dumps(record).encode()
    lean = await client.post("/v1/events", content=body, headers=signed(body, "application/json"))
    assert lean.status_code == 201
    again = await post(client, record, [photo])
    assert again.status_code == 200
    assert again.json() == lean.json()
    assert await count(pool, "photo") == 1


async def test_a_lean_event_waits_for_its_photographs(client):
    body = json.dumps(event(photos=[{"sha256": "ab" * 32}])).encode()
    response = await client.post("/v1/events", content=body, headers=signed(body, "application/json"))
    assert response.status_code == 400
    assert response.json()["code"] == "photo_missing"
    assert f"PUT /v1/photos/{'ab' * 32}" in response.json()["detail"]


async def test_a_photograph_under_another_hash_is_refused(client, store):
    photo = photograph()
    response = await put_photo(client, photo, "00" * 32)
    assert response.status_code == 400
    assert response.json()["code"] == "photo_hash_mismatch"
    assert not await store.has([sha256(photo).digest()])


def _with_extra(value):
    return json.dumps(event(extra={"a": 0})).encode().replace(b'{"a": 0}', b'{"a": ' + value + b"}")


def _wrong_inputs():
    photo = photograph()
    whole, content_type = multipart(event(), [photo])
    unnamed = event()
    del unnamed["event_id"]
    yield "truncated", whole[: len(whole) // 2], content_type, "multipart_truncated"
    yield "cut in the event", whole[:150], content_type, "multipart_truncated"
    yield "no boundary in the body", photo, content_type, "multipart_unreadable"
    yield "no picture", *multipart(event(), [b"GIF89a not a photograph"]), "picture_not_jpeg_or_png"
    yield "cut picture", *multipart(event(), [photo[:-400]]), "picture_unreadable"
    yield "only an empty picture", *multipart(event(), [b""]), "photo_missing"
    yield "nine photographs", *multipart(event(), [photograph(n) for n in range(9)]), "photo_too_many"
    yield "unknown offence", *multipart(event(offence="TERBANG"), [photo]), "offence_unknown"
    yield "no time zone", *multipart(event(occurred_at="2026-02-03T10:00:00"), [photo]), "time_unreadable"
    yield "year zero", *multipart(event(occurred_at="0001-01-01T00:00:00+07:00"), [photo]), "time_unreadable"
    yield "no id", *multipart(unnamed, [photo]), "event_invalid"
    yield "unknown key", *multipart(event(colour="red"), [photo]), "event_invalid"
    yield "NUL", *multipart(event(extra={"a": "\x00"}), [photo]), "event_unstorable"
    yield "endless number", *multipart(b'{"schema":"cakra.event/1","extra":{"a":1e999}}', [photo]), "event_invalid"
    yield (
        "a key twice",
        *multipart(b'{"schema":"cakra.event/1","event_id":"A","event_id":"B"}', [photo]),
        "event_invalid",
    )
    yield "nested too deeply", *multipart(b'{"extra":' + b'{"a":' * 5000 + b"1" + b"}" * 5001, [photo]), "event_invalid"
    yield "a number too large", *multipart(_with_extra(b"1e400"), [photo]), "event_unstorable"
    yield "a number too long", *multipart(_with_extra(b"1" * 5001), [photo]), "event_invalid"
    yield "half a character", *multipart(json.dumps(event(extra={"a": "\ud800"})).encode(), [photo]), "event_invalid"
    yield "no number", *multipart(b'{"schema":"cakra.event/1","speed_kmh":NaN}', [photo]), "event_invalid"
    yield "a zone of the moon", *multipart(event(occurred_at="2026-02-03T10:00:00+99:00"), [photo]), "time_unreadable"
    yield "the last year", *multipart(event(occurred_at="9999-12-31T23:59:59-12:00"), [photo]), "time_unreadable"
    yield "the 30th of February", *multipart(event(occurred_at="2026-02-30T10:00:00+07:00"), [photo]), "time_unreadable"
    yield "no JSON", *multipart(b"{", [photo]), "event_invalid"
    yield "plain text", b"hello", "text/plain", "media_type"
    yield "empty", b"", "application/json", "event_invalid"


@pytest.mark.parametrize(("body", "content_type", "code"), [pytest.param(*w[1:], id=w[0]) for w in _wrong_inputs()])
async def test_wrong_input_is_refused_with_a_sentence_and_kept_whole(client, pool, body, content_type, code):
    response = await client.post("/v1/events", content=body, headers=signed(body, content_type))
    assert (response.status_code, response.json()["code"]) == (400, code)
    [kept] = await quarantined(pool)
    assert (kept["code"], kept["authentic"], kept["camera"]) == (code, True, "CAM-1")
    assert kept["body"] == body
    assert kept["headers"]["content-type"] == content_type
    assert str(kept["quarantine_id"]) in response.json()["detail"]
    assert await count(pool, "case_file") == 0


async def test_strangers_all_hear_the_same(client, pool):
    await add_camera(pool, "RETIRED", active=False)
    body, content_type = multipart(event(), [photograph()])
    forged = signed(body, content_type, key=b"another key")
    old = signed(body, content_type, at=1_700_000_000)
    refusals = [
        await client.post("/v1/events", content=body, headers=headers)
        for headers in (
            forged,
            old,
            signed(body, content_type, camera="NOBODY"),
            signed(body, content_type, camera="RETIRED"),
            signed(body + b"x", content_type),
            signed(body, content_type, path="/v1/photos/x"),
            {**forged, "Cakra-Timestamp": "soon"},
            {"Content-Type": content_type},
        )
    ]
    assert {response.status_code for response in refusals} == {401}
    assert len({response.text for response in refusals}) == 1
    kept = await quarantined(pool)
    assert [(row["authentic"], row["body"]) for row in kept] == [(False, body)] * len(refusals)
    assert await count(pool, "case_file") == 0


async def test_strangers_fill_only_their_share_of_the_quarantine(pool, store):
    await add_camera(pool)
    body = bytes(600 * 1024)
    async with client_of(doors_on(pool, store, stranger_quarantine_mb=1)) as client:
        for _ in range(3):
            response = await client.post("/v1/events", content=body, headers={"Content-Type": "image/jpeg"})
            assert response.status_code == 401
        mine = await client.post("/v1/events", content=body, headers=signed(body, "image/jpeg"))
        assert mine.status_code == 400
    kept = await quarantined(pool)
    assert [row["body"] is not None for row in kept] == [True, False, False, True]
    assert {row["raw_sha256"] for row in kept} == {sha256(body).digest()}


async def test_an_event_of_many_megabytes_is_not_even_read(client):
    body = json.dumps(event(extra={"x": "y" * 500_000})).encode()
    answer = await client.post("/v1/events", content=body, headers=signed(body, "application/json"))
    assert (answer.status_code, answer.json()["code"]) == (400, "event_too_long")


def lines_run(body):
    """How much work taking this body apart is."""
    counted = 0

    def count(_frame, kind, _told):
        nonlocal counted
        counted += kind == "line"
        return count

    sys.settrace(count)
    try:
        parse_multipart(body, "multipart/form-data; boundary=b")
    except InputError:
        pass
    finally:
        sys.settrace(None)
    return counted


def test_a_body_of_nothing_but_parts_is_given_up_early():
    parts = 20_000
    assert lines_run(b"--b\r\n\r\n\r\n" * parts) < parts


def test_long_words_in_the_headers_of_parts_are_read_in_one_pass():
    """Before, each letter of a word began a search of its own: minutes for a body of one megabyte."""
    head = b"--b\r\nContent-Disposition: " + b"a" * 16_000 + b"\r\n\r\nx\r\n"
    body = parse_multipart(head * 60 + b"--b--", "multipart/form-data; boundary=b")
    assert [part.name for part in body.parts] == [None] * 60


async def test_strangers_past_all_quotas_leave_no_rows_but_known_cameras_do(pool, store):
    await add_camera(pool)
    body = bytes(900 * 1024)
    async with client_of(doors_on(pool, store, stranger_quarantine_mb=1)) as client:
        for _ in range(8):
            assert (await client.post("/v1/events", content=body)).status_code == 401
        mine = await client.post("/v1/events", content=body, headers=signed(body, "image/jpeg"))
        assert mine.json()["detail"].count("It is kept for inspection as") == 1
    assert [row["authentic"] for row in await quarantined(pool)] == [False] * 4 + [True]


async def test_a_request_over_the_limit_is_refused_while_it_is_read(pool, store):
    await add_camera(pool)
    sent = 0

    async def endless():
        nonlocal sent
        for _ in range(1000):
            sent += 64 * 1024
            yield bytes(64 * 1024)

    async with client_of(doors_on(pool, store, max_request_bytes=1024 * 1024)) as client:
        response = await client.post("/v1/events", content=endless(), headers={"Content-Type": "image/jpeg"})
    assert response.status_code == 413
    assert "1048576" in response.json()["detail"]
    [kept] = await quarantined(pool)
    assert (kept["code"], kept["body"]) == ("too_large", None)


async def test_too_many_pixels_are_refused(pool, store):
    await add_camera(pool)
    async with client_of(doors_on(pool, store, max_megapixels=0.05)) as client:
        response = await post(client, event(), [photograph(size=(300, 200))])
    assert response.status_code == 413


async def test_an_empty_picture_beside_a_good_one_is_a_finding(client, pool):
    assert (await post(client, event(), [photograph(), b""])).status_code == 201
    notes = json.loads(await pool.fetchval("select notes from camera_event"))
    assert [note["check"] for note in notes] == ["picture_empty"]


async def test_a_missing_closing_boundary_is_survived_when_all_named_photographs_are_there(client, pool):
    photo = photograph()
    record = event(photos=[{"sha256": sha256(photo).hexdigest(), "role": "scene"}])
    body, content_type = multipart(record, [photo], closed=False)
    response = await client.post("/v1/events", content=body, headers=signed(body, content_type))
    assert response.status_code == 201
    notes = json.loads(await pool.fetchval("select notes from camera_event"))
    assert [note["check"] for note in notes] == ["multipart_unclosed"]
    cut = body[:-200]
    refused = await client.post("/v1/events", content=cut, headers=signed(cut, content_type))
    assert refused.json()["code"] == "multipart_truncated"


async def test_the_first_instant_of_the_calendar_is_bounded_and_doubted(client, pool):
    record = event(occurred_at="0001-01-01T00:00:00Z")
    assert (await post(client, record, [photograph()])).status_code == 201
    row = await pool.fetchrow("select e.*, c.occurred_at as at from camera_event e join case_file c using (case_id)")
    assert row["occurred_at"] == row["at"] == datetime(1970, 1, 1, tzinfo=UTC)
    assert row["raw_time"] == "0001-01-01T00:00:00Z"
    assert [note["check"] for note in json.loads(row["notes"])] == ["clock_impossible"]


async def test_an_event_of_the_future_is_stored_as_of_its_receipt_and_doubted(client, pool):
    record = event(ago_s=-86_400)
    assert (await post(client, record, [photograph()])).status_code == 201
    row = await pool.fetchrow("select * from camera_event")
    assert (row["occurred_at"], row["raw_time"]) == (row["received_at"], record["occurred_at"])
    assert [note["check"] for note in json.loads(row["notes"])] == ["clock_future"]


async def test_twelve_megabytes_that_only_look_like_delimiters_hold_nobody_up(client, monkeypatch):
    """What takes a long body apart runs beside the loop, in searches of a bounded length each."""
    body = b"--b\r\n\r\n" + b"\r\n--bX" * 1_600_000
    told = []
    monkeypatch.setattr(asyncio, "to_thread", _telling(told, asyncio.to_thread))
    answer = await client.post("/v1/events", content=body, headers=signed(body, "multipart/form-data; boundary=b"))
    assert answer.status_code == 400
    assert "parse_multipart" in told
    assert lines_run(body) < 2000, "a few lines of ours for each window, none for what only looks like a delimiter"


def _telling(told, to_thread):
    async def run(work, *arguments, **named):
        told.append(getattr(work, "__name__", ""))
        return await to_thread(work, *arguments, **named)

    return run


async def test_a_plate_that_is_none_and_a_slow_clock_are_noted_and_kept_as_claimed(client, pool):
    record = event(ago_s=90, plate={"text": "8369fq", "box": [5000, 1, 6000, 2]})
    slow_clock = int(time.time()) - 90
    assert (await post(client, record, [photograph()], at=slow_clock)).status_code == 201
    row = await pool.fetchrow("select notes, plate from camera_event join case_file using (cell, case_id)")
    notes = {note["check"]: note for note in json.loads(row["notes"])}
    assert set(notes) == {"clock_suspect", "plate_grammar", "box_outside"}
    assert notes["plate_grammar"]["facts"]["fault"] == "region_missing"
    assert all(note["words_id"] and note["words_en"] and note["verdict"] == "doubt" for note in notes.values())
    assert row["plate"] == "8369FQ"


async def test_a_record_kept_back_while_the_network_was_away_is_late_but_its_clock_is_not_suspect(client, pool):
    assert (await post(client, event(ago_s=86_400), [photograph()])).status_code == 201
    assert json.loads(await pool.fetchval("select notes from camera_event")) == []


async def test_many_concurrent_events_share_commits(client, pool):
    answers = await asyncio.gather(
        *(post(client, event(f"E{n}", plate={"text": f"B{n + 1}XY"}), [photograph(n % 5)]) for n in range(60))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert await count(pool, "case_file") == 60
    # One transaction writes its rows with one transaction id.
    assert await pool.fetchval("select count(distinct xmin::text) from case_file") < 30


async def test_a_withdrawn_camera_is_a_stranger_when_the_book_looks_again(pool, store):
    seconds = 0.0
    await add_camera(pool)
    doors = doors_on(pool, store)
    book = CameraBook(pool, Sealer(ROOT_KEY, "camera"), ttl_s=3, monotonic=lambda: seconds)
    async with client_of(replace(doors, cameras=book)) as client:
        assert (await post(client, event("A"), [photograph()])).status_code == 201
        await pool.execute("update camera set active = false")
        assert (await post(client, event("B"), [photograph()])).status_code == 201
        seconds = 3.5
        assert (await post(client, event("C"), [photograph()])).status_code == 401


async def test_the_api_is_described_for_those_who_build_cameras(client):
    described = (await client.get("/openapi.json")).json()["paths"]["/v1/events"]["post"]
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["photos"]["items"]["properties"]["role"]["enum"] == ["scene", "plate", "context"]
    assert "$ref" not in json.dumps(schema)
    assert {parameter["name"] for parameter in described["parameters"]} >= {"Cakra-Signature"}
    assert "application/problem+json" in described["responses"]["409"]["content"]


async def test_quarantined_input_expires(pool, store):
    await add_camera(pool)
    doors = doors_on(pool, store, quarantine_days=30)
    async with client_of(doors) as client:
        for _ in range(3):
            await post(client, event(offence="TERBANG"), [photograph()])
    [received_at, *_] = [row["received_at"] for row in await quarantined(pool)]
    assert await doors.quarantine.expire(received_at + timedelta(days=29)) == 0
    assert await doors.quarantine.expire(received_at + timedelta(days=31), most=2) == 2
    assert await doors.quarantine.expire(received_at + timedelta(days=31)) == 1
    assert await count(pool, "quarantine") == 0
