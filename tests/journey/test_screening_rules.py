"""Screening: each check by example, the judgement by property, and the policy in force of an offence."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.case_rows import SHUTTER
from tests.core.law_texts import law_book, odd_even_rules
from tests.plates.evidence_kit import CALIBRATION, reading

from cakra.core.law.exemptions import Exemption
from cakra.core.law.vehicle import PlateColour, VehicleFacts, VehicleKind
from cakra.core.policy.automation import Mode
from cakra.core.states.case import Case, Finding
from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from cakra.journey.screening.checking.checks import (
    CHECKS,
    Bench,
    camera_fit,
    door_notes,
    offence_rules,
    plate_grammar,
    plate_kind,
    plate_photo,
    reported_before,
    vehicle_class,
)
from cakra.journey.screening.checking.facts import CameraFacts, Passage, Sighting
from cakra.journey.screening.deciding.weighing import as_seen, decided, spellings
from cakra.journey.screening.look import look_at
from cakra.journey.screening.rules import Verdict, judge, strictest
from cakra.journey.screening.step import ScreeningDesk
from cakra.outside.photos import open_photo_store
from cakra.plates.decision.prior import Registered, Registry
from cakra.plates.decision.rules import PlateOutcome, PlateVerdict
from cakra.plates.decision.terms import terms_of
from factories import make_case
from policy_kit import automation, put_in_force, rulebook

LAW = law_book()
BENCH = Bench(LAW, odd_even_rules(), 0.95, timedelta(days=90))
OFFENCES = ("TANPA_SABUK", "GANJIL_GENAP", "BATAS_KECEPATAN", "LAMPU_MERAH", "TANPA_HELM")
CAMERA = CameraFacts(
    "CAM-1", "PMJ", "Jl. M.H. Thamrin", frozenset(OFFENCES), SHUTTER + timedelta(days=30), 0.99, 60.0, None
)
CAR = VehicleFacts(VehicleKind.CAR, PlateColour.WHITE, electric=False)
ACCEPT = PlateVerdict(PlateOutcome.ACCEPT, "confirmed", "Foto memastikan B1235XYZ.")
REVIEW = PlateVerdict(PlateOutcome.REVIEW, "margin", "Foto belum memastikan B1235XYZ.")
MISMATCH = PlateVerdict(PlateOutcome.MISMATCH, "contradicted", "Foto terbaca B1285XYZ.")
NO_PLATE = PlateVerdict(PlateOutcome.UNREADABLE, "no_plate", "Tidak ada pelat.")
TOO_SMALL = PlateVerdict(PlateOutcome.UNREADABLE, "too_small", "Pelat terlalu kecil.")


def sighting(offence="TANPA_SABUK", *, said=ACCEPT, record=None, notes=(), **camera):
    return Sighting(replace(CAMERA, **camera), offence, SHUTTER, record or {}, notes, (), (), said)


def passage(*sightings, plate="B1235XYZ", vehicle=CAR, exemptions=(), before=False, photographs=True):
    seen = sightings or (sighting(),)
    case = Case(
        3,
        1,
        1,
        "R",
        "PMJ",
        State.RECEIVED,
        plate,
        plate,
        tuple(one.offence for one in seen),
        SHUTTER,
        SHUTTER,
        "CAM-1",
        "car",
    )
    return Passage(case, seen, vehicle, exemptions, before, photographs)


def verdicts_of(check, *of, **how):
    return [finding.verdict for finding in check(passage(*of, **how), BENCH)]


def all_findings(one):
    return [finding for check in CHECKS for finding in check(one, BENCH)]


# ---------------------------------------------------------------- each check
def test_an_ordinary_passage_is_ok_in_every_check():
    findings = all_findings(passage())
    assert {finding.verdict for finding in findings} == {"ok"}
    assert {finding.check for finding in findings} == {"plate_grammar", "plate_photo", "camera", "vehicle_class"}


@pytest.mark.parametrize(
    ("plate", "verdict"), [("B1235XYZ", "ok"), ("b 1235 xyz", "ok"), ("", "doubt"), (None, "doubt"), ("XX99", "doubt")]
)
def test_what_is_no_plate_is_an_officers(plate, verdict):
    assert verdicts_of(plate_grammar, plate=plate) == [verdict]


def test_plates_that_may_be_meant_are_suggested():
    (finding,) = plate_grammar(passage(plate="81235XYZ"), BENCH)
    assert "B1235XYZ" in finding.facts["candidates"]
    assert "B1235XYZ" in finding.words_id


@pytest.mark.parametrize(
    ("plate", "verdicts"),
    [
        ("B1235XYZ", []),
        ("1234-00", ["divert"]),
        ("1234-VII", ["divert"]),
        ("CD1201", ["divert"]),
        ("RI1", ["doubt"]),
        ("B1234RFS", ["doubt"]),
        ("B1234ZZH", []),
        ("nothing", []),
    ],
)
def test_other_authorities_plates_are_diverted_and_odd_ones_doubted(plate, verdicts):
    assert verdicts_of(plate_kind, plate=plate) == verdicts


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (ACCEPT, "ok"),
        (REVIEW, "doubt"),
        (MISMATCH, "doubt"),
        (NO_PLATE, "doubt"),
        (TOO_SMALL, "fail"),
        (None, "doubt"),
    ],
)
def test_the_photographs_must_show_the_plate(said, verdict):
    assert verdicts_of(plate_photo, sighting(said=said)) == [verdict]


def test_each_camera_of_the_passage_is_heard_and_one_contradiction_is_enough():
    both = verdicts_of(plate_photo, sighting(said=ACCEPT), sighting(said=MISMATCH))
    assert both == ["ok", "doubt"]
    assert verdicts_of(plate_photo, sighting(said=MISMATCH), photographs=False) == []


TERMS = terms_of(CALIBRATION)
OTHER, UNASKED = "B1285XYZ", Registry()


def outcomes(*sightings, registry=UNASKED):
    """What is decided of sightings, each a list of photographs: {plate: probability}, all claimed B1235XYZ."""
    seen = [[reading(shares, "B1235XYZ") for shares in photographs] for photographs in sightings]
    return [said and said.outcome.value for said in decided(seen, TERMS, registry)]


SURE, UNSURE, WRONG = {"B1235XYZ": 0.999999}, {"B1235XYZ": 0.6, OTHER: 0.4}, {"B1235XYZ": 1e-9, OTHER: 0.999999}


def test_photographs_of_one_passage_are_weighed_together_but_a_contradiction_stands():
    assert outcomes([SURE], []) == ["accept", None]
    assert outcomes([UNSURE]) == ["review"]
    assert outcomes([UNSURE, SURE]) == ["accept"]
    assert outcomes([UNSURE], [SURE]) == ["accept", "accept"], "another camera's photograph settles it"
    assert outcomes([SURE], [WRONG])[1] == "mismatch", "and one that shows another plate says so"


def test_the_register_is_asked_for_every_plate_that_matters_at_once_and_its_word_counts():
    doubtful, plain = [reading(UNSURE, "B1235XYZ")], [reading(SURE, "B1235XYZ")]
    assert set(spellings([doubtful, plain, []], [TERMS] * 3)) == {"B1235XYZ", OTHER}
    car = Registered(VehicleKind.CAR)
    claim_only = Registry(frozenset({"B1235XYZ", OTHER}), {"B1235XYZ": car})
    both = Registry(claim_only.asked, {"B1235XYZ": car, OTHER: car})
    nearly = {"B1235XYZ": 0.98, OTHER: 0.02}
    assert (outcomes([nearly], registry=both), outcomes([nearly], registry=claim_only)) == (["review"], ["accept"])
    record = json.dumps({"vehicle": {"kind": "motorcycle"}, "plate": {"colour": "white"}})
    seen = as_seen(both, [record])
    assert (seen.kind, seen.colour, seen.known) == (VehicleKind.MOTORCYCLE, PlateColour.WHITE, both.known)


def test_every_outcome_of_a_photograph_has_english_words():
    for said in (ACCEPT, REVIEW, MISMATCH, NO_PLATE, TOO_SMALL):
        (finding,) = plate_photo(passage(sighting(said=said)), BENCH)
        assert finding.words_id == said.reason
        assert finding.words_en != said.key


def test_notes_of_the_door_are_passed_on_but_the_plate_is_judged_here():
    clock = Finding("clock", "doubt", "Jam kamera", "Camera clock")
    grammar = Finding("plate_grammar", "doubt", "x", "x")
    assert list(door_notes(passage(sighting(notes=[grammar, clock])), BENCH)) == [clock]


@pytest.mark.parametrize(
    ("camera", "problem"),
    [
        ({"approved_offences": frozenset({"PONSEL"})}, "not approved for TANPA_SABUK"),
        ({"calibrated_until": SHUTTER - timedelta(seconds=1)}, "calibration not valid"),
        ({"calibrated_until": None}, "calibration not valid"),
        ({"audited_precision": 0.94}, "audited precision too low or unknown"),
        ({"audited_precision": None}, "audited precision too low or unknown"),
    ],
)
def test_an_unfit_camera_is_a_caution(camera, problem):
    (finding,) = camera_fit(passage(sighting(**camera)), BENCH)
    assert (finding.verdict, finding.words_en) == ("caution", f"Camera CAM-1: {problem}")


def test_a_camera_at_the_edge_is_fit_and_every_problem_is_told():
    assert verdicts_of(camera_fit, sighting(calibrated_until=SHUTTER, audited_precision=0.95)) == ["ok"]
    bad = sighting(approved_offences=frozenset(), calibrated_until=None, audited_precision=None)
    assert verdicts_of(camera_fit, bad) == ["caution"] * 3


@pytest.mark.parametrize(
    ("offence", "kind", "doubted"),
    [
        ("TANPA_SABUK", VehicleKind.CAR, False),
        ("TANPA_SABUK", VehicleKind.MOTORCYCLE, True),
        ("TANPA_HELM", VehicleKind.CAR, True),
        ("TANPA_HELM", VehicleKind.UNKNOWN, True),
        ("LAMPU_MERAH", VehicleKind.UNKNOWN, False),
    ],
)
def test_the_vehicle_must_be_able_to_commit_the_offence(offence, kind, doubted):
    assert ("doubt" in verdicts_of(vehicle_class, sighting(offence), vehicle=VehicleFacts(kind))) == doubted


@pytest.mark.parametrize(
    ("plate", "verdict"),
    [("B1235XYZ", ["ok"]), ("B1234XYZ", ["fail"]), ("nothing", [])],  # Monday, 2 November, 08.00: an even date
)
def test_odd_and_even_dates(plate, verdict):
    assert verdicts_of(offence_rules, sighting("GANJIL_GENAP"), plate=plate) == verdict


def test_a_road_without_odd_and_even_acquits_and_the_record_names_the_road():
    assert verdicts_of(offence_rules, sighting("GANJIL_GENAP", road="Jl. Rekaan")) == ["fail"]
    named = sighting("GANJIL_GENAP", road="Jl. Rekaan", record={"road": "Jl. M.H. Thamrin"})
    assert verdicts_of(offence_rules, named) == ["ok"]


@pytest.mark.parametrize(
    ("speed", "camera", "verdict"),
    [
        (100.0, {}, "ok"),
        (61.0, {}, "fail"),
        (None, {}, "doubt"),
        (100.0, {"calibrated_until": None}, "doubt"),
        (100.0, {"speed_limit_kmh": None}, "doubt"),
        (100.0, {"speed_trigger_kmh": 110.0}, "fail"),
    ],
)
def test_speed(speed, camera, verdict):
    seen = sighting("BATAS_KECEPATAN", record={"speed_kmh": speed}, **camera)
    assert verdicts_of(offence_rules, seen) == [verdict]


def exemption(**changes):
    told = {
        "plate": "B1235XYZ",
        "basis": "DAMKAR",
        "offences": frozenset(),
        "valid_from": SHUTTER - timedelta(days=1),
        "valid_to": None,
        "document": "SK/1/2026",
        "approver": "Dirlantas",
        "duty_proof_required": False,
    }
    return Exemption(**(told | changes))


@pytest.mark.parametrize(
    ("offence", "changes", "verdicts"),
    [
        ("GANJIL_GENAP", {}, {("offence_rule", "fail"), ("exemption", "fail")}),
        ("GANJIL_GENAP", {"duty_proof_required": True}, {("offence_rule", "doubt"), ("exemption", "doubt")}),
        ("LAMPU_MERAH", {}, {("exemption", "doubt")}),
        ("TANPA_SABUK", {}, set()),
        ("LAMPU_MERAH", {"valid_to": SHUTTER}, set()),
        ("LAMPU_MERAH", {"plate": "B1236XYZ"}, set()),
        ("LAMPU_MERAH", {"basis": "TIDAK_ADA"}, {("exemption", "doubt")}),
    ],
)
def test_exemptions(offence, changes, verdicts):
    findings = offence_rules(passage(sighting(offence), exemptions=[exemption(**changes)]), BENCH)
    assert {(finding.check, finding.verdict) for finding in findings} == verdicts


def test_an_offence_that_is_on_file_is_not_opened_again():
    assert verdicts_of(reported_before) == []
    assert verdicts_of(reported_before, before=True) == ["fail"]


def test_every_finding_can_be_read_in_both_languages():
    worst = passage(
        sighting("BATAS_KECEPATAN", said=MISMATCH, calibrated_until=None, audited_precision=None),
        sighting("GANJIL_GENAP", said=None, approved_offences=frozenset()),
        plate="B1234RFS",
        vehicle=VehicleFacts(),
        exemptions=[exemption(plate="B1234RFS")],
        before=True,
    )
    findings = all_findings(worst)
    assert {finding.check for finding in findings} >= {
        "plate_kind",
        "plate_photo",
        "camera",
        "offence_rule",
        "duplicate",
    }
    assert all(finding.words_id.strip() and finding.words_en.strip() for finding in findings)


# ---------------------------------------------------------------- judgement
RULES = ("offence_rule", "exemption", "duplicate")
CHECK_NAMES = (*RULES, "plate_grammar", "plate_kind", "plate_photo", "clock", "camera", "vehicle_class")
findings = st.lists(
    st.builds(
        Finding,
        st.sampled_from(CHECK_NAMES),
        st.sampled_from(["ok", "ok", "doubt", "caution", "fail", "divert"]),
        st.just("kata"),
        st.just("word"),
    ),
    max_size=8,
)
policies = st.sampled_from(Mode)


@given(findings, policies, st.integers(1, 4))
def test_the_verdict_follows_the_strictest_finding_and_the_policy(said, policy, offences):
    verdict, words = judge(said, policy, offences), {finding.verdict for finding in said}
    if "divert" in words:
        assert verdict is Verdict.DIVERT
        return
    assert verdict is not Verdict.DIVERT
    if policy is Mode.HUMAN:
        assert verdict is Verdict.REVIEW
        return
    failed = {finding.check for finding in said if finding.verdict == "fail"}
    if failed:
        alone = offences == 1 or failed - set(RULES)
        assert verdict is (Verdict.REJECT if alone else Verdict.REVIEW)
        return
    assert (verdict is Verdict.ACCEPT) == ("doubt" not in words and (policy is Mode.AUTO or "caution" not in words))
    assert verdict in {Verdict.ACCEPT, Verdict.REVIEW}


@given(findings, policies, st.integers(1, 4), st.sampled_from(["camera_watch", "audit"]))
def test_a_camera_no_longer_believed_and_the_sample_go_to_an_officer_whatever_was_found(said, policy, offences, check):
    verdict = judge([*said, Finding(check, "doubt", "kata", "word")], policy, offences)
    diverted = any(finding.verdict == "divert" for finding in said)
    assert verdict is (Verdict.DIVERT if diverted else Verdict.REVIEW)


@given(findings, policies, st.integers(1, 4), st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(said, policy, offences, chance):
    turned = list(said)
    chance.shuffle(turned)
    assert judge(turned, policy, offences) is judge(said, policy, offences)


@given(st.lists(policies))
def test_of_several_policies_the_one_that_asks_most_of_people_holds(several):
    held = strictest(several)
    assert held in several or held is Mode.HUMAN
    for freer, stricter in ((Mode.AUTO, Mode.HYBRID), (Mode.HYBRID, Mode.HUMAN)):
        assert not (held is freer and stricter in several)


# ---------------------------------------------------------------- the step on a database
class InProcess:
    """The real look at photographs, in this process."""

    async def look(self, cases, terms):
        return [look_at(shots, own, None) for shots, own in zip(cases, terms, strict=True)]


def desk_on(pool, photos, *, looker=None, rules=None):
    return ScreeningDesk(pool, photos, LAW, looker, rules or rulebook(), 120.0)


@pytest.fixture
def photos(tmp_path):
    return open_photo_store(str(tmp_path))


async def screened(pool, desk, *made):
    cases = [await one.read(pool) for one in made]
    return await desk.run(cases, datetime.now(UTC))


async def fit_camera(pool):
    await pool.execute(
        "update camera set approved_offences = $1, calibrated_until = now() + interval '1 day',"
        " audited_precision = 0.99",
        list(OFFENCES),
    )


async def test_the_policy_of_an_offence_outweighs_the_jurisdictions(pool, photos):
    sabuk, red = [await make_case(pool, state="received", offences=(code,)) for code in ("TANPA_SABUK", "LAMPU_MERAH")]
    both = await make_case(pool, state="received", offences=("TANPA_SABUK", "LAMPU_MERAH"), plate="B1236XYZ")
    await pool.execute('update camera_event set record = \'{"vehicle": {"kind": "car"}}\'')
    desk = desk_on(pool, photos)
    book = desk.rules.book

    async def told():
        outcomes = await screened(pool, desk, sabuk, red, both)
        return [(outcome.move, outcome.details["policy"]) for outcome in outcomes]

    assert await told() == [(State.REVIEW, "hybrid")] * 3, "an unfit camera is a caution, and hybrid is the default"
    await put_in_force(pool, book, "automation", automation("hybrid", TANPA_SABUK="auto"), jurisdiction="PMJ")
    assert await told() == [(State.VALIDATED, "auto"), (State.REVIEW, "hybrid"), (State.REVIEW, "hybrid")]
    await fit_camera(pool)
    assert await told() == [(State.VALIDATED, "auto"), (State.VALIDATED, "hybrid"), (State.VALIDATED, "hybrid")]
    both_own = automation("hybrid", TANPA_SABUK="auto", LAMPU_MERAH="human")
    await put_in_force(pool, book, "automation", both_own, jurisdiction="PMJ")
    assert await told() == [(State.VALIDATED, "auto"), (State.REVIEW, "human"), (State.REVIEW, "human")]
    await put_in_force(pool, book, "automation", automation("human"), jurisdiction="PMJ")
    assert await told() == [(State.REVIEW, "human")] * 3
    await pool.execute("insert into jurisdiction values ('JTG', 'x', 'Asia/Jakarta', 50, 1)")
    await put_in_force(pool, book, "automation", automation("auto", TANPA_SABUK="auto"), jurisdiction="JTG")
    assert await told() == [(State.REVIEW, "human")] * 3, "another jurisdiction's policy is not ours"


async def test_an_accepted_case_goes_to_its_owner_and_keeps_what_was_found(pool, photos):
    made = await make_case(pool, state="received", offences=("TANPA_SABUK",))
    await pool.execute('update camera_event set record = \'{"vehicle": {"kind": "car"}}\'')
    await fit_camera(pool)
    (outcome,) = await screened(pool, desk_on(pool, photos), made)
    assert (outcome.move, outcome.step, outcome.told) == (State.VALIDATED, Step.OWNERSHIP, "evidence_accepted")
    assert (outcome.details["reasons"], outcome.facts) == ([], {"vehicle_kind": "car"})
    (record,) = outcome.records
    assert (record.table, record.values["verdict"], record.values["policy"]) == ("screening", "accept", "hybrid")
    kept = json.loads(record.values["findings"])
    assert {finding["check"] for finding in kept} == {"plate_grammar", "camera", "vehicle_class"}


async def test_an_offence_on_file_ends_a_case_alone_and_beside_another_it_is_an_officers(pool, photos):
    first = await make_case(pool, state="notified", offences=("TANPA_SABUK",))
    again = await make_case(pool, state="received", offences=("TANPA_SABUK",))
    more = await make_case(pool, state="received", offences=("TANPA_SABUK", "LAMPU_MERAH"))
    other = await make_case(pool, state="received", offences=("PONSEL",))
    await pool.execute('update camera_event set record = \'{"vehicle": {"kind": "car"}}\'')
    desk = desk_on(pool, photos)
    await put_in_force(pool, desk.rules.book, "automation", automation("auto"))
    outcomes = await screened(pool, desk, again, more, other)
    assert [outcome.move for outcome in outcomes] == [State.REJECTED, State.REVIEW, State.VALIDATED]
    assert ["duplicate" in outcome.details["reasons"] for outcome in outcomes] == [True, True, False]
    await pool.execute("update case_file set state = 'rejected' where case_id = $1", first.case_id)
    (outcome,) = await screened(pool, desk, again)
    assert outcome.move is State.VALIDATED, "a rejected case says nothing"


async def test_a_photograph_that_is_gone_is_a_finding_and_not_a_fault(pool, photos):
    made = await make_case(pool, state="received", offences=("TANPA_SABUK",))
    await fit_camera(pool)
    (outcome,) = await screened(pool, desk_on(pool, photos, looker=InProcess()), made)
    assert (outcome.move, outcome.step) == (State.REVIEW, None)
    assert "plate_photo" in outcome.details["reasons"]
    assert [record.table for record in outcome.records] == ["screening"]
