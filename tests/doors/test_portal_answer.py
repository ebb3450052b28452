"""The second factor, who drove, and what follows: once, in one transaction, in an officer's name or not at all."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cakra.core.errors import InputError
from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from cakra.doors.citizen.deps import charge_desk
from cakra.journey.payment import is_code
from cakra.kit.seal import Sealer
from cakra.store.cases import find_case, move_one
from clock import any_hour
from portal_kit import CHASSIS, ROOT_KEY, Browser, authorise, notified_case

HOUR = timedelta(hours=1)


async def state_of(pool, case):
    return await pool.fetchval("select state from case_file where case_id = $1", case.case_id)


async def story_of(pool, case):
    rows = await pool.fetch(
        "select told, actor, details from case_event where case_id = $1 and to_state is not null order by event_id",
        case.case_id,
    )
    return [(row["told"], row["actor"], json.loads(row["details"])) for row in rows]


async def answers_of(pool, case):
    rows = await pool.fetch("select answer_id, kind, details from answer where case_id = $1", case.case_id)
    opened = Sealer(ROOT_KEY, "answer").open_record
    return [(row["kind"], opened(row["details"], row["answer_id"].to_bytes(8))) for row in rows]


async def codes_of(pool, case):
    return await pool.fetch("select * from deposit_code where case_id = $1", case.case_id)


async def test_the_question_needs_the_chassis_number(pool, browser):
    case = await notified_case(pool)
    await browser.check(case)
    for path in ("/kasus/jawab", "/kasus/jawab/rincian", "/kasus/jawab/kirim", "/kasus/status"):
        assert (await browser.get(path)).path == "/kasus/stnk"
    empty = await browser.post("/kasus/stnk", rangka="")
    assert (empty.status, "Isi lima huruf" in empty.text) == (422, True)
    wrong = await browser.post("/kasus/stnk", rangka="K9O13")
    assert (wrong.status, "tidak cocok" in wrong.text) == (422, True)
    right = await browser.post("/kasus/stnk", rangka="mhfxx-1234567-k9oi2")  # O and I, as people read 0 and 1
    assert right.path == "/kasus/jawab"
    assert "Sri Contoh Wulandari" in right.text


@pytest.mark.parametrize(("wish", "chosen"), [("bukan-milik", True), ("saya", False), ("apa-saja", False)])
async def test_a_link_may_name_the_answer_but_never_an_admission(pool, browser, wish, chosen):
    """As the answer to «Bukan saya» does: the choice waits behind reference, plate and chassis number."""
    case = await notified_case(pool)
    start = await browser.get(f"/k/{case.reference}?jawab={wish}")
    assert ('name="jawab"' in start.text) is chosen
    await browser.post("/periksa", referensi=case.reference, nopol=case.plate, jawab=wish)
    question = await browser.post("/kasus/stnk", rangka=CHASSIS)
    assert question.path == "/kasus/jawab"
    (radio,) = [line for line in question.text.splitlines() if 'value="bukan-milik"' in line]
    assert ("checked" in radio) is chosen
    assert ("checked" in question.text) is chosen


@any_hour
async def test_who_admits_gets_a_code_in_an_officers_name(pool, browser):
    case = await notified_case(pool)
    await authorise(pool)
    before = datetime.now(UTC)
    seen = await browser.admit(case)
    assert (seen.status, seen.path) == (200, "/kasus/status")
    [code] = await codes_of(pool, case)
    assert is_code(code["code"])
    assert code["code"].startswith("99001")
    assert (code["amount"], code["state"], code["officer"]) == (500_000, "issued", "anggraini")
    groups = [code["code"][start : start + 5] for start in (0, 5, 10)]
    assert "".join(f"<span>{group}</span>" for group in groups) in seen.text
    assert "Rp500.000" in seen.text
    assert "AKP Dewi Anggraini" in seen.text
    assert await state_of(pool, case) == "charged"
    assert [(told, actor) for told, actor, _ in await story_of(pool, case)] == [
        ("owner_answered", "owner"),
        ("charged", "machine"),
    ]
    assert (await story_of(pool, case))[1][2]["officer"] == "Dewi Anggraini"
    row = await pool.fetchrow("select pay_by, step, due_at from case_file where case_id = $1", case.case_id)
    assert row["pay_by"] == row["due_at"] == code["expires_at"]
    assert row["step"] == "deadline"
    until = row["pay_by"].astimezone(ZoneInfo("Asia/Jakarta"))
    assert (until.hour, until.minute) == (23, 59)
    assert row["pay_by"] >= before + timedelta(days=7)


async def test_a_later_visit_shows_the_code_again(pool, browser, site):
    case = await notified_case(pool)
    await authorise(pool)
    await browser.admit(case)
    [code] = await codes_of(pool, case)
    async with Browser(site) as another_day:
        checked = await another_day.check(case)
        group = f"<span>{code['code'][5:10]}</span>"
        assert group not in checked.text
        assert "Lihat status" in checked.text
        seen = await another_day.post("/kasus/stnk", rangka=CHASSIS[-5:])
        assert group in seen.text


async def test_several_offences_are_one_deposit_by_the_setting(pool, browser):
    case = await notified_case(pool, offences=("LAMPU_MERAH", "TANPA_HELM"))
    await authorise(pool, offences=("LAMPU_MERAH", "TANPA_HELM", "LAWAN_ARUS"))
    await browser.admit(case)
    assert [code["amount"] for code in await codes_of(pool, case)] == [500_000]


@pytest.mark.parametrize(
    "terms",
    [
        None,
        {"certified": False},
        {"active": False},
        {"offences": ("LAWAN_ARUS",)},
        {"revoked_at": datetime.now(UTC) - HOUR},
        {"valid_to": datetime.now(UTC) - HOUR},
        {"valid_from": datetime.now(UTC) + HOUR},
    ],
    ids=["none", "uncertified", "inactive", "other offence", "revoked", "over", "not yet"],
)
async def test_without_an_authority_an_officer_is_next_and_the_page_says_so(pool, browser, terms):
    case = await notified_case(pool)
    if terms is not None:
        await authorise(pool, **terms)
    seen = await browser.admit(case)
    assert "Petugas akan menerbitkan kode titipan" in seen.text
    assert await codes_of(pool, case) == []
    assert await state_of(pool, case) == "answered"
    told = await pool.fetch(
        "select told from case_event where case_id = $1 order by event_id desc limit 2", case.case_id
    )
    assert [row["told"] for row in told] == ["needs_certified_officer", "owner_answered"]
    assert await pool.fetchval("select step from case_file where case_id = $1", case.case_id) is None


async def test_an_authority_elsewhere_is_none_here(pool, browser):
    case = await notified_case(pool)
    await pool.execute("insert into jurisdiction values ('PJB', 'Polda Jawa Barat', 'Asia/Jakarta', 40, 8)")
    await authorise(pool, jurisdiction="PJB")
    await browser.admit(case)
    assert await state_of(pool, case) == "answered"


async def test_a_certified_officer_issues_the_code_that_nobody_authorised_beforehand(pool, browser, deps):
    case = await notified_case(pool)
    await authorise(pool, revoked_at=datetime.now(UTC) - HOUR)
    await browser.admit(case)
    username = await pool.fetchval("select username from officer")
    async with pool.acquire() as connection, connection.transaction():
        file = await find_case(connection, case.cell, case.case_id, lock=True)
        outcome = await charge_desk(deps).decide(connection, file, username, datetime.now(UTC))
        assert await move_one(connection, file, [outcome], datetime.now(UTC))
    assert await state_of(pool, case) == "charged"
    assert (await story_of(pool, case))[-1][0] == "charged"
    await pool.execute("update officer set certified = false")
    async with pool.acquire() as connection:
        with pytest.raises(InputError, match="certified"):
            await charge_desk(deps).decide(connection, file, username, datetime.now(UTC))


ANSWERS = [
    (
        "orang-lain",
        {"nama": " Budi  Contoh ", "telepon": "0812-3456-7890", "sim": "1234 5678 9012"},
        ("other_drove", {"name": "Budi Contoh", "phone": "+6281234567890", "licence": "123456789012"}),
    ),
    (
        "orang-lain",
        {"nama": "Budi Contoh", "telepon": "+62 812 3456 7890", "sim": ""},
        ("other_drove", {"name": "Budi Contoh", "phone": "+6281234567890"}),
    ),
    (
        "terjual",
        {"nama": "Siti Contoh", "tanggal": "17-8-2025", "telepon": ""},
        ("sold", {"name": "Siti Contoh", "day": "2025-08-17"}),
    ),
    (
        "bukan-milik",
        {"beda": "Motor saya merah,\r\n tidak ada boks <b>hitam</b>"},
        ("never_mine", {"differs": "Motor saya merah, tidak ada boks <b>hitam</b>"}),
    ),
]


@pytest.mark.parametrize(("choice", "fields", "kept"), ANSWERS)
async def test_every_other_answer_goes_to_an_officer_sealed(pool, browser, choice, fields, kept):
    case = await notified_case(pool)
    await authorise(pool)
    await browser.prove(case)
    asked = await browser.post("/kasus/jawab", siapa=choice)
    assert asked.path == "/kasus/jawab/rincian"
    summary = await browser.post("/kasus/jawab/rincian", **fields)
    assert summary.path == "/kasus/jawab/kirim"
    assert "<b>hitam</b>" not in summary.text
    seen = await browser.post("/kasus/jawab/kirim")
    assert "Petugas memeriksanya" in seen.text
    assert await answers_of(pool, case) == [kept]
    assert await codes_of(pool, case) == []
    assert await story_of(pool, case) == [
        ("owner_answered", "owner", {"kind": kept[0]}),
        ("answer_needs_officer", "machine", {"kind": kept[0]}),
    ]


WRONG = [
    ("orang-lain", {"nama": "", "telepon": "0812 3456 7890"}, ["Isi nama lengkap"]),
    ("orang-lain", {"nama": "B" * 101, "telepon": "021 555 1234"}, ["Isi nama lengkap", "Isi nomor ponsel"]),
    ("orang-lain", {"nama": "Budi", "telepon": "0812 3456 7890", "sim": "123"}, ["Nomor SIM terdiri dari"]),
    ("terjual", {"nama": "Siti", "tanggal": "31-02-2025"}, ["Isi tanggal jual yang benar"]),
    ("terjual", {"nama": "Siti", "tanggal": "2999-01-01"}, ["tidak boleh setelah hari ini"]),
    ("terjual", {"nama": "Siti", "tanggal": "2025-01-01", "telepon": "x"}, ["Isi nomor ponsel"]),
    ("bukan-milik", {"beda": "pendek"}, ["Ceritakan apa yang berbeda"]),
    ("bukan-milik", {"beda": "é" * 501}, ["Ceritakan apa yang berbeda"]),
]


@pytest.mark.parametrize(("choice", "fields", "sentences"), WRONG)
async def test_what_is_wrong_stands_at_its_field_and_nothing_is_kept(pool, browser, choice, fields, sentences):
    case = await notified_case(pool)
    await browser.prove(case)
    await browser.post("/kasus/jawab", siapa=choice)
    seen = await browser.post("/kasus/jawab/rincian", **fields)
    assert seen.status == 422
    assert all(seen.text.count(sentence) >= 2 for sentence in sentences), "in the summary and at the field"
    assert (await browser.post("/kasus/jawab/kirim")).path == "/kasus/jawab"
    assert await answers_of(pool, case) == []


async def test_the_longest_answer_still_fits_the_cookie(pool, browser):
    case = await notified_case(pool)
    await browser.prove(case)
    await browser.post("/kasus/jawab", siapa="bukan-milik")
    text = "🏍" * 499 + '"'
    assert (await browser.post("/kasus/jawab/rincian", beda=text)).path == "/kasus/jawab/kirim"
    await browser.post("/kasus/jawab/kirim")
    assert await answers_of(pool, case) == [("never_mine", {"differs": text})]


async def test_nothing_chosen_is_said(pool, browser):
    await browser.prove(await notified_case(pool))
    seen = await browser.post("/kasus/jawab", siapa="nobody")
    assert (seen.status, "Pilih salah satu jawaban" in seen.text) == (422, True)


async def test_of_many_answers_at_once_exactly_one_counts(pool, site):
    case = await notified_case(pool)
    await authorise(pool)
    browsers = [Browser(site) for _ in range(4)]
    for place, browser in enumerate(browsers):
        await browser.prove(case)
        await browser.post("/kasus/jawab", siapa="saya" if place % 2 else "bukan-milik")
        if not place % 2:
            await browser.post("/kasus/jawab/rincian", beda="bukan motor saya ini")
    twice = [browser for browser in browsers for _ in range(2)]
    seen = await asyncio.gather(*(browser.post("/kasus/jawab/kirim") for browser in twice))
    assert {(one.status, one.path) for one in seen} == {(200, "/kasus/status")}
    assert len(await answers_of(pool, case)) == 1
    assert len(await story_of(pool, case)) == 2
    assert len(await codes_of(pool, case)) == (1 if await state_of(pool, case) == "charged" else 0)
    for browser in browsers:
        await browser.session.close()


async def test_the_back_button_changes_nothing(pool, browser):
    case = await notified_case(pool)
    await authorise(pool)
    first = await browser.admit(case)
    for path, fields in (("/kasus/jawab", {"siapa": "terjual"}), ("/kasus/jawab/kirim", {})):
        again = await browser.post(path, **fields)
        assert (again.path, again.text) == (first.path, first.text)
    assert len(await answers_of(pool, case)) == 1
    assert len(await codes_of(pool, case)) == 1


@pytest.mark.parametrize("state", [State.NOTIFYING, State.NOTIFIED, State.UNDELIVERABLE, State.LAPSED, State.BLOCKED])
async def test_states_in_which_an_answer_is_open(pool, browser, state):
    case = await notified_case(pool, state=state)
    await authorise(pool)
    await browser.admit(case)
    assert await state_of(pool, case) == "charged"


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.PAID, State.DISPUTED, State.CLOSED, State.REVIEW])
async def test_states_in_which_it_is_not(pool, browser, state):
    case = await notified_case(pool, state=state)
    seen = await browser.prove(case)
    assert seen.path == "/kasus/status"
    assert (await browser.post("/kasus/jawab", siapa="saya")).path == "/kasus/status"
    assert await answers_of(pool, case) == []


async def test_a_missed_payment_is_not_answered_again(pool, browser):
    case = await notified_case(pool)
    await authorise(pool)
    await browser.admit(case)
    await pool.execute(
        "update case_file set state = 'lapsed', previous_state = 'charged' where case_id = $1", case.case_id
    )
    seen = await browser.get("/kasus/jawab")
    assert seen.path == "/kasus/status"
    assert "Batas waktu sudah lewat" in seen.text
    assert "Kode titipan Anda" in seen.text


@any_hour
async def test_the_engines_charge_waits_to_be_shown_before_its_days_run(pool, deps, browser):
    case = await notified_case(pool, state=State.ANSWERED)
    await authorise(pool)
    long_ago = datetime.now(UTC) - timedelta(days=20)
    file = await find_case(pool, case.cell, case.case_id)
    [outcome] = await charge_desk(deps).run([file], long_ago)
    assert (outcome.move, outcome.step) == (State.CHARGED, None)
    async with pool.acquire() as connection, connection.transaction():
        assert await move_one(connection, file, [outcome], long_ago)
    assert await pool.fetchval("select pay_by from case_file where case_id = $1", case.case_id) is None
    seen = await browser.prove(case)
    assert "Kode titipan Anda" in seen.text
    row = await pool.fetchrow("select pay_by, step from case_file where case_id = $1", case.case_id)
    assert row["pay_by"] > datetime.now(UTC) + timedelta(days=6)
    assert row["step"] == Step.DEADLINE
    [code] = await codes_of(pool, case)
    assert code["expires_at"] == row["pay_by"]


async def test_a_set_of_cases_is_charged_each_by_its_own_authority(pool, deps):
    covered, bare = (
        await notified_case(pool, state=State.ANSWERED),
        await notified_case(pool, state=State.ANSWERED, offences=("TANPA_HELM",)),
    )
    await authorise(pool)
    files = [await find_case(pool, case.cell, case.case_id) for case in (covered, bare)]
    outcomes = await charge_desk(deps).run(files, datetime.now(UTC))
    assert [(one.move, one.told) for one in outcomes] == [
        (State.CHARGED, "charged"),
        (None, "needs_certified_officer"),
    ]


async def test_only_the_answer_that_the_page_showed_is_sent(pool, browser):
    """Two tabs of one visit: the one that shows «somebody else drove» never sends the other's admission."""
    case = await notified_case(pool)
    await authorise(pool)
    await browser.prove(case)
    await browser.post("/kasus/jawab", siapa="orang-lain")
    await browser.post("/kasus/jawab/rincian", nama="Budi Contoh", telepon="081234567890", sim="")
    shown = browser.shown
    await browser.post("/kasus/jawab", siapa="saya")  # the other tab
    seen = await browser.post("/kasus/jawab/kirim", periksa=shown)
    assert seen.path == "/kasus/jawab/kirim"
    assert "mengakui bahwa Anda yang mengemudi" in seen.text
    assert await answers_of(pool, case) == []


async def test_a_tab_of_one_case_never_answers_another(pool, browser):
    first, second = await notified_case(pool), await notified_case(pool, plate="B5678ABC")
    await authorise(pool)
    await browser.prove(first)
    await browser.post("/kasus/jawab", siapa="saya")
    shown = browser.shown
    await browser.prove(second)  # the other tab, to the same page
    await browser.post("/kasus/jawab", siapa="saya")
    seen = await browser.post("/kasus/jawab/kirim", periksa=shown)
    assert "B 5678 ABC" in seen.text
    assert await answers_of(pool, first) == await answers_of(pool, second) == []
