"""The plate decision against numbers worked out by hand or by another formula."""

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest
from tests.plates.evidence_kit import CALIBRATION, evidence, reading

from cakra.core.law.vehicle import PlateColour, VehicleKind
from cakra.plates.decision.calibration import CAR, MOTORCYCLE, Tail, is_plain
from cakra.plates.decision.posterior import ONE_OF_MANY, combined, posterior
from cakra.plates.decision.prior import (
    Assumptions,
    Registered,
    Registry,
    error_weights,
    region_weights,
    registry_weights,
)
from cakra.plates.decision.rules import PlateOutcome, decide, rivals_of
from cakra.plates.decision.terms import terms_of
from cakra.plates.decision.thresholds import Harm, bound, derive, exceeding, tail_share, upper_share
from cakra.plates.decision.weighing import held_against, shares, tempered

LIGHT = Tail(1000, (3.0, 2.5, 2.0, 1.5, 1.0))
HEAVY = Tail(400, (5.0, 2.0, 1.6, 1.3, 1.1, 1.0))
"""Excesses 4, 1, 0.6, 0.3, 0.1, 0: one far above the others."""
ASSUMED = Assumptions()
ERROR = 0.042
CLAIM, RIVAL = "B1234XYZ", "B1284XYZ"


def pareto(tail: Tail) -> tuple[float, float, float]:
    """(level, scale, shape) as Hosking and Wallis print them: k = a0 / (a0 - 2 a1) - 2; our shape is -k."""
    level = min(tail.highest)
    over = np.sort(np.array(tail.highest) - level)
    share = (np.arange(1, over.size + 1) - 0.35) / over.size
    a0, a1 = over.mean(), ((1 - share) * over).mean()
    shape = -(a0 / (a0 - 2 * a1) - 2)
    if shape <= 0:
        return level, a0, 0.0
    shape = min(shape, 0.5)
    return level, a0 * (1 - shape), shape


# ---------------------------------------------------------------- the tail
def test_a_light_tail_falls_exponentially_from_its_mean_excess():
    # Excesses 0, 0.5, 1, 1.5, 2 of five plates in a thousand: their mean is 1.
    assert tail_share(LIGHT, 1.0) == pytest.approx(0.005)
    assert tail_share(LIGHT, 2.0) == pytest.approx(0.005 * exp(-1))
    assert tail_share(LIGHT, 4.0) == pytest.approx(0.005 * exp(-3))
    assert exceeding(LIGHT, 0.005 * exp(-2)) == pytest.approx(3.0)
    assert exceeding(LIGHT, 0.0025) == pytest.approx(1.0 + log(2))


def test_a_heavy_tail_follows_the_published_estimators():
    level, scale, shape = pareto(HEAVY)
    assert 0 < shape <= 0.5
    for over in (0.5, 3.0, 20.0):
        expected = 6 / 400 * (1 + shape * over / scale) ** (-1 / shape)
        assert tail_share(HEAVY, level + over) == pytest.approx(expected)
    share = 1e-4
    assert exceeding(HEAVY, share) == pytest.approx(level + scale / shape * ((share * 400 / 6) ** -shape - 1))


def test_a_tail_is_never_taken_for_heavier_than_its_fit_can_tell():
    level, scale, shape = pareto(Tail(100, (100.0, *[1.0] * 9)))
    assert shape == 0.5
    far = Tail(100, (100.0, *[1.0] * 9))
    assert tail_share(far, level + 10) == pytest.approx(0.1 * (1 + 0.5 * 10 / scale) ** -2)


def test_scores_that_are_all_alike_leave_no_room_above_them():
    alike = Tail(10, (2.0, 2.0, 2.0))
    assert tail_share(alike, 2.0) == pytest.approx(0.3)
    assert tail_share(alike, 2.1) < 1e-6


def test_below_the_level_the_kept_scores_are_counted():
    assert tail_share(LIGHT, 0.0) == pytest.approx(5 / 1000)
    for share in (0.005, 0.006, 0.9):
        assert exceeding(LIGHT, share) == 1.0
        assert exceeding(HEAVY, share + 0.01) == 1.0


@pytest.mark.parametrize(("hits", "trials"), [(0, 10), (1, 30), (7, 100), (29, 30)])
def test_the_upper_limit_is_where_so_few_hits_become_unlikely(hits, trials):
    limit = upper_share(hits, trials)
    chance = sum(
        np.prod([(trials - place) / (place + 1) for place in range(one)]) * limit**one * (1 - limit) ** (trials - one)
        for one in range(hits + 1)
    )
    assert chance == pytest.approx(0.05, abs=1e-6)


# ---------------------------------------------------------------- the thresholds
def thresholds(tail=LIGHT, motorcycle=HEAVY, **harm):
    return derive(replace(CALIBRATION, tails={CAR: tail, MOTORCYCLE: motorcycle}), ASSUMED, Harm(**harm))


def test_where_mistakes_are_rare_enough_the_cost_alone_decides():
    low = Tail(100000, (0.2, 0.1, 0.0))
    by_cost = log(1000) - log((1 - ERROR) / ERROR)
    assert thresholds(low, low).accept == {CAR: pytest.approx(by_cost), MOTORCYCLE: pytest.approx(by_cost)}


def test_else_the_bound_on_wrong_notices_does_by_the_tail_of_each_kind():
    found = thresholds(wrong_notice_bound=1e-6).accept
    assert found[CAR] == pytest.approx(1.0 + log(0.005 / (1e-6 / ERROR)))
    assert found[MOTORCYCLE] == pytest.approx(exceeding(HEAVY, 1e-6 / ERROR))


def test_a_bound_above_the_cameras_own_error_asks_for_nothing():
    by_cost = log(1000) - log((1 - ERROR) / ERROR)
    high = Tail(10, (9.0, 8.0, 7.0))
    assert thresholds(high, high, wrong_notice_bound=0.05).accept[CAR] == pytest.approx(by_cost)
    assert thresholds(high, high, wrong_notice_bound=ERROR).accept[CAR] == pytest.approx(by_cost)


def test_a_contradiction_is_as_sure_as_its_mistake_is_dear():
    assert thresholds().mismatch == pytest.approx(0.05)
    assert thresholds(wrong_contradiction_costs=50.0, min_evidence=0.3).mismatch == pytest.approx(0.02)
    assert thresholds(min_evidence=0.3).min_evidence == 0.3


def test_both_bounds_behind_a_threshold():
    found = bound(LIGHT, 2.0, ASSUMED)
    assert (found.threshold, found.exceeded, found.plates) == (2.0, 3, 1000)
    assert found.modelled == pytest.approx(ERROR * 0.005 * exp(-1))
    assert found.carried == pytest.approx(ERROR * upper_share(3, 1000))


def test_what_acceptance_takes_is_told_as_a_probability():
    terms = terms_of(CALIBRATION, ASSUMED)
    for kind in (CAR, MOTORCYCLE):
        odds = exp(terms.thresholds.accept[kind]) * (1 - ERROR) / ERROR
        assert terms.needed(kind) == pytest.approx(odds / (1 + odds))
    assert terms.bounds()[CAR] == bound(CALIBRATION.tails[CAR], terms.thresholds.accept[CAR], ASSUMED)
    assert set(terms.bounds()) == {CAR, MOTORCYCLE}


def test_the_numbers_believed_are_the_stated_ones():
    assert (ASSUMED.camera_error_rate, ASSUMED.rivals, ASSUMED.struck_o, ASSUMED.far) == (0.042, 10.0, 7.6, 1e-5)
    assert (ASSUMED.unregistered, ASSUMED.occupied, ASSUMED.kind_differs) == (0.01, 0.1, 0.05)
    assert (ASSUMED.colour_differs, ASSUMED.away, ASSUMED.home) == (0.2, 0.1, frozenset())
    harm = Harm()
    assert (harm.wrong_notice_bound, harm.wrong_notice_costs) == (1e-4, 1000.0)
    assert (harm.wrong_contradiction_costs, harm.min_evidence) == (20.0, 0.02)
    assert ONE_OF_MANY == 1e-4


@pytest.mark.parametrize(("height", "sharpness", "plain"), [(20, 80, True), (19.9, 80, False), (20, 79.9, False)])
def test_where_a_picture_begins_to_be_plain(height, sharpness, plain):
    assert is_plain(height, sharpness) is plain


# ---------------------------------------------------------------- what the readers say
def test_shares_are_one_together_and_keep_their_ratios():
    assert shares(np.log([1.0, 2.0, 5.0]) + 700).tolist() == pytest.approx([0.125, 0.25, 0.625])


def test_readers_are_summed_by_weight_cooled_and_mixed_with_their_lapses():
    scores = np.log(np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]]))
    raised = np.array([0.7 * 0.5**0.5, 0.2 * 0.3**0.5, 0.1 * 0.2**0.5]) ** (1 / 1.25)
    sound = raised / raised.sum()
    expected = sound * 0.9 + 0.1 * np.array([0.01, 0.01, 0.01 + 0.99])
    found = tempered(scores, np.array([1.0, 0.5]), 1.25, 0.1, 0.01)
    assert np.exp(found).tolist() == pytest.approx(expected.tolist())


def test_a_claim_is_held_against_every_plate_that_the_camera_may_have_misread():
    logs, wrong = np.log([0.6, 0.3, 0.1]), np.log([0.5, 0.2, 0.01])
    factor, heard = held_against(logs, wrong, 0, 0.04)
    against = [0.3 * 0.2, 0.1 * 0.01]
    assert factor == pytest.approx(log(0.6 / sum(against)))
    assert np.exp(heard).tolist() == pytest.approx([0.6 * 0.96, against[0] * 0.04, against[1] * 0.04])


def test_a_reader_alone_has_a_temperature_of_its_own():
    told = {CLAIM: 0.8, RIVAL: 0.2}
    calibration = replace(CALIBRATION, temperature={"own": 2.0, "generic": 4.0, "both": 1.0}, lapse=1e-12)
    for reader, weight, temperature in (("own", 1.0, 2.0), ("generic", 0.5, 4.0)):
        found = posterior([evidence(told, reader=reader)], calibration, ASSUMED)
        odds = (0.8 / 0.2) ** (weight / temperature)
        assert found.of(CLAIM) / found.of(RIVAL) == pytest.approx(odds, rel=1e-6)
    first, second = evidence(told), evidence(told, reader="generic")
    both = replace(
        first, readers=("own", "generic"), scores=first.scores + second.scores, unseen=(0.0, 0.0), stray=(0.0, 0.0)
    )
    found = posterior([both], calibration, ASSUMED)
    assert found.of(CLAIM) / found.of(RIVAL) == pytest.approx((0.8 / 0.2) ** 1.5, rel=1e-6)
    assert found.readers == ("own", "generic")


@pytest.mark.parametrize("times", [2, 3, 4])
def test_photographs_of_one_passage_count_as_less_than_so_many(times):
    seen = evidence({CLAIM: 0.8, RIVAL: 0.15}, unseen=0.05)
    texts = seen.texts
    once = combined([seen], CALIBRATION, texts)
    assert combined([seen] * times, CALIBRATION, texts).tolist() == pytest.approx((once * times**0.5).tolist())
    free = replace(CALIBRATION, damping=0.0)
    assert combined([seen] * times, free, texts).tolist() == pytest.approx((once * times).tolist())


def test_a_text_that_another_photograph_brought_has_what_was_left_over():
    one, other = evidence({CLAIM: 0.9}, unseen=0.1), evidence({RIVAL: 0.8}, unseen=0.2)
    calibration = replace(CALIBRATION, lapse=1e-12, unseen_share=0.5)
    found = np.exp(combined([one], calibration, (CLAIM, RIVAL)))
    parts = np.array([0.9, 0.1, 0.05])
    assert found.tolist() == pytest.approx((parts / parts.sum()).tolist(), rel=1e-6)
    together = posterior([one, other], CALIBRATION, ASSUMED)
    assert set(together.texts) == {CLAIM, RIVAL}


def test_what_is_asked_of_a_posterior():
    weighed = posterior([evidence({CLAIM: 0.7, RIVAL: 0.2}, unseen=0.1)], CALIBRATION, ASSUMED)
    assert (weighed.claim, weighed.factor, weighed.claim_probability) == (None, None, 0.0)
    assert weighed.of("B1ZZZ") == 0.0
    assert weighed.read == CLAIM
    assert weighed.read_probability == pytest.approx(weighed.of(CLAIM))
    unknown = posterior([evidence({CLAIM: 0.7})], CALIBRATION, ASSUMED, "B1ZZZ")
    assert (unknown.claim, unknown.factor) == (None, None)
    nothing = posterior([evidence({}, unseen=0.3)], CALIBRATION, ASSUMED)
    assert (nothing.read, nothing.read_probability, nothing.candidates) == (None, 0.0, ())


def test_the_best_reading_is_found_wherever_it_stands():
    weighed = posterior([evidence({RIVAL: 0.2, CLAIM: 0.7}, unseen=0.1)], CALIBRATION, ASSUMED)
    assert weighed.read == CLAIM


def test_a_plate_from_home_is_ten_times_as_likely_where_a_home_is_told():
    seen = [evidence({CLAIM: 0.4, "D1234XYZ": 0.4}, unseen=0.2)]
    for home, odds in ((frozenset(), 1), (frozenset({"B"}), 10), (frozenset({"D"}), 0.1)):
        found = posterior(seen, CALIBRATION, replace(ASSUMED, home=home))
        assert found.of(CLAIM) / found.of("D1234XYZ") == pytest.approx(odds)


# ---------------------------------------------------------------- what is believed before
def test_how_a_camera_errs():
    weights = error_weights("B1234XYO", ("B1234XYQ", "B1234XYD", "B1234XY"), ASSUMED).tolist()
    assert weights == pytest.approx([log(7.6), log(0.1), log(0.1), log(1e-5)])
    assert error_weights("B1234XYQ", ("B1234XYO",), ASSUMED)[0] == pytest.approx(log(7.6))
    assert error_weights("B1234XQO", ("B1234XOQ",), ASSUMED)[0] == pytest.approx(log(0.1))
    assert error_weights("B1234XYQ", ("B1234XYQO",), ASSUMED)[0] == pytest.approx(log(0.1))
    assert error_weights("BQ1234X", ("BO1234X",), ASSUMED)[0] == pytest.approx(log(0.1))


def test_what_the_register_says_weighs_as_stated():
    known = {
        "car": Registered(VehicleKind.CAR, PlateColour.WHITE),
        "bus": Registered(VehicleKind.BUS, PlateColour.YELLOW),
        "ride": Registered(VehicleKind.MOTORCYCLE, PlateColour.BLACK),
        "plain": Registered(),
    }
    texts = ["car", "bus", "ride", "plain", "none", "unasked"]
    registry = Registry(frozenset({*known, "none"}), known, VehicleKind.CAR, PlateColour.BLACK)
    unasked = log(0.1 + 0.9 * 0.01)
    expected = [0.0, log(0.2), log(0.05), 0.0, log(0.01), unasked, unasked]
    assert registry_weights(registry, texts, ASSUMED).tolist() == pytest.approx(expected)
    assert registry_weights(Registry(), texts, ASSUMED).tolist() == [0.0] * 7
    rider = Registry(registry.asked, known, VehicleKind.MOTORCYCLE, PlateColour.RED)
    assert registry_weights(rider, ["car", "ride"], ASSUMED).tolist() == pytest.approx(
        [log(0.05) + log(0.2), log(0.2), unasked]
    )


def test_telling_the_register_more():
    registry = Registry(frozenset({RIVAL}), {RIVAL: Registered()}, VehicleKind.CAR, PlateColour.RED)
    told = registry.telling(CLAIM, RIVAL)
    assert told == Registry(frozenset({CLAIM, RIVAL}), {CLAIM: Registered()}, VehicleKind.CAR, PlateColour.RED)
    absent = Registry(frozenset({CLAIM})).telling(CLAIM, RIVAL)
    assert absent.known == {}


def test_regions_weigh_only_where_a_home_is_told():
    assert region_weights(["D1", "B1"], replace(ASSUMED, home=frozenset({"B"})), "D1").tolist() == pytest.approx(
        [log(0.1), 0.0, 0.0]
    )
    assert region_weights(["D1"], ASSUMED, None).tolist() == [0.0, 0.0]


# ---------------------------------------------------------------- the verdict
def test_the_facts_of_a_verdict():
    verdict = decide([reading({CLAIM: 0.9, RIVAL: 0.08}, CLAIM)], terms_of(CALIBRATION))
    facts = verdict.facts
    assert (facts["photographs"], facts["reading"], facts["readers"]) == (1, CLAIM, {"own": CLAIM})
    assert [text for text, _ in facts["rivals"]] == [RIVAL]
    weighed = posterior([evidence({CLAIM: 0.9, RIVAL: 0.08})], CALIBRATION, ASSUMED, CLAIM)
    assert facts["score"] == round(weighed.factor, 2)
    assert facts["probability"] == round(weighed.claim_probability, 6)


def test_no_more_than_five_rivals_are_shown_and_none_that_hardly_counts():
    rivals = {f"B12{digit}4XYZ": 0.05 for digit in "12456789"}
    facts = decide([reading({CLAIM: 0.5} | rivals | {"B9999ZZ": 1e-9}, CLAIM)], terms_of(CALIBRATION)).facts
    assert len(facts["rivals"]) == 5
    facts = decide([reading({CLAIM: 0.9, "B9999ZZ": 1e-9}, CLAIM)], terms_of(CALIBRATION)).facts
    assert facts["rivals"] == []


def test_rivals_are_what_may_be_the_plate():
    weighed = posterior([evidence({CLAIM: 0.9, RIVAL: 0.09, "B1ZZZ": 1e-12}, unseen=0.01)], CALIBRATION, ASSUMED, CLAIM)
    assert rivals_of(weighed, 1e-5) == rivals_of(weighed) == [CLAIM, RIVAL]
    assert rivals_of(weighed, weighed.of(RIVAL)) == [CLAIM]


def test_a_contradicted_claim_is_no_doubtful_one():
    outcomes = {}
    for share in (0.5, 0.2, 1e-6):
        verdict = decide([reading({CLAIM: share, RIVAL: 1 - share}, CLAIM)], terms_of(CALIBRATION))
        outcomes[share] = verdict.outcome
    assert outcomes == {0.5: PlateOutcome.REVIEW, 0.2: PlateOutcome.REVIEW, 1e-6: PlateOutcome.MISMATCH}


def test_the_surest_look_of_a_reader_is_told():
    one = reading({CLAIM: 0.5, RIVAL: 0.4}, CLAIM)
    other = reading({CLAIM: 0.05, RIVAL: 0.9}, CLAIM)
    assert decide([one, other], terms_of(CALIBRATION)).facts["readers"] == {"own": RIVAL}
    assert decide([other, one], terms_of(CALIBRATION)).facts["readers"] == {"own": RIVAL}


def test_other_plates_beside_the_claim_are_an_officers():
    plain = {CLAIM: 0.999999, RIVAL: 1e-7}
    beside = replace(reading(plain, CLAIM), beside=1)
    assert decide([beside], terms_of(CALIBRATION)).key == "several"
    assert decide([beside, reading(plain, CLAIM)], terms_of(CALIBRATION)).outcome is PlateOutcome.ACCEPT
