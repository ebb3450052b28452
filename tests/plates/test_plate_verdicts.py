"""What an officer is told of a doubt: each cause at its edge."""

from dataclasses import replace
from math import inf, nextafter

import pytest
from tests.plates.evidence_kit import CALIBRATION, reading

from cakra.plates.decision.calibration import CAR, MOTORCYCLE
from cakra.plates.decision.rules import PlateOutcome, decide, weigh
from cakra.plates.decision.terms import terms_of

TERMS = terms_of(CALIBRATION)
CLAIM, RIVAL = "B1234XYZ", "B1284XYZ"
DOUBT = {CLAIM: 0.6, RIVAL: 0.39}


def key_of(shares, claim=CLAIM, **more) -> str:
    return decide([reading(shares, claim, **more)], TERMS).key


@pytest.mark.parametrize(
    ("height", "sharpness", "key"),
    [(20.0, 80.0, "margin"), (19.9, 80.0, "small"), (20.0, 79.9, "blurred"), (19.9, 79.9, "small")],
)
def test_a_picture_is_blamed_only_where_it_is_poor(height, sharpness, key) -> None:
    assert key_of(DOUBT, height_px=height, sharpness=sharpness) == key


def test_the_tallest_of_several_pictures_is_the_one_that_is_blamed() -> None:
    small, blurred = reading(DOUBT, CLAIM, height_px=15.0), reading(DOUBT, CLAIM, sharpness=10.0)
    assert {decide(pair, TERMS).key for pair in ([small, blurred], [blurred, small])} == {"blurred"}


@pytest.mark.parametrize(("height", "key"), [(20.0, "illegible"), (19.9, "too_small")])
def test_a_plate_that_nobody_can_read_is_too_small_or_not(height, key) -> None:
    assert key_of({CLAIM: 1e-6}, height_px=height) == key


def test_a_foreign_plate_that_holds_the_claim_is_an_officers() -> None:
    verdict = decide([reading({CLAIM: 0.45}, CLAIM, stray=0.55, unseen=1e-9)], TERMS)
    assert (verdict.outcome, verdict.key) == (PlateOutcome.REVIEW, "foreign")
    assert verdict.reason == f"Foto terbaca bukan sebagai pelat Indonesia; {CLAIM} hanya sebagian darinya."


@pytest.mark.parametrize(
    ("claim", "rival", "key"),
    [
        ("B1234XYO", "B1234XYQ", "glyph_twin"),
        ("B1234XYO", "B1234XYD", "glyph_twin"),
        ("B1234XYO", "B1234XYB", "glyph_twin"),
        ("B1234XYD", "B1234XYQ", "glyph_twin"),
        ("B1234XYB", "B1234XYD", "margin"),
        ("B1234XOO", "B1234XQQ", "margin"),
        ("B1234XYO", "B1234XY", "margin"),
    ],
)
def test_one_letter_that_a_worn_glyph_may_be_is_named_so(claim, rival, key) -> None:
    assert key_of({claim: 0.7, rival: 0.3}, claim) == key
    # A poor picture is blamed first: a better one would tell.
    assert key_of({claim: 0.7, rival: 0.3}, claim, height_px=10.0) == "small"


def test_a_claim_is_contradicted_by_one_likely_plate_and_not_by_many_unlikely_ones() -> None:
    assert key_of({CLAIM: 1e-9, RIVAL: 0.9}) == "contradicted"
    many = {f"B12{digit}4XYZ": 0.2 for digit in "01456"}
    assert decide([reading({CLAIM: 1e-9} | many, CLAIM)], TERMS).outcome is PlateOutcome.REVIEW


@pytest.mark.parametrize(
    ("rival", "told"),
    [("B1284XYZ", [["3", "8"]]), ("B1284XYQ", [["3", "8"], ["Z", "Q"]]), ("B123XYZ", [])],
)
def test_what_would_settle_a_doubt_names_the_letters_that_differ(rival, told) -> None:
    facts = decide([reading({CLAIM: 0.6, rival: 0.4}, CLAIM)], TERMS).facts
    assert facts["would_change"][0] == {"by": "photograph", "tells": told, "rival": rival}


def test_without_a_rival_another_photograph_settles_it() -> None:
    verdict = decide([reading({CLAIM: 0.03}, CLAIM)], TERMS)
    assert (verdict.outcome, verdict.key) == (PlateOutcome.REVIEW, "weak")
    assert verdict.facts["would_change"] == [{"by": "photograph", "tells": []}]
    assert decide([reading({CLAIM: 0.5}, None)], TERMS).facts["would_change"] == []


# ---------------------------------------------------------------- at the thresholds themselves
def with_thresholds(**more):
    return replace(TERMS, thresholds=replace(TERMS.thresholds, **more))


def test_a_claim_as_sure_as_is_asked_for_is_accepted_and_one_a_hair_less_sure_is_an_officers() -> None:
    seen = [reading({CLAIM: 0.99, RIVAL: 0.005}, CLAIM)]
    factor = weigh(seen, TERMS).factor
    verdict = decide(seen, with_thresholds(accept={CAR: factor, MOTORCYCLE: inf}))
    assert (verdict.outcome, verdict.facts["would_change"]) == (PlateOutcome.ACCEPT, [])
    stricter = with_thresholds(accept={CAR: nextafter(factor, inf), MOTORCYCLE: -inf})
    assert decide(seen, stricter).outcome is PlateOutcome.REVIEW
    assert decide(seen, stricter, kind=MOTORCYCLE).outcome is PlateOutcome.ACCEPT, "each kind has its own"


def test_a_claim_as_unlikely_as_a_contradiction_takes_is_contradicted_and_one_a_hair_likelier_is_an_officers() -> None:
    seen = [reading({CLAIM: 1e-3, RIVAL: 0.99}, CLAIM)]
    probability = weigh(seen, TERMS).claim_probability
    assert decide(seen, with_thresholds(mismatch=probability)).outcome is PlateOutcome.MISMATCH
    assert decide(seen, with_thresholds(mismatch=nextafter(probability, 0))).outcome is PlateOutcome.REVIEW


# ---------------------------------------------------------------- several photographs of one passage
PLAIN = {CLAIM: 0.999999, RIVAL: 1e-7}
NOTHING = replace(reading(PLAIN, CLAIM), box=None, text=None, evidence=None, height_px=0.0)


def both_ways(one, other) -> set[str]:
    """What is said of two photographs, whichever came first."""
    return {decide(pair, TERMS).key for pair in ([one, other], [other, one])}


def test_one_plain_photograph_of_several_is_enough() -> None:
    good = reading(PLAIN, CLAIM)
    assert both_ways(good, reading(PLAIN, CLAIM, height_px=15.0)) == {"confirmed"}
    assert both_ways(good, reading(PLAIN, CLAIM, stray=0.6)) == {"confirmed"}
    assert both_ways(good, NOTHING) == {"confirmed"}


def test_a_photograph_without_a_plate_says_nothing_of_the_others() -> None:
    illegible = reading({CLAIM: 1e-6}, CLAIM)
    assert both_ways(NOTHING, NOTHING) == {"no_plate"}
    assert both_ways(NOTHING, illegible) == {"illegible"}
    assert both_ways(reading({CLAIM: 1e-6}, CLAIM, height_px=9.0), illegible) == {"illegible"}
