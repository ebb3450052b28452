"""The terms of a plate decision: what a directorate's figures become, and when photographs show a plate at all."""

from dataclasses import replace
from math import inf, log, nextafter

import pytest
from tests.plates.evidence_kit import CALIBRATION, evidence

from cakra.core.policy.certainty import Certainty
from cakra.plates.decision.calibration import CAR, MOTORCYCLE
from cakra.plates.decision.posterior import posterior
from cakra.plates.decision.prior import Assumptions
from cakra.plates.decision.terms import terms_of, terms_under
from cakra.plates.decision.thresholds import Harm

CLAIM = "B1234XYZ"
TERMS = terms_of(CALIBRATION)


def with_thresholds(**more):
    return replace(TERMS, thresholds=replace(TERMS.thresholds, **more))


def test_a_directorates_figures_are_what_is_believed_and_what_mistakes_cost() -> None:
    certainty = Certainty(
        min_audited_precision=0.9,
        wrong_notice_bound=2e-5,
        camera_error_rate=0.1,
        wrong_notice_costs=3000.0,
        wrong_contradiction_costs=40.0,
        unregistered_odds=0.03,
        away_odds=0.2,
        min_evidence=0.07,
        home_regions=frozenset({"AB", "AA"}),
    )
    terms = terms_under(CALIBRATION, certainty)
    assert terms.assumed == Assumptions(
        camera_error_rate=0.1, unregistered=0.03, away=0.2, home=frozenset({"AA", "AB"})
    )
    assert terms.harm == Harm(2e-5, 3000.0, 40.0, 0.07)
    assert (terms.thresholds.mismatch, terms.thresholds.min_evidence) == (0.025, 0.07)


@pytest.mark.parametrize(("accept", "needed"), [(0.0, 0.9), (log(11), 0.99), (-log(9), 0.5)])
def test_a_camera_that_errs_once_in_ten_is_believed_nine_times_before_any_photograph(accept, needed) -> None:
    assumed = replace(TERMS.assumed, camera_error_rate=0.1)
    terms = replace(with_thresholds(accept={CAR: accept, MOTORCYCLE: inf}), assumed=assumed)
    assert terms.needed(CAR) == pytest.approx(needed)


def test_a_photograph_shows_a_plate_from_the_least_evidence_on() -> None:
    seen = [evidence({CLAIM: 0.6}, unseen=0.4)]
    weighed = posterior(seen, CALIBRATION, TERMS.assumed, CLAIM)
    least = weighed.read_probability
    assert with_thresholds(min_evidence=least).is_readable(seen, weighed)
    assert not with_thresholds(min_evidence=nextafter(least, 1)).is_readable(seen, weighed)


def test_one_legible_photograph_of_several_is_enough() -> None:
    legible, noise = evidence({CLAIM: 0.6}, unseen=0.4), evidence({CLAIM: 1e-9}, unseen=1e-9, stray=1.0)
    assert (legible.is_legible, noise.is_legible) == (True, False)
    weighed = posterior([legible], CALIBRATION, TERMS.assumed, CLAIM)
    assert TERMS.is_readable([noise, legible], weighed)
    assert not TERMS.is_readable([noise], weighed)
