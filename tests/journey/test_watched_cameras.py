"""What screening writes for the watch over cameras, the sample it sets aside, and whom it leaves to officers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.law.vehicle import PlateColour, VehicleFacts, VehicleKind
from cakra.core.policy.automation import Mode
from cakra.core.states.case import Case
from cakra.core.states.journey import State
from cakra.journey.screening.checking.facts import CameraFacts, Passage, Sighting
from cakra.journey.screening.checking.watched import audit_sample, score_rows, watched_cameras
from cakra.journey.screening.rules import Verdict, judge
from cakra.kit.ids import new_reference
from cakra.plates.decision.rules import PlateOutcome, PlateVerdict
from cakra.plates.reading import PlateReading

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
CAMERA = CameraFacts("CAM-1", "PMJ", "Jl. Contoh", frozenset(), None, 0.99, None, None)
CASE = Case(3, 1, 1, "R", "PMJ", State.RECEIVED, "B1235XYZ", "B1235XYZ", ("TANPA_SABUK",), AT, AT, "CAM-1", "car")
READ = PlateReading(None, "B1235XYZ", "B1235XYZ", None, 40.0, 200.0, 90.0, 4.0, "none")
UNREAD = replace(READ, text=None)


def sighting(*shots, code="CAM-1", since=None):
    """Of each shot the score of the claim; None: nothing was read, "": read without a claim."""
    readings = [UNREAD if score is None else READ for score in shots]
    facts = [{} if score is None else {"score": None if score == "" else score} for score in shots]
    said = [PlateVerdict(PlateOutcome.REVIEW, "margin", "", fact) for fact in facts]
    camera = replace(CAMERA, code=code, human_since=since)
    return Sighting(camera, "TANPA_SABUK", AT, {}, (), readings, said)


def passage(*sightings):
    return Passage(CASE, sightings, VehicleFacts(VehicleKind.CAR, PlateColour.WHITE, electric=False), (), False)


@pytest.mark.parametrize(
    ("shots", "score"),
    [((7.5,), [7.5]), ((2.0, 9.0), [9.0]), ((None, 3.0), [3.0]), ((None,), [None]), (("",), []), ((), [])],
)
def test_the_best_photograph_of_a_camera_is_its_score(shots, score):
    rows = score_rows(CASE, passage(sighting(*shots)), AT)
    assert [row.values["score"] for row in rows] == score
    assert all(
        (row.table, row.values["camera"], row.values["at"]) == ("camera_score_entry", "CAM-1", AT) for row in rows
    )


def test_each_camera_of_a_passage_has_a_score_of_its_own():
    rows = score_rows(CASE, passage(sighting(5.0), sighting(8.0), sighting(None, code="CAM-2")), AT)
    assert {row.values["camera"]: row.values["score"] for row in rows} == {"CAM-1": 8.0, "CAM-2": None}


def test_a_camera_left_to_officers_is_said_once_and_outweighs_the_policy_auto():
    found = list(
        watched_cameras(passage(sighting(9.0, since=AT), sighting(9.0, since=AT), sighting(9.0, code="CAM-2")))
    )
    assert [one.words_id for one in found] == [
        "Kamera CAM-1 dialihkan ke pemeriksaan petugas sejak 2 Nov 2026 08.00 WIB"
    ]
    assert judge(found, Mode.AUTO, 1) is Verdict.REVIEW


@given(st.integers(1, 40))
def test_about_one_in_so_many_is_a_sample_and_the_same_one_again(one_in):
    cases = [replace(CASE, reference=new_reference(3)) for _ in range(400)]
    chosen = [case for case in cases if list(audit_sample(case, one_in))]
    assert chosen == [case for case in cases if list(audit_sample(case, one_in))]
    # Six standard deviations of a binomial: one run in a thousand million is beyond.
    assert abs(len(chosen) - 400 / one_in) <= 6 * (400 / one_in * (1 - 1 / one_in)) ** 0.5 + 1
    assert not list(audit_sample(CASE, 0))


def test_a_sample_goes_to_an_officer_whatever_was_found():
    assert judge(list(audit_sample(CASE, 1)), Mode.AUTO, 1) is Verdict.REVIEW
