"""Real photographs of Indonesian plates through the cameras' door and the worker's image processes."""

import csv
import hashlib
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest
from PIL import Image
from tests.shared import shared_dir

from cakra.core.identifiers.plate import one_character_wrong, parse_plate
from cakra.kit.clock import now
from cakra.kit.settings import Screening
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.terms import terms_of
from cakra.plates.measuring.figures import wilson
from cakra.sandbox.cameras.client import EVENTS_PATH, Request
from cakra.wiring.cameras import plate_terms, stated_certainty
from long import SOAK, long_or
from pictures import marked
from system import running_system, tell, until

# One system for all tests of this file, also when several processes share the run.
pytestmark = pytest.mark.xdist_group("real photographs")
SEED = 20261121
WITHOUT_BOX, WRONG = long_or((8, 110), (6, 30))
CAMERA, OFFENCE = "JKT-GTS-03", "MARKA_RAMBU"


@dataclass(frozen=True)
class Sent:
    """One photograph under one claim. `group`: scene, crop, found (no box given), wrong."""

    event_id: str
    group: str
    file: str
    claim: str
    box: list[int] | None
    at: datetime


def plan() -> list[Sent]:
    """Every photograph (in `make test` every third) with its true claim, some without box, some with a wrong claim."""
    chance, folder = Random(SEED), shared_dir() / "plates"
    with (folder / "labels.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["kind"] for row in rows].count("scene") == 54
    assert [row["kind"] for row in rows].count("crop") == 96
    rows = rows if SOAK else rows[::3]
    wanted: list[tuple[str, dict, str]] = [(row["kind"], row, row["plate"]) for row in rows]
    scenes = [row for row in rows if row["kind"] == "scene"]
    wanted += [("found", row, row["plate"]) for row in chance.sample(scenes, WITHOUT_BOX)]
    for row in chance.sample(rows, WRONG):
        wanted.append(("wrong", row, chance.choice(list(one_character_wrong(parse_plate(row["plate"]))))))
    begun = now()
    return [
        Sent(f"R-{number}", group, row["file"], claim, box_of(row, group), begun - timedelta(minutes=10 * number + 1))
        for number, (group, row, claim) in enumerate(wanted)
    ]


def box_of(row, group) -> list[int] | None:
    if group == "found":
        return None
    if row["kind"] == "scene":
        return [int(number) for number in row["meta"].split()[:4]]
    with Image.open(shared_dir() / "plates" / row["file"]) as picture:
        return [0, 0, picture.width, picture.height]


def post(camera, one: Sent) -> None:
    """The photograph under its hash, then the event that names it."""
    data = marked((shared_dir() / "plates" / one.file).read_bytes(), one.event_id)
    digest = hashlib.sha256(data).hexdigest()
    photo = {"sha256": digest, "role": "plate" if "crops" in one.file else "scene", "box": one.box}
    event = {
        "schema": "cakra.event/1",
        "event_id": one.event_id,
        "occurred_at": one.at.isoformat(),
        "offence": OFFENCE,
        "plate": {"text": one.claim, "confidence": 1.0},
        "vehicle": {"kind": "car"},
        "photos": [photo],
    }
    for request in (
        Request("PUT", f"/v1/photos/{digest}", "image/jpeg", data),
        Request("POST", EVENTS_PATH, "application/json", json.dumps(event).encode()),
    ):
        reply = camera.send(request, int(time.time()))
        assert reply.status in {200, 201}, (one, reply)


@pytest.fixture(scope="module")
def system():
    with running_system(rows=500, CAKRA_SCREENING__PROCESSES="2") as running:
        yield running


@pytest.fixture(scope="module")
def screened(system):
    """(what was sent, its screening row) for every photograph."""
    sent = plan()
    with system.camera(CAMERA) as camera:
        for one in sent:
            post(camera, one)
    waiting = "select count(*) from case_file where state in ('received', 'validated', 'identified', 'notifying')"
    until(lambda: system.value(waiting) == 0, 300, "the end of screening")
    rows = system.fetch("""
        select e.event_id, s.verdict, s.findings, s.readings, c.state
        from camera_event e join screening s using (cell, case_id) join case_file c using (cell, case_id)""")
    found = {row["event_id"]: row for row in rows}
    assert len(found) == len(rows) == len(sent)
    return [(one, found[one.event_id]) for one in sent]


def photo_says_ok(row) -> bool:
    return any(f["check"] == "plate_photo" and f["verdict"] == "ok" for f in json.loads(row["findings"]))


def test_the_thresholds_are_the_packaged_ones(system):
    assert system.settings().screening == Screening(processes=2)
    assert plate_terms(system.settings(), stated_certainty()) == terms_of(load_calibration())


@pytest.mark.parametrize("group", ["scene", "crop", "found"])
def test_true_claims_are_accepted_in_a_share_that_is_told(screened, group, pytestconfig):
    tried = [row for one, row in screened if one.group == group]
    accepted = sum(row["verdict"] == "accept" for row in tried)
    low, high = wilson(accepted, len(tried))
    tell(
        pytestconfig,
        f"{group}: accepted {accepted} of {len(tried)} = {accepted / len(tried):.3f} [{low:.3f}, {high:.3f}]",
    )
    assert accepted > 0
    for row in tried:
        assert (row["verdict"] == "accept") <= photo_says_ok(row)
        assert (row["state"] == "unidentified") == (row["verdict"] == "accept")  # nobody in the register holds it


def test_no_one_character_wrong_claim_is_accepted(screened):
    tried = [(one, row) for one, row in screened if one.group == "wrong"]
    assert len(tried) == WRONG
    assert [(one.file, one.claim) for one, row in tried if row["verdict"] == "accept" or photo_says_ok(row)] == []


def test_every_photograph_was_read_by_the_model(screened):
    for one, row in screened:
        (reading,) = json.loads(row["readings"])
        assert reading["model"], one
        assert reading["claim"] in {one.claim, None}
