"""Wrong input through the whole screening: a finding in words, never an exception, never an acceptance.

As the product does it: cases in the database, photographs in the store, the real look, every check, the verdict. All
but the photographs is in order, the claims are registered, and the policy is the one that leaves most to the machine.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256

import cv2
import numpy as np
import pytest
from tests.core.law_texts import law_book
from tests.plates.rendered import rendered, scene

from cakra.core.states.journey import State
from cakra.journey.screening.look import look_at
from cakra.journey.screening.step import ScreeningDesk
from cakra.outside.photos import open_photo_store
from cakra.plates.training.finder.clutter import ground, scatter
from cakra.plates.training.finder.vehicles import car
from cakra.sandbox.cameras.passage import DrawnPassage
from cakra.sandbox.cameras.scene import render
from factories import make_case, register_vehicle
from policy_kit import automation, put_in_force, rulebook

MINE, OTHER = ("B", "1234", "XYZ"), ("AB", "567", "KL")
CLAIM = "B1234XYZ"


def encoded(picture, ending=".png"):
    return cv2.imencode(ending, picture)[1].tobytes()


def plate(*groups):
    """(bytes, box) of a close photograph of one plate with these groups."""
    picture = rendered(groups)
    return encoded(picture), [0, 0, picture.shape[1], picture.shape[0]]


def street(seed):
    """Ground, railings, leaves, writing, and a car that bears no plate."""
    rng = np.random.default_rng(seed)
    canvas = ground((480, 720), rng)
    scatter(canvas, rng)
    car(canvas, (360, 300), 110, rng)
    return encoded(canvas, ".jpg")


@cache
def bare():
    """(bytes, box) of a photograph of the demonstration's cameras, the plate painted over."""
    at = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
    passage = DrawnPassage("E-1", "JKT-GTS-03", "MARKA_RAMBU", at, CLAIM, CLAIM, "ordinary")
    frame = render(passage, 0, passage.seed)
    picture = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
    x1, y1, x2, y2 = frame.plate_box
    picture[y1 - 4 : y2 + 4, x1 - 4 : x2 + 4] = picture[y1 - 12, x1:x2].mean(axis=0)
    return encoded(picture, ".jpg"), list(frame.plate_box)


BLACK, SOMEWHERE = np.zeros((300, 400, 3), np.uint8), [100, 100, 250, 150]
NOISE = np.random.default_rng(7).integers(0, 255, (300, 400, 3), dtype=np.uint8)
NOTHING_READ = "tidak terbaca|cannot be read"
NOT_OURS = f"bukan (sebagai )?pelat Indonesia|no Indonesian plate|{NOTHING_READ}"


@cache
def good():
    """(bytes, box) of two plates far apart, the box on ours."""
    picture, (upper, _) = two()
    return encoded(picture), list(upper)


@cache
def two():
    return scene(rendered(MINE), rendered(OTHER))


def both():
    """(bytes, box) of two plates close together, the box on both."""
    picture, (first, last) = scene(rendered(MINE), rendered(OTHER), spacing=6)
    return encoded(picture), [last[0], first[1], first[2], last[3]]


# What is sent: the words that must name the matter, and each photograph (bytes, the camera's box) with its claims.
# Drawn when they are asked for, not by every process that collects the tests.
WRONG = {
    "no plate": (
        f"Tidak ada pelat|No plate was found|{NOT_OURS}",
        lambda: (
            [
                (photograph, [CLAIM])
                for photograph in (
                    (street(1), None),
                    (street(2), None),
                    (street(3), None),
                    (street(1), [305, 280, 415, 320]),
                )
            ]
            + [((bare()[0], box), [CLAIM]) for box in (bare()[1], None)]
        ),
    ),
    "two plates": (
        f"pelat lain|, bukan |another plate|{NOT_OURS}",
        lambda: [((good()[0], None), [CLAIM, "AB567KL", "B567KL"]), (both(), [CLAIM, "AB567KL", "B1234KL"])],
    ),
    "a foreign plate": (
        f"{NOT_OURS}|, bukan |another plate",  # where its characters hold a plate of ours, that one is read
        lambda: [
            (plate("WXY", "1234"), [CLAIM, "WX1234", "W1234"]),
            (plate("WXY", "1234", "Z"), [CLAIM, "W1234Z"]),
            ((encoded(scene(rendered(("WXY", "1234", "Z")))[0]), None), ["W1234Z"]),
            (plate("PKT", "4821"), ["PK4821", "P4821KT"]),
            (plate("SBA", "1234", "A"), ["S1234A"]),
            (plate("M", "AB", "1234"), ["AB1234", "B1234"]),
            (plate("1", "KX", "4583"), [CLAIM]),
        ],
    ),
    "letters or digits only": (
        NOT_OURS,
        lambda: [
            (plate("ABCD", "XYZ"), [CLAIM]),
            (plate("SELAMAT"), [CLAIM]),
            (plate("1234", "5678"), [CLAIM, "B1234"]),
        ],
    ),
    "no picture": (
        "Tidak ada foto yang dapat dibaca|No photograph could be read",
        lambda: [
            ((b"", None), [CLAIM]),
            ((b"%PDF-1.7 a letter", [0, 0, 100, 40]), [CLAIM]),
            ((encoded(two()[0], ".jpg")[:400], good()[1]), [CLAIM]),
            ((good()[0][:2000], good()[1]), [CLAIM]),
        ],
    ),
    "an empty picture": (
        f"Tidak ada pelat|No plate was found|terlalu kecil|too small|{NOTHING_READ}",
        lambda: [
            ((encoded(BLACK), None), [CLAIM]),
            ((encoded(BLACK), SOMEWHERE), [CLAIM, "I1I"]),
            ((encoded(255 - BLACK), None), [CLAIM]),
            ((encoded(255 - BLACK), SOMEWHERE), [CLAIM]),
            ((encoded(NOISE), SOMEWHERE), [CLAIM]),
            ((encoded(BLACK[:1, :1]), [0, 0, 1, 1]), [CLAIM]),
            ((encoded(BLACK[:1]), [0, 0, 400, 1]), [CLAIM]),
            ((encoded(BLACK), [9000, 9000, 9100, 9040]), [CLAIM]),
        ],
    ),
}


class InProcess:
    """The real look at photographs, in this process."""

    async def look(self, cases, terms):
        return [look_at(shots, own, None) for shots, own in zip(cases, terms, strict=True)]


@pytest.fixture
def photos(tmp_path):
    return open_photo_store(str(tmp_path))


async def put_case(pool, photos, claim, events, *, age):
    """A case with a claim and events, each a list of photographs (bytes, box)."""
    made = await make_case(pool, state="received", offences=("TANPA_SABUK",), plate=claim, age=age)
    await pool.execute("delete from photo where case_id = $1", made.case_id)
    for number, shown in enumerate(events):
        event_id = f"E-{made.case_id}" if number == 0 else f"E-{made.case_id}-{number}"
        await pool.execute(
            """insert into camera_event (camera, event_id, content_hash, raw_sha256, door, cell, case_id, joined,
                   offence, occurred_at, raw_time, received_at, record)
               select camera, $2, content_hash, raw_sha256, door, cell, case_id, 'same_offence',
                   offence, occurred_at, raw_time, received_at, record
               from camera_event where event_id = $1 on conflict do nothing""",
            f"E-{made.case_id}", event_id,
        )  # fmt: skip
        for ordinal, (data, box) in enumerate(shown):
            digest = sha256(data).digest()
            await photos.put_many({digest: data})
            await pool.execute(
                """insert into photo (cell, case_id, camera, event_id, ordinal, sha256, role, bytes, width, height, box)
                   values ($1, $2, 'CAM-1', $3, $4, $5, 'scene', $6, 640, 420, $7)""",
                made.cell, made.case_id, event_id, ordinal, digest, len(data), box,
            )  # fmt: skip
    return made


async def screened(pool, photos, *wanted):
    """(outcome, plate findings) of cases (claim, events), hours apart and screened as one set."""
    made = [
        await put_case(pool, photos, claim, events, age=timedelta(hours=1 + number))
        for number, (claim, events) in enumerate(wanted)
    ]
    for claim in dict.fromkeys(claim for claim, _ in wanted):
        await register_vehicle(pool, claim)
    await pool.execute('update camera_event set record = \'{"vehicle": {"kind": "car"}}\'')
    await pool.execute(
        "update camera set approved_offences = '{TANPA_SABUK}', calibrated_until = now() + interval '1 day',"
        " audited_precision = 0.99"
    )
    rules = rulebook()
    await put_in_force(pool, rules.book, "automation", automation("auto"))
    desk = ScreeningDesk(pool, photos, law_book(), InProcess(), rules, 120.0)
    outcomes = await desk.run([await one.read(pool) for one in made], datetime.now(UTC))
    assert len(outcomes) == len(wanted)
    return [(outcome, plate_findings(outcome)) for outcome in outcomes]


def plate_findings(outcome):
    (kept,) = [record for record in outcome.records if record.table == "screening"]
    return [finding for finding in json.loads(kept.values["findings"]) if finding["check"] == "plate_photo"]


@pytest.mark.parametrize("matter", WRONG)
async def test_wrong_input_is_told_in_words_and_never_accepted_and_a_good_case_beside_it_is(pool, photos, matter):
    words, photographs = WRONG[matter]
    wanted = [(claim, [[photograph]]) for photograph, claims in photographs() for claim in claims]
    (beside, said), *others = await screened(pool, photos, (CLAIM, [[good()]]), *wanted)
    assert (beside.move, [finding["verdict"] for finding in said]) == (State.VALIDATED, ["ok"])
    for outcome, said in others:
        (finding,) = said
        assert outcome.move in {State.REVIEW, State.REJECTED}, finding
        assert outcome.step is None, finding
        assert finding["verdict"] in {"doubt", "fail"}, finding
        assert "plate_photo" in outcome.details["reasons"]
        for sentence in (finding["words_id"], finding["words_en"]):
            assert re.search(words, sentence), finding


async def test_each_event_of_a_passage_is_looked_at_and_all_speak_together(pool, photos):
    """Three events of two photographs each: the third was once left out and said to be unreadable."""
    fine, torn = good(), (good()[0][:300], good()[1])
    (sure, said), (other, denied), (partly, told) = await screened(
        pool,
        photos,
        (CLAIM, [[fine, fine]] * 3),
        ("L4321HA", [[fine, fine]] * 3),
        (CLAIM, [[fine, fine], [fine, fine], [torn, torn]]),
    )
    assert (sure.move, [finding["verdict"] for finding in said]) == (State.VALIDATED, ["ok"] * 3)
    assert (other.move, [finding["facts"]["key"] for finding in denied]) == (State.REVIEW, ["contradicted"] * 3)
    assert (partly.move, [finding["verdict"] for finding in told]) == (State.REVIEW, ["ok", "ok", "doubt"])
    assert told[2]["words_en"] == "No photograph could be read"
