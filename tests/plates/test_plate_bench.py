"""`cakra bench plates` as a person runs it, on folders of rendered plates."""

import csv
import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from math import inf

import cv2
import pytest
from tests.plates.evidence_kit import CALIBRATION, reading
from tests.plates.rendered import rendered, scene

from cakra.core.identifiers.plate import parse_plate
from cakra.plates.decision.rules import PlateOutcome, PlateVerdict
from cakra.plates.measuring.bench import Measured
from cakra.plates.measuring.charts import reliability_chart, robustness_chart
from cakra.plates.measuring.figures import edits, summary
from cakra.plates.measuring.measure import HeldClaim, Tried
from cakra.plates.measuring.reliability import calibration_error
from cakra.plates.measuring.report import write_report
from cakra.plates.measuring.samples import Sample
from policy_kit import packaged
from zygote import run_cakra

PLATES = ("B 1234 XYZ", "AB 567 KL", "D 8 TUV", "L 4321 HO")
SPECIAL = ("1234-00", "1234-VII", "CD 12 34", "RI 1")
SHARES = {"exact_match", "character_error", "accepted_share"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three crops and, of the last plate, a scene with its box; one is a motorcycle's, one series has an O.

    Before them rows of special plates, whose photographs are not looked at.
    """
    data = tmp_path_factory.mktemp("plates")
    rows = [("file", "plate", "kind", "meta", "source")]
    rows += [("none.jpg", plate, "crop", "", "nobody") for plate in SPECIAL]
    for number, plate in enumerate(PLATES[:3]):
        cv2.imwrite(str(data / f"{number}.jpg"), rendered(plate.split()))
        rows.append((f"{number}.jpg", plate, "crop", "motorcycle" if number == 2 else "", "rendered"))
    picture, (box,) = scene(rendered(PLATES[3].split()))
    cv2.imwrite(str(data / "road.jpg"), picture)
    rows.append(("road.jpg", PLATES[3], "scene", " ".join(map(str, box)), "rendered"))
    with (data / "labels.csv").open("w", newline="") as lines:
        csv.writer(lines).writerows(rows)
    return data


def cakra(*arguments, folder, **variables):
    return run_cakra(("bench", "plates", *map(str, arguments)), folder=folder, variables=variables, stdin="")


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    """One run with everything: (what it printed, its figures, the report's folder)."""
    report = tmp_path_factory.mktemp("outside") / "report"
    more = ("--robustness", "--plates-damaged", 1, "--report", report, "--json")
    done = cakra("--data", folder, *more, folder=folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    *printed, last = done.stdout.splitlines()
    return printed, json.loads(last), report


def tried(read, *, accepted=False, score=-inf, wrong=(), kind="scene"):
    """By hand: a photograph of B1AB as it was read (None: not at all), and (text, score, accepted) of wrong claims."""
    verdict = PlateVerdict(PlateOutcome.ACCEPT if accepted else PlateOutcome.REVIEW, "told", "Sebabnya.")
    seen = replace(reading({"B1AB": 1.0}, "B1AB"), text=read)
    claims = tuple(HeldClaim(text, score, accepted=taken) for text, score, taken in wrong)
    sample = Sample("0.jpg", parse_plate("B1AB"), kind, None, motorcycle=False)
    return Tried(
        sample, seen, verdict, HeldClaim("B1AB", score, accepted), 0.5, 0.5, (("B1AB", 0.5),), claims, 2.0, 1.0
    )


def test_the_figures_tell_every_group(run):
    _, figures, _ = run
    assert figures["images"] == 4
    assert {kind: group["images"] for kind, group in figures["by_kind"].items()} == {
        "crop": 3,
        "motorcycle": 1,
        "scene": 1,
    }
    assert (figures["suffix_oq"]["images"], figures["suffix_without_oq"]["images"]) == (1, 3)
    assert figures["scenes_without_box"]["images"] == 1
    for group in (figures, *figures["by_kind"].values()):
        assert all(group[name] >= 0 for name in SHARES)
        low, high = group["accepted_share_interval"]
        assert 0 <= low <= group["accepted_share"] <= high <= 1
    assert sum(figures["held_back"].values()) == 4 - round(4 * figures["accepted_share"])


def test_every_one_character_wrong_claim_was_tried_and_none_accepted(run):
    _, figures, _ = run
    assert figures["wrong_claims"] > 4 * 50
    assert (figures["wrong_claims_accepted"], figures["wrongly_accepted_images"]) == (0, 0)
    assert figures["at_zero_wrong_acceptances"]["accepted_share"] >= figures["accepted_share"]


def test_the_probability_is_held_against_what_was_right(run):
    _, figures, _ = run
    read = sum(row["images"] for row in figures["reliability"])
    assert 0 < read <= 4
    right = sum(row["images"] * row["right"] for row in figures["reliability"])
    assert right == pytest.approx(4 * figures["exact_match"])
    assert 0 <= figures["calibration_error"] <= 1


def test_every_group_has_the_figures_of_the_whole(run):
    _, figures, _ = run
    searched = figures["scenes_without_box"]
    given = [*figures["by_kind"].values(), figures["suffix_oq"], figures["suffix_without_oq"]]
    assert len(given) == 5
    for group in (figures, *given, searched):
        zero = group["at_zero_wrong_acceptances"]
        low, high = zero["accepted_share_interval"]
        assert group["accepted_share"] <= zero["accepted_share"]
        assert 0 <= low <= zero["accepted_share"] <= high <= 1
        assert group["calibration_error"] is None or 0 <= group["calibration_error"] <= 1
        assert group["ms_per_decision"] > 0
    assert all(group["ms_ratio_to_inference"] > 0 for group in (figures, *given))
    assert "ms_ratio_to_inference" not in searched
    assert searched["plate_found_share"] in {0, 1}
    assert searched["motorcycle"]["images"] == 0
    assert set(searched["motorcycle"]) == set(searched) - {"motorcycle"}


def test_a_group_sweeps_its_own_wrong_claims():
    crops = [tried("B1AB", score=3.0, wrong=[("B1AC", 1.0, False)], kind="crop")] * 2
    scenes = [tried("B1AB", score=4.0, wrong=[("B1AC", 3.5, False)]), tried("B1AB", score=3.0)]
    figures = summary([*crops, *scenes])
    groups = (figures, figures["by_kind"]["crop"], figures["by_kind"]["scene"], figures["by_kind"]["motorcycle"])
    zeros = [group["at_zero_wrong_acceptances"] for group in groups]
    assert [zero["score_above"] for zero in zeros] == [3.5, 1.0, 3.5, None]
    assert [zero["accepted_share"] for zero in zeros] == [0.25, 1.0, 0.5, None]


def test_special_plates_are_left_out_and_counted(run):
    printed, figures, _ = run
    assert figures["left_out"] == {"special plates": len(SPECIAL)}
    assert printed.count(f"left out\tspecial plates {len(SPECIAL)}") == 1


def bounded(folder, share):
    """The packaged thresholds with another bound on wrong notices."""
    path = folder / "thresholds.toml"
    path.write_text(packaged()["thresholds"].replace("wrong_notice_bound = 1e-4", f"wrong_notice_bound = {share}"))
    return path


def test_a_file_of_ones_own_changes_the_thresholds(run, folder, tmp_path):
    _, figures, _ = run
    done = cakra("--data", folder, "--thresholds", bounded(tmp_path, "1e-6"), "--json", folder=folder)
    bounds = [told["stated_bound"] for told in (figures, json.loads(done.stdout.splitlines()[-1]))]
    assert [bound["wrong_notices"] for bound in bounds] == [1e-4, 1e-6]
    for kind in ("car", "motorcycle"):
        usual, stricter = (bound["kinds"][kind] for bound in bounds)
        assert stricter["threshold"] > usual["threshold"]
        assert stricter["probability"] > usual["probability"]


def test_what_was_measured_is_named_by_hash(run):
    _, figures, _ = run
    digests = [*figures["models"].values(), figures["calibration"]["sha256"]]
    assert len(digests) >= 3
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)
    assert figures["stated_bound"]["wrong_notices"] == 1e-4
    assert set(figures["stated_bound"]["kinds"]) == {"car", "motorcycle"}


def test_the_cost_is_told_beside_the_bare_models(run):
    _, figures, _ = run
    assert figures["ms_per_decision"] > 0
    assert figures["ms_ratio_to_inference"] > 0
    assert figures["scenes_without_box"]["ms_per_decision"] > 0


def test_damage_is_measured_for_each_amount(run):
    _, figures, _ = run
    damages = figures["robustness"]["damages"]
    assert [row["amount"] for row in damages["height"]] == [48, 40, 32, 24, 20, 16, 14, 12]
    assert {name: len(rows) for name, rows in damages.items()} == {
        "height": 8,
        "motion": 4,
        "darkness": 4,
        "glare": 4,
        "tilt": 4,
    }
    assert all(row["images"] == 1 and row["wrong_claims_accepted"] == 0 for rows in damages.values() for row in rows)
    assert damages["height"][1]["exact"] == damages["motion"][0]["exact"] == damages["glare"][0]["exact"]


def test_tables_say_the_same_in_words(run):
    printed, figures, _ = run
    text = "\n".join(printed)
    columns = next(line for line in printed if line.startswith("plates\t")).split("\t")
    crops = next(line for line in printed if line.startswith("crop\t")).split("\t")
    zero = figures["by_kind"]["crop"]["at_zero_wrong_acceptances"]["accepted_share"]
    assert crops[columns.index("accepted at zero wrong acceptances")].startswith(f"{zero:.1%} [")
    for words in ("scene, no box given\t1", "motorcycle\t1", "darkness\t0.1 × light", "expected calibration error"):
        assert words in text
    assert printed[-1].startswith("Report: ")


def test_the_report_shows_what_was_held_back_and_nothing_from_elsewhere(run):
    _, figures, report = run
    page = (report / "index.html").read_text()
    pictures = set(re.findall(r'src="([^"]+)"', page))
    assert pictures == {f"pictures/{one.name}" for one in (report / "pictures").iterdir()}
    assert all((report / one).stat().st_size < 60_000 for one in pictures)
    assert not re.search(r'(?:src|href)="(?:https?:|//|/)', page)
    searched = figures["scenes_without_box"]
    assert page.count("<article") == not_accepted(figures) + not_accepted(searched)
    assert page.count("<svg") == 2
    assert json.loads((report / "figures.json").read_text()) == figures


def not_accepted(group):
    return group["images"] - round(group["images"] * group["accepted_share"])


def test_the_report_leaves_out_nothing_that_was_held_back(run, folder, tmp_path):
    _, figures, _ = run
    shown = (
        tried("B1AB"),
        tried("B1AC"),
        tried(None),
        tried("B1AC", wrong=[("B1AC", 9.0, True)]),
    )
    every = (*shown, tried("B1AB", accepted=True, score=9.0))
    page = write_report(tmp_path / "report", Measured(folder, every, every, figures)).read_text()
    groups = Counter(re.findall(r'<article class="(\w+)"', page))
    assert groups == {"held": 2, "misread": 2, "unread": 2, "wrong": 2}, "with and without a box"
    assert page.count(" · no box given</p>") == len(shown)


def test_an_earlier_report_is_replaced(run, folder, tmp_path):
    _, _, report = run
    shutil.copytree(report, tmp_path / "report")
    (tmp_path / "report" / "pictures" / "999-crop.jpg").write_bytes(b"left from before")
    again = ("--report", tmp_path / "report", "--before", report / "figures.json")
    done = cakra("--data", folder, *again, folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "report" / "pictures" / "999-crop.jpg").exists()
    assert (tmp_path / "report" / "index.html").read_text().count("<svg") == 1


def test_a_calibration_is_compared_before_it_is_used(folder, tmp_path):
    own = tmp_path / "own.json"
    own.write_text(CALIBRATION.written())
    done = cakra(
        "--data", folder, "--calibration", own, "--thresholds", bounded(tmp_path, "1e-3"), "--json", folder=folder
    )
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["stated_bound"]["wrong_notices"] == 1e-3, "the named thresholds with that calibration"
    assert figures["calibration"]["name"] == CALIBRATION.name
    assert figures["stated_bound"]["kinds"]["car"]["plates"] == CALIBRATION.tails["car"].plates


def test_an_earlier_run_is_drawn_dashed_beside_the_new_one(run):
    _, figures, _ = run
    damages = figures["robustness"]["damages"]
    alone, compared = robustness_chart(damages), robustness_chart(damages, damages)
    assert "before" not in alone
    assert compared.count('class="line exact before"') == compared.count('class="line exact"') == len(damages)


def test_the_calibration_error_is_the_mean_distance():
    table = [{"images": 3, "said": 0.9, "right": 1.0}, {"images": 1, "said": 0.5, "right": 0.0}]
    assert calibration_error(table) == pytest.approx((3 * 0.1 + 0.5) / 4)
    assert calibration_error([]) is None


@pytest.mark.parametrize(("read", "truth", "distance"), [("", "B1A", 3), ("B1A", "B1A", 0), ("B1QA", "B1A", 1)])
def test_edits_are_levenshteins(read, truth, distance):
    assert edits(read, truth) == distance


def test_charts_of_nothing_are_empty_pages_not_faults():
    assert reliability_chart([]) == ""
    row = {"amount": 48, "images": 0, "exact": None, "accepted": None, "wrongly_accepted_images": 0}
    assert "polyline" not in robustness_chart({"height": [row]})
