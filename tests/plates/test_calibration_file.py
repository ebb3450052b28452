"""Which calibrations are taken: every number at its edge, and what is said of the first that is wrong."""

import json
import re
from dataclasses import replace
from math import inf, nan

import pytest
from tests.plates.evidence_kit import CALIBRATION

from cakra.core.errors import InputError
from cakra.plates.decision.calibration import CAR, MOTORCYCLE, Tail, read

GONE = object()


def changed(path: str, value: object) -> str:
    """The file with this entry changed, or taken out."""
    content = json.loads(CALIBRATION.written())
    place = content
    *folders, name = path.split("/")
    for folder in folders:
        place = place[folder]
    if value is GONE:
        del place[name]
    else:
        place[name] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("lapse", 1),
        ("lapse", 1e-12),
        ("unseen_share", 0),
        ("unseen_share", 1),
        ("damping", 0),
        ("damping", 1),
        ("weights/own", 1e-9),
        ("tails/car", {"plates": 1, "highest": [2.0]}),
        ("tails/car", {"plates": 3, "highest": [2.0, 2.0, -1.0]}),
        ("models", {"own": "0" * 64}),
    ],
)
def test_a_number_at_its_edge_is_taken(path, value) -> None:
    taken = json.loads(read(changed(path, value), "here").written())
    for name in path.split("/"):
        taken = taken[name]
    assert taken == value


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("lapse", 0, "lapse is 0, but no reader is always right"),
        ("lapse", -0.1, "lapse is -0.1, but must lie in 0..1"),
        ("lapse", 1.1, "lapse is 1.1, but must lie in 0..1"),
        ("unseen_share", -0.1, "unseen_share is -0.1, but must lie in 0..1"),
        ("unseen_share", 1.1, "unseen_share is 1.1, but must lie in 0..1"),
        ("damping", nan, "damping is nan, but must lie in 0..1"),
        ("weights/own", 0, "weights.own is 0, but must be above zero"),
        ("weights/generic", inf, "weights.generic is inf, but must be above zero"),
        ("temperature/both", nan, "temperature.both is nan, but must be above zero"),
        ("temperature/both", 0, "temperature.both is 0, but must be above zero"),
        ("temperature/both", GONE, "weights need own and generic, temperature also both"),
        ("temperature/own", GONE, "weights need own and generic, temperature also both"),
        ("weights/generic", GONE, "weights need own and generic, temperature also both"),
        ("tails/car/highest", [], "tails.car must hold between one score and as many as it has plates"),
        ("tails/car", {"plates": 1, "highest": [2.0, 1.0]}, "tails.car must hold between one score"),
        ("tails/motorcycle", GONE, "tails.motorcycle must hold between one score"),
        ("tails/car/highest", [1.0, 2.0], "tails.car.highest must be numbers, highest first"),
        ("tails/motorcycle/highest", [inf, 2.0], "tails.motorcycle.highest must be numbers, highest first"),
        ("tails/car", {"highest": [2.0]}, "an entry has the wrong shape"),
        ("tails", 5, "an entry has the wrong shape"),
        ("weights", [1.0], "an entry has the wrong shape"),
        ("format", 2, "it is no calibration of format 3"),
        ("plates", GONE, "it lacks plates"),
        ("more", 1, "it has an unknown entry more"),
    ],
)
def test_a_number_beyond_it_is_named_with_what_to_do(path, value, said) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as problem:
        read(changed(path, value), "here.json")
    assert problem.value.code == "calibration_wrong"
    assert "here.json" in problem.value.sentence
    assert "`cakra plates calibrate`" in problem.value.sentence


def test_what_was_read_is_written_the_same_and_named_by_its_content() -> None:
    again = read(CALIBRATION.written(), "here")
    assert again == CALIBRATION
    assert again.sha256 == CALIBRATION.sha256 != replace(CALIBRATION, lapse=0.5).sha256
    assert again.written().endswith("}\n")
    assert again.name == "tests (3000)"
    assert again.tails[CAR] == Tail(2000, CALIBRATION.tails[CAR].highest)
    assert set(again.tails) == {CAR, MOTORCYCLE}
