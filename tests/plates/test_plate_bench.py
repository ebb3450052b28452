"""`cakra bench plates` as a person runs it, on folders of rendered plates."""

import csv
import json
import re
import shutil

import cv2
import pytest
from tests.plates.evidence_kit import CALIBRATION
from tests.plates.rendered import rendered, scene
from tests.zygote import run_cakra

from cakra.plates.measuring.charts import reliability_chart, robustness_chart
from cakra.plates.measuring.figures import edits
from cakra.plates.measuring.reliability import calibration_error

PLATES = ("B 1234 XYZ", "AB 567 KL", "D 8 TUV", "L 4321 HO")
SHARES = {"exact_match", "character_error", "accepted_share"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three crops and, of the last plate, a scene with its box; one is a motorcycle's, one series has an O."""
    data = tmp_path_factory.mktemp("plates")
    rows = [("file", "plate", "kind", "meta", "source")]
    for number, plate in enumerate(PLATES[:3]):
        cv2.imwrite(str(data / f"{number}.jpg"), rendered(plate.split()))
        rows.append((f"{number}.jpg", plate, "crop", "motorcycle" if number == 2 else "", "rendered"))
    picture, (box,) = scene(rendered(PLATES[3].split()))
    cv2.imwrite(str(data / "road.jpg"), picture)
    rows.append(("road.jpg", PLATES[3], "scene", " ".join(map(str, box)), "rendered"))
    with (data / "labels.csv").open("w", newline="") as lines:
        csv.writer(lines).writerows(rows)
    return data


def cakra(*arguments, folder):
    return run_cakra(("bench", "plates", *map(str, arguments)), folder=folder, variables={}, stdin="")


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    """One run with everything: (what it printed, its figures, the report's folder)."""
    report = tmp_path_factory.mktemp("outside") / "report"
    more = ("--robustness", "--plates-damaged", 1, "--report", report, "--json")
    done = cakra("--data", folder, *more, folder=folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    *printed, last = done.stdout.splitlines()
    return printed, json.loads(last), report


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
    printed, _, _ = run
    text = "\n".join(printed)
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
    assert page.count("<article") >= sum(figures["held_back"].values())
    assert page.count("<svg") == 2
    assert json.loads((report / "figures.json").read_text()) == figures


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
    assert "own.json cannot be read" in refusal(cakra("--data", folder, "--calibration", own, folder=folder))
    own.write_text(CALIBRATION.written())
    done = cakra("--data", folder, "--calibration", own, "--json", folder=folder)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["calibration"]["name"] == CALIBRATION.name
    assert figures["stated_bound"]["kinds"]["car"]["plates"] == CALIBRATION.tails["car"].plates


def test_an_earlier_run_is_drawn_dashed_beside_the_new_one(run):
    _, figures, _ = run
    damages = figures["robustness"]["damages"]
    alone, compared = robustness_chart(damages), robustness_chart(damages, damages)
    assert "before" not in alone
    assert compared.count('class="line exact before"') == compared.count('class="line exact"') == len(damages)


def refusal(done):
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_report_is_never_written_into_a_working_copy(folder, tmp_path):
    (tmp_path / ".git").mkdir()
    inside = tmp_path / "docs" / "report"
    said = refusal(cakra("--data", folder, "--report", inside, folder=folder))
    assert "must not be committed" in said
    assert str(tmp_path) in said
    assert not inside.exists()


def test_a_report_does_not_bury_other_files(folder, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    assert "holds other files" in refusal(cakra("--data", folder, "--report", tmp_path, folder=folder))
    assert "is a file" in refusal(cakra("--data", folder, "--report", tmp_path / "letter.txt", folder=folder))
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_earlier_figures_that_are_none_are_named(folder, tmp_path, content):
    path = tmp_path / "figures.json"
    if content is not None:
        path.write_text(content)
    assert "figures.json" in refusal(cakra("--data", folder, "--before", path, folder=folder))


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (None, "cannot be read"),
        ("file,plate\n", "has no column kind"),
        ("file,plate,kind,meta\n", "names no photograph"),
        ("file,plate,kind,meta\na.jpg,8369FQ,crop,\n", "line 2: 8369FQ has no region"),
        ("file,plate,kind,meta\na.jpg,1234-00,crop,\n", "not a civil plate"),
        ("file,plate,kind,meta\na.jpg,B1A,scene,9 9 1 1 K2\n", "plate box 9 9 1 1"),
        ("file,plate,kind,meta\nmissing.jpg,B1A,crop,\n", "missing.jpg cannot be read"),
        ("file,plate,kind,meta\nlabels.csv,B1A,crop,\n", "is not a picture"),
    ],
)
def test_a_folder_that_cannot_be_measured_is_named(tmp_path, table, sentence):
    if table is not None:
        (tmp_path / "labels.csv").write_text(table)
    assert sentence in refusal(cakra("--data", tmp_path, folder=tmp_path)).replace("\n", " ")


def test_plates_too_small_to_damage_are_told(folder, tmp_path):
    cv2.imwrite(str(tmp_path / "small.png"), rendered(["B", "1234", "XYZ"], height=30))
    (tmp_path / "labels.csv").write_text("file,plate,kind,meta\nsmall.png,B1234XYZ,crop,\n")
    assert "at least 40 pixels" in refusal(cakra("--data", tmp_path, "--robustness", folder=tmp_path))


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
