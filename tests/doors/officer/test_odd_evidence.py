"""Odd boxes, clocks and photographs: nothing of it is rejected by the machine, and an officer sees what is odd."""

import contextlib
import io
import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from PIL import Image
from tests.evidence.test_picture_bombs import many_scans

from cakra.core.errors import StoreAway, StoreError
from cakra.core.policy.kinds import AGES
from cakra.core.states.journey import State
from cakra.evidence.picture import is_heavy
from cakra.journey.screening.look import Seen
from console_kit import decide, visit
from policy_kit import EVER, put_in_force
from screening_kit import CLAIM, FRAME, InProcess, belt, frame, plain_picture, shared_event, street_on
from shared import shared_dir


@pytest.fixture
async def street(pool, photos, database_url):
    async with street_on(pool, photos, database_url) as street:
        yield street


@pytest.fixture
async def queue(rina):
    """Whether the officers' queue shows a case, and the sentence on its page."""

    async def shows(case, sentence):
        page, _ = await visit(rina, "/petugas/antrean")
        assert case["reference"] in page.text
        page, _ = await visit(rina, f"/petugas/tinjau/{case['reference']}")
        assert sentence in page.text

    return shows


PICTURE, BOX = frame()
WIDE, HIGH = FRAME


def scaled(across, down):
    x1, y1, x2, y2 = BOX
    return [round(x1 * across, 4), round(y1 * down, 4), round(x2 * across, 4), round(y2 * down, 4)]


WRONG_BOXES = {
    "of a picture half the size": scaled(0.5, 0.5),
    "of a picture twice the size": scaled(2, 2),
    "of a full HD stream": scaled(1920 / WIDE, 1080 / HIGH),
    "of a 4:3 stream": scaled(704 / WIDE, 576 / HIGH),
    "fractions": scaled(1 / WIDE, 1 / HIGH),
    "per cent": scaled(100 / WIDE, 100 / HIGH),
    "per mille": scaled(1000 / WIDE, 1000 / HIGH),
    "of 8192": scaled(8192 / WIDE, 8192 / HIGH),
    "corner and size": [BOX[0], BOX[1], BOX[2] - BOX[0], BOX[3] - BOX[1]],
    "corners exchanged": [BOX[2], BOX[3], BOX[0], BOX[1]],
    "axes exchanged": [BOX[1], BOX[0], BOX[3], BOX[2]],
}
NONSENSE = {
    "the whole picture's corner": [0, 0, 12, 5],
    "a bare place": [40, 60, 140, 95],
    "far outside": [90_000, 90_000, 90_100, 90_040],
    "negative": [-500, -500, -400, -460],
    "empty": [0, 0, 0, 0],
    "a line": [10, 300, 1200, 300],
}


@pytest.mark.parametrize("name", WRONG_BOXES)
async def test_a_box_in_another_measure_is_mended_when_the_plate_is_where_it_points(street, name):
    answer = await street.post(belt(plate={"text": CLAIM, "box": WRONG_BOXES[name]}), PICTURE)
    assert answer.status_code == 201, answer.text
    (case,) = await street.screened()
    findings = await street.findings()
    assert (case["state"], findings["plate_photo"], findings["plate_box"]) == (State.VALIDATED, "ok", "ok"), findings
    assert "box_outside" not in findings


@pytest.mark.parametrize("name", NONSENSE)
async def test_a_box_that_nothing_explains_is_ignored_and_an_officer_looks(street, queue, name):
    assert (await street.post(belt(plate={"text": CLAIM, "box": NONSENSE[name]}), PICTURE)).status_code == 201
    (case,) = await street.screened()
    findings = await street.findings()
    assert (case["state"], findings["plate_photo"], findings["plate_box"]) == (State.REVIEW, "ok", "doubt"), findings
    await queue(case, "Kotak pelat dari kamera tidak menunjuk pelat yang terbaca")


@pytest.mark.parametrize(
    "box", [*WRONG_BOXES.values(), *NONSENSE.values(), None], ids=[*WRONG_BOXES, *NONSENSE, "none"]
)
async def test_where_no_plate_can_be_read_no_box_rejects(street, box):
    assert (await street.post(belt(plate={"text": CLAIM, "box": box}), plain_picture())).status_code == 201
    (case,) = await street.screened()
    assert case["state"] == State.REVIEW
    assert "fail" not in (await street.findings()).values()


async def test_a_right_box_needs_no_search(street):
    await street.post(belt(plate={"text": CLAIM, "box": list(BOX)}), PICTURE)
    (case,) = await street.screened()
    assert case["state"] == State.VALIDATED
    assert "plate_box" not in await street.findings()


async def test_the_shared_box_of_half_the_size_is_mended(street):
    picture = (shared_dir() / "cases" / "cameras" / "box_of_half_size_picture.jpg").read_bytes()
    answer = await street.post(shared_event("box_of_half_size_picture.json"), picture)
    assert answer.status_code == 201, answer.text
    (case,) = await street.screened()
    findings = await street.findings()
    assert (case["state"], findings["plate_photo"], findings["plate_box"]) == (State.VALIDATED, "ok", "ok"), findings


async def test_a_hikvision_box_in_fractions_points_at_its_plate(street):
    plate = ("B", "9999", "ZZZ")
    picture, _ = frame(plate, at=(round(0.4125 * WIDE), round(0.2411 * HIGH)))
    answer = await street.push("rect_as_fraction.xml", ("detectionPicture.jpg", picture))
    assert answer.status_code == 200, answer.text
    box = await street.pool.fetchval("select box from photo")
    assert (box[0], box[1]) == (528, 173)
    (case,) = await street.screened()
    assert case["state"] != State.REJECTED
    assert (await street.findings())["plate_photo"] == "ok"


async def test_the_shared_fractions_on_a_picture_without_a_plate_are_an_officers(street):
    await street.push("rect_as_fraction.xml", ("detectionPicture.jpg", plain_picture()))
    (case,) = await street.screened()
    assert case["state"] == State.REVIEW


# ---------------------------------------------------------------- clocks
class Shown(NamedTuple):
    """A case as its form names it."""

    reference: str


async def test_a_record_of_two_years_ago_is_an_officers_with_the_law_of_its_day(street, queue):
    assert (await street.post(shared_event("signed_event_two_years_old.json"), plain_picture())).status_code == 201
    (case,) = await street.screened()
    findings = await street.findings()
    assert (case["state"], findings["event_old"]) == (State.REVIEW, "doubt")
    assert "law_in_force" not in findings
    assert case["occurred_at"].astimezone(UTC) == datetime(2024, 1, 30, 7, 34, 55, tzinfo=UTC)
    await queue(case, "Catatan kamera sudah berumur")


@pytest.mark.parametrize(("days", "state"), [(2.9, State.VALIDATED), (3.1, State.REVIEW)])
async def test_the_age_limit_is_a_jurisdictions_own(pool, photos, database_url, days, state):
    async with street_on(pool, photos, database_url, policies={"ages": "oldest_days = 400"}) as street:
        await put_in_force(pool, street.desk.rules.book, "ages", "oldest_days = 3", jurisdiction="PMJ")
        old = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        await street.post(belt(occurred_at=old, plate={"text": CLAIM, "box": list(BOX)}), PICTURE)
        (case,) = await street.screened()
        assert case["state"] == state
        book = street.desk.rules.book
        assert book.in_force(AGES, "JABAR", EVER).content.oldest == timedelta(days=400)


ODD_CLOCKS = {
    "1970-01-01T00:00:12+00:00": "clock_impossible",
    "1970-01-01T06:59:59+07:00": "clock_impossible",
    "0001-01-01T00:00:00Z": "clock_impossible",
    "1999-12-31T23:59:59+07:00": "clock_impossible",
    "2009-06-21T12:00:00+07:00": "clock_impossible",
    "2010-01-02T12:00:00+07:00": "event_old",
    "2038-01-19T03:14:08Z": "clock_future",
    "2106-02-07T06:28:16Z": "clock_future",
    "9999-12-31T23:59:59.999999Z": "clock_future",
    "9999-12-31T23:59:59-12:00": "clock_future",
}


@pytest.mark.parametrize("text", ODD_CLOCKS)
async def test_no_clock_rejects_by_itself_and_every_odd_one_ends_with_an_officer(street, rina, text):
    answer = await street.post(belt(occurred_at=text, plate={"text": CLAIM, "box": list(BOX)}), PICTURE)
    if answer.status_code == 400:
        assert answer.json()["code"] == "time_unreadable", "what is no instant at all is kept in quarantine"
        assert await street.pool.fetchval("select count(*) from quarantine") == 1
        return
    (case,) = await street.screened()
    findings = await street.findings()
    assert (case["state"], findings[ODD_CLOCKS[text]]) == (State.REVIEW, "doubt"), findings
    assert datetime(1969, 12, 31, tzinfo=UTC) < case["occurred_at"] <= datetime.now(UTC)
    assert await street.pool.fetchval("select raw_time from camera_event") == text
    for path in ("/petugas/antrean", f"/petugas/tinjau/{case['reference']}"):
        await visit(rina, path)


@pytest.mark.parametrize("sample", ["signed_event_1970.json"])
async def test_a_record_of_1970_ends_with_an_officer(street, queue, rina, sample):
    assert (await street.post(shared_event(sample), plain_picture())).status_code == 201
    (case,) = await street.screened()
    findings = await street.findings()
    assert (case["state"], case["step"], findings["law_in_force"]) == (State.REVIEW, None, "doubt")
    await queue(case, "Tidak ada ketentuan yang tercatat untuk BATAS_KECEPATAN pada 01-01-1970")
    refused = await decide(rina, Shown(case["reference"]), "accept", "evidence_clear", pelat="B2415KZA", jenis="car")
    assert refused.status_code in {409, 422}, "nobody can be charged by a law that is not on file"
    assert "Tidak ada ketentuan yang tercatat" in refused.text
    await decide(rina, Shown(case["reference"]), "reject", "photo_unusable")
    assert await street.pool.fetchval("select state from case_file") == State.REJECTED


async def test_a_hikvision_record_of_1970_ends_with_an_officer(street, queue):
    answer = await street.push("clock_1970.xml", ("detectionPicture.jpg", plain_picture()))
    assert answer.status_code == 200, answer.text
    (case,) = await street.screened()
    assert (case["state"], case["step"]) == (State.REVIEW, None)
    await queue(case, "waktu yang tidak mungkin")


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("update camera_event set offence = 'TERBANG'", "law_in_force"),
        ("update camera set zone = 'Asia/Batavia'", "camera"),
        ("update camera set zone = ''", "camera"),
        ("update camera set speed_limit_kmh = null", "offence_rule"),
        ("update camera set speed_limit_kmh = 0", "offence_rule"),
        ("""update camera_event set record = record || '{"speed_kmh": null}'""", "offence_rule"),
        ("""update camera_event set record = record || '{"speed_kmh": "fast"}'""", "check_failed"),
        (
            """update camera_event set record = record || '{"plate": {"colour": "biru"}, "extra": {"view": "top"}}'""",
            None,
        ),
        ("""update camera_event set record = record || '{"vehicle": {"kind": "becak", "box": "none"}}'""", None),
        ("""update camera_event set record = record || '{"vehicle": 7, "plate": [], "extra": "x"}'""", None),
    ],
)
async def test_whatever_is_odd_about_record_or_camera_the_case_is_judged_or_an_officers(street, change, check):
    """As older versions, other doors or a hand in the database may have left it."""
    record = belt(offence="BATAS_KECEPATAN", speed_kmh=82.0, plate={"text": CLAIM, "box": list(BOX)})
    assert (await street.post(record, PICTURE)).status_code == 201
    await street.pool.execute(change)
    (case,) = await street.screened()
    findings = await street.findings()
    assert case["step"] != "screening"
    assert case["state"] in {State.REVIEW, State.VALIDATED}, findings
    if check is not None:
        assert (case["state"], findings[check]) == (State.REVIEW, "doubt"), findings


async def test_a_camera_whose_jurisdiction_has_no_policy_any_more_leaves_everything_to_officers(street, monkeypatch):
    await street.post(belt(plate={"text": CLAIM, "box": list(BOX)}), PICTURE)
    await street.pool.execute("update case_file set jurisdiction = 'GONE'")
    (case,) = await street.screened()
    assert case["state"] == State.REVIEW


# ---------------------------------------------------------------- one photograph, two events
async def test_the_same_photograph_in_a_later_event_is_a_doubt_and_no_second_notice(street, queue):
    boxed = {"text": CLAIM, "box": list(BOX)}
    ago = datetime.now(UTC) - timedelta(minutes=10)
    await street.post(belt(plate=boxed, occurred_at=ago.isoformat()), PICTURE)
    (first,) = await street.screened()
    assert first["state"] == State.VALIDATED
    await street.post(belt(plate=boxed), PICTURE)
    _, second = await street.screened()
    findings = await street.findings(second)
    assert (second["state"], findings["shared_photograph"]) == (State.REVIEW, "doubt")
    await queue(second, "Foto yang persis sama sudah menjadi bukti berkas")


async def test_one_shared_photograph_among_several_is_enough_and_another_camera_makes_no_difference(street):
    other, box = frame(seed=6)
    await street.post(belt(plate={"text": CLAIM, "box": list(BOX)}), PICTURE, plain_picture(1))
    await street.screened()
    await street.push("rect_as_fraction.xml", ("detectionPicture.jpg", other), ("scenePicture.jpg", plain_picture(1)))
    _, second = await street.screened()
    assert (await street.findings(second))["shared_photograph"] == "doubt"
    await street.post(belt(plate={"text": CLAIM, "box": list(box)}, occurred_at=_ago(minutes=20)), frame(seed=7)[0])
    *_, third = await street.screened()
    assert "shared_photograph" not in await street.findings(third)


async def test_a_retransmission_stays_one_event_of_one_case(street):
    record = belt(plate={"text": CLAIM, "box": list(BOX)})
    first, again = [await street.post(record, PICTURE) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    (case,) = await street.screened()
    assert case["state"] == State.VALIDATED
    assert "shared_photograph" not in await street.findings(case)


async def test_two_records_of_one_passage_may_show_the_same_photograph(street):
    record = belt(plate={"text": CLAIM, "box": list(BOX)})
    await street.post(record, PICTURE)
    await street.post({**record, "event_id": "E-beside"}, PICTURE)
    (case,) = await street.screened()
    assert case["state"] == State.VALIDATED
    assert "shared_photograph" not in await street.findings(case)


def _ago(**how):
    return (datetime.now(UTC) - timedelta(**how)).isoformat()


async def test_the_findings_are_sentences_in_both_languages(street):
    await street.post(belt(plate={"text": CLAIM, "box": NONSENSE["a bare place"]}), PICTURE)
    await street.screened()
    for one in await street.rows():
        assert one["words_id"], one
        assert one["words_en"], one
        json.dumps(one["facts"])


# ---------------------------------------------------------------- pictures and their store
class Flaky:
    """The real store, away for some photographs or for all; or one whose files are damaged."""

    def __init__(self, store):
        self.store, self.away, self.damaged = store, set(), set()

    async def put_many(self, blobs):
        await self.store.put_many(blobs)

    async def has(self, digests):
        return await self.store.has(digests)

    async def get(self, digest):
        if digest in self.away or "all" in self.away:
            raise StoreAway("The store does not answer.")
        if digest in self.damaged:
            raise StoreError("Its bytes no longer match.", code="photo_damaged")
        return await self.store.get(digest)


@pytest.fixture
async def flaky(pool, photos, database_url):
    async with street_on(pool, Flaky(photos), database_url) as street:
        for number in (1, 2, 3):
            picture, box = frame(seed=10 + number)
            record = belt(plate={"text": CLAIM, "box": list(box)}, occurred_at=_ago(hours=number))
            assert (await street.post(record, picture)).status_code == 201
        yield street


async def states(street):
    return [row["state"] for row in await street.pool.fetch("select state from case_file order by case_id")]


async def test_a_store_that_is_away_is_waited_for_and_nothing_goes_to_officers(flaky):
    flaky.store.away = {"all"}
    for _ in range(8):
        with contextlib.suppress(StoreAway):
            await flaky.screened()
    assert await states(flaky) == [State.RECEIVED] * 3
    assert await flaky.pool.fetchval("select max(tries) from case_file") < 6
    flaky.store.away = set()
    await flaky.screened()
    assert await states(flaky) == [State.VALIDATED] * 3


async def test_one_photograph_that_cannot_be_had_holds_up_no_other_case_and_never_goes_to_an_officer(flaky):
    digest = await flaky.pool.fetchval("select sha256 from photo order by case_id offset 1 limit 1")
    flaky.store.away = {digest}
    for _ in range(10):
        with contextlib.suppress(StoreAway):  # once it is the only one left, the lane waits
            await flaky.screened()
    assert await states(flaky) == [State.VALIDATED, State.RECEIVED, State.VALIDATED]
    flaky.store.away = set()
    await flaky.screened()
    assert await states(flaky) == [State.VALIDATED] * 3


async def test_bytes_that_are_there_and_damaged_are_an_officers(flaky):
    flaky.store.damaged = {await flaky.pool.fetchval("select sha256 from photo order by case_id offset 1 limit 1")}
    await flaky.screened()
    assert await states(flaky) == [State.VALIDATED, State.REVIEW, State.VALIDATED]


class Slow(InProcess):
    """The real look, but whoever shows this claim takes too long."""

    def __init__(self, claim):
        self.claim, self.looks = claim, 0

    async def look(self, cases, terms):
        slow = [any(shot.claim == self.claim for shot in shots) for shots in cases]
        self.looks += sum(slow)
        others = [pair for pair, one in zip(zip(cases, terms, strict=True), slow, strict=True) if not one]
        seen = iter(await super().look(*zip(*others, strict=True)) if others else [])
        return [
            Seen((None,) * len(shots), (), too_slow=True) if one else next(seen)
            for shots, one in zip(cases, slow, strict=True)
        ]


async def test_a_look_that_is_ended_goes_to_an_officer_after_a_few_tries_and_the_others_go_on(
    pool, photos, database_url, queue
):
    looker = Slow("B9998ZZA")
    async with street_on(pool, photos, database_url, looker=looker) as street:
        await street.post(belt(plate={"text": "B9998ZZA"}), plain_picture(3))
        await street.post(belt(plate={"text": CLAIM, "box": list(BOX)}), PICTURE)
        slow, good = await street.screened()
        assert (slow["state"], slow["step"], good["state"]) == (State.RECEIVED, "screening", State.VALIDATED)
        while slow["state"] == State.RECEIVED:
            slow, _ = await street.screened()
        assert 2 <= looker.looks <= 6
        assert (slow["state"], (await street.findings(slow))["plate_photo"]) == (State.REVIEW, "doubt")
        await queue(slow, "Pemeriksaan foto terlalu lama")


async def test_a_picture_of_six_thousand_scans_is_refused_at_the_door_and_kept(street):
    answer = await street.post(belt(), many_scans(6000))
    assert (answer.status_code, answer.json()["code"]) == (400, "picture_too_complex")
    assert await street.pool.fetchval("select code from quarantine") == "picture_too_complex"
    heavy, _ = frame(size=(4000, 3000))
    progressive = io.BytesIO()
    Image.open(io.BytesIO(heavy)).save(progressive, "JPEG", progressive=True)
    assert is_heavy(progressive.getvalue())
    assert (await street.post(belt(), progressive.getvalue())).status_code == 201, "looked at in a process apart"


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("of", ["shown", "stored"])
async def test_a_turned_photograph_is_one_frame_for_reading_boxes_and_pictures(street, orientation, of):
    turns = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    shown = Image.open(io.BytesIO(PICTURE)).convert("RGB")
    stored = shown if turns[orientation] is None else shown.transpose(turns[orientation])
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    stored.save(file, "JPEG", quality=95, exif=exif.tobytes())
    x1, y1, x2, y2 = BOX
    boxes = {
        1: [x1, y1, x2, y2],
        3: [WIDE - x2, HIGH - y2, WIDE - x1, HIGH - y1],
        6: [y1, WIDE - x2, y2, WIDE - x1],
        8: [HIGH - y2, x1, HIGH - y1, x2],
    }
    box = list(BOX) if of == "shown" else boxes[orientation]
    assert (await street.post(belt(plate={"text": CLAIM, "box": box}), file.getvalue())).status_code == 201
    (case,) = await street.screened()
    assert case["state"] == State.VALIDATED, await street.findings()
    assert tuple(await street.pool.fetchrow("select width, height from photo")) == FRAME
    crop = await street.store.get(await street.pool.fetchval("select sha256 from derived_picture where kind = 'plate'"))
    width, height = Image.open(io.BytesIO(crop)).size
    assert 2 < width / height < 6, "the plate lies as people read it"
