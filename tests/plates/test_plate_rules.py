"""The decision: nothing is accepted unless every condition holds, and each hold-back says why."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.geometry import Box
from cakra.plates.reading import PlateReading
from cakra.plates.rules import PlateOutcome, PlateThresholds, decide

THRESHOLDS = PlateThresholds()
GOOD = PlateReading(
    box=Box(10, 10, 170, 60),
    text="B1234XYZ",
    log_probability=-0.1,
    rival="B1234XVZ",
    rival_log_probability=-7.1,
    claim="B1234XYZ",
    claim_margin=7.0,
    height_px=50,
    sharpness=500,
    luminance=120,
    ms=40,
    model_hash="0" * 64,
    ambiguous=(),
    claim_log_probability=-0.1,
)


def test_a_plain_photograph_of_the_claim_is_accepted():
    verdict = decide(GOOD, THRESHOLDS)
    assert verdict.outcome is PlateOutcome.ACCEPT
    assert "B1234XYZ" in verdict.reason


@pytest.mark.parametrize(
    ("change", "outcome", "key"),
    [
        ({"text": None}, "unreadable", "illegible"),
        ({"text": None, "box": None, "height_px": 0}, "unreadable", "no_plate"),
        ({"height_px": 15.9}, "unreadable", "too_small"),
        ({"claim": None, "claim_margin": None}, "review", "no_claim"),
        ({"claim_margin": 3.99}, "review", "margin"),
        ({"claim_margin": -3.99}, "review", "margin"),
        ({"claim_margin": -4.0, "text": "B1234XVZ"}, "mismatch", "contradicted"),
        ({"claim_margin": -9.0, "text": "B1234XVZ", "log_probability": -7.0}, "review", "weak"),
        ({"claim_margin": -9.0, "text": "B1234"}, "review", "partial"),
        ({"claim_margin": -9.0, "text": "B1234OYZ", "ambiguous": ("B1234OYZ",)}, "review", "glyph_twin"),
        ({"height_px": 23.9}, "review", "small"),
        ({"sharpness": 79}, "review", "blurred"),
        ({"claim_log_probability": -8.1}, "review", "weak"),
        ({"ambiguous": ("B1234OYZ",)}, "review", "glyph_twin"),
        ({"claim": "B1234", "text": "B1234"}, "review", "no_series"),
    ],
)
def test_each_doubt_has_its_outcome_and_name(change, outcome, key):
    verdict = decide(replace(GOOD, **change), THRESHOLDS)
    assert (verdict.outcome, verdict.key) == (outcome, key)
    assert verdict.reason.endswith(".")


def test_a_register_without_the_other_spelling_settles_a_glyph_twin():
    doubtful = replace(GOOD, ambiguous=("B1234OYZ",))
    assert decide(doubtful, THRESHOLDS, frozenset({"B1234OYZ"})).outcome is PlateOutcome.ACCEPT
    assert decide(doubtful, THRESHOLDS, frozenset({"B9999OYZ"})).outcome is PlateOutcome.REVIEW


@given(
    margin=st.one_of(st.none(), st.floats(-60, 60)),
    picture=st.tuples(st.floats(0, 400), st.floats(0, 5000)),
    score=st.floats(-200, 0),
    text=st.sampled_from([None, "B1234XYZ", "B1234XVZ"]),
    twins=st.sampled_from([(), ("B1234OYZ",)]),
)
def test_nothing_is_accepted_unless_every_condition_holds(margin, picture, score, text, twins):
    height, sharpness = picture
    reading = replace(
        GOOD,
        text=text,
        claim_margin=margin,
        height_px=height,
        sharpness=sharpness,
        claim_log_probability=score,
        ambiguous=twins,
    )
    holds = (
        text is not None
        and margin is not None
        and margin >= THRESHOLDS.accept_margin
        and height >= THRESHOLDS.min_height_px
        and sharpness >= THRESHOLDS.min_sharpness
        and score >= THRESHOLDS.min_claim_log_probability
        and not twins
    )
    assert (decide(reading, THRESHOLDS).outcome is PlateOutcome.ACCEPT) == holds
