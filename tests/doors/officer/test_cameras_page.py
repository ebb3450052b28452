"""A camera whose readings officers no longer confirm: it falls back to them, the page says why, an officer lifts it."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.law_texts import law_book

from browser_kit import DESK, PHONE, entered, follow, is_sound
from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from cakra.doors.design import Assets, asset_route
from cakra.doors.officer.cameras.histogram import HEIGHT, WIDTH, histogram_of
from cakra.engine.alarm import Alarm
from cakra.engine.lane import Lane, LaneRunner
from cakra.journey.screening.step import ScreeningDesk
from cakra.journey.watching.rules import Limits
from cakra.journey.watching.watch import CameraWatch
from camera_kit import add_camera
from console_kit import PASSWORD, browser, decide, sign_in, visit
from factories import DOUBT, make_case
from policy_kit import rulebook
from portal_kit import serve

LIMITS = Limits(fall_back_run=100.0, alarm_run=20.0)
PLATE = "B1234XYZ"


@pytest.fixture
async def two_cameras(pool):
    """CAM-1 and CAM-2, fit for red lights, in a jurisdiction whose policy is hybrid."""
    for code in ("CAM-1", "CAM-2"):
        await add_camera(pool, code)
    await pool.execute(
        "update camera set approved_offences = '{LAMPU_MERAH}', calibrated_until = now() + interval '1 day',"
        " audited_precision = 0.99"
    )


async def seen_by(pool, made, camera):
    for table in ("case_file", "camera_event"):
        await pool.execute(f"update {table} set camera = $2 where case_id = $1", made.case_id, camera)
    await pool.execute("update photo set camera = $2 where case_id = $1", made.case_id, camera)


async def reviewed(rina, pool, plate, camera="CAM-1", *, outcome="accept", decision=("accept", "evidence_clear")):
    """A case in review whose plate the machine had read with confidence, decided by an officer."""
    made = await make_case(pool, offences=("LAMPU_MERAH",))
    await seen_by(pool, made, camera)
    found = DOUBT | {"facts": {"camera": camera, "outcome": outcome, "reading": PLATE}}
    await pool.execute("update screening set findings = $2 where case_id = $1", made.case_id, json.dumps([found]))
    more = {"pelat": plate, "jenis": "car"} if decision[0] == "accept" else {}
    answer = await decide(rina, made, *decision, **more)
    assert answer.status_code == 303, answer.text
    return made


async def screened(pool, photos, database_url, camera):
    """A new record of that camera, through the screening lane: its state, and what its checks doubt."""
    made = await make_case(pool, state="received", offences=("LAMPU_MERAH",), plate=f"B{2000 + await count(pool)}XYZ")
    await seen_by(pool, made, camera)
    await pool.execute('update camera_event set record = \'{"vehicle": {"kind": "car"}}\'')
    await pool.execute("delete from screening where case_id = $1", made.case_id)
    await pool.execute("update case_file set step = 'screening', due_at = now() where case_id = $1", made.case_id)
    desk = ScreeningDesk(pool, photos, law_book(), None, rulebook(), 120.0)
    lane = Lane("screening", (Step.SCREENING,), {Step.SCREENING: desk.run}, batch=10, wakes=())
    assert await LaneRunner(lane, pool, Alarm(database_url, 1.0), worker="test", cells=None).once() == 1
    findings = json.loads(await pool.fetchval("select findings from screening where case_id = $1", made.case_id))
    return (await made.read(pool)).state, [one["words_id"] for one in findings if one["verdict"] == "doubt"]


async def count(pool):
    return await pool.fetchval("select count(*) from case_file")


async def watch(pool):
    assert await CameraWatch(pool, LIMITS, 60.0).look() == 0


async def outcome(pool, camera="CAM-1"):
    return await pool.fetchval("select outcome from camera_standing where camera = $1", camera)


async def lift(client, code="CAM-1", reason="Fokus lensa dibetulkan", password=PASSWORD):
    _, fields = await visit(client, "/petugas/kamera")
    form = fields | {"alasan": reason, "sandi": password}
    return await client.post(f"/petugas/kamera/{code}/percaya", data=form)


@pytest.fixture
async def sari(house):
    async with browser(house, "10.0.0.7") as client:
        await sign_in(client, "sari")
        yield client


@pytest.fixture
async def fallen(two_cameras, rina, pool):
    """Officers confirmed both cameras for a while; then three of CAM-1's plates were others, and one unreadable."""
    for camera in ("CAM-1", "CAM-2"):
        await reviewed(rina, pool, PLATE, camera)
    for plate in ("B1284XYZ", "B1234XYA", "D1234XYZ"):
        await reviewed(rina, pool, plate)
    await watch(pool)
    assert await outcome(pool) == "alarm", "three wrong ones are told and change nothing"
    await reviewed(rina, pool, "", decision=("reject", "plate_unreadable"))
    await watch(pool)


async def test_a_camera_falls_back_and_is_lifted_by_an_officer(fallen, sari, pool, photos, database_url):
    assert (await outcome(pool), await outcome(pool, "CAM-2")) == ("human", "trusted")
    state, doubts = await screened(pool, photos, database_url, "CAM-1")
    assert state is State.REVIEW
    assert [words for words in doubts if "Kamera CAM-1 dialihkan ke pemeriksaan petugas sejak" in words]
    assert await screened(pool, photos, database_url, "CAM-2") == (State.VALIDATED, [])
    page = (await sari.get("/petugas/kamera")).text
    assert "petugas tidak lagi sependapat dengan mesin" in page
    assert re.search(r"saat itu 1\s+dari 5 keputusan sependapat", page)
    assert (await lift(sari)).headers["location"] == "/petugas/kamera?dicatat=percaya"
    assert await screened(pool, photos, database_url, "CAM-1") == (State.VALIDATED, [])
    history = await pool.fetch("select outcome, officer, reason from camera_watch where camera = 'CAM-1' order by at")
    assert [tuple(row) for row in history] == [
        ("alarm", None, ""),
        ("human", None, ""),
        ("trusted", "sari", "Fokus lensa dibetulkan"),
    ]
    assert "Fokus lensa dibetulkan" in (await sari.get("/petugas/kamera")).text


async def test_after_a_lift_everything_is_counted_anew(fallen, rina, sari, pool):
    await lift(sari)
    await reviewed(rina, pool, "B1284XYZ")
    await watch(pool)
    assert await outcome(pool) == "trusted", "one error after the lift is one error"
    for plate in ("B1284XYZ", "B1234XYA", "D1234XYZ"):
        await reviewed(rina, pool, plate)
    await watch(pool)
    assert await outcome(pool) == "human"


async def test_while_officers_decide_agreement_is_shown_and_changes_nothing(fallen, rina, sari, pool):
    for _ in range(3):
        await reviewed(rina, pool, PLATE)
    await watch(pool)
    assert await outcome(pool) == "human"
    page = (await sari.get("/petugas/kamera")).text
    assert "Sependapat sejak dialihkan" in page
    assert re.search(r"3\s+dari 3 keputusan", page)


async def test_only_those_who_lead_lift_and_with_their_password_and_a_reason(fallen, rina, sari, pool):
    assert "/percaya" not in (await rina.get("/petugas/kamera")).text
    assert (await lift(rina)).status_code == 403
    wrong = await lift(sari, password="bukan sandi yang benar")
    assert wrong.status_code == 401
    assert "Sandi tidak cocok" in wrong.text
    assert "Fokus lensa dibetulkan" in wrong.text, "what was typed stays"
    empty = await lift(sari, reason="  ")
    assert empty.status_code == 400
    assert "Tuliskan alasannya" in empty.text
    for code in ("CAM-2", "CAM-9", "%00"):
        assert (await lift(sari, code)).status_code == 404
    assert await outcome(pool) == "human"
    assert await pool.fetchval("select count(*) from camera_watch where officer is not null") == 0


@pytest.mark.parametrize(
    ("read", "decided", "said"),
    [
        ("accept", (PLATE, "accept", "evidence_clear"), True),
        ("accept", ("B1284XYZ", "accept", "plate_corrected"), False),
        ("mismatch", (PLATE, "accept", "evidence_clear"), True),
        ("accept", ("", "reject", "plate_unreadable"), False),
        ("accept", ("", "reject", "suspected_false_plate"), None),
        ("accept", ("", "reject", "not_an_offence"), None),
        ("accept", ("", "divert", "military"), None),
        ("review", (PLATE, "accept", "evidence_clear"), None),
    ],
)
@pytest.mark.usefixtures("two_cameras")
async def test_what_a_decision_says_of_the_machine(rina, pool, read, decided, said):
    plate, *decision = decided
    made = await reviewed(rina, pool, plate, outcome=read, decision=decision)
    assert await pool.fetchval("select agreed from camera_agreement where case_id = $1", made.case_id) is said


def normal(mean, readings):
    """A list of scores about a mean."""
    return [mean + (place % 9 - 4) for place in range(readings)]


async def record_scores(pool, days_ago, scores):
    at = datetime.now(UTC) - timedelta(days=days_ago)
    await pool.executemany(
        "insert into camera_score_entry (cell, case_id, camera, at, score) values (11, 1, 'CAM-1', $1, $2)",
        [(at, score) for score in scores],
    )


async def test_scores_that_drop_alarm_and_change_nothing_else(two_cameras, sari, pool, photos, database_url):
    await record_scores(pool, 40, normal(9, 1))
    for day in range(8, 40):
        await record_scores(pool, day, normal(9, 40))
    await watch(pool)
    assert await outcome(pool) == "trusted"
    assert await pool.fetchval("select reference_to from camera_standing") < datetime.now(UTC).date()
    assert "Rujukan penuh" in (await sari.get("/petugas/kamera")).text
    # Time passes: the reference ended a month ago, and the week since then was darker.
    await pool.execute("update camera_standing set reference_to = current_date - 20")
    await pool.execute("delete from camera_score where day > current_date - 10")
    for day in range(1, 8):
        await record_scores(pool, day, [*normal(3, 60), None, None])
    await watch(pool)
    assert await outcome(pool) == "alarm"
    figures = json.loads(await pool.fetchval("select figures from camera_watch"))
    assert figures["lower"]
    assert figures["shift"] > figures["shift_limit"]
    page = (await sari.get("/petugas/kamera")).text
    assert "lebih rendah dari biasanya" in page
    assert await screened(pool, photos, database_url, "CAM-1") == (State.VALIDATED, [])
    await lift(sari, reason="Lampu jalan diganti")
    await watch(pool)
    assert await outcome(pool) == "trusted", "its reference is gathered anew"


async def test_scores_are_folded_once_by_however_many_workers(two_cameras, pool):
    await record_scores(pool, 1, [None, -20.0, -8.0, 11.9, 12.0, 99.0])
    await watch(pool)
    await watch(pool)
    rows = await pool.fetch("select bucket, readings from camera_score order by bucket")
    assert [tuple(row) for row in rows] == [(0, 1), (1, 1), (2, 1), (9, 1), (10, 1), (12, 1)]
    assert await pool.fetchval("select count(*) from camera_score_entry") == 0


async def test_the_page_and_the_menu_in_both_languages(fallen, rina):
    page = (await rina.get("/petugas/kamera")).text
    assert "style=" not in page
    assert "<script" not in page
    assert re.search(r'tag--bad number">1<span class="aside"> diperiksa petugas', (await rina.get("/petugas")).text)
    rina.cookies.set("bahasa", "en")
    assert "Every case of this camera goes to an officer" in (await rina.get("/petugas/kamera")).text


@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_a_lift_in_a_browser_without_javascript(fallen, pool, house, chromium, size):
    await pool.execute("update camera_standing set window_from = now() - interval '41 days'")
    for day in range(15, 41):
        await record_scores(pool, day, [*normal(14, 40), None])
    await watch(pool)
    await pool.execute("update camera_standing set reference_to = current_date - 15 where camera = 'CAM-1'")
    for day in range(1, 8):
        await record_scores(pool, day, [*normal(9, 60), None, None])
    house.router.routes.append(asset_route(Assets()))
    await watch(pool)
    async with serve(house) as site:
        page = await entered(chromium, site, "/petugas/kamera", username="sari", size=size)
        assert await is_sound(page) == [[], [], False]
        await page.click(".camera--human summary")
        await page.fill(".camera--human [name=alasan]", "Fokus lensa dibetulkan")
        await page.fill(".camera--human [name=sandi]", "bukan sandinya")
        await follow(page, ".camera--human .button")
        assert "Sandi tidak cocok" in await page.inner_text(".errors")
        assert await is_sound(page) == [[], [], False]
        await page.fill(".camera--human [name=sandi]", PASSWORD)
        await follow(page, ".camera--human .button")
        assert "Semua kamera dipercaya" in await page.inner_text("main")
        assert await is_sound(page) == [[], [], False]


COUNTS = st.lists(st.integers(0, 10**6), min_size=13, max_size=13)


@given(COUNTS, st.one_of(st.just([]), COUNTS))
def test_no_bar_leaves_the_picture(window, reference):
    picture = histogram_of(window, reference)
    if picture is None:
        assert not sum(window) + sum(reference)
        return
    for bar in picture.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert -0.1 <= bar.y <= bar.y + bar.height <= HEIGHT + 0.2
