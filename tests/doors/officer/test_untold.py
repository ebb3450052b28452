"""Later notices that reached nobody: listed, told again or set aside, in an officer's name."""

import os

import pytest

from browser_kit import DESK, PHONE, entered, follow, is_sound
from cakra.doors.design import Assets, asset_route
from cakra.kit.ids import new_id
from console_kit import decide, events, visit
from factories import make_case
from portal_kit import serve


async def untold(pool, made, purpose="decision", state="failed", step=None):
    notice_id = new_id()
    await pool.execute(
        "insert into notice (cell, notice_id, case_id, party_id, purpose, number, language, template, content,"
        " shutter_at, state, channel, attempts, created_at, step)"
        " values ($1, $2, $3, $3, $4, 1, 'id', 't', '', now(), $5, 'email', 2, now(), $6)",
        made.cell, notice_id, made.case_id, purpose, state, step,
    )  # fmt: skip
    return notice_id


@pytest.mark.parametrize("purpose", ["reminder", "code", "decision", "withdrawal", "verdict", "refund"])
@pytest.mark.parametrize("state", ["failed", "unsettled"])
async def test_a_notice_of_any_purpose_that_reached_nobody_is_listed(rina, pool, purpose, state):
    made = await make_case(pool, state="notified", notice="delivered", told="delivery_proved")
    await untold(pool, made, purpose, state)
    page, _ = await visit(rina, "/petugas/kiriman")
    assert "Belum dapat disampaikan" in page.text
    assert made.reference in page.text


@pytest.mark.parametrize(
    ("purpose", "state", "step"), [("decision", "failed", "dispatch"), ("decision", "accepted", None)]
)
async def test_one_that_is_under_way_or_taken_is_not(rina, pool, purpose, state, step):
    made = await make_case(pool, state="charged", notice="delivered", told="charged")
    await untold(pool, made, purpose, state, step)
    page, _ = await visit(rina, "/petugas/kiriman")
    assert made.reference not in page.text


async def test_a_reminder_is_not_listed_when_its_owner_has_answered(rina, pool):
    made = await make_case(pool, state="charged", notice="delivered", told="charged")
    await untold(pool, made, "reminder")
    page, _ = await visit(rina, "/petugas/kiriman")
    assert made.reference not in page.text


@pytest.mark.parametrize(
    ("doing", "becomes", "told"),
    [("again", ("planned", "word"), "notice_told_again"), ("settled", ("cancelled", None), "notice_set_aside")],
)
async def test_an_officer_lets_it_be_told_again_or_sets_it_aside_once(rina, pool, doing, becomes, told):
    made = await make_case(pool, state="charged", notice="delivered", told="charged")
    notice_id = await untold(pool, made)
    _, fields = await visit(rina, "/petugas/kiriman")
    address = f"/petugas/kiriman/{made.cell}/{notice_id}"
    assert (await rina.post(address, data=fields | {"tindakan": doing})).status_code == 303
    row = await pool.fetchrow("select state, step from notice where notice_id = $1", notice_id)
    assert (row["state"], row["step"]) == becomes
    last = (await events(pool, made))[-1]
    assert (last["actor"], last["told"], last["details"]) == (
        "officer:rina",
        told,
        {"purpose": "decision", "number": 1},
    )
    assert (await rina.post(address, data=fields | {"tindakan": doing})).status_code == 409
    assert (await made.read(pool)).state == "charged"


async def test_a_form_that_says_nothing_is_refused(rina, pool):
    made = await make_case(pool, state="charged", notice="delivered", told="charged")
    notice_id = await untold(pool, made)
    _, fields = await visit(rina, "/petugas/kiriman")
    assert (await rina.post(f"/petugas/kiriman/{made.cell}/{notice_id}", data=fields)).status_code == 400
    assert await pool.fetchval("select state from notice where notice_id = $1", notice_id) == "failed"


@pytest.mark.parametrize(("notice", "told"), [("accepted", ["withdrawal"]), ("failed", [])])
async def test_a_withdrawal_is_told_with_an_apology_to_whom_a_message_may_have_reached(rina, pool, notice, told):
    made = await make_case(pool, state="undeliverable", notice=notice, told="no_proof_of_delivery")
    assert (await decide(rina, made, "withdraw", "wrong_owner")).status_code == 303
    rows = await pool.fetch("select purpose, step from notice where case_id = $1 and step is not null", made.case_id)
    assert [(row["purpose"], row["step"]) for row in rows] == [(purpose, "word") for purpose in told]


async def test_a_code_issued_by_an_officer_is_told(rina, pool):
    made = await make_case(pool, state="answered", notice="delivered", told="needs_certified_officer")
    await pool.execute(
        "insert into answer (cell, case_id, party_id, answer_id, at, kind, details)"
        " values ($1, $2, $2, 1, now(), 'drove', '')",
        made.cell, made.case_id,
    )  # fmt: skip
    assert (await decide(rina, made, "charge", "admission_holds")).status_code == 303
    rows = await pool.fetch("select purpose, step from notice where case_id = $1 and step is not null", made.case_id)
    assert [(row["purpose"], row["step"]) for row in rows] == [("code", "word")]


@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_the_list_is_sound_in_a_browser_and_is_worked_off_without_javascript(house, pool, chromium, size):
    house.router.routes.append(asset_route(Assets()))
    for place, (purpose, state) in enumerate([("reminder", "failed"), ("decision", "unsettled")]):
        made = await make_case(pool, state="notified", notice="delivered", told="reminder_due", plate=f"B12{place}4XYZ")
        await untold(pool, made, purpose, state)
    async with serve(house) as site:
        page = await entered(chromium, site, "/petugas/kiriman", username="rina", size=size)
        assert await is_sound(page) == [[], [], False]
        if folder := os.environ.get("CAKRA_SHOTS"):
            await page.screenshot(path=f"{folder}/untold-{size['width']}.png", full_page=True)
            await page.goto(f"{site}/petugas/berkas/{made.reference}")
            await page.screenshot(path=f"{folder}/case-{size['width']}.png", full_page=True)
            await page.goto(f"{site}/petugas/kiriman")
        await follow(page, "text=Sudah ditangani >> nth=0")
        assert await page.locator("text=Sudah ditangani").count() == 1
        await follow(page, "text=Sampaikan lagi")
        assert "Belum dapat disampaikan" not in await page.inner_text("main")
