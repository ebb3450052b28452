"""A case with two parties through the doors: each has a reference, a view and a turn of its own."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from cakra.core.ports import Channel
from cakra.core.states.journey import State
from cakra.core.states.outcome import Outcome, Step
from cakra.delivery.ladder import settle
from cakra.journey.notice.later import LaterNotices
from cakra.journey.notice.step import NoticeDesk
from cakra.journey.notice.writer import Letterhead
from cakra.journey.review.references import replace_reference
from cakra.journey.waiting.deadlines import WaitingDesk
from cakra.kit.ids import new_reference, show_reference
from cakra.kit.seal import Sealer
from cakra.store.cases import claim, move_one, write_back
from cakra.wiring.policies import packaged_book
from case_rows import make_due, put_party, stored
from console_kit import decide, events
from portal_kit import CHASSIS, PHONE, PLATE, ROOT_KEY, Browser, notified_case, portal_app, portal_deps, serve

OWNER, NOMINEE, HIS_PHONE, SITE = "Sri Contoh Wulandari", "Joko Rekaan", "+6281298765432", "etle.polri.example"
ENDING = HIS_PHONE[-6:]
HEAD = Letterhead(
    *(Sealer(ROOT_KEY, "addressee"), Sealer(ROOT_KEY, "notice"), {"id": {}, "en": {}}, SITE),
    *(f"https://{SITE}/k/", packaged_book(), frozenset({Channel.WHATSAPP, Channel.SMS, Channel.EMAIL})),
)


@pytest.fixture
async def site(pool, photos, tmp_path):
    async with serve(portal_app(portal_deps(pool, tmp_path / "photos"))) as base:
        yield base


@pytest.fixture
async def people(site):
    """A browser for the owner and one for the person whom the owner names."""
    async with Browser(site) as owner, Browser(site) as nominee:
        yield owner, nominee


async def run(pool, desk):
    """One claim, written as the lane writes it."""
    at = datetime.now(UTC)
    cases = await claim(pool, None, [step.value for step in Step], limit=50, lease_s=30, by="tester")
    outcomes = await desk.run(cases, at)
    async with pool.acquire() as connection, connection.transaction():
        await write_back(connection, cases, [[outcome] for outcome in outcomes], at)
    return outcomes


async def names_somebody(owner, case, *, phone=HIS_PHONE, kind="orang-lain"):
    """The owner's answer: somebody else drove, or bought the vehicle."""
    await owner.prove(case)
    await owner.post("/kasus/jawab", siapa=kind)
    await owner.post("/kasus/jawab/rincian", nama=NOMINEE, telepon=phone, tanggal="17-08-2025")
    return await owner.post("/kasus/jawab/kirim")


async def proved(pool, case):
    """Its notice was delivered: the days run."""
    at, file = datetime.now(UTC), await stored(pool, (case.cell, case.case_id))
    until = at + timedelta(days=8)
    told = Outcome(
        *file.key,
        State.NOTIFIED,
        "delivery_proved",
        {},
        {"delivered_at": at, "confirm_by": until},
        Step.DEADLINE,
        until,
    )
    async with pool.acquire() as connection, connection.transaction():
        assert await move_one(connection, file, [told], at)


async def asked(pool, rina, owner, case, **answer):
    """The nominee was named, and the message reached him; the reference it carried."""
    await names_somebody(owner, case, **answer)
    assert (await decide(rina, case, "name", "answer_plausible")).status_code == 303
    await run(pool, NoticeDesk(pool, HEAD))
    await proved(pool, case)
    return await reference_of(pool, await turn_of(pool, case))


async def turn_of(pool, case):
    return await pool.fetchval("select party_id from case_file where case_id = $1", case.case_id)


async def reference_of(pool, party_id):
    return await pool.fetchval("select reference from reference where party_id = $1 and closed_at is null", party_id)


def opened(notice):
    return Sealer(ROOT_KEY, "notice").open_record(notice["content"], notice["notice_id"].to_bytes(8))


async def newest_notice(pool, case):
    return await pool.fetchrow("select * from notice where case_id = $1 order by notice_id desc limit 1", case.case_id)


async def test_two_parties_have_two_references_and_neither_sees_the_others(pool, rina, people):
    owner, nominee = people
    case = await notified_case(pool)
    his = await asked(pool, rina, owner, case)
    assert his not in {None, case.reference}
    message = await newest_notice(pool, case)
    said = json.dumps(opened(message), ensure_ascii=False)
    assert (opened(message)["recipient"], opened(message)["link_suffix"]) == (HIS_PHONE, his)
    assert message["picture"] is None
    for secret in (PLATE, "B 1234 XYZ", OWNER, PHONE, case.reference, show_reference(case.reference), "lampu merah"):
        assert secret.lower() not in said.lower()

    seen = await nominee.check(case, reference=his, plate=ENDING)
    assert (seen.status, seen.path) == (200, "/kasus")
    for shown in ("Jl. M.H. Thamrin", show_reference(his), "Jawab paling lambat"):
        assert shown in seen.text
    for path in (
        "/kasus",
        "/kasus/status",
        "/kasus/stnk",
        "/kasus/jawab",
        "/kasus/jawab/rincian",
        "/kasus/jawab/kirim",
    ):
        page = await nominee.get(path)
        assert page.path == "/kasus"
        for secret in ("B 1234 XYZ", PLATE, OWNER, PHONE[-4:], "foto/", "lampu merah", show_reference(case.reference)):
            assert secret.lower() not in page.text.lower(), (path, secret)
    assert (await nominee.get("/kasus/foto/notice")).status == 404
    assert (await nominee.post("/kasus/stnk", rangka=CHASSIS)).path == "/kasus"
    await nominee.post("/kasus/jawab", siapa="saya")
    await nominee.post("/kasus/jawab/kirim")
    assert await pool.fetchval("select count(*) from answer where party_id <> case_id") == 0

    hers = await owner.check(case)
    assert "B 1234 XYZ" in hers.text
    assert f"berakhiran {HIS_PHONE[-4:]}" not in hers.text
    status = await owner.post("/kasus/stnk", rangka=CHASSIS[-5:])
    assert status.path == "/kasus/status", "nobody asks the owner while it is another's turn"
    assert "dilanjutkan dengan orang yang Anda sebut" in status.text
    for secret in (NOMINEE, HIS_PHONE[-4:], show_reference(his)):
        assert secret not in status.text


@pytest.mark.parametrize("typed", [PLATE, CHASSIS[-5:], "", "1", PHONE[-6:], f"+62812{ENDING[:-1]}", "9" * 300])
async def test_a_named_persons_reference_opens_by_the_own_phone_only(pool, rina, people, typed):
    owner, nominee = people
    case = await notified_case(pool)
    his = await asked(pool, rina, owner, case)
    assert (await nominee.check(case, reference=his, plate=typed or " ")).path == "/periksa"
    assert (await nominee.check(case, reference=case.reference, plate=ENDING)).path == "/periksa"
    for right in (ENDING, "0812 9876-5432", HIS_PHONE, f"{ENDING[:3]} {ENDING[3:]}"):
        assert (await nominee.check(case, reference=his, plate=right)).path == "/kasus", right


async def test_a_silent_nominee_gives_the_turn_back_and_the_owner_has_fresh_days(pool, rina, people):
    owner, _ = people
    case = await notified_case(pool)
    his = await asked(pool, rina, owner, case)
    first = await turn_of(pool, case)
    await pool.execute("update case_file set confirm_by = now() - interval '1 second'")
    await make_due(pool)
    [outcome] = await run(pool, WaitingDesk(pool, packaged_book()))
    assert (outcome.move, outcome.told) == (State.IDENTIFIED, "turn_returned")
    row = await pool.fetchrow("select party_id, delivered_at, confirm_by, step from case_file")
    assert tuple(row) == (case.case_id, None, None, "notice")
    standing = await pool.fetch("select role, standing from party order by party_id")
    assert [tuple(one) for one in standing] == [("owner", "addressed"), ("nominee", "silent")]
    assert await pool.fetchval("select confirm_by from party where party_id = $1", first) is not None
    await run(pool, NoticeDesk(pool, HEAD))
    again = await newest_notice(pool, case)
    assert (again["party_id"], opened(again)["recipient"]) == (case.case_id, PHONE)
    assert opened(again)["link_suffix"] == case.reference
    await proved(pool, case)
    assert (await owner.prove(case)).path == "/kasus/jawab", "asked again"
    await owner.post("/kasus/jawab", siapa="saya")
    assert (await owner.post("/kasus/jawab/kirim")).path == "/kasus/status"
    assert await reference_of(pool, first) == his, "and his page still opens"
    story = [event["to_state"] for event in await events(pool, case)]
    assert not {"lapsed", "blocked"} & set(story)


async def test_a_nominee_whom_no_message_reaches_gives_the_turn_back(pool, rina, people):
    owner, _ = people
    case = await notified_case(pool)
    await names_somebody(owner, case)
    await decide(rina, case, "name", "answer_plausible")
    await run(pool, NoticeDesk(pool, HEAD))
    await pool.execute(
        "update notice set state = 'accepted', step = 'settle', due_at = now(),"
        " plan = jsonb_path_query_array(plan, '$[0]') where party_id <> case_id"
    )
    assert await settle(pool, 10) == 1
    row = await pool.fetchrow("select state, previous_state, party_id, step from case_file")
    assert tuple(row) == ("identified", "undeliverable", case.case_id, "notice")
    assert await pool.fetchval("select standing from party where role = 'nominee'") == "unreachable"


async def test_a_named_person_whom_no_channel_in_use_reaches_gives_the_turn_back(pool, rina, people):
    owner, _ = people
    case = await notified_case(pool)
    await names_somebody(owner, case, kind="terjual")
    await decide(rina, case, "name", "documents_seen")
    letters = Letterhead(*(getattr(HEAD, name) for name in Letterhead.__slots__[:6]), frozenset({Channel.EMAIL}))
    [outcome] = await run(pool, NoticeDesk(pool, letters))
    assert (outcome.move, outcome.told, outcome.details["why"]) == (None, "turn_returned", "unreachable")
    row = await pool.fetchrow("select state, party_id, step from case_file")
    assert tuple(row) == ("identified", case.case_id, "notice")
    assert await pool.fetchval("select role from party where party_id <> case_id") == "buyer"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"phone": "", "kind": "terjual"}, "tidak memuat nomor ponsel"),
        ({"phone": PHONE}, "nomor pemilik sendiri"),
    ],
)
async def test_an_answer_that_leads_to_nobody_names_nobody(pool, rina, people, answer, words):
    owner, _ = people
    case = await notified_case(pool)
    await names_somebody(owner, case, **answer)
    refused = await decide(rina, case, "name", "answer_plausible")
    assert refused.status_code == 409
    assert words in refused.text
    assert await pool.fetchval("select count(*) from party") == 1
    assert await turn_of(pool, case) == case.case_id


async def test_nobody_is_named_without_an_answer_that_names(pool, rina, people):
    owner, _ = people
    case = await notified_case(pool)
    await owner.prove(case)
    await owner.post("/kasus/jawab", siapa="bukan-milik")
    await owner.post("/kasus/jawab/rincian", beda="Warna dan jenisnya berbeda sekali")
    await owner.post("/kasus/jawab/kirim")
    assert 'value="name"' not in (await rina.get(f"/petugas/tinjau/{case.reference}")).text
    assert (await decide(rina, case, "name", "answer_plausible")).status_code == 409
    assert await pool.fetchval("select count(*) from party") == 1


async def test_whoever_was_written_to_hears_that_it_was_withdrawn(pool, rina, people):
    owner, _ = people
    case = await notified_case(pool)
    await asked(pool, rina, owner, case)
    await pool.execute("update notice set handed_over_at = now()")
    file = await stored(pool, (case.cell, case.case_id))
    chain = [
        Outcome(*file.key, State.ANSWERED, "owner_answered"),
        Outcome(*file.key, State.REVIEW, "answer_needs_officer"),
    ]
    async with pool.acquire() as connection, connection.transaction():
        assert await move_one(connection, file, chain, datetime.now(UTC))
    assert (await decide(rina, case, "withdraw", "duplicate")).status_code == 303
    await LaterNotices(pool, HEAD).word(10)
    rows = await pool.fetch("select * from notice where purpose = 'withdrawal' order by party_id")
    assert [(opened(row)["recipient"], row["state"]) for row in rows] == [(PHONE, "queued"), (HIS_PHONE, "queued")]
    assert "B 1234 XYZ" not in json.dumps(opened(rows[1]))


# ---------------------------------------------------------------- another reference
async def replaced(pool, reference, **how):
    words = {"why": "Pesan beredar di grup warga", "officer": "sari", "cell": 12} | how
    async with pool.acquire() as connection:
        return await replace_reference(
            connection, words["cell"], reference, words["why"], words["officer"], datetime.now(UTC)
        )


@pytest.mark.parametrize("plate", [PLATE, "B 9 ZZZ", ENDING, "?"])
async def test_a_closed_reference_says_so_whatever_is_typed_beside_it(house, pool, people, plate):
    owner, other = people
    case = await notified_case(pool)
    await owner.check(case)
    fresh = await replaced(pool, case.reference)
    assert (await owner.get("/kasus")).path == "/periksa", "what the leaked one had opened is over"
    for _ in range(12):
        seen = await other.check(case, plate=plate)
        assert seen.status == 410
    assert "sudah ditutup" in seen.text
    assert "Pesan baru dengan nomor referensi baru sudah dikirim" in seen.text
    for secret in ("B 1234 XYZ", OWNER, show_reference(fresh), PHONE[-4:], "Thamrin"):
        assert secret not in seen.text
    assert (await owner.check(case, reference=fresh)).path == "/kasus"
    await LaterNotices(pool, HEAD).word(10)
    told = await newest_notice(pool, case)
    assert (told["purpose"], told["state"], opened(told)["link_suffix"]) == ("reference", "queued", fresh)
    [event] = [one for one in await events(pool, case) if one["told"] == "reference_replaced"]
    assert (event["actor"], event["details"]["why"]) == ("officer:sari", "Pesan beredar di grup warga")
    assert fresh not in json.dumps(event["details"])


async def test_a_party_closes_nothing_of_anothers(house, pool, rina, people):
    owner, nominee = people
    case = await notified_case(pool)
    his = await asked(pool, rina, owner, case)
    fresh = await replaced(pool, his)
    assert (await owner.check(case)).path == "/kasus"
    assert (await nominee.check(case, reference=his, plate=ENDING)).status == 410
    assert (await nominee.check(case, reference=fresh, plate=ENDING)).path == "/kasus"
    assert (await rina.get(f"/petugas/berkas/{fresh}")).status_code == 200, "officers find the case by any of them"


async def test_what_has_not_left_is_worded_with_the_new_number(house, pool, people):
    case = await notified_case(pool, state=State.NOTIFYING)
    await pool.execute(
        "update notice set state = 'queued', step = 'dispatch', due_at = now(), delivered_at = null, attempts = 0"
    )
    fresh = await replaced(pool, case.reference)
    assert await LaterNotices(pool, HEAD).word(10) == 1
    notice = await newest_notice(pool, case)
    assert await pool.fetchval("select count(*) from notice") == 1
    assert (notice["purpose"], notice["step"], opened(notice)["link_suffix"]) == ("confirmation", "dispatch", fresh)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"why": "  "}, "in one sentence"),
        ({"why": "a" * 501}, "in one sentence"),
        ({"why": "beredar dari 081234567890"}, "phone or identity"),
        ({"officer": "rina"}, "rina holds no grant"),
        ({"officer": "agus"}, "agus holds no grant"),
        ({"officer": "tidak ada"}, "There is no reference"),
        ({"state": "withdrawn"}, "is final"),
        ({"closed": True}, "closed already"),
        ({"reference": new_reference(12)}, "There is no reference"),
        ({"unsent": True}, "not sent to anybody"),
    ],
)
async def test_what_is_not_replaced_gets_a_sentence_and_nothing_is_written(house, pool, how, words):
    case = await notified_case(pool)
    if state := how.pop("state", None):
        await pool.execute("update case_file set state = $1", state)
    if how.pop("closed", None):
        await replaced(pool, case.reference)
    if how.pop("unsent", None):
        await pool.execute("delete from reference")
    before = await pool.fetch("select * from reference order by reference")
    with pytest.raises(Exception, match=words):
        await replaced(pool, how.pop("reference", case.reference), **how)
    assert await pool.fetch("select * from reference order by reference") == before


# ---------------------------------------------------------------- what waits for the turn
async def test_a_notice_of_a_turn_that_passed_is_not_told(pool, rina, people):
    owner, _ = people
    case = await notified_case(pool)
    await asked(pool, rina, owner, case)
    nominee = await turn_of(pool, case)
    await pool.execute(
        "update notice set state = 'planned', step = 'word', due_at = now(), purpose = 'reminder', number = 1,"
        " delivered_at = null"
        " where party_id = $1",
        case.case_id,
    )
    await LaterNotices(pool, HEAD).word(10)
    assert await pool.fetchval("select state from notice where party_id = $1", case.case_id) == "cancelled"
    assert await pool.fetchval("select state from notice where party_id = $1", nominee) == "queued"


async def test_two_parties_guess_for_themselves(pool, people):
    """Wrong chassis numbers of one owner close nothing of another party of the same case."""
    owner, _ = people
    case = await notified_case(pool)
    second = await put_party(
        pool,
        (case.cell, case.case_id),
        party_id=case.case_id + 1,
        reference=new_reference(case.cell),
        factor=b"x" * 16,
        on_turn=False,
    )
    await pool.execute("insert into second_factor values ($1, $2, 50, now(), now(), 0, null, null, $3)",
                       case.cell, case.case_id, second)  # fmt: skip
    assert (await owner.prove(case)).path == "/kasus/jawab"
