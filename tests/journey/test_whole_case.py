"""An hour of traffic through the whole system: cameras, intake, screening, owners, messages, receipts."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from cakra.kit.clock import now
from cakra.kit.ids import show_reference
from cakra.kit.indonesian_holidays import indonesian_holidays
from cakra.sandbox.cameras.passage import WIB
from cakra.sandbox.cameras.scene import render
from cakra.sandbox.cameras.script import playlist
from system import running_system, until, vehicles

# One system for all tests of this file, also when several processes share the run.
pytestmark = pytest.mark.xdist_group("whole case")
SEED = 11
# The sandbox delivers within a second; a notice is finished when its proof has come.
IN_WORK = "select count(*) from case_file where state in ('received', 'validated', 'identified', 'notifying')"


@pytest.fixture(scope="module")
def system():
    # Held for a moment, so that two records of one passage meet before the machine decides.
    with running_system(rows=6000, CAKRA_INTAKE__HOLD_S="3") as running:
        yield running


@pytest.fixture(scope="module")
def played(system):
    """The playlist was sent once in its order; (passage, status, answer) of each."""
    year = now().year
    holidays = indonesian_holidays(range(year - 1, year + 1))
    free = {*holidays.public, *holidays.joint_leave}
    passages = playlist(
        SEED, vehicles(system.register), (now() - timedelta(days=1)).astimezone(WIB).replace(hour=9, minute=30), free
    )
    photographs = [[render(passage, frame, passage.seed) for frame in range(passage.frames)] for passage in passages]
    told = []
    for passage, frames in zip(passages, photographs, strict=True):
        reply = system.post(passage, frames)
        told.append((passage, reply.status, reply.answer))
    until(lambda: system.value(IN_WORK) == 0, 180, "a quiet system")
    return told


@pytest.fixture(scope="module")
def cases(system, played):
    """(passage, case row) of every acknowledged event."""
    rows = system.fetch("""
        select e.camera as seen_by, e.event_id, e.joined, e.repeats, c.*,
            (select s.verdict from screening s where s.cell = c.cell and s.case_id = c.case_id) as verdict,
            (select s.findings from screening s where s.cell = c.cell and s.case_id = c.case_id) as findings,
            (select n.state from notice n where n.cell = c.cell and n.case_id = c.case_id) as notice
        from camera_event e join case_file c using (cell, case_id)""")
    found = {(row["seen_by"], row["event_id"]): row for row in rows}
    return [
        (passage, found[passage.camera, passage.event_id])
        for passage, status, _ in played
        if status < 300 and passage.expect != "exact duplicate"
    ]


def those(cases, label):
    found = [row for passage, row in cases if passage.expect.startswith(label)]
    assert found, f"the playlist has no passage «{label}»"
    return found


def wrong(row):
    """Names of the checks that did not say ok."""
    return {finding["check"] for finding in json.loads(row["findings"]) if finding["verdict"] != "ok"}


def keys(rows):
    return {(row["cell"], row["case_id"]) for row in rows}


def message_of(system, row):
    """The one message the provider took for a case."""
    (notice,) = system.fetch(
        "select notice_id from notice where cell = $1 and case_id = $2", row["cell"], row["case_id"]
    )
    (send,) = [send for send in system.sends() if send["tag"].startswith(f"n:{row['cell']}:{notice['notice_id']}:")]
    return send


def phone_at(register: Path, plate, moment):
    """Digits of the phone of who held the vehicle then, from the file itself."""
    with register.open(newline="") as lines:
        for row in csv.DictReader(lines):
            day = f"{moment.astimezone(WIB):%Y-%m-%d}"
            if row["plate"] == plate and row["valid_from"] <= day and (not row["valid_to"] or day < row["valid_to"]):
                return "".join(filter(str.isdigit, row["phone"]))
    raise AssertionError(f"{plate} had no owner at {moment}")


def test_every_event_is_one_case_a_duplicate_or_in_quarantine(system, played):
    cases = system.value("select count(*) from case_file")
    joined = system.value("select count(*) from camera_event where joined <> 'opened'")
    repeats = system.value("select sum(repeats) from camera_event")
    quarantined = system.fetch("select code, authentic, camera from quarantine")
    assert (repeats, joined) == (2, 2)
    assert len(played) == cases + joined + repeats + len(quarantined) >= 60
    (broken,) = [passage for passage, status, _ in played if status == 400]
    assert [dict(row) for row in quarantined] == [
        {"code": "multipart_truncated", "authentic": True, "camera": broken.camera}
    ]


def test_ordinary_traffic_of_all_ten_offences_is_notified(cases):
    ordinary = [(passage, row) for passage, row in cases if passage.expect == "ordinary"]
    assert len({passage.offence for passage, _ in ordinary}) == 10
    unproved = [
        (passage.plate, passage.offence, row["state"], wrong(row))
        for passage, row in ordinary
        if row["state"] != "notified"
    ]
    assert unproved == []
    for _, row in ordinary:
        assert (row["notice"], row["step"]) == ("delivered", "deadline")
        # The timer stands at the first reminder; the deadline comes after it.
        assert row["occurred_at"] < row["delivered_at"] < row["due_at"] < row["confirm_by"]


def test_the_timeline_of_an_ordinary_case_is_whole(system, cases):
    row = those(cases, "ordinary")[0]
    told = system.fetch(
        "select told, from_state, to_state, actor from case_event where cell = $1 and case_id = $2 order by event_id",
        row["cell"],
        row["case_id"],
    )
    moves = [(event["from_state"], event["to_state"]) for event in told if event["to_state"]]
    assert moves == [
        ("received", "validated"),
        ("validated", "identified"),
        ("identified", "notifying"),
        ("notifying", "notified"),
    ]
    assert told[0]["told"] == "received"
    assert told[0]["actor"].startswith("camera:")
    assert {event["actor"] for event in told[1:]} == {"machine"}


def test_the_findings_can_be_read_by_a_person(cases):
    for _, row in cases:
        findings = json.loads(row["findings"])
        assert {"plate_grammar"} <= {finding["check"] for finding in findings}
        assert all(finding["words_id"] and finding["words_en"] for finding in findings)
    checks = {finding["check"] for finding in json.loads(those(cases, "ordinary")[0]["findings"])}
    assert {"plate_grammar", "plate_photo", "camera", "vehicle_class"} <= checks


def test_the_message_carries_picture_reference_and_link(system, cases):
    passage, row = next((p, row) for p, row in cases if p.expect == "ordinary" and p.vehicle == "car")
    send = message_of(system, row)
    assert send["to"].lstrip("+")[-8:] == phone_at(system.register.path, passage.plate, passage.at)[-8:]
    assert send["variables"]["ref"] == show_reference(row["reference"])
    assert send["variables"]["plat"].replace(" ", "") == passage.plate
    assert send["link"] == row["reference"]
    page = system.read_sandbox(f"/phone/{send['to'].lstrip('+')}").decode()
    assert f'href="{system.url}/k/{row["reference"]}"' in page
    assert show_reference(row["reference"]) in page
    picture = system.read_sandbox(f"/phone/media/{send['media']}")
    assert Image.open(io.BytesIO(picture)).format == "JPEG"
    (derived,) = system.fetch(
        "select sha256, parent_sha256 from derived_picture where cell = $1 and case_id = $2 and kind = 'notice'",
        row["cell"],
        row["case_id"],
    )
    assert picture == system.photo(derived["sha256"])
    originals = system.fetch("select sha256 from photo where cell = $1 and case_id = $2", row["cell"], row["case_id"])
    assert derived["parent_sha256"] in {photo["sha256"] for photo in originals}


def test_the_same_event_again_gets_the_same_answer(played):
    again = [(passage, status, answer) for passage, status, answer in played if passage.expect == "exact duplicate"]
    assert [status for _, status, _ in again] == [200, 200]
    for passage, _, answer in again:
        first = next(a for p, status, a in played if p.event_id == passage.event_id and status == 201)
        assert answer == first


def test_one_passage_seen_by_two_cameras_is_one_case(system, cases):
    both = those(cases, "one passage, two cameras")
    assert len(both) == 2
    assert len(keys(both)) == 1
    assert both[0]["offences"] == ["BATAS_KECEPATAN"]
    assert sorted(row["joined"] for row in both) == ["opened", "same_offence"]
    assert message_of(system, both[0])


def test_two_offences_of_one_passage_are_one_case_and_one_message(system, cases):
    both = those(cases, "one passage, two offences")
    assert len(both) == 2
    assert len(keys(both)) == 1
    assert both[0]["offences"] == ["TANPA_SABUK", "PONSEL"]
    assert both[0]["state"] == "notified"
    assert "; " in message_of(system, both[0])["variables"]["pelanggaran"]


@pytest.mark.parametrize("label", ["odd-even exemption", "speed within tolerance"])
def test_what_the_rules_allow_is_rejected_before_any_contact(cases, label):
    for row in those(cases, label):
        assert (row["state"], row["notice"]) == ("rejected", None)
        assert "offence_rule" in wrong(row)


@pytest.mark.parametrize("label", ["military plate", "diplomatic plate"])
def test_other_authorities_vehicles_are_diverted(cases, label):
    assert [(row["state"], row["notice"]) for row in those(cases, label)] == [("diverted", None)]


@pytest.mark.parametrize(
    ("label", "check"),
    [
        ("RF plate", "plate_kind"),
        ("wrong camera read", "plate_photo"),
        ("plate unread", "plate_grammar"),
    ],
)
def test_an_officer_decides_what_the_machine_cannot(cases, label, check):
    for row in those(cases, label):
        assert (row["state"], row["step"], row["notice"]) == ("review", None, None)
        assert check in wrong(row)


def test_a_struck_o_is_read_as_the_letter_it_is(cases):
    for row in those(cases, "struck letter O"):
        assert (row["state"], row["notice"]) == ("notified", "delivered")
        assert "plate_photo" not in wrong(row)


def test_a_blurred_plate_is_not_accepted(cases):
    for row in those(cases, "blurred plate"):
        assert row["state"] in {"review", "rejected"}
        assert "plate_photo" in wrong(row)
        assert row["notice"] is None


def test_an_owner_without_phone_is_left_to_an_officer(cases):
    for row in those(cases, "owner without phone"):
        assert (row["state"], row["step"], row["notice"]) == ("unidentified", None, None)
        assert row["party_id"] == row["case_id"], "who it is, is known"


def test_a_sold_vehicle_reaches_who_held_it_at_the_time(system, cases):
    ((passage, row),) = [(p, row) for p, row in cases if p.expect == "sold after the offence"]
    (sample,) = [sample for sample in system.register.samples if sample.plate == passage.plate]
    assert row["occurred_at"].date() < sample.sold_on
    sent_to = message_of(system, row)["to"].lstrip("+")[-8:]
    assert sent_to == phone_at(system.register.path, passage.plate, passage.at)[-8:]
    assert sent_to != sample.phone[-8:]


def test_nothing_is_sent_twice_or_to_a_case_that_is_not_notified(system, cases):
    notices = [send["tag"].rsplit(":", 1)[0] for send in system.sends()]
    assert len(notices) == len(set(notices))
    assert len(notices) == len(keys([row for _, row in cases if row["state"] == "notified"]))
