"""Whatever a stored row holds – dates beyond every calendar, nothing at all, endless texts – its pages are shown."""

import random

import asyncpg
import pytest
from test_database_away import client, world_on

from cakra.core.states.journey import State
from cakra.kit.ids import new_id
from cakra.kit.seal import Sealer
from cakra.wiring.web import web_app
from console_kit import HASHED, sign_in
from officers import put_officer
from portal_kit import CHASSIS, ROOT_KEY, TOKEN, notified_case

TABLES = (
    "case_file",
    "case_event",
    "notice",
    "attempt",
    "receipt",
    "answer",
    "deposit_code",
    "camera_event",
    "camera",
    "jurisdiction",
    "screening",
    "derived_picture",
    "photo",
    "second_factor",
    "party",
    "reference",
    "standing_authorisation",
    "officer",
)
# Columns by which the pages find the row, and who is signed in.
KEYS = {
    "cell", "case_id", "reference", "notice_id", "channel", "attempt", "camera", "event_id", "code", "jurisdiction",
    "username", "password_hash", "active", "role", "state", "answer_id", "first_cell", "cells", "previous_state",
    "attempts", "valid_from", "factor", "contact", "party_id", "content", "details", "ordinal", "sha256", "openings",
}  # fmt: skip
INSTANTS = (
    "'-infinity'",
    "'infinity'",
    "'0001-01-01T00:00:00Z'",
    "'9999-12-31T23:59:59.999999Z'",
    "'294276-12-31T00:00:00Z'",
    "'4713-01-02 00:00:00+00 BC'",
    "'1970-01-01T00:00:00Z'",
)
ODD = {
    "timestamp with time zone": INSTANTS,
    "text": ("''", "repeat('panjang ', 3000)", "'<b>&\"'''", "E'\\u202e\\u0001\\n'", "'Mars/Phobos'", "'\U0001f697'"),
    "integer": ("0", "-1", "2147483647"),
    "smallint": ("0", "-1", "32767"),
    "bigint": ("0", "-1", "9223372036854775807"),
    "real": ("'NaN'", "'Infinity'", "-1"),
    "double precision": ("'NaN'", "'Infinity'", "-1"),
    "numeric": ("'NaN'", "-1", "99999999"),
    "boolean": ("true", "false"),
    "jsonb": ("'{}'",),
    "ARRAY": ("'{}'", "array['TIDAK_ADA']"),
}


async def columns(pool):
    """(table, column) → its odd values, NULL where the table lets it be."""
    rows = await pool.fetch(
        "select table_name, column_name, data_type, is_nullable from information_schema.columns"
        " where table_schema = current_schema() and table_name = any($1) order by table_name, ordinal_position",
        list(TABLES),
    )
    found = {}
    for row in rows:
        if row["column_name"] not in KEYS:
            values = ODD.get(row["data_type"], ()) + (("null",) if row["is_nullable"] == "YES" else ())
            found[row["table_name"], row["column_name"]] = values
    return found


async def full_case(pool, photos):
    """A case with a row in every table that its pages read."""
    case = await notified_case(pool, photos, state=State.CHARGED, offences=("BATAS_KECEPATAN",))
    key, at = (case.cell, case.case_id), "2026-11-20T01:02:03Z"
    await put_officer(pool, "rina", "supervisor", name="Rina", rank="IPDA", certified=True, hashed=HASHED)
    answer = new_id()
    details = Sealer(ROOT_KEY, "answer").seal_record({}, answer.to_bytes(8))
    for statement, *values in (
        (f"insert into second_factor values ($1, $2, 5, '{at}', null, 1, 'rina', '{at}', $2)",),
        (
            f"insert into answer values ($1, $2, $3, '{at}', 'drove', $4, $2)",
            answer,
            details,
        ),
        (
            f"insert into screening values ($1, $2, $3, '{at}', 'review', 'confirmed', '[]', '[]', '')",
            new_id(),
        ),
    ):
        await pool.execute(statement, *key, *values)
    return case


async def look(browser, case):
    """Every page that shows this case; none of them may be a fault of ours."""
    for path in (
        "/kasus",
        "/kasus/status",
        "/kasus/jawab",
        "/kasus/stnk",
        "/petugas",
        "/petugas/antrean",
        "/petugas/kiriman",
        "/petugas/kamera",
        "/petugas/jeda",
        "/petugas/biaya",
        f"/petugas/berkas/{case.reference}",
        f"/petugas/berkas/{case.reference}/linimasa",
        f"/petugas/tinjau/{case.reference}",
        "/pengirim-resmi",
    ):
        seen = await browser.get(path, follow_redirects=True)
        yield path, seen.status_code


@pytest.fixture
async def visited(pool, database_url, tmp_path):
    """A browser that is the owner's, proved, and an officer's at once."""
    world = world_on(pool, database_url, tmp_path)
    case = await full_case(pool, world.photos)
    async with web_app(world) as app, client(app) as browser:
        assert (await sign_in(browser, "rina")).status_code == 303
        form = TOKEN.search((await browser.get("/")).text)[1]
        await browser.post("/periksa", data={"referensi": case.reference, "nopol": case.plate, "tanda": form})
        proved = await browser.post("/kasus/stnk", data={"rangka": CHASSIS[-5:], "tanda": form})
        assert proved.headers["location"] == "/kasus/status", proved.text
        assert {status async for _, status in look(browser, case)} == {200}
        yield browser, case


async def change(pool, changed):
    """Store these odd values; how many the database takes."""
    stored = 0
    for (table, column), value in changed:
        try:
            await pool.execute(f"update {table} set {column} = {value}")
            stored += 1
        except asyncpg.PostgresError:  # what cannot be stored is no stored row
            continue
    return stored


async def restore(pool, odd):
    """Every row as it was; what a row is found by was never changed."""
    for table in TABLES:
        changed = [column for of, column in odd if of == table]
        names = await pool.fetch(
            "select column_name from information_schema.columns where table_schema = 'kept' and table_name = $1", table
        )
        same = " and ".join(
            f"t.{row['column_name']} is not distinct from k.{row['column_name']}"
            for row in names
            if row["column_name"] in KEYS
        )
        values = ", ".join(f"{column} = k.{column}" for column in changed)
        if changed:
            await pool.execute(f"update {table} t set {values} from kept.{table} k where {same}")


async def test_pages_are_shown_whatever_is_stored(pool, visited):
    browser, case = visited
    odd = await columns(pool)
    await pool.execute("create schema kept")
    for table in TABLES:
        await pool.execute(f"create table kept.{table} as select * from {table}")
    dice = random.Random(20261130)
    instants = [key for key, values in odd.items() if INSTANTS[0] in values]
    rounds = [[(key, value) for key in instants] for value in INSTANTS]
    rounds += [[(key, "null")] for key, values in odd.items() if "null" in values]
    rounds += [
        [(key, dice.choice(values)) for key, values in odd.items() if values and dice.random() < 0.3] for _ in range(12)
    ]
    rounds += [
        [(key, "repeat('panjang ', 3000)")] for key, values in odd.items() if len(values) > 4 and key not in instants
    ]
    faults, tried = [], 0
    for changed in rounds:
        tried += await change(pool, changed)
        async for path, status in look(browser, case):
            if status >= 500:
                faults.append((path, changed if len(changed) < 4 else changed[0]))
        await restore(pool, odd)
    assert tried > 100
    assert faults == []
