"""The decision: probabilities that are one in all, priors that only do what they say, and words for every doubt."""

from dataclasses import replace
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plates.evidence_kit import CALIBRATION, evidence, reading

from cakra.core.errors import InputError
from cakra.core.law.vehicle import PlateColour, VehicleKind
from cakra.plates.decision.calibration import CAR, MOTORCYCLE, Tail, read
from cakra.plates.decision.files import SHIPPED, load_calibration
from cakra.plates.decision.posterior import posterior
from cakra.plates.decision.prior import NOT_ASKED, Assumptions, Registered, Registry
from cakra.plates.decision.rules import PlateOutcome, decide
from cakra.plates.decision.terms import terms_of
from cakra.plates.decision.thresholds import Harm, bound, derive, exceeding, tail_share, upper_share

ASSUMED = Assumptions()
TERMS = terms_of(CALIBRATION)
CLAIM, RIVAL, TWIN = "B1234XYZ", "B1284XYZ", "B1234XYO"
PLAIN = {CLAIM: 0.999999, RIVAL: 1e-7}

TEXTS = [CLAIM, RIVAL, "B1234XVZ", "B1234XY", "D1234XYZ", "B1243XYZ", "B9876ABC"]
shares = st.lists(st.floats(1e-9, 1.0), min_size=len(TEXTS) + 2, max_size=len(TEXTS) + 2).map(
    lambda raw: [one / sum(raw) for one in raw]
)
evidences = shares.map(lambda parts: evidence(dict(zip(TEXTS, parts, strict=False)), unseen=parts[-2], stray=parts[-1]))
registries = st.builds(
    lambda known, asked, kind: Registry(frozenset(asked) | known.keys(), known, kind, PlateColour.UNKNOWN),
    st.dictionaries(st.sampled_from(TEXTS), st.sampled_from(VehicleKind).map(Registered)),
    st.sets(st.sampled_from(TEXTS)),
    st.sampled_from(VehicleKind),
)


# ---------------------------------------------------------------- probabilities
@given(st.lists(evidences, min_size=1, max_size=3), st.sampled_from([*TEXTS, None]), registries)
def test_everything_together_is_one(seen, claim, registry):
    weighed = posterior(seen, CALIBRATION, ASSUMED, claim, registry)
    assert sum(share for _, share in weighed.candidates) + weighed.other == pytest.approx(1.0)
    assert all(0 <= share <= 1 for _, share in weighed.candidates)
    assert [text for text, _ in weighed.candidates] == [
        text for text, _ in sorted(weighed.candidates, key=lambda one: -one[1])
    ]


@given(evidences, st.sampled_from([*TEXTS, None]), registries, st.sampled_from(TEXTS))
def test_a_spelling_that_the_register_does_not_know_never_rises(seen, claim, registry, absent):
    registry = replace(registry, known={text: told for text, told in registry.known.items() if text != absent})
    asked = replace(registry, asked=registry.asked - {absent})
    before = posterior([seen], CALIBRATION, ASSUMED, claim, asked)
    after = posterior([seen], CALIBRATION, ASSUMED, claim, replace(asked, asked=asked.asked | {absent}))
    assert after.of(absent) <= before.of(absent) + 1e-12
    if claim not in {absent, None}:
        assert after.factor >= before.factor - 1e-9, "a rival that does not exist only strengthens the claim"


@given(evidences, st.integers(2, 4))
def test_the_same_photograph_again_never_flips_what_was_read_and_counts_for_less_than_itself(seen, times):
    once = posterior([seen], CALIBRATION, ASSUMED)
    again = posterior([seen] * times, CALIBRATION, ASSUMED)
    fresh = posterior([seen] * times, replace(CALIBRATION, damping=0.0), ASSUMED)
    assert once.of(again.read) == pytest.approx(once.read_probability)  # of equals it may name another
    if once.read_probability >= once.other:  # else what is surer is that nobody scored the plate
        assert once.read_probability <= again.read_probability + 1e-9 <= fresh.read_probability + 2e-9
        if 0.55 < once.read_probability < 0.95 and once.other < 0.01:
            assert again.read_probability < fresh.read_probability, "photographs of one passage are not independent"


@given(evidences, st.sampled_from(TEXTS))
def test_the_claim_is_evidence_for_itself_and_odds_and_factor_agree(seen, claim):
    alone = posterior([seen], CALIBRATION, ASSUMED)
    heard = posterior([seen], CALIBRATION, ASSUMED, claim)
    assert heard.of(claim) >= alone.of(claim) * (1 - 1e-9)
    odds = exp(heard.factor) * (1 - ASSUMED.camera_error_rate) / ASSUMED.camera_error_rate
    assert heard.of(claim) == pytest.approx(odds / (1 + odds), rel=1e-6)


@given(evidences, st.sampled_from(TEXTS), st.floats(0.001, 0.4), st.floats(0.001, 0.4))
def test_a_camera_that_errs_more_is_believed_less(seen, claim, one, other):
    low, high = sorted((one, other))
    believed = [
        posterior([seen], CALIBRATION, Assumptions(camera_error_rate=rate), claim).of(claim) for rate in (low, high)
    ]
    assert believed[1] <= believed[0] + 1e-12


def test_two_readers_that_agree_are_surer_than_one_and_two_that_differ_less():
    own, agrees = {CLAIM: 0.9, RIVAL: 0.1}, {CLAIM: 0.9, RIVAL: 0.1}
    differs = {CLAIM: 0.05, RIVAL: 0.95}
    alone = posterior([evidence(own)], CALIBRATION, ASSUMED).of(CLAIM)

    def with_second(second):
        first, then = evidence(own), evidence(second, reader="generic")
        both = replace(
            first,
            readers=("own", "generic"),
            scores=first.scores + then.scores,
            unseen=first.unseen + then.unseen,
            stray=(0.0, 0.0),
        )
        return posterior([both], CALIBRATION, ASSUMED).of(CLAIM)

    assert with_second(differs) < alone < with_second(agrees)


# ---------------------------------------------------------------- thresholds
tails = st.builds(
    lambda scores, more: Tail(len(scores) + more, tuple(sorted(scores, reverse=True))),
    st.lists(st.floats(-5, 12), min_size=10, max_size=60),
    st.integers(0, 3000),
)


@given(tails, st.floats(1e-7, 0.5), st.floats(1e-7, 0.5))
def test_a_stricter_bound_never_lowers_a_threshold(tail, one, other):
    calibration = replace(CALIBRATION, tails={CAR: tail, MOTORCYCLE: tail})
    strict, loose = sorted((one, other))
    needed = [derive(calibration, ASSUMED, Harm(wrong_notice_bound=bounded)).accept[CAR] for bounded in (strict, loose)]
    assert needed[0] >= needed[1] - 1e-9


@given(tails, st.floats(1e-7, 1e-3))
def test_the_threshold_keeps_the_bound_by_its_own_model(tail, bounded):
    calibration = replace(CALIBRATION, tails={CAR: tail, MOTORCYCLE: tail})
    threshold = derive(calibration, ASSUMED, Harm(wrong_notice_bound=bounded)).accept[CAR]
    assert bound(tail, threshold, ASSUMED).modelled <= bounded * (1 + 1e-6) or threshold <= tail.highest[-1]


@given(tails, st.floats(1e-6, 0.9))
def test_share_and_threshold_are_inverses_beyond_the_level(tail, part):
    share = part * len(tail.highest) / tail.plates
    threshold = exceeding(tail, share)
    assert tail_share(tail, threshold + 1e-9) <= share * (1 + 1e-3) + 1e-12


def test_the_bound_that_data_alone_carry_is_the_rule_of_three():
    assert upper_share(0, 1000) == pytest.approx(3.0 / 1000, rel=0.01)
    assert upper_share(0, 96) == pytest.approx(0.0307, abs=2e-4)
    assert upper_share(3, 100) == pytest.approx(0.0757, abs=2e-4)  # Clopper-Pearson, one-sided 95 %
    assert upper_share(5, 5) == 1.0


def test_a_dearer_mistake_and_a_worse_camera_need_more():
    cheap, dear = (derive(CALIBRATION, ASSUMED, Harm(wrong_notice_costs=cost)).accept[CAR] for cost in (1e3, 1e9))
    assert dear > cheap
    good, bad = (derive(CALIBRATION, Assumptions(camera_error_rate=rate), Harm()).accept[CAR] for rate in (0.01, 0.2))
    assert bad > good


# ---------------------------------------------------------------- the decision
def judged(shares, claim=CLAIM, registry=NOT_ASKED, **more):
    return decide([reading(shares, claim, **more)], TERMS, registry)


def test_a_plain_photograph_of_the_claim_is_accepted_and_says_why():
    verdict = judged(PLAIN)
    assert (verdict.outcome, verdict.key) == (PlateOutcome.ACCEPT, "confirmed")
    assert CLAIM in verdict.reason
    assert verdict.facts["probability"] >= verdict.facts["needed"] > 0.99
    assert (verdict.facts["reading"], verdict.facts["would_change"]) == (CLAIM, [])


@pytest.mark.parametrize(
    ("shares", "claim", "more", "outcome", "key"),
    [
        (PLAIN, None, {}, "review", "no_claim"),
        ({CLAIM: 0.7, RIVAL: 0.3}, CLAIM, {}, "review", "margin"),
        ({CLAIM: 0.3, RIVAL: 0.7}, CLAIM, {}, "review", "margin"),
        ({CLAIM: 1e-9, RIVAL: 0.99999}, CLAIM, {}, "mismatch", "contradicted"),
        ({CLAIM: 1e-9, "B1234": 0.99999}, CLAIM, {}, "review", "partial"),
        ({TWIN: 0.8, "B1234XYQ": 0.2}, TWIN, {}, "review", "glyph_twin"),
        ({CLAIM: 0.6, RIVAL: 0.1}, CLAIM, {"height_px": 15.0}, "review", "small"),
        ({CLAIM: 0.6, RIVAL: 0.1}, CLAIM, {"sharpness": 40.0}, "review", "blurred"),
        ({CLAIM: 0.04, RIVAL: 1e-7}, CLAIM, {}, "review", "weak"),
        ({"B1234": 0.999999, "B1234X": 1e-8}, "B1234", {}, "review", "no_series"),
        ({CLAIM: 1e-6, RIVAL: 1e-7}, CLAIM, {"unseen": 0.01, "stray": 0.99}, "unreadable", "illegible"),
        ({CLAIM: 1e-6}, CLAIM, {"height_px": 9.0}, "unreadable", "too_small"),
        ({CLAIM: 1e-9}, CLAIM, {"stray": 0.99, "foreign": "WXY1234"}, "review", "no_plate_of_ours"),
    ],
)
def test_each_doubt_has_its_outcome_and_name(shares, claim, more, outcome, key):
    verdict = judged(shares, claim, **more)
    assert (verdict.outcome, verdict.key) == (outcome, key)
    assert verdict.reason.endswith(".")


def test_no_plate_is_no_plate():
    nothing = replace(reading(PLAIN, CLAIM), box=None, text=None, evidence=None)
    assert decide([nothing], TERMS).key == "no_plate"


def test_a_doubt_says_what_would_settle_it():
    doubt = judged({TWIN: 0.9999, "B1234XYQ": 0.0001}, TWIN)
    photograph, register = doubt.facts["would_change"]
    assert photograph == {"by": "photograph", "tells": [["O", "Q"]], "rival": "B1234XYQ"}
    assert register == {"by": "register", "absent": "B1234XYQ"}
    told = judged(
        {TWIN: 0.9999, "B1234XYQ": 0.0001}, TWIN, Registry(frozenset({TWIN, "B1234XYQ"}), {TWIN: Registered()})
    )
    assert told.outcome is PlateOutcome.ACCEPT, "and then it is settled"


@pytest.mark.parametrize("poor", [{"height_px": 15.0}, {"sharpness": 40.0}])
def test_the_register_is_no_way_out_where_the_picture_is_too_poor(poor):
    plain, doubt = (
        judged({TWIN: 0.9999, "B1234XYQ": 1e-4}, TWIN),
        judged({TWIN: 0.9999, "B1234XYQ": 1e-4}, TWIN, **poor),
    )
    assert "register" in {one["by"] for one in plain.facts["would_change"]}
    assert "register" not in {one["by"] for one in doubt.facts["would_change"]}


def test_a_decision_keeps_the_calibration_and_with_it_the_models():
    assert judged(PLAIN).facts["calibration"] == CALIBRATION.sha256
    assert replace(CALIBRATION, models={"own": "0" * 64}).sha256 != CALIBRATION.sha256


def test_a_second_photograph_settles_what_one_leaves_open():
    one, other = reading({CLAIM: 0.985, RIVAL: 0.015}, CLAIM), reading({CLAIM: 0.99, RIVAL: 0.01}, CLAIM)
    assert decide([one], TERMS).outcome is PlateOutcome.REVIEW
    assert decide([other], TERMS).outcome is PlateOutcome.REVIEW
    together, alone = decide([one, other], TERMS), decide([one], TERMS)
    assert together.facts["score"] > alone.facts["score"]


def test_motorcycles_have_a_threshold_of_their_own():
    needed = TERMS.thresholds.accept
    assert needed[MOTORCYCLE] > needed[CAR]
    for share in (0.9, 0.99, 0.999, 0.9999):
        seen = [reading({CLAIM: share, RIVAL: 1 - share}, CLAIM)]
        car, motorcycle = (decide(seen, TERMS, NOT_ASKED, kind).outcome for kind in (CAR, MOTORCYCLE))
        assert (motorcycle is PlateOutcome.ACCEPT) <= (car is PlateOutcome.ACCEPT)


@given(evidences, st.sampled_from(TEXTS), registries, st.sampled_from([CAR, MOTORCYCLE]))
def test_nothing_is_accepted_that_is_not_read_and_certain_enough(seen, claim, registry, kind):
    one = replace(reading(PLAIN, claim), evidence=seen)
    verdict = decide([one], TERMS, registry, kind)
    weighed = posterior([seen], CALIBRATION, ASSUMED, claim, registry)
    certain = weighed.read == claim and weighed.factor >= TERMS.thresholds.accept[kind]
    assert (verdict.outcome is PlateOutcome.ACCEPT) <= certain
    # One in twenty is what Harm says: a contradiction costs twenty reviews.
    assert (verdict.outcome is PlateOutcome.MISMATCH) <= (weighed.claim_probability <= 1 / 20)


# ---------------------------------------------------------------- the file
def test_a_calibration_survives_its_file_and_the_shipped_one_is_in_order():
    assert read(CALIBRATION.written(), "here") == replace(CALIBRATION, models={})
    shipped = load_calibration()
    assert "drawn" in shipped.fitted_on
    assert shipped.error_after < shipped.error_before
    assert load_calibration(SHIPPED) == shipped


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: "not json", "it is not JSON"),
        (lambda _: "[]", "no calibration of format 3"),
        (lambda text: text.replace('"lapse"', '"lapsus"'), "it lacks lapse"),
        (lambda text: text.replace('"plates": 3000', '"plates": 3000, "more": 1'), "unknown entry more"),
        (lambda text: text.replace('"own": 1.0', '"own": -1.0', 1), "weights.own is -1.0"),
        (lambda text: text.replace('"damping": 0.5', '"damping": 1.5'), "damping is 1.5"),
        (lambda text: text.replace('"motorcycle"', '"bicycle"'), "tails.motorcycle must hold"),
        (lambda text: text.replace('"lapse": 0.0001', '"lapse": "x"'), "wrong shape"),
    ],
)
def test_a_damaged_calibration_is_named(tmp_path, change, words):
    path = tmp_path / "own.json"
    path.write_text(change(CALIBRATION.written()))
    with pytest.raises(InputError, match=words) as caught:
        load_calibration(path)
    assert str(path) in caught.value.sentence
    assert "cakra plates calibrate" in caught.value.sentence


def test_a_calibration_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.json cannot be read"):
        load_calibration(tmp_path / "gone.json")
