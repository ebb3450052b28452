"""What is believed before a photograph is seen: how cameras err, what the register and the regions say."""

from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plates.evidence_kit import CALIBRATION, evidence

from cakra.core.errors import SetupError
from cakra.core.law.vehicle import VehicleKind
from cakra.core.policy.certainty import parse_certainty
from cakra.core.policy.kinds import THRESHOLDS
from cakra.plates.decision.posterior import posterior
from cakra.plates.decision.prior import Assumptions, Registered, Registry, error_weights, region_weights
from cakra.plates.decision.terms import assumptions_of
from cakra.store.policies.reading import packaged_text

ASSUMED = Assumptions()
CLAIM, RIVAL = "B1234XYZ", "B1284XYZ"
VISITOR = "D1234XYZ"
JAKARTA = replace(ASSUMED, home=frozenset({"B"}), away=0.1)


def test_the_picture_alone_tells_the_rivals_apart_but_for_a_struck_o():
    q, *others, far = error_weights("B1234XYO", ("B1234XYQ", "B1234XYD", "B1243XYO", "B1234XY", "D9876AB"), ASSUMED)
    assert len(set(others)) == 1, "a look-alike has been heard in the picture already"
    assert q > others[0], "an O that is struck through is a Q to a camera that does not know it"
    assert error_weights("O1234XY", ["Q1234XY"], ASSUMED)[0] == others[0], "a region's letter is not struck"
    assert far < others[0], "what no reader thought of"


def test_what_the_register_says_of_the_vehicle_counts():
    seen = evidence({CLAIM: 0.6, RIVAL: 0.4})
    known = {CLAIM: Registered(VehicleKind.CAR), RIVAL: Registered(VehicleKind.MOTORCYCLE)}
    asked = frozenset(known)

    def believed(kind):
        return posterior([seen], CALIBRATION, ASSUMED, CLAIM, Registry(asked, known, kind)).of(CLAIM)

    assert believed(VehicleKind.MOTORCYCLE) < believed(VehicleKind.UNKNOWN) < believed(VehicleKind.CAR)


# ---------------------------------------------------------------- regions
TEXTS = ["D1", "B1", "BA1", "CD12", "1234-00"]


@pytest.mark.parametrize(
    ("claim", "weights"),
    [
        (None, [0.1, 1, 0.1, 1, 1, 1]),
        ("D1", [0.1, 1, 0.1, 1, 1, 1]),
        ("B1", [1, 1, 1, 1, 1, 1]),
        ("1234-00", [1, 1, 1, 1, 1, 1]),
    ],
)
def test_a_visitor_weighs_a_tenth_and_never_makes_a_local_claim_easier(claim, weights):
    assert region_weights(TEXTS, JAKARTA, claim).tolist() == pytest.approx([log(one) for one in weights])
    assert not region_weights(TEXTS, ASSUMED, claim).any(), "where no region is told, all weigh alike"


@given(st.floats(0.01, 0.99), st.sampled_from([CLAIM, VISITOR]))
def test_where_a_region_is_told_only_a_visitor_is_harder_to_believe(share, claim):
    seen = evidence({CLAIM: share, VISITOR: 0.995 - share})
    told, untold = (posterior([seen], CALIBRATION, one, claim).factor for one in (JAKARTA, ASSUMED))
    if claim == VISITOR:
        assert told < untold
    else:
        assert told == pytest.approx(untold)


def stated(regions):
    text = packaged_text(THRESHOLDS).replace("home_regions = []", f"home_regions = {regions}")
    return assumptions_of(parse_certainty(text.replace("away_odds = 0.1", "away_odds = 0.2")))


def test_regions_are_told_in_any_spelling():
    told = stated('["b", " AD "]')
    assert (told.home, told.away) == (frozenset({"B", "AD"}), 0.2)


def test_a_region_that_does_not_exist_is_named():
    with pytest.raises(SetupError, match="names 'QQ': no such region code"):
        stated('["B", "QQ"]')


def test_an_unknown_far_plate_weighs_least():
    assert np.argmin(error_weights("B1234XYO", ["B1234XYQ", "B1234XYD"], ASSUMED)) == 2
