"""A populated database gets parties: nothing is lost, every reference opens, and what was due is still due once."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from cakra.core.ports import Channel
from cakra.core.states.journey import BEFORE_CONTACT, State
from cakra.journey.notice.later import LaterNotices
from cakra.journey.notice.writer import Letterhead
from cakra.journey.ownership.rules import CHASSIS_INDEX
from cakra.kit.ids import new_id, new_reference
from cakra.kit.seal import Sealer
from cakra.store.connect import connect, create_pool
from cakra.store.upkeep.migrate import FOLDER, migrate
from cakra.wiring.policies import packaged_book
from portal_kit import Browser, portal_app, portal_deps, serve

ROOT_KEY, CELL, PLATE, CHASSIS = bytes(range(32)), 12, "B1234XYZ", "K9012"
OWNER = {"name": "SITI CONTOH", "address": "Jl. Contoh 1", "phone": "+6281234567890", "email": None, "language": "id"}
AT = datetime(2026, 11, 2, 1, tzinfo=UTC)
# What hangs on a case of each state: its notice's state and step.
DUE = (("planned", "word"), ("queued", "dispatch"), ("sending", "sending"), ("accepted", "settle"), ("delivered", None))
MANY = 3000


@pytest.fixture
async def before(empty_database_url, tmp_path):
    """The database as the release before left it, with cases in every state; (address, cases)."""
    older = tmp_path / "migrations"
    shutil.copytree(FOLDER, older)
    for file in older.glob("*.sql"):
        if int(file.name[:4]) >= 26:
            file.unlink()
    await migrate(empty_database_url, folder=older)
    connection = await connect(empty_database_url, name="test")
    try:
        cases = await _fill(connection)
    finally:
        await connection.close()
    return empty_database_url, cases


async def _fill(connection):
    await connection.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells) values ('PMJ', 'Polda', 'Asia/Jakarta', 10, 8);"
        "insert into camera (code, jurisdiction, name, place, road, zone, hmac_key)"
        " values ('CAM-1', 'PMJ', 'K', 'Jl. Thamrin', 'Jl. Thamrin', 'Asia/Jakarta', '');"
        "insert into officer (username, name, certified, password_hash) values ('sari', 'Sari', true, '')"
    )
    addressees, register = Sealer(ROOT_KEY, "addressee"), Sealer(ROOT_KEY, "register")
    cases = []
    for place, state in enumerate(State):
        known = state not in BEFORE_CONTACT - {State.IDENTIFIED} and state not in {State.REJECTED, State.DIVERTED}
        case_id, reference = new_id(), new_reference(CELL)
        sealed = addressees.seal_record({**OWNER, "name": f"SITI {place}"}, case_id.to_bytes(8)) if known else None
        await connection.execute(
            "insert into case_file (cell, case_id, reference, jurisdiction, state, state_since, plate, offences,"
            " occurred_at, received_at, camera, addressee, chassis_last5, owner_since, delivered_at,"
            " confirm_by, step, due_at, version)"
            " values ($1, $2, $3, 'PMJ', $4, $5, $6, '{TANPA_HELM}', $5, $5, 'CAM-1', $7, $8, $9, $5, $10, $11, $5, 7)",
            *(CELL, case_id, reference, state.value, AT, PLATE, sealed),
            *(register.index(CHASSIS_INDEX, CHASSIS) if known else None, AT - timedelta(days=900) if known else None),
            *(AT + timedelta(days=8), "notice" if state is State.IDENTIFIED else None),
        )
        cases.append((case_id, reference, state, known))
        if known or state is State.REVIEW:  # one whose addressee was lost is written to as well
            await _told(connection, case_id, reference, DUE[place % len(DUE)])
    await _crowd(connection)
    return cases


async def _told(connection, case_id, reference, due):
    notice_id = new_id()
    content = {"recipient": OWNER["phone"], "link_suffix": reference, "variables": {}}
    await connection.execute(
        "insert into notice (cell, notice_id, case_id, purpose, language, template, content, shutter_at, state,"
        " created_at, step, due_at, jurisdiction) values ($1, $2, $3, 'withdrawal', 'id', 't', $4, $5,"
        " $6, $5, $7, $5, 'PMJ')",
        *(CELL, notice_id, case_id, Sealer(ROOT_KEY, "notice").seal_record(content, notice_id.to_bytes(8)), AT, *due),
    )
    await connection.execute("insert into answer values ($1, $2, $3, $4, 'sold', '\\x01')", CELL, case_id, new_id(), AT)
    await connection.execute("insert into second_factor values ($1, $2, 3, $3)", CELL, case_id, AT)
    await connection.execute(
        "insert into deposit_code (code, cell, case_id, amount, issued_at, expires_at, officer)"
        " values (lpad($1::bigint::text, 15, '0'), $2, $3, 500000, $4, $4, 'sari')",
        *(case_id % 10**15, CELL, case_id, AT),
    )


async def _crowd(connection):
    """Many more, made by SQL alone."""
    await connection.execute(
        "insert into case_file (cell, case_id, reference, jurisdiction, state, state_since, plate, offences,"
        " occurred_at, received_at, camera, addressee, chassis_last5) select n % 16, n, 'R' || n,"
        " 'PMJ', 'notified', now(), 'B1X', '{}',"
        f" now(), now(), 'CAM-1', '\\x01', '\\x02' from generate_series(1, {MANY}) n"
    )
    await connection.execute(
        "insert into notice (cell, notice_id, case_id, purpose, language, template, content, shutter_at, state,"
        " created_at) select n % 16, n, n, 'confirmation', 'id', 't', '', now(), 'delivered', now()"
        f" from generate_series(1, {MANY}) n"
    )


async def _rows(connection, table, but):
    """Every row of a table as text without some columns, in order."""
    return await connection.fetch(
        f"select (to_jsonb(t) - $1::text[])::text as row from {table} t order by 1", list(but)
    )


async def test_nothing_is_lost_and_every_row_belongs_to_a_party(before):
    url, cases = before
    connection = await connect(url, name="test")
    gone = ("addressee", "chassis_last5", "owner_since", "party_id")
    tables = ("case_file", "notice", "answer", "deposit_code", "second_factor")
    was = {table: await _rows(connection, table, gone) for table in tables}
    await migrate(url)
    assert {table: await _rows(connection, table, gone) for table in tables} == was
    for table in ("notice", "answer", "deposit_code", "second_factor"):
        assert await connection.fetchval(f"select count(*) from {table} where party_id is distinct from case_id") == 0
    for case_id, reference, state, known in cases:
        party = await connection.fetchrow("select * from party where case_id = $1", case_id)
        turn = await connection.fetchval("select party_id from case_file where case_id = $1", case_id)
        lost = state is State.REVIEW
        assert (turn, party is not None) == (case_id if known or lost else None, known or lost)
        if known:
            opened = Sealer(ROOT_KEY, "addressee").open_record(party["contact"], party["party_id"].to_bytes(8))
            assert opened["name"].startswith("SITI")
            assert party["factor"] == Sealer(ROOT_KEY, "register").index(CHASSIS_INDEX, CHASSIS)
            assert party["owner_since"] == AT - timedelta(days=900)
        row = await connection.fetchrow("select * from reference where case_id = $1", case_id)
        assert (row is not None) == (party is not None)
        assert row is None or (row["reference"], row["party_id"], row["closed_at"]) == (reference, case_id, None)
    assert await connection.fetchval("select count(*) from party") == MANY + sum(known for *_, known in cases) + 1
    assert await connection.fetchval("select count(*) from reference") == await connection.fetchval(
        "select count(*) from party"
    )
    await connection.close()


async def test_every_reference_opens_its_page_and_what_was_due_is_told_once(before, tmp_path):
    url, cases = before
    await migrate(url)
    pool = await create_pool(url, min_size=1, max_size=4, name="test")
    try:
        async with serve(portal_app(portal_deps(pool, tmp_path / "photos"))) as site:
            for _, reference, state, known in cases:
                async with Browser(site) as browser:
                    await browser.get("/")
                    seen = await browser.post("/periksa", referensi=reference, nopol=PLATE)
                    assert (seen.path == "/kasus") == (known or state is State.REVIEW), state
                    if known:
                        assert (await browser.post("/kasus/stnk", rangka=CHASSIS)).path.startswith("/kasus/"), state
        head = Letterhead(
            *(Sealer(ROOT_KEY, "addressee"), Sealer(ROOT_KEY, "notice"), {"id": {}, "en": {}}),
            *(
                "etle.polri.example",
                "https://etle.polri.example/k/",
                packaged_book(),
                frozenset({Channel.WHATSAPP}),
            ),
        )
        planned = await pool.fetchval("select count(*) from notice where step = 'word'")
        assert planned > 2
        assert await LaterNotices(pool, head).word(50) == planned
        assert await LaterNotices(pool, head).word(50) == 0
        states = await pool.fetch("select state from notice where language = 'id' and step = 'dispatch'")
        assert {row["state"] for row in states} == {"queued"}
    finally:
        await pool.close()
