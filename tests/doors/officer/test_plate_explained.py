"""Why the machine judged a plate so, on the officer's pages: from the real decision's facts, for three outcomes."""

import json
import os
from math import log

import pytest

from browser_kit import DESK, PHONE, entered, is_sound
from cakra.core.geometry import Box
from cakra.doors.design import Assets, asset_route
from cakra.doors.officer.explaining import explain_plates
from cakra.doors.officer.explaining.plate import one_in, percent
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.rules import decide
from cakra.plates.decision.terms import terms_of
from cakra.plates.reading import Evidence, PlateReading
from console_kit import visit
from factories import make_case, register_vehicle
from portal_kit import serve

SURE, HOPELESS = log(0.999999), -60.0
# name → claim, and what each reader thinks of which plate.
CASES = {
    "accept": ("B1234XYZ", {"own": {"B1234XYZ": SURE, "B1284XYZ": -40.0}, "generic": {"B1234XYZ": SURE}}),
    "review": (
        "B1234XYO",
        {
            "own": {"B1234XYO": log(0.7), "B1234XYQ": log(0.29)},
            "generic": {"B1234XYO": log(0.45), "B1234XYQ": log(0.46)},
        },
    ),
    "mismatch": ("B1234XYZ", {"own": {"B1284XYZ": SURE, "B1234XYZ": -40.0}}),
    "longer": ("B1234XY", {"own": {"B1234XYZ": SURE, "B1234XY": -40.0}}),
}


def photographed(claim, readers):
    """One photograph as the readers hand it to the decision."""
    texts = tuple(dict.fromkeys([claim, *(text for scores in readers.values() for text in scores)]))
    evidence = Evidence(
        readers=tuple(readers),
        texts=texts,
        scores=tuple(tuple(scores.get(text, HOPELESS) for text in texts) for scores in readers.values()),
        unseen=(1e-9,) * len(readers),
        stray=(1e-9,) * len(readers),
    )
    text = max(texts, key=lambda one: readers["own"].get(one, HOPELESS))
    return PlateReading(Box(10, 10, 90, 40), text, claim, evidence, 40.0, 500.0, 120.0, 4.0, "none")


def finding(name):
    """What screening writes of it, and what the decision said."""
    said = decide([photographed(*CASES[name])], terms_of(load_calibration()))
    facts = {"camera": "CAM-1", "outcome": said.outcome.value, "key": said.key, **said.facts}
    verdict = "ok" if said.outcome.value == "accept" else "doubt"
    told = {"check": "plate_photo", "verdict": verdict, "words_id": said.reason, "words_en": "In English."}
    return json.loads(json.dumps(told | {"facts": facts}))


async def case_of(pool, name, photos=None):
    """A case that waits for an officer with this decision about its plate."""
    claim, _ = CASES[name]
    made = await make_case(pool, plate=claim, photos=photos)
    told = finding(name)
    reading = {"camera": "CAM-1", "outcome": told["facts"]["outcome"], "text": told["facts"]["reading"], "claim": claim}
    reading |= {"probability": told["facts"]["probability"], "margin": told["facts"]["score"], "height_px": 40.0}
    await pool.execute(
        "update screening set findings = $2, readings = $3 where case_id = $1",
        *(made.case_id, json.dumps([told]), json.dumps([reading])),
    )
    return made


SAYS = {
    "accept": ["Semua pembaca sepakat:", "&gt; 99,99", "foto lain dari lintasan ini"],
    "review": [
        "Karakter ke-8 terbaca O, tetapi dapat juga Q.",
        "Pembaca tidak sepakat:",
        "Foto yang jelas memperlihatkan O atau Q memutuskan antara B 1234 XYO dan B 1234 XYQ.",
        "Mesin baru menerima sendiri bila paling banyak satu dari",
    ],
    "mismatch": [
        "Karakter ke-4: menurut kamera 3, pada foto 8.",
        "Dibaca oleh",
        "Hanya foto lain yang jelas memperlihatkan B 1234 XYZ dapat mengubahnya.",
    ],
    "longer": ["Karakter ke-8: Z hanya ada pada foto."],
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("page", ["tinjau", "berkas"])
async def test_an_officer_reads_why_and_what_would_change_it(rina, pool, name, page):
    made = await case_of(pool, name)
    shown, _ = await visit(rina, f"/petugas/{page}/{made.reference}")
    assert [words for words in SAYS[name] if words not in " ".join(shown.text.split())] == []
    assert f"/foto/{made.crop.hex()}" in shown.text


async def test_it_is_told_in_english_too(rina, pool):
    made = await case_of(pool, "review")
    rina.cookies.set("bahasa", "en")
    shown, _ = await visit(rina, f"/petugas/tinjau/{made.reference}")
    text = " ".join(shown.text.split())
    assert "Which plates are possible" in text
    assert "Character 8 reads O, but may be Q." in text
    assert "A photograph that clearly shows O or Q settles whether it is B 1234 XYO or B 1234 XYQ." in text
    assert "In English." in text
    assert "Pelat mana yang mungkin" not in text


async def test_an_earlier_finding_shows_as_it_did(rina, pool):
    made = await make_case(pool)
    shown, _ = await visit(rina, f"/petugas/tinjau/{made.reference}")
    assert "Pelat mana yang mungkin" not in shown.text
    assert 'class="gauge"' in shown.text
    case, _ = await visit(rina, f"/petugas/berkas/{made.reference}")
    assert "Mengapa pelatnya" not in case.text


def test_readers_and_reasons_in_another_shape_are_passed_over():
    told = finding("review")
    told["facts"] |= {
        "readers": ["own"],
        "would_change": [{"by": "telescope"}, {"by": "register", "absent": "B1234XYQ"}],
    }
    (one,) = explain_plates([told], "B 1234 XYO")
    assert (one.agree, [text for _, text in one.readers]) == (None, [None])
    assert [change.about["rival"] for change in one.changes] == ["B\u00a01234\u00a0XYQ"]
    told["facts"] = {"outcome": "review", "reading": "B1234XYO"}
    (bare,) = explain_plates([told], "not a plate")
    assert (bare.claim, bare.marked, len(bare.changes)) == (None, [], 1)


@pytest.mark.parametrize(
    ("share", "indonesian", "english"),
    [
        (0.987, "98,7 %", "98.7%"),
        (0.9996, "99,96 %", "99.96%"),
        (1.0, "> 99,99 %", "> 99.99%"),
        (0.0, "< 0,01 %", "< 0.01%"),
        (0.5, "50,0 %", "50.0%"),
    ],
)
def test_a_probability_is_never_a_false_certainty(share, indonesian, english):
    assert (percent(share, "id"), percent(share, "en")) == (indonesian, english)


def test_how_often_it_is_wrong():
    assert [one_in(share, "id") for share in (0.5, 0.987, 0.99988, 1.0)] == ["2", "77", "8.300", "1.000.000"]


@pytest.mark.parametrize("name", ["accept", "review", "mismatch"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_it_is_sound_in_a_browser_without_javascript(  # noqa: PLR0917 - a fixture each
    house, pool, photos, chromium, name, size
):
    house.router.routes.append(asset_route(Assets()))
    made = await case_of(pool, name, photos)
    await register_vehicle(pool, CASES[name][0])
    async with serve(house) as site:
        page = await entered(chromium, site, f"/petugas/tinjau/{made.reference}", username="rina", size=size)
        for path in ("tinjau", "berkas"):
            await page.goto(f"{site}/petugas/{path}/{made.reference}")
            assert await is_sound(page) == [[], [], False], path
            dialled = await page.locator(".spelling").aria_snapshot()
            assert "B 1234 XY" in dialled, "the plate is read out whole"
            if folder := os.environ.get("CAKRA_SHOTS"):
                await page.screenshot(path=f"{folder}/{path}-{name}-{size['width']}.png", full_page=True)
