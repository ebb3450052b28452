"""The simulated cameras: pictures that are pictures, boxes that hold the plate, signatures others can check."""

import hashlib
import hmac
import http.server
import io
import json
import threading
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from email import message_from_bytes

import numpy as np
import pytest
from PIL import Image

from cakra.core.identifiers.plate import PlateKind, one_character_wrong, parse_plate
from cakra.sandbox.cameras.client import Camera, event_json, lean_requests, multipart_request
from cakra.sandbox.cameras.drawing.glyphs import text_mask
from cakra.sandbox.cameras.passage import WIB, DrawnPassage
from cakra.sandbox.cameras.pool import RegisteredVehicle, registered
from cakra.sandbox.cameras.scene import render
from cakra.sandbox.cameras.script import odd_even_moment, playlist
from cakra.sandbox.cameras.sites import BY_CODE, SITES
from hikvision_kit import ISAPI_CONTENT_TYPE, event_uuid, isapi_body, write_ftp_drop

START = datetime(2026, 11, 20, 8, 1, 2, tzinfo=WIB)
TEN = {
    "GANJIL_GENAP", "MARKA_RAMBU", "BATAS_KECEPATAN", "LAMPU_MERAH", "LAWAN_ARUS",
    "TANPA_HELM", "TANPA_SABUK", "PONSEL", "BUSWAY", "BONCENGAN",
}  # fmt: skip
KEY = b"a key of thirty-two bytes, so so"


def passage(**changes) -> DrawnPassage:
    plain = DrawnPassage("EV-1", "JKT-THM-01", "GANJIL_GENAP", START, "B1235XYZ", "B1235XYZ", "ordinary")
    return replace(plain, **changes)


def register() -> list[RegisteredVehicle]:
    cars = [RegisteredVehicle(f"B{1000 + n}SA{chr(65 + n % 26)}", "car", "PUTIH") for n in range(120)]
    bikes = [RegisteredVehicle(f"B{3000 + n}TB{chr(65 + n % 26)}", "motorcycle", "HITAM", "black") for n in range(80)]
    rest = [
        *(RegisteredVehicle(f"B{1500 + n}UE", "car", "BIRU", electric=True) for n in range(2)),
        *(RegisteredVehicle(f"B{7000 + n}TG", "bus", "PUTIH", "yellow") for n in range(2)),
        RegisteredVehicle("B1700NO", "car", "MERAH", has_phone=False),
        RegisteredVehicle("B1701SL", "car", "SILVER", sold_on=date(2026, 11, 25)),
        RegisteredVehicle("B1702SL", "car", "SILVER", sold_on=date(2026, 1, 5)),
    ]
    return [*cars, *bikes, *rest]


SCENES = [
    passage(),
    passage(place="junction", view="rear", offence="LAMPU_MERAH", red_light_s=1.4, lane=2),
    passage(place="busway", offence="BUSWAY", vehicle="bus", plate_colour="yellow", plate="B7001TG"),
    passage(place="street", offence="BONCENGAN", vehicle="motorcycle", at=START + timedelta(hours=12)),
    passage(place="oneway", offence="LAWAN_ARUS", vehicle="motorcycle", view="rear", sharpness="tilted"),
    passage(place="marking", offence="MARKA_RAMBU", sharpness="dark", at=START + timedelta(hours=9, minutes=50)),
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.offence)
@pytest.mark.parametrize("frame", [0, 1, 2])
def test_a_picture_is_a_jpeg_with_its_boxes_inside(scene, frame):
    taken = render(scene, frame, scene.seed)
    picture = Image.open(io.BytesIO(taken.jpeg))
    picture.load()
    assert (picture.format, picture.size) == ("JPEG", (taken.width, taken.height))
    for x1, y1, x2, y2 in (taken.plate_box, taken.vehicle_box):
        assert 0 <= x1 < x2 <= taken.width
        assert 0 <= y1 < y2 <= taken.height
    assert taken.plate_box[2] - taken.plate_box[0] >= 90
    px, py = (taken.plate_box[0] + taken.plate_box[2]) / 2, (taken.plate_box[1] + taken.plate_box[3]) / 2
    x1, y1, x2, y2 = taken.vehicle_box
    assert x1 < px < x2
    assert y1 < py < y2


def test_the_same_passage_is_photographed_byte_for_byte_the_same():
    once, again = render(passage(), 0, 5), render(passage(), 0, 5)
    assert once == again
    assert render(passage(), 0, 6).jpeg != once.jpeg
    assert render(passage(), 1, 5).jpeg != once.jpeg


def plate_pixels(scene: DrawnPassage) -> np.ndarray:
    taken = render(scene, 0, 1)
    return np.asarray(Image.open(io.BytesIO(taken.jpeg)).convert("RGB").crop(taken.plate_box), np.float32)


def test_the_plate_box_shows_the_plate_and_its_colour():
    white, yellow = plate_pixels(passage()), plate_pixels(passage(plate_colour="yellow"))
    assert np.median(white.reshape(-1, 3), axis=0).min() > 190
    red, _, blue = np.median(yellow.reshape(-1, 3), axis=0)
    assert red - blue > 90


def test_a_blurred_plate_has_lost_its_letters():
    def contrast(scene):
        return np.abs(np.diff(plate_pixels(scene).mean(axis=2), axis=1)).mean()

    assert contrast(passage(sharpness="blurred")) < contrast(passage()) / 2


def test_only_the_letter_o_of_the_suffix_is_struck_through():
    def ink(text, suffix=""):
        return text_mask(text, 30, 60, 8.0, suffix)

    assert ink("B 10 AO", "AO").sum() > ink("B 10 AO").sum()
    assert (ink("B 10 AD", "AD") == ink("B 10 AD")).all()
    assert (ink("B 100", "100") == ink("B 100")).all()
    assert (ink("DO 10 A", "A") == ink("DO 10 A")).all()


def test_every_letter_and_digit_can_be_pressed_and_none_looks_like_another():
    faces = {char: text_mask(f"{char}", 30, 60, 8.0) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" if char != "O"}
    shapes = {char: (mask.shape, mask.tobytes()) for char, mask in faces.items()}
    assert all(mask.any() for mask in faces.values())
    assert len(set(shapes.values())) == len(shapes)


def expected_signature(method: str, path: str, timestamp: str, body: bytes) -> str:
    text = ".".join([timestamp, method, path, hashlib.sha256(body).hexdigest()])
    return "v1=" + hmac.digest(KEY, text.encode(), "sha256").hex()


class Door(http.server.BaseHTTPRequestHandler):
    """A listener that keeps what it was sent and says what it was told to."""

    protocol_version = "HTTP/1.1"

    def _take(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.command, self.path, dict(self.headers), body))
        answer = json.dumps({"case": "made"}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_PUT = _take  # noqa: N815  # the names http.server calls

    def log_message(self, *args):
        pass


@pytest.fixture
def door():
    server = http.server.HTTPServer(("127.0.0.1", 0), Door)
    server.taken, server.status = [], 202
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_a_camera_posts_arrives_whole_and_its_signature_verifies(door):
    scene = passage()
    frames = [render(scene, k, scene.seed) for k in range(2)]
    with Camera(f"http://127.0.0.1:{door.server_port}", scene.camera, KEY) as camera:
        assert camera.send_all([multipart_request(scene, frames)], 1_795_000_000).answer == {"case": "made"}
        assert camera.send_all(lean_requests(scene, frames), 1_795_000_001).status == 202
    assert [(method, path.split("/")[2]) for method, path, _, _ in door.taken] == [
        ("POST", "events"), ("PUT", "photos"), ("PUT", "photos"), ("POST", "events"),
    ]  # fmt: skip
    for method, path, headers, body in door.taken:
        assert headers["Cakra-Camera"] == "JKT-THM-01"
        assert headers["Cakra-Signature"] == expected_signature(method, path, headers["Cakra-Timestamp"], body)
    _, _, headers, body = door.taken[0]
    parsed = message_from_bytes(f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body)
    names = [part.get_param("name", header="content-disposition") for part in parsed.get_payload()]
    contents = [part.get_payload(decode=True) for part in parsed.get_payload()]
    assert names == ["event", "photo", "photo"]
    assert contents[1:] == [frame.jpeg for frame in frames]
    event = json.loads(contents[0])
    assert [photo["sha256"] for photo in event["photos"]] == [hashlib.sha256(f.jpeg).hexdigest() for f in frames]
    assert door.taken[1][1] == f"/v1/photos/{event['photos'][0]['sha256']}"


def test_a_refused_photograph_ends_the_lean_pair(door):
    door.status = 422
    scene = passage()
    with Camera(f"http://127.0.0.1:{door.server_port}", scene.camera, KEY) as camera:
        assert camera.send_all(lean_requests(scene, [render(scene, 0, 1)] * 2), 1).status == 422
    assert len(door.taken) == 1


def test_the_event_follows_the_canonical_schema():
    scene = passage(claim=None, speed_kmh=72.5, speed_limit_kmh=50)
    event = event_json(scene, [render(scene, 0, 1)])
    assert event["schema"] == "cakra.event/1"
    assert event["plate"]["text"] is None
    assert datetime.fromisoformat(event["occurred_at"]) == START
    assert (event["speed_kmh"], event["speed_limit_kmh"]) == (72.5, 50)
    assert "red_light_s" not in event
    assert json.loads(lean_requests(scene, [render(scene, 0, 1)])[-1].body) == event


def test_a_broken_event_cannot_be_read():
    scene = passage(door="broken")
    body = multipart_request(scene, [render(scene, 0, 1)]).body
    with pytest.raises(json.JSONDecodeError):
        json.loads(body.split(b"\r\n\r\n", 1)[1])


def test_the_isapi_push_can_be_parsed_by_a_mail_parser():
    scene = passage(offence="TANPA_SABUK")
    frames = [render(scene, k, scene.seed) for k in range(2)]
    body = isapi_body(scene, frames)
    parsed = message_from_bytes(f"Content-Type: {ISAPI_CONTENT_TYPE}\r\n\r\n".encode() + body)
    xml, empty, *pictures = [part.get_payload(decode=True) for part in parsed.get_payload()]
    root = ET.fromstring(xml)
    space = {"h": "http://www.isapi.org/ver20/XMLSchema"}
    assert root.findtext("h:ANPR/h:licensePlate", namespaces=space) == "B1235XYZ"
    assert root.findtext("h:ANPR/h:illegalInfo/h:illegalCode", namespaces=space) == "1240"
    assert root.findtext("h:UUID", namespaces=space) == event_uuid(scene)
    assert empty == b""
    assert pictures == [frame.jpeg for frame in frames]
    assert not isapi_body(scene, frames, closed=False).rstrip().endswith(b"--boundary--")


def test_the_ftp_drop_is_a_pair_with_the_zone_that_lies(tmp_path):
    scene = passage(offence="TANPA_HELM", vehicle="motorcycle")
    frame = render(scene, 0, scene.seed)
    drop = write_ftp_drop(tmp_path, scene, frame)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([drop.xml.name, drop.picture.name])
    root = ET.fromstring(drop.xml.read_bytes())
    assert root.tag == "FTP"
    assert root.findtext("dateTime") == "2026-11-20T08:01:02.000+00:00"
    assert drop.picture.read_bytes() == frame.jpeg
    x = int(root.findtext("pictureInfoList/pictureInfo/plateRect/X"))
    assert abs(x * 1280 / 1000 - frame.plate_box[0]) <= 1


def test_the_playlist_covers_the_ten_offences_and_every_kind_of_trouble():
    shown = playlist(7, register(), START)
    assert shown == playlist(7, register(), START)
    assert len(shown) >= 60
    ordinary = Counter(each.offence for each in shown if each.expect == "ordinary")
    assert set(ordinary) == TEN
    assert min(ordinary.values()) >= 4
    told = {each.expect for each in shown}
    assert told >= {
        "ordinary", "exact duplicate", "military plate", "RF plate (series withdrawn)", "diplomatic plate",
        "wrong camera read", "blurred plate", "owner without phone", "sold after the offence", "unreadable event",
        "odd-even exemption: electric car", "odd-even exemption: motorcycle",
        "one passage, two cameras: first", "one passage, two cameras: second",
        "one passage, two offences: first", "one passage, two offences: second",
    }  # fmt: skip


def labelled(start: str) -> list[DrawnPassage]:
    return [each for each in playlist(3, register(), START) if each.expect.startswith(start)]


def test_the_troubles_are_what_their_labels_say():
    for duplicate in labelled("exact duplicate"):
        twins = [each for each in playlist(3, register(), START) if each.event_id == duplicate.event_id]
        assert replace(twins[0], expect="") == replace(twins[1], expect="")
    for wrong in labelled("wrong camera read"):
        assert parse_plate(wrong.claim).text in set(one_character_wrong(parse_plate(wrong.plate)))
    first, second = labelled("one passage, two cameras")
    assert (first.plate, first.offence) == (second.plate, second.offence)
    assert first.camera != second.camera
    first, second = labelled("one passage, two offences")
    assert (first.plate, first.camera, first.at) == (second.plate, second.camera, second.at)
    assert first.offence != second.offence
    assert parse_plate(labelled("military")[0].plate).kind is PlateKind.MILITARY
    assert parse_plate(labelled("RF plate")[0].plate).kind is PlateKind.VOID
    assert parse_plate(labelled("diplomatic")[0].plate).kind is PlateKind.DIPLOMATIC
    assert labelled("sold after")[0].plate == "B1701SL"
    assert labelled("sold after")[0].at.date() < date(2026, 11, 25)
    assert labelled("owner without phone")[0].plate == "B1700NO"


def test_event_ids_are_unique_but_for_the_duplicates_and_cameras_are_known():
    shown = playlist(11, register(), START)
    ids = Counter((each.camera, each.event_id) for each in shown)
    assert sum(times - 1 for times in ids.values()) == sum(each.expect == "exact duplicate" for each in shown) == 2
    for each in shown:
        assert len(each.event_id) <= 64
        assert each.offence in BY_CODE[each.camera].offences or each.expect.startswith("one passage")


@pytest.mark.parametrize("start", [START, datetime(2026, 11, 22, 3, 35, tzinfo=WIB)])
def test_odd_even_passages_have_the_wrong_parity_within_its_hours(start):
    for each in playlist(5, register(), start):
        if each.offence == "GANJIL_GENAP":
            local = each.at.astimezone(WIB)
            assert local.weekday() < 5
            assert 6 <= local.hour < 10 or 16 <= local.hour < 21
            assert local.day % 2 != int([c for c in each.plate if c.isdigit()][-1]) % 2


def test_odd_even_rests_on_holidays():
    moment = odd_even_moment(START, free_days={date(2026, 11, 20)})
    assert moment.date() == date(2026, 11, 19)
    assert 16 <= moment.hour < 21


def test_a_register_too_small_is_refused_with_the_sort_that_is_missing():
    few = [vehicle for vehicle in register() if vehicle.kind != "bus"]
    with pytest.raises(ValueError, match="no vehicle left of this sort: bus"):
        playlist(1, few, START)


def test_a_vehicle_that_cannot_be_drawn_is_left_out():
    assert registered("B9001TA", "truck", "PUTIH", "yellow") is None
    assert registered("B1001TA", "car", "PUTIH", "white") == RegisteredVehicle("B1001TA", "car", "PUTIH")


def test_a_vehicle_sold_before_the_start_passed_before_its_sale():
    only = [vehicle for vehicle in register() if vehicle.plate != "B1701SL"]
    sold = next(each for each in playlist(3, only, START) if each.expect == "sold after the offence")
    assert (sold.plate, sold.at.date()) == ("B1702SL", date(2026, 1, 4))


def test_every_site_can_be_drawn():
    for site in SITES:
        scene = passage(camera=site.code, place=site.place, view=site.view, road=site.road)
        assert render(scene, 0, 3).jpeg[:2] == b"\xff\xd8"
